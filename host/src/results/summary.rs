//! What a run reached over all of its seeds.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use statrs::statistics::Statistics as _;

use super::confusion::Confusion;
use super::difference::Difference;
use super::scores::Score;
use super::variant::Variant;
use crate::files;

/// What `result.json` says of one training that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantResult {
    /// On the test images, after the last epoch.
    pub test: Score,
    /// Test images of class r that were predicted as class c: a list of rows for up to 100 classes, and without its zeros for more, as
    /// [`Confusion`] says.
    pub confusion: Confusion,
    /// Training and evaluation.
    pub seconds: f64,
    /// Training images per second, evaluation not counted.
    pub images_per_second: f64,
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
        let Self { test, confusion, seconds, images_per_second } = self;
        ensure!(confusion.classes() == classes, "its confusion matrix is not one of {classes} classes");
        let counted: u64 = confusion.cells().map(|(.., count)| u64::from(count)).sum();
        ensure!(counted == images as u64, "its confusion matrix counts {counted} images, of which there are {images}");
        let times = [seconds, images_per_second].into_iter().all(|value| value.is_finite() && *value >= 0.0);
        ensure!(test.is_possible() && times, "it holds a number that no result can be");
        Ok(())
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
            test_loss: results.iter().map(|result| f64::from(result.test.loss)).mean(),
            seconds: results.iter().map(|result| result.seconds).mean(),
            images_per_second: results.iter().map(|result| result.images_per_second).mean(),
            test_accuracies,
        }
    }

    /// The variants' summaries, and the difference that CutMix makes where there are both.
    #[must_use]
    pub fn all(results: &BTreeMap<Variant, Vec<VariantResult>>) -> (BTreeMap<String, Self>, Option<Difference>) {
        let variants: BTreeMap<_, _> =
            results.iter().map(|(variant, results)| (variant.name().to_owned(), Self::of(results))).collect();
        let both = variants.get(Variant::Cutmix.name()).zip(variants.get(Variant::Baseline.name()));
        let difference =
            both.map(|(with, without)| Difference::between(&with.test_accuracies, &without.test_accuracies));
        (variants, difference)
    }
}
