//! The grid of mixed images with their masks as tints and their objects as outlines.

use anyhow::{Context as _, Result, ensure};
use cutmix_core::Shape;

use super::tiles::{Line, Tile, tiles};
use crate::data::scenes::{Mask, Object, Scenes};
use crate::pipeline::{Mixing, epoch, mix_into};
use crate::settings::{Augmentation, MixingSettings};

const COLUMNS: usize = 3;
const ROWS: usize = 3;

/// The share of an object that is to be seen for it to be drawn, as `augment` has it.
const VISIBLE: f64 = 0.5;

/// Colors of classes, in turn: those of the Okabe–Ito palette that stand out from pictures, told apart by the color-blind as well.
const COLORS: [[u8; 3]; 6] =
    [[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [213, 94, 0], [204, 121, 167]];

/// The first nine images of the first epoch, mixed by `settings`, neither mirrored nor moved. A PNG file.
///
/// # Errors
///
/// If α is not valid, or `MixUp` is asked for, or the picture cannot be drawn.
pub fn preview_scenes(scenes: &Scenes, settings: &MixingSettings, seed: u64) -> Result<Vec<u8>> {
    let (data, shape) = (&scenes.images, scenes.images.shape());
    ensure!(
        settings.switch == 0.0,
        "switch is {}, and what belongs to an image is cut along a box, which MixUp has not; set it to 0",
        settings.switch
    );
    let mixing = Mixing::of(settings)?;
    let samples = epoch(&vec![0; data.len()], shape, Some(&mixing), Augmentation::default(), seed, 0);
    let mut grid = Vec::new();
    for sample in samples.into_iter().take(COLUMNS * ROWS) {
        let plan = sample.mix.plan().context("CutMix alone was asked for")?;
        let (scene, partner) = (&scenes.scenes[sample.index], &scenes.scenes[plan.partner() as usize]);
        let mut image = vec![0; shape.len()];
        mix_into(&mut image, data, &sample)?;
        let (mask, objects) = scene.mixed(partner, plan, VISIBLE)?;
        if let Some(mask) = mask {
            tint(&mut image, shape, &mask);
        }
        for object in &objects {
            outline(&mut image, shape, object);
        }
        let lambda = format!(" {:.2}", plan.lambda());
        let of_partner = format!(" {:.2}", 1.0 - plan.lambda());
        let caption = vec![
            Line { text: scene.name.clone(), ending: lambda },
            Line { text: partner.name.clone(), ending: of_partner },
        ];
        grid.push(Tile { image, shape, caption });
    }
    tiles(COLUMNS, &grid)
}

/// Half of each pixel's color becomes that of its class.
fn tint(image: &mut [u8], shape: Shape, mask: &Mask) {
    let pixels = shape.pixels() as usize;
    for at in 0..pixels {
        if let Some(color) = mask.tint(at, &COLORS) {
            for (plane, color) in image.chunks_exact_mut(pixels).zip(color) {
                plane[at] = u8::midpoint(plane[at], color);
            }
        }
    }
}

/// The pixels in which the edges of a box lie.
fn outline(image: &mut [u8], shape: Shape, object: &Object) {
    let (width, height) = (usize::from(shape.width()), usize::from(shape.height()));
    let color = COLORS[(object.class % COLORS.len() as u64) as usize];
    let [x0, y0, x1, y1] = object.edges;
    let [left, right] = [x0, (x1 - 1.0).max(x0)].map(|edge| (edge.max(0.0) as usize).min(width - 1));
    let [top, bottom] = [y0, (y1 - 1.0).max(y0)].map(|edge| (edge.max(0.0) as usize).min(height - 1));
    for (plane, color) in image.chunks_exact_mut(width * height).zip(color) {
        for x in left..=right {
            (plane[top * width + x], plane[bottom * width + x]) = (color, color);
        }
        for y in top..=bottom {
            (plane[y * width + left], plane[y * width + right]) = (color, color);
        }
    }
}
