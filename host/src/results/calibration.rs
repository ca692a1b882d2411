//! Whether a network is as often right as it says.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// Bins, as many as in Guo et al. 2017, "On calibration of modern neural networks", arXiv 1706.04599.
const BINS: usize = 15;

/// The images of which a network was about as sure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// How many there are.
    pub images: u64,
    /// The sum of the probabilities that the network gave to what it predicted.
    pub confidence: f64,
    /// How many of them it predicted right.
    pub right: u64,
}

/// Predictions sorted by the probability that the network gave them, into 15 bins of equal width from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration(Vec<Bin>);

impl Calibration {
    /// Of predictions, each with its probability and whether it is right.
    #[must_use]
    pub fn of(predictions: impl Iterator<Item = (f32, bool)>) -> Self {
        let mut bins = vec![Bin::default(); BINS];
        for (confidence, right) in predictions {
            let confidence = f64::from(confidence);
            // Bin m holds ((m − 1) ÷ 15, m ÷ 15].
            let bin = &mut bins[((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1];
            bin.images += 1;
            bin.confidence += confidence;
            bin.right += u64::from(right);
        }
        Self(bins)
    }

    /// Adds the predictions of another network, of another seed say.
    pub fn merge(&mut self, other: &Self) {
        self.0.resize(BINS, Bin::default());
        for (bin, other) in self.0.iter_mut().zip(&other.0) {
            bin.images += other.images;
            bin.confidence += other.confidence;
            bin.right += other.right;
        }
    }

    /// The bins, of the smallest probability first.
    #[must_use]
    pub fn bins(&self) -> &[Bin] {
        &self.0
    }

    /// Expected calibration error, 0 to 1: how far a bin's accuracy is from its mean probability, as a mean over the images (Guo et al. 2017,
    /// equation 5).
    #[must_use]
    pub fn error(&self) -> f64 {
        let images: u64 = self.0.iter().map(|bin| bin.images).sum();
        self.0.iter().map(|bin| (bin.right as f64 - bin.confidence).abs()).sum::<f64>() / images as f64
    }

    /// Checks that it can be of so many images.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub fn check(&self, images: usize) -> Result<()> {
        let possible =
            |bin: &Bin| bin.right <= bin.images && (0.0..=bin.images as f64 + 1e-3).contains(&bin.confidence);
        let counted = self.0.iter().try_fold(0_u64, |sum, bin| sum.checked_add(bin.images));
        ensure!(
            self.0.len() == BINS && counted == Some(images as u64) && self.0.iter().all(possible),
            "its calibration is not one of {images} images in {BINS} bins"
        );
        Ok(())
    }
}
