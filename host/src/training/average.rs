//! A moving average of the weights.

use std::collections::HashMap;

use burn::module::{Module as _, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;

use crate::network::ResNet;

/// The exponential moving average of a network's weights and running statistics over its steps (Polyak and Juditsky 1992; with a rising decay, as
/// TensorFlow's `ExponentialMovingAverage` and timm's `ModelEmaV3` have it).
pub struct Average {
    /// The highest share of the old average that a step keeps.
    decay: f64,
    /// The average; it learns nothing by itself.
    pub model: ResNet,
}

impl Average {
    /// Of no step yet: `model`, without autodiff. It must be no clone of the network that learns, since Burn's clones share their running statistics.
    #[must_use]
    pub const fn new(decay: f64, model: ResNet) -> Self {
        Self { decay, model }
    }

    /// Takes in `model`, without autodiff, as it is after so many `steps`. The first steps count more: until there are many, the average would else
    /// be mostly of random weights.
    pub fn take_in(&mut self, model: &ResNet, steps: usize) {
        let steps = steps as f64;
        let decay = self.decay.min((1.0 + steps) / (10.0 + steps));
        let mut newest = Values::default();
        model.visit(&mut newest);
        self.model = self.model.clone().map(&mut Mix { decay, newest });
    }
}

/// Values of parameters, flat.
#[derive(Default)]
struct Values(HashMap<ParamId, Tensor<1>>);

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.0.insert(parameter.id, parameter.val().flatten(0, D - 1));
    }
}

struct Mix {
    decay: f64,
    newest: Values,
}

impl ModuleMapper for Mix {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let newest = self.newest.0.remove(&parameter.id).expect("an average of this network");
        parameter.map(|average| {
            let newest = newest.reshape(average.dims());
            average * self.decay + newest * (1.0 - self.decay)
        })
    }
}
