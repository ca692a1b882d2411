//! Flags of the commands that train, and what both of them do.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use super::settings_args::{SettingsArgs, joined};
use crate::experiment;
use crate::ranks::{self, Ranks};
use crate::results::Variant;
use crate::settings::{DeviceChoice, Layers, Settings};
use crate::terminal::console::{Console, complain, leave_to_another};

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
    /// Go on with the run in this folder where it was stopped, with its own settings; with --data if its images were moved, with --epochs for
    /// more of them where the learning rate is constant
    #[arg(long, value_name = "RUN", conflicts_with_all = [
        "size", "skip_bad", "cache", "no_cache", "recipe", "config", "set", "train_limit", "alpha", "seed", "test_limit", "depth", "batch_size",
        "repeat", "device", "out", "print_config",
    ])]
    resume: Option<PathBuf>,
}

impl RunArgs {
    /// Trains `variants`, or goes on with the run that is to be resumed, together with all processes that were started for it.
    pub fn run(self, variants: &[Variant]) -> Result<()> {
        ranks::together(|ranks| {
            if ranks.is_first() {
                return self.run_first(variants, ranks);
            }
            leave_to_another();
            experiment::follow(ranks)
        })
    }

    fn run_first(self, variants: &[Variant], ranks: Ranks) -> Result<()> {
        let json = self.json;
        let console = if json { Console::Machine } else { Console::Person };
        let summary = if let Some(folder) = self.resume {
            let data = self
                .settings
                .data()
                .map(|data| std::path::absolute(data).with_context(|| format!("--data {}", data.display())));
            experiment::resume(&folder, data.transpose()?, self.epochs, console, ranks)?
        } else {
            let (out, print_config) = (self.out.clone(), self.print_config);
            let settings = self.settings(variants)?;
            if print_config {
                Console::Person.say(settings.to_text()?.trim_end());
                return Ok(());
            }
            experiment::run(&settings, out.as_deref(), console, ranks)?
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
        check_arms(&layers, variants)?;
        layers.set("the command", "arms", variants)?;
        joined(recipe, layers)
    }
}

/// The command says what is trained. Who asks for something else with --set has to decide; a file may be meant for another command.
fn check_arms(layers: &Layers, variants: &[Variant]) -> Result<()> {
    let names = variants.iter().map(|variant| variant.name()).collect::<Vec<_>>().join(" and ");
    for (from, arms) in layers.given("arms") {
        if arms.clone().try_into::<Vec<Variant>>().is_ok_and(|arms| arms == variants) {
            continue;
        }
        ensure!(
            !from.starts_with("--"),
            "{from}: this command trains {names}; take compare for both arms, train for cutmix alone, or train --no-cutmix for baseline alone"
        );
        complain(&format!("{from} names the arms {arms}, but the command decides that: it trains {names}."));
    }
    Ok(())
}
