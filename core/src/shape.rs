use core::fmt;

use crate::StrideError;

/// Where the elements of one pixel lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Layout {
    /// Height × width × channels: the channels of a pixel are neighbors (cameras, image files, Keras).
    Hwc,
    /// Channels × height × width: one plane a channel (CIFAR-10's files, PyTorch, Burn).
    Chw,
}

/// Width, height, channels and layout of an image in a slice.
///
/// Checked once, here: no side is zero and [`len`](Self::len) fits in `usize`, which has 32 bits at least: for a target of 16
/// bits this does not compile.
///
/// ```
/// use cutmix_core::{Layout, Shape};
///
/// let shape = Shape::new(32, 24, 3, Layout::Chw)?;
/// assert_eq!(shape.pixels(), 768);
/// assert_eq!(shape.len(), 2304);
/// assert!(Shape::new(0, 24, 3, Layout::Chw).is_err());
/// # Ok::<(), cutmix_core::ShapeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "crate::unchecked::Shape")
)]
pub struct Shape {
    width: u16,
    height: u16,
    channels: u16,
    layout: Layout,
}

const _: () = assert!(usize::BITS >= 32, "the length of an image of i32::MAX elements must fit in usize");

impl Shape {
    /// An image of `width` × `height` pixels with `channels` elements each.
    ///
    /// # Errors
    ///
    /// [`ShapeError`] if a side is zero, or if the image would hold more than `i32::MAX` elements (the bound is the
    /// same on every target, so that a plan made on one machine can be carried out on any other).
    pub const fn new(width: u16, height: u16, channels: u16, layout: Layout) -> Result<Self, ShapeError> {
        if width == 0 || height == 0 || channels == 0 {
            return Err(ShapeError::Zero { width, height, channels });
        }
        let elements = width as u64 * height as u64 * channels as u64;
        if elements > i32::MAX as u64 {
            return Err(ShapeError::TooLarge { elements });
        }
        Ok(Self { width, height, channels, layout })
    }

    /// The same with sides that are no longer, and not zero.
    pub(crate) const fn with_sides(self, width: u16, height: u16) -> Self {
        Self { width, height, ..self }
    }

    /// Width in pixels, at least 1.
    #[must_use]
    pub const fn width(self) -> u16 {
        self.width
    }

    /// Height in pixels, at least 1.
    #[must_use]
    pub const fn height(self) -> u16 {
        self.height
    }

    /// Elements per pixel, at least 1.
    #[must_use]
    pub const fn channels(self) -> u16 {
        self.channels
    }

    /// Where the elements of a pixel lie.
    #[must_use]
    pub const fn layout(self) -> Layout {
        self.layout
    }

    /// Pixels in the image: width × height.
    #[must_use]
    pub const fn pixels(self) -> u32 {
        self.width as u32 * self.height as u32
    }

    /// Elements in one row of the slice: width × channels in [`Layout::Hwc`], width in [`Layout::Chw`].
    #[must_use]
    pub const fn row_len(self) -> usize {
        match self.layout {
            Layout::Hwc => self.width as usize * self.channels as usize,
            Layout::Chw => self.width as usize,
        }
    }

    /// Rows in the slice: height in [`Layout::Hwc`], height × channels in [`Layout::Chw`].
    #[must_use]
    pub const fn rows(self) -> usize {
        match self.layout {
            Layout::Hwc => self.height as usize,
            Layout::Chw => self.height as usize * self.channels as usize,
        }
    }

    /// Elements in the image, and so the length of its slice: width × height × channels.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a shape is never empty")]
    pub const fn len(self) -> usize {
        self.pixels() as usize * self.channels as usize
    }

    /// Checks that a slice of `len` elements holds just the rows of this shape, `stride` elements from the start of one to
    /// the start of the next. The padding of the last row may be left out.
    ///
    /// ```
    /// use cutmix_core::{Layout, Shape, StrideError};
    ///
    /// let shape = Shape::new(3, 2, 1, Layout::Hwc)?;
    /// shape.check_stride(5, "abc--def--".len())?;
    /// shape.check_stride(5, "abc--def".len())?;
    /// assert_eq!(shape.check_stride(5, 6), Err(StrideError::Length { stride: 5, expected: 10, actual: 6 }));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StrideError`] if a row is longer than `stride`, or the slice is too short or too long.
    pub const fn check_stride(self, stride: usize, len: usize) -> Result<(), StrideError> {
        let (row, rows) = (self.row_len(), self.rows());
        if stride < row {
            return Err(StrideError::Stride { row, stride });
        }
        let padded = stride.saturating_mul(rows);
        // Even a stride beyond all memory is one for an image of one row.
        if let Some(others) = stride.checked_mul(rows - 1)
            && let Some(unpadded) = others.checked_add(row)
            && unpadded <= len
            && len <= padded
        {
            return Ok(());
        }
        Err(StrideError::Length { stride, expected: padded, actual: len })
    }
}

/// Why a [`Shape`] was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ShapeError {
    /// A side is zero.
    Zero {
        /// Width asked for.
        width: u16,
        /// Height asked for.
        height: u16,
        /// Channels asked for.
        channels: u16,
    },
    /// More than `i32::MAX` elements.
    TooLarge {
        /// width × height × channels.
        elements: u64,
    },
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero { width, height, channels } => {
                write!(
                    f,
                    "an image of {width}×{height} pixels and {channels} channels is empty; every side must be at least 1"
                )
            }
            Self::TooLarge { elements } => {
                write!(f, "an image of {elements} elements is too large; at most {} fit", i32::MAX)
            }
        }
    }
}

impl core::error::Error for ShapeError {}
