//! What the data path costs without a network: images a second from stored bytes to standardised batches, without CutMix and
//! with it in turns on one thread, then with it on one thread and more, up to the cores there are.
//!
//! `cargo run -p host --example pipeline`; `-- --json` for machines.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use std::{env, thread};

use cutmix_core::CutMix;
use host::data::{Dataset, Normalization, synthetic};
use host::pipeline::{self, Augment, Batch, Batches, Sample};
use serde_json::json;

const IMAGES: usize = 5000;
const BATCHES: [usize; 2] = [32, 128];
const ROUNDS: u32 = 21;

/// What batches are made of.
struct Source {
    data: Arc<Dataset>,
    classes: usize,
    normalization: Normalization,
    cutmix: CutMix,
}

impl Source {
    fn samples(&self, cutmix: bool, augment: Augment, epoch: u32) -> Vec<Sample> {
        let cutmix = cutmix.then_some(&self.cutmix);
        pipeline::epoch(IMAGES, self.data.shape(), cutmix, augment, 42, epoch)
    }

    /// Seconds of an epoch on this thread.
    fn alone(&self, cutmix: bool, augment: Augment, batch: usize, epoch: u32) -> f64 {
        let started = Instant::now();
        for samples in self.samples(cutmix, augment, epoch).chunks(batch) {
            black_box(Batch::new(&self.data, self.classes, &self.normalization, samples));
        }
        started.elapsed().as_secs_f64()
    }

    /// Seconds of an epoch with CutMix on `threads` threads, as the training loop gets it.
    fn by_threads(&self, threads: usize, batch: usize, epoch: u32) -> f64 {
        let started = Instant::now();
        let samples = self.samples(true, Augment::default(), epoch);
        let batches = Batches::with_workers(&self.data, self.classes, &self.normalization, samples, batch, threads);
        batches.for_each(|batch| {
            black_box(batch);
        });
        started.elapsed().as_secs_f64()
    }
}

fn main() -> anyhow::Result<()> {
    let split = synthetic::load(IMAGES, 1);
    let source = Source {
        normalization: Normalization::of(&split.train),
        data: split.train,
        classes: split.classes.len(),
        cutmix: CutMix::new(1.0)?,
    };
    let cores = thread::available_parallelism()?.get();
    let (mut costs, mut speeds) = (Vec::new(), Vec::new());
    for (views, augment) in [(false, Augment::default()), (true, Augment { flip: true, shift: 4 })] {
        for batch in BATCHES {
            let round = |epoch| [false, true].map(|cutmix| source.alone(cutmix, augment, batch, epoch));
            let rounds: Vec<[f64; 2]> = (0..ROUNDS).map(round).collect();
            let per_second = |arm: usize| IMAGES as f64 / median(rounds.iter().map(|round| round[arm]));
            // Within a round, both arms have the same neighbours on the machine.
            let cost = 100.0 * (median(rounds.iter().map(|[without, with]| with / without)) - 1.0);
            costs.push((views, batch, per_second(0), per_second(1), cost));
        }
    }
    for batch in BATCHES {
        let round = |epoch| (1..=cores).map(|threads| source.by_threads(threads, batch, epoch)).collect();
        let rounds: Vec<Vec<f64>> = (0..ROUNDS).map(round).collect();
        for threads in 1..=cores {
            let seconds = median(rounds.iter().map(|round| round[threads - 1]));
            speeds.push((threads, batch, IMAGES as f64 / seconds));
        }
    }

    if env::args().any(|flag| flag == "--json") {
        let costs: Vec<_> = costs
            .into_iter()
            .map(|(views, batch, without, with, cost)| {
                json!({"views": views, "batch": batch, "without": without, "with": with, "cost_percent": cost})
            })
            .collect();
        let speeds: Vec<_> = speeds
            .into_iter()
            .map(|(threads, batch, with)| json!({"threads": threads, "batch": batch, "with": with}))
            .collect();
        println!("{}", json!({"one_core": costs, "threads": speeds}));
        return Ok(());
    }
    println!("images/s, one thread      without CutMix   with CutMix   it costs");
    for (views, batch, without, with, cost) in costs {
        let what = format!("{}, batch {batch}", if views { "with views" } else { "as they are" });
        println!("{what:<24} {without:>15.0} {with:>13.0} {cost:>8.1} %");
    }
    println!("\nimages/s with CutMix            threads         total   a thread");
    for (threads, batch, with) in speeds {
        println!("as they are, batch {batch:<3} {threads:>16} {with:>13.0} {:>10.0}", with / threads as f64);
    }
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
