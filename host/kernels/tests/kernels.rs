//! The kernels, against their definitions in f64, which say how exact they are, and against Burn's own operations, which say
//! that the definitions are Burn's.

use burn::module::{Module as _, Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Distribution, Tensor};
use rand_core::Rng as _;
use resnet_kernels::{self as kernels, Arch, conv, norm};

mod exact;

use exact::{Near, assert_near};

/// Relative rounding error of one operation in f32: 2⁻²⁴.
const ROUNDING: f32 = f32::EPSILON / 2.0;

fn channels_last(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 2, 3, 1])
}

fn channels_first(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 3, 1, 2])
}

fn random<const D: usize>(sides: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(sides, Distribution::Normal(0.0, 1.0), device)
}

fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.to_data().try_into_vec().unwrap()
}

fn values_last(x: &Tensor<4>) -> Vec<f32> {
    values(&channels_last(x.clone()))
}

/// That both are the same thing; how exact ours is, `exact` says. Both sum `terms` products in an order of their own. A sum's error is a random walk of roundings, each at most
/// `ROUNDING` of a partial sum; eight deviations of the two walks are allowed, relative to the largest value.
fn assert_close<const D: usize>(what: &str, ours: &Tensor<D>, burns: &Tensor<D>, terms: usize) {
    assert_eq!(ours.dims(), burns.dims(), "{what}");
    let largest: f32 = burns.clone().abs().max().into_scalar();
    let difference: f32 = (ours.clone() - burns.clone()).abs().max().into_scalar();
    let allowed = 8.0 * (2.0 * terms as f32).sqrt() * ROUNDING * largest;
    assert!(difference <= allowed, "{what}: {difference} apart, {allowed} allowed, the largest is {largest}");
}

fn burns_conv(kernel: &Tensor<4>, stride: usize, device: &Device) -> Conv2d {
    let [outputs, inputs, side, _] = kernel.dims();
    let mut layer = Conv2dConfig::new([inputs, outputs], [side, side])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Same)
        .with_bias(false)
        .init(device);
    layer.weight = Param::from_tensor(kernel.clone());
    layer
}

/// `[batch, height, width, inputs, outputs, side, stride]`.
const CONVOLUTIONS: [[usize; 7]; 12] = [
    [2, 32, 32, 3, 16, 3, 1],
    [3, 32, 32, 16, 16, 3, 1],
    [3, 32, 32, 16, 32, 3, 2],
    [2, 16, 16, 32, 64, 1, 2],
    [5, 8, 8, 64, 64, 3, 1],
    [1, 5, 7, 1, 1, 3, 1],
    [1, 5, 7, 1, 1, 3, 2],
    [3, 7, 5, 3, 5, 3, 2],
    [2, 6, 10, 16, 48, 3, 1],
    [2, 19, 21, 20, 16, 3, 2],
    [1, 1, 1, 2, 32, 3, 2],
    [2, 9, 4, 8, 8, 5, 3],
];

#[test]
fn convolution_and_its_gradients_are_burns() {
    let device = Device::flex().autodiff();
    device.seed(1);
    for sizes in CONVOLUTIONS {
        let [batch, height, width, inputs, outputs, side, stride] = sizes;
        let x = random([batch, inputs, height, width], &device).require_grad();
        let kernel = random([outputs, inputs, side, side], &device).require_grad();
        let ours = channels_first(kernels::conv_same(channels_last(x.clone()), kernel.clone(), stride));
        let layer = burns_conv(&kernel, stride, &device);
        let burns = layer.forward(x.clone());
        assert_close(&format!("{sizes:?}"), &ours, &burns, inputs * side * side);

        let upstream = random(burns.dims(), &device);
        let y = ours.clone();
        let ours = (ours * upstream.clone()).sum().backward();
        let burns = (burns * upstream.clone()).sum().backward();
        let gradients = (x.grad(&ours).unwrap(), x.grad(&burns).unwrap());
        assert_close(&format!("{sizes:?}, x"), &gradients.0, &gradients.1, outputs * side * side);
        let gradients = (kernel.grad(&ours).unwrap(), layer.weight.val().grad(&burns).unwrap());
        let windows = batch * height.div_ceil(stride) * width.div_ceil(stride);
        assert_close(&format!("{sizes:?}, kernel"), &gradients.0, &gradients.1, windows);

        let conv = conv::Conv { images: batch, height, width, inputs, outputs, kernel: side, stride };
        let exact = exact::convolution(&conv, &values_last(&x), &values(&kernel), &values_last(&upstream));
        let ours = [values_last(&y), values_last(&x.grad(&ours).unwrap()), values(&gradients.0)];
        for (name, (ours, exact)) in ["y", "x", "kernel"].iter().zip(ours.iter().zip(exact)) {
            assert_near(&format!("{sizes:?}, {name}"), ours, &exact);
        }
    }
}

/// `[batch, channels, height, width]`.
const NORMS: [[usize; 4]; 6] =
    [[32, 16, 32, 32], [3, 64, 8, 8], [2, 32, 16, 16], [1, 1, 5, 7], [5, 3, 7, 5], [2, 24, 1, 3]];

/// What the network did before: Burn's normalization, an addition, `relu`.
fn burns_norm(layer: &BatchNorm, x: Tensor<4>, shortcut: Option<Tensor<4>>) -> Tensor<4> {
    let x = layer.forward(x);
    relu(match shortcut {
        Some(shortcut) => x + shortcut,
        None => x,
    })
}

#[test]
fn normalization_and_its_gradients_are_burns() {
    let device = Device::flex().autodiff();
    device.seed(2);
    for (sides, with_shortcut) in NORMS.into_iter().flat_map(|sides| [(sides, false), (sides, true)]) {
        let [batch, channels, height, width] = sides;
        let what = format!("{sides:?}, shortcut: {with_shortcut}");
        let count = batch * height * width;
        let config = BatchNormConfig::new(channels).with_epsilon(1e-3).with_momentum(0.25);
        let gamma = Param::from_tensor(random([channels], &device));
        let beta = Param::from_tensor(random([channels], &device));
        // Two, since a clone shares the running statistics.
        let [layer, burns_layer] =
            [(); 2].map(|()| BatchNorm { gamma: gamma.clone(), beta: beta.clone(), ..config.init(&device) });
        let x = (random(sides, &device) * 3.0 + 2.0).detach().require_grad();
        let shortcut = with_shortcut.then(|| random(sides, &device).require_grad());
        let upstream = random(sides, &device);

        let ours = kernels::norm_relu_of(&layer, channels_last(x.clone()), shortcut.clone().map(channels_last));
        let ours = channels_first(ours);
        let burns = burns_norm(&burns_layer, x.clone(), shortcut.clone());
        assert_close(&what, &ours, &burns, count);
        let running = |layer: BatchNorm| [layer.running_mean.value_sync(), layer.running_var.value_sync()];
        for (ours, burns) in running(layer).iter().zip(running(burns_layer)) {
            assert_close(&format!("{what}, running"), ours, &burns, count);
        }

        let y = ours.clone();
        let ours = (ours * upstream.clone()).sum().backward();
        let burns = (burns * upstream.clone()).sum().backward();
        assert_close(&format!("{what}, x"), &x.grad(&ours).unwrap(), &x.grad(&burns).unwrap(), count);
        for parameter in [gamma.val(), beta.val()] {
            let gradients = (parameter.grad(&ours).unwrap(), parameter.grad(&burns).unwrap());
            assert_close(&format!("{what}, parameter"), &gradients.0, &gradients.1, count);
        }
        if let Some(shortcut) = &shortcut {
            let gradients = (shortcut.grad(&ours).unwrap(), shortcut.grad(&burns).unwrap());
            assert_close(&format!("{what}, shortcut"), &gradients.0, &gradients.1, 1);
        }

        let near = |parameter: &Tensor<1>| values(parameter).into_iter().map(Near::from).collect::<Vec<_>>();
        let (image, gamma, beta) = (channels * height * width, gamma.val(), beta.val());
        let (x_values, y, dy) = (values_last(&x), values_last(&y), values_last(&upstream));
        let [mean, variance] = exact::statistics(&x_values, image, channels);
        let inverse: Vec<Near> = variance
            .iter()
            .map(|Near { value, error }| {
                let inverse = 1.0 / (value + 1e-3).sqrt();
                // The root's slope: half of the relative error.
                Near::rounded(inverse, inverse * error / (2.0 * (value + 1e-3)))
            })
            .collect();
        let scale: Vec<Near> =
            near(&gamma).into_iter().zip(&inverse).map(|(gamma, inverse)| gamma * *inverse).collect();
        let shortcut = shortcut.as_ref().map(values_last);
        let exact = exact::relu_of_norm(&x_values, [&mean, &scale, &near(&beta)], shortcut.as_deref());
        assert_near(&format!("{what}, y"), &y, &exact);
        let [dx, _, dgamma, dbeta] = exact::backward([&x_values, &y, &dy], image, [&mean, &inverse, &near(&gamma)]);
        assert_near(&format!("{what}, x"), &values_last(&x.grad(&ours).unwrap()), &dx);
        assert_near(&format!("{what}, gamma"), &values(&gamma.grad(&ours).unwrap()), &dgamma);
        assert_near(&format!("{what}, beta"), &values(&beta.grad(&ours).unwrap()), &dbeta);
    }
}

#[test]
fn normalization_without_training_is_burns() {
    let device = Device::flex();
    device.seed(3);
    for [batch, channels, height, width] in NORMS {
        let sides = [batch, channels, height, width];
        let mut layer = BatchNormConfig::new(channels).init(&device);
        layer.gamma = Param::from_tensor(random([channels], &device));
        layer.beta = Param::from_tensor(random([channels], &device));
        layer.running_mean = RunningState::new(random([channels], &device));
        layer.running_var = RunningState::new(random([channels], &device).abs() + 0.1);
        for shortcut in [None, Some(random(sides, &device))] {
            let x = random(sides, &device);
            let ours = kernels::norm_relu_of(&layer, channels_last(x.clone()), shortcut.clone().map(channels_last));
            let ours = channels_first(ours);
            assert_close(&format!("{sides:?}"), &ours, &burns_norm(&layer, x, shortcut), 4);
        }
    }
}

/// Partial fine-tuning freezes layers and leaves them on the device that trains: their running statistics must stay.
#[test]
fn a_frozen_normalization_keeps_its_statistics_and_passes_gradients_on() {
    let device = Device::flex().autodiff();
    device.seed(4);
    for [batch, channels, height, width] in NORMS {
        let sides = [batch, channels, height, width];
        let mut layer = BatchNormConfig::new(channels).init(&device);
        layer.running_mean = RunningState::new(random([channels], &device));
        layer.running_var = RunningState::new(random([channels], &device).abs() + 0.1);
        let layer = layer.freeze();
        let before = [layer.running_mean.value_sync(), layer.running_var.value_sync()].map(Tensor::into_data);
        let [x, shortcut] = [(); 2].map(|()| random(sides, &device).require_grad());
        let ours = kernels::norm_relu_of(&layer, channels_last(x.clone()), Some(channels_last(shortcut.clone())));
        let ours = channels_first(ours);
        let burns = burns_norm(&layer, x.clone(), Some(shortcut.clone()));
        assert_close(&format!("{sides:?}"), &ours, &burns, 4);
        let after = [layer.running_mean.value_sync(), layer.running_var.value_sync()].map(Tensor::into_data);
        assert_eq!(before, after, "{sides:?}");

        let upstream = random(sides, &device);
        let (ours, burns) = ((ours * upstream.clone()).sum().backward(), (burns * upstream).sum().backward());
        assert_close(&format!("{sides:?}, x"), &x.grad(&ours).unwrap(), &x.grad(&burns).unwrap(), 4);
        let gradients = (shortcut.grad(&ours).unwrap(), shortcut.grad(&burns).unwrap());
        assert_close(&format!("{sides:?}, shortcut"), &gradients.0, &gradients.1, 1);
    }
}

/// What a layer asks for beyond that must not be passed over in silence.
#[test]
fn convolutions_of_other_kinds_are_refused() {
    let device = Device::flex();
    let config = || Conv2dConfig::new([4, 4], [3, 3]).with_padding(PaddingConfig2d::Same);
    let kinds = [
        config().with_stride([1, 2]),
        config().with_dilation([2, 2]),
        config().with_groups(2),
        config().with_padding(PaddingConfig2d::Valid),
        config().with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)),
        Conv2dConfig::new([4, 4], [3, 5]).with_padding(PaddingConfig2d::Same),
    ];
    for kind in kinds {
        let layer = kind.init(&device);
        let x = random([1, 8, 8, 4], &device);
        let computed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| kernels::conv(&layer, x)));
        assert!(computed.is_err(), "{layer}");
    }
    assert_eq!(kernels::conv(&config().init(&device), random([1, 8, 8, 4], &device)).dims(), [1, 8, 8, 4]);
}

/// Numbers without a pattern that a mistake could hide in.
fn numbers(length: usize, seed: u64) -> Vec<f32> {
    let mut state = rand_pcg::Pcg32::new(seed, 0);
    (0..length).map(|_| state.next_u32() as f32 / u32::MAX as f32 - 0.4).collect()
}

/// What every result of every kernel is called.
const RESULTS: [&str; 11] =
    ["y", "dx", "dweights", "mean", "variance", "normed", "plain", "dx_of_norm", "dshortcut", "dgamma", "dbeta"];

/// Every result of every kernel.
fn everything(arch: Arch, sizes: [usize; 7]) -> [Vec<f32>; 11] {
    let [images, height, width, inputs, outputs, kernel, stride] = sizes;
    let conv = conv::Conv { images, height, width, inputs, outputs, kernel, stride };
    let x = numbers(images * height * width * inputs, 1);
    let weights = numbers(outputs * inputs * kernel * kernel, 2);
    let y = conv.forward(arch, &x, &weights);
    let dy = numbers(y.len(), 3);
    let dweights = conv.kernel_gradient(arch, &x, &dy);
    let mut dx = vec![0.0; x.len()];
    conv.input_gradient(arch, &weights, &mut dy.clone(), Some(&mut dx));
    if x.len() == y.len() {
        let mut in_place = dy.clone();
        conv.input_gradient(arch, &weights, &mut in_place, None);
        assert!(in_place == dx);
    }

    let image = y.len() / images;
    let norm::Statistics { mean, variance } = norm::statistics(arch, &y, image, outputs);
    let gamma = numbers(outputs, 4);
    let normed = norm::relu_of_norm(arch, &y, image, [&mean, &variance, &gamma], Some(&dy));
    let plain = norm::relu_of_norm(arch, &y, image, [&mean, &variance, &gamma], None);
    let per_channel = [&mean[..], &variance, &gamma];
    let (mut dshortcut, mut dx_of_norm) = (dy.clone(), vec![0.0; dy.len()]);
    let [dgamma, dbeta] =
        norm::backward(arch, [&y, &normed], &mut dshortcut, Some(&mut dx_of_norm), image, per_channel);
    let mut in_place = dy;
    assert!(norm::backward(arch, [&y, &normed], &mut in_place, None, image, per_channel) == [&*dgamma, &dbeta]);
    assert!(in_place == dx_of_norm);
    [y, dx, dweights, mean, variance, normed, plain, dx_of_norm, dshortcut, dgamma, dbeta]
}

/// The same by their definitions. A kernel that follows another is given what that one computed.
fn exact_results(sizes: [usize; 7], ours: &[Vec<f32>; 11]) -> [Vec<Near>; 11] {
    let [images, height, width, inputs, outputs, kernel, stride] = sizes;
    let conv = conv::Conv { images, height, width, inputs, outputs, kernel, stride };
    let [y, _, _, mean, variance, normed, ..] = ours;
    let x = numbers(images * height * width * inputs, 1);
    let weights = numbers(outputs * inputs * kernel * kernel, 2);
    let (dy, gamma) = (numbers(y.len(), 3), numbers(outputs, 4));
    let [exact_y, dx, dweights] = exact::convolution(&conv, &x, &weights, &dy);
    let image = y.len() / images;
    let [exact_mean, exact_variance] = exact::statistics(y, image, outputs);
    let [mean, variance, gamma] =
        [mean, variance, &gamma].map(|values| values.iter().map(|value| Near::from(*value)).collect::<Vec<_>>());
    let per_channel = [&mean[..], &variance, &gamma];
    let exact_normed = exact::relu_of_norm(y, per_channel, Some(&dy));
    let plain = exact::relu_of_norm(y, per_channel, None);
    let [dx_of_norm, dshortcut, dgamma, dbeta] = exact::backward([y, normed, &dy], image, per_channel);
    [exact_y, dx, dweights, exact_mean, exact_variance, exact_normed, plain, dx_of_norm, dshortcut, dgamma, dbeta]
}

/// The way for processors without AVX2, that for those without AVX-512, and the best that this one has.
#[test]
fn every_instruction_set_computes_what_the_definitions_say() {
    let mut archs = vec![Arch::new(), Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    archs.extend(pulp::x86::V3::try_new().map(Arch::V3));
    for sizes in CONVOLUTIONS {
        for arch in &archs {
            let ours = everything(*arch, sizes);
            let exact = exact_results(sizes, &ours);
            for (name, (ours, exact)) in RESULTS.iter().zip(ours.iter().zip(&exact)) {
                assert_near(&format!("{arch:?}, {sizes:?}, {name}"), ours, exact);
            }
        }
    }
}

#[test]
fn any_number_of_threads_computes_the_same_bits() {
    let with = |threads, sizes| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| everything(Arch::new(), sizes))
    };
    for sizes in CONVOLUTIONS.into_iter().chain([[33, 8, 8, 16, 16, 3, 1]]) {
        let one = with(1, sizes);
        for threads in [2, 3, 8] {
            for _ in 0..3 {
                assert!(one == with(threads, sizes), "{sizes:?} on {threads} threads");
            }
        }
    }
}
