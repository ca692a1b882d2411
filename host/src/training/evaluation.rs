//! Scores: while a network learns, and of a network that does not.

use anyhow::{Context as _, Result};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor};

use crate::network::{ResNet, to_device};
use crate::pipeline::Loader;
use crate::results::{Evaluation, Score};

/// Images per step where nothing is learned.
const EVALUATION_BATCH: usize = 250;

/// Scores `model` on the images of `loader` as they are.
///
/// # Errors
///
/// If the result cannot be read back from the device.
pub fn evaluate(model: &ResNet, loader: &Loader, device: &Device) -> Result<Evaluation> {
    let mut sum = Sum::new(device);
    let mut predictions = Vec::with_capacity(loader.images());
    for batch in loader.batches(loader.in_order(), EVALUATION_BATCH) {
        let images = batch.images;
        let (pixels, labels) = to_device(batch, device);
        let logits = model.forward(pixels);
        let loss = soft_cross_entropy(logits.clone(), labels.clone());
        sum.add(loss, logits.clone(), labels, images);
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

/// Loss and correct answers so far, kept on the device.
pub(super) struct Sum {
    loss: Tensor<1>,
    correct: Tensor<1>,
    pub images: usize,
}

impl Sum {
    pub fn new(device: &Device) -> Self {
        Self { loss: Tensor::zeros([1], device), correct: Tensor::zeros([1], device), images: 0 }
    }

    /// As it was when [`bits`](Self::bits) were taken of it, after so many images.
    pub fn from_bits(bits: [u32; 2], images: usize, device: &Device) -> Self {
        let [loss, correct] = bits.map(|bits| Tensor::from_data([f32::from_bits(bits)], device));
        Self { loss, correct, images }
    }

    /// Loss and correct answers, without a digit lost.
    pub fn bits(&self) -> Result<[u32; 2]> {
        Ok([read(&self.loss)?.to_bits(), read(&self.correct)?.to_bits()])
    }

    pub fn add(&mut self, mean_loss: Tensor<1>, logits: Tensor<2>, labels: Tensor<2>, images: usize) {
        let correct = logits.argmax(1).equal(labels.argmax(1)).int().sum().float();
        self.loss = self.loss.clone() + mean_loss * images as f32;
        self.correct = self.correct.clone() + correct;
        self.images += images;
    }

    pub fn score(&self) -> Result<Score> {
        let images = self.images as f32;
        Ok(Score { loss: read(&self.loss)? / images, accuracy: read(&self.correct)? / images })
    }
}

fn read(sum: &Tensor<1>) -> Result<f32> {
    sum.clone().try_into_scalar().context("cannot read a result back from the device")
}
