//! The learning rate of each step.

use anyhow::{Result, anyhow, ensure};
use burn::lr_scheduler::LrSchedulerConfig;
use burn::lr_scheduler::cosine::CosineAnnealingLrSchedulerConfig;
use burn::lr_scheduler::linear::LinearLrSchedulerConfig;
use burn::lr_scheduler::module_lr_scheduler::{ModuleLrScheduler, ModuleLrSchedulerConfig};
use burn::lr_scheduler::sequential::SequentialLrSchedulerConfig;

use crate::settings::{Schedule, TrainingSettings};

/// Warm-up to the highest rate in a straight line, then along the schedule; an element a step.
///
/// # Errors
///
/// If a setting is not valid, or there is no step.
pub fn learning_rates(settings: &TrainingSettings, steps_per_epoch: usize) -> Result<ModuleLrScheduler> {
    let highest = settings.optimizer.learning_rate;
    let total = steps_per_epoch * settings.epochs as usize;
    ensure!(total > 0, "there is no image to train on; hold out fewer of them, or add some");
    let warm_up = ((settings.optimizer.warm_up * steps_per_epoch as f64).round() as usize).min(total - 1);
    let main = match settings.optimizer.schedule {
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
