//! Batches on their way to the network.

use burn::tensor::{Device, Tensor, TensorData};
use cutmix_core::Layout;

use crate::pipeline::Batch;

/// The images, `[batch, channels, height, width]`, and the soft labels, `[batch, classes]`, of `batch` on `device`. No value is copied on the
/// way to a tensor.
#[must_use]
pub fn to_device(batch: Batch, device: &Device) -> (Tensor<4>, Tensor<2>) {
    let Batch { images, shape, classes, pixels, labels } = batch;
    let [channels, height, width] = [shape.channels(), shape.height(), shape.width()].map(usize::from);
    let pixels = |sides: [usize; 4]| Tensor::from_data(TensorData::new(pixels, sides), device);
    let pixels = match shape.layout() {
        Layout::Chw => pixels([images, channels, height, width]),
        Layout::Hwc => pixels([images, height, width, channels]).permute([0, 3, 1, 2]),
    };
    (pixels, Tensor::from_data(TensorData::new(labels, [images, classes]), device))
}
