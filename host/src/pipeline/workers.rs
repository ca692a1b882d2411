//! Threads that prepare batches while the network learns.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use super::batch::Batch;
use super::epoch::Sample;
use super::loader::Loader;

/// Batches that each worker has ready before the training step asks for them.
const PREFETCHED: usize = 2;

/// More workers than this are of no use: a step takes far longer than a batch.
const WORKERS: usize = 4;

/// Batches in the order of their samples, prepared by threads of their own: see [`Loader::batches`].
pub struct Batches {
    /// Worker n prepares batches n, n + workers, n + 2·workers, …: so their order needs no sorting.
    workers: Vec<(Receiver<Batch>, Option<JoinHandle<()>>)>,
    turn: usize,
}

impl Loader {
    /// `samples` in batches of `batch_size`, of which the last may be smaller, prepared by threads while the caller uses them.
    ///
    /// # Panics
    ///
    /// If `batch_size` is zero.
    #[must_use]
    pub fn batches(&self, samples: Vec<Sample>, batch_size: usize) -> Batches {
        let workers = thread::available_parallelism().map_or(1, usize::from).min(WORKERS);
        self.batches_by(samples, batch_size, workers)
    }

    /// [`batches`](Self::batches) by so many threads, which change nothing but the speed.
    ///
    /// # Panics
    ///
    /// If `batch_size` or `workers` is zero.
    #[must_use]
    pub fn batches_by(&self, samples: Vec<Sample>, batch_size: usize, workers: usize) -> Batches {
        assert!(batch_size > 0 && workers > 0, "batches must hold an image, and somebody must prepare them");
        let samples = Arc::new(samples);
        let start = |worker| {
            let (send, ready) = sync_channel(PREFETCHED);
            let (loader, samples) = (self.clone(), samples.clone());
            let thread = thread::spawn(move || {
                for samples in samples.chunks(batch_size).skip(worker).step_by(workers) {
                    // The receiver is gone when the caller lost interest.
                    if send.send(loader.batch(samples)).is_err() {
                        break;
                    }
                }
            });
            (ready, Some(thread))
        };
        Batches { workers: (0..workers).map(start).collect(), turn: 0 }
    }
}

impl Iterator for Batches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let turn = self.turn % self.workers.len();
        let (ready, thread) = &mut self.workers[turn];
        let batch = ready.recv().ok();
        if batch.is_none()
            && let Some(Err(panic)) = thread.take().map(JoinHandle::join)
        {
            // Otherwise a failed worker would look like the end of the epoch.
            resume_unwind(panic);
        }
        self.turn += usize::from(batch.is_some());
        batch
    }
}
