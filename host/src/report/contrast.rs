//! Test images that only one of two networks gets right.

use std::path::Path;

use anyhow::Result;

use super::tiles::{Line, Tile, tiles};
use crate::data::Dataset;
use crate::results::Variant;
use crate::results::predictions::{Prediction, only_wrong, read};

/// Images that a picture shows at most.
const SHOWN: usize = 4;

/// Test images that only one of two networks, trained with the same seed, gets right.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// The network that is right.
    pub right: Variant,
    /// The seed that both were trained with.
    pub seed: u64,
    /// How many there are.
    pub images: usize,
    /// Of so many test images.
    pub of: usize,
    /// A few of them, a PNG file; none where there are none.
    pub picture: Option<Vec<u8>>,
}

/// What only the network with CutMix gets right, and what only the other one does, of the variants in the folder of `seed`.
///
/// # Errors
///
/// As [`read`], or if a picture cannot be drawn.
pub fn contrasts(folder: &Path, seed: u64, test: &Dataset) -> Result<Vec<Contrast>> {
    let read = |variant: Variant| read(&folder.join(variant.name()), test.len());
    let (without, with) = (read(Variant::Baseline)?, read(Variant::Cutmix)?);
    let pairs =
        [(Variant::Cutmix, Variant::Baseline, &without, &with), (Variant::Baseline, Variant::Cutmix, &with, &without)];
    let contrast = |(right, other, one, another): (_, _, &Vec<Prediction>, &Vec<Prediction>)| {
        let wrong = only_wrong(one, another)?;
        Ok(Contrast {
            right,
            seed,
            images: wrong.len(),
            of: test.len(),
            picture: only_right_picture(right, other, &wrong, test)?,
        })
    };
    pairs.into_iter().map(contrast).collect()
}

/// A few of the images that only the network `right` gets right, enlarged, and what the other one took them for in `wrong`; where
/// there are more than are shown, they are taken at even distances. A PNG file; none where there is no such image.
///
/// # Errors
///
/// If an image cannot be read, or the picture cannot be drawn.
pub fn only_right_picture(
    right: Variant,
    other: Variant,
    wrong: &[Prediction],
    test: &Dataset,
) -> Result<Option<Vec<u8>>> {
    let count = wrong.len().min(SHOWN);
    let tile = |line: &Prediction| -> Result<Tile> {
        let caption = vec![
            Line::new(format!("{}: {}", right.title(), line.class)),
            Line::new(format!("{}: {}", other.title(), line.predicted)),
        ];
        Ok(Tile { image: test.image(line.image)?.into_owned(), shape: test.shape(), caption })
    };
    let shown = (0..count).map(|number| tile(&wrong[number * wrong.len() / count]));
    let shown: Vec<Tile> = shown.collect::<Result<_>>()?;
    if shown.is_empty() { Ok(None) } else { tiles(count, &shown).map(Some) }
}
