//! `host fetch`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::data::download::Archive;
use crate::terminal::console::Console;
use crate::terminal::program;

/// What `host fetch` is asked for.
#[derive(Args, Debug)]
pub struct Fetch {
    /// Which data set
    #[arg(value_enum)]
    set: Set,
    /// Folder for it, made if need be; `compare --data DIR` takes the same
    dir: PathBuf,
    /// Mirror to download from; the MD5 of its file must be the same
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Archive that was downloaded already, with a browser say; its MD5 must be the same, and it is left where it is
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    from: Option<PathBuf>,
}

/// A data set that can be downloaded.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Set {
    /// CIFAR-10: 170 MB to download, 184 MB unpacked, both at once on the way
    Cifar10,
}

impl Fetch {
    /// Downloads, unless there is an archive already, and unpacks, and says where the data are.
    ///
    /// # Errors
    ///
    /// As [`Archive::fetch`] and [`Archive::take`].
    pub fn run(self) -> Result<()> {
        let Self { set: Set::Cifar10, dir, url, from } = self;
        let mut archive = Archive::cifar10();
        archive.url = url.unwrap_or(archive.url);
        let unpacked = match from {
            Some(file) => archive.take(&file, &dir)?,
            None => archive.fetch(&dir)?,
        };
        if unpacked {
            let compare = program::command(&["compare", "--data", &dir.display().to_string()]);
            Console::Person.say(&format!("CIFAR-10 is in {}: `{compare}` trains on it.", dir.display()));
        } else {
            Console::Person.say(&format!("CIFAR-10 is in {} already.", dir.display()));
        }
        Ok(())
    }
}
