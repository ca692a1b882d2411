//! How cost grows with the image and with the batch, as a picture.

use std::hint::black_box;
use std::io::Cursor;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use benches::{BATCH, Element, Pairs, Timed, alone, copy_rows, plans, same_in_turns, shape};
use cutmix_core::{CutMix, Layout, Shape, Stream, paste, uniform_below};
use image::RgbImage;
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::{PLANS, TURN, mixing, target, turn_of};

/// Sides and sizes of batches are powers of two.
const SIDES: RangeInclusive<u32> = 4..=10;
const BATCHES: RangeInclusive<u32> = 1..=12;

/// Bytes of a batch, where images are so large that 32 of them would be more.
const MOST: usize = 64 << 20;

/// The font comes with the program: a fresh machine may have none.
const FONT: &str = "embedded";

const BLUE: RGBColor = RGBColor(0, 114, 178);
const ORANGE: RGBColor = RGBColor(213, 94, 0);

/// Nanoseconds an image of one element, from small to large.
struct Curve {
    name: &'static str,
    color: RGBColor,
    /// Where on the x axis, and what was measured there.
    points: Vec<(f64, Timed)>,
    /// The bytes of the boxes at the rate of large copies, where the x axis is a side.
    memory: Vec<(f64, f64)>,
}

/// Measures and draws `bench-growth.png` in cargo's target folder.
pub fn draw() -> Result<PathBuf> {
    let rate = copied_per_byte();
    let sides = [by_side::<u8>(BLUE, rate), by_side::<f32>(ORANGE, rate)];
    let batches = [by_batch::<u8>(BLUE), by_batch::<f32>(ORANGE)];
    let (width, height) = (1280, 560);
    let mut pixels = vec![0; (width * height * 3) as usize];
    {
        register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT).map_err(|_| anyhow!("no font"))?;
        let canvas = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        canvas.fill(&WHITE)?;
        let (left, right) = canvas.split_horizontally(width / 2);
        panel(&left, "plan + paste, α = 1", "side of the image, pixels", SIDES, &sides)?;
        panel(&right, "mix_batch, 32×32×3, α = 1", "images of a batch", BATCHES, &batches)?;
        canvas.present()?;
    }
    let image = RgbImage::from_raw(width, height, pixels).ok_or_else(|| anyhow!("a picture of another size"))?;
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, image::ImageFormat::Png)?;
    let path = target("bench-growth.png");
    std::fs::write(&path, file.into_inner())?;
    Ok(path)
}

/// Nanoseconds a byte that large images take to be copied whole, from memory to memory.
fn copied_per_byte() -> f64 {
    let shape = shape(1 << SIDES.end(), Layout::Hwc);
    let count = pairs_of::<u8>(shape);
    let mut pairs = Pairs::<u8>::new(count, shape);
    alone(count, || black_box(&mut pairs).copy_whole()) / shape.len() as f64
}

fn by_side<T: Element>(color: RGBColor, per_byte: f64) -> Curve {
    let shapes = SIDES.map(|power| shape(1 << power, Layout::Hwc));
    let points = shapes.clone().map(|shape| (f64::from(shape.width()), one_side::<T>(shape))).collect();
    // A box's mean share, whatever the side.
    let boxes = plans(PLANS, shape(1 << SIDES.end(), Layout::Hwc), 1.0, 1);
    let share = boxes.iter().map(|plan| 1.0 - f64::from(plan.lambda())).sum::<f64>() / boxes.len() as f64;
    let bytes = |shape: Shape| share * (shape.len() * size_of::<T>()) as f64;
    let memory = shapes.map(|shape| (f64::from(shape.width()), per_byte * bytes(shape))).collect();
    Curve { name: T::NAME, color, points, memory }
}

fn pairs_of<T>(shape: Shape) -> usize {
    (MOST / (shape.len() * size_of::<T>())).clamp(4, BATCH)
}

fn one_side<T: Element>(shape: Shape) -> Timed {
    let (count, cutmix) = (pairs_of::<T>(shape), CutMix::new(1.0).expect("a constant parameter"));
    let turn = if count < BATCH { count } else { TURN };
    let plans = plans(PLANS, shape, 1.0, count);
    same_in_turns(
        turn,
        &mut Pairs::<T>::new(count, shape),
        |pairs, number| {
            for (index, image) in (number * turn..).zip((0..count).cycle()).take(turn) {
                let mut stream = Stream::new(42, 0, (index % PLANS) as u64);
                let partner = uniform_below(count as u32, &mut stream);
                let plan = cutmix.plan(black_box(shape), partner, &mut stream);
                let (dst, src) = pairs.pair(image, partner);
                paste(dst, src, shape, plan.patch()).expect("boxes fit");
                black_box(dst);
            }
        },
        |pairs, number| {
            for (plan, image) in turn_of(&plans, turn, number).iter().zip((0..count).cycle()) {
                let (dst, src) = pairs.pair(image, plan.partner());
                copy_rows(dst, src, black_box(shape), plan.patch());
                black_box(dst);
            }
        },
    )
}

fn by_batch<T: Element>(color: RGBColor) -> Curve {
    let shape = shape(32, Layout::Hwc);
    let points = BATCHES.map(|power| (f64::from(1 << power), mixing::<T>(1 << power, shape, 1.0))).collect();
    Curve { name: T::NAME, color, points, memory: Vec::new() }
}

fn panel(
    canvas: &DrawingArea<BitMapBackend, Shift>,
    title: &str,
    x_axis: &str,
    powers: RangeInclusive<u32>,
    curves: &[Curve; 2],
) -> Result<()> {
    let style = |size| (FONT, size).into_font();
    let times = || curves.iter().flat_map(|curve| &curve.points).flat_map(|(_, timed)| [timed.ns, timed.baseline_ns]);
    // Whole decades.
    let least = 10_f64.powf(times().fold(f64::MAX, f64::min).log10().floor());
    let most = 10_f64.powf(times().fold(0.0, f64::max).log10().ceil());
    let mut chart = ChartBuilder::on(canvas)
        .margin(16)
        .caption(title, style(24))
        .x_label_area_size(46)
        .y_label_area_size(84)
        .build_cartesian_2d(
            (f64::from(1 << powers.start())..f64::from(1 << powers.end())).log_scale().base(2.0),
            (least..most).log_scale(),
        )?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.12))
        .x_desc(x_axis)
        .y_desc("nanoseconds an image")
        .x_labels(powers.count())
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y:.0}"))
        .label_style(style(17))
        .axis_desc_style(style(19))
        .draw()?;
    for Curve { name, color, points, memory } in curves {
        let (color, thin) = (color.stroke_width(3), color.stroke_width(1));
        let ours = points.iter().map(|(x, timed)| (*x, timed.ns));
        chart
            .draw_series(LineSeries::new(ours, color).point_size(3))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], color));
        let baseline = points.iter().map(|(x, timed)| (*x, timed.baseline_ns));
        chart
            .draw_series(DashedLineSeries::new(baseline, 5, 5, color))?
            .label(format!("{name}: the rows of the same boxes"))
            .legend(move |(x, y)| DashedPathElement::new([(x, y), (x + 22, y)], 5, 5, color));
        if !memory.is_empty() {
            chart
                .draw_series(LineSeries::new(memory.iter().copied(), thin))?
                .label(format!("{name}: their bytes at the rate of large copies"))
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], thin));
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2))
        .label_font(style(17))
        .draw()?;
    Ok(())
}
