//! What a training step gets: normalized images and soft labels.

use cutmix_core::Shape;

use super::epoch::Sample;
use super::mix::{label_into, mix_into};
use crate::data::{Dataset, Normalization};

/// Images and labels of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Number of images.
    pub images: usize,
    /// Shape of each image, with the layout of its values.
    pub shape: Shape,
    /// Number of classes.
    pub classes: usize,
    /// Normalized values, one image after the other, each in the layout of `shape`.
    pub pixels: Vec<f32>,
    /// Soft labels, one image after the other, one element a class.
    pub labels: Vec<f32>,
}

impl Batch {
    /// Mixes `samples` of `data`, whose labels lie below `classes`.
    ///
    /// # Panics
    ///
    /// If a label is `classes` or more.
    #[must_use]
    pub fn new(data: &Dataset, classes: usize, normalization: &Normalization, samples: &[Sample]) -> Self {
        let tables = normalization.tables();
        let mut image = vec![0; data.shape().len()];
        let mut pixels = Vec::with_capacity(samples.len() * image.len());
        let mut labels = vec![0.0; samples.len() * classes];
        for (sample, soft) in samples.iter().zip(labels.chunks_exact_mut(classes)) {
            mix_into(&mut image, data, sample);
            label_into(soft, data, sample);
            tables.apply(&image, data.shape(), &mut pixels);
        }
        Self { images: samples.len(), shape: data.shape(), classes, pixels, labels }
    }
}
