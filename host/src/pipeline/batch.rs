//! What a training step gets: normalized images and soft labels.

use cutmix_core::{Layout, Shape};

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

    /// Covers the middle of every image, half as wide and half as high, with `color`, a value a channel: what is hidden in the CutMix paper's test of
    /// robustness (its section 4.4, "center occlusion").
    ///
    /// # Panics
    ///
    /// If `color` has no value for a channel.
    pub fn cover_middle(&mut self, color: &[f32]) {
        let [width, height, channels] =
            [self.shape.width(), self.shape.height(), self.shape.channels()].map(usize::from);
        let (left, top) = ((width - width / 2) / 2, (height - height / 2) / 2);
        for image in self.pixels.chunks_exact_mut(self.shape.len()) {
            for y in top..top + height / 2 {
                for x in left..left + width / 2 {
                    for (channel, &value) in color.iter().enumerate().take(channels) {
                        let at = match self.shape.layout() {
                            Layout::Chw => (channel * height + y) * width + x,
                            Layout::Hwc => (y * width + x) * channels + channel,
                        };
                        image[at] = value;
                    }
                }
            }
        }
    }
}
