//! What a run reached over all of its seeds.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use statrs::statistics::Statistics as _;

use super::calibration::Calibration;
use super::confusion::Confusion;
use super::difference::Difference;
use super::scores::Score;
use super::variant::Variant;
use crate::files;

/// What `result.json` says of one training that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantResult {
    /// Epochs that were trained; not of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u32>,
    /// The epoch that the network is of, if it is not the last one: with `stop-early`, the best by validation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_epoch: Option<u32>,
    /// On the test images.
    pub test: Score,
    /// The same with the middle of each test image covered, half as wide and half as high; not of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered: Option<Score>,
    /// How sure the network was of its predictions, and how often right; not of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Test images of class r that were predicted as class c: a list of rows for up to 100 classes, and without its zeros for more, as
    /// [`Confusion`] says.
    pub confusion: Confusion,
    /// Training and evaluation.
    pub seconds: f64,
    /// Training images per second, evaluation not counted.
    pub images_per_second: f64,
    /// [`EpochScores::last_test_accuracy`](super::EpochScores::last_test_accuracy): not in the file, since `metrics.jsonl` has what it is made of.
    #[serde(skip)]
    pub last_epochs: Option<f64>,
}

/// The name of [`VariantResult`]'s file in a variant's folder.
pub const RESULT: &str = "result.json";

impl VariantResult {
    /// What [`RESULT`] in `folder` says, of so many test `images` of so many `classes`; none if there is no such file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is not about as many images and classes.
    pub fn read(folder: &Path, classes: usize, images: usize) -> Result<Option<Self>> {
        let path = folder.join(RESULT);
        let result: Option<Self> = files::read_json(&path)?;
        let check =
            |result: &Self| result.check(classes, images).with_context(|| format!("{} is damaged", path.display()));
        result.as_ref().map_or(Ok(()), check)?;
        Ok(result)
    }

    fn check(&self, classes: usize, images: usize) -> Result<()> {
        let Self {
            epochs,
            best_epoch,
            test,
            covered,
            calibration,
            confusion,
            seconds,
            images_per_second,
            last_epochs: _,
        } = self;
        ensure!(
            best_epoch.is_none_or(|best| epochs.is_some_and(|epochs| (1..=epochs).contains(&best))),
            "its best epoch is none of those that were trained"
        );
        ensure!(confusion.classes() == classes, "its confusion matrix is not one of {classes} classes");
        let counted: u64 = confusion.cells().map(|(.., count)| u64::from(count)).sum();
        ensure!(counted == images as u64, "its confusion matrix counts {counted} images, of which there are {images}");
        let times = [seconds, images_per_second].into_iter().all(|value| value.is_finite() && *value >= 0.0);
        let scores = [Some(*test), *covered];
        ensure!(scores.iter().flatten().all(Score::is_possible) && times, "it holds a number that no result can be");
        calibration.as_ref().map_or(Ok(()), |calibration| calibration.check(images))
    }
}

/// What `summary.json` says of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The device that trained.
    pub device: String,
    /// The runs' seeds.
    pub seeds: Vec<u64>,
    /// Training images.
    pub train_images: usize,
    /// Validation images, held out of the training images.
    pub validation_images: usize,
    /// Test images.
    pub test_images: usize,
    /// Times that every training image was shown.
    pub epochs: u32,
    /// One entry a variant, by [`Variant::name`].
    #[serde(rename = "arms")]
    pub variants: BTreeMap<String, VariantSummary>,
    /// Of the test accuracies, with CutMix less without, where there are both.
    pub difference: Option<Difference>,
    /// The same of other measures, by their names in [`VariantSummary`].
    #[serde(default)]
    pub other_differences: BTreeMap<String, Difference>,
}

/// What a variant reached after its last epoch, as means over the seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantSummary {
    /// 0 to 1.
    pub test_accuracy: f64,
    /// Standard deviation of the accuracy from seed to seed, where there are several.
    pub test_accuracy_deviation: Option<f64>,
    /// In nats.
    pub test_loss: f64,
    /// Test accuracy with the middle of each image covered, 0 to 1; none of older versions.
    #[serde(default)]
    pub covered_accuracy: Option<f64>,
    /// Expected calibration error on the test images, 0 to 1, as [`Calibration::error`] has it; none of older versions.
    #[serde(default)]
    pub calibration_error: Option<f64>,
    /// Mean test accuracy of the last five epochs, 0 to 1, where the test images are scored after every epoch: at a constant learning rate, the last
    /// epoch alone may lie several points off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_epochs_accuracy: Option<f64>,
    /// Training and evaluation.
    pub seconds: f64,
    /// Training images per second, evaluation not counted.
    pub images_per_second: f64,
    /// 0 to 1, a seed each.
    pub test_accuracies: Vec<f64>,
}

impl VariantSummary {
    /// Of the results of one variant, a seed each.
    #[must_use]
    pub fn of(results: &[VariantResult]) -> Self {
        let test_accuracies: Vec<f64> = results.iter().map(|result| f64::from(result.test.accuracy)).collect();
        Self {
            test_accuracy: (&test_accuracies).mean(),
            test_accuracy_deviation: (results.len() > 1).then(|| (&test_accuracies).std_dev()),
            test_loss: losses(results).iter().mean(),
            covered_accuracy: covered_accuracies(results).map(|values| values.iter().mean()),
            calibration_error: calibration_errors(results).map(|values| values.iter().mean()),
            last_epochs_accuracy: last_epochs(results).map(|values| values.iter().mean()),
            seconds: results.iter().map(|result| result.seconds).mean(),
            images_per_second: results.iter().map(|result| result.images_per_second).mean(),
            test_accuracies,
        }
    }

    /// The variants' summaries.
    #[must_use]
    pub fn all(results: &BTreeMap<Variant, Vec<VariantResult>>) -> BTreeMap<String, Self> {
        results.iter().map(|(variant, results)| (variant.name().to_owned(), Self::of(results))).collect()
    }
}

/// Of each seed, in nats.
fn losses(results: &[VariantResult]) -> Vec<f64> {
    results.iter().map(|result| result.test.loss.into()).collect()
}

/// Of each seed, if all have it.
fn covered_accuracies(results: &[VariantResult]) -> Option<Vec<f64>> {
    results.iter().map(|result| Some(result.covered?.accuracy.into())).collect()
}

/// Of each seed, if all have it.
fn calibration_errors(results: &[VariantResult]) -> Option<Vec<f64>> {
    results.iter().map(|result| Some(result.calibration.as_ref()?.error())).collect()
}

/// Of each seed, if all have it.
fn last_epochs(results: &[VariantResult]) -> Option<Vec<f64>> {
    results.iter().map(|result| result.last_epochs).collect()
}

/// The difference of the test accuracies, with CutMix less without, where there are both; and those of other measures.
#[must_use]
pub fn differences(
    results: &BTreeMap<Variant, Vec<VariantResult>>,
) -> (Option<Difference>, BTreeMap<String, Difference>) {
    let (Some(with), Some(without)) = (results.get(&Variant::Cutmix), results.get(&Variant::Baseline)) else {
        return (None, BTreeMap::new());
    };
    let accuracies = |results: &[VariantResult]| VariantSummary::of(results).test_accuracies;
    let others = [
        ("test_loss", Some(losses(with)).zip(Some(losses(without)))),
        ("covered_accuracy", covered_accuracies(with).zip(covered_accuracies(without))),
        ("calibration_error", calibration_errors(with).zip(calibration_errors(without))),
        ("last_epochs_accuracy", last_epochs(with).zip(last_epochs(without))),
    ];
    let others = others.into_iter().filter_map(|(name, pairs)| {
        let (with, without) = pairs?;
        Some((name.to_owned(), Difference::between(&with, &without)))
    });
    (Some(Difference::between(&accuracies(with), &accuracies(without))), others.collect())
}

/// What CutMix changes beside the test accuracy, in a sentence with 95 % confidence intervals; none for a single seed.
#[must_use]
pub fn other_differences(summary: &Summary) -> Option<String> {
    let measures = [
        ("last_epochs_accuracy", "test accuracy of the last five epochs, in points,", 100.0, 1),
        ("test_loss", "test loss", 1.0, 3),
        ("covered_accuracy", "accuracy with the middle covered, in points,", 100.0, 1),
        ("calibration_error", "calibration error, in points,", 100.0, 1),
    ];
    let told = measures.into_iter().filter_map(|(name, title, scale, digits)| {
        let difference = summary.other_differences.get(name)?;
        let (mean, margin) = (scale * difference.mean, scale * difference.margin?);
        let claim = if difference.significant? { "" } else { " (chance alone may do that)" };
        Some(format!("{title} {mean:+.digits$} ± {margin:.digits$}{claim}"))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("And with CutMix: {}.", told.join("; ")))
}
