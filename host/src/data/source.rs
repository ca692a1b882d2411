//! Where the images of a run come from.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use cutmix_record::STRETCH;

use super::dataset::Dataset;
use super::scenes::Scenes;
use super::split::Split;
use super::{capture, cifar, embedded, folder, given};
use crate::settings::{CachePlace, CacheSettings, DataSettings, Resize, SIDE, Size};
use crate::terminal::console::complain;
use crate::terminal::program;

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
    /// Reads the images that `settings` name, unless they are drawn, and checks that they can be held out as `settings` ask, by the run's first
    /// `seed`.
    ///
    /// # Errors
    ///
    /// If a file is missing or damaged, a limit exceeds the images there are, or too few are left to train on or to validate with.
    pub fn open(settings: &DataSettings, seed: u64) -> Result<Self> {
        let source = Self::load(settings)?;
        source.split(settings.validation, settings.stretch, seed)?;
        Ok(source)
    }

    fn load(settings: &DataSettings) -> Result<Self> {
        let DataSettings { train_limit, test_limit, .. } = *settings;
        let Some(path) = &settings.path else {
            let train = train_limit.unwrap_or(embedded::TRAIN);
            let test = test_limit.unwrap_or(embedded::TEST);
            ensure!(settings.test == 0.0, "the embedded data set comes with test images; leave the setting test out");
            return Ok(Self::Embedded { train, test });
        };
        let limits = [train_limit, test_limit];
        let mut split = load_first(
            path,
            settings.resize(),
            settings.skip_bad,
            settings.test,
            settings.stretch,
            limits,
            &settings.cache,
        )?;
        if split.validation.is_some() && settings.validation > 0.0 {
            complain(&format!(
                "validation = {} is not used, since {} comes with validation images",
                settings.validation,
                path.display()
            ));
        }
        limit(&mut split.train, train_limit, "--train-limit")?;
        limit(&mut split.test, test_limit, "--test-limit")?;
        Ok(Self::Files(split))
    }

    /// Whether there are validation images, where this `share` of the training images is held out: the data may also come with some.
    #[must_use]
    pub fn has_validation(&self, share: f64) -> bool {
        share > 0.0 || matches!(self, Self::Files(split) if split.validation.is_some())
    }

    /// What the run with `seed` trains on and is tested on, with the share `validation` of the training images held out, of frames of a device
    /// in stretches of `stretch`. The embedded set draws as many pictures in their place, as its test pictures are drawn.
    ///
    /// # Errors
    ///
    /// If too few are left to train on or to validate with.
    pub fn split(&self, validation: f64, stretch: NonZeroU32, seed: u64) -> Result<Split> {
        match *self {
            Self::Files(ref split) => split.hold_out(validation, stretch, seed),
            Self::Embedded { train, test } => {
                let classes = embedded::animals::NAMES.len();
                let share = (validation * train as f64).round() as usize;
                let held_out = if validation > 0.0 { share.max(classes) } else { 0 };
                ensure!(
                    held_out == 0 || held_out + classes <= train,
                    "validation = {validation} holds out {held_out} of {train} training images, and each of {classes} classes needs one to train on; \
                     take less, or more images with --train-limit"
                );
                Ok(embedded::load(train - held_out, held_out, test, seed))
            }
        }
    }
}

fn limit(images: &mut Arc<Dataset>, limit: Option<usize>, flag: &str) -> Result<()> {
    if let Some(limit) = limit {
        folder::check_limit(limit, images.len(), flag)?;
        Arc::make_mut(images).truncate(limit);
    }
    Ok(())
}

/// Reads the labeled images in `dir`: CIFAR-10's binary files, or a folder of images a class in `train/` and `test/`, resized to
/// the sides that `resize` says; or those of a capture, if `dir` is a file. With `skip_bad`, image files that are broken are left out and
/// listed on standard error. Where there are no test images, the share `test` of the others takes their place.
///
/// # Errors
///
/// If `dir` is none of them, if there are no images of this size or CIFAR-10's are of another, and as [`capture::load`], [`cifar::load`] and
/// [`folder::load`].
pub fn load(dir: &Path, resize: impl Into<Resize>, skip_bad: bool, test: f64) -> Result<Split> {
    load_first(dir, resize.into(), skip_bad, test, STRETCH, [None, None], &CacheSettings::off())
}

/// As [`load`], with the length of a device's stretches; of folders, no more images are decoded than the limits on training images and on test
/// images leave.
fn load_first(
    dir: &Path,
    resize: Resize,
    skip_bad: bool,
    test: f64,
    stretch: NonZeroU32,
    limits: [Option<usize>; 2],
    cache: &CacheSettings,
) -> Result<Split> {
    resize.size.check()?;
    let is_folder_of_images = !dir.is_file() && cifar::find(dir).is_none();
    ensure!(
        test == 0.0 || is_folder_of_images,
        "{} comes with test images, so no share of the others can be taken for that; leave the setting test out",
        dir.display()
    );
    ensure!(
        !Scenes::are_in(dir),
        "{} holds images with masks or objects, and the networks here are for classes; mix them for another trainer with `{}`",
        dir.display(),
        program::command(&["augment"])
    );
    ensure!(
        is_folder_of_images || !matches!(cache.place, CachePlace::In(_)),
        "a cache is for images of folders, which have to be decoded, and those of {} have not; leave out --cache",
        dir.display()
    );
    if dir.is_file() {
        given::refuse_file(dir)?;
        return capture::load(dir, resize, stretch);
    }
    if cifar::find(dir).is_some() {
        ensure!(
            resize.size == Size::square(SIDE),
            "CIFAR-10's images are {SIDE}×{SIDE} pixels; leave out --size {}",
            resize.size
        );
        ensure!(resize.channels == 3, "CIFAR-10's images are in color; leave out --channels {}", resize.channels);
        return cifar::load(dir);
    }
    if dir.join("train").is_dir() || test > 0.0 {
        let (split, skipped) = folder::load_first(dir, resize, skip_bad, test, stretch, limits, cache)?;
        report_skipped(&skipped);
        return Ok(split);
    }
    given::refuse_folder(dir)?;
    bail!(
        "no images in {}: it holds neither CIFAR-10's binary files (data_batch_1.bin and so on, or \
         cifar-10-batches-bin with them) nor a folder train/ with a folder of images a class; check the path, or where its own folders are the classes take a share of the images to \
         test on, as with --set test=0.2",
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
