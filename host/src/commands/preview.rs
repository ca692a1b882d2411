//! `host preview`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::settings_args::{SettingsArgs, joined};
use crate::data::Source;
use crate::pipeline::Loaders;
use crate::{files, report};

/// Of which run, and where to.
#[derive(Args, Debug)]
pub struct Preview {
    #[command(flatten)]
    settings: SettingsArgs,
    /// PNG file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Preview {
    /// Draws nine mixed images with their soft labels.
    pub fn run(self) -> Result<()> {
        let (recipe, layers) = self.settings.layers()?;
        let settings = joined(recipe, layers)?;
        let seed = settings.run.seed;
        let split = Source::open(&settings.data, seed)?.split(settings.data.validation, settings.data.stretch, seed)?;
        let train = Loaders::new(&split, settings.data.standardise).train;
        files::write(&self.out, &report::preview(&train, &split.classes, &settings.mixing, seed)?)
    }
}
