//! Images to test on alone, for a network that is there: nothing that was trained on is looked at.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};

use super::dataset::Dataset;
use super::folder::Listing;
use super::source::report_skipped;
use super::{capture, cifar, given};
use crate::settings::{DataSettings, SIDE, Size};

/// The test images in `dir`, of the size that `settings` say, for a network that knows `classes`: those in `dir/test/CLASS/`, or in
/// `dir/CLASS/`; CIFAR-10's, if `dir` holds its binary files; or a capture's, if it is a file. Labels count the network's classes.
///
/// # Errors
///
/// If there is a class that the network does not know, or a mixed image; and as [`load`](super::load).
pub fn load_tests(dir: &Path, settings: &DataSettings, classes: &[String]) -> Result<Arc<Dataset>> {
    let DataSettings { skip_bad, stretch, .. } = *settings;
    let resize = settings.resize();
    resize.size.check()?;
    if dir.is_file() {
        given::refuse_file(dir)?;
        let split = capture::load(dir, resize, stretch)?;
        return renamed(split.test, &split.classes, classes);
    }
    if cifar::find(dir).is_some() {
        let Size { width, height } = resize.size;
        ensure!(
            resize.size == Size::square(SIDE),
            "CIFAR-10's images are {SIDE}×{SIDE} pixels, and the network takes {width}×{height}"
        );
        ensure!(resize.channels == 3, "CIFAR-10's images are in color, and the network takes gray ones");
        return renamed(Arc::new(cifar::load_tests(dir)?), &cifar::CLASSES.map(str::to_owned), classes);
    }
    let test = dir.join("test");
    if !test.is_dir() && dir.join("train").is_dir() {
        bail!(
            "{0} has no folder test/; put the images to score there, or, to score those that were trained on, give {0}/train",
            dir.display()
        );
    }
    let root = if test.is_dir() { test } else { dir.to_owned() };
    if root == dir {
        given::refuse_folder(dir)?;
    }
    let mut listing = Listing::of(&root)?;
    listing.refuse_mixed(&root)?;
    let known = places(&listing.classes, classes)?;
    for file in &mut listing.files {
        file.1 = known[usize::from(file.1)];
    }
    listing.classes = classes.to_vec();
    let (images, skipped) = listing.read_in_turn(resize, skip_bad, None, &settings.cache)?;
    report_skipped(&skipped);
    Ok(Arc::new(images))
}

/// The place of each of `names` among the network's `classes`.
fn places(names: &[String], classes: &[String]) -> Result<Vec<u16>> {
    let place = |name: &String| match classes.iter().position(|class| class == name) {
        Some(place) => Ok(place as u16),
        None => bail!(
            "there are images of the class {name:?}, which the network does not know; give it images of its own classes"
        ),
    };
    names.iter().map(place).collect()
}

/// `images` of the classes `names` with labels that count `classes`. A name without an image is no matter.
fn renamed(images: Arc<Dataset>, names: &[String], classes: &[String]) -> Result<Arc<Dataset>> {
    if names == classes {
        return Ok(images);
    }
    let mut there: Vec<u16> = images.labels().collect();
    there.sort_unstable();
    there.dedup();
    let names_there: Vec<String> = there.iter().map(|&label| names[usize::from(label)].clone()).collect();
    let known = places(&names_there, classes)?;
    let place = |label| known[there.binary_search(&label).expect("every label that is there was collected")];
    Ok(Arc::new(images.relabeled(place)))
}
