//! The folder of a run: nothing in it is ever half written, and an earlier run is never overwritten.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::files;
use crate::results::Variant;
use crate::settings::Settings;

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
///     initial.safetensors  the weights that both variants start from
///     cutmix/              a variant; baseline/ is the other
///         metrics.jsonl    a line an epoch
///         step-….checkpoint  while it lasts
///         model.safetensors  the weights in the end
///         result.json      what it reached; once it is there, the variant is done
///         predictions.csv  which class it takes every test image for
///         confusion.png    the same, counted
/// ```
pub struct RunFolder {
    path: PathBuf,
    /// Held while somebody trains here.
    _lock: File,
}

impl RunFolder {
    /// Makes the folder `out`, which must not exist or be empty, and writes `settings` there first; without `out`, the first
    /// free one of `runs/1`, `runs/2`, ….
    ///
    /// # Errors
    ///
    /// If the folder holds something already, or cannot be made.
    pub fn create(out: Option<&Path>, settings: &Settings) -> Result<Self> {
        let path = match out {
            Some(out) => {
                let remedy = "name another with --out, go on with what is there with --resume, or remove it first";
                files::refuse_unless_empty(out, remedy)?;
                make(out.to_owned())?
            }
            None => files::make_numbered_folder(Path::new(DEFAULT_PARENT))?,
        };
        let lock = lock(&path)?;
        files::write(&path.join("config.toml"), settings.to_text()?.as_bytes())?;
        Ok(Self { path, _lock: lock })
    }

    /// Opens the folder of an earlier run to go on with it.
    ///
    /// # Errors
    ///
    /// If it is not a run folder, or another process trains there.
    pub fn open(path: &Path) -> Result<(Self, Settings)> {
        let settings = saved_settings(path)?;
        Ok((Self { path: path.to_owned(), _lock: lock(path)? }, settings))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of everything that one seed's variants share; made if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn seed(&self, seed: u64) -> Result<PathBuf> {
        make(seed_folder(&self.path, seed))
    }

    /// The folder of a variant; made if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn variant(&self, seed: u64, variant: Variant) -> Result<PathBuf> {
        make(seed_folder(&self.path, seed).join(variant.name()))
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
/// If it is not a run folder, or the settings are damaged or not valid.
pub fn saved_settings(run: &Path) -> Result<Settings> {
    let path = run.join("config.toml");
    let text = files::read_text(&path).with_context(|| format!("{} is not a run folder", run.display()))?;
    let settings = Settings::from_text(&text).and_then(|settings| settings.validate().map(|()| settings));
    settings.with_context(|| format!("{} holds no settings of this version", path.display()))
}

/// Two processes in one folder would take each other's checkpoints away.
fn lock(run: &Path) -> Result<File> {
    let taken = format!("another process trains in {}; wait for it, or stop it", run.display());
    files::open_locked(&run.join(".lock"), &taken)
}

fn make(path: PathBuf) -> Result<PathBuf> {
    files::make_folder(&path)?;
    Ok(path)
}
