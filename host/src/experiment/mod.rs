//! The experiment: every variant with every seed, from the same initial weights; the run folder; the networks of a finished run.
//!
//! Uses training, the report, and everything below them.

mod finished;
mod listeners;
mod run;
mod run_folder;
mod table;

pub use finished::Network;
pub use run::{follow, guarded, resume, run};
pub use run_folder::{RunFolder, saved_settings};
