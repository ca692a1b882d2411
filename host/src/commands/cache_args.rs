//! Flags for where decoded images are kept, for every command that reads folders of them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::settings::CachePlace;

/// Where decoded images are kept for the next start.
#[derive(Args, Clone, Debug, Default)]
pub struct CacheArgs {
    /// Keep the decoded images of a folder in DIR [default: the user's folder for caches, for sets of 64 MiB and more]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    cache: Option<PathBuf>,
    /// Decode the images of a folder at every start, and hold all of them in memory
    #[arg(long)]
    no_cache: bool,
}

impl CacheArgs {
    /// What was asked for, if anything was.
    pub fn given(&self) -> Result<Option<CachePlace>> {
        let absolute =
            |folder: &Path| std::path::absolute(folder).with_context(|| format!("--cache {}", folder.display()));
        match &self.cache {
            Some(folder) => Ok(Some(CachePlace::In(absolute(folder)?))),
            None => Ok(self.no_cache.then_some(CachePlace::Off)),
        }
    }
}
