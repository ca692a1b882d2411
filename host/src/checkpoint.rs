//! A training that was stopped, as a file: whole and right, or not taken.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use tracing::debug;

use crate::progress::complain;
use crate::run_dir::write_atomically;
use crate::train::EpochMetrics;

/// The first line of a file, before the checksum of all that follows the line.
const MAGIC: &str = "cutmix checkpoint 1 crc32 ";

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
    pub metrics: Vec<EpochMetrics>,
}

/// All that it takes to go on as if nothing had happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Where.
    pub position: Position,
    /// The network as Burn's record, which keeps the identities of its parameters.
    pub model: Vec<u8>,
    /// The optimizer's state as Burn's record, which refers to those identities.
    pub optimizer: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    position: Position,
    model_bytes: usize,
}

impl Checkpoint {
    fn encode(&self) -> Result<Vec<u8>> {
        let header = Header { position: self.position.clone(), model_bytes: self.model.len() };
        let mut payload = serde_json::to_vec(&header)?;
        payload.push(b'\n');
        payload.extend(&self.model);
        payload.extend(&self.optimizer);
        let mut bytes = format!("{MAGIC}{:08x}\n", crc32fast::hash(&payload)).into_bytes();
        bytes.extend(payload);
        Ok(bytes)
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let (magic, payload) = split_line(bytes).context("it has no first line")?;
        let sum = magic.strip_prefix(MAGIC.as_bytes()).context("it is none of this version")?;
        ensure!(sum == format!("{:08x}", crc32fast::hash(payload)).as_bytes(), "its checksum is wrong");
        let (header, records) = split_line(payload).context("it has no header")?;
        let Header { position, model_bytes } = serde_json::from_slice(header)?;
        let (model, optimizer) = records.split_at_checked(model_bytes).context("it ends too soon")?;
        Ok(Self { position, model: model.to_vec(), optimizer: optimizer.to_vec() })
    }

    /// Writes this to `folder`, as a whole or not at all, and removes all but the one before.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, on a full disk say; those that were there are there still.
    pub fn save(&self, folder: &Path) -> Result<PathBuf> {
        let path = folder.join(format!("step-{:09}.checkpoint", self.position.total_steps));
        write_atomically(&path, &self.encode()?)?;
        debug!(path = %path.display(), "checkpoint written");
        for old in list(folder)?.iter().rev().skip(KEPT) {
            fs::remove_file(old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
        Ok(path)
    }

    /// The newest checkpoint in `folder` that is whole, with its path; none if there is none. Warns of each damaged one that it
    /// passes over.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn newest(folder: &Path) -> Result<Option<(PathBuf, Self)>> {
        for path in list(folder)?.into_iter().rev() {
            let read = fs::read(&path).map_err(anyhow::Error::from).and_then(|bytes| Self::decode(&bytes));
            match read {
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

/// Removes the checkpoints of a training that has ended.
///
/// # Errors
///
/// If one cannot be removed.
pub fn remove_all(folder: &Path) -> Result<()> {
    for path in list(folder)? {
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

/// From the oldest to the newest.
fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read the folder {}", folder.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "checkpoint") {
            paths.push(path);
        }
    }
    // The number of steps is padded with zeros.
    paths.sort_unstable();
    Ok(paths)
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}
