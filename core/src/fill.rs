use crate::paste::{Extent, Place, check_length, check_patch};
use crate::{Layout, PasteError, Patch, Shape};

/// Overwrites the pixels of `patch` in an image of `shape` with what `value` gives, element by element as they lie in memory: a constant, as Cutout (`DeVries`
/// and Taylor 2017, arXiv 1708.04552) has it, or noise, as Random Erasing (Zhong et al. 2017, arXiv 1708.04896). The label stays that of the image.
///
/// ```
/// use cutmix_core::{CutMix, Layout, Shape, Stream, erase};
/// use cutmix_core::rand_core::Rng;
///
/// let shape = Shape::new(32, 32, 3, Layout::Hwc)?;
/// let mut image = [200_u8; 32 * 32 * 3];
/// let mut stream = Stream::new(42, 0, 7);
/// let plan = CutMix::new(1.0)?.plan(shape, 0, &mut stream);
/// erase(&mut image, shape, plan.patch(), || 0)?; // black
/// erase(&mut image, shape, plan.patch(), || stream.next_u32() as u8)?; // or noise
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`PasteError`] if `image` has not [`Shape::len`] elements or `patch` reaches out of it; it is then as it was.
pub fn erase<T: Copy>(
    image: &mut [T],
    shape: Shape,
    patch: Patch,
    mut value: impl FnMut() -> T,
) -> Result<(), PasteError> {
    check_length("destination", shape.len(), image.len())?;
    check_patch(shape, patch)?;
    let place = Place::new(shape, patch);
    Extent::new(shape, patch).each(place, place, |row, _| {
        for element in image.get_mut(row).unwrap_or_default() {
            *element = value();
        }
    });
    Ok(())
}

/// Resizes all of `src`, an image of `src_shape`, into `patch` of `dst`, an image of `shape`: `ResizeMix` (Qin et al. 2020, arXiv 2012.11101), by which the box
/// always shows the partner's object. λ is that of the box, as ever.
///
/// Each pixel of the box gets the pixel of `src` in which its center lies (nearest neighbor), for any element: masks keep their class numbers. Both
/// shapes have the same channels; layouts may differ.
///
/// ```
/// use cutmix_core::{Layout, Patch, Shape, paste_resized};
///
/// let (shape, small) = (Shape::new(4, 2, 1, Layout::Hwc)?, Shape::new(4, 4, 1, Layout::Hwc)?);
/// let mut image = *b"........";
/// paste_resized(&mut image, shape, Patch::new(1, 0, 3, 2)?, b"abcdefghijklmnop", small)?;
/// assert_eq!(&image, b".fh..np.");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`PasteError`] if a slice has not as many elements as its shape says, the channels differ, or `patch` reaches out of the image; `dst` is then as it was.
pub fn paste_resized<T: Copy>(
    dst: &mut [T],
    shape: Shape,
    patch: Patch,
    src: &[T],
    src_shape: Shape,
) -> Result<(), PasteError> {
    check_length("destination", shape.len(), dst.len())?;
    check_patch(shape, patch)?;
    check_length("source", src_shape.len(), src.len())?;
    if src_shape.channels() != shape.channels() {
        return Err(PasteError::Channels { expected: shape.channels(), actual: src_shape.channels() });
    }
    let [width, height] = [patch.x1() - patch.x0(), patch.y1() - patch.y0()];
    for channel in 0..shape.channels() {
        for y in 0..height {
            let from_y = center(y, height, src_shape.height());
            for x in 0..width {
                let from = index(src_shape, center(x, width, src_shape.width()), from_y, channel);
                let to = index(shape, patch.x0() + x, patch.y0() + y, channel);
                if let (Some(to), Some(from)) = (dst.get_mut(to), src.get(from)) {
                    *to = *from;
                }
            }
        }
    }
    Ok(())
}

/// The pixel of `from` in which the center of pixel `at` of `to` lies: ⌊(at + ½)·from ÷ to⌋.
const fn center(at: u16, to: u16, from: u16) -> u16 {
    // (2·at + 1)·from would need 33 bits.
    let (product, to) = (at as u32 * from as u32, to as u32);
    let (Some(whole), Some(rest)) = (product.checked_div(to), product.checked_rem(to)) else { return 0 };
    let (Some(half_whole), Some(half_rest)) = ((from as u32).checked_div(2 * to), (from as u32).checked_rem(2 * to))
    else {
        return 0;
    };
    (whole + half_whole + (2 * rest + half_rest >= 2 * to) as u32) as u16
}

/// Where an element lies.
fn index(shape: Shape, x: u16, y: u16, channel: u16) -> usize {
    let [x, y, channel] = [x, y, channel].map(usize::from);
    match shape.layout() {
        Layout::Hwc => (y * usize::from(shape.width()) + x) * usize::from(shape.channels()) + channel,
        Layout::Chw => (channel * usize::from(shape.height()) + y) * usize::from(shape.width()) + x,
    }
}
