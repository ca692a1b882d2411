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
    /// Parts of equal size that a batch is cut into, each with a forward and a backward pass of its own, and with batch statistics of its own. The result depends on it, and
    /// not on how many processes share the parts.
    #[serde(default = "one")]
    pub shards: usize,
    /// How gradients become steps.
    #[serde(flatten)]
    pub optimizer: OptimizerSettings,
    /// Share of each label that is spread over all classes alike (Szegedy et al. 2015, arXiv 1512.00567).
    #[serde(default)]
    pub label_smoothing: f64,
    /// Whether classes of few images count as much as those of many.
    #[serde(default)]
    pub balance: Balance,
    /// Epochs without a better validation accuracy after which a training stops; its network is then that of the best epoch, and so it is if the last
    /// epoch comes before. 0 is never: the network is that of the last epoch.
    #[serde(default)]
    pub stop_early: u32,
    /// Share of its old value that the moving average of the weights keeps at each step; the network that is scored and saved is then the averaged
    /// one. 0 is none.
    #[serde(default)]
    pub average_weights: f64,
    /// Steps from one checkpoint to the next; there is one after every epoch anyway.
    pub checkpoint_steps: usize,
}

/// Of a run that was saved before there was the setting.
const fn one() -> usize {
    1
}

/// What is done about classes of few images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// Nothing: every image counts alike.
    #[default]
    None,
    /// Every class counts alike in the loss of the training.
    ClassWeights,
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
    /// The highest norm of all gradients together; longer ones are shortened to it. 0 is none.
    #[serde(default)]
    pub clip_gradient: f64,
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
    /// Whether a training that is done may go on for more epochs: if it would not have had other learning rates before, and was not stopped early.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        self.optimizer.schedule == Schedule::Constant && self.stop_early == 0
    }

    pub(super) fn validate(&self) -> Result<()> {
        let least = [
            ("epochs", self.epochs as usize),
            ("batch-size", self.batch_size),
            ("checkpoint-steps", self.checkpoint_steps),
            ("shards", self.shards),
        ];
        for (name, value) in least {
            ensure!(value > 0, "{name} is 0; it must be at least 1");
        }
        ensure!(
            self.batch_size.is_multiple_of(self.shards),
            "shards is {}, and parts of equal size of a batch of {} are not as many; take a batch-size that it divides",
            self.shards,
            self.batch_size
        );
        check_range("average-weights", self.average_weights, 0.0..=0.999_999)?;
        check_range("label-smoothing", self.label_smoothing, 0.0..=0.9)?;
        let OptimizerSettings { momentum, learning_rate, epsilon, warm_up, l2, clip_gradient, .. } = self.optimizer;
        check_range("momentum", momentum, 0.0..=1.0)?;
        check_range("learning-rate", learning_rate, 1e-30..=1.0)?;
        check_range("epsilon", epsilon, 1e-30..=1.0)?;
        check_range("warm-up", warm_up, 0.0..=f64::from(self.epochs))?;
        check_range("l2", l2, 0.0..=1.0)?;
        check_range("clip-gradient", clip_gradient, 0.0..=1e30)
    }
}
