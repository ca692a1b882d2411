//! Pictures: the curves of a run, and the grid of mixed images.

use std::io::Cursor;
use std::sync::Once;

use anyhow::{Result, anyhow};
use image::{ImageFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::train::{Arm, EpochMetrics};

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
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // Fails only for bytes that are no font.
        let _ = register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
    });

    let mut pixels = vec![0; (width * height * 3) as usize];
    {
        let canvas = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        canvas.fill(&WHITE).map_err(broken)?;
        draw(&canvas)?;
        canvas.present().map_err(broken)?;
    }
    let image = RgbImage::from_raw(width, height, pixels).ok_or_else(|| anyhow!("a picture of another size"))?;
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::Png)?;
    Ok(file.into_inner())
}

/// A text style of `size` pixels.
#[must_use]
pub fn text(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&BLACK)
}

/// Turns what the plotting crate reports into an error that can be shown.
pub fn broken(error: impl std::error::Error) -> anyhow::Error {
    anyhow!("cannot draw the picture: {error}")
}

/// Accuracy and loss over the epochs, one colour an arm: test scores thick, training scores thin. A PNG file.
///
/// # Errors
///
/// If the picture cannot be drawn.
pub fn curves(arms: &[(Arm, &[EpochMetrics])]) -> Result<Vec<u8>> {
    png(1280, 520, |canvas| {
        let (left, right) = canvas.split_horizontally(640);
        panel(&left, "accuracy, %", arms, |score| 100.0 * score.accuracy)?;
        panel(&right, "loss, nats", arms, |score| score.loss)
    })
}

fn panel(
    canvas: &Canvas,
    title: &str,
    arms: &[(Arm, &[EpochMetrics])],
    value: impl Fn(&crate::train::Score) -> f32,
) -> Result<()> {
    let every = || arms.iter().flat_map(|(_, metrics)| metrics.iter());
    let unseen = |line: &EpochMetrics| line.unseen().map(|(_, score)| value(&score));
    let highest = every().flat_map(|line| [Some(value(&line.train)), unseen(line)]).flatten().fold(0.0, f32::max);
    let last = every().map(|line| line.epoch).max().unwrap_or(1);

    let mut chart = ChartBuilder::on(canvas)
        .margin(16)
        .caption(title, text(24))
        .x_label_area_size(44)
        .y_label_area_size(52)
        .build_cartesian_2d(0.5..last as f32 + 0.5, 0.0..highest * 1.08)
        .map_err(broken)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.12))
        .x_desc("epoch")
        .x_labels((last as usize).min(10))
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .label_style(text(17))
        .axis_desc_style(text(19))
        .draw()
        .map_err(broken)?;

    for (arm, metrics) in arms {
        let colour = match arm {
            Arm::Baseline => RGBColor(213, 94, 0),
            Arm::Cutmix => RGBColor(0, 114, 178),
        };
        let test = metrics.iter().filter_map(|line| Some((line.epoch as f32, unseen(line)?)));
        let train = metrics.iter().map(|line| (line.epoch as f32, value(&line.train)));
        let label = match metrics.last().and_then(EpochMetrics::unseen) {
            Some((what, score)) => format!("{}, {what}: {:.2}", arm.title(), value(&score)),
            None => arm.title().to_owned(),
        };
        for (points, width, label) in
            [(train.collect::<Vec<_>>(), 1, format!("{}, training", arm.title())), (test.collect(), 3, label)]
        {
            let style = colour.stroke_width(width);
            chart
                .draw_series(LineSeries::new(points, style).point_size(width))
                .map_err(broken)?
                .label(label)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2))
        .label_font(text(17))
        .draw()
        .map_err(broken)
}
