//! A shard: a part of a batch with a forward and a backward pass of its own, and batch statistics of its own. What comes of it is a list of numbers, so
//! that shards are summed alike wherever they were computed.

use std::ops::Range;

use anyhow::{Context as _, Result};
use burn::module::{Module as _, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

use super::loss::TrainingLoss;
use crate::data::Normalization;
use crate::network::{ResNet, to_device};
use crate::pipeline::Batch;

/// What a batch norm has besides its parameters, by the names of Burn's fields.
const RUNNING: [&str; 2] = ["running_mean", "running_var"];

/// Where the images of each of `shards` shards lie in a batch of `images`, which begins at `first`. They are of equal size where `shards` divides `images`; a batch that is
/// smaller than the number of its shards leaves some empty.
#[must_use]
pub fn shards_of(first: usize, images: usize, shards: usize) -> Vec<Range<usize>> {
    let edge = |shard: usize| first + images * shard / shards;
    (0..shards).map(|shard| edge(shard)..edge(shard + 1)).collect()
}

/// What one shard adds to a step, or all of them together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sums {
    /// In the order of the network's tensors: of a parameter its gradient, of a running statistic what it has become, both times the shard's share of the batch.
    tensors: Vec<f32>,
    /// The loss, times the share.
    pub loss: f32,
    /// Right answers.
    pub correct: f32,
}

impl Sums {
    /// Learns from `batch`, which is the `share` of all images of the step. `model` stays as it is.
    pub fn of_shard(
        model: &ResNet,
        loss: &TrainingLoss,
        batch: Batch,
        share: f32,
        normalization: &Normalization,
        device: &Device,
    ) -> Result<Self> {
        if batch.images == 0 {
            return Ok(Self { tensors: vec![0.0; numbers_of(model)], loss: 0.0, correct: 0.0 });
        }
        // With running statistics of its own: clones share theirs.
        let replica = model.valid().train();
        let (pixels, labels) = to_device(batch, normalization, device);
        let logits = replica.forward(pixels);
        let mean = loss.of(logits.clone(), labels.clone());
        let gradients = GradientsParams::from_grads(mean.backward(), &replica);
        let correct = logits.inner().argmax(1).equal(labels.inner().argmax(1)).int().sum().float();
        let mut tensors = Tensors { gradients: &gradients, share, path: Vec::new(), read: Ok(Vec::new()) };
        replica.valid().visit(&mut tensors);
        let read = |tensor: Tensor<1>| tensor.try_into_scalar::<f32>().context(UNREADABLE);
        Ok(Self { tensors: tensors.read?, loss: read(mean.inner())? * share, correct: read(correct)? })
    }

    /// As numbers, for other processes.
    pub fn into_numbers(self) -> Vec<f32> {
        let Self { mut tensors, loss, correct } = self;
        tensors.extend([loss, correct]);
        tensors
    }

    /// The sum of shards, each as its numbers: in their order, whoever computed them.
    pub fn in_order<'a>(shards: impl Iterator<Item = &'a [f32]>) -> Option<Self> {
        let mut sum: Option<Vec<f32>> = None;
        for shard in shards {
            match &mut sum {
                Some(sum) => sum.iter_mut().zip(shard).for_each(|(sum, number)| *sum += number),
                None => sum = Some(shard.to_vec()),
            }
        }
        let mut tensors = sum?;
        let (correct, loss) = (tensors.pop()?, tensors.pop()?);
        Some(Self { tensors, loss, correct })
    }

    /// `model` with the running statistics in here, and the gradients of its parameters.
    pub fn take_in(self, model: &ResNet, device: &Device) -> (ResNet, GradientsParams) {
        let inner = device.clone().inner();
        let mut given =
            Given { tensors: &self.tensors, device: &inner, path: Vec::new(), gradients: GradientsParams::new() };
        let model = model.valid().map(&mut given).train();
        (model, given.gradients)
    }
}

const UNREADABLE: &str = "cannot read a gradient back from the device";

fn is_running(path: &[String]) -> bool {
    path.last().is_some_and(|name| RUNNING.contains(&name.as_str()))
}

/// Numbers of all tensors of `model`.
fn numbers_of(model: &ResNet) -> usize {
    struct Count(usize);
    impl ModuleVisitor for Count {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            self.0 += parameter.val().dims().iter().product::<usize>();
        }
    }
    let mut count = Count(0);
    model.visit(&mut count);
    count.0
}

struct Tensors<'a> {
    gradients: &'a GradientsParams,
    share: f32,
    path: Vec<String>,
    read: Result<Vec<f32>>,
}

impl ModuleVisitor for Tensors<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let Ok(read) = &mut self.read else { return };
        let tensor = if is_running(&self.path) { Some(parameter.val()) } else { self.gradients.get::<D>(parameter.id) };
        let data = tensor
            .context("a parameter without a gradient")
            .and_then(|tensor| tensor.try_into_data().context(UNREADABLE));
        match data {
            Ok(data) => read.extend(data.iter::<f32>().map(|number| number * self.share)),
            Err(error) => self.read = Err(error),
        }
    }
}

struct Given<'a> {
    /// Those that are not taken in yet.
    tensors: &'a [f32],
    device: &'a Device,
    path: Vec<String>,
    gradients: GradientsParams,
}

impl ModuleMapper for Given<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let sides = parameter.val().dims();
        let (numbers, rest) = self.tensors.split_at(sides.iter().product());
        self.tensors = rest;
        let tensor = Tensor::from_data(TensorData::new(numbers.to_vec(), sides), self.device);
        if is_running(&self.path) {
            return parameter.map(|_| tensor);
        }
        self.gradients.register(parameter.id, tensor);
        parameter
    }
}
