//! The folder of a run: nothing in it is ever half written, and an earlier run is never overwritten.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use tempfile::NamedTempFile;

/// Where runs go that were given no folder.
const DEFAULT_PARENT: &str = "runs";

/// A run's folder and the open file of its metrics.
pub struct RunDir {
    path: PathBuf,
    metrics: File,
}

impl RunDir {
    /// Makes the folder `out`, which must not exist or be empty, and writes `config` there first; without `out`, the first
    /// free one of `runs/1`, `runs/2`, ….
    ///
    /// # Errors
    ///
    /// If the folder holds something already, or cannot be made.
    pub fn create(out: Option<&Path>, config: &impl Serialize) -> Result<Self> {
        let path = match out {
            Some(out) => {
                fs::create_dir_all(out).with_context(|| format!("cannot make the run folder {}", out.display()))?;
                let mut entries =
                    fs::read_dir(out).with_context(|| format!("cannot read the run folder {}", out.display()))?;
                ensure!(
                    entries.next().is_none(),
                    "the run folder {} is not empty; name another with --out, or remove it first",
                    out.display()
                );
                out.to_owned()
            }
            None => first_free(Path::new(DEFAULT_PARENT))?,
        };
        write_atomically(&path.join("config.json"), &json(config)?)?;
        let metrics_path = path.join("metrics.jsonl");
        let metrics = File::create_new(&metrics_path).with_context(|| cannot_write(&metrics_path))?;
        Ok(Self { path, metrics })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds one line to `metrics.jsonl`, and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// If the line cannot be written, on a full disk say.
    pub fn append_metrics(&mut self, line: &impl Serialize) -> Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.metrics
            .write_all(&bytes)
            .and_then(|()| self.metrics.sync_data())
            .with_context(|| cannot_write(&self.path.join("metrics.jsonl")))
    }

    /// Writes `value` as readable JSON to the file `name`.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; an older one of that name is then still whole.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        self.write(name, &json(value)?)
    }

    /// Writes `bytes` to the file `name`.
    ///
    /// # Errors
    ///
    /// As [`write_json`](Self::write_json).
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_atomically(&self.path.join(name), bytes)
    }
}

/// Writes `bytes` to `path`: to a temporary file beside it, synced, then renamed.
///
/// # Errors
///
/// If the file cannot be written; an older one at `path` is then still whole.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut file = temporary(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| cannot_write(path))
}

/// A temporary file with the permissions that a new file of the user's has.
fn temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

fn first_free(parent: &Path) -> Result<PathBuf> {
    fs::create_dir_all(parent).with_context(|| format!("cannot make the folder {}", parent.display()))?;
    let mut number = 1;
    loop {
        let path = parent.join(number.to_string());
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error).with_context(|| format!("cannot make the run folder {}", path.display())),
        }
    }
}
