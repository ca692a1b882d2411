//! Which folders of a data set hold what.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};

use crate::files;

/// How the folder of validation images is called.
const VALIDATION: [&str; 3] = ["val", "valid", "validation"];

/// The parts of a data set in folders, each with a folder a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// To train on.
    pub train: PathBuf,
    /// To validate with, if there are any.
    pub validation: Option<PathBuf>,
    /// To test on; without them, a share of the training images is split off.
    pub test: Option<PathBuf>,
}

impl Parts {
    /// The parts in `dir`: `train/`, `test/`, and `val/`, `valid/` or `validation/`. With a share of `test` images to split off, `dir` may hold the
    /// class folders itself.
    ///
    /// # Errors
    ///
    /// If there is nothing to test on, or more than one part for one purpose.
    pub fn of(dir: &Path, test: f64) -> Result<Self> {
        let part = |name: &str| Some(dir.join(name)).filter(|path| path.is_dir());
        let Some(train) = part("train") else {
            ensure!(
                part("test").is_none(),
                "{} has a folder test/ and no train/; put the training images there",
                dir.display()
            );
            return Ok(Self { train: dir.to_owned(), validation: None, test: None });
        };
        let validation: Vec<PathBuf> = VALIDATION.into_iter().filter_map(part).collect();
        ensure!(
            validation.len() < 2,
            "{} has more than one folder of validation images, {}; leave one",
            dir.display(),
            validation.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ")
        );
        let parts = Self { train, validation: validation.into_iter().next(), test: part("test") };
        match (&parts.test, test > 0.0) {
            (Some(test), true) => {
                bail!(
                    "{} holds test images, so no share of the others can be taken for that; leave the setting test out",
                    test.display()
                )
            }
            (None, false) => {
                let names = files::list(dir)?.into_iter().filter(|path| path.is_dir());
                let names: Vec<String> =
                    names.filter_map(|path| Some(format!("{}/", path.file_name()?.to_string_lossy()))).collect();
                bail!(
                    "{} has no folder test/; it holds {}. Put test images there, or take a share of the training images, as with --set test=0.2",
                    dir.display(),
                    names.join(", ")
                )
            }
            _ => Ok(parts),
        }
    }
}

/// Whether a class folder of this name is rather a part of a data set. `train` itself is one where it holds folders; where it holds images, they are
/// of trains.
#[must_use]
pub fn is_part(name: &str) -> bool {
    let lower = name.to_lowercase();
    name != "train" && (VALIDATION.contains(&&*lower) || ["train", "training", "test", "testing"].contains(&&*lower))
}
