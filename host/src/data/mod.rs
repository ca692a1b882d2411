//! Labelled images in memory, as bytes, and where they come from.

pub mod capture;
pub mod cifar;
pub mod folder;
pub mod labels;
pub mod synthetic;

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use cutmix_core::{Label, Layout, Plan, Shape};
use serde::{Deserialize, Serialize};

use crate::pipeline;
use crate::progress::complain;

/// Side of CIFAR-10's images and of the embedded ones, in pixels; others are made of it unless told otherwise.
pub const SIDE: u16 = 32;

/// Sides, in pixels, that images may be brought to. The network halves them twice, and below 8 hardly a pixel would be left
/// to look at; the upper end only catches slips of the keyboard, since memory ends long before it.
pub const SIDES: RangeInclusive<u16> = 8..=1024;

/// Labelled images of one shape: one store of bytes, one label a picture, of one class or of a mixture of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    shape: Shape,
    pixels: Vec<u8>,
    labels: Vec<Label>,
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
        self.push_mixed(image, Plan::unmixed(0, self.shape).label(label, label));
    }

    /// Adds one image that shows two classes.
    ///
    /// # Panics
    ///
    /// If `image` has not as many bytes as the shape says.
    pub fn push_mixed(&mut self, image: &[u8], label: Label) {
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

    /// The class of image `index`, counted from 0; of a mixed one, the first.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn label(&self, index: usize) -> u16 {
        self.labels[index].first()
    }

    /// The label of image `index`: both classes are the same where nothing was mixed.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn mixed_label(&self, index: usize) -> Label {
        self.labels[index]
    }

    /// Bytes of all images, one after the other.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The images of these numbers, in that order.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut selected = Self::with_capacity(self.shape, indices.len());
        for &index in indices {
            selected.push_mixed(self.image(index), self.labels[index]);
        }
        selected
    }

    /// Keeps the first `images` only.
    pub fn truncate(&mut self, images: usize) {
        self.labels.truncate(images);
        self.pixels.truncate(images * self.shape.len());
    }
}

/// How bytes become the numbers that the network is given: (value ÷ 255 − mean) ÷ deviation, a channel each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalization {
    /// Of each channel, of values 0 to 1.
    pub mean: Vec<f32>,
    /// Of each channel.
    pub deviation: Vec<f32>,
}

impl Normalization {
    /// Values 0 to 1.
    #[must_use]
    pub fn none(channels: u16) -> Self {
        Self { mean: vec![0.0; channels.into()], deviation: vec![1.0; channels.into()] }
    }

    /// Mean 0 and standard deviation 1 over all pixels of `images`; a channel that never varies is divided by 1.
    #[must_use]
    pub fn of(images: &Dataset) -> Self {
        let channels = usize::from(images.shape.channels());
        // Whole numbers, so that the order of summing is nothing to the result.
        let (mut sums, mut squares) = (vec![0_u64; channels], vec![0_u64; channels]);
        for image in images.pixels.chunks_exact(images.shape.len()) {
            for_each_channel(image, images.shape, |channel, value| {
                sums[channel] += u64::from(value);
                squares[channel] += u64::from(value) * u64::from(value);
            });
        }
        let pixels = (images.len() * images.shape.len() / channels) as f64;
        let moments = |channel: usize| {
            let mean = sums[channel] as f64 / pixels;
            let variance = squares[channel] as f64 / pixels - mean * mean;
            (mean / 255.0, if variance > 0.0 { variance.sqrt() / 255.0 } else { 1.0 })
        };
        let (mean, deviation) =
            (0..channels).map(moments).map(|(mean, deviation)| (mean as f32, deviation as f32)).unzip();
        Self { mean, deviation }
    }

    /// What each value of each channel becomes: one division for each of 256 values, instead of one for each pixel.
    #[must_use]
    pub fn tables(&self) -> Tables {
        let table =
            |(mean, deviation): (&f32, &f32)| core::array::from_fn(|value| (value as f32 / 255.0 - mean) / deviation);
        Tables(self.mean.iter().zip(&self.deviation).map(table).collect())
    }
}

/// A [`Normalization`] that is ready for use.
pub struct Tables(Vec<[f32; 256]>);

impl Tables {
    /// Appends the numbers of `image` to `out`, in the image's layout.
    pub fn apply(&self, image: &[u8], shape: Shape, out: &mut Vec<f32>) {
        match shape.layout() {
            Layout::Chw => {
                for (plane, table) in image.chunks_exact(shape.len() / self.0.len()).zip(&self.0) {
                    out.extend(plane.iter().map(|&value| table[usize::from(value)]));
                }
            }
            Layout::Hwc => {
                for pixel in image.chunks_exact(self.0.len()) {
                    out.extend(pixel.iter().zip(&self.0).map(|(&value, table)| table[usize::from(value)]));
                }
            }
        }
    }
}

fn for_each_channel(image: &[u8], shape: Shape, mut visit: impl FnMut(usize, u8)) {
    let channels = usize::from(shape.channels());
    let plane = shape.len() / channels;
    for (at, &value) in image.iter().enumerate() {
        let channel = match shape.layout() {
            Layout::Chw => at / plane,
            Layout::Hwc => at % channels,
        };
        visit(channel, value);
    }
}

/// What an experiment needs: images to train on, images to score, and what the classes are called.
#[derive(Clone, Debug)]
pub struct Split {
    /// Shown during training; shared with the threads that prepare batches.
    pub train: Arc<Dataset>,
    /// Held out of the training images, to be scored after every epoch.
    pub validation: Option<Arc<Dataset>>,
    /// Never shown during training.
    pub test: Arc<Dataset>,
    /// Name of each class; its length is the number of classes.
    pub classes: Vec<String>,
}

impl Split {
    /// Takes `share` of the training images, chosen by `seed`, away from them for validation; none where `share` is 0.
    #[must_use]
    pub fn hold_out(&self, share: f64, seed: u64) -> Self {
        let held_out = held_out(share, self.train.len());
        if held_out == 0 {
            return self.clone();
        }
        let (train, validation) = pipeline::hold_out(self.train.len(), held_out, seed);
        Self {
            train: Arc::new(self.train.select(&train)),
            validation: Some(Arc::new(self.train.select(&validation))),
            ..self.clone()
        }
    }
}

/// How many of `images` a share of them is.
fn held_out(share: f64, images: usize) -> usize {
    (share * images as f64).round() as usize
}

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
    /// Checks that something is left to train on where `validation` is the share that is held out.
    ///
    /// # Errors
    ///
    /// If nothing is.
    pub fn check_validation(&self, validation: f64) -> Result<()> {
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
                synthetic::load(train - held_out, held_out, test, seed)
            }
        }
    }
}

/// Reads the labelled images in `dir`: CIFAR-10's binary files, or a folder of images a class in `train/` and `test/`, brought to
/// `side`×`side` pixels; or those of a capture, if `dir` is a file. With `skip_bad`, image files that are broken are left out; a
/// line on each comes back.
///
/// # Errors
///
/// If `dir` is none of them, if `side` is none of [`SIDES`] or not that of CIFAR-10, and as [`capture::load`], [`cifar::load`]
/// and [`folder::load`].
pub fn load(dir: &Path, side: u16, skip_bad: bool) -> Result<(Split, Vec<String>)> {
    check_side(side)?;
    if dir.is_file() {
        return Ok((capture::load(dir, side)?, Vec::new()));
    }
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
        complain(&format!("Files left out, since --skip-bad was given: {}", skipped.len()));
        for line in skipped {
            complain(&format!("  {line}"));
        }
    }
}
