//! The parts of a training step, against numbers worked out elsewhere.

use std::sync::Mutex;

use burn::module::{Module as _, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use cutmix_core::{Layout, Shape};
use host::data::{Dataset, Normalization, embedded};
use host::network::{ResNet, images_to_device, initial_weights, load_weights, look_up, to_device, weights};
use host::pipeline::{Batch, Loaders};
use host::ranks::Ranks;
use host::settings::{Balance, NetworkSettings, Recipe, TrainingSettings};
use host::training::{
    Average, BURN, TrainingLoss, class_weights, clip_gradients, evaluate, optimizer, smoothed, soft_cross_entropy,
};

fn loss<const N: usize, const C: usize>(logits: [[f32; C]; N], soft: [[f32; C]; N]) -> f32 {
    let device = Device::flex();
    soft_cross_entropy(Tensor::from_data(logits, &device), Tensor::from_data(soft, &device)).into_scalar()
}

/// By hand: the softmax of (ln 1, ln 2, ln 5) is (1/8, 2/8, 5/8), so a label of ¾ and ¼ costs −¾·ln ⅛ − ¼·ln ⅝.
#[test]
fn soft_label_loss_by_hand() {
    let logits = [0.0, 2.0_f32.ln(), 5.0_f32.ln()];
    let first = loss([logits], [[0.75, 0.0, 0.25]]);
    // Each of the three terms rounds a logit, an exponential, a logarithm and a product, all below 4: half a unit in the last place each.
    let rounding = 12.0 * 2.0 * f32::EPSILON / 2.0;
    assert!((first - 1.677_082_9).abs() <= rounding, "{first}");
    let second = loss([logits], [[0.0, 1.0, 0.0]]);
    assert!((second - 1.386_294_4).abs() <= rounding, "{second} is not ln 4");
    let both = loss([logits, logits], [[0.75, 0.0, 0.25], [0.0, 1.0, 0.0]]);
    assert!((both - f32::midpoint(first, second)).abs() <= rounding, "{both} is not their mean");
}

/// Szegedy et al. 2015, section 7: the cross-entropy against smoothed labels is 1 − ε times that against the labels, and ε times that against the
/// uniform ones. In whole parts: ε = ½ of 4 classes gives the label 5 eighths, the others one each.
#[test]
fn smoothed_labels_by_hand() {
    let device = Device::flex();
    let labels = Tensor::<2>::from_data([[1.0_f32, 0.0, 0.0, 0.0], [0.0, 0.25, 0.75, 0.0]], &device);
    let values: Vec<f32> = smoothed(labels.clone(), 0.5).into_data().iter().collect();
    assert_eq!(values, [0.625, 0.125, 0.125, 0.125, 0.125, 0.25, 0.5, 0.125]);
    assert_eq!(smoothed(labels.clone(), 0.0).into_data(), labels.clone().into_data());
    let logits = Tensor::<2>::from_data([[0.3_f32, -1.0, 2.0, 0.1], [1.5, 0.2, -0.7, 0.4]], &device);
    let against = |labels: Tensor<2>| soft_cross_entropy(logits.clone(), labels).into_scalar::<f32>();
    let (plain, uniform) = (against(labels.clone()), against(Tensor::full([2, 4], 0.25, &device)));
    let both = against(smoothed(labels, 0.1));
    assert!((both - (0.9 * plain + 0.1 * uniform)).abs() <= 16.0 * f32::EPSILON / 2.0 * both, "{both}");
}

/// Three images of the first class, two of the second, one of the third: 6 ÷ (3 × images), by hand. A class without images takes no part.
#[test]
fn class_weights_by_hand() {
    let weights = class_weights([0, 3, 0, 1, 1, 0].into_iter(), 4);
    assert_eq!(weights, [2.0 / 3.0, 1.0, 0.0, 2.0]);
}

/// PyTorch 2.15's `cross_entropy(logits, soft, weight, label_smoothing)` in f64 says the same.
#[test]
fn weighted_and_smoothed_loss_is_pytorchs() {
    let device = Device::flex();
    let logits = Tensor::<2>::from_data([[0.3_f32, -1.0, 2.0], [1.5, 0.2, -0.7]], &device);
    let soft = Tensor::<2>::from_data([[0.75_f32, 0.0, 0.25], [0.0, 1.0, 0.0]], &device);
    let settings = Recipe::Strong.settings().training;
    // Weights ⅔, 1 and 2.
    let labels = [0, 0, 0, 1, 1, 2];
    for (label_smoothing, expected) in [(0.0, 1.341_758_988_085_627_5), (0.1, 1.404_075_854_454_416_5)] {
        let settings = TrainingSettings { label_smoothing, balance: Balance::ClassWeights, ..settings };
        let loss = TrainingLoss::new(&settings, labels.into_iter(), 3, &device).of(logits.clone(), soft.clone());
        let loss = f64::from(loss.into_scalar::<f32>());
        // Six products of numbers up to 3, each of five roundings at most, half a unit in the last place each.
        assert!((loss - expected).abs() <= 6.0 * 5.0 * 2.0 * f64::from(f32::EPSILON) / 2.0, "{loss} is not {expected}");
    }
}

#[test]
fn soft_label_loss_of_extreme_logits_is_finite() {
    let loss = loss([[1000.0, -1000.0]], [[0.5, 0.5]]);
    assert_eq!(loss.to_bits(), 1000.0_f32.to_bits(), "{loss}: every number on the way is a whole one");
}

/// Keras's ResNet-20 v1 has 274,442 parameters (Keras documentation, `cifar10_resnet`): 1,376 of them are running
/// statistics and 688 the biases before a batch normalization, which have no effect and which we leave out.
#[test]
fn resnet_20_has_the_parameters_that_keras_has() {
    let _alone = ALONE.lock().unwrap();
    let model = ResNet::new(&of_depth(20), [3, 10], &Device::flex().autodiff()).unwrap();
    let mut count = Trainable::default();
    model.visit(&mut count);
    assert_eq!(count.0, 274_442 - 1_376 - 688);
}

/// Zagoruyko and Komodakis 2016, section 2.3: k times the filters. Counted layer by layer, by hand.
#[test]
fn a_wide_network_has_k_times_the_filters() {
    let _alone = ALONE.lock().unwrap();
    for (width, classes) in [(2, 10), (4, 7)] {
        let settings = NetworkSettings { width, ..of_depth(14) };
        let model = ResNet::new(&settings, [3, classes], &Device::flex().autodiff()).unwrap();
        let mut count = Trainable::default();
        model.visit(&mut count);
        let [a, b, c] = [16, 32, 64].map(|filters| filters * width);
        // Kernels and two numbers a channel; a dense layer with a bias.
        let layer = |from: usize, to: usize| 9 * from * to + 2 * to;
        // The ways around have a bias, as in the example.
        let stages = 4 * layer(a, a) + layer(a, b) + 3 * layer(b, b) + layer(b, c) + 3 * layer(c, c);
        assert_eq!(count.0, layer(3, a) + stages + (a * b + b) + (b * c + c) + c * classes + classes, "width {width}");
        let logits = model.forward(Tensor::zeros([2, 3, 32, 32], &Device::flex().autodiff()));
        assert_eq!(logits.dims(), [2, classes]);
    }
    let message = format!("{:#}", NetworkSettings { width: 0, ..of_depth(8) }.validate().unwrap_err());
    assert!(message.contains("width is 0"), "{message}");
}

/// Mean 0 and deviation 1, computed here in another way: two passes in f64 over the finished numbers.
#[test]
fn standardized_channels_have_mean_0_and_deviation_1() {
    let data = embedded::load(30, 0, 1, 1).train;
    let numbers = |data: &Dataset| -> Vec<f32> {
        let pixels = (0..data.len()).flat_map(|index| data.image(index).unwrap().into_owned()).collect();
        let images = images_to_device(pixels, data.shape(), &Normalization::of(data), &Device::flex());
        images.into_data().try_into_vec().unwrap()
    };
    let pixels = numbers(&data);
    for channel in 0..3 {
        let planes = pixels.chunks_exact(1024).skip(channel).step_by(3);
        let values: Vec<f64> = planes.flatten().map(|&value| f64::from(value)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
        // Each value is rounded to f32 twice, at a size of at most 4; a square, of values of size 1 in the mean, is off by twice that.
        let rounding = 2.0 * 4.0 * f64::from(f32::EPSILON) / 2.0;
        assert!(
            mean.abs() <= rounding && (variance - 1.0).abs() <= 2.0 * rounding,
            "channel {channel}: {mean}, {variance}"
        );
    }
    // A channel that never varies must not divide by zero.
    let shape = Shape::new(2, 2, 1, Layout::Chw).unwrap();
    let mut gray = Dataset::with_capacity(shape, 1);
    gray.push(&[51; 4], 0);
    assert_eq!(numbers(&gray), [0.0; 4]);
}

/// On a device that is far away bytes become numbers there: the same bits as by the tables, for every byte of every channel in both layouts, and whatever is
/// left of a word.
#[test]
fn bytes_become_the_same_numbers_on_every_device() {
    let normalization = Normalization { mean: vec![0.4914, 0.4822, 0.4465], deviation: vec![0.2470, 0.2435, 0.2616] };
    for (width, height, layout, images) in
        [(16, 16, Layout::Chw, 1), (16, 16, Layout::Hwc, 2), (3, 5, Layout::Chw, 3), (1, 1, Layout::Hwc, 1)]
    {
        let shape = Shape::new(width, height, 3, layout).unwrap();
        let pixels: Vec<u8> = (0..images * shape.len()).map(|at| (at * 83) as u8).collect();
        let device = Device::flex();
        let there: Vec<f32> =
            look_up(pixels.clone(), shape, &normalization, &device).into_data().try_into_vec().unwrap();
        let plane = shape.len() / 3;
        for (at, (&byte, have)) in pixels.iter().zip(there).enumerate() {
            let channel = if layout == Layout::Chw { at / plane % 3 } else { at % 3 };
            let want = (f32::from(byte) / 255.0 - normalization.mean[channel]) / normalization.deviation[channel];
            assert_eq!(have.to_bits(), want.to_bits(), "{byte} in channel {channel}, {layout:?}");
        }
    }
}

/// A set whose images lie channels last must not train on scrambled ones.
#[test]
fn both_layouts_are_the_same_images_to_the_network() {
    let pixels: Vec<u8> = (0..2 * 3 * 4 * 5).collect();
    let of = |layout, pixels: Vec<u8>| {
        let shape = Shape::new(5, 4, 3, layout).unwrap();
        let batch = Batch { images: 2, shape, classes: 1, pixels, labels: vec![1.0; 2] };
        to_device(batch, &Normalization::none(3), &Device::flex()).0
    };
    let planes = of(Layout::Chw, pixels.clone());
    assert_eq!(planes.dims(), [2, 3, 4, 5]);
    // The same values in the other order, by the definition of it: value (image, row, column, channel).
    let mut last = Vec::new();
    for (image, row, column, channel) in
        (0..2).flat_map(|n| (0..4).flat_map(move |y| (0..5).flat_map(move |x| (0..3).map(move |c| (n, y, x, c)))))
    {
        last.push(pixels[((image * 3 + channel) * 4 + row) * 5 + column]);
    }
    assert_eq!(of(Layout::Hwc, last).into_data(), planes.into_data());
}

/// A checkpoint names the Burn whose records it holds.
#[test]
fn the_burn_that_is_named_is_the_one_that_is_pinned() {
    let manifest = include_str!("../../Cargo.toml");
    assert!(manifest.contains(&format!("burn = {{ version = \"={BURN}\"")), "training/burn_internals.rs says {BURN}");
}

const fn of_depth(depth: usize) -> NetworkSettings {
    NetworkSettings { depth, width: 1, norm_momentum: 0.99 }
}

#[derive(Default)]
struct Trainable(usize);

impl ModuleVisitor for Trainable {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if parameter.is_require_grad() {
            self.0 += parameter.shape().num_elements();
        }
    }
}

#[test]
fn only_depths_of_6n_plus_2_exist() {
    let _alone = ALONE.lock().unwrap();
    let device = Device::flex();
    for depth in [0, 1, 2, 7, 9, 18, 21] {
        assert!(ResNet::new(&of_depth(depth), [3, 10], &device).is_err(), "depth {depth}");
    }
    let logits = ResNet::new(&of_depth(14), [3, 7], &device).unwrap().forward(Tensor::zeros([2, 3, 32, 32], &device));
    assert_eq!(logits.dims(), [2, 7]);
}

/// Burn's generator is one for the whole process: whoever draws weights while another test compares them disturbs it.
pub static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn initial_weights_belong_to_the_seed_and_survive_the_file() {
    let settings = of_depth(8);
    let _alone = ALONE.lock().unwrap();
    let initial = initial_weights(&settings, [3, 10], 42).unwrap();
    assert!(initial == initial_weights(&settings, [3, 10], 42).unwrap(), "the same seed drew other weights");
    assert!(initial != initial_weights(&settings, [3, 10], 43).unwrap(), "another seed drew the same");
    let model = load_weights(&settings, [3, 10], initial.clone(), &Device::flex()).unwrap();
    assert!(weights(&model).unwrap() == initial, "the weights changed on their way");
    assert!(load_weights(&of_depth(14), [3, 10], initial, &Device::flex()).is_err());
}

/// However many images are scored together, a score is the same to the last bit; and it is the mean over all of them, worked out in f64.
#[test]
fn a_score_does_not_depend_on_the_batch_size() {
    let settings = of_depth(8);
    let device = Device::flex();
    let split = embedded::load(40, 0, 303, 42);
    let model = {
        let _alone = ALONE.lock().unwrap();
        load_weights(&settings, [3, 8], initial_weights(&settings, [3, 8], 42).unwrap(), &device).unwrap()
    };
    let loader = Loaders::new(&split, true).test;
    let expected = evaluate(&model, &loader, 250, &device, Ranks::ALONE).unwrap();
    for batch_size in [1, 7, 16, 128, 251, 100_000] {
        let other = evaluate(&model, &loader, batch_size, &device, Ranks::ALONE).unwrap();
        assert_eq!(other.score.loss.to_bits(), expected.score.loss.to_bits(), "{batch_size} together");
        assert_eq!(other, expected, "{batch_size} together");
    }

    let mut sum = 0.0;
    for sample in loader.in_order() {
        let class = usize::from(split.test.label(sample.index));
        let (pixels, _) = to_device(loader.batch(&[sample]).unwrap(), &loader.normalization, &device);
        let logits: Vec<f32> = model.forward(pixels).into_data().try_into_vec().unwrap();
        let total: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        sum += total.ln() - f64::from(logits[class]);
    }
    // 303 roundings of f32, relative to a sum of that size, at most; half a unit in the last place each.
    let (loss, mean) = (f64::from(expected.score.loss), sum / 303.0);
    assert!((loss - mean).abs() < 303.0 * f64::from(f32::EPSILON) * mean, "{loss} is not {mean}");
}

/// With a loss whose gradient is zero, the L2 term alone moves weights: all kernels, and nothing else.
#[test]
fn the_l2_term_is_on_convolution_kernels_only() {
    let (settings, learning) = (of_depth(8), Recipe::KerasExample.settings().training.optimizer);
    let _alone = ALONE.lock().unwrap();
    let device = Device::flex().autodiff();
    let before = load_weights(&settings, [3, 10], initial_weights(&settings, [3, 10], 42).unwrap(), &device).unwrap();
    let nothing = before.forward(Tensor::zeros([2, 3, 32, 32], &device)).sum().mul_scalar(0.0);
    let gradients = GradientsParams::from_grads(nothing.backward(), &before);
    let after = optimizer(&learning, &Device::flex()).unwrap().step(learning.learning_rate, before.clone(), gradients);

    let (mut old, mut new) = (Values::default(), Values::default());
    before.visit(&mut old);
    after.visit(&mut new);
    let mut kernels = 0;
    for ((old, rank), (new, _)) in old.0.iter().zip(&new.0) {
        let moved = old.iter().zip(new).any(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(moved, *rank == 4, "a parameter of rank {rank}");
        kernels += usize::from(moved);
    }
    assert_eq!(kernels, 9, "ResNet-8: a stem, six 3×3 and two 1×1 kernels");
}

/// All gradients of a network divided by one number, worked out in f64, as PyTorch's `clip_grad_norm_` does; short ones stay as they are, bit for bit.
#[test]
fn the_norm_of_all_gradients_is_clipped() {
    let settings = of_depth(8);
    let _alone = ALONE.lock().unwrap();
    let device = Device::flex().autodiff();
    let model = load_weights(&settings, [3, 10], initial_weights(&settings, [3, 10], 42).unwrap(), &device).unwrap();
    let gradients = || {
        let images = Tensor::<1, burn::tensor::Int>::arange(0..2 * 3 * 32 * 32, &device).float();
        let loss = model.forward((images * 0.37).sin().reshape([2, 3, 32, 32])).square().sum();
        let mut values = Gradients(GradientsParams::from_grads(loss.backward(), &model), Vec::new());
        model.visit(&mut values);
        values
    };
    let Gradients(_, before) = gradients();
    let norm = before.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    // A sum of numbers that are not negative is off by as many roundings as additions follow each other: 64 filters of a kernel, its 64·9 columns,
    // 32 tensors. Its root by half of that; and four roundings for squares, factor and product.
    let error = f64::from((64 + 64 * 9 + 32) / 2 + 4) * f64::from(f32::EPSILON) / 2.0;
    for most in [0.25 * norm, 1e-3, 0.999 * norm, 1.001 * norm, 1e30] {
        let mut clipped = Gradients(clip_gradients(gradients().0, &model, most), Vec::new());
        model.visit(&mut clipped);
        let factor = most / (norm + 1e-6);
        if factor >= 1.0 {
            assert_eq!(clipped.1, before);
            continue;
        }
        for (have, before) in clipped.1.iter().zip(&before) {
            let expected = factor * f64::from(*before);
            assert!((f64::from(*have) - expected).abs() <= error * expected.abs(), "{have} is not {expected}");
        }
    }
    // What is not finite must be noticed by whoever looks at the weights, and not become a step of zero.
    let broken = model.forward(Tensor::full([2, 3, 32, 32], f32::INFINITY, &device)).sum();
    let mut broken = Gradients(GradientsParams::from_grads(broken.backward(), &model), Vec::new());
    broken.0 = clip_gradients(broken.0, &model, 1.0);
    model.visit(&mut broken);
    assert!(broken.1.iter().any(|value| !value.is_finite()));
}

/// Values of gradients, in the order of their parameters.
struct Gradients(GradientsParams, Vec<f32>);

impl ModuleVisitor for Gradients {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = self.0.get::<D>(parameter.id) {
            self.1.extend(gradient.into_data().iter::<f32>());
        }
    }
}

/// The decay rises as (1 + n) ÷ (10 + n) up to the one that was set; in f64, by hand. Running statistics are averaged too.
#[test]
fn averaged_weights_by_hand() {
    let settings = of_depth(8);
    let _alone = ALONE.lock().unwrap();
    let device = Device::flex().autodiff();
    let network = load_weights(&settings, [3, 10], initial_weights(&settings, [3, 10], 1).unwrap(), &device).unwrap();
    // Burn's clones share their running statistics; those that `valid` makes do not.
    let mut average = Average::new(0.25, network.valid());
    let all = |model: &ResNet| {
        let mut values = All::default();
        model.visit(&mut values);
        values.0
    };
    let mut expected: Vec<f64> = all(&average.model).into_iter().map(f64::from).collect();
    for (step, decay) in [(1, 2.0 / 11.0), (2, 0.25), (3, 0.25)] {
        let newest = network.valid().map(&mut Shift(step as f32));
        average.take_in(&newest, step);
        for (expected, newest) in expected.iter_mut().zip(all(&newest)) {
            *expected = decay * *expected + (1.0 - decay) * f64::from(newest);
        }
    }
    let values = all(&average.model);
    assert!(values.len() > 75_000, "running statistics are left out");
    for (have, expected) in values.into_iter().zip(expected) {
        // Three steps of three roundings, of numbers below 5.
        assert!((f64::from(have) - expected).abs() <= 9.0 * 4.0 * f64::from(f32::EPSILON) / 2.0, "{have} {expected}");
    }
}

/// Values of all parameters, running statistics too.
#[derive(Default)]
struct All(Vec<f32>);

impl ModuleVisitor for All {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.0.extend(parameter.val().into_data().iter::<f32>());
    }
}

/// Adds a number to all parameters.
struct Shift(f32);

impl ModuleMapper for Shift {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        parameter.map(|value| value + self.0)
    }
}

/// Nesterov momentum as PyTorch has it: v ← μ·v + g, w ← w − rate·(g + μ·v). With a loss that is the sum of the logits, the
/// gradient of the last layer's bias is the number of images, whatever the weights.
#[test]
fn sgd_is_nesterovs_by_hand() {
    let (settings, learning) = (of_depth(8), Recipe::Strong.settings().training.optimizer);
    let _alone = ALONE.lock().unwrap();
    let device = Device::flex().autodiff();
    let mut model =
        load_weights(&settings, [3, 10], initial_weights(&settings, [3, 10], 42).unwrap(), &device).unwrap();
    let mut optimizer = optimizer(&learning, &Device::flex()).unwrap();
    let bias = |model: &ResNet| {
        let mut values = Values::default();
        model.visit(&mut values);
        let biases = values.0.into_iter().filter(|(values, rank)| *rank == 1 && values.len() == 10);
        biases.map(|(values, _)| values[3]).next().unwrap()
    };
    let (rate, momentum, gradient) = (0.01, 0.9, 2.0);
    let (mut expected, mut velocity) = (bias(&model), 0.0);
    for step in 0..3 {
        let loss = model.forward(Tensor::zeros([2, 3, 32, 32], &device)).sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(rate, model, gradients);
        velocity = momentum * velocity + gradient;
        expected -= rate as f32 * (gradient + momentum * velocity);
        // Three roundings a step on either side, of numbers below 1.
        assert!(
            (bias(&model) - expected).abs() <= (step + 1) as f32 * 6.0 * f32::EPSILON / 2.0,
            "step {step}: {} is not {expected}",
            bias(&model)
        );
    }
}

#[derive(Default)]
struct Values(Vec<(Vec<f32>, usize)>);

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if parameter.is_require_grad() {
            self.0.push((parameter.val().into_data().try_into_vec().unwrap(), D));
        }
    }
}
