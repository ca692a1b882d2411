//! Flags of the commands that train, and what both of them do.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::settings_args::SettingsArgs;
use crate::experiment;
use crate::results::Variant;
use crate::settings::{DeviceChoice, Settings};
use crate::terminal::console::Console;

/// A run, new or to be resumed.
#[derive(Args, Debug)]
pub struct RunArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Test on the first N images only
    #[arg(long, value_name = "N")]
    test_limit: Option<usize>,
    /// Epochs: times that every training image is shown
    #[arg(long, value_name = "N")]
    epochs: Option<u32>,
    /// Layers of the ResNet, 6n+2
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Images per step
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,
    /// Train with N seeds, and report means and deviations
    #[arg(long, value_name = "N")]
    repeat: Option<u32>,
    /// Where to train
    #[arg(long, value_enum)]
    device: Option<DeviceChoice>,
    /// Run folder, new or empty [default: the first free one of runs/1, runs/2, …]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the summary as JSON on standard output, and everything else on standard error
    #[arg(long)]
    json: bool,
    /// Print the settings that would be used, as TOML, and stop
    #[arg(long)]
    print_config: bool,
    /// Go on with the run in this folder where it was stopped, with its own settings
    #[arg(long, value_name = "RUN", conflicts_with_all = [
        "data", "size", "skip_bad", "recipe", "config", "set", "train_limit", "alpha", "seed", "test_limit", "epochs", "depth", "batch_size",
        "repeat", "device", "out", "print_config",
    ])]
    resume: Option<PathBuf>,
}

impl RunArgs {
    /// Trains `variants`, or goes on with the run that is to be resumed.
    pub fn run(self, variants: &[Variant]) -> Result<()> {
        let json = self.json;
        let console = if json { Console::Machine } else { Console::Person };
        let summary = if let Some(folder) = self.resume {
            experiment::resume(&folder, None, console)?
        } else {
            let (out, print_config) = (self.out.clone(), self.print_config);
            let settings = self.settings(variants)?;
            if print_config {
                settings.validate()?;
                Console::Person.say(settings.to_text()?.trim_end());
                return Ok(());
            }
            experiment::run(&settings, out.as_deref(), console)?
        };
        if json {
            Console::Person.say(&serde_json::to_string_pretty(&summary)?);
        }
        Ok(())
    }

    fn settings(self, variants: &[Variant]) -> Result<Settings> {
        let Self { settings, test_limit, epochs, depth, batch_size, repeat, device, .. } = self;
        let (recipe, mut layers) = settings.layers()?;
        layers.flag("test-limit", test_limit)?;
        layers.flag("epochs", epochs)?;
        layers.flag("depth", depth)?;
        layers.flag("batch-size", batch_size)?;
        layers.flag("repeat", repeat)?;
        layers.flag("device", device)?;
        layers.set("the command", "arms", variants)?;
        let recipe = recipe.unwrap_or(layers.default_recipe());
        layers.over(recipe)
    }
}
