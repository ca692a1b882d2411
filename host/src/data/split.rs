//! The images of one run: to train on, to validate with, to test on.

use std::sync::Arc;

use anyhow::Result;
use cutmix_core::Stream;

use super::dataset::Dataset;
use super::hold_out::{HoldOut, hold_out, shared};
use super::streams::HOLD_OUT;

/// Images to train on and to score, and what the classes are called.
#[derive(Clone, Debug)]
pub struct Split {
    /// Shown during training; shared with the threads that prepare batches.
    pub train: Arc<Dataset>,
    /// Not shown during training, to be scored after every epoch.
    pub validation: Option<Arc<Dataset>>,
    /// Never shown during training.
    pub test: Arc<Dataset>,
    /// Name of each class; its length is the number of classes.
    pub classes: Vec<String>,
    /// Training images that are not used, since they show a validation image.
    pub left_out: usize,
    /// Test images that are training or validation images too, byte for byte.
    pub seen_test_images: usize,
}

impl Split {
    /// Of images that come in two parts.
    #[must_use]
    pub fn new(train: Dataset, test: Dataset, classes: Vec<String>) -> Self {
        let seen_test_images = shared(&test, &train);
        Self { train: Arc::new(train), validation: None, test: Arc::new(test), classes, left_out: 0, seen_test_images }
    }

    /// Takes `share` of the training images, chosen by `seed`, away from them for validation; none where `share` is 0.
    ///
    /// # Errors
    ///
    /// As [`hold_out`].
    pub fn hold_out(&self, share: f64, seed: u64) -> Result<Self> {
        if share == 0.0 {
            return Ok(self.clone());
        }
        let stream = &mut Stream::new(seed, 0, HOLD_OUT);
        let HoldOut { kept, held_out, left_out } = hold_out(&self.train, &self.classes, share, "validation", stream)?;
        Ok(Self {
            train: Arc::new(self.train.select(&kept)),
            validation: Some(Arc::new(self.train.select(&held_out))),
            left_out,
            ..self.clone()
        })
    }
}
