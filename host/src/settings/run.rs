//! All settings of a run.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use toml::Table;

use super::data::DataSettings;
use super::device::DeviceChoice;
use super::mixing::MixingSettings;
use super::network::NetworkSettings;
use super::toml_text::{parse, wrong_value};
use super::training::{Schedule, TrainingSettings};
use crate::results::Variant;

/// A run's settings, saved as `config.toml` before training starts. In files they stand in one table, under the names of the fields, with
/// hyphens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// What is trained, how often, and where.
    #[serde(flatten)]
    pub run: RunSettings,
    /// Which images.
    #[serde(flatten)]
    pub data: DataSettings,
    /// What is done to them.
    #[serde(flatten)]
    pub mixing: MixingSettings,
    /// Which network.
    #[serde(flatten)]
    pub network: NetworkSettings,
    /// How it learns.
    #[serde(flatten)]
    pub training: TrainingSettings,
}

/// Read by [`experiment`](crate::experiment).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunSettings {
    /// Ways of training, one after the other.
    #[serde(rename = "arms")]
    pub variants: Vec<Variant>,
    /// Number of runs, each with a seed of its own: `seed`, `seed` + 1, ….
    pub repeat: u32,
    /// Seed of initial weights, order of images, boxes and partners, and of the pictures of the embedded set.
    pub seed: u64,
    /// The device that was asked for.
    pub device: DeviceChoice,
    /// Folder of a finished run whose network all variants start from; none for random weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<PathBuf>,
}

impl Settings {
    /// Settings from a complete table.
    ///
    /// # Errors
    ///
    /// If one is missing, of another type, or unknown.
    pub fn from_table(table: &Table) -> Result<Self> {
        let settings: Self = table.clone().try_into().map_err(|error| wrong_value(&error))?;
        // Serde cannot both flatten groups and refuse what none of them knows.
        let known = Table::try_from(&settings)?;
        if let Some(name) = table.keys().find(|name| !known.contains_key(*name)) {
            bail!("there is no setting {name:?}");
        }
        Ok(settings)
    }

    /// Settings from the text of a `config.toml`.
    ///
    /// # Errors
    ///
    /// As [`from_table`](Self::from_table), or if it is not TOML.
    pub fn from_text(text: &str) -> Result<Self> {
        Self::from_table(&parse(text).context("it is not TOML")?)
    }

    /// The text of `config.toml`.
    ///
    /// # Errors
    ///
    /// If the path of the data is not UTF-8.
    pub fn to_text(&self) -> Result<String> {
        toml::to_string(self).context("cannot write the settings as TOML")
    }

    /// These settings with more epochs, for a run that is done or on its way.
    ///
    /// # Errors
    ///
    /// If there are fewer, or its first epochs would have been others in a run of so many.
    pub fn with_epochs(mut self, epochs: u32) -> Result<Self> {
        let earlier = self.training.epochs;
        ensure!(epochs >= earlier, "--epochs {epochs}: the run has {earlier} already; name a higher number");
        let anew = "begin a new run, which may start from this one's network with --init";
        ensure!(
            epochs == earlier || self.training.optimizer.schedule == Schedule::Constant,
            "--epochs {epochs}: the learning rate of this run follows a cosine that ends at zero after {earlier} epochs; {anew}"
        );
        ensure!(
            epochs == earlier || self.training.stop_early == 0,
            "--epochs {epochs}: this run stops early by itself; {anew}"
        );
        let mixing = |epochs| (0..earlier).map(move |epoch| self.mixing.probability_in(epoch, epochs).to_bits());
        ensure!(
            mixing(epochs).eq(mixing(earlier)),
            "--epochs {epochs}: mix-until is a share of the epochs, {}, so that other epochs would have been mixed; {anew}",
            self.mixing.mix_until
        );
        self.training.epochs = epochs;
        Ok(self)
    }

    /// Checks what no type can, before anything else is done.
    ///
    /// # Errors
    ///
    /// One sentence that names the setting and what it may be.
    pub fn validate(&self) -> Result<()> {
        self.network.validate()?;
        ensure!(!self.run.variants.is_empty(), "arms is empty; name baseline, cutmix or both");
        ensure!(self.run.repeat > 0, "repeat is 0; it must be at least 1");
        self.data.validate()?;
        self.training.validate()?;
        self.mixing.validate(self.training.epochs)?;
        let (shift, side) = (self.mixing.augmentation.shift, self.data.size.width.min(self.data.size.height));
        ensure!(u16::from(shift) < side, "shift is {shift}; it must be less than the side of the images, {side}");
        Ok(())
    }
}

impl RunSettings {
    /// Seeds of the runs that belong to this one.
    pub fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let first = self.seed;
        (0..u64::from(self.repeat)).map(move |number| first.wrapping_add(number))
    }

    /// Whether CutMix is compared with training without it.
    #[must_use]
    pub fn compares(&self) -> bool {
        [Variant::Baseline, Variant::Cutmix].iter().all(|variant| self.variants.contains(variant))
    }

    /// The command that trains these variants: `compare` or `train`.
    #[must_use]
    pub fn command(&self) -> &'static str {
        if self.variants.len() > 1 { "compare" } else { "train" }
    }
}
