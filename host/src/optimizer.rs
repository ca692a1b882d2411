//! How gradients become steps: the optimizer, and the learning rate of each step.

use anyhow::{Result, anyhow};
use burn::lr_scheduler::LrSchedulerConfig;
use burn::lr_scheduler::cosine::CosineAnnealingLrSchedulerConfig;
use burn::lr_scheduler::linear::LinearLrSchedulerConfig;
use burn::lr_scheduler::module_lr_scheduler::{ModuleLrScheduler, ModuleLrSchedulerConfig};
use burn::lr_scheduler::sequential::SequentialLrSchedulerConfig;
use burn::module::ParamGroup;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, DynOptimizer, DynState, ModuleOptimizer, SgdConfig, StateSink, StateSource};
use burn::tensor::Device;
use burn::tensor::kind::BridgeTensor;

use crate::config::{Config, Optimizer, Schedule};

/// The learning rate of each step: up to the highest in a straight line, then along the schedule.
///
/// # Errors
///
/// If the settings are no valid ones.
pub fn learning_rates(config: &Config, steps_per_epoch: usize) -> Result<ModuleLrScheduler> {
    let highest = config.learning_rate;
    let total = steps_per_epoch * config.epochs as usize;
    let warm_up = ((config.warm_up * steps_per_epoch as f64).round() as usize).min(total - 1);
    let main = match config.schedule {
        Schedule::Constant => LrSchedulerConfig::Constant(highest),
        Schedule::Cosine => LrSchedulerConfig::Cosine(CosineAnnealingLrSchedulerConfig::new(highest, total - warm_up)),
    };
    let schedule = if warm_up == 0 {
        ModuleLrSchedulerConfig::new(main).init()
    } else {
        let first = highest / (warm_up + 1) as f64;
        let rise = LrSchedulerConfig::Linear(LinearLrSchedulerConfig::new(first, highest, warm_up));
        SequentialLrSchedulerConfig::new(vec![rise, main], vec![warm_up]).init()
    };
    schedule.map_err(|error| anyhow!("learning-rate: {error}"))
}

/// Adam or SGD, with the L2 term's gradient on the convolution kernels only, as in the Keras example; its state is loaded
/// to `device`.
///
/// # Errors
///
/// Never: the pattern of the kernels' names is a constant.
pub fn optimizer(config: &Config, device: &Device) -> Result<ModuleOptimizer> {
    // Keras adds l2·Σw² to the loss, whose gradient is 2·l2·w; Burn adds penalty·w to the gradient.
    let decay = Some(WeightDecayConfig::new((2.0 * config.l2) as f32));
    let kernels = ParamGroup::from_regex(r"(conv|projection)\.weight$")
        .map_err(|error| anyhow!("no such parameters: {error:?}"))?;
    Ok(match config.optimizer {
        Optimizer::Adam => {
            let adam = AdamConfig::new().with_epsilon(config.epsilon as f32);
            groups(kernels, adam.build(), adam.with_weight_decay(decay).build(), device)
        }
        Optimizer::Sgd => {
            let momentum = MomentumConfig::new().with_momentum(config.momentum).with_dampening(0.0).with_nesterov(true);
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

/// An optimizer that loads its state to the device that trains.
///
/// Burn's own load it to the default device, which is chosen by what was compiled in: a GPU even where there is none.
#[derive(Clone)]
struct OnDevice<O> {
    optimizer: O,
    device: Device,
}

impl<O: burn::optim::Optimizer> DynOptimizer for OnDevice<O> {
    fn step_dyn(
        &self,
        rank: usize,
        rate: f64,
        tensor: BridgeTensor,
        gradient: BridgeTensor,
        state: Option<DynState>,
    ) -> (BridgeTensor, Option<DynState>) {
        self.optimizer.step_dyn(rank, rate, tensor, gradient, state)
    }

    fn to_device_dyn(&self, state: DynState, device: &Device) -> DynState {
        self.optimizer.to_device_dyn(state, device)
    }

    fn state_flatten(&self, prefix: &str, state: &DynState, out: &mut StateSink) {
        self.optimizer.state_flatten(prefix, state, out);
    }

    fn state_unflatten(&self, rank: usize, prefix: &str, src: &mut StateSource, _default: &Device) -> Option<DynState> {
        self.optimizer.state_unflatten(rank, prefix, src, &self.device)
    }
}
