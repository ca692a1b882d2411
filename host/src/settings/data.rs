//! Which images, and how they are prepared.

use std::num::NonZeroU32;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::cache::CacheSettings;
use super::size::{Fit, Resize, Size};

/// Read by [`data`](crate::data).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DataSettings {
    /// Folder of CIFAR-10's binary files, or of `train/CLASS/` and `test/CLASS/` with images, or a capture; none for the embedded
    /// set.
    #[serde(rename = "data", skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Size in pixels that images in folders and of captures are resized to.
    pub size: Size,
    /// How, where their proportions are others.
    #[serde(default)]
    pub fit: Fit,
    /// Color channels that images become: 3, or 1 for gray.
    #[serde(default = "in_color")]
    pub channels: u16,
    /// Frames of a stretch of a capture: of every five stretches one is tested on, with a gap of half a stretch on both
    /// sides.
    #[serde(default = "stretch")]
    pub stretch: NonZeroU32,
    /// Leave image files out that cannot be decoded, instead of stopping.
    pub skip_bad: bool,
    /// How decoded images of folders are kept.
    #[serde(flatten)]
    pub cache: CacheSettings,
    /// Train on the first so many images; none for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_limit: Option<usize>,
    /// Test on the first so many images; none for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_limit: Option<usize>,
    /// Share of the images that is split off to test on, where the data come without test images; 0 where they come with some.
    #[serde(default)]
    pub test: f64,
    /// Share of the training images that is held out as validation split, to be scored after every epoch in place of the test images. The
    /// embedded set draws these like its test images.
    pub validation: f64,
    /// Standardize each channel to mean 0 and standard deviation 1; else values are 0 to 1.
    pub standardise: bool,
}

/// Of a run that was saved before there was the setting.
const fn stretch() -> NonZeroU32 {
    cutmix_record::STRETCH
}

/// Likewise.
const fn in_color() -> u16 {
    3
}

impl DataSettings {
    /// What is trained on, for people.
    #[must_use]
    pub fn title(&self) -> String {
        self.path.as_ref().map_or("the embedded data set".to_owned(), |path| path.display().to_string())
    }

    /// What image files become.
    #[must_use]
    pub const fn resize(&self) -> Resize {
        Resize { size: self.size, fit: self.fit, channels: self.channels }
    }

    pub(super) fn validate(&self) -> Result<()> {
        let limits = [("train-limit", self.train_limit), ("test-limit", self.test_limit)];
        for (name, limit) in limits {
            ensure!(limit != Some(0), "{name} is 0; it must be at least 1");
        }
        super::range::check_range("test", self.test, 0.0..=0.9)?;
        super::range::check_range("validation", self.validation, 0.0..=0.9)?;
        ensure!(
            matches!(self.channels, 1 | 3),
            "channels is {}; images have 3, or 1 where they are gray",
            self.channels
        );
        self.size.check()
    }
}
