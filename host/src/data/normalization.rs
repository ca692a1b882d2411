//! How bytes become the numbers that the network is given.

use cutmix_core::{Layout, Shape};
use serde::{Deserialize, Serialize};

use super::dataset::Dataset;

/// How bytes become the numbers that the network is given: (value ÷ 255 − mean) ÷ deviation, a channel each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalization {
    /// Of each channel, of values 0 to 1.
    pub mean: Vec<f32>,
    /// Of each channel.
    pub deviation: Vec<f32>,
}

impl Normalization {
    /// Values 0 to 1.
    #[must_use]
    pub fn none(channels: u16) -> Self {
        Self { mean: vec![0.0; channels.into()], deviation: vec![1.0; channels.into()] }
    }

    /// Mean 0 and standard deviation 1 over all pixels of `images`; a channel that never varies is divided by 1.
    #[must_use]
    pub fn of(images: &Dataset) -> Self {
        let channels = usize::from(images.shape().channels());
        // Whole numbers, so that the order of summing does not change the result.
        let (mut sums, mut squares) = (vec![0_u64; channels], vec![0_u64; channels]);
        for index in 0..images.len() {
            let digest = images.digest(index);
            sums.iter_mut().zip(digest.sums).for_each(|(sum, of_image)| *sum += of_image);
            squares.iter_mut().zip(digest.squares).for_each(|(sum, of_image)| *sum += of_image);
        }
        let pixels = (images.len() * images.shape().len() / channels) as f64;
        let moments = |channel: usize| {
            let mean = sums[channel] as f64 / pixels;
            let variance = squares[channel] as f64 / pixels - mean * mean;
            (mean / 255.0, if variance > 0.0 { variance.sqrt() / 255.0 } else { 1.0 })
        };
        let (mean, deviation) =
            (0..channels).map(moments).map(|(mean, deviation)| (mean as f32, deviation as f32)).unzip();
        Self { mean, deviation }
    }

    /// What each value of each channel becomes: one division for each of 256 values, instead of one for each pixel.
    #[must_use]
    pub fn tables(&self) -> Tables {
        let table =
            |(mean, deviation): (&f32, &f32)| core::array::from_fn(|value| (value as f32 / 255.0 - mean) / deviation);
        Tables(self.mean.iter().zip(&self.deviation).map(table).collect())
    }
}

/// A [`Normalization`] that is ready for use.
pub struct Tables(Vec<[f32; 256]>);

impl Tables {
    /// Writes the numbers of `image` to `out`, in the image's layout.
    pub fn apply(&self, image: &[u8], shape: Shape, out: &mut [f32]) {
        let plane = shape.len() / self.0.len();
        match shape.layout() {
            Layout::Chw => {
                for ((image, out), table) in image.chunks_exact(plane).zip(out.chunks_exact_mut(plane)).zip(&self.0) {
                    out.iter_mut().zip(image).for_each(|(out, &value)| *out = table[usize::from(value)]);
                }
            }
            Layout::Hwc => {
                for (image, out) in image.chunks_exact(self.0.len()).zip(out.chunks_exact_mut(self.0.len())) {
                    let values = out.iter_mut().zip(image).zip(&self.0);
                    values.for_each(|((out, &value), table)| *out = table[usize::from(value)]);
                }
            }
        }
    }

    /// All of them, 256 numbers a channel.
    #[must_use]
    pub fn values(&self) -> Vec<f32> {
        self.0.as_flattened().to_vec()
    }
}
