//! What a network said of every test image, as a table; and the images that only one of two networks gets right.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::picture::{Tile, tiles};
use crate::run_dir::write_atomically;
use crate::train::{Arm, Evaluation};

/// The table's name in an arm's folder.
pub const FILE: &str = "predictions.csv";

/// Images that a picture shows at most.
const SHOWN: usize = 4;

/// A line of `predictions.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The test image's number, counted from 0.
    pub image: usize,
    /// Name of its class.
    pub class: String,
    /// Name of the class that it was taken for.
    pub predicted: String,
}

impl Prediction {
    fn is_right(&self) -> bool {
        self.class == self.predicted
    }
}

/// Writes what `evaluation` says of the images of `test` to [`FILE`] in an arm's folder.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write(folder: &Path, evaluation: &Evaluation, test: &Dataset, classes: &[String]) -> Result<()> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for (image, &predicted) in evaluation.predictions.iter().enumerate() {
        let name = |class: u16| classes[usize::from(class)].clone();
        table.serialize(Prediction { image, class: name(test.label(image)), predicted: name(predicted) })?;
    }
    write_atomically(&folder.join(FILE), &table.into_inner().context("cannot write the predictions")?)
}

/// Reads what [`write()`] wrote.
///
/// # Errors
///
/// If the file cannot be read, or is damaged.
pub fn read(folder: &Path) -> Result<Vec<Prediction>> {
    let path = folder.join(FILE);
    let bytes = std::fs::read(&path).with_context(|| {
        let path = path.display();
        format!("cannot read {path}; remove result.json beside it, and --resume trains this network again")
    })?;
    let lines = csv::Reader::from_reader(&*bytes).into_deserialize().collect::<Result<_, _>>();
    lines.with_context(|| format!("{} is damaged", path.display()))
}

/// The lines of `one` that are wrong where `other` is right (of `McNemar`'s discordant pairs, 1947, one kind).
///
/// # Errors
///
/// If they are not of the same images.
pub fn only_wrong(one: &[Prediction], other: &[Prediction]) -> Result<Vec<Prediction>> {
    let images = |lines: &[Prediction]| -> Vec<(usize, String)> {
        lines.iter().map(|line| (line.image, line.class.clone())).collect()
    };
    ensure!(images(one) == images(other), "the predictions of the two networks are not of the same images");
    let pairs = one.iter().zip(other).filter(|(one, other)| !one.is_right() && other.is_right());
    Ok(pairs.map(|(one, _)| one.clone()).collect())
}

/// Test images that only one of two networks, trained with the same seed, gets right.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// The network that is right.
    pub right: Arm,
    /// The seed that both were trained with.
    pub seed: u64,
    /// How many there are.
    pub images: usize,
    /// Of so many test images.
    pub of: usize,
    /// A few of them, a PNG file; none where there are none.
    pub picture: Option<Vec<u8>>,
}

/// What only the network with CutMix gets right, and what only the other one does, of the arms in the folder of `seed`.
///
/// # Errors
///
/// As [`read`], or if a picture cannot be drawn.
pub fn contrasts(folder: &Path, seed: u64, test: &Dataset) -> Result<Vec<Contrast>> {
    let (without, with) = (read(&folder.join(Arm::Baseline.name()))?, read(&folder.join(Arm::Cutmix.name()))?);
    let pairs = [(Arm::Cutmix, Arm::Baseline, &without, &with), (Arm::Baseline, Arm::Cutmix, &with, &without)];
    let contrast = |(right, other, one, another): (_, _, &Vec<Prediction>, &Vec<Prediction>)| {
        let wrong = only_wrong(one, another)?;
        Ok(Contrast { right, seed, images: wrong.len(), of: test.len(), picture: picture(right, other, &wrong, test)? })
    };
    pairs.into_iter().map(contrast).collect()
}

/// A few of the images that only the network `right` gets right, enlarged, and what the other one took them for in `wrong`; where
/// there are more than are shown, they are taken at even distances. A PNG file; none where there is no such image.
///
/// # Errors
///
/// If the picture cannot be drawn.
pub fn picture(right: Arm, other: Arm, wrong: &[Prediction], test: &Dataset) -> Result<Option<Vec<u8>>> {
    let count = wrong.len().min(SHOWN);
    let shown = (0..count).map(|number| &wrong[number * wrong.len() / count]).map(|line| Tile {
        image: test.image(line.image).to_vec(),
        shape: test.shape(),
        caption: vec![format!("{}: {}", right.title(), line.class), format!("{}: {}", other.title(), line.predicted)],
    });
    let shown: Vec<Tile> = shown.collect();
    if shown.is_empty() { Ok(None) } else { tiles(count, &shown).map(Some) }
}
