//! Filled outlines with soft edges, drawn one over the other into the pixels of a picture.

/// To the right and down.
pub type Point = [f32; 2];

/// Red, green and blue, 0 to 255 each.
pub type Color = [f32; 3];

/// The edge of something filled, in units of its own; [`Placement`] brings it to pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outline {
    /// Half axes along x and y.
    Ellipse(Point, [f32; 2]),
    /// Corners, in any order.
    Triangle([Point; 3]),
    /// From end to end, with round ends; the last is its width.
    Line(Point, Point, f32),
    /// Center, radius and width of a circle's line.
    Ring(Point, f32, f32),
}

/// Where a drawing lies in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Pixels a unit.
    pub scale: f32,
    /// The drawing's origin, in pixels from the picture's left upper corner.
    pub origin: Point,
    /// The width of the drawing in units, if left and right are exchanged.
    pub mirrored: Option<f32>,
}

impl Placement {
    /// The point of the drawing that lies at `pixel`.
    fn to_drawing(self, pixel: Point) -> Point {
        let [x, y] = [0, 1].map(|axis| (pixel[axis] - self.origin[axis]) / self.scale);
        [self.mirrored.map_or(x, |width| width - x), y]
    }
}

impl Outline {
    /// Units from `p` to the edge, negative inside. Of an ellipse only nearly so, and best at the edge.
    fn distance(&self, p: Point) -> f32 {
        let length = |[x, y]: Point| libm::hypotf(x, y);
        match *self {
            Self::Ellipse(center, radii) => {
                let from_center = minus(p, center);
                let scaled = [0, 1].map(|axis| from_center[axis] / radii[axis]);
                let slope = length([0, 1].map(|axis| scaled[axis] / radii[axis]));
                // In the very center there is no slope.
                if slope > 0.0 { length(scaled) * (length(scaled) - 1.0) / slope } else { -radii[0].min(radii[1]) }
            }
            Self::Triangle([a, b, c]) => {
                let turn = cross(minus(b, a), minus(c, a)).signum();
                let edge = |from: Point, to: Point| {
                    let along = minus(to, from);
                    -turn * cross(along, minus(p, from)) / length(along)
                };
                edge(a, b).max(edge(b, c)).max(edge(c, a))
            }
            Self::Line(from, to, width) => {
                let (along, offset) = (minus(to, from), minus(p, from));
                let share = (dot(offset, along) / dot(along, along)).clamp(0.0, 1.0);
                length(minus(offset, along.map(|v| v * share))) - width / 2.0
            }
            Self::Ring(center, radius, width) => (length(minus(p, center)) - radius).abs() - width / 2.0,
        }
    }
}

/// A picture of three planes while it is drawn.
pub struct Canvas {
    side: usize,
    pixels: Vec<Color>,
}

impl Canvas {
    /// A square picture with `color` at the middle of each pixel, `side` pixels wide.
    pub fn new(side: u16, color: impl Fn(Point) -> Color) -> Self {
        let side = usize::from(side);
        let pixels = (0..side * side).map(|at| color(middle(at, side))).collect();
        Self { side, pixels }
    }

    /// Fills `outline` with `color`, over what is there.
    pub fn fill(&mut self, outline: &Outline, placement: Placement, color: Color) {
        for (at, pixel) in self.pixels.iter_mut().enumerate() {
            let distance = outline.distance(placement.to_drawing(middle(at, self.side))) * placement.scale;
            // How much of the pixel lies inside, from the distance of its middle to the edge.
            *pixel = mix(*pixel, color, (0.5 - distance).clamp(0.0, 1.0));
        }
    }

    /// The bytes, in three planes, each value changed by what `noise` returns.
    pub fn into_bytes(self, mut noise: impl FnMut() -> f32) -> Vec<u8> {
        let mut bytes = vec![0; 3 * self.pixels.len()];
        for (at, pixel) in self.pixels.iter().enumerate() {
            for (channel, value) in pixel.iter().enumerate() {
                bytes[channel * self.pixels.len() + at] = (value + noise()).clamp(0.0, 255.0) as u8;
            }
        }
        bytes
    }
}

/// `share` of the way from one color to another.
#[must_use]
pub fn mix(from: Color, to: Color, share: f32) -> Color {
    core::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * share)
}

fn middle(at: usize, side: usize) -> Point {
    [(at % side) as f32 + 0.5, (at / side) as f32 + 0.5]
}

fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1]
}

fn cross(a: Point, b: Point) -> f32 {
    a[0] * b[1] - a[1] * b[0]
}
