//! A mixed copy of an image, as a file.

use anyhow::{Context as _, Result};
use image::RgbImage;

use crate::data::image_file::encode_png;
use crate::data::{Dataset, interleaved};
use crate::pipeline::{Sample, mix_into};

/// The mixed image of `sample`, of a set of images in color, as a PNG file.
///
/// # Errors
///
/// If an image cannot be read, or the result cannot be encoded.
pub(super) fn png_of(images: &Dataset, sample: &Sample) -> Result<Vec<u8>> {
    let shape = images.shape();
    let mut planes = vec![0; shape.len()];
    mix_into(&mut planes, images, sample)?;
    let picture = RgbImage::from_raw(shape.width().into(), shape.height().into(), interleaved(&planes, 3));
    encode_png(&picture.context("images of three planes")?.into())
}
