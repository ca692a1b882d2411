//! What happens in a training, for whoever wants to know.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::results::{EpochScores, Score};

/// Something that happened.
#[non_exhaustive]
pub enum Event<'a> {
    /// An epoch begins, or goes on after a stop.
    EpochBegins {
        /// Counted from 1.
        epoch: u32,
        /// Epochs of the training.
        epochs: u32,
        /// Images of an epoch.
        images: usize,
        /// Those of them that were shown before the stop.
        done: usize,
    },
    /// A step was taken.
    Step {
        /// Images of this epoch that were shown so far.
        images: usize,
        /// Their score so far. It has to be read from the device, which waits for it.
        score: &'a dyn Fn() -> Result<Score>,
    },
    /// All images of an epoch were shown.
    EpochTrained {
        /// Counted from 1.
        epoch: u32,
        /// Time for which steps waited for their batches.
        waited: Duration,
    },
    /// An epoch was scored.
    EpochScored {
        /// Its scores.
        scores: &'a EpochScores,
        /// Epochs of the training.
        epochs: u32,
    },
    /// A checkpoint was written.
    Checkpoint {
        /// The file.
        path: &'a Path,
    },
    /// The user stops the training; its last checkpoint was written before.
    Stopped,
}

/// Whoever wants to know what happens: a bar, a file, a log.
pub trait Listener {
    /// Is told of every event.
    ///
    /// # Errors
    ///
    /// Whatever ends the training: a disk that is full, say.
    fn hear(&mut self, event: &Event) -> Result<()>;
}

/// Tells all of them.
pub(super) fn tell(listeners: &mut [&mut dyn Listener], event: &Event) -> Result<()> {
    listeners.iter_mut().try_for_each(|listener| listener.hear(event))
}
