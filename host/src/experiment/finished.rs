//! The networks that a run ended with.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use burn::tensor::Device;

use super::run_folder::{saved_settings, seed_folder};
use crate::data::DataInfo;
use crate::files;
use crate::network::{ResNet, initial_weights, load_weights, weights};
use crate::results::{RESULT, Variant};
use crate::settings::{NetworkSettings, Settings};
use crate::terminal::program;

/// A network that was trained to its end, still on the disk.
#[derive(Clone, Debug)]
pub struct Network {
    /// The run's settings.
    pub settings: Settings,
    /// What it was trained on, and how its input is made.
    pub info: DataInfo,
    /// The seed that it was trained with.
    pub seed: u64,
    /// How it was trained.
    pub variant: Variant,
    weights: PathBuf,
}

impl Network {
    /// The network of the run in the folder `run`, with these `settings`, that was trained as `variant` with `seed`.
    ///
    /// # Errors
    ///
    /// If it is not trained to its end.
    pub fn find(run: &Path, settings: &Settings, seed: u64, variant: Variant) -> Result<Self> {
        let seed_folder = seed_folder(run, seed);
        let folder = seed_folder.join(variant.name());
        let path = seed_folder.join("data.json");
        let info = DataInfo::read(&path)?;
        let (Some(info), true) = (info, folder.join(RESULT).exists()) else {
            bail!(
                "the run in {0} is not finished: there is no result {1} from seed {seed} yet; go on with: {2}",
                run.display(),
                variant.title(),
                program::command(&[settings.run.command(), "--resume", &run.display().to_string()])
            )
        };
        ensure!(
            info.channels() == settings.data.channels,
            "{} is damaged: its normalization is not of the {} channels that config.toml says",
            path.display(),
            settings.data.channels
        );
        Ok(Self { settings: settings.clone(), info, seed, variant, weights: folder.join("model.safetensors") })
    }

    /// The network of the run in the folder `run` that a training with these `settings` may start from: of its first seed, with CutMix if it has one.
    ///
    /// # Errors
    ///
    /// If there is none, or it has not as many layers or filters.
    pub fn to_start_from(run: &Path, settings: &NetworkSettings) -> Result<Self> {
        let earlier = saved_settings(run)?;
        let variants = &earlier.run.variants;
        let with = variants.iter().find(|variant| **variant == Variant::Cutmix);
        let variant = *with.or(variants.first()).context("a run without arms")?;
        ensure!(
            (earlier.network.depth, earlier.network.width) == (settings.depth, settings.width),
            "--init {}: its network is a {}, and this one is a {}; take --depth {} and --set width={}",
            run.display(),
            earlier.network.title(),
            settings.title(),
            earlier.network.depth,
            earlier.network.width
        );
        Self::find(run, &earlier, earlier.run.seed, variant)
    }

    /// Its weights for a network of `classes`, as safetensors, and whether the last layer is another: it is drawn by `seed` where the classes are
    /// others, or in another order.
    ///
    /// # Errors
    ///
    /// If they cannot be read, or are not this network's.
    pub fn initial_for(&self, classes: &[String], seed: u64) -> Result<(Vec<u8>, bool)> {
        let device = Device::flex();
        let earlier = self.load(&device)?;
        if self.info.classes == classes {
            return Ok((weights(&earlier)?, false));
        }
        let settings = &self.settings.network;
        let drawn = initial_weights(settings, [self.info.channels().into(), classes.len()], seed)?;
        let drawn = load_weights(settings, [self.info.channels().into(), classes.len()], drawn, &device)?;
        Ok((weights(&earlier.with_last_layer_of(drawn))?, true))
    }

    fn ends(&self) -> [usize; 2] {
        [self.info.channels().into(), self.info.classes.len()]
    }

    /// `with CutMix, seed 42`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}, seed {}", self.variant.title(), self.seed)
    }

    /// The network with its last weights, ready to be asked.
    ///
    /// # Errors
    ///
    /// If the file of weights cannot be read, or is not this network's.
    pub fn load(&self, device: &Device) -> Result<ResNet> {
        let path = &self.weights;
        let model = load_weights(&self.settings.network, self.ends(), files::read(path)?, device);
        model.with_context(|| format!("{} is damaged", path.display()))
    }
}
