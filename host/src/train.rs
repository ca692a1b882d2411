//! The training loop.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use burn::module::{Module as _, ParamGroup};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::store::{ModuleSnapshot as _, SafetensorsStore};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::data::{Dataset, Split};
use crate::model::ResNet;
use crate::pipeline::{self, Batch, Batches};
use crate::progress::Progress;

/// Images per step where nothing is learnt.
const EVALUATION_BATCH: usize = 250;

/// The two ways to train that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Over the test images after the epoch.
    pub test: Score,
}

/// What an arm ended with.
pub struct Trained {
    /// The network after the last epoch.
    pub model: ResNet,
    /// One entry an epoch.
    pub metrics: Vec<EpochMetrics>,
    /// Training images per second, evaluation not counted.
    pub images_per_second: f64,
    /// Training and evaluation together.
    pub seconds: f64,
}

/// A network with initial weights drawn by the run's seed, as safetensors: the same for both arms and on every device.
///
/// # Errors
///
/// If the depth is not 6n+2, or if the weights cannot be written out.
pub fn initial_weights(config: &Config, classes: usize) -> Result<Vec<u8>> {
    // Every backend draws other numbers from the same seed, so all start from what flex draws.
    let device = Device::flex();
    device.seed(config.seed);
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

/// Trains a network from the weights in `initial` on `device`, and calls `after_epoch` after each epoch.
///
/// # Errors
///
/// If the settings are no valid ones, the loss is no number any more, or `after_epoch` fails.
pub fn train(
    arm: Arm,
    config: &Config,
    split: &Split,
    initial: Vec<u8>,
    device: &Device,
    mut after_epoch: impl FnMut(&EpochMetrics) -> Result<()>,
) -> Result<Trained> {
    let started = Instant::now();
    let (images, classes) = (split.train.len(), split.classes.len());
    let policy = config.cutmix()?;
    let cutmix = (arm == Arm::Cutmix).then_some(&policy);
    let training_device = device.clone().autodiff();
    let mut model = with_weights(config, classes, initial, &training_device)?;
    let mut optimizer = optimizer(config)?;
    let mut metrics = Vec::new();
    let mut training_time = Duration::ZERO;

    for epoch in 0..config.epochs {
        let epoch_started = Instant::now();
        let samples = pipeline::epoch(images, split.train.shape(), cutmix, config.seed, epoch);
        let mut progress = Progress::new(arm, epoch + 1, config.epochs, images);
        let mut sum = Sum::new(device);
        for batch in Batches::new(split.train.clone(), classes, samples, config.batch_size) {
            let (pixels, labels) = upload(&batch, &split.train, classes, &training_device);
            let logits = model.forward(pixels);
            let loss = soft_cross_entropy(logits.clone(), labels.clone());
            sum.add(loss.clone().inner(), logits.inner(), labels.inner(), batch.images);
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            model = optimizer.step(config.learning_rate, model, gradients);
            // Reading the sums waits for the device, so only when somebody looks.
            if progress.is_due() {
                progress.show(sum.images, sum.score()?);
            }
        }
        let train = sum.score()?;
        training_time += epoch_started.elapsed();
        anyhow::ensure!(
            train.loss.is_finite(),
            "the training loss is {} in epoch {} of the run {}: training diverged; try another --seed",
            train.loss,
            epoch + 1,
            arm.title()
        );
        let test = evaluate(&model.valid(), &split.test, classes, device)?;
        let line = EpochMetrics { arm, epoch: epoch + 1, train, test };
        progress.finish(&line);
        after_epoch(&line)?;
        metrics.push(line);
    }

    let shown = images as f64 * f64::from(config.epochs);
    Ok(Trained {
        model: model.valid(),
        metrics,
        images_per_second: shown / training_time.as_secs_f64(),
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// Scores `model` on the images of `data` as they are.
///
/// # Errors
///
/// If the result cannot be read back from the device.
pub fn evaluate(model: &ResNet, data: &std::sync::Arc<Dataset>, classes: usize, device: &Device) -> Result<Score> {
    let samples = pipeline::in_order(data.len(), data.shape());
    let mut sum = Sum::new(device);
    for batch in Batches::new(data.clone(), classes, samples, EVALUATION_BATCH) {
        let (pixels, labels) = upload(&batch, data, classes, device);
        let logits = model.forward(pixels);
        let loss = soft_cross_entropy(logits.clone(), labels.clone());
        sum.add(loss, logits, labels, batch.images);
    }
    sum.score()
}

/// Mean cross-entropy, in nats, `[1]`, of `logits` against soft labels, both `[batch, classes]`.
#[must_use]
pub fn soft_cross_entropy(logits: Tensor<2>, soft: Tensor<2>) -> Tensor<1> {
    -(log_softmax(logits, 1) * soft).sum_dim(1).mean()
}

/// Adam, with the L2 term's gradient on the convolution kernels only, as in the Keras example.
///
/// # Errors
///
/// Never: the pattern of the kernels' names is a constant.
pub fn optimizer(config: &Config) -> Result<ModuleOptimizer> {
    let adam = AdamConfig::new().with_epsilon(config.epsilon);
    // Keras adds l2·Σw² to the loss, whose gradient is 2·l2·w; Burn adds penalty·w to the gradient.
    let decay = WeightDecayConfig::new(2.0 * config.l2);
    let kernels = ParamGroup::from_regex(r"(conv|projection)\.weight$")
        .map_err(|error| anyhow!("no such parameters: {error:?}"))?;
    Ok(adam.init().with_group(kernels, adam.with_weight_decay(Some(decay)).build(), None))
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

    fn add(&mut self, mean_loss: Tensor<1>, logits: Tensor<2>, labels: Tensor<2>, images: usize) {
        let correct = logits.argmax(1).equal(labels.argmax(1)).int().sum().float();
        self.loss = self.loss.clone() + mean_loss * images as f32;
        self.correct = self.correct.clone() + correct;
        self.images += images;
    }

    fn score(&self) -> Result<Score> {
        let read = |sum: &Tensor<1>| -> Result<f32> {
            let total: f32 = sum.clone().try_into_scalar().context("cannot read a result back from the device")?;
            Ok(total / self.images as f32)
        };
        Ok(Score { loss: read(&self.loss)?, accuracy: read(&self.correct)? })
    }
}
