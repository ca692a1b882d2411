//! A picture of another size.

use std::cell::RefCell;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

thread_local! {
    /// Room for what lies between rows and columns, and for the result: to get it anew for each picture takes a tenth of the time.
    static SCRATCH: RefCell<(Resizer, Vec<u8>)> = RefCell::default();
}

/// Gives the RGB pixels in `pixels`, of the width and height `from`, with the sides `to` to `take`: by a triangle filter that grows as the picture shrinks, as Pillow's
/// `BILINEAR` and torchvision's antialiased bilinear are. Sums are of integers, so that every processor comes to the same bytes.
///
/// # Panics
///
/// If `pixels` are not of that size.
pub(super) fn resized<T>(pixels: &[u8], from: [u32; 2], to: [u16; 2], take: impl FnOnce(&[u8]) -> T) -> T {
    let to = to.map(u32::from);
    if from == to {
        return take(pixels);
    }
    let source = ImageRef::new(from[0], from[1], pixels, PixelType::U8x3).expect("three bytes a pixel");
    let [width, height] = to;
    SCRATCH.with_borrow_mut(|(resizer, buffer)| {
        buffer.resize(3 * (width * height) as usize, 0);
        let mut small = Image::from_slice_u8(width, height, buffer, PixelType::U8x3).expect("three bytes a pixel");
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false);
        resizer.resize(&source, &mut small, &options).expect("both pictures are of RGB pixels");
        take(small.buffer())
    })
}
