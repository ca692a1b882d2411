//! Everything that defines a run.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use cutmix_core::CutMix;
use serde::{Deserialize, Serialize};

use crate::data::{self, Dataset, Split, synthetic};
use crate::device::DeviceChoice;

/// A run's settings, saved as `config.json` before training starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Folder of CIFAR-10's binary files, or of `train/CLASS/` and `test/CLASS/` with images; none for the embedded set.
    pub data: Option<PathBuf>,
    /// Side in pixels that images in folders are brought to.
    pub size: u16,
    /// Leave image files out that cannot be decoded.
    pub skip_bad: bool,
    /// Train on the first so many images; none for all of them.
    pub train_limit: Option<usize>,
    /// Test on the first so many images; none for all of them.
    pub test_limit: Option<usize>,
    /// Layers of the network, 6n+2.
    pub depth: usize,
    /// Times that every training image is shown.
    pub epochs: u32,
    /// Images per step.
    pub batch_size: usize,
    /// λ ~ Beta(α, α).
    pub alpha: f32,
    /// Share of the old running statistics that batch normalisation keeps at each step, as Keras counts it.
    pub norm_momentum: f64,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Adam's ε.
    pub epsilon: f32,
    /// Weight of the sum of squares of the convolution kernels in the loss.
    pub l2: f32,
    /// Seed of initial weights, order of images, boxes and partners.
    pub seed: u64,
    /// The device that was asked for.
    pub device: DeviceChoice,
}

impl Config {
    /// The Keras example's settings: ResNet-20, Adam 1e-3, L2 1e-4, batches of 32, α = 0.25, 15 epochs.
    #[must_use]
    pub fn keras_example(data: PathBuf) -> Self {
        Self {
            data: Some(data),
            size: data::SIDE,
            skip_bad: false,
            train_limit: None,
            test_limit: None,
            depth: 20,
            epochs: 15,
            batch_size: 32,
            alpha: 0.25,
            norm_momentum: 0.99,
            learning_rate: 1e-3,
            epsilon: 1e-7,
            l2: 1e-4,
            seed: 42,
            device: DeviceChoice::Auto,
        }
    }

    /// The same on the embedded data set, with a smaller network, fewer images and fewer epochs: about a minute on two
    /// cores.
    #[must_use]
    pub fn embedded() -> Self {
        // At 0.99 the running statistics would still remember the start after the few hundred steps of this run.
        Self {
            data: None,
            depth: 8,
            epochs: 20,
            batch_size: 16,
            norm_momentum: 0.9,
            ..Self::keras_example(PathBuf::new())
        }
    }

    /// Checks what no type can: the network's depth and α.
    ///
    /// # Errors
    ///
    /// One sentence that names the setting and what it may be.
    pub fn validate(&self) -> Result<()> {
        self.cutmix()?;
        ensure!(
            self.depth >= 8 && self.depth % 6 == 2,
            "a ResNet of depth {} does not exist; take --depth 8, 14, 20, 32, 44, 56 or any other 6n+2",
            self.depth
        );
        Ok(())
    }

    /// The policy: λ by this run's α, boxes by the paper's rule.
    ///
    /// # Errors
    ///
    /// If α is not finite and greater than zero.
    pub fn cutmix(&self) -> Result<CutMix> {
        CutMix::new(self.alpha).context("--alpha")
    }

    /// Reads or draws the images that this run is about.
    ///
    /// # Errors
    ///
    /// If a file is missing or damaged, or if a limit exceeds the images there are.
    pub fn load_data(&self) -> Result<Split> {
        let Some(dir) = &self.data else {
            let train = self.train_limit.unwrap_or(synthetic::TRAIN);
            let test = self.test_limit.unwrap_or(synthetic::TEST);
            return Ok(synthetic::load(train, test));
        };
        let (mut split, skipped) = data::load(dir, self.size, self.skip_bad)?;
        data::report_skipped(&skipped);
        limit(&mut split.train, self.train_limit, "--train-limit")?;
        limit(&mut split.test, self.test_limit, "--test-limit")?;
        Ok(split)
    }
}

fn limit(images: &mut Arc<Dataset>, limit: Option<usize>, flag: &str) -> Result<()> {
    if let Some(limit) = limit {
        ensure!(
            limit <= images.len(),
            "{flag} {limit}: the data hold {} such images; ask for at most that",
            images.len()
        );
        Arc::make_mut(images).truncate(limit);
    }
    Ok(())
}
