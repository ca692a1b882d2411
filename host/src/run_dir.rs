//! The folder of a run: nothing in it is ever half written, and an earlier run is never overwritten.

use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

use crate::config::Config;
use crate::train::Arm;

/// Where runs go that were given no folder.
const DEFAULT_PARENT: &str = "runs";

/// A run's folder:
///
/// ```text
/// config.toml              the settings
/// summary.json             what every arm reached
/// report.html              all of it on one page
/// preview.png, curves.png  its pictures
/// right-only-….png        test images that only one network of the first seed gets right, where there are some
/// seed-42/
///     data.json            the images that it was trained on
///     initial.safetensors  the weights that both arms start from
///     cutmix/              an arm; baseline/ is the other
///         metrics.jsonl    a line an epoch
///         step-….checkpoint  while it lasts
///         model.safetensors  the weights in the end
///         result.json      what it reached; once it is there, the arm is done
///         predictions.csv  which class it takes every test image for
///         confusion.png    the same, counted
/// ```
pub struct RunDir {
    path: PathBuf,
    /// Held while somebody trains here.
    _lock: File,
}

impl RunDir {
    /// Makes the folder `out`, which must not exist or be empty, and writes `config` there first; without `out`, the first
    /// free one of `runs/1`, `runs/2`, ….
    ///
    /// # Errors
    ///
    /// If the folder holds something already, or cannot be made.
    pub fn create(out: Option<&Path>, config: &Config) -> Result<Self> {
        let path = match out {
            Some(out) => {
                fs::create_dir_all(out).with_context(|| format!("cannot make the run folder {}", out.display()))?;
                let mut entries =
                    fs::read_dir(out).with_context(|| format!("cannot read the run folder {}", out.display()))?;
                ensure!(
                    entries.next().is_none(),
                    "the run folder {} is not empty; name another with --out, go on with what is there with --resume, or \
                     remove it first",
                    out.display()
                );
                out.to_owned()
            }
            None => first_free(Path::new(DEFAULT_PARENT))?,
        };
        let lock = lock(&path)?;
        write_atomically(&path.join("config.toml"), toml::to_string(config)?.as_bytes())?;
        Ok(Self { path, _lock: lock })
    }

    /// Opens the folder of an earlier run to go on with it.
    ///
    /// # Errors
    ///
    /// If it is no run folder, or another process trains there.
    pub fn open(path: &Path) -> Result<(Self, Config)> {
        let config = config(path)?;
        Ok((Self { path: path.to_owned(), _lock: lock(path)? }, config))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of everything that one seed's arms share; made if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn seed(&self, seed: u64) -> Result<PathBuf> {
        make(seed_folder(&self.path, seed))
    }

    /// The folder of an arm; made if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn arm(&self, seed: u64, arm: Arm) -> Result<PathBuf> {
        make(seed_folder(&self.path, seed).join(arm.name()))
    }
}

/// The folder of one seed in the run folder `run`.
#[must_use]
pub fn seed_folder(run: &Path, seed: u64) -> PathBuf {
    run.join(format!("seed-{seed}"))
}

/// The settings of the run in the folder `run`.
///
/// # Errors
///
/// If it is no run folder, or the settings are damaged.
pub fn config(run: &Path) -> Result<Config> {
    let path = run.join("config.toml");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("{} is no run folder: cannot read {}", run.display(), path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} holds no settings of this version", path.display()))
}

/// Reads a JSON file; none if there is no such file.
///
/// # Errors
///
/// If it cannot be read, or holds something else.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => {
            let value = serde_json::from_slice(&bytes);
            value.map(Some).with_context(|| format!("{} is damaged", path.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Writes `value` as readable JSON to `path`.
///
/// # Errors
///
/// As [`write_atomically`].
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    write_atomically(path, &bytes)
}

/// A file that grows by one line of JSON at a time, each on the disk before the next is begun.
pub struct JsonLines {
    path: PathBuf,
    file: File,
}

impl JsonLines {
    /// Begins the file anew with `lines`.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn create(path: &Path, lines: &[impl Serialize]) -> Result<Self> {
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, line)?;
            bytes.push(b'\n');
        }
        write_atomically(path, &bytes)?;
        let file = File::options().append(true).open(path).with_context(|| cannot_write(path))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Adds one line, and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// If the line cannot be written, on a full disk say.
    pub fn append(&mut self, line: &impl Serialize) -> Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.with_context(|| cannot_write(&self.path))
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

fn make(path: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&path).with_context(|| format!("cannot make the folder {}", path.display()))?;
    Ok(path)
}

/// Two processes in one folder would take each other's checkpoints away. The lock goes with the process, however it ends.
fn lock(run: &Path) -> Result<File> {
    let path = run.join(".lock");
    let file = File::create(&path).with_context(|| cannot_write(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another process trains in {}; wait for it, or stop it", run.display()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
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
