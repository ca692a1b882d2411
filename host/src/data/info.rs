//! What a network was trained on, as it stands in a run folder.

use serde::{Deserialize, Serialize};

use super::normalization::Normalization;
use super::split::Split;

/// What `data.json` says: what a network was trained on, and how its input is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataInfo {
    /// Name of each class, in the order of the network's outputs.
    pub classes: Vec<String>,
    /// Width and height of the images in pixels.
    pub size: [u16; 2],
    /// How bytes become numbers.
    pub normalization: Normalization,
    /// Images that it learned from.
    pub train_images: usize,
    /// Validation images, held out of the training images.
    pub validation_images: usize,
    /// Images that the result is about.
    pub test_images: usize,
    /// CRC-32 of all bytes of the training images, so that a resumed run notices others.
    pub train_crc32: u32,
}

impl DataInfo {
    /// Of `split`, whose bytes become numbers by `normalization`.
    #[must_use]
    pub fn of(split: &Split, normalization: &Normalization) -> Self {
        Self {
            classes: split.classes.clone(),
            size: [split.train.shape().width(), split.train.shape().height()],
            normalization: normalization.clone(),
            train_images: split.train.len(),
            validation_images: split.validation.as_ref().map_or(0, |data| data.len()),
            test_images: split.test.len(),
            train_crc32: crc32fast::hash(split.train.pixels()),
        }
    }
}
