//! A training that was stopped, as a file: whole and right, or not taken.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::burn_internals::BURN;
use crate::files;
use crate::results::EpochScores;
use crate::settings::TrainingSettings;
use crate::terminal::console::complain;

/// How every checkpoint of this program begins, whatever its version.
const FORMAT: &str = "cutmix checkpoint ";

/// Older ones are removed: the last one, and the one before in case that it is damaged.
const KEPT: usize = 2;

/// Where a training stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Epochs that are complete.
    pub epoch: u32,
    /// Steps that are done of the next epoch.
    pub step: usize,
    /// Steps that are done in all.
    pub total_steps: usize,
    /// Training images that were shown in the next epoch.
    pub images: usize,
    /// Sum of their losses, and number of right answers, as the bits of an f32: so that no digit is lost.
    pub sums: [u32; 2],
    /// Of training, without evaluation.
    pub training_seconds: f64,
    /// Of everything.
    pub seconds: f64,
    /// The complete epochs' scores.
    pub metrics: Vec<EpochScores>,
}

impl Position {
    /// Checks that a training by `settings` on so many `images` comes by here.
    pub(super) fn check(&self, settings: &TrainingSettings, images: usize) -> Result<()> {
        let steps = images.div_ceil(settings.batch_size);
        let before = steps.saturating_mul(self.epoch as usize);
        ensure!(
            self.epoch <= settings.epochs
                && self.step <= steps
                && self.total_steps == before.saturating_add(self.step)
                && self.images == images.min(self.step.saturating_mul(settings.batch_size))
                && self.metrics.len() == self.epoch as usize,
            "it stands in epoch {} after {} steps, where no training by these settings comes by",
            u64::from(self.epoch) + 1,
            self.total_steps
        );
        Ok(())
    }
}

/// All that it takes to go on as if nothing had happened.
pub struct Checkpoint {
    /// Where.
    pub position: Position,
    /// The network and what belongs to it.
    pub(super) records: Records,
}

/// What a training needs beside its position, as Burn's records, which refer to each other by the identities of the parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Records {
    /// The network.
    pub model: Vec<u8>,
    /// The optimizer's state.
    pub optimizer: Vec<u8>,
    /// The moving average of the weights; empty if none is kept.
    pub average: Vec<u8>,
    /// The network after its best epoch; empty if none is kept.
    pub best: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    position: Position,
    /// Bytes of the records, in the order of their fields.
    bytes: [usize; 4],
}

/// What the rest of a file depends on: how this program arranges it, and whose records it holds.
fn version() -> String {
    format!("3, Burn {BURN}")
}

/// The beginning of a file's first line; the checksum of all that follows the line ends it.
fn magic() -> String {
    format!("{FORMAT}{}, crc32 ", version())
}

impl Checkpoint {
    /// As a file holds it.
    ///
    /// # Errors
    ///
    /// Never: what is in it can be written.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let Records { model, optimizer, average, best } = &self.records;
        let records = [model, optimizer, average, best];
        let header = Header { position: self.position.clone(), bytes: records.map(Vec::len) };
        let mut payload = serde_json::to_vec(&header)?;
        payload.push(b'\n');
        for record in records {
            payload.extend(record);
        }
        let mut bytes = format!("{}{:08x}\n", magic(), crc32fast::hash(&payload)).into_bytes();
        bytes.extend(payload);
        Ok(bytes)
    }

    /// What [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// If it is damaged, or of another version.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let (first, payload) = split_line(bytes).context("it has no first line")?;
        let sum = first.strip_prefix(magic().as_bytes()).context("it is not a checkpoint")?;
        ensure!(sum == format!("{:08x}", crc32fast::hash(payload)).as_bytes(), "its checksum is wrong");
        let (header, mut rest) = split_line(payload).context("it has no header")?;
        let Header { position, bytes } = serde_json::from_slice(header)?;
        let mut next = |bytes| -> Result<Vec<u8>> {
            let (record, others) = rest.split_at_checked(bytes).context("it ends too soon")?;
            rest = others;
            Ok(record.to_vec())
        };
        let [model, optimizer, average, best] = bytes;
        let records =
            Records { model: next(model)?, optimizer: next(optimizer)?, average: next(average)?, best: next(best)? };
        Ok(Self { position, records })
    }

    /// Writes this to `folder`, as a whole or not at all, and removes all but the one before.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, on a full disk say; those that were there are there still.
    pub fn save(&self, folder: &Path) -> Result<PathBuf> {
        let path = folder.join(format!("step-{:09}.checkpoint", self.position.total_steps));
        files::write(&path, &self.encode()?)?;
        remove_all_but(KEPT, folder)?;
        Ok(path)
    }

    /// The newest checkpoint in `folder` that is whole, with its path; none if there is none. Warns of each damaged one that it
    /// passes over.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read, or a checkpoint was written by another version of this program.
    pub fn newest(folder: &Path) -> Result<Option<(PathBuf, Self)>> {
        for path in list(folder)?.into_iter().rev() {
            let bytes = files::read(&path);
            if let Ok(bytes) = &bytes {
                check_version(bytes).with_context(|| format!("the checkpoint {} cannot be used", path.display()))?;
            }
            match bytes.and_then(|bytes| Self::decode(&bytes)) {
                Ok(checkpoint) => return Ok(Some((path, checkpoint))),
                Err(error) => complain(&format!(
                    "warning: the checkpoint {} cannot be used: {error:#}; going back to the one before",
                    path.display()
                )),
            }
        }
        Ok(None)
    }
}

/// A checkpoint of another version is not damaged, since its checksum is right: the training could go on from it, only not here.
fn check_version(bytes: &[u8]) -> Result<()> {
    let Some((first, payload)) = split_line(bytes) else { return Ok(()) };
    let found = || -> Option<&str> {
        let (found, sum) = std::str::from_utf8(first).ok()?.strip_prefix(FORMAT)?.rsplit_once("crc32 ")?;
        (sum == format!("{:08x}", crc32fast::hash(payload))).then_some(found.trim_end_matches([',', ' ']))
    };
    if let Some(found) = found()
        && !first.starts_with(magic().as_bytes())
    {
        bail!(
            "it is of format {found}, and this program reads format {}; go on with the program that began the run, or begin a new one",
            version()
        );
    }
    Ok(())
}

/// Removes the checkpoints of a training that has ended, but the newest so many.
///
/// # Errors
///
/// If one cannot be removed.
pub fn remove_all_but(newest: usize, folder: &Path) -> Result<()> {
    list(folder)?.iter().rev().skip(newest).try_for_each(|path| files::remove(path))
}

/// From the oldest to the newest, since the number of steps is padded with zeros.
fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = files::list(folder)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "checkpoint"));
    Ok(paths)
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}
