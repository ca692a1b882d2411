//! `host preview`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::settings_args::{SettingsArgs, joined};
use crate::data::Source;
use crate::data::scenes::Scenes;
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
    /// Draws nine mixed images with their soft labels; of images with masks or objects, those as tints and outlines.
    pub fn run(self) -> Result<()> {
        let (recipe, layers) = self.settings.layers()?;
        let settings = joined(recipe, layers)?;
        let seed = settings.run.seed;
        if let Some(folder) = settings.data.path.as_deref().filter(|folder| Scenes::are_in(folder)) {
            let scenes = Scenes::read(folder, settings.data.resize())?;
            return files::write(&self.out, &report::preview_scenes(&scenes, &settings.mixing, seed)?);
        }
        let split = Source::open(&settings.data, seed)?.split(settings.data.validation, settings.data.stretch, seed)?;
        let train = Loaders::new(&split, settings.data.standardise).train;
        files::write(&self.out, &report::preview(&train, &split.classes, &settings.mixing, seed)?)
    }
}
