//! The embedded data set: ten shapes, drawn by seeded code, so that the experiment runs with nothing to download.
//!
//! Place, size, turn, colours, texture, clutter and noise vary from picture to picture and say nothing about the class.

use std::f32::consts::TAU;
use std::sync::Arc;

use cutmix_core::{Layout, Shape, Stream, below};
use rand_core::Rng as _;

use super::{Dataset, Split};

/// Names of the ten classes, in the order of their labels.
pub const CLASSES: [&str; 10] =
    ["disc", "ring", "square", "frame", "triangle", "cross", "star", "bar", "crescent", "half-disc"];

/// Pictures to train on, unless told otherwise.
pub const TRAIN: usize = 300;

/// Pictures to test on, unless told otherwise.
pub const TEST: usize = 500;

const SIDE: u16 = 32;

/// Added to each value of each pixel, up to this much either way.
const NOISE: f32 = 40.0;

/// The set is the same in every run: a run's seed does not reach it.
const SEED: u64 = 190_504_899;

/// Draws `train` and `test` pictures of 32×32 pixels in three planes, the classes in turn. Picture n is the same however
/// many are asked for.
///
/// # Panics
///
/// Never: the shape is a constant that fits.
#[must_use]
pub fn load(train: usize, test: usize) -> Split {
    let shape = Shape::new(SIDE, SIDE, 3, Layout::Chw).expect("a constant shape");
    let draw_all = |images: usize, part: u32| {
        let mut dataset = Dataset::with_capacity(shape, images);
        for index in 0..images {
            let class = index % CLASSES.len();
            dataset.push(&draw(class, &mut Stream::new(SEED, part, index as u64)), class as u16);
        }
        Arc::new(dataset)
    };
    Split {
        train: draw_all(train, 0),
        validation: None,
        test: draw_all(test, 1),
        classes: CLASSES.map(str::to_owned).to_vec(),
    }
}

type Point = [f32; 2];
type Colour = [f32; 3];

/// How a picture is laid out: everything that is drawn before the first pixel.
struct Scene {
    background: [Colour; 2],
    /// Direction and waves per pixel of the background's ripple, and where it starts.
    ripple: [f32; 3],
    /// Specimens of the class, strewn over the picture so that any part of it tells something of the class.
    shapes: Vec<Specimen>,
}

struct Specimen {
    centre: Point,
    radius: f32,
    turn: f32,
    colour: Colour,
}

fn draw(class: usize, rng: &mut Stream) -> Vec<u8> {
    let scene = Scene::new(rng);
    let side = usize::from(SIDE);
    let mut image = vec![0; 3 * side * side];
    for y in 0..side {
        for x in 0..side {
            let colour = scene.colour(class, [x as f32 + 0.5, y as f32 + 0.5]);
            for (channel, value) in colour.into_iter().enumerate() {
                let noise = between(-NOISE, NOISE, rng);
                image[(channel * side + y) * side + x] = (value + noise).clamp(0.0, 255.0) as u8;
            }
        }
    }
    image
}

impl Scene {
    fn new(rng: &mut Stream) -> Self {
        let background = [colour(0.0, 160.0, rng), colour(0.0, 160.0, rng)];
        let direction = between(0.0, TAU, rng);
        let waves = between(0.1, 0.5, rng);
        let ripple = [waves * libm::cosf(direction), waves * libm::sinf(direction), between(0.0, TAU, rng)];

        let per_side = 2 + below(2, rng);
        let cell = f32::from(SIDE) / per_side as f32;
        let mut shapes = Vec::new();
        for row in 0..per_side {
            for column in 0..per_side {
                let middle = [column, row].map(|at| (at as f32 + 0.5) * cell);
                shapes.push(Specimen {
                    centre: middle.map(|at| at + between(-0.25, 0.25, rng) * cell),
                    radius: between(0.3, 0.55, rng) * cell,
                    turn: between(-0.4, 0.4, rng),
                    colour: colour(60.0, 255.0, rng),
                });
            }
        }
        Self { background, ripple, shapes }
    }

    /// Colour at point `p`, in pixels from the top left corner, 0 to 255 a channel.
    fn colour(&self, class: usize, p: Point) -> Colour {
        let [wave_x, wave_y, phase] = self.ripple;
        let blend = 0.5 + 0.5 * libm::sinf(p[0] * wave_x + p[1] * wave_y + phase);
        let mut colour = mix(self.background[0], self.background[1], blend);
        for shape in &self.shapes {
            let offset = [p[0] - shape.centre[0], p[1] - shape.centre[1]].map(|v| v / shape.radius);
            let distance = distance(class, rotate(offset, shape.turn)) * shape.radius;
            // How much of the pixel lies inside, from the distance of its middle to the edge.
            colour = mix(colour, shape.colour, (0.5 - distance).clamp(0.0, 1.0));
        }
        colour
    }
}

/// Signed distance from the edge of the class's shape, negative inside; the shape fills the unit disc.
fn distance(class: usize, [x, y]: Point) -> f32 {
    let from_centre = libm::hypotf(x, y);
    let from_axes = x.abs().max(y.abs());
    match CLASSES[class] {
        "disc" => from_centre - 0.85,
        "ring" => (from_centre - 0.7).abs() - 0.2,
        "square" => from_axes - 0.7,
        "frame" => (from_axes - 0.6).abs() - 0.18,
        "triangle" => {
            let edge = |turn: f32| rotate([x, y], turn)[1];
            edge(0.0).max(edge(TAU / 3.0)).max(edge(-TAU / 3.0)) - 0.48
        }
        "cross" => (x.abs() - 0.26).max(y.abs() - 0.9).min((x.abs() - 0.9).max(y.abs() - 0.26)),
        "star" => from_centre - 0.65 - 0.3 * libm::cosf(5.0 * libm::atan2f(y, x)),
        "bar" => (x.abs() - 0.95).max(y.abs() - 0.3),
        "crescent" => (from_centre - 0.9).max(0.72 - libm::hypotf(x - 0.45, y)),
        _ => (from_centre - 0.95).max(y - 0.25),
    }
}

fn rotate([x, y]: Point, turn: f32) -> Point {
    let (sin, cos) = (libm::sinf(turn), libm::cosf(turn));
    [x * cos - y * sin, x * sin + y * cos]
}

fn mix(from: Colour, to: Colour, share: f32) -> Colour {
    core::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * share)
}

fn colour(low: f32, high: f32, rng: &mut Stream) -> Colour {
    core::array::from_fn(|_| between(low, high, rng))
}

fn between(low: f32, high: f32, rng: &mut Stream) -> f32 {
    low + (high - low) * (rng.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
}
