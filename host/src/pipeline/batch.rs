//! What a training step gets: mixed images and soft labels.

use anyhow::Result;
use cutmix_core::{Layout, Shape};

use super::epoch::Sample;
use super::mix::{label_into, mix_into};
use crate::data::Dataset;

/// Images and labels of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Number of images.
    pub images: usize,
    /// Shape of each image.
    pub shape: Shape,
    /// Number of classes.
    pub classes: usize,
    /// The images' bytes, one image after the other: a quarter of what they are as floats, on the way to a GPU too.
    pub pixels: Vec<u8>,
    /// Soft labels, one image after the other, one element a class.
    pub labels: Vec<f32>,
}

impl Batch {
    /// Mixes `samples` of `data`, whose labels lie below `classes`.
    ///
    /// # Errors
    ///
    /// If an image cannot be read.
    ///
    /// # Panics
    ///
    /// If a label is `classes` or more.
    pub fn new(data: &Dataset, classes: usize, samples: &[Sample]) -> Result<Self> {
        data.prefetch(samples.iter().flat_map(Sample::shown));
        let shape = data.shape();
        let mut pixels = vec![0; samples.len() * shape.len()];
        let mut labels = vec![0.0; samples.len() * classes];
        let rooms = pixels.chunks_exact_mut(shape.len()).zip(labels.chunks_exact_mut(classes));
        for (sample, (image, soft)) in samples.iter().zip(rooms) {
            mix_into(image, data, sample)?;
            label_into(soft, data, sample);
        }
        Ok(Self { images: samples.len(), shape, classes, pixels, labels })
    }

    /// Covers the middle of every image, half as wide and half as high, with black: what is hidden in the CutMix paper's test of robustness (its
    /// section 4.4, "center occlusion").
    pub fn cover_middle(&mut self) {
        let [width, height, channels] =
            [self.shape.width(), self.shape.height(), self.shape.channels()].map(usize::from);
        let (left, top) = ((width - width / 2) / 2, (height - height / 2) / 2);
        let (pixel, planes) = match self.shape.layout() {
            Layout::Chw => (1, channels),
            Layout::Hwc => (channels, 1),
        };
        let plane = self.shape.len() / planes;
        for plane in self.pixels.chunks_exact_mut(plane) {
            for row in plane.chunks_exact_mut(width * pixel).skip(top).take(height / 2) {
                row[left * pixel..(left + width / 2) * pixel].fill(0);
            }
        }
    }
}
