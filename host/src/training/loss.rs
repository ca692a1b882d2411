//! What a step makes smaller.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

use crate::settings::{Balance, TrainingSettings};

/// The loss of a training: cross-entropy against soft labels, these smoothed and weighted as the settings say.
pub struct TrainingLoss {
    smoothing: f64,
    /// Of each class, `[1, classes]`; none where all count alike.
    weights: Option<Tensor<2>>,
}

impl TrainingLoss {
    /// Of a training on images with these `labels`, of so many `classes`, on `device`.
    #[must_use]
    pub fn new(
        settings: &TrainingSettings,
        labels: impl Iterator<Item = u16>,
        classes: usize,
        device: &Device,
    ) -> Self {
        let weights = match settings.balance {
            Balance::None => None,
            Balance::ClassWeights => {
                Some(Tensor::from_data(TensorData::new(class_weights(labels, classes), [1, classes]), device))
            }
        };
        Self { smoothing: settings.label_smoothing, weights }
    }

    /// Mean over the images, in nats, `[1]`, of `logits` against `labels`, both `[batch, classes]`.
    #[must_use]
    pub fn of(&self, logits: Tensor<2>, labels: Tensor<2>) -> Tensor<1> {
        let mut labels = smoothed(labels, self.smoothing);
        if let Some(weights) = &self.weights {
            labels = labels * weights.clone();
        }
        soft_cross_entropy(logits, labels)
    }
}

/// Mean cross-entropy, in nats, `[1]`, of `logits` against soft labels, both `[batch, classes]`.
#[must_use]
pub fn soft_cross_entropy(logits: Tensor<2>, soft: Tensor<2>) -> Tensor<1> {
    -log_likelihoods(logits, soft).mean()
}

/// Soft labels `[batch, classes]` with the share `smoothing` of each spread over all classes.
#[must_use]
pub fn smoothed(soft: Tensor<2>, smoothing: f64) -> Tensor<2> {
    let [_, classes] = soft.dims();
    if smoothing == 0.0 { soft } else { soft * (1.0 - smoothing) + smoothing / classes as f64 }
}

/// The weight of each class by which all classes count alike, however many images each has: images ÷ (classes × images of this one), counting
/// classes that have images; 0 for one that has none. The mean over all images is 1. It is what scikit-learn calls `balanced` (King and Zeng
/// 2001).
#[must_use]
pub fn class_weights(labels: impl Iterator<Item = u16>, classes: usize) -> Vec<f32> {
    let mut counts = vec![0_usize; classes];
    labels.for_each(|label| counts[usize::from(label)] += 1);
    let images: usize = counts.iter().sum();
    let present = counts.iter().filter(|count| **count > 0).count();
    let weight = |count| if count == 0 { 0.0 } else { (images as f64 / (present * count) as f64) as f32 };
    counts.into_iter().map(weight).collect()
}

/// The cross-entropy of each image with the sign turned, `[batch, 1]`.
pub(super) fn log_likelihoods(logits: Tensor<2>, soft: Tensor<2>) -> Tensor<2> {
    (log_softmax(logits, 1) * soft).sum_dim(1)
}
