//! Where the images of a run come from.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use cutmix_record::STRETCH;

use super::dataset::Dataset;
use super::split::{Split, held_out};
use super::{capture, cifar, embedded, folder};
use crate::settings::{DataSettings, SIDE, check_side};
use crate::terminal::console::complain;

/// Where the images of a run come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Files, read once.
    Files(Split),
    /// The embedded set: so many pictures to train on and to test on, drawn anew by every seed.
    Embedded {
        /// With those for validation.
        train: usize,
        /// Of every seed.
        test: usize,
    },
}

impl Source {
    /// Reads the images that `settings` name, unless they are drawn, and checks that validation leaves some of them to train on.
    ///
    /// # Errors
    ///
    /// If a file is missing or damaged, a limit exceeds the images there are, or nothing is left to train on.
    pub fn open(settings: &DataSettings) -> Result<Self> {
        let source = Self::load(settings)?;
        source.check_validation(settings.validation)?;
        Ok(source)
    }

    fn load(settings: &DataSettings) -> Result<Self> {
        let DataSettings { train_limit, test_limit, .. } = *settings;
        let Some(path) = &settings.path else {
            let train = train_limit.unwrap_or(embedded::TRAIN);
            let test = test_limit.unwrap_or(embedded::TEST);
            return Ok(Self::Embedded { train, test });
        };
        let mut split = read(path, settings.size, settings.skip_bad, settings.stretch)?;
        limit(&mut split.train, train_limit, "--train-limit")?;
        limit(&mut split.test, test_limit, "--test-limit")?;
        Ok(Self::Files(split))
    }

    /// Checks that something is left to train on where `validation` is the share that is held out.
    fn check_validation(&self, validation: f64) -> Result<()> {
        let train = match self {
            Self::Files(split) => split.train.len(),
            Self::Embedded { train, .. } => *train,
        };
        ensure!(
            held_out(validation, train) < train,
            "validation = {validation} holds out all of {train} training images; take less, or more images with --train-limit"
        );
        Ok(())
    }

    /// What the run with `seed` trains on and is tested on; `validation` is the share of the training images that is held out. The
    /// embedded set draws as many pictures in their place, as its test pictures are drawn.
    #[must_use]
    pub fn split(&self, validation: f64, seed: u64) -> Split {
        match *self {
            Self::Files(ref split) => split.hold_out(validation, seed),
            Self::Embedded { train, test } => {
                let held_out = held_out(validation, train);
                embedded::load(train - held_out, held_out, test, seed)
            }
        }
    }
}

fn limit(images: &mut Arc<Dataset>, limit: Option<usize>, flag: &str) -> Result<()> {
    if let Some(limit) = limit {
        ensure!(
            limit <= images.len(),
            "{flag} {limit}: the data hold {} such images; ask for at most that",
            images.len()
        );
        Arc::make_mut(images).truncate(limit);
    }
    Ok(())
}

/// Reads the labeled images in `dir`: CIFAR-10's binary files, or a folder of images a class in `train/` and `test/`, resized to
/// `side`×`side` pixels; or those of a capture, if `dir` is a file. With `skip_bad`, image files that are broken are left out and
/// listed on standard error.
///
/// # Errors
///
/// If `dir` is none of them, if there are no images of this side or CIFAR-10's are of another, and as [`capture::load`], [`cifar::load`] and
/// [`folder::load`].
pub fn load(dir: &Path, side: u16, skip_bad: bool) -> Result<Split> {
    read(dir, side, skip_bad, STRETCH)
}

/// The same, with the length of a capture's stretches.
fn read(dir: &Path, side: u16, skip_bad: bool, stretch: NonZeroU32) -> Result<Split> {
    check_side(side)?;
    if dir.is_file() {
        return capture::load(dir, side, stretch);
    }
    if cifar::find(dir).is_some() {
        ensure!(side == SIDE, "CIFAR-10's images are {SIDE}×{SIDE} pixels; leave out --size {side}");
        return cifar::load(dir);
    }
    if dir.join("train").is_dir() {
        let (split, skipped) = folder::load(dir, side, skip_bad)?;
        report_skipped(&skipped);
        return Ok(split);
    }
    bail!(
        "no images in {}: it holds neither CIFAR-10's binary files (data_batch_1.bin and so on, or \
         cifar-10-batches-bin with them) nor a folder train/ with a folder of images a class; check the path",
        dir.display()
    )
}

/// Says on standard error how many files were left out, and which: one line a file.
pub fn report_skipped(skipped: &[String]) {
    if !skipped.is_empty() {
        complain(&format!("Files left out, since --skip-bad was given: {}", skipped.len()));
        for line in skipped {
            complain(&format!("  {line}"));
        }
    }
}
