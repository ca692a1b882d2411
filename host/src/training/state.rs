//! What changes while a network learns.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::Module as _;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};

use super::average::Average;
use super::best::best_epoch;
use super::burn_internals::{model_record, optimizer_record, with_optimizer_record, with_record};
use super::checkpoint::{Checkpoint, Position, Records};
use super::divergence::{Diverged, is_finite};
use super::gradients::clip_gradients;
use super::learning_rate::learning_rates;
use super::optimizer::optimizer;
use super::shard::Sums;
use crate::network::ResNet;
use crate::results::EpochScores;
use crate::settings::{OptimizerSettings, TrainingSettings};

/// A network, what teaches it, and where it stands.
pub struct State {
    /// The network.
    pub model: ResNet,
    optimizer: ModuleOptimizer,
    /// The highest norm of its gradients; 0 for any.
    clip_gradient: f64,
    /// Of the weights, if it is kept.
    average: Option<Average>,
    /// The record of the network after the epoch that was the best by validation, if it is kept and there was one.
    best: Option<Vec<u8>>,
    keeps_best: bool,
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
        let decay = settings.average_weights;
        let mut average = (decay > 0.0).then(|| Average::new(decay, model.valid()));
        let (mut best, mut at) = (None, Position::default());
        if let Some((path, Checkpoint { position, records })) = checkpoint {
            let restored = position.check(settings, images).and_then(|()| {
                let has_best = settings.stop_early > 0 && best_epoch(&position.metrics).is_some();
                ensure!(
                    has_best != records.best.is_empty(),
                    "it does not hold the weights of its best epoch, or of none"
                );
                if let Some(average) = &mut average {
                    average.model = with_record(average.model.clone(), records.average)?;
                }
                Ok((with_record(model, records.model)?, with_optimizer_record(optimizer, records.optimizer)?))
            });
            let unusable =
                || format!("the checkpoint {} cannot be used; remove it to go on from the one before", path.display());
            (model, optimizer) = restored.with_context(unusable)?;
            best = (!records.best.is_empty()).then_some(records.best);
            (0..position.total_steps).for_each(|_| drop(rates.step()));
            at = position;
        }
        let OptimizerSettings { learning_rate: rate, clip_gradient, .. } = settings.optimizer;
        let (begun, before, keeps_best) = (Instant::now(), at.seconds, settings.stop_early > 0);
        Ok(Self { model, optimizer, clip_gradient, average, best, keeps_best, rates, rate, at, begun, before })
    }

    /// One step down the gradient of `loss`, which was computed on `images` images.
    pub fn step(self, loss: &Tensor<1>, images: usize) -> Self {
        let gradients = GradientsParams::from_grads(loss.backward(), &self.model);
        self.descend(gradients, images)
    }

    /// One step by what the shards of a batch of `images` images came to.
    pub fn step_by(mut self, sums: Sums, images: usize, device: &Device) -> Self {
        let (model, gradients) = sums.take_in(&self.model, device);
        self.model = model;
        self.descend(gradients, images)
    }

    fn descend(mut self, mut gradients: GradientsParams, images: usize) -> Self {
        let rate = self.rates.step();
        self.rate = rate.base();
        if self.clip_gradient > 0.0 {
            gradients = clip_gradients(gradients, &self.model, self.clip_gradient);
        }
        self.model = self.optimizer.step(rate, self.model, gradients);
        let at = &mut self.at;
        (at.step, at.total_steps, at.images) = (at.step + 1, at.total_steps + 1, at.images + images);
        if let Some(average) = &mut self.average {
            average.take_in(&self.model.valid(), at.total_steps);
        }
        self
    }

    /// The network to be scored, without autodiff: of averaged weights, if these are kept.
    pub fn scored_model(&self) -> ResNet {
        self.average.as_ref().map_or_else(|| self.model.valid(), |average| average.model.clone())
    }

    /// The epoch is over.
    pub fn end_epoch(&mut self, scores: EpochScores) -> Result<()> {
        let at = &mut self.at;
        at.metrics.push(scores);
        (at.epoch, at.step, at.images, at.sums) = (at.epoch + 1, 0, 0, [0; 2]);
        if self.keeps_best && best_epoch(&self.at.metrics) == Some(self.at.epoch) {
            self.best = Some(model_record(self.scored_model())?);
        }
        Ok(())
    }

    /// What the training ends with: the network, without autodiff, and the epoch that it is of. The best one by validation if that is kept, else the
    /// last one.
    pub fn result(&self) -> Result<(ResNet, u32)> {
        let last = self.scored_model();
        match (&self.best, best_epoch(&self.at.metrics)) {
            (Some(best), Some(epoch)) => Ok((with_record(last, best.clone())?, epoch)),
            _ => Ok((last, self.at.epoch)),
        }
    }

    /// Seconds of training and evaluation.
    pub fn seconds(&self) -> f64 {
        self.before + self.begun.elapsed().as_secs_f64()
    }

    /// All that it takes to go on from here.
    pub fn checkpoint(&mut self) -> Result<Checkpoint> {
        self.at.seconds = self.seconds();
        // Read from the device once; what follows reads memory.
        let model = self.model.valid().to_device(&Device::flex());
        // The last step may have ruined the weights without its loss showing it.
        if !is_finite(&model) {
            return Err(self.diverged(format!("a weight is not finite after step {}", self.at.total_steps)));
        }
        let average = self.average.as_ref().map(|average| model_record(average.model.clone()));
        let records = Records {
            model: model_record(model)?,
            optimizer: optimizer_record(&self.optimizer)?,
            average: average.transpose()?.unwrap_or_default(),
            best: self.best.clone().unwrap_or_default(),
        };
        Ok(Checkpoint { position: self.at.clone(), records })
    }

    /// The error of a training that stands here.
    pub fn diverged(&self, what: String) -> anyhow::Error {
        Diverged { what, epoch: self.at.epoch + 1, rate: self.rate }.into()
    }
}
