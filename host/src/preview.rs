//! The grid of augmented images with their mixed labels.

use anyhow::Result;
use cutmix_core::{Layout, Shape};
use plotters::prelude::*;

use crate::config::Config;
use crate::data::Split;
use crate::picture::{broken, png, text};
use crate::pipeline;

const COLUMNS: usize = 3;
const ROWS: usize = 3;

/// Screen pixels of a cell: the image, enlarged, and below it the label.
const IMAGE: u32 = 224;
const CAPTION: u32 = 34;
const MARGIN: u32 = 12;

/// The first nine training images of the run's first epoch, mixed just as the network gets them. A PNG file.
///
/// # Errors
///
/// If α is no valid one, or the picture cannot be drawn.
pub fn grid(config: &Config, split: &Split) -> Result<Vec<u8>> {
    let shape = split.train.shape();
    let cutmix = config.cutmix()?;
    let samples = pipeline::epoch(split.train.len(), shape, Some(&cutmix), config.augment(), config.seed, 0);
    let cell = (IMAGE + MARGIN, IMAGE + CAPTION + MARGIN);
    let size = (cell.0 * COLUMNS as u32 + MARGIN, cell.1 * ROWS as u32 + MARGIN);
    png(size.0, size.1, |canvas| {
        let mut image = vec![0; shape.len()];
        let (mut soft, mut partner) = (vec![0.0; split.classes.len()], vec![0.0; split.classes.len()]);
        for (position, sample) in samples.into_iter().take(COLUMNS * ROWS).enumerate() {
            pipeline::mix_into(&mut image, &split.train, &sample);
            pipeline::label_into(&mut soft, &mut partner, &split.train, &sample);
            let left = (MARGIN + cell.0 * (position % COLUMNS) as u32) as i32;
            let top = (MARGIN + cell.1 * (position / COLUMNS) as u32) as i32;
            for y in 0..IMAGE {
                for x in 0..IMAGE {
                    let colour = nearest(&image, shape, x, y);
                    canvas.draw_pixel((left + x as i32, top + y as i32), &colour).map_err(broken)?;
                }
            }
            let labels = [sample.index, sample.plan.partner() as usize].map(|index| split.train.mixed_label(index));
            let classes = labels.map(|label| [label.first(), label.second()]);
            let caption = caption(classes.as_flattened(), &soft, &split.classes);
            canvas.draw(&Text::new(caption, (left, top + IMAGE as i32 + 6), text(19))).map_err(broken)?;
        }
        Ok(())
    })
}

/// `dog 0.75 · cat 0.25`: the classes in their order, each once, without those of which nothing shows.
fn caption(classes: &[u16], soft: &[f32], names: &[String]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (position, class) in classes.iter().enumerate() {
        let weight = soft[usize::from(*class)];
        if weight > 0.0 && !classes[..position].contains(class) {
            parts.push(format!("{} {weight:.2}", names[usize::from(*class)]));
        }
    }
    parts.join(" · ")
}

/// The colour of the image at (`x`, `y`) of its enlargement; a single channel is grey.
fn nearest(image: &[u8], shape: Shape, x: u32, y: u32) -> RGBColor {
    let (width, height) = (usize::from(shape.width()), usize::from(shape.height()));
    let (x, y) = (x as usize * width / IMAGE as usize, y as usize * height / IMAGE as usize);
    let channels = usize::from(shape.channels());
    let [r, g, b] = [0, 1, 2].map(|channel: usize| {
        let channel = channel.min(channels - 1);
        match shape.layout() {
            Layout::Chw => image[(channel * height + y) * width + x],
            Layout::Hwc => image[(y * width + x) * channels + channel],
        }
    });
    RGBColor(r, g, b)
}
