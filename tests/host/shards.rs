//! A batch in shards: what a step of them is, and that nothing depends on who computes them.

use std::fs;

use burn::module::{Module as _, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use host::data::embedded;
use host::network::{initial_weights, load_weights, to_device};
use host::pipeline::Loaders;
use host::ranks::Ranks;
use host::results::Variant;
use host::settings::{Augmentation, NetworkSettings, Optimizer, OptimizerSettings, Recipe, Schedule, TrainingSettings};
use host::training::{Training, shards_of, soft_cross_entropy};
use tempfile::tempdir;

use crate::program::{assert_fails, command, host};
use crate::training::ALONE;

#[test]
fn shards_cover_a_batch_once_and_are_of_equal_size() {
    for shards in 1..=8 {
        for images in 0..40 {
            let parts = shards_of(100, images, shards);
            assert_eq!(parts.len(), shards);
            let all: Vec<usize> = parts.iter().cloned().flatten().collect();
            assert_eq!(all, (100..100 + images).collect::<Vec<_>>());
            let sizes = || parts.iter().map(ExactSizeIterator::len);
            assert!(sizes().max().unwrap() - sizes().min().unwrap() <= usize::from(!images.is_multiple_of(shards)));
        }
    }
}

#[test]
fn shards_are_shared_out_evenly_or_refused() {
    let of = |rank, count| Ranks { rank, count }.share_of(8).map_err(|error| error.to_string());
    assert_eq!([of(0, 1), of(0, 4), of(3, 4), of(7, 8)], [Ok(0..8), Ok(0..2), Ok(6..8), Ok(7..8)]);
    let refused = of(0, 3).unwrap_err();
    assert!(refused.contains("8 shards") && refused.contains("3 processes"), "{refused}");
}

/// All numbers of a network, by name.
#[derive(Default)]
struct Numbers {
    path: Vec<String>,
    found: Vec<(String, Vec<f32>)>,
}

impl ModuleVisitor for Numbers {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.found.push((self.path.join("."), parameter.val().into_data().iter::<f32>().collect()));
    }
}

/// The gradient of each parameter, in the order of [`Numbers`].
struct Gradients(GradientsParams, Vec<Option<Vec<f32>>>);

impl ModuleVisitor for Gradients {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.1.push(self.0.get::<D>(parameter.id).map(|gradient| gradient.into_data().iter::<f32>().collect()));
    }
}

/// One step of plain gradient descent on six images in two shards of three, against Burn's own backward pass through both halves at once: the gradient is that of the mean of
/// both losses, each half normalized by its own statistics, and the running statistics are the mean of what each half makes of them.
#[test]
fn a_step_in_shards_is_the_mean_of_its_halves() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let network = NetworkSettings { depth: 8, ..Recipe::Embedded.settings().network };
    let split = embedded::load(6, 0, 2, 1);
    let loaders = Loaders::new(&split, true);
    let (device, ends) = (Device::flex(), [3, split.classes.len()]);
    let initial = initial_weights(&network, ends, 3).unwrap();
    let model = || load_weights(&network, ends, initial.clone(), &device.clone().autodiff()).unwrap();
    let rate = 0.5;
    let optimizer = OptimizerSettings {
        optimizer: Optimizer::Sgd,
        momentum: 0.0,
        learning_rate: rate,
        schedule: Schedule::Constant,
        warm_up: 0.0,
        l2: 0.0,
        clip_gradient: 0.0,
        ..Recipe::Embedded.settings().training.optimizer
    };
    let settings = TrainingSettings {
        epochs: 1,
        batch_size: 6,
        shards: 2,
        optimizer,
        label_smoothing: 0.0,
        average_weights: 0.0,
        ..Recipe::Embedded.settings().training
    };
    let folder = tempdir().unwrap();
    let training = Training {
        settings: &settings,
        augmentation: Augmentation::default(),
        mixing: None,
        variant: Variant::Baseline,
        seed: 5,
        loaders: &loaders,
        device: &device,
        ranks: Ranks::ALONE,
        folder: folder.path(),
        resume: "",
    };
    let trained = training.run(model(), None, &mut []).unwrap();
    let mut have = Numbers::default();
    trained.model.visit(&mut have);

    let samples = loaders.train.epoch(None, Augmentation::default(), 5, 0);
    let halves = [model(), model().valid().train()];
    let mut losses = Vec::new();
    for (half, samples) in halves.iter().zip(samples.chunks(3)) {
        let batch = loaders.train.batch(samples).unwrap();
        let (pixels, labels) = to_device(batch, &loaders.train.normalization, &device.clone().autodiff());
        losses.push(soft_cross_entropy(half.forward(pixels), labels));
    }
    // Two networks of the same weights: what each parameter gets is the mean of what both get.
    let gradients: Vec<_> = losses
        .into_iter()
        .zip(&halves)
        .map(|(loss, half)| {
            let mut gradients = Gradients(GradientsParams::from_grads(loss.backward(), half), Vec::new());
            half.visit(&mut gradients);
            gradients.1
        })
        .collect();
    let (mut before, mut after) = (Numbers::default(), [Numbers::default(), Numbers::default()]);
    model().visit(&mut before);
    halves.iter().zip(&mut after).for_each(|(half, numbers)| half.valid().visit(numbers));

    let (mut moved, mut running) = (0, 0);
    for (place, (name, have)) in have.found.iter().enumerate() {
        assert_eq!(*name, before.found[place].0);
        for (at, &have) in have.iter().enumerate() {
            let old = before.found[place].1[at];
            let want = if let (Some(first), Some(second)) = (&gradients[0][place], &gradients[1][place]) {
                moved += 1;
                f64::from(old) - rate * f64::midpoint(f64::from(first[at]), f64::from(second[at]))
            } else {
                running += 1;
                let [first, second] = [0, 1].map(|half| f64::from(after[half].found[place].1[at]));
                f64::midpoint(first, second)
            };
            // Two halves, a sum, a product and a difference are rounded, each by half a unit in the last place of numbers no larger than these.
            let size = gradients
                .iter()
                .filter_map(|half| half[place].as_ref())
                .map(|half| f64::from(half[at].abs()))
                .sum::<f64>();
            let size = size + f64::from(old.abs()) + want.abs();
            assert!(
                (f64::from(have) - want).abs() <= 5.0 * size * f64::from(f32::EPSILON) / 2.0,
                "{name}[{at}]: {have}, not {want}"
            );
        }
    }
    assert!(moved > 70_000 && running > 400, "{moved} weights, {running} running statistics");
}

/// Without MPI several processes would write into one another's folders.
#[test]
fn several_processes_need_mpi() {
    let folder = tempdir().unwrap();
    let output = command(&["train", "--epochs", "1"], folder.path()).env("OMPI_COMM_WORLD_SIZE", "2").output().unwrap();
    assert_fails(&output, &["2 processes", "--features mpi"]);
    assert!(!folder.path().join("runs").exists());
    assert_fails(
        &host(&["train", "--set", "shards=3", "--batch-size", "32"], folder.path()),
        &["shards is 3", "batch"],
    );
}

/// A run in shards ends alike whether it was stopped or not.
#[test]
fn a_run_in_shards_goes_on_as_if_it_had_not_been_stopped() {
    let folder = tempdir().unwrap();
    let run = |arguments: &str| {
        let output = host(&arguments.split(' ').collect::<Vec<_>>(), folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let settings = "--depth 8 --train-limit 40 --test-limit 16 --batch-size 16 --set shards=4 --device cpu --set schedule=constant";
    run(&format!("train {settings} --epochs 3 --out whole"));
    run(&format!("train {settings} --epochs 2 --out parts"));
    run("train --resume parts --epochs 3");
    let weights = |run: &str| fs::read(folder.path().join(run).join("seed-42/cutmix/model.safetensors")).unwrap();
    assert!(weights("whole") == weights("parts"));
    run(&format!("train {} --epochs 3 --out others", settings.replace("shards=4", "shards=2")));
    assert!(weights("whole") != weights("others"), "shards have no batch statistics of their own");
}
