//! Which networks of which finished run, for the commands that use them.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::experiment::{self, Network};
use crate::results::Variant;
use crate::settings::RunSettings;

/// Which networks of which run.
#[derive(Args, Debug)]
pub struct Choice {
    /// Folder of a run that is done
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// The network that was trained this way
    #[arg(id = "arm", long, value_enum, value_name = "ARM")]
    pub variant: Option<Variant>,
    /// The network that was trained with this seed
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

impl Choice {
    /// Every network of the run that was not ruled out: seed after seed, in the order in which they were trained.
    ///
    /// # Errors
    ///
    /// If the folder is none of a run, the run has no such network, or one is not trained to its end.
    pub fn all(&self) -> Result<Vec<Network>> {
        let settings = experiment::saved_settings(&self.run)?;
        let variants = self.variants(&settings.run)?;
        let seeds = self.seeds(&settings.run)?;
        let pairs = seeds.iter().flat_map(|&seed| variants.iter().map(move |&variant| (seed, variant)));
        pairs.map(|(seed, variant)| Network::find(&self.run, &settings, seed, variant)).collect()
    }

    /// One network: of the first seed and with CutMix, unless asked for another or there is none.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn one(&self) -> Result<Network> {
        let settings = experiment::saved_settings(&self.run)?;
        let variants = self.variants(&settings.run)?;
        let variant = if variants.contains(&Variant::Cutmix) { Variant::Cutmix } else { variants[0] };
        let seed = self.seeds(&settings.run)?[0];
        Network::find(&self.run, &settings, seed, variant)
    }

    /// At least one.
    fn variants(&self, settings: &RunSettings) -> Result<Vec<Variant>> {
        ensure!(!settings.variants.is_empty(), "{} is the folder of a run without arms", self.run.display());
        match self.variant {
            None => Ok(settings.variants.clone()),
            Some(variant) if settings.variants.contains(&variant) => Ok(vec![variant]),
            Some(variant) => {
                let names: Vec<&str> = settings.variants.iter().map(|variant| variant.name()).collect();
                bail!("--arm {}: the run in {} trained {} only", variant.name(), self.run.display(), names.join(", "))
            }
        }
    }

    /// At least one.
    fn seeds(&self, settings: &RunSettings) -> Result<Vec<u64>> {
        let seeds: Vec<u64> = settings.seeds().collect();
        ensure!(!seeds.is_empty(), "{} is the folder of a run without seeds", self.run.display());
        match self.seed {
            None => Ok(seeds),
            Some(seed) if seeds.contains(&seed) => Ok(vec![seed]),
            Some(seed) => {
                let names: Vec<String> = seeds.iter().map(u64::to_string).collect();
                bail!("--seed {seed}: the run in {} has seed {} only", self.run.display(), names.join(", "))
            }
        }
    }
}
