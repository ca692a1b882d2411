//! What changes while a network learns.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result};
use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};

use super::burn_internals::Records;
use super::checkpoint::{Checkpoint, Position};
use super::divergence::{Diverged, is_finite};
use super::learning_rate::learning_rates;
use super::optimizer::optimizer;
use crate::network::ResNet;
use crate::results::EpochScores;
use crate::settings::TrainingSettings;

/// A network, what teaches it, and where it stands.
pub struct State {
    /// The network.
    pub model: ResNet,
    optimizer: ModuleOptimizer,
    rates: ModuleLrScheduler,
    /// The learning rate of the last step.
    pub rate: f64,
    /// Where the training stands.
    pub at: Position,
    begun: Instant,
    /// Seconds before the training was resumed.
    before: f64,
}

impl State {
    /// With `model`, on a device with autodiff, to learn from so many `images`; `device` is the same without. Goes on from `checkpoint`, if there
    /// is one, which lies at that path.
    pub fn begin(
        settings: &TrainingSettings,
        model: ResNet,
        images: usize,
        checkpoint: Option<(PathBuf, Checkpoint)>,
        device: &Device,
    ) -> Result<Self> {
        let (mut model, mut optimizer) = (model, optimizer(&settings.optimizer, device)?);
        let mut rates = learning_rates(settings, images.div_ceil(settings.batch_size))?;
        let mut at = Position::default();
        if let Some((path, Checkpoint { position, records })) = checkpoint {
            let restored = position.check(settings, images).and_then(|()| records.restore(model, optimizer));
            let unusable =
                || format!("the checkpoint {} cannot be used; remove it to go on from the one before", path.display());
            (model, optimizer) = restored.with_context(unusable)?;
            (0..position.total_steps).for_each(|_| drop(rates.step()));
            at = position;
        }
        let rate = settings.optimizer.learning_rate;
        Ok(Self { model, optimizer, rates, rate, begun: Instant::now(), before: at.seconds, at })
    }

    /// One step down the gradient of `loss`, which was computed on `images` images.
    pub fn step(mut self, loss: &Tensor<1>, images: usize) -> Self {
        let rate = self.rates.step();
        self.rate = rate.base();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.model);
        self.model = self.optimizer.step(rate, self.model, gradients);
        let at = &mut self.at;
        (at.step, at.total_steps, at.images) = (at.step + 1, at.total_steps + 1, at.images + images);
        self
    }

    /// The epoch is over.
    pub fn end_epoch(&mut self, scores: EpochScores) {
        let at = &mut self.at;
        at.metrics.push(scores);
        (at.epoch, at.step, at.images, at.sums) = (at.epoch + 1, 0, 0, [0; 2]);
    }

    /// Seconds of training and evaluation.
    pub fn seconds(&self) -> f64 {
        self.before + self.begun.elapsed().as_secs_f64()
    }

    /// All that it takes to go on from here.
    pub fn checkpoint(&mut self) -> Result<Checkpoint> {
        self.at.seconds = self.seconds();
        // The last step may have ruined the weights without its loss showing it.
        if !is_finite(&self.model) {
            return Err(self.diverged(format!("a weight is not finite after step {}", self.at.total_steps)));
        }
        Ok(Checkpoint { position: self.at.clone(), records: Records::of(&self.model, &self.optimizer)? })
    }

    /// The error of a training that stands here.
    pub fn diverged(&self, what: String) -> anyhow::Error {
        Diverged { what, epoch: self.at.epoch + 1, rate: self.rate }.into()
    }
}
