//! How a network learns.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::range::check_range;

/// Read by [`training`](crate::training).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TrainingSettings {
    /// Epochs: times that every training image is shown.
    pub epochs: u32,
    /// Images per step.
    pub batch_size: usize,
    /// How gradients become steps.
    #[serde(flatten)]
    pub optimizer: OptimizerSettings,
    /// Share of each label that is spread over all classes alike (Szegedy et al. 2015, arXiv 1512.00567).
    #[serde(default)]
    pub label_smoothing: f64,
    /// Steps from one checkpoint to the next; there is one after every epoch anyway.
    pub checkpoint_steps: usize,
}

/// How gradients become steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OptimizerSettings {
    /// Which one.
    pub optimizer: Optimizer,
    /// SGD's momentum.
    pub momentum: f64,
    /// Adam's ε.
    pub epsilon: f64,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// What becomes of the learning rate.
    pub schedule: Schedule,
    /// Epochs of learning-rate warm-up: it rises from zero.
    pub warm_up: f64,
    /// Weight of the sum of squares of the convolution kernels in the loss.
    pub l2: f64,
}

/// A method to make steps of gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// Kingma and Ba 2015, arXiv 1412.6980.
    Adam,
    /// Stochastic gradient descent with Nesterov momentum (Sutskever et al. 2013).
    Sgd,
}

/// What becomes of the learning rate after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// It stays.
    Constant,
    /// It falls along half a cosine, to zero at the end (Loshchilov and Hutter 2017, arXiv 1608.03983).
    Cosine,
}

impl TrainingSettings {
    pub(super) fn validate(&self) -> Result<()> {
        let least = [
            ("epochs", self.epochs as usize),
            ("batch-size", self.batch_size),
            ("checkpoint-steps", self.checkpoint_steps),
        ];
        for (name, value) in least {
            ensure!(value > 0, "{name} is 0; it must be at least 1");
        }
        check_range("label-smoothing", self.label_smoothing, 0.0..=0.9)?;
        let OptimizerSettings { momentum, learning_rate, epsilon, warm_up, l2, .. } = self.optimizer;
        check_range("momentum", momentum, 0.0..=1.0)?;
        check_range("learning-rate", learning_rate, 1e-30..=1.0)?;
        check_range("epsilon", epsilon, 1e-30..=1.0)?;
        check_range("warm-up", warm_up, 0.0..=f64::from(self.epochs))?;
        check_range("l2", l2, 0.0..=1.0)
    }
}
