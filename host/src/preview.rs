//! The grid of augmented images with their mixed labels.

use anyhow::Result;

use crate::config::Config;
use crate::data::Split;
use crate::picture::{Tile, tiles};
use crate::pipeline;

const COLUMNS: usize = 3;
const ROWS: usize = 3;

/// The first nine training images of the run's first epoch, mixed just as the network gets them. A PNG file.
///
/// # Errors
///
/// If α is no valid one, or the picture cannot be drawn.
pub fn grid(config: &Config, split: &Split) -> Result<Vec<u8>> {
    let shape = split.train.shape();
    let cutmix = config.cutmix()?;
    let samples = pipeline::epoch(split.train.len(), shape, Some(&cutmix), config.augment(), config.seed, 0);
    let (mut soft, mut partner) = (vec![0.0; split.classes.len()], vec![0.0; split.classes.len()]);
    let mut mixed = |sample| {
        let mut image = vec![0; shape.len()];
        pipeline::mix_into(&mut image, &split.train, &sample);
        pipeline::label_into(&mut soft, &mut partner, &split.train, &sample);
        let labels = [sample.index, sample.plan.partner() as usize].map(|index| split.train.mixed_label(index));
        let classes = labels.map(|label| [label.first(), label.second()]);
        Tile { image, shape, caption: vec![caption(classes.as_flattened(), &soft, &split.classes)] }
    };
    let grid: Vec<Tile> = samples.into_iter().take(COLUMNS * ROWS).map(&mut mixed).collect();
    tiles(COLUMNS, &grid)
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
