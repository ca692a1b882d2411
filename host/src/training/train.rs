//! The training loop.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use burn::tensor::{Device, Tensor};

use super::best::stops_early;
use super::checkpoint::Checkpoint;
use super::divergence::{Diverged, RecentLosses};
use super::evaluation::{Sum, evaluate, evaluate_covered};
use super::events::{Event, Listener, tell};
use super::loss::TrainingLoss;
use super::shard::{Sums, shards_of};
use super::state::State;
use crate::network::{ResNet, to_device};
use crate::pipeline::{Batch, Batches, Loader, Loaders, Mixing, Sample};
use crate::ranks::Ranks;
use crate::results::{EpochScores, Evaluation, Score, Variant};
use crate::settings::{Augmentation, MixingSettings, TrainingSettings};
use crate::terminal::signals::{self, Interrupted};

/// Steps after which the losses are looked at: each look waits for the device.
const LOOK_STEPS: usize = 20;

/// One training: one variant with one seed.
pub struct Training<'a> {
    /// How it learns.
    pub settings: &'a TrainingSettings,
    /// How images are augmented before they are mixed.
    pub augmentation: Augmentation,
    /// How they are mixed; none for training without CutMix.
    pub mixing: Option<&'a MixingSettings>,
    /// What that is called.
    pub variant: Variant,
    /// Seed of order, views, boxes and partners.
    pub seed: u64,
    /// Images.
    pub loaders: &'a Loaders,
    /// Where tensors live.
    pub device: &'a Device,
    /// The processes that train it together.
    pub ranks: Ranks,
    /// Where checkpoints go; the first process writes them.
    pub folder: &'a Path,
    /// How to go on after a stop, for messages: a command.
    pub resume: &'a str,
}

/// What a training ended with.
pub struct Trained {
    /// The network after the last epoch, or after the one that was the best by validation, as the settings say.
    pub model: ResNet,
    /// That epoch, counted from 1.
    pub epoch: u32,
    /// One entry an epoch.
    pub metrics: Vec<EpochScores>,
    /// Of that network on the test images.
    pub test: Evaluation,
    /// The same with their middle covered.
    pub covered: Score,
    /// Training images per second, evaluation not counted.
    pub images_per_second: f64,
    /// Training and evaluation together.
    pub seconds: f64,
}

impl Training<'_> {
    /// Trains `model`, which is on the device with autodiff, from its weights or from `checkpoint` on, which lies at that path, and tells
    /// `listeners` how it goes.
    ///
    /// # Errors
    ///
    /// If a setting is not valid, the loss is not finite any more, the user wants to stop, a checkpoint cannot be
    /// written or used, or a listener fails.
    pub fn run(
        &self,
        model: ResNet,
        checkpoint: Option<(PathBuf, Checkpoint)>,
        listeners: &mut [&mut dyn Listener],
    ) -> Result<Trained> {
        self.learn(model, checkpoint, listeners).map_err(|error| match error.downcast::<Diverged>() {
            Ok(diverged) => diverged.explain(self.variant, self.settings.optimizer.learning_rate),
            Err(error) => error,
        })
    }

    fn learn(
        &self,
        model: ResNet,
        checkpoint: Option<(PathBuf, Checkpoint)>,
        listeners: &mut [&mut dyn Listener],
    ) -> Result<Trained> {
        let Self { settings, loaders, device, .. } = *self;
        let _in_steps = signals::in_steps();
        let (images, epochs) = (loaders.train.images(), settings.epochs);
        let mut state = State::begin(settings, model, images, checkpoint, device)?;
        while state.at.epoch < epochs && !self.stops_early(&state.at.metrics) {
            let done = state.at.images;
            tell(listeners, &Event::EpochBegins { epoch: state.at.epoch + 1, epochs, images, done })?;
            state = self.train_epoch(state, listeners)?;
            let scores = self.score_epoch(&state);
            let scores = self.or_stop(scores, &mut state, listeners)?;
            tell(listeners, &Event::EpochScored { scores: &scores, epochs })?;
            state.end_epoch(scores)?;
            self.save(&mut state, listeners)?;
        }
        let (model, epoch) = state.result()?;
        let test = evaluate(&model, &loaders.test, settings.batch_size, device, self.ranks);
        let test = self.or_stop(test, &mut state, listeners)?;
        let covered = evaluate_covered(&model, &loaders.test, settings.batch_size, device, self.ranks);
        let covered = self.or_stop(covered, &mut state, listeners)?.score;
        let images_per_second = images as f64 * f64::from(state.at.epoch) / state.at.training_seconds;
        Ok(Trained {
            model,
            epoch,
            test,
            covered,
            images_per_second,
            seconds: state.seconds(),
            metrics: state.at.metrics,
        })
    }

    /// Whether to wait no longer for a better epoch.
    fn stops_early(&self, epochs: &[EpochScores]) -> bool {
        self.settings.stop_early > 0 && stops_early(epochs, self.settings.stop_early)
    }

    /// Learns from the rest of the epoch that `state` stands in.
    fn train_epoch(&self, mut state: State, listeners: &mut [&mut dyn Listener]) -> Result<State> {
        let Self { settings, device, .. } = *self;
        let (train, epoch) = (&self.loaders.train, state.at.epoch + 1);
        let mixing = self.mixing.map(|mixing| Mixing::in_epoch(mixing, state.at.epoch, settings.epochs)).transpose()?;
        let samples = train.epoch(mixing.flatten().as_ref(), self.augmentation, self.seed, state.at.epoch);
        let samples = samples[state.at.images..].to_vec();
        let training_device = device.clone().autodiff();
        let training_loss = TrainingLoss::new(settings, train.data.labels(), train.classes, &training_device);

        let (mut started, mut waited) = (Instant::now(), Duration::ZERO);
        let mut sum = Sum::from_bits(state.at.sums, state.at.images, device);
        let mut losses = RecentLosses::default();
        let mut batches = self.batches(samples)?;
        while state.at.images < train.images() {
            let images = settings.batch_size.min(train.images() - state.at.images);
            let (loss, stop);
            if settings.shards == 1 {
                let batch = timed(&mut waited, || next(&mut batches))?;
                let (pixels, labels) = to_device(batch, &train.normalization, &training_device);
                let logits = state.model.forward(pixels);
                let mean = training_loss.of(logits.clone(), labels.clone());
                sum.add(mean.clone().inner(), logits.inner(), labels.inner(), images);
                state = state.step(&mean, images);
                (loss, stop) = (mean.inner(), signals::asked());
            } else {
                let (sums, asked) = self.shards(&state, &mut batches, images, &training_loss, &mut waited)?;
                sum.add_read([sums.loss, sums.correct], images);
                (loss, stop) = (Tensor::from_data([sums.loss], device), asked);
                state = state.step_by(sums, images, &training_device);
            }
            losses.push(loss, state.rate);

            // Reading results waits for the device, so only now and then.
            let steps = state.at.total_steps;
            let checkpoint = steps.is_multiple_of(settings.checkpoint_steps) && state.at.images < train.images();
            if stop || checkpoint || steps.is_multiple_of(LOOK_STEPS) {
                losses.check(steps, epoch)?;
            }
            tell(listeners, &Event::Step { images: state.at.images, score: &|| sum.score() })?;
            if stop || checkpoint {
                state.at.sums = sum.bits()?;
                state.at.training_seconds += started.elapsed().as_secs_f64();
                started = Instant::now();
                let path = self.save(&mut state, listeners)?;
                if stop {
                    tell(listeners, &Event::Stopped)?;
                    return Err(self.stopped(epoch, steps, &path));
                }
            }
        }
        losses.check(state.at.total_steps, epoch)?;
        state.at.sums = sum.bits()?;
        state.at.training_seconds += started.elapsed().as_secs_f64();
        tell(listeners, &Event::EpochTrained { epoch, waited })?;
        Ok(state)
    }

    /// What this process computes of the rest of an epoch, whose `samples` these are: whole batches, or of each its shards.
    fn batches(&self, samples: Vec<Sample>) -> Result<Batches> {
        let Self { settings, ranks, .. } = *self;
        let (batch_size, images) = (settings.batch_size, samples.len());
        let mine = ranks.share_of(settings.shards)?;
        let shards = |first: usize| {
            let shards = shards_of(first, batch_size.min(images - first), settings.shards);
            shards[mine.clone()].to_vec()
        };
        let ranges = (0..images).step_by(batch_size).flat_map(shards).collect();
        Ok(self.loaders.train.batches_of(samples, ranges))
    }

    /// The shards of a step on `images` images, computed by all processes, and whether one of them was asked to stop.
    fn shards(
        &self,
        state: &State,
        batches: &mut Batches,
        images: usize,
        loss: &TrainingLoss,
        waited: &mut Duration,
    ) -> Result<(Sums, bool)> {
        let Self { settings, ranks, .. } = *self;
        let (device, normalization) = (self.device.clone().autodiff(), &self.loaders.train.normalization);
        let mut numbers = Vec::new();
        let mine = ranks.share_of(settings.shards)?.len();
        for _ in 0..mine {
            let batch = timed(waited, || next(batches))?;
            let share = batch.images as f32 / images as f32;
            let sums = Sums::of_shard(&state.model, loss, batch, share, normalization, &device)?;
            numbers.extend(sums.into_numbers());
        }
        let shard = numbers.len() / mine;
        numbers.push(f32::from(u8::from(signals::asked())));
        let all = ranks.gather(numbers)?;
        let of_processes = || all.chunks_exact(mine * shard + 1);
        let sums = Sums::in_order(of_processes().flat_map(|of_one| of_one[..mine * shard].chunks_exact(shard)));
        let stop = of_processes().any(|of_one| of_one[mine * shard] > 0.0);
        Ok((sums.context("a step without a shard")?, stop))
    }

    /// The scores of the epoch that has ended.
    fn score_epoch(&self, state: &State) -> Result<EpochScores> {
        let model = state.scored_model();
        let score = |what: &str, loader: &Loader| -> Result<Score> {
            let score = evaluate(&model, loader, self.settings.batch_size, self.device, self.ranks)?.score;
            if score.loss.is_finite() {
                return Ok(score);
            }
            Err(state.diverged(format!("the {what} loss is {} after step {}", score.loss, state.at.total_steps)))
        };
        let (validation, test) = match &self.loaders.validation {
            Some(loader) => (Some(score("validation", loader)?), None),
            None => (None, Some(score("test", &self.loaders.test)?)),
        };
        let train = Sum::from_bits(state.at.sums, state.at.images, self.device).score()?;
        Ok(EpochScores { variant: self.variant, epoch: state.at.epoch + 1, train, validation, test })
    }

    /// What a scoring came to. One that the user stopped begins anew after a resume, since no step was taken meanwhile.
    fn or_stop<T>(&self, scored: Result<T>, state: &mut State, listeners: &mut [&mut dyn Listener]) -> Result<T> {
        if !scored.as_ref().is_err_and(anyhow::Error::is::<Interrupted>) {
            return scored;
        }
        let path = self.save(state, listeners)?;
        tell(listeners, &Event::Stopped)?;
        Err(self.stopped((state.at.epoch + 1).min(self.settings.epochs), state.at.total_steps, &path))
    }

    fn save(&self, state: &mut State, listeners: &mut [&mut dyn Listener]) -> Result<PathBuf> {
        if !self.ranks.is_first() {
            return Ok(self.folder.to_owned());
        }
        let path = state.checkpoint()?.save(self.folder).with_context(|| {
            format!("training stops; when this is mended, go on with: {}: no checkpoint", self.resume)
        })?;
        tell(listeners, &Event::Checkpoint { path: &path })?;
        Ok(path)
    }

    fn stopped(&self, epoch: u32, step: usize, checkpoint: &Path) -> anyhow::Error {
        anyhow!(Interrupted(format!(
            "stopped in epoch {epoch}, after step {step}; everything is in {}; go on with: {}",
            checkpoint.display(),
            self.resume
        )))
    }
}

/// The next batch, which must be there.
fn next(batches: &mut Batches) -> Result<Batch> {
    batches.next().context("an epoch with too few batches")?
}

fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    *total += started.elapsed();
    result
}
