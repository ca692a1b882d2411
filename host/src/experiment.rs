//! The experiment: the same network, trained without CutMix and with it, from the same initial weights; over several seeds if asked.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, StudentsT};
use statrs::statistics::Statistics as _;

use crate::checkpoint::{self, Checkpoint};
use crate::config::Config;
use crate::data::{Normalization, Source, Split};
use crate::device::{self, Selected};
use crate::predictions::Contrast;
use crate::progress::Console;
use crate::report::Report;
use crate::run_dir::{JsonLines, RunDir, read_json, write_atomically, write_json};
use crate::train::{self, Arm, EpochMetrics, Score, Training};
use crate::{picture, predictions, preview};

/// What `data.json` says: what a network was trained on, and how its input is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataInfo {
    /// Name of each class, in the order of the network's outputs.
    pub classes: Vec<String>,
    /// Width and height of the images in pixels.
    pub size: [u16; 2],
    /// How bytes become numbers.
    pub normalization: Normalization,
    /// Images that it learnt from.
    pub train_images: usize,
    /// Images held out of the training images.
    pub validation_images: usize,
    /// Images that the result is about.
    pub test_images: usize,
    /// CRC-32 of all bytes of the training images, so that a resumed run notices others.
    pub train_crc32: u32,
}

/// What `result.json` says of an arm that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmResult {
    /// On the test images, after the last epoch.
    pub test: Score,
    /// Test images of class r that were taken for class c, in row r and column c.
    pub confusion: Vec<Vec<u32>>,
    /// Training and evaluation.
    pub seconds: f64,
    /// Training images per second, evaluation not counted.
    pub images_per_second: f64,
}

/// What `summary.json` says of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The device that trained.
    pub device: String,
    /// The runs' seeds.
    pub seeds: Vec<u64>,
    /// Training images.
    pub train_images: usize,
    /// Images held out of the training images.
    pub validation_images: usize,
    /// Test images.
    pub test_images: usize,
    /// Times that every training image was shown.
    pub epochs: u32,
    /// One entry an arm, by [`Arm::name`].
    pub arms: BTreeMap<String, ArmSummary>,
    /// Of the test accuracies, with CutMix less without, where there are both.
    pub difference: Option<Difference>,
}

/// What an arm reached after its last epoch, as means over the seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmSummary {
    /// 0 to 1.
    pub test_accuracy: f64,
    /// Standard deviation of the accuracy from seed to seed, where there are several.
    pub test_accuracy_deviation: Option<f64>,
    /// In nats.
    pub test_loss: f64,
    /// Training and evaluation.
    pub seconds: f64,
    /// Training images per second, evaluation not counted.
    pub images_per_second: f64,
    /// 0 to 1, a seed each.
    pub test_accuracies: Vec<f64>,
}

/// The mean of paired differences: with the same seed, both arms start from the same weights and see the same order of images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// 0 to 1.
    pub mean: f64,
    /// Of the mean; none for a single seed.
    pub standard_error: Option<f64>,
    /// Half the width of the 95 % confidence interval of the mean (Student's t); none for a single seed.
    pub margin: Option<f64>,
    /// Whether 0 lies outside that interval; none for a single seed.
    pub significant: Option<bool>,
}

impl Difference {
    /// Of pairs, a seed each.
    ///
    /// # Panics
    ///
    /// Never: the degrees of freedom are at least 1.
    #[must_use]
    pub fn between(with: &[f64], without: &[f64]) -> Self {
        let differences: Vec<f64> = with.iter().zip(without).map(|(with, without)| with - without).collect();
        let mean = differences.iter().mean();
        if differences.len() < 2 {
            return Self { mean, standard_error: None, margin: None, significant: None };
        }
        let pairs = differences.len() as f64;
        let error = (&differences).std_dev() / pairs.sqrt();
        let student = StudentsT::new(0.0, 1.0, pairs - 1.0).expect("at least one degree of freedom");
        let margin = student.inverse_cdf(0.975) * error;
        Self { mean, standard_error: Some(error), margin: Some(margin), significant: Some(mean.abs() > margin) }
    }
}

/// Starts a run in a new folder and trains all of its arms.
///
/// # Errors
///
/// If a setting, the data, the device or the run folder is not as it must be; all of them are checked before training. And
/// whatever [`Training::run`] reports.
pub fn run(config: &Config, out: Option<&Path>, console: Console) -> Result<Summary> {
    config.validate()?;
    let source = config.load_data()?;
    source.check_validation(config.validation)?;
    let device = device::select(config.device)?;
    let run = RunDir::create(out, config)?;
    drive(config, &source, &device, &run, console)
}

/// Goes on with the run in `folder` where it stopped, and ends as if it had not.
///
/// # Errors
///
/// As [`run`], and if `folder` is no run folder or the data are not those that it was begun with.
pub fn resume(folder: &Path, console: Console) -> Result<Summary> {
    let (run, config) = RunDir::open(folder)?;
    config.validate()?;
    let source = config.load_data()?;
    source.check_validation(config.validation)?;
    let device = device::select(config.device)?;
    drive(&config, &source, &device, &run, console)
}

fn drive(config: &Config, source: &Source, device: &Selected, run: &RunDir, console: Console) -> Result<Summary> {
    let mut results: BTreeMap<Arm, Vec<ArmResult>> = BTreeMap::new();
    let mut curves: Vec<(Arm, Vec<EpochMetrics>)> = Vec::new();
    let mut info = None;
    let mut preview = Vec::new();
    let mut contrasts = Vec::new();
    for seed in config.seeds() {
        let split = source.split(config.validation, seed);
        if info.is_none() {
            console.say(&describe(config, &split, device));
        }
        if config.repeat > 1 {
            console.say(&format!("Seed {seed}"));
        }
        let normalization = if config.standardise {
            Normalization::of(&split.train)
        } else {
            Normalization::none(split.train.shape().channels())
        };
        let seed_info = begin_seed(config, &split, &normalization, run, seed)?;
        if info.is_none() {
            preview = preview::grid(config, &split)?;
            write_atomically(&run.path().join("preview.png"), &preview)?;
            info = Some(seed_info);
        }
        for &arm in &config.arms {
            let folder = run.arm(seed, arm)?;
            let resume = format!("host {} --resume {}", command(&config.arms), run.path().display());
            let training = Training {
                config,
                arm,
                seed,
                split: &split,
                normalization: &normalization,
                device: &device.device,
                folder: &folder,
                resume: &resume,
                console,
            };
            let result = match read_json(&folder.join("result.json"))? {
                Some(result) => result,
                None => guarded(&device.name, &resume, || train_arm(&training))?,
            };
            let confusion = picture::confusion(arm, &split.classes, &result.confusion)?;
            write_atomically(&folder.join("confusion.png"), &confusion)?;
            curves.push((arm, read_metrics(&folder.join("metrics.jsonl"))?));
            results.entry(arm).or_default().push(result);
        }
        if seed == config.seed && [Arm::Baseline, Arm::Cutmix].iter().all(|arm| config.arms.contains(arm)) {
            contrasts = predictions::contrasts(&run.seed(seed)?, seed, &split.test)?;
            for Contrast { right, picture, .. } in &contrasts {
                let name = format!("right-only-{}.png", right.title().replace(' ', "-"));
                picture.as_ref().map_or(Ok(()), |picture| write_atomically(&run.path().join(name), picture))?;
            }
        }
    }
    let borrowed: Vec<(Arm, &[EpochMetrics])> = curves.iter().map(|(arm, metrics)| (*arm, &metrics[..])).collect();
    let curves = picture::curves(&borrowed)?;
    write_atomically(&run.path().join("curves.png"), &curves)?;

    let info = info.context("a run without a seed")?;
    let summary = summarise(config, &info, device, &results);
    write_json(&run.path().join("summary.json"), &summary)?;
    let report = Report {
        config,
        info: &info,
        summary: &summary,
        results: &results,
        curves: &curves,
        preview: &preview,
        contrasts: &contrasts,
    }
    .html()?;
    let page = run.path().join("report.html");
    write_atomically(&page, report.as_bytes())?;
    console.say(&format!(
        "\n{}\nEverything is in {}; look at {}.",
        table(config, &summary),
        run.path().display(),
        page.display()
    ));
    Ok(summary)
}

fn command(arms: &[Arm]) -> &'static str {
    if arms.len() > 1 { "compare" } else { "train" }
}

/// Leaves what both arms of a seed share, or checks that it is what it was.
fn begin_seed(
    config: &Config,
    split: &Split,
    normalization: &Normalization,
    run: &RunDir,
    seed: u64,
) -> Result<DataInfo> {
    let folder = run.seed(seed)?;
    let info = DataInfo {
        classes: split.classes.clone(),
        size: [split.train.shape().width(), split.train.shape().height()],
        normalization: normalization.clone(),
        train_images: split.train.len(),
        validation_images: split.validation.as_ref().map_or(0, |data| data.len()),
        test_images: split.test.len(),
        train_crc32: crc32fast::hash(split.train.pixels()),
    };
    let path = folder.join("data.json");
    if let Some(earlier) = read_json::<DataInfo>(&path)? {
        ensure!(
            earlier == info,
            "the images are not those that the run was begun with ({} differs); put those back, or begin a new run",
            path.display()
        );
    } else {
        let initial = train::initial_weights(config, split.classes.len(), seed)?;
        write_atomically(&folder.join("initial.safetensors"), &initial)?;
        write_json(&path, &info)?;
    }
    Ok(info)
}

/// Does `work` on `device`. A driver or a library that panics ends in a sentence too, which says how to `resume`.
///
/// # Errors
///
/// What `work` reports, or that it broke down.
pub fn guarded<T>(device: &str, resume: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("no reason was given");
        Err(anyhow!("training on {device} broke down: {text}; go on from the last checkpoint with: {resume}"))
    })
}

fn train_arm(training: &Training) -> Result<ArmResult> {
    let folder = training.folder;
    let path = folder.with_file_name("initial.safetensors");
    let initial = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let checkpoint = Checkpoint::newest(folder)?.map(|(path, checkpoint)| {
        training.console.say(&format!("Going on {} from {}", training.arm.title(), path.display()));
        checkpoint
    });
    let earlier = checkpoint.as_ref().map_or(&[][..], |checkpoint| &checkpoint.position.metrics);
    let mut lines = JsonLines::create(&folder.join("metrics.jsonl"), earlier)?;
    let trained = training.run(initial, checkpoint, |line| lines.append(line))?;
    write_atomically(&folder.join("model.safetensors"), &train::weights(&trained.model)?)?;
    let Split { test, classes, .. } = training.split;
    predictions::write(folder, &trained.test, test, classes)?;
    let result = ArmResult {
        test: trained.test.score,
        confusion: trained.test.confusion(test, classes.len()),
        seconds: trained.seconds,
        images_per_second: trained.images_per_second,
    };
    write_json(&folder.join("result.json"), &result)?;
    checkpoint::remove_all(folder)?;
    Ok(result)
}

/// The lines of `metrics.jsonl`.
///
/// # Errors
///
/// If the file cannot be read, or is damaged.
pub fn read_metrics(path: &Path) -> Result<Vec<EpochMetrics>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().map(serde_json::from_str).collect::<Result<_, _>>();
    lines.with_context(|| format!("{} is damaged", path.display()))
}

fn summarise(config: &Config, info: &DataInfo, device: &Selected, results: &BTreeMap<Arm, Vec<ArmResult>>) -> Summary {
    let accuracies =
        |results: &[ArmResult]| -> Vec<f64> { results.iter().map(|result| f64::from(result.test.accuracy)).collect() };
    let arm = |results: &Vec<ArmResult>| ArmSummary {
        test_accuracy: accuracies(results).mean(),
        test_accuracy_deviation: (results.len() > 1).then(|| accuracies(results).std_dev()),
        test_loss: results.iter().map(|result| f64::from(result.test.loss)).mean(),
        seconds: results.iter().map(|result| result.seconds).mean(),
        images_per_second: results.iter().map(|result| result.images_per_second).mean(),
        test_accuracies: accuracies(results),
    };
    let both = results.get(&Arm::Cutmix).zip(results.get(&Arm::Baseline));
    Summary {
        device: device.name.clone(),
        seeds: config.seeds().collect(),
        train_images: info.train_images,
        validation_images: info.validation_images,
        test_images: info.test_images,
        epochs: config.epochs,
        arms: results.iter().map(|(name, results)| (name.name().to_owned(), arm(results))).collect(),
        difference: both.map(|(with, without)| Difference::between(&accuracies(with), &accuracies(without))),
    }
}

fn describe(config: &Config, split: &Split, device: &Selected) -> String {
    let Config { depth, epochs, batch_size, alpha, seed, repeat, .. } = config;
    let source = match &config.data {
        Some(dir) => dir.display().to_string(),
        None => "the embedded data set".to_owned(),
    };
    let held_out = split.validation.as_ref().map_or(String::new(), |images| format!(", {} validation", images.len()));
    let mut text = format!(
        "ResNet-{depth} on {source}: {} training{held_out} and {} test images, {} classes\n",
        split.train.len(),
        split.test.len(),
        split.classes.len()
    );
    let seeds = if *repeat == 1 { format!("seed {seed}") } else { format!("{repeat} seeds from {seed}") };
    let _ = write!(text, "{epochs} epochs in batches of {batch_size}, α = {alpha}, {seeds}\nDevice: {device}\n");
    text
}

fn table(config: &Config, summary: &Summary) -> String {
    let mut table =
        format!("{:<14} {:>16} {:>10} {:>9} {:>9}\n", "", "test accuracy", "test loss", "seconds", "images/s");
    for arm in &config.arms {
        let Some(reached) = summary.arms.get(arm.name()) else { continue };
        let mut accuracy = format!("{:.2}", 100.0 * reached.test_accuracy);
        if let Some(deviation) = reached.test_accuracy_deviation {
            let _ = write!(accuracy, " ± {:.2}", 100.0 * deviation);
        }
        let _ = writeln!(
            table,
            "{:<14} {accuracy:>14} % {:>10.3} {:>9.1} {:>9.0}",
            arm.title(),
            reached.test_loss,
            reached.seconds,
            reached.images_per_second
        );
    }
    if summary.seeds.len() > 1 {
        table.push_str("± is the standard deviation from seed to seed.\n");
    }
    if let Some(difference) = &summary.difference {
        let _ = writeln!(table, "\n{}", verdict(difference, summary.seeds.len()));
    }
    table
}

/// Whether the difference over so many seeds is one, in a sentence.
#[must_use]
pub fn verdict(difference: &Difference, seeds: usize) -> String {
    let points = 100.0 * difference.mean;
    match (difference.margin, difference.significant) {
        (Some(margin), Some(significant)) => {
            let claim = if significant { "" } else { ", which chance alone may do" };
            format!(
                "With CutMix {points:+.1} ± {:.1} points of test accuracy{claim} (95 % confidence interval, {seeds} seeds).",
                100.0 * margin
            )
        }
        _ => format!(
            "With CutMix {points:+.2} points, from one seed: --repeat 5 would tell whether that is more than chance."
        ),
    }
}
