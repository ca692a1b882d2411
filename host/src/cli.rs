//! The command line.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use cutmix_core::{BoxRule, CutMix, Layout, Shape};

use crate::config::Config;
use crate::device::DeviceChoice;
use crate::run_dir::write_atomically;
use crate::train::Arm;
use crate::{augment, experiment, plan_log, preview};

/// Trains image classifiers with CutMix.
///
/// Without a command: compares training with CutMix and without on a small embedded data set; about a minute on two cores.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
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
    /// Draw nine mixed images with their labels
    Preview {
        #[command(flatten)]
        source: Source,
        /// PNG file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// What the mixed images are made of.
#[derive(Args, Debug)]
struct Source {
    /// Folder with CIFAR-10's binary files, or with cifar-10-batches-bin, or with images in train/CLASS/ and test/CLASS/;
    /// without it, the embedded data set
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Side in pixels that images in folders are brought to [default: 32]
    #[arg(long, value_name = "N", requires = "data")]
    size: Option<u16>,
    /// Leave image files out that cannot be decoded, and list them
    #[arg(long, requires = "data")]
    skip_bad: bool,
    /// Train on the first N images only
    #[arg(long, value_name = "N", value_parser = positive)]
    train_limit: Option<usize>,
    /// λ ~ Beta(A, A) [default: 0.25]
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    alpha: Option<f32>,
    /// Seed of initial weights, order of images, boxes and partners [default: 42]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

#[derive(Args, Debug)]
struct Training {
    #[command(flatten)]
    source: Source,
    /// Test on the first N images only
    #[arg(long, value_name = "N", value_parser = positive)]
    test_limit: Option<usize>,
    /// Times that every training image is shown [default: 15, embedded data set 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Layers of the ResNet, 6n+2 [default: 20, embedded data set 8]
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Images per step [default: 32, embedded data set 16]
    #[arg(long, value_name = "N", value_parser = positive)]
    batch_size: Option<usize>,
    /// Where to train
    #[arg(long, value_enum, default_value_t)]
    device: DeviceChoice,
    /// Run folder, new or empty [default: the first free one of runs/1, runs/2, …]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(error.to_string()),
    }
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

impl Source {
    fn config(self) -> Config {
        let mut config = match self.data {
            Some(dir) => Config::keras_example(dir),
            None => Config::embedded(),
        };
        config.size = self.size.unwrap_or(config.size);
        config.skip_bad = self.skip_bad;
        config.train_limit = self.train_limit;
        config.alpha = self.alpha.unwrap_or(config.alpha);
        config.seed = self.seed.unwrap_or(config.seed);
        config
    }
}

impl Training {
    fn run(self, arms: &[Arm]) -> Result<()> {
        let config = self.source.config();
        let config = Config {
            test_limit: self.test_limit,
            epochs: self.epochs.unwrap_or(config.epochs),
            depth: self.depth.unwrap_or(config.depth),
            batch_size: self.batch_size.unwrap_or(config.batch_size),
            device: self.device,
            ..config
        };
        experiment::run(&config, arms, self.out.as_deref()).map(drop)
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
            None => experiment::run(&Config::embedded(), &both, None).map(drop),
            Some(Command::Compare(training)) => training.run(&both),
            Some(Command::Train { training, no_cutmix }) => {
                training.run(&[if no_cutmix { Arm::Baseline } else { Arm::Cutmix }])
            }
            Some(Command::Plan { width, height, alpha, seed, epoch, count, box_rule, json }) => {
                let shape = Shape::new(width, height, 1, Layout::Hwc)?;
                let cutmix = CutMix::new(alpha).context("--alpha")?.with_rule(box_rule).context("--box-rule")?;
                plan_log::print(&cutmix, shape, count as usize, seed, epoch, json)
            }
            Some(Command::Augment(augment)) => augment.run(),
            Some(Command::Preview { source, out }) => {
                let config = source.config();
                config.validate()?;
                write_atomically(&out, &preview::grid(&config, &config.load_data()?)?)
            }
        }
    }
}
