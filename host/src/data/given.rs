//! What people give in place of a data set: what it is by its first bytes, and what to do with it.

use std::path::Path;

use anyhow::{Result, bail};

use super::cifar::{self, RECORD, TEST_FILE, TRAIN_FILES};
use super::image_file::begins_image;
use super::tar_shards;
use crate::files;
use crate::terminal::program;

/// Formats of archives: bytes of theirs and where these stand, what they are called, and a program that unpacks them.
const ARCHIVES: [(&[u8], usize, &str, &str); 8] = [
    (b"PK\x03\x04", 0, "a ZIP archive", "unzip"),
    (b"ustar", 257, "a tar archive", "tar -xf"),
    (b"\x1F\x8B\x08", 0, "a gzip archive", "tar -xf"),
    (b"1AY&SY", 4, "a bzip2 archive", "tar -xf"),
    (b"\xFD7zXZ\0", 0, "an xz archive", "tar -xf"),
    (b"\x28\xB5\x2F\xFD", 0, "a Zstandard archive", "tar -xf"),
    (b"7z\xBC\xAF\x27\x1C", 0, "a 7-Zip archive", "7z x"),
    (b"Rar!\x1A\x07", 0, "a RAR archive", "unrar x"),
];

/// Folder of CIFAR-10's Python version, and a file that only that version has.
const PYTHON: [&str; 2] = ["cifar-10-batches-py", "batches.meta"];

fn only_binary() -> String {
    let fetch = program::command(&["fetch", "cifar10", "DIR"]);
    format!(
        "CIFAR-10's Python version, of which the pickled files are not read; `{fetch}` downloads the binary version, and --data DIR takes it"
    )
}

/// Lets a file pass that may be a capture.
///
/// # Errors
///
/// If it is something else that is known; the message says what it is and what to do.
pub(super) fn refuse_file(path: &Path) -> Result<()> {
    let first = files::beginning(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let shown = path.display();
    if let Some((kind, unpack)) = archive(&first) {
        match name.to_lowercase() {
            name if name.starts_with("cifar-10-python") => bail!("{shown} is {kind} with {}", only_binary()),
            name if name.starts_with("cifar-10-binary") => bail!(
                "{shown} is {kind}; `{}` unpacks it, and then --data DIR takes it",
                program::command(&["fetch", "cifar10", "DIR", "--from", &shown.to_string()])
            ),
            _ => bail!("{shown} is {kind}; unpack it, with `{unpack} {shown}`, and give the folder"),
        }
    }
    if is_pickle(&first) {
        bail!("{shown} is a pickle of Python; it may be of {}", only_binary());
    }
    if begins_image(&first) {
        bail!(
            "{shown} is an image; give the folder of the data set, with images in train/CLASS/ and test/CLASS/, or ask what is on it \
             with `{}`",
            program::command(&["predict", "RUN", &shown.to_string()])
        );
    }
    if is_cifar(path, &name)? {
        bail!(
            "{shown} is one file of CIFAR-10; give the folder with all six of them, {} to {TEST_FILE}",
            TRAIN_FILES[0]
        );
    }
    Ok(())
}

/// Lets a folder pass of which nothing is known.
///
/// # Errors
///
/// If what it holds is known, and not read; the message says what it is and what to do.
pub(super) fn refuse_folder(dir: &Path) -> Result<()> {
    if PYTHON.iter().any(|name| dir.join(name).exists()) {
        bail!("{} holds {}", dir.display(), only_binary());
    }
    if !tar_shards::shards(dir).unwrap_or_default().is_empty() {
        bail!(
            "{0} holds tar files; put shards to train on into {0}/train and those to test on into {0}/test, or take a share of the images to test on, as with \
             --set test=0.2; what is no shard has to be unpacked",
            dir.display()
        );
    }
    for path in files::list(dir).unwrap_or_default() {
        if files::beginning(&path).is_ok_and(|first| archive(&first).is_some()) {
            refuse_file(&path)?;
        }
    }
    Ok(())
}

/// What kind of archive begins with `first`, and what unpacks it.
pub(super) fn archive(first: &[u8]) -> Option<(&'static str, &'static str)> {
    let begins =
        |(bytes, at, ..): &&(&[u8], usize, &str, &str)| first.get(*at..).is_some_and(|rest| rest.starts_with(bytes));
    ARCHIVES.iter().find(begins).map(|&(_, _, kind, unpack)| (kind, unpack))
}

/// The protocol, 2 to 5, and what comes first with those: an empty container, a name, or a frame.
fn is_pickle(first: &[u8]) -> bool {
    matches!(first, [0x80, 2..=5, b'}' | b']' | b')' | b'(' | b'c' | 0x95, ..])
}

/// Whether the file is of the binary version: by its name, or because whole records begin with labels that there are.
fn is_cifar(path: &Path, name: &str) -> Result<bool> {
    if TRAIN_FILES.contains(&name) || name == TEST_FILE {
        return Ok(true);
    }
    let length = files::length(path)?;
    if length < 2 * RECORD as u64 || !length.is_multiple_of(RECORD as u64) {
        return Ok(false);
    }
    Ok(files::read(path)?.chunks_exact(RECORD).all(|record| usize::from(record[0]) < cifar::CLASSES.len()))
}
