use core::fmt;
use core::num::NonZeroUsize;
use core::ops::Range;

use crate::{Layout, Patch, PatchError, Shape};

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
    copy_rows(dst, src, Window::new(shape, patch));
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
    let window = Window::new(shape, patch);
    for (first, second) in window.rows_mut(first).zip(window.rows_mut(second)) {
        for (first, second) in first.iter_mut().zip(second) {
            core::mem::swap(first, second);
        }
    }
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
    let (to, from) = (Window::strided(shape, patch, dst_stride), Window::strided(shape, patch, src_stride));
    for (dst, src) in to.rows_mut(dst).zip(from.rows(src)) {
        copy(dst, src);
    }
    Ok(())
}

/// The rows of a patch in an image's slice. An image is a stack of planes (one in Hwc, a channel each in Chw), and a plane
/// a stack of rows.
#[derive(Clone)]
pub(crate) struct Window {
    plane: NonZeroUsize,
    stride: NonZeroUsize,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Window {
    /// `patch` in an image of `shape` without padding.
    pub(crate) fn new(shape: Shape, patch: Patch) -> Self {
        Self::strided(shape, patch, shape.row_len())
    }

    fn strided(shape: Shape, patch: Patch, stride: usize) -> Self {
        let step = match shape.layout() {
            Layout::Hwc => usize::from(shape.channels()),
            Layout::Chw => 1,
        };
        // Neither is ever zero. The type says so wherever a window is used, so that the panic of `chunks` is dropped.
        let non_zero = |len| NonZeroUsize::new(len).unwrap_or(NonZeroUsize::MIN);
        Self {
            plane: non_zero(stride.saturating_mul(shape.height().into())),
            stride: non_zero(stride),
            rows: patch.y0().into()..patch.y1().into(),
            columns: usize::from(patch.x0()) * step..usize::from(patch.x1()) * step,
        }
    }

    /// Elements of the patch in one row, at least 1.
    pub(crate) fn row_len(&self) -> usize {
        self.columns.len().max(1)
    }

    /// The patch's rows in `image`.
    pub(crate) fn rows<'a, T>(&self, image: &'a [T]) -> impl Iterator<Item = &'a [T]> + use<'a, T> {
        let Self { plane, stride, rows, columns } = self.clone();
        image.chunks(plane.get()).flat_map(move |plane| {
            let columns = columns.clone();
            plane.chunks(stride.get()).take(rows.end).skip(rows.start).filter_map(move |row| row.get(columns.clone()))
        })
    }

    /// The patch's rows in `image`, to be written.
    pub(crate) fn rows_mut<'a, T>(&self, image: &'a mut [T]) -> impl Iterator<Item = &'a mut [T]> + use<'a, T> {
        let Self { plane, stride, rows, columns } = self.clone();
        image.chunks_mut(plane.get()).flat_map(move |plane| {
            let columns = columns.clone();
            plane
                .chunks_mut(stride.get())
                .take(rows.end)
                .skip(rows.start)
                .filter_map(move |row| row.get_mut(columns.clone()))
        })
    }
}

/// Copies the rows of `window`, which must fit both images.
pub(crate) fn copy_rows<T: Copy>(dst: &mut [T], src: &[T], window: Window) {
    let Window { plane, stride, rows, columns } = window;
    let (plane, stride) = (plane.get(), stride.get());
    let rows = rows.start * stride..rows.end * stride;
    for (dst, src) in dst.chunks_exact_mut(plane).zip(src.chunks_exact(plane)) {
        let (Some(dst), Some(src)) = (dst.get_mut(rows.clone()), src.get(rows.clone())) else { continue };
        for (dst, src) in dst.chunks_exact_mut(stride).zip(src.chunks_exact(stride)) {
            if let (Some(dst), Some(src)) = (dst.get_mut(columns.clone()), src.get(columns.clone())) {
                copy(dst, src);
            }
        }
    }
}

/// Copies as far as both reach. `copy_from_slice` would leave a panic in the program for lengths that never differ.
pub(crate) fn copy<T: Copy>(dst: &mut [T], src: &[T]) {
    for (dst, src) in dst.iter_mut().zip(src) {
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

const fn check_patch(shape: Shape, patch: Patch) -> Result<(), PasteError> {
    if patch.fits(shape) { Ok(()) } else { Err(PasteError::Patch(PatchError::Outside { patch, shape })) }
}

fn check_stride(image: &'static str, stride: usize, actual: usize, shape: Shape) -> Result<(), PasteError> {
    let row = shape.row_len();
    if stride < row {
        return Err(PasteError::Stride { image, row, stride });
    }
    let padded = stride.saturating_mul(shape.rows());
    // The last row's padding may be left out, so even a stride beyond all memory is one for an image of one row.
    match stride.checked_mul(shape.rows() - 1).and_then(|rows| rows.checked_add(row)) {
        Some(unpadded) if (unpadded..=padded).contains(&actual) => Ok(()),
        _ => Err(PasteError::Length { image, expected: padded, actual }),
    }
}

/// Why nothing was pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// A stride is shorter than a row of the shape.
    Stride {
        /// Which slice: `"destination"` or `"source"`.
        image: &'static str,
        /// Elements of a row.
        row: usize,
        /// The stride.
        stride: usize,
    },
    /// The box does not lie inside the image.
    Patch(PatchError),
}

impl fmt::Display for PasteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { image, expected, actual } => {
                write!(f, "the {image} holds {actual} elements, where its shape says {expected}; pass just the image")
            }
            Self::Stride { image, row, stride } => {
                write!(
                    f,
                    "the {image} has a stride of {stride} elements, but its rows are {row} long; count elements, not bytes"
                )
            }
            Self::Patch(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PasteError {}
