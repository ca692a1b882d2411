//! What each layer of ResNet-20 costs beside Burn's own, forward and backward: `cargo bench -p resnet-kernels --bench kernels --profile dev`.
//!
//! Batches of 32 images of 32×32 pixels, on all cores. Both take turns; the times are medians, in milliseconds. The results of both are compared first.

use std::time::Instant;

use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Distribution, Tensor};

const BATCH: usize = 32;
const WARM: usize = 3;
const TURNS: usize = 15;

/// Inputs, outputs, side of the images, side of the kernel, stride.
const CONVOLUTIONS: [[usize; 5]; 7] = [
    [3, 16, 32, 3, 1],
    [16, 16, 32, 3, 1],
    [16, 32, 32, 3, 2],
    [16, 32, 32, 1, 2],
    [32, 32, 16, 3, 1],
    [32, 64, 16, 3, 2],
    [64, 64, 8, 3, 1],
];

/// Channels, side of the images.
const NORMS: [[usize; 2]; 3] = [[16, 32], [32, 16], [64, 8]];

fn main() {
    let device = Device::flex().autodiff();
    device.seed(1);
    println!("{:<46} {:>9} {:>9} {:>7}", "forward and backward, ms", "ours", "Burn's", "ratio");
    for [inputs, outputs, side, kernel, stride] in CONVOLUTIONS {
        let layer = Conv2dConfig::new([inputs, outputs], [kernel, kernel])
            .with_stride([stride, stride])
            .with_padding(PaddingConfig2d::Same)
            .with_bias(false)
            .init(&device);
        let name = format!("convolution {inputs}→{outputs}, {side}×{side}, {kernel}×{kernel}, stride {stride}");
        line(&name, [BATCH, inputs, side, side], &device, &layer, resnet_kernels::conv, Conv2d::forward);
    }
    for [channels, side] in NORMS {
        let layer = BatchNormConfig::new(channels).init(&device);
        let name = format!("normalization and ReLU, {channels} channels, {side}×{side}");
        let ours = |layer: &BatchNorm, x| resnet_kernels::norm_relu_of(layer, x, None);
        line(&name, [BATCH, channels, side, side], &device, &layer, ours, |layer, x| relu(layer.forward(x)));
    }
}

/// Times `ours`, channels last, and `burns`, channels first, by turns.
fn line<L>(
    name: &str,
    sides: [usize; 4],
    device: &Device,
    layer: &L,
    ours: impl Fn(&L, Tensor<4>) -> Tensor<4>,
    burns: impl Fn(&L, Tensor<4>) -> Tensor<4>,
) {
    let x = Tensor::<4>::random(sides, Distribution::Normal(0.0, 1.0), device);
    // A layout of its own memory, as a layer before would leave it.
    let last = Tensor::from_data(x.clone().permute([0, 2, 3, 1]).into_data(), device);
    let (y, other) = (ours(layer, last.clone()).permute([0, 3, 1, 2]), burns(layer, x.clone()));
    let apart: f32 = (y - other.clone()).abs().max().into_scalar();
    let largest: f32 = other.abs().max().into_scalar();
    assert!(apart <= 1e-5 * largest, "{name}: the results are {apart} apart");

    let (mut our_times, mut burn_times) = (Vec::new(), Vec::new());
    for turn in 0..WARM + TURNS {
        let times = [time(&last, |x| ours(layer, x)), time(&x, |x| burns(layer, x))];
        if turn >= WARM {
            our_times.push(times[0]);
            burn_times.push(times[1]);
        }
    }
    let ratios = burn_times.iter().zip(&our_times).map(|(burns, ours)| burns / ours).collect();
    println!("{name:<46} {:>9.2} {:>9.2} {:>6.1}×", median(our_times), median(burn_times), median(ratios));
}

/// Milliseconds of one pass forward and back.
fn time(x: &Tensor<4>, pass: impl Fn(Tensor<4>) -> Tensor<4>) -> f64 {
    let x = Param::from_tensor(x.clone()).val().require_grad();
    let started = Instant::now();
    let gradients = pass(x.clone()).sum().backward();
    assert!(x.grad(&gradients).is_some());
    1e3 * started.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
