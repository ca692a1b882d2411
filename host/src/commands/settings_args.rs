//! Flags that are settings of a run, for every command that takes them.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::files;
use crate::settings::{Layers, Recipe};

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
    /// Side in pixels that images from folders and devices are resized to
    #[arg(long, value_name = "N", requires = "data")]
    size: Option<u16>,
    /// Leave image files out that cannot be decoded, and list them
    #[arg(long, requires = "data")]
    skip_bad: bool,
    /// Train on the first N images only
    #[arg(long, value_name = "N")]
    train_limit: Option<usize>,
    /// λ ~ Beta(A, A)
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    alpha: Option<f64>,
    /// Seed of initial weights, order of images, boxes and partners, and of the embedded set's pictures
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl SettingsArgs {
    /// The recipe that was named, and what replaces its settings.
    pub fn layers(self) -> Result<(Option<Recipe>, Layers)> {
        let Self { data, size, skip_bad, recipe, config, set, train_limit, alpha, seed } = self;
        let mut layers = Layers::default();
        if let Some(file) = config {
            layers.file(&file.display().to_string(), &files::read_text(&file)?)?;
        }
        for assignment in &set {
            layers.assign(assignment)?;
        }
        // Absolute, so that a run can go on from any folder.
        let data = data.map(|dir| std::path::absolute(&dir).with_context(|| format!("--data {}", dir.display())));
        layers.flag("data", data.transpose()?)?;
        layers.flag("size", size)?;
        layers.flag("skip-bad", skip_bad.then_some(true))?;
        layers.flag("train-limit", train_limit)?;
        layers.flag("alpha", alpha)?;
        layers.flag("seed", seed)?;
        Ok((recipe, layers))
    }
}
