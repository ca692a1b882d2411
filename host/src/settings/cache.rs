//! Where decoded images are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How decoded images of folders are kept. Nothing of it changes a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CacheSettings {
    /// Where, for the next start.
    #[serde(rename = "cache", default)]
    pub place: CachePlace,
    /// Sets of images up to so many MiB are held in memory; larger ones are read from their cache as they are shown.
    #[serde(default = "in_memory")]
    pub in_memory: u32,
}

/// As it is unless a user has other wishes.
const fn in_memory() -> u32 {
    512
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { place: CachePlace::default(), in_memory: in_memory() }
    }
}

impl CacheSettings {
    /// Nothing is kept, and all is held in memory.
    #[must_use]
    pub const fn off() -> Self {
        Self { place: CachePlace::Off, in_memory: in_memory() }
    }
}

/// Where decoded images are kept for the next start: `user`, `off`, or a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum CachePlace {
    /// In the user's folder for caches, unless they are few.
    #[default]
    User,
    /// Nowhere: all are decoded at every start, and held in memory.
    Off,
    /// In this folder.
    In(PathBuf),
}

impl From<String> for CachePlace {
    fn from(text: String) -> Self {
        match text.as_str() {
            "user" => Self::User,
            "off" => Self::Off,
            _ => Self::In(text.into()),
        }
    }
}

impl From<CachePlace> for String {
    fn from(cache: CachePlace) -> Self {
        match cache {
            CachePlace::User => "user".to_owned(),
            CachePlace::Off => "off".to_owned(),
            CachePlace::In(folder) => folder.to_string_lossy().into_owned(),
        }
    }
}
