//! How gradients become steps.

use anyhow::{Result, anyhow};
use burn::module::ParamGroup;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, ModuleOptimizer, SgdConfig};
use burn::tensor::Device;

use super::burn_internals::OnDevice;
use crate::settings::{Optimizer, OptimizerSettings};

/// Adam or SGD, with the L2 term's gradient on the convolution kernels only, as in the Keras example; its state is loaded
/// to `device`.
///
/// # Errors
///
/// Never: the pattern of the kernels' names is a constant.
pub fn optimizer(settings: &OptimizerSettings, device: &Device) -> Result<ModuleOptimizer> {
    // Keras adds l2·Σw² to the loss, whose gradient is 2·l2·w; Burn adds penalty·w to the gradient.
    let decay = Some(WeightDecayConfig::new((2.0 * settings.l2) as f32));
    let kernels = ParamGroup::from_regex(r"(conv|projection)\.weight$")
        .map_err(|error| anyhow!("no such parameters: {error:?}"))?;
    Ok(match settings.optimizer {
        Optimizer::Adam => {
            let adam = AdamConfig::new().with_epsilon(settings.epsilon as f32);
            groups(kernels, adam.build(), adam.with_weight_decay(decay).build(), device)
        }
        Optimizer::Sgd => {
            let momentum =
                MomentumConfig::new().with_momentum(settings.momentum).with_dampening(0.0).with_nesterov(true);
            let sgd = SgdConfig::new().with_momentum(Some(momentum));
            groups(kernels, sgd.build(), sgd.with_weight_decay(decay).build(), device)
        }
    })
}

fn groups<O: burn::optim::Optimizer>(kernels: ParamGroup, others: O, decaying: O, device: &Device) -> ModuleOptimizer {
    let on = |optimizer| OnDevice { optimizer, device: device.clone() };
    ModuleOptimizer::from(others.clone()).with_group(ParamGroup::all(), on(others), None).with_group(
        kernels,
        on(decaying),
        None,
    )
}
