//! Pictures: the curves of a run, confusion matrices, and images in rows.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::sync::Once;

use anyhow::{Result, anyhow};
use cutmix_core::{Layout, Shape};
use image::{ImageFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, FontTransform, register_font};
use statrs::statistics::Statistics as _;

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

/// Accuracy and loss over the epochs, one colour an arm: scores on images that were not trained on as thick lines, training scores
/// as thin ones. Of several seeds, the mean, and a band of one standard deviation on both sides. A PNG file.
///
/// # Errors
///
/// If the picture cannot be drawn.
pub fn curves(runs: &[(Arm, &[EpochMetrics])]) -> Result<Vec<u8>> {
    png(1280, 520, |canvas| {
        let (left, right) = canvas.split_horizontally(640);
        // The legend lies where the curves are not: accuracy begins low; loss may end high, so it gets room above.
        panel(&left, "accuracy, %", (SeriesLabelPosition::LowerRight, 1.08), runs, |score| 100.0 * score.accuracy)?;
        panel(&right, "loss, nats", (SeriesLabelPosition::UpperRight, 1.45), runs, |score| score.loss)
    })
}

/// One curve: the values of several seeds, an epoch a place.
struct Curve(Vec<Spread>);

/// The values of several seeds in one epoch.
struct Spread {
    epoch: f32,
    mean: f32,
    /// 0 for a single seed.
    deviation: f32,
}

impl Curve {
    fn new<'a>(runs: impl Iterator<Item = &'a [EpochMetrics]>, value: impl Fn(&EpochMetrics) -> Option<f32>) -> Self {
        let mut epochs: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for line in runs.flatten() {
            if let Some(value) = value(line) {
                epochs.entry(line.epoch).or_default().push(f64::from(value));
            }
        }
        let spread = |(epoch, values): (u32, Vec<f64>)| Spread {
            epoch: epoch as f32,
            mean: (&values).mean() as f32,
            deviation: if values.len() > 1 { (&values).std_dev() as f32 } else { 0.0 },
        };
        Self(epochs.into_iter().map(spread).collect())
    }

    /// Along its upper edge, and back along the lower one.
    fn band(&self) -> Vec<(f32, f32)> {
        let upper = self.0.iter().map(|at| (at.epoch, at.mean + at.deviation));
        let lower = self.0.iter().rev().map(|at| (at.epoch, (at.mean - at.deviation).max(0.0)));
        upper.chain(lower).collect()
    }
}

fn panel(
    canvas: &Canvas,
    title: &str,
    (legend, headroom): (SeriesLabelPosition, f32),
    runs: &[(Arm, &[EpochMetrics])],
    value: impl Fn(&Score) -> f32,
) -> Result<()> {
    let mut curves = Vec::new();
    for &arm in runs.iter().map(|(arm, _)| arm).collect::<BTreeSet<_>>() {
        let of_arm = || runs.iter().filter(|(other, _)| *other == arm).map(|(_, metrics)| *metrics);
        let what = of_arm().flatten().find_map(EpochMetrics::unseen).map_or("test", |(what, _)| what);
        let train = Curve::new(of_arm(), |line| Some(value(&line.train)));
        let unseen = Curve::new(of_arm(), |line| line.unseen().map(|(_, score)| value(&score)));
        curves.push((arm, 1, format!("{}, training", arm.title()), train));
        curves.push((arm, 3, format!("{}, {what}: {}", arm.title(), ending(&unseen, of_arm().count())), unseen));
    }
    let highest = curves.iter().flat_map(|(.., curve)| curve.band()).map(|(_, value)| value).fold(0.0, f32::max);
    let last = runs.iter().flat_map(|(_, metrics)| *metrics).map(|line| line.epoch).max().unwrap_or(1);

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

    for (arm, _, _, curve) in curves.iter().filter(|(_, width, ..)| *width > 1) {
        chart.draw_series([Polygon::new(curve.band(), colour(*arm).mix(0.2))]).map_err(broken)?;
    }
    for (arm, width, label, curve) in curves {
        let style = colour(arm).stroke_width(width);
        let points = curve.0.iter().map(|at| (at.epoch, at.mean));
        let line = chart.draw_series(LineSeries::new(points, style).point_size(width)).map_err(broken)?;
        line.label(label).legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
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

/// `46.80`, or `46.80 ± 1.20, 5 seeds`: what a curve ended with.
fn ending(curve: &Curve, seeds: usize) -> String {
    match curve.0.last() {
        None => "none".to_owned(),
        Some(last) if seeds == 1 => format!("{:.2}", last.mean),
        Some(last) => format!("{:.2} ± {:.2}, {seeds} seeds", last.mean, last.deviation),
    }
}

/// An enlarged image of a data set, and what is said of it.
pub struct Tile {
    /// Its bytes.
    pub image: Vec<u8>,
    /// Their arrangement; a single channel is grey.
    pub shape: Shape,
    /// Lines of text below it.
    pub caption: Vec<String>,
}

/// Screen pixels of a tile: the image, and below it a line of text.
const TILE: u32 = 224;
const LINE: u32 = 26;
const MARGIN: u32 = 12;

/// Images in rows of `columns`, each with its caption. A PNG file.
///
/// # Errors
///
/// If the picture cannot be drawn.
pub fn tiles(columns: usize, tiles: &[Tile]) -> Result<Vec<u8>> {
    let lines = tiles.iter().map(|tile| tile.caption.len()).max().unwrap_or(0) as u32;
    let cell = (TILE + MARGIN, TILE + lines * LINE + MARGIN + 8);
    let rows = tiles.len().div_ceil(columns);
    png(cell.0 * columns as u32 + MARGIN, cell.1 * rows as u32 + MARGIN, |canvas| {
        for (position, tile) in tiles.iter().enumerate() {
            let left = (MARGIN + cell.0 * (position % columns) as u32) as i32;
            let top = (MARGIN + cell.1 * (position / columns) as u32) as i32;
            for (x, y) in (0..TILE).flat_map(|y| (0..TILE).map(move |x| (x, y))) {
                canvas.draw_pixel((left + x as i32, top + y as i32), &tile.pixel(x, y)).map_err(broken)?;
            }
            for (number, line) in tile.caption.iter().enumerate() {
                let below = top + (TILE + number as u32 * LINE) as i32 + 8;
                canvas.draw(&Text::new(line.clone(), (left, below), text(19))).map_err(broken)?;
            }
        }
        Ok(())
    })
}

impl Tile {
    /// The colour at (`x`, `y`) of the enlargement: that of the nearest pixel, so that nothing is smoothed over.
    fn pixel(&self, x: u32, y: u32) -> RGBColor {
        let (width, height) = (usize::from(self.shape.width()), usize::from(self.shape.height()));
        let (x, y) = (x as usize * width / TILE as usize, y as usize * height / TILE as usize);
        let channels = usize::from(self.shape.channels());
        let [r, g, b] = [0, 1, 2].map(|channel: usize| {
            let channel = channel.min(channels - 1);
            match self.shape.layout() {
                Layout::Chw => self.image[(channel * height + y) * width + x],
                Layout::Hwc => self.image[(y * width + x) * channels + channel],
            }
        });
        RGBColor(r, g, b)
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
