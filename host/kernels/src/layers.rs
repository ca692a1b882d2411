//! Burn's layers, computed by these kernels.

use burn::backend::Dispatch;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use crate::ops::{self, ResidualOps};

/// Whether `device` is the one that these kernels are for.
#[must_use]
pub fn run_on(device: &Device) -> bool {
    *device == Device::flex()
}

/// What `layer` computes of `x`, `[batch, height, width, channels]`.
///
/// # Panics
///
/// If `layer` is of a kind that these kernels do not compute: a kernel that is not square, two strides, a dilation, groups, or a padding
/// other than `Same`. If the channels differ or the device is not flex.
#[must_use]
pub fn conv(layer: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let [stride, other_stride] = layer.stride;
    assert!(
        stride == other_stride
            && layer.dilation == [1, 1]
            && layer.groups == 1
            && matches!(layer.padding, PaddingConfig2d::Same),
        "these kernels compute convolutions with one stride, no dilation, no groups and `Same` padding, and this one is {layer}"
    );
    let y = conv_same(x, layer.weight.val(), stride);
    match &layer.bias {
        Some(bias) => y + bias.val().reshape([1, 1, 1, -1]),
        None => y,
    }
}

/// `ReLU` of what `layer` computes of `x`, plus `shortcut`, all `[batch, height, width, channels]`.
///
/// As `layer` itself does it, this normalizes by the statistics of `x` on an autodiff device, and updates the running ones; on another
/// device, and where `layer` is frozen, it normalizes by the running statistics and leaves them as they are.
///
/// # Panics
///
/// If the shapes differ or the device is not flex.
#[must_use]
pub fn norm_relu_of(layer: &BatchNorm, x: Tensor<4>, shortcut: Option<Tensor<4>>) -> Tensor<4> {
    let [gamma, beta] = [layer.gamma.val(), layer.beta.val()];
    match (x.device().is_autodiff(), layer.training.is_enabled()) {
        (true, true) => {
            let (y, batch) = norm_relu(x, [gamma, beta], shortcut, layer.epsilon);
            for (running, batch) in [&layer.running_mean, &layer.running_var].into_iter().zip(batch) {
                let kept = running.value_sync() * (1.0 - layer.momentum);
                running.update((kept + batch * layer.momentum).detach());
            }
            y
        }
        // Gradients pass through a frozen layer too. Too rare for a kernel of its own.
        (true, false) => {
            let y = layer.forward(x.permute([0, 3, 1, 2])).permute([0, 2, 3, 1]);
            relu(match shortcut {
                Some(shortcut) => y + shortcut,
                None => y,
            })
        }
        (false, _) => {
            let [mean, variance] = [layer.running_mean.value(), layer.running_var.value()];
            ops::norm_relu_by(x, [gamma, beta, mean, variance], shortcut, layer.epsilon)
        }
    }
}

/// Convolution of `x`, `[batch, height, width, inputs]`, with `kernel`, `[outputs, inputs, side, side]`, padded as Keras's
/// `same`: `[batch, ⌈height ÷ stride⌉, ⌈width ÷ stride⌉, outputs]`. Differentiable.
///
/// # Panics
///
/// If the channels differ, the kernel is not square, or the device is not flex.
#[must_use]
pub fn conv_same(x: Tensor<4>, kernel: Tensor<4>, stride: usize) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ResidualOps>::conv_same(x.into_dispatch(), kernel.into_dispatch(), stride))
}

/// `ReLU` of `shortcut` plus the batch normalization of `x`, both `[batch, height, width, channels]`, by the statistics of
/// `x` itself, with the channels' mean and biased variance. Differentiable in all but these two.
///
/// # Panics
///
/// If the shapes differ or the device is not flex.
#[must_use]
pub fn norm_relu(
    x: Tensor<4>,
    [gamma, beta]: [Tensor<1>; 2],
    shortcut: Option<Tensor<4>>,
    epsilon: f64,
) -> (Tensor<4>, [Tensor<1>; 2]) {
    let (x, gamma, beta) = (x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch());
    let (y, mean, variance) = match shortcut.map(Tensor::into_dispatch) {
        Some(shortcut) => <Dispatch as ResidualOps>::norm_add_relu(x, gamma, beta, shortcut, epsilon),
        None => <Dispatch as ResidualOps>::norm_relu(x, gamma, beta, epsilon),
    };
    (Tensor::from_dispatch(y), [mean, variance].map(Tensor::from_dispatch))
}
