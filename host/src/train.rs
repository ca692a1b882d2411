//! The training loop.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module as _, ModuleVisitor, Param};
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::store::{ModuleRecord, ModuleSnapshot as _, SafetensorsStore};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Bytes, Device, Tensor, TensorData};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tracing::debug;

use crate::checkpoint::{Checkpoint, Position};
use crate::config::Config;
use crate::data::{Dataset, Normalization, Split};
use crate::interrupt::{self, Interrupted};
use crate::model::ResNet;
use crate::optimizer::{learning_rates, optimizer};
use crate::pipeline::{self, Batch, Batches};
use crate::progress::{Console, Progress};

/// Images per step where nothing is learnt.
const EVALUATION_BATCH: usize = 250;

/// Steps after which the losses are looked at: each look waits for the device.
const LOOK_STEPS: usize = 20;

/// Time from one epoch's line to the next, at least.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// The two ways to train that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Arm {
    /// Images and labels as they are.
    Baseline,
    /// Mixed images and labels.
    Cutmix,
}

impl Arm {
    /// Name in files: `baseline` or `cutmix`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Cutmix => "cutmix",
        }
    }

    /// Name in tables and pictures.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Baseline => "without CutMix",
            Self::Cutmix => "with CutMix",
        }
    }
}

/// Mean loss, and share of images whose likeliest class is right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Soft-label cross-entropy, in nats, without the L2 term.
    pub loss: f32,
    /// 0 to 1; of a mixed image, the right class is the one with more pixels.
    pub accuracy: f32,
}

/// One line of `metrics.jsonl`. It holds no times, so that the same run writes the same bytes again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// Which way of training.
    pub arm: Arm,
    /// Counted from 1.
    pub epoch: u32,
    /// Over the epoch's training images, as the network saw them while it learnt.
    pub train: Score,
    /// Over the images that are held out of the training images, if any are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Score>,
    /// Over the test images, where no images are held out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Score>,
}

impl EpochMetrics {
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
}

impl Evaluation {
    /// Images of class r that were taken for class c, in row r and column c.
    #[must_use]
    pub fn confusion(&self, data: &Dataset, classes: usize) -> Vec<Vec<u32>> {
        let mut confusion = vec![vec![0; classes]; classes];
        for (index, &predicted) in self.predictions.iter().enumerate() {
            confusion[usize::from(data.label(index))][usize::from(predicted)] += 1;
        }
        confusion
    }
}

/// What an arm ended with.
pub struct Trained {
    /// The network after the last epoch.
    pub model: ResNet,
    /// One entry an epoch.
    pub metrics: Vec<EpochMetrics>,
    /// On the test images, after the last epoch.
    pub test: Evaluation,
    /// Training images per second, evaluation not counted.
    pub images_per_second: f64,
    /// Training and evaluation together.
    pub seconds: f64,
}

/// A network with initial weights drawn by `seed`, as safetensors: the same for both arms and on every device.
///
/// # Errors
///
/// If the depth is not 6n+2, or if the weights cannot be written out.
pub fn initial_weights(config: &Config, classes: usize, seed: u64) -> Result<Vec<u8>> {
    // Every backend draws other numbers from the same seed, so all start from what flex draws.
    let device = Device::flex();
    device.seed(seed);
    weights(&network(config, classes, &device)?)
}

fn network(config: &Config, classes: usize, device: &Device) -> Result<ResNet> {
    ResNet::new(config.depth, classes, config.norm_momentum, device)
}

/// The weights of `model` as a safetensors file.
///
/// # Errors
///
/// If a tensor cannot be read back from its device.
pub fn weights(model: &ResNet) -> Result<Vec<u8>> {
    // The default metadata is written in no fixed order: without it, the same weights are the same bytes.
    let mut store = SafetensorsStore::from_bytes(None).clear_metadata();
    model.save_into(&mut store).map_err(|error| anyhow!("cannot read the weights back: {error}"))?;
    store.get_bytes().map_err(|error| anyhow!("cannot write the weights: {error}"))
}

/// The run's network on `device` with the weights in `bytes`, a safetensors file.
///
/// # Errors
///
/// If the weights do not belong to such a network.
pub fn with_weights(config: &Config, classes: usize, bytes: Vec<u8>, device: &Device) -> Result<ResNet> {
    let mut model = network(config, classes, device)?;
    let mut store = SafetensorsStore::from_bytes(Some(bytes));
    let loaded = model.load_from(&mut store);
    loaded.map_err(|error| anyhow!("these are no weights of a ResNet-{}: {error}", config.depth))?;
    Ok(model)
}

/// One training: one arm with one seed.
pub struct Training<'a> {
    /// The run's settings.
    pub config: &'a Config,
    /// Which way of training.
    pub arm: Arm,
    /// Seed of order, views, boxes and partners.
    pub seed: u64,
    /// Images, with those held out that are to be.
    pub split: &'a Split,
    /// How their bytes become numbers.
    pub normalization: &'a Normalization,
    /// Where tensors live.
    pub device: &'a Device,
    /// Where checkpoints go.
    pub folder: &'a Path,
    /// How to go on after a stop, for messages: a command.
    pub resume: &'a str,
    /// Where to talk.
    pub console: Console,
}

impl Training<'_> {
    /// Trains a network from the weights in `initial`, or from `checkpoint` on, and calls `after_epoch` after each epoch.
    ///
    /// # Errors
    ///
    /// If the settings are no valid ones, the loss is no number any more, the user wants to stop, a checkpoint cannot be
    /// written or used, or `after_epoch` fails.
    pub fn run(
        &self,
        initial: Vec<u8>,
        checkpoint: Option<Checkpoint>,
        mut after_epoch: impl FnMut(&EpochMetrics) -> Result<()>,
    ) -> Result<Trained> {
        let mut state = self.begin(initial, checkpoint)?;
        let mut last_line = Instant::now();
        while state.at.epoch < self.config.epochs {
            let progress;
            (state, progress) = self.epoch(state)?;
            let line = self.score_epoch(&state)?;
            // Of short epochs, only some have a line; metrics.jsonl has all of them.
            let is_told = last_line.elapsed() >= BETWEEN_LINES || line.epoch == self.config.epochs;
            progress.finish(is_told.then_some(&line));
            if is_told {
                last_line = Instant::now();
            }
            after_epoch(&line)?;
            state.at.metrics.push(line);
            let at = &mut state.at;
            (at.epoch, at.step, at.images, at.sums) = (at.epoch + 1, 0, 0, [0; 2]);
            self.save(&mut state)?;
        }

        let model = state.model.valid();
        let test = self.evaluate(&model, &self.split.test)?;
        let shown = self.split.train.len() as f64 * f64::from(self.config.epochs);
        Ok(Trained {
            model,
            test,
            images_per_second: shown / state.at.training_seconds,
            seconds: state.seconds(),
            metrics: state.at.metrics,
        })
    }

    fn begin(&self, initial: Vec<u8>, checkpoint: Option<Checkpoint>) -> Result<State> {
        let Self { config, split, device, .. } = *self;
        let mut model = with_weights(config, split.classes.len(), initial, &device.clone().autodiff())?;
        let mut optimizer = optimizer(config, device)?;
        let mut rates = learning_rates(config, split.train.len().div_ceil(config.batch_size))?;
        let mut at = Position::default();
        if let Some(Checkpoint { position, model: weights, optimizer: moments }) = checkpoint {
            let unusable = |error| anyhow!("the checkpoint belongs to another network: {error}");
            let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(weights)).map_err(unusable)?;
            model = model.try_load_record(record).map_err(unusable)?;
            optimizer = optimizer.from_bytes(Bytes::from_bytes_vec(moments)).map_err(unusable)?;
            (0..position.total_steps).for_each(|_| drop(rates.step()));
            at = position;
        }
        Ok(State { model, optimizer, rates, rate: config.learning_rate, begun: Instant::now(), before: at.seconds, at })
    }

    /// Learns from the rest of the epoch that `state` stands in.
    fn epoch(&self, mut state: State) -> Result<(State, Progress)> {
        let Self { config, arm, split, device, .. } = *self;
        let (images, classes) = (split.train.len(), split.classes.len());
        let training_device = device.clone().autodiff();
        let policy = config.cutmix()?;
        let cutmix = (arm == Arm::Cutmix).then_some(&policy);
        let samples = pipeline::epoch(images, split.train.shape(), cutmix, config.augment(), self.seed, state.at.epoch);
        let samples = samples[state.at.images..].to_vec();

        let mut started = Instant::now();
        let mut progress = Progress::new(self.console, arm, state.at.epoch + 1, config.epochs, images);
        let mut sum = Sum::resumed(&state.at, device);
        let mut losses = Losses::default();
        let mut batches = Batches::new(&split.train, classes, self.normalization, samples, config.batch_size);
        let mut waited = Duration::ZERO;
        while let Some(batch) = timed(&mut waited, || batches.next()) {
            let (pixels, labels) = upload(&batch, &split.train, classes, &training_device);
            let logits = state.model.forward(pixels);
            let loss = soft_cross_entropy(logits.clone(), labels.clone());
            let rate = state.rates.step();
            state.rate = rate.base();
            losses.push(loss.clone().inner(), state.rate);
            sum.add(loss.clone().inner(), logits.inner(), labels.inner(), batch.images);
            let gradients = GradientsParams::from_grads(loss.backward(), &state.model);
            state.model = state.optimizer.step(rate, state.model, gradients);

            let at = &mut state.at;
            (at.step, at.total_steps, at.images) = (at.step + 1, at.total_steps + 1, sum.images);
            // Reading results waits for the device, so only now and then.
            let stop = interrupt::asked();
            let checkpoint = at.total_steps.is_multiple_of(config.checkpoint_steps) && at.images < images;
            if stop || checkpoint || at.total_steps.is_multiple_of(LOOK_STEPS) {
                losses.check(at, self)?;
            }
            if progress.is_due() {
                progress.show(sum.images, sum.score()?);
            }
            if stop || checkpoint {
                at.sums = sum.bits()?;
                at.training_seconds += started.elapsed().as_secs_f64();
                started = Instant::now();
                let path = self.save(&mut state)?;
                if stop {
                    return Err(self.interrupted(&state.at, &path));
                }
            }
        }
        debug!(epoch = state.at.epoch + 1, milliseconds = waited.as_millis(), "waited for batches");
        losses.check(&state.at, self)?;
        state.at.sums = sum.bits()?;
        state.at.training_seconds += started.elapsed().as_secs_f64();
        Ok((state, progress))
    }

    /// The scores of the epoch that has ended.
    fn score_epoch(&self, state: &State) -> Result<EpochMetrics> {
        let Self { arm, split, device, .. } = *self;
        let model = state.model.valid();
        let score = |what, data| {
            let score = self.evaluate(&model, data)?.score;
            if score.loss.is_finite() {
                return Ok(score);
            }
            let what = format!("the {what} loss is {} after step {}", score.loss, state.at.total_steps);
            Err(self.diverged(&what, &state.at, state.rate))
        };
        let (validation, test) = match &split.validation {
            Some(data) => (Some(score("validation", data)?), None),
            None => (None, Some(score("test", &split.test)?)),
        };
        let train = Sum::resumed(&state.at, device).score()?;
        Ok(EpochMetrics { arm, epoch: state.at.epoch + 1, train, validation, test })
    }

    fn evaluate(&self, model: &ResNet, data: &Arc<Dataset>) -> Result<Evaluation> {
        evaluate(model, data, self.split.classes.len(), self.normalization, self.device)
    }

    fn diverged(&self, what: &str, at: &Position, rate: f64) -> anyhow::Error {
        let last = match Checkpoint::newest(self.folder) {
            Ok(Some((path, _))) => format!("the last good checkpoint is {}", path.display()),
            _ => "there is no checkpoint yet".to_owned(),
        };
        anyhow!(
            "training {} diverged: {what}, in epoch {}, at a learning rate of {rate}; {last}; try a lower rate with --set \
             learning-rate={}, or another --seed",
            self.arm.title(),
            at.epoch + 1,
            self.config.learning_rate / 10.0
        )
    }

    fn interrupted(&self, at: &Position, checkpoint: &Path) -> anyhow::Error {
        anyhow!(Interrupted(format!(
            "stopped in epoch {}, after step {}; everything is in {}; go on with: {}",
            at.epoch + 1,
            at.total_steps,
            checkpoint.display(),
            self.resume
        )))
    }

    fn save(&self, state: &mut State) -> Result<PathBuf> {
        state.at.seconds = state.seconds();
        let State { model, optimizer, at, rate, .. } = &*state;
        // The last step may have ruined the weights without its loss showing it.
        let mut finite = Finite(true);
        model.visit(&mut finite);
        if !finite.0 {
            return Err(self.diverged(&format!("a weight is no number after step {}", at.total_steps), at, *rate));
        }
        let unreadable = |error| anyhow!("cannot read the weights back: {error}");
        // Burn keeps the last update of the running statistics apart, out of reach of a record, until `valid` takes it in.
        let checkpoint = Checkpoint {
            position: at.clone(),
            model: model.valid().into_record().into_bytes().map_err(unreadable)?.to_vec(),
            optimizer: optimizer.into_bytes().map_err(unreadable)?.to_vec(),
        };
        let saved = checkpoint.save(self.folder);
        saved
            .with_context(|| format!("training stops; when this is mended, go on with: {}: no checkpoint", self.resume))
    }
}

fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    *total += started.elapsed();
    result
}

/// What changes while a network learns.
struct State {
    model: ResNet,
    optimizer: ModuleOptimizer,
    rates: ModuleLrScheduler,
    /// The learning rate of the last step.
    rate: f64,
    at: Position,
    begun: Instant,
    /// Seconds before the training was resumed.
    before: f64,
}

impl State {
    fn seconds(&self) -> f64 {
        self.before + self.begun.elapsed().as_secs_f64()
    }
}

/// Losses of the last steps, still on the device, and the learning rates of those steps.
#[derive(Default)]
struct Losses {
    losses: Vec<Tensor<1>>,
    rates: Vec<f64>,
}

impl Losses {
    fn push(&mut self, loss: Tensor<1>, rate: f64) {
        self.losses.push(loss);
        self.rates.push(rate);
    }

    /// Waits for the device, and stops if a loss is no number.
    fn check(&mut self, at: &Position, training: &Training) -> Result<()> {
        if self.losses.is_empty() {
            return Ok(());
        }
        let losses = std::mem::take(&mut self.losses);
        let rates = std::mem::take(&mut self.rates);
        let values = Tensor::cat(losses, 0).try_into_data().context("cannot read the losses back from the device")?;
        let values = values.try_to_vec::<f32>().map_err(|error| anyhow!("cannot read the losses back: {error:?}"))?;
        let Some(bad) = values.iter().position(|loss| !loss.is_finite()) else { return Ok(()) };
        let step = at.total_steps - values.len() + bad + 1;
        Err(training.diverged(&format!("the loss is {} at step {step}", values[bad]), at, rates[bad]))
    }
}

/// Whether all weights are numbers.
struct Finite(bool);

impl ModuleVisitor for Finite {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.0 &= parameter.val().into_data().iter::<f32>().all(f32::is_finite);
    }
}

/// Scores `model` on the images of `data` as they are.
///
/// # Errors
///
/// If the result cannot be read back from the device.
pub fn evaluate(
    model: &ResNet,
    data: &Arc<Dataset>,
    classes: usize,
    normalization: &Normalization,
    device: &Device,
) -> Result<Evaluation> {
    let samples = pipeline::in_order(data.len(), data.shape());
    let mut sum = Sum::new(device);
    let mut predictions = Vec::with_capacity(data.len());
    for batch in Batches::new(data, classes, normalization, samples, EVALUATION_BATCH) {
        let (pixels, labels) = upload(&batch, data, classes, device);
        let logits = model.forward(pixels);
        let loss = soft_cross_entropy(logits.clone(), labels.clone());
        sum.add(loss, logits.clone(), labels, batch.images);
        let likeliest = logits.argmax(1).try_into_data().context("cannot read a result back from the device")?;
        predictions.extend(likeliest.iter::<i64>().map(|class| class as u16));
    }
    Ok(Evaluation { score: sum.score()?, predictions })
}

/// Mean cross-entropy, in nats, `[1]`, of `logits` against soft labels, both `[batch, classes]`.
#[must_use]
pub fn soft_cross_entropy(logits: Tensor<2>, soft: Tensor<2>) -> Tensor<1> {
    -(log_softmax(logits, 1) * soft).sum_dim(1).mean()
}

fn upload(batch: &Batch, data: &Dataset, classes: usize, device: &Device) -> (Tensor<4>, Tensor<2>) {
    let shape = data.shape();
    let sides = [batch.images, shape.channels().into(), shape.height().into(), shape.width().into()];
    let pixels = TensorData::new(batch.pixels.clone(), sides);
    let labels = TensorData::new(batch.labels.clone(), [batch.images, classes]);
    (Tensor::from_data(pixels, device), Tensor::from_data(labels, device))
}

/// Loss and correct answers so far, kept on the device.
struct Sum {
    loss: Tensor<1>,
    correct: Tensor<1>,
    images: usize,
}

impl Sum {
    fn new(device: &Device) -> Self {
        Self { loss: Tensor::zeros([1], device), correct: Tensor::zeros([1], device), images: 0 }
    }

    /// As it was at `position`.
    fn resumed(position: &Position, device: &Device) -> Self {
        let [loss, correct] = position.sums.map(|bits| Tensor::from_data([f32::from_bits(bits)], device));
        Self { loss, correct, images: position.images }
    }

    fn bits(&self) -> Result<[u32; 2]> {
        Ok([read(&self.loss)?.to_bits(), read(&self.correct)?.to_bits()])
    }

    fn add(&mut self, mean_loss: Tensor<1>, logits: Tensor<2>, labels: Tensor<2>, images: usize) {
        let correct = logits.argmax(1).equal(labels.argmax(1)).int().sum().float();
        self.loss = self.loss.clone() + mean_loss * images as f32;
        self.correct = self.correct.clone() + correct;
        self.images += images;
    }

    fn score(&self) -> Result<Score> {
        let images = self.images as f32;
        Ok(Score { loss: read(&self.loss)? / images, accuracy: read(&self.correct)? / images })
    }
}

fn read(sum: &Tensor<1>) -> Result<f32> {
    sum.clone().try_into_scalar().context("cannot read a result back from the device")
}
