//! Gradients that are too long.

use burn::module::{Module as _, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::network::ResNet;

/// Keeps the division from one by zero, as PyTorch's `clip_grad_norm_` does.
const LEAST: f64 = 1e-6;

/// The `gradients` of `model`'s parameters, all divided by the same number, so that their norm, the root of the sum of all their squares, is
/// at most `most` (Pascanu et al. 2013, arXiv 1211.5063, section 3.2). Burn's own clipping takes each tensor for itself, which turns the
/// direction of the step.
///
/// Nothing is read back from the device. Of gradients that are not finite, none comes back finite.
#[must_use]
pub fn clip_gradients(gradients: GradientsParams, model: &ResNet, most: f64) -> GradientsParams {
    let mut squares = Squares { gradients: &gradients, sum: None };
    model.visit(&mut squares);
    let Some(sum) = squares.sum else { return gradients };
    let factor = ((sum.sqrt() + LEAST).recip() * most).clamp_max(1.0);
    let mut scaled = Scaled { gradients, factor };
    model.visit(&mut scaled);
    scaled.gradients
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(parameter.id) else { return };
        // In two steps: Burn's sum of more than four million numbers has no fixed order.
        let squares = gradient.square().sum_dim(0).sum();
        self.sum = Some(match self.sum.take() {
            Some(sum) => sum + squares,
            None => squares,
        });
    }
}

struct Scaled {
    gradients: GradientsParams,
    factor: Tensor<1>,
}

impl ModuleVisitor for Scaled {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.remove::<D>(parameter.id) else { return };
        let factor = self.factor.clone().reshape([1; D]);
        self.gradients.register(parameter.id, gradient * factor);
    }
}
