//! The images of one run: to train on, to validate with, to test on.

use std::sync::Arc;

use cutmix_core::Stream;

use super::dataset::Dataset;
use super::streams::{HOLD_OUT, shuffled};

/// Images to train on and to score, and what the classes are called.
#[derive(Clone, Debug)]
pub struct Split {
    /// Shown during training; shared with the threads that prepare batches.
    pub train: Arc<Dataset>,
    /// Held out of the training images, to be scored after every epoch.
    pub validation: Option<Arc<Dataset>>,
    /// Never shown during training.
    pub test: Arc<Dataset>,
    /// Name of each class; its length is the number of classes.
    pub classes: Vec<String>,
}

impl Split {
    /// Takes `share` of the training images, chosen by `seed`, away from them for validation; none where `share` is 0.
    #[must_use]
    pub fn hold_out(&self, share: f64, seed: u64) -> Self {
        let held_out = held_out(share, self.train.len());
        if held_out == 0 {
            return self.clone();
        }
        let (train, validation) = hold_out(self.train.len(), held_out, seed);
        Self {
            train: Arc::new(self.train.select(&train)),
            validation: Some(Arc::new(self.train.select(&validation))),
            ..self.clone()
        }
    }
}

/// How many of `images` a share of them is.
pub(super) fn held_out(share: f64, images: usize) -> usize {
    (share * images as f64).round() as usize
}

/// Which of `images` images are trained on, and which `held_out` of them are not: both in ascending order.
///
/// # Panics
///
/// If more are to be held out than there are.
#[must_use]
pub fn hold_out(images: usize, held_out: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let order = shuffled(images, &mut Stream::new(seed, 0, HOLD_OUT));
    let (out, kept) = order.split_at(held_out);
    let sorted = |part: &[u32]| {
        let mut part: Vec<usize> = part.iter().map(|&index| index as usize).collect();
        part.sort_unstable();
        part
    };
    (sorted(kept), sorted(out))
}
