//! How often a network is right, against how sure it is, as a picture.

use std::collections::BTreeMap;

use anyhow::Result;
use plotters::prelude::*;
use statrs::statistics::Statistics as _;

use super::canvas::{broken, color, png, text};
use crate::results::{Calibration, Variant, VariantResult};

/// A reliability diagram (Guo et al. 2017, arXiv 1706.04599, figure 1), all seeds together: for each bin, the share of right predictions against the
/// mean probability, one color a variant. The larger a point, the more images are in its bin. The error is the
/// seeds' mean. A PNG file; none of results of older versions.
///
/// # Errors
///
/// If the picture cannot be drawn.
pub fn reliability(results: &BTreeMap<Variant, Vec<VariantResult>>) -> Result<Option<Vec<u8>>> {
    let mut all = Vec::new();
    for (&variant, results) in results {
        let mut merged = Calibration::default();
        let mut errors = Vec::with_capacity(results.len());
        for result in results {
            let Some(calibration) = &result.calibration else { return Ok(None) };
            merged.merge(calibration);
            errors.push(calibration.error());
        }
        all.push((variant, merged, errors.mean()));
    }
    png(560, 520, |canvas| {
        let mut chart = ChartBuilder::on(canvas)
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)
            .map_err(broken)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(BLACK.mix(0.12))
            .x_desc("probability that was given")
            .y_desc("share that was right")
            .label_style(text(17))
            .axis_desc_style(text(19))
            .draw()
            .map_err(broken)?;
        chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], BLACK.mix(0.5))).map_err(broken)?;
        for (variant, calibration, error) in &all {
            let style = color(*variant).stroke_width(2);
            let filled = || calibration.bins().iter().filter(|bin| bin.images > 0);
            let most = filled().map(|bin| bin.images).max().unwrap_or(1) as f64;
            let place = |images: u64, sum: f64| sum / images as f64;
            let points = filled().map(|bin| (place(bin.images, bin.confidence), place(bin.images, bin.right as f64)));
            let label = format!("{}: error {:.1} %", variant.title(), 100.0 * error);
            let line = chart.draw_series(LineSeries::new(points.clone(), style)).map_err(broken)?;
            line.label(label).legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
            let dots = points.zip(filled()).map(|(at, bin)| {
                // By area.
                let size = 2.0 + 6.0 * (bin.images as f64 / most).sqrt();
                Circle::new(at, size as i32, color(*variant).filled())
            });
            chart.draw_series(dots).map_err(broken)?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.2))
            .label_font(text(17))
            .draw()
            .map_err(broken)
    })
    .map(Some)
}
