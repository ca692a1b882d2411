//! Image files, one at a time: decoded to bytes, and encoded.

use std::io::Cursor;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use image::imageops;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, RgbImage, RgbaImage};

use super::guard::guarded;
use super::jpeg;
use super::placement::Placement;
use super::planes::write_planes;
use super::resize::resized;
use crate::files;
use crate::settings::Resize;

/// How the name of an image mostly ends, in small or capital letters. What the file holds is read from its first bytes, so a JPEG that is
/// called `.png` is read as what it is.
pub const EXTENSIONS: [&str; 6] = ["png", "jpg", "jpeg", "bmp", "gif", "webp"];

/// Bytes that the pixels of an image may take, as the crate `image` has it.
const LIMIT: usize = 512 << 20;

/// The most that 16 bits hold, and the color below what is transparent: such pictures are mostly drawn for white pages.
const WHITE: u64 = 0xFFFF;

/// `image` as a PNG file.
///
/// # Errors
///
/// If it cannot be encoded.
pub fn encode_png(image: &DynamicImage) -> Result<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::Png)?;
    Ok(file.into_inner())
}

/// Whether a file with these first bytes is one of the formats that are read.
#[must_use]
pub fn begins_image(first: &[u8]) -> bool {
    // Two letters begin many a text: the length of a BMP's header must be one that there is, too.
    matches!(
        first,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..]
            | [0xFF, 0xD8, 0xFF, ..]
            | [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..]
            | [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..]
            | [b'B', b'M', _, _, _, _, _, _, _, _, _, _, _, _, 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0, ..]
    )
}

/// The image in the file at `path`, upright.
///
/// # Errors
///
/// If it is not a regular file, cannot be read, or is not a whole image; the message names it.
pub fn open(path: &Path) -> Result<DynamicImage> {
    let bytes = files::read_regular(path)?;
    guarded(|| whole(&bytes)).with_context(|| format!("{} is not a whole image", path.display()))
}

/// Width and height of the image in the file at `path`; it goes to `planes`, as [`decode`] makes it.
///
/// # Errors
///
/// As [`open`].
pub fn open_resized(path: &Path, resize: Resize, planes: &mut [u8]) -> Result<[u32; 2]> {
    read_resized(&files::read_regular(path)?, path, resize, planes)
}

/// As [`open_resized`], of a file that was read already.
///
/// # Errors
///
/// If it is not a whole image; the message names `path`.
pub fn read_resized(bytes: &[u8], path: &Path, resize: Resize, planes: &mut [u8]) -> Result<[u32; 2]> {
    let image = guarded(|| whole(bytes)).with_context(|| format!("{} is not a whole image", path.display()))?;
    let image = opaque(image);
    write_resized(&image, resize, planes);
    Ok([image.width(), image.height()])
}

/// As [`open_resized`], of an image that has a mask or boxes of objects.
///
/// # Errors
///
/// As [`open`], and if its EXIF data turn the image: what belongs to it may be turned already, or may not, and nobody could tell.
pub fn open_unturned(path: &Path, resize: Resize, planes: &mut [u8]) -> Result<[u32; 2]> {
    let bytes = files::read_regular(path)?;
    let (image, orientation) = guarded(|| stored(&bytes)).with_context(|| {
        format!("{} is not a whole image; replace it, or remove it with its mask and its objects", path.display())
    })?;
    ensure!(
        orientation == Orientation::NoTransforms,
        "{} is turned by its EXIF data, and whether its mask and objects are cannot be told; save it upright",
        path.display()
    );
    let image = opaque(image);
    write_resized(&image, resize, planes);
    Ok([image.width(), image.height()])
}

/// The image in `bytes`, a file's, with the sides that `resize` says: a red, a green and a blue plane, or a gray one.
///
/// It is turned as its EXIF data say. The part that is shown (`data/placement.rs`) is resampled with a triangle filter whose
/// width grows as the image shrinks. For a square cut from the middle that is torchvision's `Resize` and `CenterCrop` with the cut first; an
/// image of that size already is not touched.
///
/// Gray becomes three equal planes, and three become gray as by Pillow (ITU-R BT.601, to the nearest). 16 bits become 8 with rounding to the nearest, and transparent pixels lie on white; a BMP of which every
/// pixel is transparent is opaque, since the fourth byte of its pixels is mostly not used. Of an
/// animation it is the first frame; of an animated PNG, the picture for those who cannot show the animation. Color profiles
/// are not applied.
///
/// # Errors
///
/// If `bytes` are not an image, are only the beginning of one, or declare a size of which the pixels take more than 512 MiB. If the decoder
/// panics.
pub fn decode(bytes: &[u8], resize: impl Into<Resize>) -> Result<Vec<u8>> {
    let resize = resize.into();
    let mut planes = vec![0; resize.shape()?.len()];
    guarded(|| {
        write_resized(&opaque(whole(bytes)?), resize, &mut planes);
        Ok(())
    })?;
    Ok(planes)
}

/// The image in `bytes`, a file's, upright.
fn whole(bytes: &[u8]) -> Result<DynamicImage> {
    let (mut image, orientation) = stored(bytes)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The image in `bytes` as it is stored, and how it is to be turned.
fn stored(bytes: &[u8]) -> Result<(DynamicImage, Orientation)> {
    ensure!(!bytes.is_empty(), "the file is empty");
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let Some(format) = reader.format() else {
        bail!("its first bytes are of no image format that is known here ({})", EXTENSIONS.join(", "));
    };
    let (mut image, orientation) = match format {
        ImageFormat::Jpeg => jpeg::decode(bytes, LIMIT)?,
        _ => other(reader)?,
    };
    if format == ImageFormat::Bmp && image.color().has_alpha() && image.as_rgba8().is_some_and(is_clear) {
        image = image.into_rgb8().into();
    }
    Ok((image, orientation))
}

/// The image that `reader` reads, no JPEG, and how it is to be turned.
fn other(reader: ImageReader<Cursor<&[u8]>>) -> Result<(DynamicImage, Orientation)> {
    let mut decoder = reader.into_decoder().map_err(one_sentence)?;
    let (width, height) = decoder.dimensions();
    ensure!(width > 0 && height > 0, "it declares {width}×{height} pixels");
    if decoder.total_bytes() > LIMIT as u64 {
        bail!("it declares {width}×{height} pixels, which take more than 512 MiB");
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder).map_err(one_sentence)?, orientation))
}

/// Whether no pixel shows at all.
fn is_clear(image: &RgbaImage) -> bool {
    image.pixels().all(|pixel| pixel.0[3] == 0)
}

/// Writes an image to `planes`, as [`decode`] makes it.
///
/// # Panics
///
/// If `planes` has not a byte for each channel of each pixel of the size.
pub fn write_resized(image: &RgbImage, resize: Resize, planes: &mut [u8]) {
    let placement = Placement::of(resize, image.width(), image.height());
    let Placement { from: [left, top, width, height], to: [x, y, wide, high], size } = placement;
    let whole = (width, height) == (image.width(), image.height());
    let part;
    let pixels = if whole {
        image.as_raw()
    } else {
        part = imageops::crop_imm(image, left, top, width, height).to_image();
        part.as_raw()
    };
    resized(pixels, [width, height], [wide, high], |small| {
        if placement.fills() && resize.channels == 3 {
            return write_planes(small, planes);
        }
        planes.fill(0);
        let (row, columns) = (usize::from(size.width), usize::from(x)..usize::from(x) + usize::from(wide));
        for (channel, plane) in planes.chunks_exact_mut(row * usize::from(size.height)).enumerate() {
            let rows = plane.chunks_exact_mut(row).skip(y.into()).take(high.into());
            for (to, from) in rows.zip(small.chunks_exact(3 * usize::from(wide))) {
                for (to, &pixel) in to[columns.clone()].iter_mut().zip(from.as_chunks::<3>().0) {
                    *to = if resize.channels == 1 { gray(pixel) } else { pixel[channel] };
                }
            }
        }
    });
}

/// In 65,536ths, which are one together.
fn gray([red, green, blue]: [u8; 3]) -> u8 {
    ((19_595 * u32::from(red) + 38_470 * u32::from(green) + 7_471 * u32::from(blue) + 32_768) >> 16) as u8
}

/// The crate reports a limit of its own as "Memory limit exceeded", which does not say whose.
fn one_sentence(error: ImageError) -> anyhow::Error {
    match error {
        ImageError::Limits(_) => anyhow::anyhow!("what it declares takes more than 512 MiB"),
        error => anyhow::anyhow!("{}", error.to_string().replace('\n', " ")),
    }
}

/// The image on [`WHITE`], 8 bits a channel.
fn opaque(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    // The mean of 16-bit values, so that it is rounded once, to 8 bits.
    let divisor = WHITE * 257;
    let image = image.into_rgba16();
    let mut flat = RgbImage::new(image.width(), image.height());
    for (from, to) in image.pixels().zip(flat.pixels_mut()) {
        let [color @ .., alpha] = from.0.map(u64::from);
        to.0 = color.map(|value| ((value * alpha + WHITE * (WHITE - alpha) + divisor / 2) / divisor) as u8);
    }
    flat
}
