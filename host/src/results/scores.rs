//! Loss and accuracy, of an epoch and of a trained network.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::variant::Variant;
use crate::files;

/// Mean loss, and share of images whose likeliest class is right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Cross-entropy against the soft labels, in nats, without the L2 term.
    pub loss: f32,
    /// 0 to 1; of a mixed image, the right class is the one with more pixels.
    pub accuracy: f32,
}

impl Score {
    /// Whether a network can come to this.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.loss.is_finite() && self.loss >= 0.0 && (0.0..=1.0).contains(&self.accuracy)
    }
}

/// One line of `metrics.jsonl`. It holds no times, so that the same run writes the same bytes again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochScores {
    /// How the network was trained.
    #[serde(rename = "arm")]
    pub variant: Variant,
    /// Counted from 1.
    pub epoch: u32,
    /// Over the epoch's training images, as the network saw them while it learned.
    pub train: Score,
    /// Over the validation images, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Score>,
    /// Over the test images, where there are no validation images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Score>,
}

impl EpochScores {
    /// The lines of the file at `path`, of a training that took so many `epochs`.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is not one line an epoch.
    pub fn read(path: &Path, epochs: u32) -> Result<Vec<Self>> {
        let lines: Vec<Self> = files::read_json_lines(path)?;
        ensure!(
            lines.iter().map(|line| line.epoch).eq(1..=epochs),
            "{} is damaged: it does not have a line for each of {epochs} epochs",
            path.display()
        );
        let possible =
            |line: &Self| [Some(line.train), line.validation, line.test].iter().flatten().all(Score::is_possible);
        if let Some(line) = lines.iter().find(|line| !possible(line)) {
            bail!("{} is damaged: epoch {} holds a number that no score can be", path.display(), line.epoch);
        }
        Ok(lines)
    }

    /// Mean test accuracy of the last five of these epochs, 0 to 1; none where there are fewer, or the test images were not scored after each.
    #[must_use]
    pub fn last_test_accuracy(epochs: &[Self]) -> Option<f64> {
        let last = epochs.last_chunk::<5>()?;
        let sum: Option<f64> = last.iter().map(|epoch| Some(f64::from(epoch.test?.accuracy))).sum();
        Some(sum? / 5.0)
    }

    /// The score on images that were not trained on, and what they are: `validation` or `test`.
    #[must_use]
    pub fn unseen(&self) -> Option<(&'static str, Score)> {
        let validation = self.validation.map(|score| ("validation", score));
        validation.or(self.test.map(|score| ("test", score)))
    }
}

/// What a network says of images that it is only tested on.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Against the images' classes.
    pub score: Score,
    /// The likeliest class of each image.
    pub predictions: Vec<u16>,
    /// The probability that the network gave to it, 0 to 1.
    pub confidences: Vec<f32>,
}
