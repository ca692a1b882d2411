//! CIFAR-10's binary files (Krizhevsky 2009, <https://www.cs.toronto.edu/~kriz/cifar.html>).

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use cutmix_core::{Layout, Shape};

use super::dataset::Dataset;
use super::split::Split;
use crate::files;
use crate::terminal::program;

/// Names of the ten classes, in the order of their labels.
pub const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// One label byte, then 1,024 red, 1,024 green and 1,024 blue bytes, row by row.
pub(super) const RECORD: usize = 1 + 3 * 32 * 32;

/// Folder of the files within the archive that they come in.
pub(super) const FOLDER: &str = "cifar-10-batches-bin";

pub(super) const TRAIN_FILES: [&str; 5] =
    ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];
pub(super) const TEST_FILE: &str = "test_batch.bin";

/// Shape of every image: 32×32 pixels, three planes.
///
/// # Panics
///
/// Never: the shape is a constant that fits.
#[must_use]
pub fn shape() -> Shape {
    Shape::new(32, 32, 3, Layout::Chw).expect("a constant shape")
}

/// Reads the five training files and the test file from `dir` or from `dir/cifar-10-batches-bin`.
///
/// # Errors
///
/// If a file is missing, cannot be read or is not a CIFAR-10 file; the message names it.
pub fn load(dir: &Path) -> Result<Split> {
    let files = locate(dir)?;
    let train = read(&TRAIN_FILES.map(|name| files.join(name)))?;
    let test = read(&[files.join(TEST_FILE)])?;
    Split::new(train, test, CLASSES.map(str::to_owned).to_vec())
}

/// Reads the test file alone.
///
/// # Errors
///
/// As [`load`].
pub fn load_tests(dir: &Path) -> Result<Dataset> {
    read(&[locate(dir)?.join(TEST_FILE)])
}

/// The folder with CIFAR-10's files: `dir` or `dir/cifar-10-batches-bin`, if the first of the files is there.
#[must_use]
pub fn find(dir: &Path) -> Option<PathBuf> {
    let candidates = [dir.to_owned(), dir.join(FOLDER)];
    candidates.into_iter().find(|candidate| candidate.join(TRAIN_FILES[0]).exists())
}

pub(super) fn locate(dir: &Path) -> Result<PathBuf> {
    find(dir).with_context(|| {
        format!(
            "no CIFAR-10 in {0}: neither it nor its folder {FOLDER} holds {1}; `{2}` puts it there",
            dir.display(),
            TRAIN_FILES[0],
            program::command(&["fetch", "cifar10", &dir.display().to_string()])
        )
    })
}

fn read(files: &[PathBuf]) -> Result<Dataset> {
    let mut images = Dataset::with_capacity(shape(), 0);
    for file in files {
        parse(&files::read(file)?, &mut images)
            .with_context(|| format!("{} is not a CIFAR-10 file", file.display()))?;
    }
    Ok(images)
}

/// Appends the records in `bytes`, 3,073 bytes each, to `images`.
///
/// # Errors
///
/// If `bytes` is empty, is not a whole number of records, or holds a label above 9.
pub fn parse(bytes: &[u8], images: &mut Dataset) -> Result<()> {
    ensure!(
        !bytes.is_empty() && bytes.len().is_multiple_of(RECORD),
        "it holds {} bytes, not a whole number of {RECORD}-byte records; it may be truncated, fetch it again",
        bytes.len()
    );
    for (number, record) in bytes.chunks_exact(RECORD).enumerate() {
        let (label, image) = (record[0], &record[1..]);
        if usize::from(label) >= CLASSES.len() {
            bail!("record {number} has label {label}, where 0 to 9 are possible; it may be damaged, fetch it again");
        }
        images.push(image, u16::from(label));
    }
    Ok(())
}
