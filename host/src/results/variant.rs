//! The two ways to train that are compared.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Without CutMix, or with it. Files and flags call it an arm, as trials do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// Images and labels as they are.
    Baseline,
    /// Mixed images and soft labels.
    Cutmix,
}

impl Variant {
    /// Name in files: `baseline` or `cutmix`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Cutmix => "cutmix",
        }
    }

    /// Name in tables and pictures.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Baseline => "without CutMix",
            Self::Cutmix => "with CutMix",
        }
    }
}
