//! Labelled images in memory, as bytes, and where they come from.

pub mod cifar;
pub mod folder;
pub mod synthetic;

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use cutmix_core::Shape;

/// Side of CIFAR-10's images and of the embedded ones, in pixels; others are made of it unless told otherwise.
pub const SIDE: u16 = 32;

/// Sides, in pixels, that images may be brought to. The network halves them twice, and below 8 hardly a pixel would be left
/// to look at; the upper end only catches slips of the keyboard, since memory ends long before it.
pub const SIDES: RangeInclusive<u16> = 8..=1024;

/// Labelled images of one shape: one store of bytes, one class a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    shape: Shape,
    pixels: Vec<u8>,
    labels: Vec<u16>,
}

impl Dataset {
    /// An empty set of images of `shape`, with room for `images` of them.
    #[must_use]
    pub fn with_capacity(shape: Shape, images: usize) -> Self {
        Self { shape, pixels: Vec::with_capacity(images * shape.len()), labels: Vec::with_capacity(images) }
    }

    /// Adds one image of class `label`, counted from 0.
    ///
    /// # Panics
    ///
    /// If `image` has not as many bytes as the shape says.
    pub fn push(&mut self, image: &[u8], label: u16) {
        assert_eq!(image.len(), self.shape.len(), "an image of another shape");
        self.pixels.extend_from_slice(image);
        self.labels.push(label);
    }

    /// Shape of every image.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The bytes of image `index`, [`Shape::len`] of them.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn image(&self, index: usize) -> &[u8] {
        let len = self.shape.len();
        &self.pixels[index * len..(index + 1) * len]
    }

    /// The class of image `index`, counted from 0.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn label(&self, index: usize) -> u16 {
        self.labels[index]
    }

    /// Keeps the first `images` only.
    pub fn truncate(&mut self, images: usize) {
        self.labels.truncate(images);
        self.pixels.truncate(images * self.shape.len());
    }
}

/// What an experiment needs: images to train on, images to test on, and what the classes are called.
#[derive(Clone, Debug)]
pub struct Split {
    /// Shown during training; shared with the thread that prepares batches.
    pub train: Arc<Dataset>,
    /// Never shown during training.
    pub test: Arc<Dataset>,
    /// Name of each class; its length is the number of classes.
    pub classes: Vec<String>,
}

/// Reads the labelled images in `dir`: CIFAR-10's binary files, or a folder of images a class in `train/` and `test/`, brought to
/// `side`×`side` pixels. With `skip_bad`, image files that are broken are left out; a line on each comes back.
///
/// # Errors
///
/// If `dir` holds neither, if `side` is none of [`SIDES`] or not that of CIFAR-10, and as [`cifar::load`] and
/// [`folder::load`].
pub fn load(dir: &Path, side: u16, skip_bad: bool) -> Result<(Split, Vec<String>)> {
    check_side(side)?;
    if cifar::find(dir).is_some() {
        ensure!(side == SIDE, "CIFAR-10's images are {SIDE}×{SIDE} pixels; leave out --size {side}");
        return Ok((cifar::load(dir)?, Vec::new()));
    }
    if dir.join("train").is_dir() {
        return folder::load(dir, side, skip_bad);
    }
    bail!(
        "no images in {}: it holds neither CIFAR-10's binary files (data_batch_1.bin and so on, or \
         cifar-10-batches-bin with them) nor a folder train/ with a folder of images a class; check the path",
        dir.display()
    )
}

/// Checks that images may be brought to `side`×`side` pixels.
///
/// # Errors
///
/// If `side` is none of [`SIDES`].
pub fn check_side(side: u16) -> Result<()> {
    let (least, most) = (SIDES.start(), SIDES.end());
    ensure!(SIDES.contains(&side), "--size {side}: images of {side}×{side} pixels are no good; take {least} to {most}");
    Ok(())
}

/// Says on standard error how many files were left out, and which: one line a file.
pub fn report_skipped(skipped: &[String]) {
    if !skipped.is_empty() {
        eprintln!("Files left out, since --skip-bad was given: {}", skipped.len());
        for line in skipped {
            eprintln!("  {line}");
        }
    }
}
