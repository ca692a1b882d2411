//! JPEG files. The crate `image` reads them by the same decoder, but takes two color components for three, and reads the header three times.

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

/// The image in `bytes`, a JPEG file's, gray or in color, and how it is to be turned; of at most `limit` bytes.
///
/// # Errors
///
/// If they are not a whole JPEG file, have neither 1, 3 nor 4 color components, or declare a size of more than the limit.
pub(super) fn decode(bytes: &[u8], limit: usize) -> Result<(DynamicImage, Orientation)> {
    ensure!(is_whole(bytes), "the JPEG data end before their end marker");
    // As large as the format can say: the limit is on bytes.
    let options = DecoderOptions::default().set_strict_mode(false).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| one_sentence(&error))?;
    let info = decoder.info().context("no size is declared")?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    ensure!(
        matches!(info.components, 1 | 3 | 4),
        "it has {} color components, and what they mean is only known of 1 (gray), 3 (YCbCr or RGB) and 4 (CMYK); save it anew",
        info.components
    );
    let is_gray = decoder.input_colorspace() == Some(ColorSpace::Luma);
    decoder.set_options(options.jpeg_set_out_colorspace(if is_gray { ColorSpace::Luma } else { ColorSpace::RGB }));
    let len = decoder.output_buffer_size().context("no size is declared")?;
    if len > limit {
        bail!("it declares {width}×{height} pixels, which take more than {} MiB", limit >> 20);
    }
    let mut pixels = vec![0; len];
    decoder.decode_into(&mut pixels).map_err(|error| one_sentence(&error))?;
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    let image = if is_gray {
        GrayImage::from_raw(width, height, pixels).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, pixels).map(DynamicImage::from)
    };
    Ok((image.context("it has fewer pixels than it declares")?, orientation.unwrap_or(Orientation::NoTransforms)))
}

fn one_sentence(error: &DecodeErrors) -> anyhow::Error {
    anyhow!("{}", error.to_string().replace('\n', " "))
}

/// Whether the file goes on to its end marker: where data are missing, the decoder paints gray and says nothing.
fn is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&byte| byte == 0xFF) {
        rest = &rest[at + 1..];
        let skipped = match *rest {
            [0xD9, ..] => return true,
            // Another 0xFF of padding: it may begin the marker.
            [0xFF, ..] => 0,
            // A 0xFF among the pixels, and markers that stand alone.
            [0x00 | 0x01 | 0xD0..=0xD8, ..] => 1,
            // Segments are skipped: a preview among the EXIF data has an end marker of its own.
            [_, high, low, ..] => 1 + usize::from(u16::from_be_bytes([high, low])),
            _ => return false,
        };
        rest = rest.get(skipped..).unwrap_or_default();
    }
    false
}
