//! Ctrl-C, and the signals by which a machine says that it wants to stop: once to end in order, twice to leave at once.
//!
//! The first one makes [`check`] an error, so loops that call it end in order. A training finishes its step and saves it, which
//! [`in_steps`] announces. Everything else that has not ended after 0.7 seconds, a download that waits for the server say, is left as it is:
//! no file is ever half written under its own name.

use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};

use super::console::complain;

/// What a shell reports of a program that ctrl-C ended.
pub const EXIT_CODE: u8 = 130;

/// Time to end in order, where nobody said that it takes longer.
const PATIENCE: Duration = Duration::from_millis(700);

static ASKED: AtomicBool = AtomicBool::new(false);
static IN_STEPS: AtomicBool = AtomicBool::new(false);
static ONE_OF_SEVERAL: AtomicBool = AtomicBool::new(false);
static NEXT: Mutex<String> = Mutex::new(String::new());

/// From now on, the first ctrl-C makes [`asked`] true, and the second leaves at once.
///
/// # Errors
///
/// If the operating system refuses.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            exit(EXIT_CODE.into());
        }
        if ONE_OF_SEVERAL.load(Ordering::Relaxed) {
            // Who started the processes ends them soon, one of which may be gone, so that its step will never be finished: said before it is too late.
            complain(&format!("a process of this run ended, or all were asked to stop: {}", Interrupted::new()));
            sleep(PATIENCE);
            exit(EXIT_CODE.into());
        }
        complain(""); // behind the terminal's ^C
        if IN_STEPS.load(Ordering::Relaxed) {
            complain("Stopping after this step; once more to leave at once.");
        } else {
            sleep(PATIENCE);
            if !IN_STEPS.load(Ordering::Relaxed) {
                complain(&Interrupted::new().to_string());
                exit(EXIT_CODE.into());
            }
        }
    })
    .context("cannot listen for ctrl-C")
}

/// From now on this is one of several processes of a run: none of them waits long for a step, which needs all of them.
pub fn one_of_several() {
    ONE_OF_SEVERAL.store(true, Ordering::Relaxed);
}

/// Whether the user wants to stop.
#[must_use]
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// For loops outside of a training: goes on unless the user wants to stop.
///
/// # Errors
///
/// [`Interrupted`], if so.
pub fn check() -> Result<()> {
    if asked() { Err(Interrupted::new().into()) } else { Ok(()) }
}

/// Says from now on what is left by whoever is stopped, and what to do next: a clause.
pub fn when_stopped(next: impl Into<String>) {
    *NEXT.lock().unwrap_or_else(PoisonError::into_inner) = next.into();
}

/// `error` with what it leaves behind it, a clause; one of [`check`] says so already.
#[must_use]
pub fn explain(error: anyhow::Error, left: &str) -> anyhow::Error {
    if error.is::<Interrupted>() { error } else { anyhow!("{error:#}; {left}") }
}

/// Until the result is dropped, the user waits for the end of a step instead.
#[must_use]
pub fn in_steps() -> InSteps {
    IN_STEPS.store(true, Ordering::Relaxed);
    InSteps(())
}

/// See [`in_steps`].
pub struct InSteps(());

impl Drop for InSteps {
    fn drop(&mut self) {
        IN_STEPS.store(false, Ordering::Relaxed);
    }
}

/// The program was stopped as the user asked; the text says how to go on.
#[derive(Debug)]
pub struct Interrupted(pub String);

impl Interrupted {
    /// Says what [`when_stopped`] was told.
    fn new() -> Self {
        let next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
        let next = if next.is_empty() { "nothing is lost: give the same command again" } else { &next };
        Self(format!("stopped; {next}"))
    }
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Interrupted {}
