//! Scores: while a network learns, and of a network that does not.

use anyhow::{Context as _, Result};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::loss::log_likelihoods;
use crate::network::{ResNet, to_device};
use crate::pipeline::{Batch, Loader};
use crate::results::{Evaluation, Score};
use crate::terminal::signals;

/// Images that are scored together at most, where nothing is learned: more are not faster.
const TOGETHER: usize = 250;

/// The loss is a sum of means of so many images, each in f32. It has nothing to do with how many are scored together, so that a score does not
/// depend on that: published ones were summed this way.
const MEANS_OF: usize = 250;

/// Scores `model` on the images of `loader` as they are, at most `batch_size` of them together: so scoring takes no more memory than training
/// with that batch size does, and the score does not depend on it.
///
/// # Errors
///
/// If the result cannot be read back from the device, or the user wants to stop.
pub fn evaluate(model: &ResNet, loader: &Loader, batch_size: usize, device: &Device) -> Result<Evaluation> {
    evaluate_as(model, loader, batch_size, device, |_| ())
}

/// As [`evaluate`], with the middle of each image [covered](Batch::cover_middle) with black.
///
/// # Errors
///
/// As [`evaluate`].
pub fn evaluate_covered(model: &ResNet, loader: &Loader, batch_size: usize, device: &Device) -> Result<Evaluation> {
    let black = loader.normalization.black();
    evaluate_as(model, loader, batch_size, device, |batch| batch.cover_middle(&black))
}

fn evaluate_as(
    model: &ResNet,
    loader: &Loader,
    batch_size: usize,
    device: &Device,
    change: impl Fn(&mut Batch),
) -> Result<Evaluation> {
    const UNREADABLE: &str = "cannot read a result back from the device";
    let mut losses: Vec<f32> = Vec::with_capacity(loader.images());
    let mut predictions = Vec::with_capacity(loader.images());
    let mut confidences = Vec::with_capacity(loader.images());
    let mut right = 0_usize;
    for mut batch in loader.batches(loader.in_order(), batch_size.min(TOGETHER)) {
        signals::check()?;
        change(&mut batch);
        let (pixels, labels) = to_device(batch, device);
        let logits = model.forward(pixels);
        let labeled = labels.clone().argmax(1).try_into_data().context(UNREADABLE)?;
        let likeliest = logits.clone().argmax(1).try_into_data().context(UNREADABLE)?;
        let highest = log_softmax(logits.clone(), 1).max_dim(1).exp().try_into_data().context(UNREADABLE)?;
        losses.extend(log_likelihoods(logits, labels).try_into_data().context(UNREADABLE)?.iter::<f32>());
        right += likeliest
            .iter::<i64>()
            .zip(labeled.iter::<i64>())
            .filter(|(likeliest, labeled)| likeliest == labeled)
            .count();
        predictions.extend(likeliest.iter::<i64>().map(|class| class as u16));
        confidences.extend(highest.iter::<f32>());
    }

    let mut sum = Tensor::<1>::zeros([1], device);
    for losses in losses.chunks(MEANS_OF) {
        let images = losses.len();
        let losses = Tensor::<2>::from_data(TensorData::new(losses.to_vec(), [images, 1]), device);
        sum = sum + -losses.mean() * images as f32;
    }
    let images = losses.len() as f32;
    let score = Score { loss: read(&sum)? / images, accuracy: right as f32 / images };
    Ok(Evaluation { score, predictions, confidences })
}

/// Loss and correct answers so far, kept on the device.
pub(super) struct Sum {
    loss: Tensor<1>,
    correct: Tensor<1>,
    pub images: usize,
}

impl Sum {
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
