use core::fmt;
use core::num::NonZeroU16;

use crate::{Patch, Shape};

/// Cells of so many pixels, counted from the upper left corner, that a box takes whole or not at all: [`CutMix::plan_on_grid`](crate::CutMix::plan_on_grid).
///
/// 2×1 for pixels that share their color with a neighbor (YUYV), 2×2 for a Bayer pattern, 8×8 or 16×16 for JPEG's blocks and for the tokens of a vision
/// transformer, 4×1 for bytes that are copied by words. With another box, columns along its edge would have the color of both images, or of none.
///
/// ```
/// use cutmix_core::{CutMix, Grid, Layout, Shape, Stream};
///
/// let shape = Shape::new(96, 96, 2, Layout::Hwc)?; // YUYV: two pixels are four bytes
/// let plan = CutMix::new(1.0)?.plan_on_grid(shape, Grid::new(2, 1)?, 9, &mut Stream::new(42, 0, 0));
/// assert_eq!((plan.patch().x0() % 2, plan.patch().x1() % 2), (0, 0));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "crate::unchecked::Grid"))]
pub struct Grid {
    width: NonZeroU16,
    height: NonZeroU16,
}

impl Grid {
    /// Cells of `width` × `height` pixels.
    ///
    /// # Errors
    ///
    /// [`GridError`] if one of them is zero.
    pub const fn new(width: u16, height: u16) -> Result<Self, GridError> {
        match (NonZeroU16::new(width), NonZeroU16::new(height)) {
            (Some(width), Some(height)) => Ok(Self { width, height }),
            _ => Err(GridError { width, height }),
        }
    }

    /// The cells of an image of `shape`, as pixels of an image. Where the image is no multiple of a cell, the last column or row of them is cut off, and
    /// counts.
    #[must_use]
    pub const fn cells(self, shape: Shape) -> Shape {
        shape.with_sides(shape.width().div_ceil(self.width.get()), shape.height().div_ceil(self.height.get()))
    }

    /// The pixels of a box of cells.
    pub(crate) fn pixels(self, cells: Patch, shape: Shape) -> Patch {
        let edge = |edge: u16, cell: NonZeroU16, side: u16| edge.saturating_mul(cell.get()).min(side);
        let [x0, x1] = [cells.x0(), cells.x1()].map(|x| edge(x, self.width, shape.width()));
        let [y0, y1] = [cells.y0(), cells.y1()].map(|y| edge(y, self.height, shape.height()));
        Patch::clipped(x0, y0, x1, y1)
    }
}

/// A cell has no pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GridError {
    /// Width asked for.
    pub width: u16,
    /// Height asked for.
    pub height: u16,
}

impl fmt::Display for GridError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a cell of {}×{} pixels is empty; every side must be at least 1", self.width, self.height)
    }
}

impl core::error::Error for GridError {}
