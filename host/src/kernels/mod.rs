//! The CPU's own kernels for a residual network: on flex, Burn's convolution and normalisation spend most of a step moving
//! data around, on one thread. Every other device keeps Burn's.
//!
//! Images are `[batch, height, width, channels]` here, so that one vector holds neighbouring channels.

#![allow(clippy::inline_always, reason = "pulp compiles for an instruction set only what is inlined into its dispatch")]

use burn::backend::Dispatch;
use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

pub mod conv;
pub mod norm;
mod ops;

pub use pulp::Arch;

use ops::ResidualOps;

/// Whether `device` is the one that these kernels are for.
#[must_use]
pub fn run_on(device: &Device) -> bool {
    *device == Device::flex()
}

/// What `layer` computes of `x`, `[batch, height, width, channels]`, if it has a square kernel, one stride and Keras's
/// `same` padding.
///
/// # Panics
///
/// If the channels differ or the device is not flex.
#[must_use]
pub fn conv(layer: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let y = conv_same(x, layer.weight.val(), layer.stride[0]);
    match &layer.bias {
        Some(bias) => y + bias.val().reshape([1, 1, 1, -1]),
        None => y,
    }
}

/// `ReLU` of what `layer` computes of `x`, plus `shortcut`, all `[batch, height, width, channels]`; on an autodiff device it
/// updates the running statistics as `layer` does.
///
/// # Panics
///
/// If the shapes differ or the device is not flex.
#[must_use]
pub fn norm_relu_of(layer: &BatchNorm, x: Tensor<4>, shortcut: Option<Tensor<4>>) -> Tensor<4> {
    let [gamma, beta] = [layer.gamma.val(), layer.beta.val()];
    if !x.device().is_autodiff() {
        let [mean, variance] = [layer.running_mean.value(), layer.running_var.value()];
        return ops::norm_relu_by(x, [gamma, beta, mean, variance], shortcut, layer.epsilon);
    }
    let (y, batch) = norm_relu(x, [gamma, beta], shortcut, layer.epsilon);
    for (running, batch) in [&layer.running_mean, &layer.running_var].into_iter().zip(batch) {
        let kept = running.value_sync() * (1.0 - layer.momentum);
        running.update((kept + batch * layer.momentum).detach());
    }
    y
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

/// `ReLU` of `shortcut` plus the batch normalisation of `x`, both `[batch, height, width, channels]`, by the statistics of
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
