//! A square picture of another size.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

/// The `from`×`from` RGB pixels in `pixels` as `side`×`side`: by a triangle filter that grows as the picture shrinks, as Pillow's
/// `BILINEAR` and torchvision's antialiased bilinear are. Sums are of integers, so that every processor comes to the same bytes.
///
/// # Panics
///
/// If `pixels` are not of that size.
pub(super) fn resize(pixels: &[u8], from: u32, side: u16) -> Vec<u8> {
    if from == u32::from(side) {
        return pixels.to_vec();
    }
    let source = ImageRef::new(from, from, pixels, PixelType::U8x3).expect("three bytes a pixel");
    let mut resized = Image::new(side.into(), side.into(), PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false);
    Resizer::new().resize(&source, &mut resized, &options).expect("both pictures are of RGB pixels");
    resized.into_vec()
}
