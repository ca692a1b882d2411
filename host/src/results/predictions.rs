//! What a network said of every test image, as a table.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use super::scores::Evaluation;
use crate::files;

/// The table's name in a variant's folder.
pub const FILE: &str = "predictions.csv";

/// A line of `predictions.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The test image's number, counted from 0.
    pub image: usize,
    /// Name of its class.
    pub class: String,
    /// Name of the class that was predicted.
    pub predicted: String,
    /// The probability that the network gave to it, 0 to 1; not in the tables of older versions.
    pub confidence: Option<f32>,
}

impl Prediction {
    fn is_right(&self) -> bool {
        self.class == self.predicted
    }
}

/// Writes what a network said in `test` of images with these `labels` to [`FILE`] in a variant's folder.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write(folder: &Path, labels: impl Iterator<Item = u16>, test: &Evaluation, classes: &[String]) -> Result<()> {
    let name = |class: u16| classes[usize::from(class)].clone();
    let line = |(image, ((label, &predicted), &confidence))| Prediction {
        image,
        class: name(label),
        predicted: name(predicted),
        confidence: Some(confidence),
    };
    let lines = labels.zip(&test.predictions).zip(&test.confidences).enumerate().map(line);
    files::write_csv(&folder.join(FILE), lines)
}

/// Reads what [`write()`] wrote, of so many test `images`.
///
/// # Errors
///
/// If the file cannot be read, or is damaged.
pub fn read(folder: &Path, images: usize) -> Result<Vec<Prediction>> {
    let path = folder.join(FILE);
    let bytes = files::read(&path).context("remove result.json beside it, and --resume trains this network again")?;
    let lines = csv::Reader::from_reader(&*bytes).into_deserialize().collect::<Result<_, _>>();
    let lines: Vec<Prediction> = lines.with_context(|| format!("{} is damaged", path.display()))?;
    ensure!(
        lines.iter().map(|line| line.image).eq(0..images),
        "{} is damaged: it does not have a line for each of {images} test images",
        path.display()
    );
    Ok(lines)
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
