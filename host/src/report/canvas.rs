//! A canvas, its font and its colors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use anyhow::{Result, anyhow, ensure};
use image::RgbImage;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::data::image_file::encode_png;
use crate::results::Variant;
use crate::terminal::console::complain;

/// The font comes with the program: a fresh machine may have none.
const FONT: &str = "embedded";

/// More pixels than any picture here has; a larger one would be a mistake, and might not fit into memory.
const MOST_PIXELS: u64 = 1 << 25;

/// A canvas to draw on.
pub type Canvas<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

/// Draws `width` × `height` pixels with `draw`, and returns them as a PNG file.
///
/// # Errors
///
/// If the picture would be too large, `draw` fails, or the picture cannot be encoded.
pub fn png(width: u32, height: u32, draw: impl FnOnce(&Canvas) -> Result<()>) -> Result<Vec<u8>> {
    let pixels = u64::from(width) * u64::from(height);
    ensure!(pixels <= MOST_PIXELS, "a picture of {width}×{height} pixels is too large to be drawn");
    let mut pixels = vec![0; pixels as usize * 3];
    {
        let canvas = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        canvas.fill(&WHITE).map_err(broken)?;
        draw(&canvas)?;
        canvas.present().map_err(broken)?;
    }
    let image = RgbImage::from_raw(width, height, pixels).ok_or_else(|| anyhow!("a picture of another size"))?;
    encode_png(&image.into())
}

/// What `draw` makes, or a warning and none: a picture is not worth the run that it is of, so neither an error nor a panic goes on.
pub fn drawn<T>(what: &str, draw: impl FnOnce() -> Result<T>) -> Option<T> {
    let reason = match catch_unwind(AssertUnwindSafe(draw)) {
        Ok(Ok(picture)) => return Some(picture),
        Ok(Err(error)) => format!("{error:#}"),
        Err(_) => "drawing it broke down".to_owned(),
    };
    complain(&format!("warning: {what} is left out: {reason}"));
    None
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
