//! Everything that defines a run, and where it comes from: a recipe, a file over it, flags over both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use cutmix_core::CutMix;
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::data::{self, Dataset, Source, synthetic};
use crate::device::DeviceChoice;
use crate::pipeline::Augment;
use crate::train::Arm;

/// A run's settings, saved as `config.toml` before training starts. Names in files are those of the fields, with hyphens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Ways of training, one after the other.
    pub arms: Vec<Arm>,
    /// Number of runs, each with a seed of its own: `seed`, `seed` + 1, ….
    pub repeat: u32,
    /// Seed of initial weights, order of images, boxes and partners, and of the pictures of the embedded set.
    pub seed: u64,
    /// The device that was asked for.
    pub device: DeviceChoice,
    /// Folder of CIFAR-10's binary files, or of `train/CLASS/` and `test/CLASS/` with images, or a capture; none for the embedded
    /// set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Side in pixels that images in folders and of captures are brought to.
    pub size: u16,
    /// Leave image files out that cannot be decoded, instead of stopping.
    pub skip_bad: bool,
    /// Train on the first so many images; none for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_limit: Option<usize>,
    /// Test on the first so many images; none for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_limit: Option<usize>,
    /// Share of the training images that is held out, to be scored after every epoch in place of the test images. The embedded set
    /// draws these like its test images.
    pub validation: f64,
    /// Bring each channel to mean 0 and standard deviation 1; else values are 0 to 1.
    pub standardise: bool,
    /// Mirror every other image.
    pub flip: bool,
    /// Move each image by up to so many pixels.
    pub shift: u8,
    /// λ ~ Beta(α, α).
    pub alpha: f64,
    /// Share of the images that CutMix is applied to.
    pub probability: f64,
    /// Layers of the network, 6n+2.
    pub depth: usize,
    /// Share of the old running statistics that batch normalisation keeps at each step, as Keras counts it.
    pub norm_momentum: f64,
    /// Times that every training image is shown.
    pub epochs: u32,
    /// Images per step.
    pub batch_size: usize,
    /// How gradients become steps.
    pub optimizer: Optimizer,
    /// SGD's momentum.
    pub momentum: f64,
    /// Adam's ε.
    pub epsilon: f64,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// What becomes of the learning rate.
    pub schedule: Schedule,
    /// Epochs in which the learning rate rises from zero.
    pub warm_up: f64,
    /// Weight of the sum of squares of the convolution kernels in the loss.
    pub l2: f64,
    /// Steps from one checkpoint to the next; there is one after every epoch anyway.
    pub checkpoint_steps: usize,
}

/// How gradients become steps.
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

/// A complete set of settings to start from. `host/recipes/` has the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Recipe {
    /// The Keras example's settings, unchanged
    KerasExample,
    /// A small network for the embedded data set: standardised pixels, Adam on a cosine, CutMix on every image
    Embedded,
    /// Standardised pixels, flips and shifts, SGD on a cosine with warm-up, CutMix on half of the images
    Strong,
}

impl Recipe {
    /// The recipe's file.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::KerasExample => include_str!("../recipes/keras-example.toml"),
            Self::Embedded => include_str!("../recipes/embedded.toml"),
            Self::Strong => include_str!("../recipes/strong.toml"),
        }
    }

    /// The recipe's settings, without a data folder.
    ///
    /// # Panics
    ///
    /// Never: the files are part of the program, and tests read them all.
    #[must_use]
    pub fn config(self) -> Config {
        toml::from_str(self.text()).expect("recipes are complete")
    }
}

/// Settings by name that replace those of a recipe, from the weakest to the strongest.
#[derive(Debug, Default)]
pub struct Overrides(Vec<(String, Table)>);

impl Overrides {
    /// Settings from a TOML file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is no TOML.
    pub fn read(&mut self, file: &Path) -> Result<()> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
        let table = text.parse().with_context(|| format!("{name} is no TOML"))?;
        self.0.push((name, table));
        Ok(())
    }

    /// One setting; `from` says where it was given.
    ///
    /// # Errors
    ///
    /// If `value` cannot be a setting.
    pub fn set(&mut self, from: &str, key: &str, value: impl Serialize) -> Result<()> {
        let value = toml::Value::try_from(value).with_context(|| from.to_owned())?;
        self.0.push((from.to_owned(), Table::from_iter([(key.to_owned(), value)])));
        Ok(())
    }

    /// The setting of the flag `--key`, if it was given.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn flag(&mut self, key: &str, value: Option<impl Serialize>) -> Result<()> {
        value.map_or(Ok(()), |value| self.set(&format!("--{key}"), key, value))
    }

    /// One setting as `KEY=VALUE`; a value that is no TOML is taken for a string.
    ///
    /// # Errors
    ///
    /// If there is no `=` in it.
    pub fn assign(&mut self, assignment: &str) -> Result<()> {
        let (key, value) = assignment
            .split_once('=')
            .with_context(|| format!("--set {assignment} has no =; write --set KEY=VALUE, as in --set epochs=3"))?;
        let (key, value) = (key.trim(), value.trim());
        let table: Result<Table, _> = format!("value = {value}").parse();
        let value = table.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(|| value.into());
        self.set(&format!("--set {assignment}"), key, value)
    }

    /// The recipe that fits where none was named: with data, the Keras example's.
    #[must_use]
    pub fn default_recipe(&self) -> Recipe {
        if self.0.iter().any(|(_, table)| table.contains_key("data")) { Recipe::KerasExample } else { Recipe::Embedded }
    }

    /// The settings of `recipe` with these in place of its own.
    ///
    /// # Errors
    ///
    /// One sentence that names where a setting came from and what is wrong with it: no such name, or no such value.
    pub fn over(self, recipe: Recipe) -> Result<Config> {
        let mut settings: Table = recipe.text().parse().context("the recipe")?;
        for (from, table) in self.0 {
            for (key, value) in table {
                if !KEYS.contains(&key.as_str()) {
                    bail!("{from}: there is no setting {key:?}{}", nearest(&key));
                }
                settings.insert(key, value);
                // Checked after each, so that the message can say where the wrong one came from.
                let _: Config = settings.clone().try_into().with_context(|| from.clone())?;
            }
        }
        Ok(settings.try_into()?)
    }
}

/// Every setting's name, in the order of [`Config`]; a test holds the two together.
pub const KEYS: [&str; 27] = [
    "arms",
    "repeat",
    "seed",
    "device",
    "data",
    "size",
    "skip-bad",
    "train-limit",
    "test-limit",
    "validation",
    "standardise",
    "flip",
    "shift",
    "alpha",
    "probability",
    "depth",
    "norm-momentum",
    "epochs",
    "batch-size",
    "optimizer",
    "momentum",
    "epsilon",
    "learning-rate",
    "schedule",
    "warm-up",
    "l2",
    "checkpoint-steps",
];

fn nearest(key: &str) -> String {
    let similar = |known: &&str| strsim::jaro_winkler(key, known);
    let best = KEYS.into_iter().max_by(|a, b| similar(a).total_cmp(&similar(b)));
    match best {
        Some(best) if similar(&best) > 0.7 => format!("; did you mean {best:?}?"),
        _ => "; --print-config shows them all".to_owned(),
    }
}

impl Config {
    /// Checks what no type can, before anything else is done.
    ///
    /// # Errors
    ///
    /// One sentence that names the setting and what it may be.
    pub fn validate(&self) -> Result<()> {
        self.cutmix()?;
        ensure!(
            self.depth >= 8 && self.depth % 6 == 2,
            "a ResNet of depth {} does not exist; take --depth 8, 14, 20, 32, 44, 56 or any other 6n+2",
            self.depth
        );
        ensure!(!self.arms.is_empty(), "arms is empty; name baseline, cutmix or both");
        let positive = [
            ("repeat", self.repeat as usize),
            ("epochs", self.epochs as usize),
            ("batch-size", self.batch_size),
            ("checkpoint-steps", self.checkpoint_steps),
            ("train-limit", self.train_limit.unwrap_or(1)),
            ("test-limit", self.test_limit.unwrap_or(1)),
        ];
        for (name, value) in positive {
            ensure!(value > 0, "{name} is 0; it must be at least 1");
        }
        let ranges = [
            ("validation", self.validation, 0.0..=0.9),
            ("norm-momentum", self.norm_momentum, 0.0..=1.0),
            ("momentum", self.momentum, 0.0..=1.0),
            ("learning-rate", self.learning_rate, 1e-30..=1.0),
            ("epsilon", self.epsilon, 1e-30..=1.0),
            ("warm-up", self.warm_up, 0.0..=f64::from(self.epochs)),
            ("l2", self.l2, 0.0..=1.0),
        ];
        for (name, value, range) in ranges {
            let (least, most) = (range.start(), range.end());
            ensure!(range.contains(&value), "{name} is {value}; it must lie between {least} and {most}");
        }
        data::check_side(self.size)?;
        ensure!(
            u16::from(self.shift) < self.size,
            "shift is {}; it must be less than the side of the images, {}",
            self.shift,
            self.size
        );
        Ok(())
    }

    /// The policy: λ by this run's α, boxes by the paper's rule, on this run's share of the images.
    ///
    /// # Errors
    ///
    /// If α is not finite and greater than zero, or the probability is none.
    pub fn cutmix(&self) -> Result<CutMix> {
        CutMix::new(self.alpha as f32)
            .context("--alpha")?
            .with_probability(self.probability as f32)
            .context("probability")
    }

    /// What is done to each image before it is mixed.
    #[must_use]
    pub fn augment(&self) -> Augment {
        Augment { flip: self.flip, shift: self.shift }
    }

    /// Reads the images that this run is about, unless it draws them.
    ///
    /// # Errors
    ///
    /// If a file is missing or damaged, or if a limit exceeds the images there are.
    pub fn load_data(&self) -> Result<Source> {
        let Some(dir) = &self.data else {
            let train = self.train_limit.unwrap_or(synthetic::TRAIN);
            let test = self.test_limit.unwrap_or(synthetic::TEST);
            return Ok(Source::Embedded { train, test });
        };
        let (mut split, skipped) = data::load(dir, self.size, self.skip_bad)?;
        data::report_skipped(&skipped);
        limit(&mut split.train, self.train_limit, "--train-limit")?;
        limit(&mut split.test, self.test_limit, "--test-limit")?;
        Ok(Source::Files(split))
    }

    /// Seeds of the runs that belong to this one.
    pub fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let first = self.seed;
        (0..u64::from(self.repeat)).map(move |number| first.wrapping_add(number))
    }
}

fn limit(images: &mut Arc<Dataset>, limit: Option<usize>, flag: &str) -> Result<()> {
    if let Some(limit) = limit {
        ensure!(
            limit <= images.len(),
            "{flag} {limit}: the data hold {} such images; ask for at most that",
            images.len()
        );
        Arc::make_mut(images).truncate(limit);
    }
    Ok(())
}
