//! Noticing that a training diverges, and saying what to do.

use std::fmt;

use anyhow::{Context as _, Result, anyhow};
use burn::module::{Module as _, ModuleVisitor, Param};
use burn::tensor::Tensor;

use crate::network::ResNet;
use crate::results::Variant;

/// A loss or a weight is not finite any more.
#[derive(Debug)]
pub struct Diverged {
    /// Which one: a clause.
    pub what: String,
    /// Counted from 1.
    pub epoch: u32,
    /// The learning rate that did it.
    pub rate: f64,
}

impl fmt::Display for Diverged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "training diverged: {}, in epoch {}, at a learning rate of {}", self.what, self.epoch, self.rate)
    }
}

impl std::error::Error for Diverged {}

impl Diverged {
    /// What to tell the user who trained `variant` with a highest learning rate of `highest`.
    pub fn explain(&self, variant: Variant, highest: f64) -> anyhow::Error {
        let Self { what, epoch, rate } = self;
        anyhow!(
            "training {} diverged: {what}, in epoch {epoch}, at a learning rate of {rate}; going on with --resume would diverge again, so \
             begin a new run with a lower rate, --set learning-rate={}, or another --seed",
            variant.title(),
            (highest / 10.0) as f32 // without digits that nobody asked for
        )
    }
}

/// Losses of the last steps, still on the device, and the learning rates of those steps.
#[derive(Default)]
pub struct RecentLosses {
    losses: Vec<Tensor<1>>,
    rates: Vec<f64>,
}

impl RecentLosses {
    /// After a step.
    pub fn push(&mut self, loss: Tensor<1>, rate: f64) {
        self.losses.push(loss);
        self.rates.push(rate);
    }

    /// Waits for the device, and stops if a loss is not finite; the last one is that of step `last_step`, in `epoch`.
    pub fn check(&mut self, last_step: usize, epoch: u32) -> Result<()> {
        if self.losses.is_empty() {
            return Ok(());
        }
        let losses = std::mem::take(&mut self.losses);
        let rates = std::mem::take(&mut self.rates);
        let values = Tensor::cat(losses, 0).try_into_data().context("cannot read the losses back from the device")?;
        let values = values.try_to_vec::<f32>().map_err(|error| anyhow!("cannot read the losses back: {error:?}"))?;
        let Some(bad) = values.iter().position(|loss| !loss.is_finite()) else { return Ok(()) };
        let step = last_step - values.len() + bad + 1;
        Err(Diverged { what: format!("the loss is {} at step {step}", values[bad]), epoch, rate: rates[bad] }.into())
    }
}

/// Whether all weights of `model` are finite.
pub fn is_finite(model: &ResNet) -> bool {
    let mut finite = Finite(true);
    model.visit(&mut finite);
    finite.0
}

struct Finite(bool);

impl ModuleVisitor for Finite {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.0 &= parameter.val().into_data().iter::<f32>().all(f32::is_finite);
    }
}
