//! `host compare`.

use anyhow::Result;
use clap::Args;

use super::run_args::RunArgs;
use crate::results::Variant;

/// Both variants.
#[derive(Args, Debug)]
pub struct Compare {
    #[command(flatten)]
    run: RunArgs,
}

impl Compare {
    /// Trains the same network without CutMix and with it.
    pub fn run(self) -> Result<()> {
        self.run.run(&[Variant::Baseline, Variant::Cutmix])
    }
}
