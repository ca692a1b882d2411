//! Batches on their way to the network.

use burn::tensor::{Device, Int, Tensor, TensorData};
use cutmix_core::{Layout, Shape};
use rayon::prelude::*;
use resnet_kernels as kernels;

use crate::data::Normalization;
use crate::pipeline::Batch;

/// The images, `[batch, channels, height, width]`, normalized, and the soft labels, `[batch, classes]`, of `batch` on `device`.
#[must_use]
pub fn to_device(batch: Batch, normalization: &Normalization, device: &Device) -> (Tensor<4>, Tensor<2>) {
    let Batch { images, shape, classes, pixels, labels } = batch;
    let labels = Tensor::from_data(TensorData::new(labels, [images, classes]), device);
    (images_to_device(pixels, shape, normalization, device), labels)
}

/// Images of `shape`, whose bytes are `pixels`, as `[batch, channels, height, width]` on `device`: what [`Normalization::tables`] has for each byte, the same
/// bits on every device.
#[must_use]
pub fn images_to_device(pixels: Vec<u8>, shape: Shape, normalization: &Normalization, device: &Device) -> Tensor<4> {
    let images = pixels.len() / shape.len();
    let values = if kernels::run_on(device) {
        let tables = normalization.tables();
        let mut values = vec![0.0; pixels.len()];
        let rooms = values.par_chunks_exact_mut(shape.len()).zip(pixels.par_chunks_exact(shape.len()));
        rooms.for_each(|(values, image)| tables.apply(image, shape, values));
        Tensor::from_data(TensorData::new(values, [images * shape.len()]), device)
    } else {
        look_up(pixels, shape, normalization, device)
    };
    let [channels, height, width] = [shape.channels(), shape.height(), shape.width()].map(usize::from);
    match shape.layout() {
        Layout::Chw => values.reshape([images, channels, height, width]),
        Layout::Hwc => values.reshape([images, height, width, channels]).permute([0, 3, 1, 2]),
    }
}

/// The same on a device that is far away: bytes go there, four in a word, since not every GPU has bytes, and become numbers there. Looked up as on the CPU,
/// they are the same bits, whatever the GPU's division is.
#[must_use]
pub fn look_up(mut pixels: Vec<u8>, shape: Shape, normalization: &Normalization, device: &Device) -> Tensor<1> {
    let len = pixels.len();
    pixels.resize(len.next_multiple_of(4), 0);
    let words: Vec<i32> = pixels.as_chunks::<4>().0.iter().map(|&bytes| i32::from_le_bytes(bytes)).collect();
    let words = Tensor::<1, Int>::from_data(TensorData::new(words, [pixels.len() / 4]), device).unsqueeze_dim::<2>(1);
    let bytes = [0, 8, 16, 24].map(|shift| words.clone().bitwise_right_shift_scalar(shift).bitwise_and_scalar(0xFF));
    let bytes: Tensor<1, Int> = Tensor::cat(bytes.to_vec(), 1).flatten::<1>(0, 1).slice(0..len);

    let channels = usize::from(shape.channels());
    let tables = Tensor::<1>::from_data(TensorData::new(normalization.tables().values(), [channels * 256]), device);
    // A table a channel, one after the other.
    let first = Tensor::<1, Int>::arange(0..channels as i64, device).mul_scalar(256);
    let (images, plane) = (len / shape.len(), shape.len() / channels);
    let places = match shape.layout() {
        Layout::Chw => bytes.reshape([images, channels, plane]) + first.reshape([1, channels, 1]),
        Layout::Hwc => bytes.reshape([images, plane, channels]) + first.reshape([1, 1, channels]),
    };
    tables.select(0, places.flatten::<1>(0, 2))
}
