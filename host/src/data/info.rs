//! What a network was trained on, as it stands in a run folder.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::dataset::Dataset;
use super::labels::is_class_name;
use super::normalization::Normalization;
use super::split::Split;
use crate::files;
use crate::settings::{Fit, Resize, SIDES, Size};

/// What `data.json` says: what a network was trained on, and how its input is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataInfo {
    /// Name of each class, in the order of the network's outputs.
    pub classes: Vec<String>,
    /// Width and height of the images in pixels.
    pub size: [u16; 2],
    /// How files of other proportions become that.
    #[serde(default)]
    pub fit: Fit,
    /// How bytes become numbers.
    pub normalization: Normalization,
    /// Images that it learned from.
    pub train_images: usize,
    /// Validation images, held out of the training images.
    pub validation_images: usize,
    /// Images that the result is about.
    pub test_images: usize,
    /// Of the training images, those that came mixed.
    #[serde(default)]
    pub mixed_images: usize,
    /// Training images that are not used, since they show a validation image.
    #[serde(default)]
    pub left_out: usize,
    /// Test images that are training or validation images too.
    #[serde(default)]
    pub seen_test_images: usize,
    /// Validation images that are training images too.
    #[serde(default)]
    pub seen_validation_images: usize,
    /// CRC-32 of all bytes of the training images, so that a resumed run notices others.
    pub train_crc32: u32,
    /// CRC-32 of the labels of the training images; none in the folder of an older run.
    #[serde(default)]
    pub train_labels_crc32: Option<u32>,
    /// CRC-32 of the bytes and the labels of the validation and test images; none in the folder of an older run.
    #[serde(default)]
    pub scored_crc32: Option<u32>,
}

impl DataInfo {
    /// What the file at `path` says; none if there is no such file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or no network could be asked by what it says.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let info: Option<Self> = files::read_json(path)?;
        let check = |info: &Self| info.check().with_context(|| format!("{} is damaged", path.display()));
        info.as_ref().map_or(Ok(()), check)?;
        Ok(info)
    }

    fn check(&self) -> Result<()> {
        let Self { classes, size: [width, height], normalization: Normalization { mean, deviation }, .. } = self;
        ensure!(
            !classes.is_empty() && classes.len() <= 1 << 16,
            "a network of {} classes does not exist",
            classes.len()
        );
        if let Some(class) = classes.iter().find(|class| !is_class_name(class)) {
            bail!("no class is called {class:?}");
        }
        ensure!(
            [width, height].iter().all(|side| SIDES.contains(side)),
            "a network for images of {width}×{height} pixels does not exist"
        );
        let numbers = mean.iter().chain(deviation).all(|value| value.is_finite());
        ensure!(
            matches!(mean.len(), 1 | 3)
                && deviation.len() == mean.len()
                && numbers
                && deviation.iter().all(|&value| value > 0.0),
            "its normalization is not one finite mean and one deviation above 0 for each of 1 or 3 channels"
        );
        Ok(())
    }

    /// Of `split`, whose files were resized with `fit`, and whose bytes become numbers by `normalization`.
    #[must_use]
    pub fn of(split: &Split, fit: Fit, normalization: &Normalization) -> Self {
        Self {
            classes: split.classes.clone(),
            size: [split.train.shape().width(), split.train.shape().height()],
            fit,
            normalization: normalization.clone(),
            train_images: split.train.len(),
            validation_images: split.validation.as_ref().map_or(0, |data| data.len()),
            test_images: split.test.len(),
            mixed_images: split.train.mixed(),
            left_out: split.left_out,
            seen_test_images: split.seen_test_images,
            seen_validation_images: split.seen_validation_images,
            train_crc32: split.train.crc32(),
            train_labels_crc32: Some(labels_crc32(&[&split.train])),
            scored_crc32: Some(scored_crc32(split)),
        }
    }

    /// Of all of it, so that several processes can tell whether they have the same.
    ///
    /// # Errors
    ///
    /// Never: what is in it can be written.
    pub fn checksum(&self) -> Result<u32> {
        Ok(crc32fast::hash(&serde_json::to_vec(self)?))
    }

    /// Color channels of the images.
    #[must_use]
    pub fn channels(&self) -> u16 {
        self.normalization.mean.len() as u16
    }

    /// What image files become.
    #[must_use]
    pub fn resize(&self) -> Resize {
        let [width, height] = self.size;
        Resize { size: Size { width, height }, fit: self.fit, channels: self.channels() }
    }

    /// Whether the images, their labels, and how they are divided are those of `earlier`, as far as that knows them.
    #[must_use]
    pub fn agrees_with(&self, earlier: &Self) -> bool {
        let forget = |now: Option<u32>, then: Option<u32>| then.and(now);
        let known = Self {
            train_labels_crc32: forget(self.train_labels_crc32, earlier.train_labels_crc32),
            scored_crc32: forget(self.scored_crc32, earlier.scored_crc32),
            ..self.clone()
        };
        // These follow from the rest, and older runs do not have them.
        let Self { mixed_images, left_out, seen_test_images, seen_validation_images, .. } = *self;
        known == Self { mixed_images, left_out, seen_test_images, seen_validation_images, ..earlier.clone() }
    }
}

fn scored_crc32(split: &Split) -> u32 {
    let scored: Vec<&Dataset> = split.validation.as_deref().into_iter().chain([&*split.test]).collect();
    let mut hasher = crc32fast::Hasher::new();
    for data in &scored {
        let bytes = (data.len() * data.shape().len()) as u64;
        hasher.combine(&crc32fast::Hasher::new_with_initial_len(data.crc32(), bytes));
    }
    hasher.update(&labels_crc32(&scored).to_le_bytes());
    hasher.finalize()
}

/// Of what the images show: their classes, and where.
fn labels_crc32(sets: &[&Dataset]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for contents in sets.iter().flat_map(|data| data.all_contents()) {
        let [first, second] = contents.classes;
        let edges = contents.region.map_or(vec![0; 5], |region| region.numbers());
        [first, second].into_iter().chain(edges).for_each(|number| hasher.update(&number.to_le_bytes()));
    }
    hasher.finalize()
}
