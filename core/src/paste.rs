use core::fmt;
use core::ops::Range;

use crate::{Layout, Patch, PatchError, Shape, SizeError};

/// Copies the pixels of `patch` from `src` to `dst`, both images of `shape`, for any element type.
///
/// Inside the box `dst` then equals `src` bit for bit, NaN payloads too; outside it not one byte changes.
///
/// ```
/// use cutmix_core::{Layout, Patch, Shape, paste};
///
/// let shape = Shape::new(3, 2, 1, Layout::Hwc)?;
/// let mut dst = *b"......";
/// paste(&mut dst, b"abcdef", shape, Patch::new(1, 0, 3, 1)?)?;
/// assert_eq!(&dst, b".bc...");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`PasteError`] if `dst` or `src` has not [`Shape::len`] elements or `patch` reaches out of the image. Everything is
/// checked before the first write: after an error `dst` is as it was.
pub fn paste<T: Copy>(dst: &mut [T], src: &[T], shape: Shape, patch: Patch) -> Result<(), PasteError> {
    check(dst.len(), src.len(), shape, patch)?;
    let place = Place::new(shape, patch);
    Extent::new(shape, patch).copy(dst, place, src, place);
    Ok(())
}

/// Exchanges the pixels of `patch` between `first` and `second`, both images of `shape`: two mixed images of one box,
/// without scratch. Each is then the other's partner.
///
/// ```
/// use cutmix_core::{Layout, Patch, Shape, swap};
///
/// let shape = Shape::new(3, 1, 1, Layout::Hwc)?;
/// let (mut first, mut second) = (*b"aaa", *b"bbb");
/// swap(&mut first, &mut second, shape, Patch::new(0, 0, 2, 1)?)?;
/// assert_eq!((&first, &second), (b"bba", b"aab"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`paste`]; after an error both are as they were.
pub fn swap<T: Copy>(first: &mut [T], second: &mut [T], shape: Shape, patch: Patch) -> Result<(), PasteError> {
    check(first.len(), second.len(), shape, patch)?;
    let place = Place::new(shape, patch);
    Extent::new(shape, patch).each(place, place, |a, b| {
        if let (Some(first), Some(second)) = (first.get_mut(a), second.get_mut(b)) {
            for (first, second) in first.iter_mut().zip(second) {
                core::mem::swap(first, second);
            }
        }
    });
    Ok(())
}

/// [`paste`] between images whose rows are padded, as in a camera's DMA buffer.
///
/// A stride is the number of elements from the start of one row to the start of the next, of which the first
/// [`Shape::row_len`] are pixels; in [`Layout::Chw`] the rows of all planes follow each other. The padding of the last row
/// may be left out.
///
/// ```
/// use cutmix_core::{Layout, Patch, Shape, paste_strided};
///
/// let shape = Shape::new(3, 2, 1, Layout::Hwc)?;
/// let mut frame = *b"......";
/// let dma = b"abc--def--";
/// paste_strided(&mut frame, 3, dma, 5, shape, Patch::new(1, 0, 3, 2)?)?;
/// assert_eq!(&frame, b".bc.ef");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`PasteError`] if a stride is shorter than a row, a slice does not hold just the rows of `shape`, or `patch` reaches
/// out of the image. Everything is checked before the first write: after an error `dst` is as it was.
pub fn paste_strided<T: Copy>(
    dst: &mut [T],
    dst_stride: usize,
    src: &[T],
    src_stride: usize,
    shape: Shape,
    patch: Patch,
) -> Result<(), PasteError> {
    check_stride("destination", dst_stride, dst.len(), shape)?;
    check_stride("source", src_stride, src.len(), shape)?;
    check_patch(shape, patch)?;
    let (to, from) = (Place::strided(shape, patch, dst_stride), Place::strided(shape, patch, src_stride));
    Extent::new(shape, patch).copy(dst, to, src, from);
    Ok(())
}

/// The rows of a patch, in every image of one shape: so many planes (one in Hwc, a channel each in Chw) of so many rows.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    planes: usize,
    rows: usize,
    len: usize,
}

/// Where they lie in an image's slice.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Start of the first row.
    first: usize,
    /// From a row to the next.
    stride: usize,
    /// From a plane to the next.
    plane: usize,
}

impl Extent {
    pub(crate) fn new(shape: Shape, patch: Patch) -> Self {
        let (planes, step) = match shape.layout() {
            Layout::Hwc => (1, shape.channels().into()),
            Layout::Chw => (shape.channels().into(), 1),
        };
        Self {
            planes,
            rows: usize::from(patch.y1()) - usize::from(patch.y0()),
            len: (usize::from(patch.x1()) - usize::from(patch.x0())) * step,
        }
    }

    /// Of an image that has nothing but these rows.
    pub(crate) fn packed(self) -> Place {
        Place { first: 0, stride: self.len, plane: self.rows * self.len }
    }

    /// Calls `visit` with the range of each row at `a` and at `b`.
    #[inline]
    pub(crate) fn each(self, a: Place, b: Place, mut visit: impl FnMut(Range<usize>, Range<usize>)) {
        // Wrapping, since behind the last row comes one that need not be there; who visits looks whether a row is.
        let row = |start: usize| start..start.wrapping_add(self.len);
        let (mut plane_a, mut plane_b) = (a.first, b.first);
        for _ in 0..self.planes {
            let (mut row_a, mut row_b) = (plane_a, plane_b);
            for _ in 0..self.rows {
                visit(row(row_a), row(row_b));
                (row_a, row_b) = (row_a.wrapping_add(a.stride), row_b.wrapping_add(b.stride));
            }
            (plane_a, plane_b) = (plane_a.wrapping_add(a.plane), plane_b.wrapping_add(b.plane));
        }
    }

    /// Copies each row from its place in `src` to that in `dst`.
    #[inline]
    pub(crate) fn copy<T: Copy>(self, dst: &mut [T], to: Place, src: &[T], from: Place) {
        self.each(to, from, |to, from| {
            if let (Some(dst), Some(src)) = (dst.get_mut(to), src.get(from)) {
                copy(dst, src);
            }
        });
    }
}

impl Place {
    /// Of `patch` in an image of `shape`.
    pub(crate) fn new(shape: Shape, patch: Patch) -> Self {
        Self::strided(shape, patch, shape.row_len())
    }

    fn strided(shape: Shape, patch: Patch, stride: usize) -> Self {
        let step = match shape.layout() {
            Layout::Hwc => shape.channels().into(),
            Layout::Chw => 1,
        };
        // Wrapping, since an image of one row may have any stride.
        let row = usize::from(patch.y0()).wrapping_mul(stride);
        Self {
            first: row.wrapping_add(usize::from(patch.x0()) * step),
            stride,
            plane: stride.wrapping_mul(shape.height().into()),
        }
    }
}

/// Bytes up to which a row is short. Measured at 32 and 64: `cargo bench -p benches`.
const SHORT: usize = 64;

/// Copies `src` to `dst`, which is as long.
#[inline]
fn copy<T: Copy>(dst: &mut [T], src: &[T]) {
    // Rows of small images are so short that a call of `memcpy` takes longer than the copy: a start and an end that overlap
    // are enough. Not on small processors, whose registers hold four bytes.
    if cfg!(target_pointer_width = "64") && size_of_val(src) <= SHORT {
        match dst.len() {
            0 => return,
            1 => return ends::<1, T>(dst, src),
            2..4 => return ends::<2, T>(dst, src),
            4..8 => return ends::<4, T>(dst, src),
            8..16 => return ends::<8, T>(dst, src),
            16..32 => return ends::<16, T>(dst, src),
            32..=64 => return ends::<32, T>(dst, src),
            _ => {}
        }
    }
    // Always so; but where the compiler cannot see it, a panic would be linked.
    if dst.len() == src.len() {
        dst.copy_from_slice(src);
    }
}

/// Copies the first and the last `N`.
#[inline]
fn ends<const N: usize, T: Copy>(dst: &mut [T], src: &[T]) {
    if let (Some(dst), Some(src)) = (dst.first_chunk_mut::<N>(), src.first_chunk()) {
        *dst = *src;
    }
    if let (Some(dst), Some(src)) = (dst.last_chunk_mut::<N>(), src.last_chunk()) {
        *dst = *src;
    }
}

fn check(dst: usize, src: usize, shape: Shape, patch: Patch) -> Result<(), PasteError> {
    check_length("destination", shape.len(), dst)?;
    check_length("source", shape.len(), src)?;
    check_patch(shape, patch)
}

pub(crate) const fn check_length(image: &'static str, expected: usize, actual: usize) -> Result<(), PasteError> {
    if actual == expected { Ok(()) } else { Err(PasteError::Length { image, expected, actual }) }
}

pub(crate) const fn check_patch(shape: Shape, patch: Patch) -> Result<(), PasteError> {
    if patch.fits(shape) { Ok(()) } else { Err(PasteError::Patch(PatchError::Outside { patch, shape })) }
}

fn check_stride(image: &'static str, stride: usize, actual: usize, shape: Shape) -> Result<(), PasteError> {
    shape.check_stride(stride, actual).map_err(|error| match error {
        StrideError::Stride { row, stride } => PasteError::Stride { image, row, stride },
        StrideError::Length { stride, expected, actual } => PasteError::Rows { image, stride, expected, actual },
    })
}

/// Why nothing was pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PasteError {
    /// A slice has not as many elements as the shape says.
    Length {
        /// Which slice: `"destination"`, `"source"` or `"batch"`.
        image: &'static str,
        /// Elements that it should have.
        expected: usize,
        /// The slice's length.
        actual: usize,
    },
    /// A slice does not hold just the rows of the shape, a stride apart.
    Rows {
        /// Which slice: `"destination"` or `"source"`.
        image: &'static str,
        /// Elements from row to row.
        stride: usize,
        /// Elements that the slice should have, with the padding of the last row; `usize::MAX` if there should be more.
        expected: usize,
        /// Its length.
        actual: usize,
    },
    /// A stride is shorter than a row of the shape.
    Stride {
        /// Which slice: `"destination"` or `"source"`.
        image: &'static str,
        /// Elements of a row.
        row: usize,
        /// The stride.
        stride: usize,
    },
    /// The source has not as many channels as the destination.
    Channels {
        /// Of the destination.
        expected: u16,
        /// Of the source.
        actual: u16,
    },
    /// The box does not lie inside the image.
    Patch(PatchError),
    /// The plan is for images of another size.
    Plan(SizeError),
}

impl fmt::Display for PasteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { image, expected, actual } => {
                write!(f, "the {image} holds {actual} elements, where its shape says {expected}; pass just the image")
            }
            Self::Rows { image, stride, expected, actual } => {
                let error = StrideError::Length { stride: *stride, expected: *expected, actual: *actual };
                write!(f, "the {image}: {error}")
            }
            Self::Stride { image, row, stride } => {
                write!(
                    f,
                    "the {image} has a stride of {stride} elements, but its rows are {row} long; count elements, not bytes"
                )
            }
            Self::Channels { expected, actual } => {
                write!(f, "the source has {actual} channels, and the destination {expected}; pass images of as many")
            }
            Self::Patch(error) => error.fmt(f),
            Self::Plan(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PasteError {}

/// Why a slice does not hold the rows of a [`Shape`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StrideError {
    /// The stride is shorter than a row.
    Stride {
        /// Elements of a row.
        row: usize,
        /// The stride.
        stride: usize,
    },
    /// The slice is too short or too long.
    Length {
        /// Elements from row to row.
        stride: usize,
        /// Elements that it should have, with the padding of the last row; `usize::MAX` if there should be more.
        expected: usize,
        /// The slice's length.
        actual: usize,
    },
}

impl fmt::Display for StrideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stride { row, stride } => {
                write!(f, "a stride of {stride} elements is too short for rows of {row}; count elements, not bytes")
            }
            Self::Length { stride, expected, actual } => {
                write!(f, "a stride of {stride} elements makes an image of {expected}, and the slice has {actual}; ")?;
                // Rows of 16 or 32 bits a pixel, by a stride in bytes.
                for size in [2, 4] {
                    if actual.checked_mul(size) == Some(*expected) {
                        return write!(f, "if the stride is in bytes, pass {}", stride / size);
                    }
                }
                f.write_str("pass just the image, and its stride in elements")
            }
        }
    }
}

impl core::error::Error for StrideError {}
