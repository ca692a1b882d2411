//! A run from its beginning to its end, and after a stop.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, ensure};

use super::finished::Network;
use super::listeners::{Log, MetricsFile, Progress};
use super::run_folder::RunFolder;
use super::table::{describe, table};
use crate::data::{DataInfo, Dataset, Source, Split};
use crate::files::{self, JsonLines, write_json};
use crate::network::device::{self, Selected};
use crate::network::{initial_weights, load_weights, weights};
use crate::pipeline::Loaders;
use crate::ranks::Ranks;
use crate::report::{Contrast, Report, confusion_matrix, contrasts, curves, drawn, preview, reliability};
use crate::results::{
    Calibration, Confusion, EpochScores, RESULT, Summary, Variant, VariantResult, VariantSummary, differences,
    predictions,
};
use crate::settings::{NetworkSettings, Settings, TrainingSettings};
use crate::terminal::console::Console;
use crate::terminal::{program, signals};
use crate::training::{Checkpoint, Training, checkpoint};

/// Starts a run in a new folder and trains all of its variants.
///
/// # Errors
///
/// If a setting, the run folder, the device or the data are not as they must be; all of them are checked before training, and what takes
/// longest last. And whatever [`Training::run`] reports.
pub fn run(settings: &Settings, out: Option<&Path>, console: Console, ranks: Ranks) -> Result<Summary> {
    settings.validate()?;
    RunFolder::check(out)?;
    if let Some(run) = &settings.run.init {
        Network::to_start_from(run, &settings.network)?;
    }
    let device = begin_together(settings, ranks)?;
    let source = open(settings)?;
    let folder = RunFolder::create(out, settings)?;
    Run { settings, source, device, folder, console, ranks, changed: false }.train()
}

/// Goes on with the run in `folder` where it stopped, and ends as if it had not. `data` is where its images are now, if they were moved; the
/// run folder names that place from then on. With `epochs`, it is trained up to so many, as if it had been begun with them.
///
/// # Errors
///
/// As [`run`], and if `folder` is not a run folder, the data are not those that it was begun with, or its first epochs would have been others in a
/// run of so many `epochs`.
pub fn resume(
    folder: &Path,
    data: Option<PathBuf>,
    epochs: Option<u32>,
    console: Console,
    ranks: Ranks,
) -> Result<Summary> {
    let (folder, mut settings) = RunFolder::open(folder)?;
    let moved = data.is_some();
    if moved {
        ensure!(
            settings.data.path.is_some(),
            "the run in {} draws its images itself; leave out --data",
            folder.path().display()
        );
        settings.data.path = data;
    }
    if let Some(epochs) = epochs {
        settings = settings.with_epochs(epochs)?;
        folder.check_more_epochs(&settings)?;
    }
    settings.validate()?;
    let device = begin_together(&settings, ranks)?;
    let source = open(&settings)?;
    let changed = moved || epochs.is_some();
    Run { settings: &settings, source, device, folder, console, ranks, changed }.train()
}

/// The part of every other process in what the first one [runs](run) or [resumes](resume): it learns the settings from it, and trains with it.
///
/// # Errors
///
/// If the program, the processor, the images or their labels are not those of the first process; and as [`run`].
pub fn follow(ranks: Ranks) -> Result<()> {
    let settings = String::from_utf8(ranks.from_first(Vec::new())?).context("settings from the first process")?;
    let settings = Settings::from_text(&settings)?;
    let device = join(&settings, ranks)?;
    let source = open(&settings)?;
    for seed in settings.run.seeds() {
        let split = source.split(settings.data.validation, settings.data.stretch, seed)?;
        let loaders = Loaders::new(&split, settings.data.standardise);
        ranks.agree(
            "set of images or labels",
            DataInfo::of(&split, settings.data.fit, &loaders.train.normalization).checksum()?,
        )?;
        for &variant in &settings.run.variants {
            let initial = ranks.from_first(Vec::new())?;
            if initial.is_empty() {
                continue; // That variant is done.
            }
            let checkpoint = ranks.from_first(Vec::new())?;
            let checkpoint = (!checkpoint.is_empty()).then(|| Checkpoint::decode(&checkpoint)).transpose()?;
            let training = Training {
                settings: &settings.training,
                augmentation: settings.mixing.augmentation,
                mixing: (variant == Variant::Cutmix).then_some(&settings.mixing),
                variant,
                seed,
                loaders: &loaders,
                device: &device.device,
                ranks,
                folder: Path::new(""),
                resume: "the command of the first process",
            };
            let ends = [settings.data.channels.into(), split.classes.len()];
            let model = load_weights(&settings.network, ends, initial, &device.device.clone().autodiff())?;
            let checkpoint = checkpoint.map(|checkpoint| (PathBuf::from("of the first process"), checkpoint));
            guarded(&device.name, training.resume, || rayon::scope(|_| training.run(model, checkpoint, &mut [])))?;
        }
    }
    Ok(())
}

/// Tells all processes the settings, and [joins](join) them.
fn begin_together(settings: &Settings, ranks: Ranks) -> Result<Selected> {
    ranks.share_of(settings.training.shards)?;
    ranks.from_first(settings.to_text()?.into_bytes())?;
    join(settings, ranks)
}

/// The device of this process, if all of them compute alike.
fn join(settings: &Settings, ranks: Ranks) -> Result<Selected> {
    let device = device::select_nth(settings.run.device, ranks.on_this_machine())?;
    if ranks.are_several() {
        signals::one_of_several();
        ranks.agree("program", files::checksum_of_program()?)?;
        let computes = format!("{} {}", device.arithmetic(), std::env::consts::ARCH);
        ranks.agree("processor or device", crc32fast::hash(computes.as_bytes()))?;
    }
    Ok(device)
}

/// The images, with all that the settings ask of them.
fn open(settings: &Settings) -> Result<Source> {
    let source = Source::open(&settings.data, settings.run.seed)?;
    let patience = settings.training.stop_early;
    ensure!(
        patience == 0 || source.has_validation(settings.data.validation),
        "stop-early is {patience}, but there are no validation images to tell by when to stop; take --set validation=0.1, say"
    );
    Ok(source)
}

struct Run<'a> {
    settings: &'a Settings,
    source: Source,
    device: Selected,
    folder: RunFolder,
    console: Console,
    ranks: Ranks,
    /// The settings are not those in the run folder: the images were moved, or there are to be more epochs.
    changed: bool,
}

/// What the seeds leave for the summary and the page.
#[derive(Default)]
struct Reached {
    results: BTreeMap<Variant, Vec<VariantResult>>,
    metrics: Vec<(Variant, Vec<EpochScores>)>,
}

/// What the first seed leaves for the page.
struct First {
    info: DataInfo,
    preview: Option<Vec<u8>>,
    test: Arc<Dataset>,
}

impl Run<'_> {
    fn train(&self) -> Result<Summary> {
        let Self { settings, source, console, folder, .. } = self;
        let next = format!("go on with: {}", self.resume_command());
        signals::when_stopped(next);
        let mut reached = Reached::default();
        let mut first = None;
        for seed in settings.run.seeds() {
            let split = source.split(settings.data.validation, settings.data.stretch, seed)?;
            if first.is_none() {
                console.say(&describe(settings, &split, &self.device));
            }
            if settings.run.repeat > 1 {
                console.say(&format!("Seed {seed}"));
            }
            let loaders = Loaders::new(&split, settings.data.standardise);
            let info = self.begin_seed(&split, &loaders, seed)?;
            self.ranks.agree("set of images or labels", info.checksum()?)?;
            if first.is_none() {
                if self.changed {
                    folder.save_settings(settings)?;
                }
                let preview = drawn("preview.png", || preview(&loaders.train, &split.classes, &settings.mixing, seed));
                leave(&folder.path().join("preview.png"), preview.as_deref())?;
                first = Some(First { info, preview, test: split.test.clone() });
            }
            for &variant in &settings.run.variants {
                self.train_variant(variant, seed, &split, &loaders, &mut reached)?;
            }
        }
        self.finish(&first.context("a run without a seed")?, &reached)
    }

    /// Goes on with this run.
    fn resume_command(&self) -> String {
        let folder = self.folder.path().display().to_string();
        program::command(&[self.settings.run.command(), "--resume", &folder])
    }

    /// Leaves what both variants of a seed share, or checks that it is what it was.
    fn begin_seed(&self, split: &Split, loaders: &Loaders, seed: u64) -> Result<DataInfo> {
        let folder = self.folder.seed(seed)?;
        let info = DataInfo::of(split, self.settings.data.fit, &loaders.train.normalization);
        let path = folder.join("data.json");
        if let Some(earlier) = DataInfo::read(&path)? {
            ensure!(
                info.agrees_with(&earlier),
                "the images or their labels are not those that the run was begun with ({} differs); put those back, or begin a new run",
                path.display()
            );
        } else {
            let initial = self.initial(&split.classes, seed)?;
            files::write(&folder.join("initial.safetensors"), &initial)?;
            write_json(&path, &info)?;
        }
        Ok(info)
    }

    /// What both variants of a seed start from.
    fn initial(&self, classes: &[String], seed: u64) -> Result<Vec<u8>> {
        let (network, channels) = (&self.settings.network, self.settings.data.channels);
        let Some(run) = &self.settings.run.init else {
            return initial_weights(network, [channels.into(), classes.len()], seed);
        };
        let earlier = Network::to_start_from(run, network)?;
        ensure!(
            earlier.info.channels() == channels,
            "--init {}: that network takes images of {} channels, and these have {channels}; take --channels {1}",
            run.display(),
            earlier.info.channels()
        );
        let (weights, drawn) = earlier.initial_for(classes, seed)?;
        let last = if drawn { "; its last layer is drawn anew, since its classes are others" } else { "" };
        self.console.say(&format!("Starts from the network {} in {}{last}", earlier.title(), run.display()));
        Ok(weights)
    }

    /// Trains one variant, unless that is done.
    fn train_variant(
        &self,
        variant: Variant,
        seed: u64,
        split: &Split,
        loaders: &Loaders,
        reached: &mut Reached,
    ) -> Result<()> {
        let settings = self.settings;
        let folder = self.folder.variant(seed, variant)?;
        let resume = self.resume_command();
        let training = Training {
            settings: &settings.training,
            augmentation: settings.mixing.augmentation,
            mixing: (variant == Variant::Cutmix).then_some(&settings.mixing),
            variant,
            seed,
            loaders,
            device: &self.device.device,
            ranks: self.ranks,
            folder: &folder,
            resume: &resume,
        };
        let (network, classes) = (&settings.network, &split.classes);
        let earlier = finished(&folder, classes.len(), split.test.len(), &settings.training)?;
        let mut result = if let Some(result) = earlier {
            self.ranks.from_first(Vec::new())?;
            result
        } else {
            self.folder.note_device(&self.device, self.console)?;
            // On a thread of the pool: from any other, each parallel loop of a step would wake and wait for one, a tenth of the step.
            let work =
                || rayon::scope(|_| train(&training, network, self.settings.data.channels, classes, self.console));
            guarded(&self.device.name, &resume, work)?
        };
        let epochs = result.epochs.unwrap_or(settings.training.epochs);
        let metrics = EpochScores::read(&folder.join("metrics.jsonl"), epochs)?;
        result.last_epochs = EpochScores::last_test_accuracy(&metrics);
        reached.metrics.push((variant, metrics));
        reached.results.entry(variant).or_default().push(result);
        Ok(())
    }

    /// Leaves the summary, then the pictures and the page: whatever becomes of those, the numbers are there.
    fn finish(&self, first: &First, reached: &Reached) -> Result<Summary> {
        let (settings, folder) = (self.settings, self.folder.path());
        let (info, Reached { results, metrics }) = (&first.info, reached);
        let (difference, other_differences) = differences(results);
        let summary = Summary {
            device: self.folder.devices()?.unwrap_or_else(|| self.device.name.clone()),
            seeds: settings.run.seeds().collect(),
            train_images: info.train_images,
            validation_images: info.validation_images,
            test_images: info.test_images,
            epochs: settings.training.epochs,
            variants: VariantSummary::all(results),
            difference,
            other_differences,
        };
        write_json(&folder.join("summary.json"), &summary)?;

        for (&variant, results) in results {
            for (seed, result) in settings.run.seeds().zip(results) {
                let picture = drawn("confusion.png", || confusion_matrix(variant, &info.classes, &result.confusion));
                let name = self.folder.variant(seed, variant)?.join("confusion.png");
                leave(&name, picture.as_deref())?;
            }
        }
        let curves = drawn("curves.png", || curves(metrics));
        leave(&folder.join("curves.png"), curves.as_deref())?;
        let calibration = drawn("calibration.png", || reliability(results)).flatten();
        leave(&folder.join("calibration.png"), calibration.as_deref())?;
        let contrasts = if settings.run.compares() { self.compare_predictions(&first.test)? } else { Vec::new() };
        let (curves, calibration) = (curves.as_deref(), calibration.as_deref());
        let preview = first.preview.as_deref();
        let report =
            Report { settings, info, summary: &summary, results, curves, calibration, preview, contrasts: &contrasts };
        let page = folder.join("report.html");
        files::write(&page, report.html()?.as_bytes())?;
        self.console.say(&format!(
            "\n{}\nEverything is in {}; look at {}.",
            table(&settings.run, &summary),
            folder.display(),
            page.display()
        ));
        Ok(summary)
    }

    /// What only one of the two networks of the first seed gets right.
    fn compare_predictions(&self, test: &Dataset) -> Result<Vec<Contrast>> {
        let seed = self.settings.run.seed;
        let contrasts = contrasts(&self.folder.seed(seed)?, seed, test)?;
        for Contrast { right, picture, .. } in &contrasts {
            let name = format!("right-only-{}.png", right.title().replace(' ', "-"));
            leave(&self.folder.path().join(name), picture.as_deref())?;
        }
        Ok(contrasts)
    }
}

/// Writes a picture, if it could be drawn.
fn leave(path: &Path, picture: Option<&[u8]>) -> Result<()> {
    picture.map_or(Ok(()), |picture| files::write(path, picture))
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

/// Trains from the initial weights or the last checkpoint, and leaves everything that a variant leaves; `result.json` comes last.
fn train(
    training: &Training,
    network: &NetworkSettings,
    channels: u16,
    classes: &[String],
    console: Console,
) -> Result<VariantResult> {
    let folder = training.folder;
    let initial = folder.with_file_name("initial.safetensors");
    let device = training.device.clone().autodiff();
    let bytes = training.ranks.from_first(files::read(&initial)?)?;
    let model = load_weights(network, [channels.into(), classes.len()], bytes, &device);
    let model = model.with_context(|| format!("{} is damaged", initial.display()))?;
    let checkpoint = Checkpoint::newest(folder)?.inspect(|(path, _)| {
        console.say(&format!("Going on {} from {}", training.variant.title(), path.display()));
    });
    if training.ranks.are_several() {
        let bytes = checkpoint.as_ref().map(|(_, checkpoint)| checkpoint.encode()).transpose()?;
        training.ranks.from_first(bytes.unwrap_or_default())?;
    }
    let earlier = checkpoint.as_ref().map_or(&[][..], |(_, checkpoint)| &checkpoint.position.metrics);
    let mut metrics = MetricsFile(JsonLines::create(&folder.join("metrics.jsonl"), earlier)?);
    let mut progress = Progress::new(console, training.variant);
    let trained = training.run(model, checkpoint, &mut [&mut progress, &mut metrics, &mut Log])?;

    files::write(&folder.join("model.safetensors"), &weights(&trained.model)?)?;
    let (labels, test) = (training.loaders.test.data.labels().collect::<Vec<_>>(), &trained.test);
    predictions::write(folder, labels.iter().copied(), test, classes)?;
    let is_right = |(predicted, label)| predicted == label;
    let right = test.predictions.iter().zip(&labels).map(is_right);
    let epochs = trained.metrics.len() as u32;
    let best_epoch = (trained.epoch != epochs).then_some(trained.epoch);
    if let Some(best) = best_epoch {
        let variant = training.variant.title();
        console.say(&format!(
            "{variant:<14} of {epochs} epochs, the network of epoch {best} is kept, the best by validation"
        ));
    }
    let result = VariantResult {
        epochs: Some(epochs),
        best_epoch,
        test: test.score,
        covered: Some(trained.covered),
        calibration: Some(Calibration::of(test.confidences.iter().copied().zip(right))),
        confusion: Confusion::count(labels.iter().copied(), &test.predictions, classes.len()),
        seconds: trained.seconds,
        images_per_second: trained.images_per_second,
        last_epochs: None,
    };
    write_json(&folder.join(RESULT), &result)?;
    remove_checkpoints(folder, training.settings)?;
    Ok(result)
}

/// The result of the variant in `folder`, of so many `classes` and test `images`, if it is done.
fn finished(
    folder: &Path,
    classes: usize,
    images: usize,
    settings: &TrainingSettings,
) -> Result<Option<VariantResult>> {
    let Some(result) = VariantResult::read(folder, classes, images)? else { return Ok(None) };
    match result.epochs {
        // The run was done, and then asked for more epochs.
        Some(epochs) if epochs < settings.epochs && settings.stop_early == 0 => {
            ensure!(
                Checkpoint::newest(folder)?.is_some(),
                "{} is of {epochs} of {} epochs, and there is no checkpoint to go on from; begin a new run",
                folder.join(RESULT).display(),
                settings.epochs
            );
            Ok(None)
        }
        _ => {
            // A program that was killed before it removed them has left them.
            remove_checkpoints(folder, settings)?;
            Ok(Some(result))
        }
    }
}

/// Of a variant that is done. Its last checkpoint stays where more epochs may follow.
fn remove_checkpoints(folder: &Path, settings: &TrainingSettings) -> Result<()> {
    checkpoint::remove_all_but(usize::from(settings.can_go_on()), folder)
}
