//! Flags that are settings of a run, for every command that takes them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, value_parser};

use super::cache_args::CacheArgs;
use crate::files;
use crate::settings::{CachePlace, Fit, Layers, Recipe, SIDE, Settings, Size};

/// The largest number that a TOML file holds, and so the largest seed.
const MOST_SEED: u64 = i64::MAX as u64;

/// A run's settings: a recipe, what a file puts in its place, and what flags put in place of both.
#[derive(Args, Debug)]
pub struct SettingsArgs {
    /// Folder with CIFAR-10's binary files, or with cifar-10-batches-bin, or with images in train/CLASS/ and test/CLASS/; or a
    /// file of what a device sent; without it, the embedded data set
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Settings to start from [default: keras-example, without --data embedded]
    #[arg(long, value_enum)]
    recipe: Option<Recipe>,
    /// TOML file of settings that replace the recipe's
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Any other setting by its name, as --print-config shows them; may be given again
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Size in pixels that images from folders and devices are resized to: a side, or two sides as in 96x64
    #[arg(long, value_name = "N|WxH")]
    size: Option<Size>,
    /// How, where their proportions are others [default: crop]
    #[arg(long, value_enum)]
    fit: Option<Fit>,
    /// Color channels of images from folders and devices: 3, or 1 for gray [default: 3]
    #[arg(long, value_name = "N")]
    channels: Option<u16>,
    /// Leave image files out that cannot be decoded, and list them
    #[arg(long)]
    skip_bad: bool,
    #[command(flatten)]
    cache: CacheArgs,
    /// Train on the first N images only
    #[arg(long, value_name = "N")]
    train_limit: Option<usize>,
    /// λ ~ Beta(A, A)
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    alpha: Option<f64>,
    /// Start from the network of a finished run instead of random weights; where its classes are others, its last layer is drawn anew
    #[arg(long, value_name = "RUN")]
    init: Option<PathBuf>,
    /// Seed of initial weights, order of images, boxes and partners, and of the embedded set's pictures
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(..=MOST_SEED))]
    seed: Option<u64>,
}

impl SettingsArgs {
    /// What `--data` names.
    pub fn data(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// The recipe that was named, and what replaces its settings.
    pub fn layers(self) -> Result<(Option<Recipe>, Layers)> {
        let Self { data, size, fit, channels, skip_bad, cache, recipe, config, set, train_limit, alpha, init, seed } =
            self;
        let mut layers = Layers::default();
        if let Some(file) = config {
            layers.file(&file.display().to_string(), &files::read_text(&file)?)?;
        }
        for assignment in &set {
            layers.assign(assignment)?;
        }
        layers.flag("data", data)?;
        layers.flag("size", size)?;
        layers.flag("fit", fit)?;
        layers.flag("channels", channels)?;
        layers.flag("skip-bad", skip_bad.then_some(true))?;
        if let Some(cache) = cache.given()? {
            layers.set(if cache == CachePlace::Off { "--no-cache" } else { "--cache" }, "cache", cache)?;
        }
        layers.flag("train-limit", train_limit)?;
        layers.flag("alpha", alpha)?;
        layers.flag("init", init)?;
        layers.flag("seed", seed)?;
        Ok((recipe, layers))
    }
}

/// The settings of `recipe`, or else of the recipe that fits, with `layers` in place of its own.
///
/// # Errors
///
/// If a setting is not valid, or has no meaning for the embedded data set.
pub fn joined(recipe: Option<Recipe>, layers: Layers) -> Result<Settings> {
    let recipe = recipe.unwrap_or(layers.default_recipe());
    let mut settings = layers.valid(recipe)?;
    if let Some(init) = &mut settings.run.init {
        *init = std::path::absolute(&init).with_context(|| format!("--init {}", init.display()))?;
    }
    let images = &mut settings.data;
    if let Some(path) = &mut images.path {
        // Absolute, so that a run can go on from any folder.
        *path = std::path::absolute(&path).with_context(|| format!("--data {}", path.display()))?;
    } else {
        let other = match images {
            _ if images.channels != 3 => Some(format!("--channels {}", images.channels)),
            _ if images.skip_bad => Some("--skip-bad".to_owned()),
            _ if matches!(images.cache.place, CachePlace::In(_)) => Some("--cache".to_owned()),
            _ => (images.size != Size::square(SIDE)).then(|| format!("--size {}", images.size)),
        };
        if let Some(other) = other {
            bail!(
                "{other}: the pictures of the embedded data set are {SIDE}×{SIDE} pixels in color, and no files; leave that out, or name images with --data"
            );
        }
    }
    settings.validate()?;
    Ok(settings)
}
