//! Ctrl-C, and the signals by which a machine says that it wants to stop: once to end in order, twice to leave at once.

use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};

use super::console::complain;

/// What a shell reports of a program that ctrl-C ended.
pub const EXIT_CODE: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on, the first ctrl-C only makes [`asked`] true; the second leaves at once.
///
/// # Errors
///
/// If the operating system refuses.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            exit(EXIT_CODE.into());
        }
        complain(""); // behind the terminal's ^C
        complain("Stopping after this step; once more to leave at once.");
    })
    .context("cannot listen for ctrl-C")
}

/// Whether the user wants to stop.
#[must_use]
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// The run was stopped as the user asked, and can go on; the text says how.
#[derive(Debug)]
pub struct Interrupted(pub String);

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Interrupted {}
