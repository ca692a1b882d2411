//! The grid of mixed images with their soft labels.

use anyhow::Result;

use super::tiles::{Line, Tile, tiles};
use crate::pipeline::{Loader, Mixing, label_into, mix_into};
use crate::settings::MixingSettings;

const COLUMNS: usize = 3;
const ROWS: usize = 3;

/// The first nine training images of the first epoch, mixed just as the network gets them in the run of `seed` (with `mix-ramp`: once the share of
/// mixed images has risen). A PNG file.
///
/// # Errors
///
/// If α is not valid, an image cannot be read, or the picture cannot be drawn.
pub fn preview(train: &Loader, classes: &[String], settings: &MixingSettings, seed: u64) -> Result<Vec<u8>> {
    let (data, shape) = (&train.data, train.shape());
    let samples = train.epoch(Some(&Mixing::of(settings)?), settings.augmentation, seed, 0);
    let mut soft = vec![0.0; classes.len()];
    let mut mixed = |sample| -> Result<Tile> {
        let mut image = vec![0; shape.len()];
        mix_into(&mut image, data, &sample)?;
        label_into(&mut soft, data, &sample);
        let shown = [sample.index, sample.mix.partner() as usize].map(|index| data.contents(index).classes);
        Ok(Tile { image, shape, caption: caption(shown.as_flattened(), &soft, classes) })
    };
    let grid: Vec<Tile> = samples.into_iter().take(COLUMNS * ROWS).map(&mut mixed).collect::<Result<_>>()?;
    tiles(COLUMNS, &grid)
}

/// `dog 0.75 · cat 0.25`: the classes in their order, each once, without those of which nothing shows. Where that is wider than the tile, a line
/// a class.
fn caption(classes: &[u16], soft: &[f32], names: &[String]) -> Vec<Line> {
    let mut parts: Vec<Line> = Vec::new();
    for (position, class) in classes.iter().enumerate() {
        let weight = soft[usize::from(*class)];
        if weight > 0.0 && !classes[..position].contains(class) {
            parts.push(Line { text: names[usize::from(*class)].clone(), ending: format!(" {weight:.2}") });
        }
    }
    let together: Vec<String> = parts.iter().map(|part| format!("{}{}", part.text, part.ending)).collect();
    let together = Line::new(together.join(" · "));
    if together.fits() { vec![together] } else { parts }
}
