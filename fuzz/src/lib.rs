//! What the fuzz targets have in common: arbitrary inputs that are not too seldom valid, and a pixel's place in a slice
//! written down a second time.

use arbitrary::Arbitrary;
use cutmix_core::{Layout, Patch, Shape};

/// Any float at all, or one from 0 to 1, which few bit patterns are.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Number {
    /// Any bits: NaN, infinities and denormals too.
    Any(f32),
    /// In units of 1/65,535.
    Share(u16),
}

impl Number {
    /// The float.
    #[must_use]
    pub fn get(self) -> f32 {
        match self {
            Self::Any(number) => number,
            Self::Share(share) => share as f32 / 65_535.0,
        }
    }
}

/// Sides and layout, valid or not.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Sides {
    width: u16,
    height: u16,
    channels: u16,
    planes: bool,
}

impl Sides {
    fn layout(self) -> Layout {
        if self.planes { Layout::Chw } else { Layout::Hwc }
    }

    /// The shape, if there is one.
    #[must_use]
    pub fn any(self) -> Option<Shape> {
        Shape::new(self.width, self.height, self.channels, self.layout()).ok()
    }

    /// A shape of at most 9 × 7 pixels and 4 channels, small enough to hold its pixels thousands of times a second.
    ///
    /// # Panics
    ///
    /// Never: no such shape is refused.
    #[must_use]
    pub fn small(self) -> Shape {
        let Self { width, height, channels, .. } = self;
        Shape::new(1 + width % 9, 1 + height % 7, 1 + channels % 4, self.layout()).expect("small sides are valid")
    }
}

/// A box that starts in an image of [`Sides::small`]'s or just outside, and may be empty.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct SmallBox {
    x0: u8,
    y0: u8,
    width: u8,
    height: u8,
}

impl SmallBox {
    /// The box.
    ///
    /// # Panics
    ///
    /// Never: no side is negative.
    #[must_use]
    pub fn get(self) -> Patch {
        let [x0, y0, width, height] = [self.x0, self.y0, self.width, self.height].map(|side| u16::from(side % 10));
        Patch::new(x0, y0, x0 + width, y0 + height).expect("the edges are in order")
    }
}

/// The index of every element of `patch` in an image of `shape` whose rows are `stride` apart.
pub fn elements(shape: Shape, patch: Patch, stride: usize) -> impl Iterator<Item = usize> {
    let [height, channels] = [shape.height(), shape.channels()].map(usize::from);
    let pixels =
        (patch.y0()..patch.y1()).flat_map(move |y| (patch.x0()..patch.x1()).map(move |x| (x.into(), y.into())));
    pixels.flat_map(move |(x, y): (usize, usize)| {
        (0..channels).map(move |channel| match shape.layout() {
            Layout::Hwc => y * stride + x * channels + channel,
            Layout::Chw => (channel * height + y) * stride + x,
        })
    })
}
