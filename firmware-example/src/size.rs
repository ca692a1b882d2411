use core::fmt;

use cutmix_core::{Layout, Pool, Shape};

use crate::Frame;

/// As in the Keras example.
pub const ALPHA: f32 = 0.25;

/// Plans drawn of each size, for their digest and for what they cost.
pub const PLANS: u32 = 256;

/// A size of frames, and how they lie in memory.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Pixels.
    pub shape: Shape,
    /// Bytes from one row to the next, more than a row has.
    pub stride: usize,
    /// Frames that come from the camera before the program ends.
    pub frames: u32,
}

/// For 16 KiB of RAM. So many frames that of every class some are to train on.
pub const SMALL: Size = Size { shape: square(32), stride: 112, frames: 160 };

/// For more.
pub const LARGE: Size = Size { shape: square(96), stride: 304, frames: 8 };

/// An RGB shape. One that cannot be does not compile.
const fn square(side: u16) -> Shape {
    match Shape::new(side, side, 3, Layout::Hwc) {
        Ok(shape) => shape,
        Err(_) => panic!("no frame has this shape"),
    }
}

impl Size {
    /// Bytes of a frame, padding included.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.stride * self.shape.height() as usize
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}", self.shape.width(), self.shape.height())
    }
}

/// All memory that frames take: the one that the camera writes, and `N` to draw partners from. Records leave in pieces and need none.
#[derive(Debug)]
pub struct Buffers<const BYTES: usize, const N: usize> {
    /// Where the camera writes, and where the mixed frame is then.
    pub frame: Frame<BYTES>,
    /// Frames as the camera saw them.
    pub pool: Pool<[u8; BYTES], N>,
}

/// Buffers for [`SMALL`].
pub type Small = Buffers<{ SMALL.bytes() }, 2>;

/// Buffers for [`LARGE`].
pub type Large = Buffers<{ LARGE.bytes() }, 4>;

impl<const BYTES: usize, const N: usize> Buffers<BYTES, N> {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Self { frame: Frame::new(), pool: Pool::new([[0; BYTES]; N]) }
    }
}

impl<const BYTES: usize, const N: usize> Default for Buffers<BYTES, N> {
    fn default() -> Self {
        Self::new()
    }
}
