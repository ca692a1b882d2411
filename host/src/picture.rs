//! Pictures: the curves of a run, and the grid of mixed images.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Once;

use anyhow::{Result, anyhow};
use image::{ImageFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, FontTransform, register_font};

use crate::train::{Arm, EpochMetrics, Score};

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
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::Png)?;
    Ok(file.into_inner())
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

/// The colour of an arm, in every picture.
#[must_use]
pub const fn colour(arm: Arm) -> RGBColor {
    match arm {
        Arm::Baseline => RGBColor(213, 94, 0),
        Arm::Cutmix => RGBColor(0, 114, 178),
    }
}

/// Accuracy and loss over the epochs, one colour an arm and a line a seed: test scores thick, training scores thin. A PNG
/// file.
///
/// # Errors
///
/// If the picture cannot be drawn.
pub fn curves(arms: &[(Arm, &[EpochMetrics])]) -> Result<Vec<u8>> {
    png(1280, 520, |canvas| {
        let (left, right) = canvas.split_horizontally(640);
        // The legend lies where the curves are not: accuracy begins low; loss may end high, so it gets room above.
        panel(&left, "accuracy, %", (SeriesLabelPosition::UpperLeft, 1.08), arms, |score| 100.0 * score.accuracy)?;
        panel(&right, "loss, nats", (SeriesLabelPosition::UpperRight, 1.45), arms, |score| score.loss)
    })
}

fn panel(
    canvas: &Canvas,
    title: &str,
    (legend, headroom): (SeriesLabelPosition, f32),
    arms: &[(Arm, &[EpochMetrics])],
    value: impl Fn(&Score) -> f32,
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
        .build_cartesian_2d(0.5..last as f32 + 0.5, 0.0..highest * headroom)
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

    let mut named = BTreeSet::new();
    for (arm, metrics) in arms {
        let test = metrics.iter().filter_map(|line| Some((line.epoch as f32, unseen(line)?)));
        let train = metrics.iter().map(|line| (line.epoch as f32, value(&line.train)));
        for (points, width) in [(train.collect::<Vec<_>>(), 1), (test.collect(), 3)] {
            let style = colour(*arm).stroke_width(width);
            let line = chart.draw_series(LineSeries::new(points, style).point_size(width)).map_err(broken)?;
            // A line a seed, but an entry an arm.
            if named.insert((arm, width)) {
                let label = if width == 1 { format!("{}, training", arm.title()) } else { ending(arms, *arm, &value) };
                line.label(label).legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
            }
        }
    }
    chart
        .configure_series_labels()
        .position(legend)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2))
        .label_font(text(17))
        .draw()
        .map_err(broken)
}

/// `with CutMix, test: 46.80`: what the arm ended with, as the mean over its seeds where there are several.
fn ending(arms: &[(Arm, &[EpochMetrics])], arm: Arm, value: &impl Fn(&Score) -> f32) -> String {
    let of_arm = arms.iter().filter(|(other, _)| *other == arm);
    let last: Vec<_> = of_arm.filter_map(|(_, metrics)| metrics.last()?.unseen()).collect();
    let Some((what, _)) = last.first() else { return arm.title().to_owned() };
    let mean = last.iter().map(|(_, score)| value(score)).sum::<f32>() / last.len() as f32;
    match last.len() {
        1 => format!("{}, {what}: {mean:.2}", arm.title()),
        seeds => format!("{}, {what}: {mean:.2}, mean of {seeds} seeds", arm.title()),
    }
}

/// Side of a cell of the confusion matrix, in pixels: numbers fit in, unless there are very many classes.
const CELL: std::ops::RangeInclusive<usize> = 16..=64;

/// Side that the cells of the confusion matrix share, in pixels, where [`CELL`] allows it.
const MATRIX: usize = 720;

/// Longest name of a class in a picture.
const NAME: usize = 24;

/// Images of class r that were taken for class c, in row r and column c; the darker, the greater the share of the row. A PNG
/// file.
///
/// # Errors
///
/// If the picture cannot be drawn.
pub fn confusion(arm: Arm, classes: &[String], confusion: &[Vec<u32>]) -> Result<Vec<u8>> {
    let names: Vec<String> = classes.iter().map(|name| shortened(name)).collect();
    let cell = (MATRIX / classes.len().max(1)).clamp(*CELL.start(), *CELL.end()) as u32;
    let name_size = (cell * 9 / 10).min(18);
    let most = confusion.iter().flatten().max().map_or(1, |count| count.to_string().len()) as u32;
    // A digit is a little wider than half its height.
    let count_size = (cell * 17 / 10 / most.max(2)).min(20);

    let widest = names.iter().map(|name| width(name, name_size)).max().unwrap_or(0);
    let (title, header, gap) = (40, 30, 10);
    let (left, top) = (header + widest + gap, title + header + widest + gap);
    let side = cell * classes.len() as u32;
    // Room for the title, however few the classes.
    let (wide, high) = ((left + side + gap).max(440), top + side + gap);
    png(wide, high, |canvas| {
        let write = |words: &str, at: (u32, u32), style: TextStyle| {
            canvas.draw(&Text::new(words.to_owned(), (at.0 as i32, at.1 as i32), style)).map_err(broken)
        };
        let at = |horizontal, vertical| Pos::new(horizontal, vertical);
        let centred = at(HPos::Center, VPos::Center);
        write(&format!("Confusion {}, images", arm.title()), (gap, gap), text(24))?;
        write("taken for", (left + side / 2, title + header / 2), text(19).pos(centred))?;
        let upright = text(19).transform(FontTransform::Rotate270).pos(centred);
        write("class", (header / 2, top + side / 2), upright)?;
        for (number, name) in names.iter().enumerate() {
            let middle = number as u32 * cell + cell / 2;
            let right = at(HPos::Right, VPos::Center);
            write(name, (left - gap / 2, top + middle), text(name_size).pos(right))?;
            let upright = text(name_size).transform(FontTransform::Rotate270).pos(at(HPos::Left, VPos::Center));
            write(name, (left + middle, top - gap / 2), upright)?;
        }
        for (row, counts) in confusion.iter().enumerate() {
            let images = counts.iter().sum::<u32>().max(1);
            for (column, &count) in counts.iter().enumerate() {
                let share = f64::from(count) / f64::from(images);
                let (x, y) = (left + column as u32 * cell, top + row as u32 * cell);
                let corners = [(x as i32, y as i32), ((x + cell - 1) as i32, (y + cell - 1) as i32)];
                let fill = shade(colour(arm), share).filled();
                canvas.draw(&Rectangle::new(corners, fill)).map_err(broken)?;
                if count > 0 && count_size >= 9 {
                    let ink = if share > 0.5 { WHITE } else { BLACK };
                    let style = text(count_size).color(&ink).pos(centred);
                    write(&count.to_string(), (x + cell / 2, y + cell / 2), style)?;
                }
            }
        }
        Ok(())
    })
}

/// Between a grey that is nearly white, for none, and `colour`, for all.
fn shade(colour: RGBColor, share: f64) -> RGBColor {
    let mix = |to: u8| (243.0 + (f64::from(to) - 243.0) * share).round() as u8;
    RGBColor(mix(colour.0), mix(colour.1), mix(colour.2))
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

/// In pixels; a guess where the font has no such letters.
fn width(name: &str, size: u32) -> u32 {
    let guess = name.chars().count() as u32 * size * 6 / 10;
    text(size).font.box_size(name).map_or(guess, |(width, _)| width)
}
