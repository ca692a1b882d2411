//! Accuracy and loss over the epochs, as a picture.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use plotters::prelude::*;
use statrs::statistics::Statistics as _;

use super::canvas::{Canvas, broken, color, png, text};
use crate::results::{EpochScores, Score, Variant};

/// Accuracy and loss over the epochs, one color a variant: scores on images that were not trained on as thick lines, training scores
/// as thin ones. Of several seeds, the mean, and a band of one standard deviation on both sides. A PNG file.
///
/// # Errors
///
/// If the picture cannot be drawn.
pub fn curves(runs: &[(Variant, Vec<EpochScores>)]) -> Result<Vec<u8>> {
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
    fn new<'a>(runs: impl Iterator<Item = &'a [EpochScores]>, value: impl Fn(&EpochScores) -> Option<f32>) -> Self {
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
    runs: &[(Variant, Vec<EpochScores>)],
    value: impl Fn(&Score) -> f32,
) -> Result<()> {
    let mut curves = Vec::new();
    for &variant in runs.iter().map(|(variant, _)| variant).collect::<BTreeSet<_>>() {
        let of_variant = || runs.iter().filter(|(other, _)| *other == variant).map(|(_, metrics)| &metrics[..]);
        let what = of_variant().flatten().find_map(EpochScores::unseen).map_or("test", |(what, _)| what);
        let train = Curve::new(of_variant(), |line| Some(value(&line.train)));
        let unseen = Curve::new(of_variant(), |line| line.unseen().map(|(_, score)| value(&score)));
        curves.push((variant, 1, format!("{}, training", variant.title()), train));
        curves.push((
            variant,
            3,
            format!("{}, {what}: {}", variant.title(), ending(&unseen, of_variant().count())),
            unseen,
        ));
    }
    let highest = curves.iter().flat_map(|(.., curve)| curve.band()).map(|(_, value)| value).fold(0.0, f32::max);
    let last = runs.iter().flat_map(|(_, metrics)| metrics).map(|line| line.epoch).max().unwrap_or(1);

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

    for (variant, _, _, curve) in curves.iter().filter(|(_, width, ..)| *width > 1) {
        chart.draw_series([Polygon::new(curve.band(), color(*variant).mix(0.2))]).map_err(broken)?;
    }
    for (variant, width, label, curve) in curves {
        let style = color(variant).stroke_width(width);
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
