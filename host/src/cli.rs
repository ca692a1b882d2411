//! The command line.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use cutmix_core::{BoxRule, CutMix, Layout, Shape};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Overrides, Recipe};
use crate::device::DeviceChoice;
use crate::fetch::Fetch;
use crate::interrupt::{self, Interrupted};
use crate::progress::{Console, complain};
use crate::run_dir::write_atomically;
use crate::train::Arm;
use crate::{augment, evaluate, experiment, export, import, plan_log, predict, preview, replay};

/// Seeds of the run that nothing was said about.
const DEMONSTRATION_SEEDS: u32 = 5;

/// Trains image classifiers with CutMix.
///
/// Without a command: compares training with CutMix and without on a small embedded data set, five times; about a minute on two cores.
#[derive(Debug, Parser)]
#[command(name = "host", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Download a data set; a download that broke goes on where it stopped
    Fetch(Fetch),
    /// Train the same network twice, without CutMix and with it, from the same initial weights
    Compare(Training),
    /// Train one network
    Train {
        #[command(flatten)]
        training: Training,
        /// Train without CutMix
        #[arg(long)]
        no_cutmix: bool,
    },
    /// Score a finished run's networks on its test images again, class by class
    Evaluate(evaluate::Args),
    /// Ask a finished run's network what is on images
    Predict(predict::Args),
    /// Write a finished run's network to a file for PyTorch and others
    Export(export::Args),
    /// Print the plans of an epoch: which image gets which box of which other
    Plan {
        /// Width of the images in pixels
        #[arg(long, value_name = "W", default_value_t = 32)]
        width: u16,
        /// Height of the images in pixels
        #[arg(long, value_name = "H", default_value_t = 32)]
        height: u16,
        /// λ ~ Beta(A, A)
        #[arg(long, value_name = "A", default_value_t = 0.25, allow_negative_numbers = true)]
        alpha: f32,
        /// Seed of order, boxes and partners
        #[arg(long, value_name = "N", default_value_t = 42)]
        seed: u64,
        /// Epoch, counted from 0
        #[arg(long, value_name = "N", default_value_t = 0)]
        epoch: u32,
        /// Images of the epoch, and so plans
        #[arg(long, value_name = "N", default_value_t = 10)]
        count: u32,
        /// paper, odd-sides, at-least-one-pixel, inside, or min-max:MIN,MAX (shares of a side)
        #[arg(long, value_name = "RULE", default_value = "paper", value_parser = box_rule)]
        box_rule: BoxRule,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Write mixed copies of a folder of images, with a table of their labels
    Augment(augment::Augment),
    /// Turn what a device sent into a folder of images, with tables of their labels
    Import(import::Import),
    /// Carry out plans that a device sent without pixels, on its frames
    Replay(replay::Replay),
    /// Draw nine mixed images with their labels
    Preview {
        #[command(flatten)]
        settings: Settings,
        /// PNG file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Print the script that completes commands and flags in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// A run's settings: a recipe, what a file puts in its place, and what flags put in place of both.
#[derive(Args, Debug)]
struct Settings {
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
    /// Side in pixels that images in folders and from devices are brought to
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

#[derive(Args, Debug)]
struct Training {
    #[command(flatten)]
    settings: Settings,
    /// Test on the first N images only
    #[arg(long, value_name = "N")]
    test_limit: Option<usize>,
    /// Times that every training image is shown
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

fn box_rule(text: &str) -> Result<BoxRule, String> {
    match text {
        "paper" => Ok(BoxRule::Paper),
        "odd-sides" => Ok(BoxRule::OddSides),
        "at-least-one-pixel" => Ok(BoxRule::AtLeastOnePixel),
        "inside" => Ok(BoxRule::Inside),
        _ => {
            let shares = text.strip_prefix("min-max:").and_then(|shares| shares.split_once(','));
            let parsed = shares.and_then(|(min, max)| Some((min.parse().ok()?, max.parse().ok()?)));
            let (min, max) = parsed.ok_or("take paper, odd-sides, at-least-one-pixel, inside or min-max:MIN,MAX")?;
            Ok(BoxRule::MinMax { min, max })
        }
    }
}

impl Settings {
    /// The recipe, and what replaces its settings.
    fn overrides(self) -> Result<(Option<Recipe>, Overrides)> {
        let Self { data, size, skip_bad, recipe, config, set, train_limit, alpha, seed } = self;
        let mut overrides = Overrides::default();
        if let Some(file) = config {
            overrides.read(&file)?;
        }
        for assignment in &set {
            overrides.assign(assignment)?;
        }
        // Absolute, so that a run can go on from any folder.
        let data = data.map(|dir| std::path::absolute(&dir).with_context(|| format!("--data {}", dir.display())));
        overrides.flag("data", data.transpose()?)?;
        overrides.flag("size", size)?;
        overrides.flag("skip-bad", skip_bad.then_some(true))?;
        overrides.flag("train-limit", train_limit)?;
        overrides.flag("alpha", alpha)?;
        overrides.flag("seed", seed)?;
        Ok((recipe, overrides))
    }
}

impl Training {
    fn run(self, arms: &[Arm]) -> Result<()> {
        let json = self.json;
        let console = if json { Console::Machine } else { Console::Person };
        let summary = if let Some(folder) = self.resume {
            experiment::resume(&folder, console)?
        } else {
            let (out, print_config) = (self.out.clone(), self.print_config);
            let config = self.config(arms)?;
            if print_config {
                config.validate()?;
                Console::Person.say(toml::to_string(&config)?.trim_end());
                return Ok(());
            }
            experiment::run(&config, out.as_deref(), console)?
        };
        if json {
            Console::Person.say(&serde_json::to_string_pretty(&summary)?);
        }
        Ok(())
    }

    fn config(self, arms: &[Arm]) -> Result<Config> {
        let Self { settings, test_limit, epochs, depth, batch_size, repeat, device, .. } = self;
        let (recipe, mut overrides) = settings.overrides()?;
        overrides.flag("test-limit", test_limit)?;
        overrides.flag("epochs", epochs)?;
        overrides.flag("depth", depth)?;
        overrides.flag("batch-size", batch_size)?;
        overrides.flag("repeat", repeat)?;
        overrides.flag("device", device)?;
        overrides.set("the command", "arms", arms)?;
        let recipe = recipe.unwrap_or(overrides.default_recipe());
        overrides.over(recipe)
    }
}

/// The program: does what the command line asks for, and says in one sentence what failed.
#[must_use]
pub fn main() -> ExitCode {
    // Errors of libraries only, unless RUST_LOG says otherwise: what a user needs to know is printed anyway.
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    match interrupt::install().and_then(|()| cli.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Interrupted>() => {
            complain(&error.to_string());
            ExitCode::from(interrupt::EXIT_CODE)
        }
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    /// Does what the command line asks for.
    ///
    /// # Errors
    ///
    /// One sentence that names what is wrong and what to do about it.
    pub fn run(self) -> Result<()> {
        let both = [Arm::Baseline, Arm::Cutmix];
        match self.command {
            None => demonstrate(),
            Some(Command::Fetch(fetch)) => fetch.run(),
            Some(Command::Compare(training)) => training.run(&both),
            Some(Command::Train { training, no_cutmix }) => {
                training.run(&[if no_cutmix { Arm::Baseline } else { Arm::Cutmix }])
            }
            Some(Command::Evaluate(arguments)) => arguments.run(),
            Some(Command::Predict(arguments)) => arguments.run(),
            Some(Command::Export(arguments)) => arguments.run(),
            Some(Command::Plan { width, height, alpha, seed, epoch, count, box_rule, json }) => {
                let shape = Shape::new(width, height, 1, Layout::Hwc)?;
                let cutmix = CutMix::new(alpha).context("--alpha")?.with_rule(box_rule).context("--box-rule")?;
                plan_log::print(&cutmix, shape, count as usize, seed, epoch, json)
            }
            Some(Command::Augment(augment)) => augment.run(),
            Some(Command::Import(import)) => import.run(),
            Some(Command::Replay(replay)) => replay.run(),
            Some(Command::Preview { settings, out }) => preview(settings, &out),
            Some(Command::Completions { shell }) => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "host", &mut script);
                Console::Person.say(String::from_utf8_lossy(&script).trim_end());
                Ok(())
            }
        }
    }
}

/// What `compare --repeat 5` does: several seeds, so that it can be said whether the difference is more than chance.
fn demonstrate() -> Result<()> {
    let config = Config { repeat: DEMONSTRATION_SEEDS, ..Recipe::Embedded.config() };
    Console::Person.say(&format!(
        "Trains the same small network without CutMix and with it, {DEMONSTRATION_SEEDS} times each, and scores it on pictures that it \
         never saw:\nabout a minute on two cores.\n"
    ));
    experiment::run(&config, None, Console::Person).map(drop)
}

fn preview(settings: Settings, out: &Path) -> Result<()> {
    let (recipe, overrides) = settings.overrides()?;
    let recipe = recipe.unwrap_or(overrides.default_recipe());
    let config = overrides.over(recipe)?;
    config.validate()?;
    let source = config.load_data()?;
    source.check_validation(config.validation)?;
    let split = source.split(config.validation, config.seed);
    write_atomically(out, &preview::grid(&config, &split)?)
}
