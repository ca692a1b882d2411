//! What is on each picture.

use std::f32::consts::TAU;
use std::sync::Arc;

use cutmix_core::{Layout, Shape, Stream, uniform_below};
use rand_core::Rng as _;

use super::animals::{self, Drawing, FACE, FACE_RADIUS, GRID, NAMES, PULLOVER};
use super::drawing::{Canvas, Color, Outline, Placement, mix};
use crate::data::dataset::Dataset;
use crate::data::split::Split;
use crate::data::streams::PICTURES;
use crate::settings::SIDE;

/// Pictures to train on and to validate with, unless told otherwise.
pub const TRAIN: usize = 400;

/// Pictures to test on, unless told otherwise.
pub const TEST: usize = 480;

/// Added to each value of each pixel, up to this much either way.
const NOISE: f32 = 12.0;

/// What a picture shows of its animal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All of it, as every training picture does.
    Whole,
    /// All but its face: a ball is before that.
    FaceHidden,
    /// All of it, and another animal's face in an upper corner.
    FaceInCorner,
    /// Not its own face, but another animal's in a corner.
    Both,
}

/// What test pictures show, in turn, so that each comes as often as the others in every class.
pub const TESTED: [Shown; 4] = [Shown::Whole, Shown::FaceHidden, Shown::FaceInCorner, Shown::Both];

/// Draws `train`, `validation` and `test` pictures of 32×32 pixels in three planes, the classes in turn. Validation pictures are drawn
/// as test pictures are. Of one `seed`, picture n is the same however many are asked for.
///
/// # Panics
///
/// Never: the shape is a constant that fits, and what is in memory can be read.
#[must_use]
pub fn load(train: usize, validation: usize, test: usize, seed: u64) -> Split {
    let shape = Shape::new(SIDE, SIDE, 3, Layout::Chw).expect("a constant shape");
    let draw_all = |images: usize, part: u32, shown: fn(usize) -> Shown| {
        let mut dataset = Dataset::with_capacity(shape, images);
        for index in 0..images {
            let class = index % NAMES.len();
            let rng = &mut Stream::new(seed, part, PICTURES + index as u64);
            dataset.push(&draw(class, shown(index / NAMES.len()), rng), class as u16);
        }
        dataset
    };
    let in_turn = |round: usize| TESTED[round % TESTED.len()];
    Split {
        validation: (validation > 0).then(|| Arc::new(draw_all(validation, 2, in_turn))),
        ..Split::new(
            draw_all(train, 0, |_| Shown::Whole),
            draw_all(test, 1, in_turn),
            NAMES.map(str::to_owned).to_vec(),
        )
        .expect("images in memory can be read")
    }
}

/// A picture of the animal of class `class`: 32×32 pixels in three planes.
///
/// Draw order: background, two balls, the animal's light, size, place and side, its pullover, the ball before its face, the other face,
/// then noise, value by value.
///
/// # Panics
///
/// If there is no such class.
#[must_use]
pub fn draw(class: usize, shown: Shown, rng: &mut Stream) -> Vec<u8> {
    let mut canvas = background(rng);
    for _ in 0..2 {
        let center = [between(0.0, GRID, rng), between(0.0, GRID, rng)];
        ball(&mut canvas, center, between(2.0, 5.0, rng), rng);
    }

    let light = between(0.8, 1.1, rng);
    let scale = between(0.8, 1.0, rng);
    let room = f32::from(SIDE) - GRID * scale;
    let origin = [between(-2.0, room + 2.0, rng), between(-1.0, room + 1.0, rng)];
    let mirrored = (uniform_below(2, rng) == 1).then_some(GRID);
    let placement = Placement { scale, origin, mirrored };
    let pullover = color(20.0, 240.0, rng);
    fill(&mut canvas, &animals::limbs(class), placement, light);
    for outline in PULLOVER {
        canvas.fill(&outline, placement, pullover);
    }
    fill(&mut canvas, &animals::face(class), placement, light);

    if matches!(shown, Shown::FaceHidden | Shown::Both) {
        let center = [0, 1].map(|axis| origin[axis] + scale * FACE[axis]);
        ball(&mut canvas, center, scale * (FACE_RADIUS + between(0.7, 1.7, rng)), rng);
    }
    if matches!(shown, Shown::FaceInCorner | Shown::Both) {
        let other = (class + 1 + uniform_below(NAMES.len() as u32 - 1, rng) as usize) % NAMES.len();
        let scale = between(0.5, 0.6, rng);
        // Most faces reach from 6 to 26 units across.
        let left = if uniform_below(2, rng) == 1 { f32::from(SIDE) - 26.0 * scale } else { -6.0 * scale };
        let origin = [left + between(-1.0, 1.0, rng), between(0.0, 2.0, rng)];
        fill(&mut canvas, &animals::face(other), Placement { scale, origin, mirrored: None }, 1.0);
    }
    canvas.into_bytes(|| between(-NOISE, NOISE, rng))
}

fn fill(canvas: &mut Canvas, drawing: &Drawing, placement: Placement, light: f32) {
    for (outline, color) in &drawing.0 {
        canvas.fill(outline, placement, color.map(|value| value * light));
    }
}

/// Two colors that pass into each other in waves.
fn background(rng: &mut Stream) -> Canvas {
    let colors = [color(60.0, 200.0, rng), color(60.0, 200.0, rng)];
    let direction = between(0.0, TAU, rng);
    let waves = between(0.05, 0.3, rng);
    let (wave_x, wave_y) = (waves * libm::cosf(direction), waves * libm::sinf(direction));
    let phase = between(0.0, TAU, rng);
    Canvas::new(SIDE, |[x, y]| {
        let share = 0.5 + 0.5 * libm::sinf(x * wave_x + y * wave_y + phase);
        mix(colors[0], colors[1], share)
    })
}

/// A ball of any color, with its light; in pixels.
fn ball(canvas: &mut Canvas, center: [f32; 2], radius: f32, rng: &mut Stream) {
    let pixels = Placement { scale: 1.0, origin: [0.0; 2], mirrored: None };
    let color = color(20.0, 240.0, rng);
    canvas.fill(&Outline::Ellipse(center, [radius; 2]), pixels, color);
    let light = center.map(|at| at - 0.4 * radius);
    canvas.fill(&Outline::Ellipse(light, [0.2 * radius; 2]), pixels, mix(color, [255.0; 3], 0.6));
}

fn color(low: f32, high: f32, rng: &mut Stream) -> Color {
    core::array::from_fn(|_| between(low, high, rng))
}

fn between(low: f32, high: f32, rng: &mut Stream) -> f32 {
    low + (high - low) * (rng.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
}
