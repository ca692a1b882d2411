//! The experiment: the same network, trained without CutMix and with it, from the same initial weights.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::data::Split;
use crate::device::{self, Selected};
use crate::run_dir::RunDir;
use crate::train::{self, Arm, EpochMetrics};
use crate::{picture, preview};

/// What `summary.json` says of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The device that trained.
    pub device: String,
    /// The run's seed.
    pub seed: u64,
    /// Training images.
    pub train_images: usize,
    /// Test images.
    pub test_images: usize,
    /// Times that every training image was shown.
    pub epochs: u32,
    /// One entry an arm, by [`Arm::name`].
    pub arms: BTreeMap<String, ArmSummary>,
}

/// What an arm reached after its last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmSummary {
    /// 0 to 1.
    pub test_accuracy: f32,
    /// In nats.
    pub test_loss: f32,
    /// Training and evaluation.
    pub seconds: f64,
    /// Training images per second, evaluation not counted.
    pub images_per_second: f64,
}

/// Trains the `arms` one after the other, and leaves a complete run folder: settings, metrics, weights, pictures, summary.
///
/// # Errors
///
/// If a setting, the data, the device or the run folder is not as it must be; all of them are checked before training.
pub fn run(config: &Config, arms: &[Arm], out: Option<&std::path::Path>) -> Result<Summary> {
    config.validate()?;
    let split = config.load_data()?;
    let device = device::select(config.device)?;
    let mut run = RunDir::create(out, config)?;
    println!("{}", describe(config, &split, &device));

    run.write("preview.png", &preview::grid(config, &split)?)?;
    let initial = train::initial_weights(config, split.classes.len())?;
    run.write("initial.safetensors", &initial)?;

    let mut summaries = BTreeMap::new();
    let mut curves: Vec<(Arm, Vec<EpochMetrics>)> = Vec::new();
    for &arm in arms {
        let trained =
            train::train(arm, config, &split, initial.clone(), &device.device, |line| run.append_metrics(line))?;
        run.write(&format!("{}.safetensors", arm.name()), &train::weights(&trained.model)?)?;
        if let Some(last) = trained.metrics.last() {
            let summary = ArmSummary {
                test_accuracy: last.test.accuracy,
                test_loss: last.test.loss,
                seconds: trained.seconds,
                images_per_second: trained.images_per_second,
            };
            summaries.insert(arm.name().to_owned(), summary);
        }
        curves.push((arm, trained.metrics));
    }
    let borrowed: Vec<(Arm, &[EpochMetrics])> = curves.iter().map(|(arm, metrics)| (*arm, &metrics[..])).collect();
    run.write("curves.png", &picture::curves(&borrowed)?)?;

    let summary = Summary {
        device: device.name,
        seed: config.seed,
        train_images: split.train.len(),
        test_images: split.test.len(),
        epochs: config.epochs,
        arms: summaries,
    };
    run.write_json("summary.json", &summary)?;
    println!("\n{}\nEverything is in {}.", table(arms, &summary), run.path().display());
    Ok(summary)
}

fn describe(config: &Config, split: &Split, device: &Selected) -> String {
    let Config { depth, epochs, batch_size, alpha, seed, .. } = config;
    let source = match &config.data {
        Some(dir) => format!("the images in {}", dir.display()),
        None => "the embedded data set".to_owned(),
    };
    format!(
        "ResNet-{depth} on {source}: {} training and {} test images, {} classes\n\
         {epochs} epochs in batches of {batch_size}, α = {alpha}, seed {seed}\n\
         Device: {device}\n",
        split.train.len(),
        split.test.len(),
        split.classes.len()
    )
}

fn table(arms: &[Arm], summary: &Summary) -> String {
    let mut table =
        format!("{:<14} {:>14} {:>10} {:>9} {:>9}\n", "", "test accuracy", "test loss", "seconds", "images/s");
    for arm in arms {
        if let Some(ArmSummary { test_accuracy, test_loss, seconds, images_per_second }) = summary.arms.get(arm.name())
        {
            let accuracy = 100.0 * test_accuracy;
            let _ = writeln!(
                table,
                "{:<14} {accuracy:>12.2} % {test_loss:>10.3} {seconds:>9.1} {images_per_second:>9.0}",
                arm.title()
            );
        }
    }
    table
}
