//! The images of one run: to train on, to validate with, to test on.

use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::Result;
use cutmix_core::Stream;

use super::dataset::Dataset;
use super::hold_out::{HoldOut, hold_out, shared};
use super::streams::{HOLD_OUT, TEST};

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
    /// Training images that are not used, since they show a validation or test image, or a frame next to one.
    pub left_out: usize,
    /// Test images that are training or validation images too.
    pub seen_test_images: usize,
    /// Validation images that are training images too.
    pub seen_validation_images: usize,
}

impl Split {
    /// Of images that come in two parts.
    ///
    /// # Errors
    ///
    /// If an image cannot be read.
    pub fn new(train: Dataset, test: Dataset, classes: Vec<String>) -> Result<Self> {
        let seen_test_images = shared(&test, &train)?.len();
        Ok(Self {
            train: Arc::new(train),
            validation: None,
            test: Arc::new(test),
            classes,
            left_out: 0,
            seen_test_images,
            seen_validation_images: 0,
        })
    }

    /// Of images of which the share `test` is split off to test on, of frames of a device in stretches of `stretch`: the same ones for every seed.
    ///
    /// # Errors
    ///
    /// As [`hold_out`].
    pub fn by_share(images: &Dataset, test: f64, stretch: NonZeroU32, classes: Vec<String>) -> Result<Self> {
        let remedy = "put test images in a folder of their own";
        let HoldOut { kept, held_out, left_out } =
            hold_out(images, &classes, test, stretch, ["test", remedy], &mut Stream::new(0, 0, TEST))?;
        Ok(Self { left_out, ..Self::new(images.select(&kept), images.select(&held_out), classes)? })
    }

    /// The same with validation images that came as such.
    ///
    /// # Errors
    ///
    /// If an image cannot be read.
    pub fn with_validation(self, validation: Dataset) -> Result<Self> {
        let seen_validation_images = shared(&validation, &self.train)?.len();
        let seen = shared(&self.test, &validation)?.difference(&shared(&self.test, &self.train)?).count();
        Ok(Self {
            seen_validation_images,
            seen_test_images: self.seen_test_images + seen,
            validation: Some(Arc::new(validation)),
            ..self
        })
    }

    /// Takes `share` of the training images, chosen by `seed`, away from them for validation, of frames of a device in stretches of `stretch`; none
    /// where `share` is 0, or where there are validation images already.
    ///
    /// # Errors
    ///
    /// As [`hold_out`].
    pub fn hold_out(&self, share: f64, stretch: NonZeroU32, seed: u64) -> Result<Self> {
        if share == 0.0 || self.validation.is_some() {
            return Ok(self.clone());
        }
        let stream = &mut Stream::new(seed, 0, HOLD_OUT);
        let HoldOut { kept, held_out, left_out } =
            hold_out(&self.train, &self.classes, share, stretch, ["validation", "take --set validation=0"], stream)?;
        Ok(Self {
            train: Arc::new(self.train.select(&kept)),
            validation: Some(Arc::new(self.train.select(&held_out))),
            left_out: self.left_out + left_out,
            ..self.clone()
        })
    }
}
