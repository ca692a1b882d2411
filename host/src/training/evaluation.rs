//! Scores: while a network learns, and of a network that does not.

use anyhow::{Context as _, Result};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::loss::log_likelihoods;
use crate::network::{ResNet, to_device};
use crate::pipeline::{Batch, Loader};
use crate::ranks::Ranks;
use crate::results::{Evaluation, Score};
use crate::terminal::signals;

const UNREADABLE: &str = "cannot read a result back from the device";

/// Images that are scored together at most, where nothing is learned: more are not faster.
const TOGETHER: usize = 250;

/// The loss is a sum of means of so many images, each in f32. It has nothing to do with how many are scored together, so that a score does not
/// depend on that: published ones were summed this way.
const MEANS_OF: usize = 250;

/// Scores `model` on the images of `loader` as they are, at most `batch_size` of them together: so scoring takes no more memory than training
/// with that batch size does, and the score does not depend on it. Several processes share the images, and all of them have the score.
///
/// # Errors
///
/// If an image cannot be read, the result cannot be read back from the device, or the user wants to stop.
pub fn evaluate(
    model: &ResNet,
    loader: &Loader,
    batch_size: usize,
    device: &Device,
    ranks: Ranks,
) -> Result<Evaluation> {
    evaluate_as(model, loader, batch_size, device, ranks, |_| ())
}

/// As [`evaluate`], with the middle of each image [covered](Batch::cover_middle) with black.
///
/// # Errors
///
/// As [`evaluate`].
pub fn evaluate_covered(
    model: &ResNet,
    loader: &Loader,
    batch_size: usize,
    device: &Device,
    ranks: Ranks,
) -> Result<Evaluation> {
    evaluate_as(model, loader, batch_size, device, ranks, Batch::cover_middle)
}

/// What is known of an image: the class that is the likeliest, as a number, how likely it is, its log-likelihood by its label, and whether the class is right.
type Scored = [f32; 4];

fn evaluate_as(
    model: &ResNet,
    loader: &Loader,
    batch_size: usize,
    device: &Device,
    ranks: Ranks,
    change: impl Fn(&mut Batch),
) -> Result<Evaluation> {
    // As many for each process, but for the last ones.
    let each = loader.images().div_ceil(ranks.count);
    let mine = loader.in_order().into_iter().skip(ranks.rank * each).take(each).collect();
    let mut scored: Vec<Scored> = Vec::with_capacity(each);
    for batch in loader.batches(mine, batch_size.min(TOGETHER)) {
        signals::check()?;
        let mut batch = batch?;
        change(&mut batch);
        let labeled: Vec<u16> = batch.labels.chunks_exact(batch.classes).map(likeliest).collect();
        let (pixels, labels) = to_device(batch, &loader.normalization, device);
        let logits = model.forward(pixels);
        let predicted = logits.clone().argmax(1).float();
        let highest = log_softmax(logits.clone(), 1).max_dim(1).exp();
        // Together, since each reading waits for the device. Numbers of classes are exact in f32.
        let read = Tensor::cat(vec![predicted, highest, log_likelihoods(logits, labels)], 1).try_into_data();
        let read = read.context(UNREADABLE)?.iter::<f32>().collect::<Vec<_>>();
        scored.extend(read.as_chunks::<3>().0.iter().zip(labeled).map(|(&[predicted, highest, loss], labeled)| {
            [predicted, highest, loss, f32::from(u8::from(predicted as u16 == labeled))]
        }));
    }
    scored.resize(each, [0.0; 4]);
    let all = ranks.gather(scored.into_flattened())?;
    let all = &all.as_chunks::<4>().0[..loader.images()];
    let losses: Vec<f32> = all.iter().map(|[_, _, loss, _]| *loss).collect();
    let predictions = all.iter().map(|[predicted, ..]| *predicted as u16).collect();
    let confidences = all.iter().map(|[_, highest, ..]| *highest).collect();
    let right = all.iter().filter(|[.., right]| *right > 0.0).count();

    let mut sum = Tensor::<1>::zeros([1], device);
    for losses in losses.chunks(MEANS_OF) {
        let images = losses.len();
        let losses = Tensor::<2>::from_data(TensorData::new(losses.to_vec(), [images, 1]), device);
        sum = sum + -losses.mean() * images as f32;
    }
    let images = losses.len() as f32;
    let score =
        Score { loss: sum.try_into_scalar::<f32>().context(UNREADABLE)? / images, accuracy: right as f32 / images };
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
        Ok(self.read()?.map(f32::to_bits))
    }

    pub fn add(&mut self, mean_loss: Tensor<1>, logits: Tensor<2>, labels: Tensor<2>, images: usize) {
        let correct = logits.argmax(1).equal(labels.argmax(1)).int().sum().float();
        self.loss = self.loss.clone() + mean_loss * images as f32;
        self.correct = self.correct.clone() + correct;
        self.images += images;
    }

    /// As [`add`](Self::add), of what was read from the device already.
    pub fn add_read(&mut self, [mean_loss, correct]: [f32; 2], images: usize) {
        self.loss = self.loss.clone() + mean_loss * images as f32;
        self.correct = self.correct.clone() + correct;
        self.images += images;
    }

    pub fn score(&self) -> Result<Score> {
        let images = self.images as f32;
        let [loss, correct] = self.read()?.map(|sum| sum / images);
        Ok(Score { loss, accuracy: correct })
    }

    /// Both at once, since each reading waits for the device.
    fn read(&self) -> Result<[f32; 2]> {
        let read = Tensor::cat(vec![self.loss.clone(), self.correct.clone()], 0).try_into_data().context(UNREADABLE)?;
        let sums: Vec<f32> = read.iter::<f32>().collect();
        sums.try_into().ok().context(UNREADABLE)
    }
}

/// The class of the highest weight, the first of several.
fn likeliest(soft: &[f32]) -> u16 {
    let best = (0..soft.len()).reduce(|best, class| if soft[class] > soft[best] { class } else { best });
    best.unwrap_or_default() as u16
}
