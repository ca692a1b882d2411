//! Threads that prepare batches while the network learns.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::Result;

use super::batch::Batch;
use super::epoch::Sample;
use super::loader::Loader;

/// Batches that each worker has ready before the training step asks for them.
const PREFETCHED: usize = 2;

/// More workers than this are of no use: a step takes far longer than a batch.
const WORKERS: usize = 4;

/// Batches in the order of their samples, prepared by threads of their own: see [`Loader::batches`]. An error is that an image of the batch cannot be read.
pub struct Batches {
    /// Worker n prepares batches n, n + workers, n + 2·workers, …: so their order needs no sorting.
    workers: Vec<Worker>,
    turn: usize,
}

/// What it prepares comes here, and this is its thread, until that ended.
type Worker = (Receiver<Result<Batch>>, Option<JoinHandle<()>>);

impl Loader {
    /// `samples` in batches of `batch_size`, of which the last may be smaller, prepared by threads while the caller uses them.
    ///
    /// # Panics
    ///
    /// If `batch_size` is zero.
    #[must_use]
    pub fn batches(&self, samples: Vec<Sample>, batch_size: usize) -> Batches {
        self.batches_by(samples, batch_size, workers())
    }

    /// [`batches`](Self::batches) by so many threads, which change nothing but the speed.
    ///
    /// # Panics
    ///
    /// If `batch_size` or `workers` is zero.
    #[must_use]
    pub fn batches_by(&self, samples: Vec<Sample>, batch_size: usize, workers: usize) -> Batches {
        assert!(batch_size > 0, "batches must hold an image");
        let images = samples.len();
        let batch = |number| number * batch_size..images.min((number + 1) * batch_size);
        self.prepare(samples, (0..images.div_ceil(batch_size)).map(batch).collect(), workers)
    }

    /// As [`batches`](Self::batches), a batch for each of `ranges` of the samples, in their order. An empty one gives a batch without an image.
    ///
    /// # Panics
    ///
    /// If a range reaches out of the samples.
    #[must_use]
    pub fn batches_of(&self, samples: Vec<Sample>, ranges: Vec<Range<usize>>) -> Batches {
        self.prepare(samples, ranges, workers())
    }

    fn prepare(&self, samples: Vec<Sample>, ranges: Vec<Range<usize>>, workers: usize) -> Batches {
        assert!(workers > 0, "somebody must prepare batches");
        let work = Arc::new((samples, ranges));
        let start = |worker| {
            let (send, ready) = sync_channel(PREFETCHED);
            let (loader, work) = (self.clone(), work.clone());
            let thread = thread::spawn(move || {
                let (samples, ranges) = &*work;
                for range in ranges.iter().skip(worker).step_by(workers) {
                    // The receiver is gone when the caller lost interest.
                    if send.send(loader.batch(&samples[range.clone()])).is_err() {
                        break;
                    }
                }
            });
            (ready, Some(thread))
        };
        Batches { workers: (0..workers).map(start).collect(), turn: 0 }
    }
}

fn workers() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(WORKERS)
}

impl Iterator for Batches {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Result<Batch>> {
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
