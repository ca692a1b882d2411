//! `host train`.

use anyhow::Result;
use clap::Args;

use super::run_args::RunArgs;
use crate::results::Variant;

/// One variant.
#[derive(Args, Debug)]
pub struct Train {
    #[command(flatten)]
    run: RunArgs,
    /// Train without CutMix
    #[arg(long, conflicts_with = "resume")]
    no_cutmix: bool,
}

impl Train {
    /// Trains one network.
    pub fn run(self) -> Result<()> {
        self.run.run(&[if self.no_cutmix { Variant::Baseline } else { Variant::Cutmix }])
    }
}
