//! Images in folders as a data set: the parts of it, all that is in them read.

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use cutmix_record::STRETCH;
use unicode_normalization::UnicodeNormalization as _;

use super::dataset::Dataset;
use super::hold_out::shared;
pub use super::listing::Listing;
use super::origin::Origin;
use super::parts::Parts;
use super::split::Split;
use crate::settings::{CacheSettings, Resize};

/// Reads the images of the [`Parts`] of `dir` as the sides that `resize` says in three planes, red, green, blue; and a line on
/// each file that was left out because of `skip_bad`. Where there are no test images, the share `test` of the training images takes their place.
///
/// # Errors
///
/// As [`Parts::of`], [`Listing::of`] and [`Listing::read`], if there is one class only, a part has a class that `train` has not, or there is a mixed
/// image to score. Parts to score may lack classes. If too few images are left to train on.
pub fn load(dir: &Path, resize: impl Into<Resize>, skip_bad: bool, test: f64) -> Result<(Split, Vec<String>)> {
    load_first(dir, resize.into(), skip_bad, test, STRETCH, [None, None], &CacheSettings::off())
}

/// As [`load`], so many training images and so many test images, if there are limits, an image of each class in turn; no others are decoded, unless
/// test images are split off first. Of frames of a device that is done in stretches of `stretch` instead of [`STRETCH`].
///
/// # Errors
///
/// As [`load`], and if a limit exceeds the files there are, which is found out before any of them is decoded.
pub fn load_first(
    dir: &Path,
    resize: Resize,
    skip_bad: bool,
    test: f64,
    stretch: NonZeroU32,
    limits: [Option<usize>; 2],
    cache: &CacheSettings,
) -> Result<(Split, Vec<String>)> {
    let parts = Parts::of(dir, test)?;
    let mut train = Listing::of(&parts.train)?;
    refuse_one_class(&train)?;
    let part = |folder: &Option<PathBuf>| folder.as_ref().map(|folder| scored_part(folder, &train)).transpose();
    let (mut validation, mut tests) = (part(&parts.validation)?, part(&parts.test)?);
    // What is split off comes from all images.
    let [train_limit, test_limit] = if tests.is_some() { limits } else { [None, None] };
    let there = [(train_limit, Some(&train), "--train-limit"), (test_limit, tests.as_ref(), "--test-limit")];
    for (limit, listing, flag) in there {
        if let (Some(limit), Some(listing)) = (limit, listing) {
            check_limit(limit, listing.files.len(), flag)?;
        }
    }

    let (train_images, mut skipped) = train.read_in_turn(resize, skip_bad, train_limit, cache)?;
    let mut read = |listing: &mut Listing, limit| -> Result<(Dataset, usize)> {
        let (images, more) = listing.read_in_turn(resize, skip_bad, limit, cache)?;
        skipped.extend(more);
        let seen = shown_in(listing, &train, &images, &train_images)?;
        Ok((images, seen))
    };
    let tests = tests.as_mut().map(|tests| read(tests, test_limit)).transpose()?;
    let validation = validation.as_mut().map(|validation| read(validation, None)).transpose()?;
    let mut split = match tests {
        Some((images, seen)) => {
            let mut split = Split::new(train_images, images, train.classes.clone())?;
            split.seen_test_images += seen;
            split
        }
        None => Split::by_share(&train_images, test, stretch, train.classes.clone())?,
    };
    if let Some((images, seen)) = validation {
        split = split.with_validation(images)?;
        split.seen_validation_images += seen;
    }
    Ok((split, skipped))
}

/// Number of `images`, which were read from `part`, that were made of what an image of `train` shows, by the tables of both, and are not among
/// `train_images` byte for byte: those are counted anyway.
fn shown_in(part: &Listing, train: &Listing, images: &Dataset, train_images: &Dataset) -> Result<usize> {
    let shown: HashSet<Origin<String>> = train.files.iter().flat_map(|(path, _)| train.origins(path)).collect();
    let copies = shared(images, train_images)?;
    let is_shown = |path: &Path| part.rows.get(path).is_some_and(|row| shown.contains(&row.origins()[0]));
    let shown = part.files.iter().enumerate().filter(|(place, (path, _))| !copies.contains(place) && is_shown(path));
    Ok(shown.count())
}

/// The images in `folder`, none of which may be mixed, of the classes of `train`.
fn scored_part(folder: &Path, train: &Listing) -> Result<Listing> {
    let mut part = Listing::of(folder)?;
    part.refuse_mixed(folder)?;
    for file in &mut part.files {
        let name = &part.classes[usize::from(file.1)];
        let Some(label) = train.classes.iter().position(|class| class == name) else {
            bail!(
                "{} has the class {name}, of which there is no folder in {}; add its images there, or remove it{}",
                folder.display(),
                train.root.display(),
                spelled_alike(name, &train.classes)
            );
        };
        file.1 = label as u16;
    }
    part.classes.clone_from(&train.classes);
    Ok(part)
}

/// A clause for a `name` that looks like one of `classes`: one system writes é as a letter, another as e and an accent.
fn spelled_alike(name: &str, classes: &[String]) -> String {
    let nfc = |name: &str| name.nfc().collect::<String>();
    match classes.iter().find(|class| nfc(class) == nfc(name)) {
        Some(_) => {
            "; there is one that looks the same, and differs only in how accents are written (Unicode NFC and NFD)"
                .to_owned()
        }
        None => String::new(),
    }
}

/// Checks that there is something to tell apart.
fn refuse_one_class(train: &Listing) -> Result<()> {
    let ([class], Some((path, _))) = (&train.classes[..], train.files.first()) else { return Ok(()) };
    // Where a class folder has its images in a folder, the classes may be one folder further down.
    let folder = path.ancestors().find(|above| above.ends_with(class)).unwrap_or(path);
    ensure!(
        path.parent() == Some(folder),
        "there is one class only, {class}, and nothing to tell apart: was {} meant, with its folders as the classes? If so, move them up",
        folder.display()
    );
    bail!(
        "there is one class only, {class}, and nothing to tell apart; put the images of each class into a folder of its own beside {}",
        folder.display()
    )
}

/// Checks that a limit, given as `flag`, asks for no more than the images that are `there`.
pub(super) fn check_limit(limit: usize, there: usize, flag: &str) -> Result<()> {
    ensure!(limit <= there, "{flag} {limit}: the data hold {there} such images; ask for at most that");
    Ok(())
}
