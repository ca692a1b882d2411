//! A canvas, its font and its colors.

use std::sync::Once;

use anyhow::{Result, anyhow};
use image::RgbImage;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::data::image_file::encode_png;
use crate::results::Variant;

/// The font comes with the program: a fresh machine may have none.
const FONT: &str = "embedded";

/// A canvas to draw on.
pub type Canvas<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

/// Draws `width` × `height` pixels with `draw`, and returns them as a PNG file.
///
/// # Errors
///
/// If `draw` fails, or the picture cannot be encoded.
pub fn png(width: u32, height: u32, draw: impl FnOnce(&Canvas) -> Result<()>) -> Result<Vec<u8>> {
    let mut pixels = vec![0; (width * height * 3) as usize];
    {
        let canvas = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        canvas.fill(&WHITE).map_err(broken)?;
        draw(&canvas)?;
        canvas.present().map_err(broken)?;
    }
    let image = RgbImage::from_raw(width, height, pixels).ok_or_else(|| anyhow!("a picture of another size"))?;
    encode_png(&image.into())
}

/// A text style of `size` pixels.
#[must_use]
pub fn text(size: u32) -> TextStyle<'static> {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // Fails only for bytes that are no font.
        let _ = register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
    });
    (FONT, size).into_font().color(&BLACK)
}

/// Turns what the plotting crate reports into an error that can be shown.
pub fn broken(error: impl std::error::Error) -> anyhow::Error {
    anyhow!("cannot draw the picture: {error}")
}

/// The color of a variant, in every picture.
pub const fn color(variant: Variant) -> RGBColor {
    match variant {
        Variant::Baseline => RGBColor(213, 94, 0),
        Variant::Cutmix => RGBColor(0, 114, 178),
    }
}
