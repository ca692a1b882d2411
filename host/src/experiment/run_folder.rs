//! The folder of a run: nothing in it is ever half written, and an earlier run is never overwritten.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::files;
use crate::network::device::Selected;
use crate::results::{RESULT, Variant};
use crate::settings::Settings;
use crate::terminal::console::Console;
use crate::training::Checkpoint;

/// Where runs go that were given no folder.
const DEFAULT_PARENT: &str = "runs";

/// The devices that trained, one a line, the first one first.
const DEVICES: &str = "device.txt";

/// A run's folder:
///
/// ```text
/// config.toml              the settings
/// device.txt               what trained it
/// summary.json             what every arm reached
/// report.html              all of it on one page
/// preview.png, curves.png, calibration.png  its pictures
/// right-only-….png        test images that only one network of the first seed gets right, where there are some
/// seed-42/
///     data.json            the images that it was trained on
///     initial.safetensors  the weights that both variants start from
///     cutmix/              a variant; baseline/ is the other
///         metrics.jsonl    a line an epoch
///         step-….checkpoint  while it lasts; the last one stays where more epochs may follow
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
    /// Whether [`create`](Self::create) can make the folder `out`, as far as can be known before.
    ///
    /// # Errors
    ///
    /// If it holds something already.
    pub fn check(out: Option<&Path>) -> Result<()> {
        let remedy = "name another with --out, go on with what is there with --resume, or remove it first";
        out.map_or(Ok(()), |out| files::refuse_unless_empty(out, remedy))
    }

    /// Makes the folder `out`, which must not exist or be empty, and writes `settings` there first; without `out`, the first
    /// free one of `runs/1`, `runs/2`, ….
    ///
    /// # Errors
    ///
    /// If the folder holds something already, or cannot be made.
    pub fn create(out: Option<&Path>, settings: &Settings) -> Result<Self> {
        Self::check(out)?;
        let path = match out {
            Some(out) => make(out.to_owned())?,
            None => files::make_numbered_folder(Path::new(DEFAULT_PARENT))?,
        };
        let lock = lock(&path)?;
        let folder = Self { path, _lock: lock };
        folder.save_settings(settings)?;
        Ok(folder)
    }

    /// Writes `settings` in place of those that are there.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    pub fn save_settings(&self, settings: &Settings) -> Result<()> {
        files::write(&self.path.join("config.toml"), settings.to_text()?.as_bytes())
    }

    /// Keeps in mind that `device` trains from now on, and says so if another one did before: with `--device auto`, the hardware may have
    /// changed.
    ///
    /// # Errors
    ///
    /// If the file of devices cannot be read or written.
    pub fn note_device(&self, device: &Selected, console: Console) -> Result<()> {
        let mut devices = self.read_devices()?;
        let same = |before: &String| without_threads(before) == without_threads(&device.name);
        if devices.last().is_some_and(same) {
            return Ok(());
        }
        if let Some(before) = devices.last() {
            console.say(&format!(
                "Until now {before} trained this run, and from here {} does: its numbers are those of neither alone.",
                device.name
            ));
        }
        devices.push(device.name.clone());
        files::write(&self.path.join(DEVICES), (devices.join("\n") + "\n").as_bytes())
    }

    /// What trained this run; none if it was another version of this program, or nobody yet.
    ///
    /// # Errors
    ///
    /// If the file of devices cannot be read.
    pub fn devices(&self) -> Result<Option<String>> {
        let devices = self.read_devices()?;
        Ok((!devices.is_empty()).then(|| devices.join(", then ")))
    }

    fn read_devices(&self) -> Result<Vec<String>> {
        let bytes = files::read_if_there(&self.path.join(DEVICES))?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect())
    }

    /// Checks that all variants that are done can go on for the more epochs that `settings` have: each has kept its last checkpoint.
    ///
    /// # Errors
    ///
    /// If one has none.
    pub fn check_more_epochs(&self, settings: &Settings) -> Result<()> {
        for seed in settings.run.seeds() {
            for variant in &settings.run.variants {
                let folder = seed_folder(&self.path, seed).join(variant.name());
                ensure!(
                    !folder.join(RESULT).exists() || Checkpoint::newest(&folder)?.is_some(),
                    "--epochs {}: {} is done and has no checkpoint, since an earlier version of this program trained it; begin a new run, \
                     which may start from its network with --init",
                    settings.training.epochs,
                    folder.display()
                );
            }
        }
        Ok(())
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

/// A CPU comes to the same numbers with any number of threads.
fn without_threads(device: &str) -> &str {
    device
        .split_once(" threads")
        .map_or(device, |(name, _)| name.trim_end_matches(|letter: char| letter.is_ascii_digit()))
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
