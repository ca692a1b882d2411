//! A data set as a training loop takes it.

use std::sync::Arc;

use anyhow::Result;
use cutmix_core::Shape;

use super::batch::Batch;
use super::epoch::{Mixing, Sample, epoch, in_order};
use crate::data::{Dataset, Normalization, Split};
use crate::settings::Augmentation;

/// Images, the number of their classes, and how their bytes become numbers.
///
/// ```
/// use cutmix_core::CutMix;
/// use host::data::embedded;
/// use host::pipeline::Loaders;
/// use host::settings::Augmentation;
///
/// let train = Loaders::new(&embedded::load(40, 0, 8, 42), true).train;
/// let samples = train.epoch(Some(&CutMix::new(1.0)?.into()), Augmentation::default(), 42, 0);
/// let mut sizes = Vec::new();
/// for batch in train.batches(samples, 16) {
///     sizes.push(batch?.images);
/// }
/// assert_eq!(sizes, [16, 16, 8]);
/// # Ok::<(), anyhow::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Loader {
    /// The images; shared with the threads that prepare batches.
    pub data: Arc<Dataset>,
    /// Number of classes.
    pub classes: usize,
    /// How bytes become numbers.
    pub normalization: Normalization,
}

impl Loader {
    /// Number of images.
    #[must_use]
    pub fn images(&self) -> usize {
        self.data.len()
    }

    /// Shape of every image.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.data.shape()
    }

    /// As [`epoch()`].
    #[must_use]
    pub fn epoch(&self, mixing: Option<&Mixing>, augmentation: Augmentation, seed: u64, number: u32) -> Vec<Sample> {
        let classes: Vec<u16> = self.data.labels().collect();
        epoch(&classes, self.shape(), mixing, augmentation, seed, number)
    }

    /// As [`in_order`].
    #[must_use]
    pub fn in_order(&self) -> Vec<Sample> {
        in_order(self.images(), self.shape())
    }

    /// The batch of `samples`, on this thread.
    ///
    /// # Errors
    ///
    /// If an image cannot be read.
    pub fn batch(&self, samples: &[Sample]) -> Result<Batch> {
        Batch::new(&self.data, self.classes, samples)
    }
}

/// Loaders of all images of a run.
#[derive(Clone, Debug)]
pub struct Loaders {
    /// To train on.
    pub train: Loader,
    /// Held out of the training images.
    pub validation: Option<Loader>,
    /// To test on.
    pub test: Loader,
}

impl Loaders {
    /// Of the images of `split`; all are normalized as the training images need it if `standardise` is set, else to 0 to 1.
    #[must_use]
    pub fn new(split: &Split, standardise: bool) -> Self {
        let normalization = if standardise {
            Normalization::of(&split.train)
        } else {
            Normalization::none(split.train.shape().channels())
        };
        let loader = |data: &Arc<Dataset>| Loader {
            data: data.clone(),
            classes: split.classes.len(),
            normalization: normalization.clone(),
        };
        Self {
            train: loader(&split.train),
            validation: split.validation.as_ref().map(loader),
            test: loader(&split.test),
        }
    }
}
