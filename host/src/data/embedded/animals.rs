//! Eight animals in pullovers, part by part, on a grid of 32×32 units. The tail is at the right.

use super::drawing::Outline::{self, Ellipse, Line, Ring, Triangle};
use super::drawing::{Color, Point};

/// Their names, in the order of their labels.
pub const NAMES: [&str; 8] = ["cat", "elephant", "frog", "lion", "panda", "penguin", "pig", "rabbit"];

/// Width and height of the grid.
pub const GRID: f32 = 32.0;

/// The middle of every face.
pub const FACE: Point = [16.0, 10.0];

/// How far from [`FACE`] the ears of any animal reach.
pub const FACE_RADIUS: f32 = 11.3;

/// Every animal wears one; its color says nothing.
pub const PULLOVER: [Outline; 3] =
    [Ellipse([16.0, 24.0], [6.2, 6.2]), Line([11.5, 20.5], [8.5, 24.5], 3.6), Line([20.5, 20.5], [23.5, 24.5], 3.6)];

const BLACK: Color = [25.0, 25.0, 30.0];
const WHITE: Color = [245.0, 245.0, 240.0];
const ORANGE: Color = [235.0, 130.0, 30.0];
const GRAY: Color = [135.0, 140.0, 155.0];
const DARK_GRAY: Color = [105.0, 110.0, 125.0];
const GREEN: Color = [70.0, 165.0, 50.0];
const YELLOW: Color = [240.0, 195.0, 70.0];
const BROWN: Color = [140.0, 75.0, 25.0];
const PINK: Color = [250.0, 160.0, 175.0];
const RED: Color = [205.0, 80.0, 100.0];

const HEAD: Outline = Ellipse([16.0, 11.5], [7.2, 6.4]);
const NOSE: Outline = Ellipse([16.0, 13.4], [1.4, 1.0]);

/// Filled outlines in the order in which they are drawn.
#[derive(Default)]
pub struct Drawing(pub Vec<(Outline, Color)>);

impl Drawing {
    fn one(mut self, outline: Outline, color: Color) -> Self {
        self.0.push((outline, color));
        self
    }

    /// The same at the left and at the right; `outline` gets -1, then 1.
    fn pair(self, outline: impl Fn(f32) -> Outline, color: Color) -> Self {
        self.one(outline(-1.0), color).one(outline(1.0), color)
    }
}

/// What shows of the animal of class `class` besides its face: tail, feet and hands.
///
/// # Panics
///
/// If there is no such class.
#[must_use]
pub fn limbs(class: usize) -> Drawing {
    let limbs = Drawing::default();
    let foot = |s: f32| Ellipse([16.0 + 3.6 * s, 29.8], [3.1, 2.1]);
    let hand = |s: f32| Ellipse([16.0 + 8.2 * s, 25.6], [2.0, 2.0]);
    match NAMES[class] {
        "cat" => limbs
            .one(Line([21.0, 27.0], [26.5, 25.0], 2.2), ORANGE)
            .one(Line([26.5, 25.0], [27.0, 18.5], 2.2), ORANGE)
            .pair(foot, ORANGE)
            .pair(hand, ORANGE),
        "elephant" => limbs
            .one(Line([20.0, 23.0], [27.5, 27.5], 1.4), GRAY)
            .one(Ellipse([27.5, 28.0], [1.4, 2.0]), BLACK)
            .pair(|s| Line([16.0 + 3.6 * s, 28.0], [16.0 + 3.6 * s, 29.8], 4.8), GRAY)
            .pair(hand, GRAY),
        "frog" => limbs
            .pair(|s| Line([16.0 + 3.6 * s, 29.0], [16.0 + 7.4 * s, 30.6], 2.2), GREEN)
            .pair(|s| Line([16.0 + 3.6 * s, 29.0], [16.0 + 3.9 * s, 30.9], 2.2), GREEN)
            .pair(|s| Line([16.0 + 3.6 * s, 29.0], [16.0 + 0.9 * s, 30.6], 2.2), GREEN)
            .pair(hand, GREEN),
        "lion" => limbs
            .one(Line([20.0, 26.0], [27.0, 21.5], 1.6), YELLOW)
            .one(Ellipse([27.2, 20.5], [2.2, 2.6]), BROWN)
            .pair(foot, YELLOW)
            .pair(hand, YELLOW),
        "panda" => limbs.one(Ellipse([22.8, 28.0], [2.2, 2.2]), WHITE).pair(foot, BLACK).pair(hand, BLACK),
        "penguin" => limbs
            .one(Triangle([[19.0, 26.0], [27.0, 30.5], [20.0, 30.5]]), BLACK)
            .pair(|s| Triangle([[16.0 + 3.5 * s, 26.5], [16.0 + 0.4 * s, 31.5], [16.0 + 8.0 * s, 31.5]]), ORANGE)
            .pair(|s| Line([16.0 + 6.0 * s, 21.0], [16.0 + 9.0 * s, 26.5], 3.2), BLACK),
        "pig" => limbs
            .one(Ring([24.0, 25.5], 2.0, 1.3), PINK)
            .one(Line([21.5, 27.5], [24.0, 27.5], 1.3), PINK)
            .pair(|s| Line([16.0 + 3.6 * s, 28.0], [16.0 + 3.6 * s, 29.6], 4.4), PINK)
            .pair(|s| Line([16.0 + 2.4 * s, 31.0], [16.0 + 4.8 * s, 31.0], 1.8), BROWN)
            .pair(hand, PINK),
        _ => limbs
            .one(Ellipse([23.5, 26.5], [2.9, 2.9]), WHITE)
            .pair(|s| Ellipse([16.0 + 5.2 * s, 30.0], [4.6, 1.8]), WHITE)
            .pair(hand, WHITE),
    }
}

/// The face of the animal of class `class`, ears and all.
///
/// # Panics
///
/// If there is no such class.
#[must_use]
pub fn face(class: usize) -> Drawing {
    let face = Drawing::default();
    let eye = |s: f32| Ellipse([16.0 + 2.8 * s, 10.5], [1.1, 1.3]);
    match NAMES[class] {
        "cat" => face
            .pair(|s| Triangle([[16.0 + 7.0 * s, 2.0], [16.0 + 1.5 * s, 7.0], [16.0 + 7.0 * s, 10.0]]), ORANGE)
            .pair(|s| Triangle([[16.0 + 6.2 * s, 4.2], [16.0 + 3.2 * s, 7.0], [16.0 + 6.2 * s, 8.5]]), PINK)
            .one(HEAD, ORANGE)
            .pair(|s| Ellipse([16.0 + 1.8 * s, 14.6], [2.2, 1.8]), WHITE)
            .pair(|s| Line([16.0 + 4.5 * s, 14.0], [16.0 + 9.5 * s, 13.0], 0.7), WHITE)
            .pair(eye, GREEN)
            .pair(|s| Ellipse([16.0 + 2.8 * s, 10.5], [0.5, 1.2]), BLACK)
            .one(NOSE, RED),
        "elephant" => face
            .pair(|s| Ellipse([16.0 + 6.8 * s, 10.5], [4.4, 6.2]), GRAY)
            .pair(|s| Ellipse([16.0 + 7.6 * s, 10.8], [2.6, 4.2]), PINK)
            .one(HEAD, GRAY)
            .pair(eye, BLACK)
            .one(Line([16.0, 12.5], [16.0, 19.5], 3.4), DARK_GRAY)
            .pair(|s| Line([16.0 + 3.4 * s, 15.5], [16.0 + 4.2 * s, 18.5], 1.4), WHITE),
        "frog" => face
            .pair(|s| Ellipse([16.0 + 4.0 * s, 5.6], [3.4, 3.4]), GREEN)
            .one(HEAD, GREEN)
            .pair(|s| Ellipse([16.0 + 4.0 * s, 5.4], [2.3, 2.3]), WHITE)
            .pair(|s| Ellipse([16.0 + 3.7 * s, 5.6], [1.1, 1.3]), BLACK)
            .pair(|s| Line([16.0, 15.0], [16.0 + 4.5 * s, 13.6], 1.1), BLACK),
        "lion" => face
            .one(Ellipse([16.0, 11.0], [9.6, 9.2]), BROWN)
            .one(Ellipse([16.0, 11.5], [6.4, 5.8]), YELLOW)
            .pair(|s| Ellipse([16.0 + 5.2 * s, 5.8], [1.9, 1.9]), YELLOW)
            .pair(eye, BLACK)
            .pair(|s| Ellipse([16.0 + 1.6 * s, 14.8], [1.9, 1.6]), WHITE)
            .one(NOSE, BLACK),
        "panda" => face
            .pair(|s| Ellipse([16.0 + 5.8 * s, 5.6], [2.9, 2.9]), BLACK)
            .one(HEAD, WHITE)
            .pair(|s| Ellipse([16.0 + 3.0 * s, 10.8], [2.1, 2.5]), BLACK)
            .pair(|s| Ellipse([16.0 + 2.8 * s, 10.4], [0.8, 0.8]), WHITE)
            .one(NOSE, BLACK),
        "penguin" => face
            .one(Ellipse([16.0, 10.8], [7.0, 7.2]), BLACK)
            .pair(|s| Ellipse([16.0 + 2.6 * s, 11.0], [3.0, 4.0]), WHITE)
            .pair(|s| Ellipse([16.0 + 2.6 * s, 10.0], [1.0, 1.2]), BLACK)
            .one(Triangle([[13.4, 12.2], [18.6, 12.2], [16.0, 16.4]]), ORANGE),
        "pig" => face
            .pair(|s| Triangle([[16.0 + 7.6 * s, 3.2], [16.0 + 2.0 * s, 6.4], [16.0 + 7.0 * s, 9.4]]), RED)
            .one(HEAD, PINK)
            .pair(eye, BLACK)
            .one(Ellipse([16.0, 14.0], [3.4, 2.4]), RED)
            .pair(|s| Ellipse([16.0 + 1.3 * s, 14.0], [0.7, 1.0]), BLACK),
        _ => face
            .pair(|s| Ellipse([16.0 + 3.6 * s, 4.6], [2.3, 5.2]), WHITE)
            .pair(|s| Ellipse([16.0 + 3.6 * s, 4.8], [1.1, 3.6]), PINK)
            .one(Ellipse([16.0, 12.5], [6.6, 5.8]), WHITE)
            .pair(eye, BLACK)
            .one(NOSE, PINK),
    }
}
