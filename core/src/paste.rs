use core::fmt;

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
    for (image, actual) in [("destination", dst.len()), ("source", src.len())] {
        if actual != shape.len() {
            return Err(PasteError::Length { image, expected: shape.len(), actual });
        }
    }
    if !patch.fits(shape) {
        return Err(PasteError::Patch(PatchError::Outside { patch, shape }));
    }

    // A plane is a stack of rows: the whole image in Hwc, one channel in Chw. `step` is the elements from one pixel to the next.
    let channels = usize::from(shape.channels());
    let (step, plane) = match shape.layout() {
        Layout::Hwc => (channels, shape.len()),
        Layout::Chw => (1, shape.pixels() as usize),
    };
    let row = usize::from(shape.width()) * step;
    let columns = usize::from(patch.x0()) * step..usize::from(patch.x1()) * step;
    let rows = usize::from(patch.y0()) * row..usize::from(patch.y1()) * row;

    for (dst, src) in dst.chunks_exact_mut(plane).zip(src.chunks_exact(plane)) {
        let (Some(dst), Some(src)) = (dst.get_mut(rows.clone()), src.get(rows.clone())) else { continue };
        for (dst, src) in dst.chunks_exact_mut(row).zip(src.chunks_exact(row)) {
            if let (Some(dst), Some(src)) = (dst.get_mut(columns.clone()), src.get(columns.clone())) {
                dst.copy_from_slice(src);
            }
        }
    }
    Ok(())
}

/// Why nothing was pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasteError {
    /// A slice has not as many elements as the shape says.
    Length {
        /// Which slice: `"destination"` or `"source"`.
        image: &'static str,
        /// [`Shape::len`].
        expected: usize,
        /// The slice's length.
        actual: usize,
    },
    /// The box does not lie inside the image.
    Patch(PatchError),
}

impl fmt::Display for PasteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { image, expected, actual } => {
                write!(
                    f,
                    "the {image} image holds {actual} elements, its shape says {expected}; pass slices of Shape::len()"
                )
            }
            Self::Patch(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PasteError {}
