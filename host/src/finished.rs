//! The networks that a run ended with, for whoever wants to use them: `evaluate`, `predict` and `export`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use burn::tensor::Device;
use clap::Args;

use crate::config::Config;
use crate::experiment::DataInfo;
use crate::model::ResNet;
use crate::run_dir::{self, read_json, seed_folder};
use crate::train::{Arm, with_weights};

/// Which networks of which run.
#[derive(Args, Debug)]
pub struct Choice {
    /// Folder of a run that is done
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// The network that was trained this way
    #[arg(long, value_enum)]
    pub arm: Option<Arm>,
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
        let config = run_dir::config(&self.run)?;
        let arms = self.arms(&config)?;
        let seeds = self.seeds(&config)?;
        let pairs = seeds.iter().flat_map(|&seed| arms.iter().map(move |&arm| (seed, arm)));
        pairs.map(|(seed, arm)| Network::find(&self.run, &config, seed, arm)).collect()
    }

    /// One network: of the first seed and with CutMix, unless asked for another or there is none.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub fn one(&self) -> Result<Network> {
        let config = run_dir::config(&self.run)?;
        let arms = self.arms(&config)?;
        let arm = if arms.contains(&Arm::Cutmix) { Arm::Cutmix } else { arms[0] };
        let seed = self.seeds(&config)?[0];
        Network::find(&self.run, &config, seed, arm)
    }

    /// At least one.
    fn arms(&self, config: &Config) -> Result<Vec<Arm>> {
        ensure!(!config.arms.is_empty(), "{} is the folder of a run without arms", self.run.display());
        match self.arm {
            None => Ok(config.arms.clone()),
            Some(arm) if config.arms.contains(&arm) => Ok(vec![arm]),
            Some(arm) => {
                let names: Vec<&str> = config.arms.iter().map(|arm| arm.name()).collect();
                bail!("--arm {}: the run in {} trained {} only", arm.name(), self.run.display(), names.join(", "))
            }
        }
    }

    /// At least one.
    fn seeds(&self, config: &Config) -> Result<Vec<u64>> {
        let seeds: Vec<u64> = config.seeds().collect();
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

/// A network that was trained to its end, still on the disk.
#[derive(Clone, Debug)]
pub struct Network {
    /// The run's settings.
    pub config: Config,
    /// What it was trained on, and how its input is made.
    pub info: DataInfo,
    /// The seed that it was trained with.
    pub seed: u64,
    /// How it was trained.
    pub arm: Arm,
    weights: PathBuf,
}

impl Network {
    fn find(run: &Path, config: &Config, seed: u64, arm: Arm) -> Result<Self> {
        let seed_folder = seed_folder(run, seed);
        let folder = seed_folder.join(arm.name());
        let info: Option<DataInfo> = read_json(&seed_folder.join("data.json"))?;
        let (Some(info), true) = (info, folder.join("result.json").exists()) else {
            let command = if config.arms.len() > 1 { "compare" } else { "train" };
            bail!(
                "the run in {} is not finished: there is no result {} from seed {seed} yet; go on with: host {command} \
                 --resume {}",
                run.display(),
                arm.title(),
                run.display()
            )
        };
        Ok(Self { config: config.clone(), info, seed, arm, weights: folder.join("model.safetensors") })
    }

    /// `with CutMix, seed 42`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}, seed {}", self.arm.title(), self.seed)
    }

    /// The network with its last weights, ready to be asked.
    ///
    /// # Errors
    ///
    /// If the file of weights cannot be read, or is not this network's.
    pub fn load(&self, device: &Device) -> Result<ResNet> {
        let path = &self.weights;
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let model = with_weights(&self.config, self.info.classes.len(), bytes, device);
        model.with_context(|| format!("{} is damaged", path.display()))
    }
}
