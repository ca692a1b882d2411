//! What the data path costs without a network: images a second from stored bytes to standardised batches, without CutMix and
//! with it in turns on one thread, then with it on one thread and more, up to the cores there are.
//!
//! As many images as CIFAR-10 has, 150 MB, and as few as fit in a cache: what CutMix costs is mostly the wait for a second
//! image from memory.
//!
//! `cargo run -p host --example pipeline`; `-- --json` for machines.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use std::{env, thread};

use anyhow::bail;
use cutmix_core::CutMix;
use host::data::{Dataset, Normalization, synthetic};
use host::pipeline::{self, Augment, Batch, Batches, Sample};
use serde_json::json;

const IMAGES: usize = 50_000;
const FEW: usize = 250;
const BATCHES: [usize; 2] = [32, 128];
const ROUNDS: u32 = 7;

/// What batches are made of.
struct Source {
    data: Arc<Dataset>,
    classes: usize,
    normalization: Normalization,
    cutmix: CutMix,
}

impl Source {
    fn new(images: usize) -> anyhow::Result<Self> {
        let split = synthetic::load(images, 0, 1, 42);
        let (normalization, cutmix) = (Normalization::of(&split.train), CutMix::new(1.0)?);
        Ok(Self { data: split.train, classes: split.classes.len(), normalization, cutmix })
    }

    fn samples(&self, cutmix: bool, augment: Augment, epoch: u32) -> Vec<Sample> {
        let cutmix = cutmix.then_some(&self.cutmix);
        pipeline::epoch(self.data.len(), self.data.shape(), cutmix, augment, 42, epoch)
    }

    /// Images a second on this thread, in as many epochs as make [`IMAGES`].
    fn alone(&self, cutmix: bool, augment: Augment, batch: usize, round: u32) -> f64 {
        let epochs = (IMAGES / self.data.len()) as u32;
        let started = Instant::now();
        for epoch in 0..epochs {
            for samples in self.samples(cutmix, augment, round * epochs + epoch).chunks(batch) {
                black_box(Batch::new(&self.data, self.classes, &self.normalization, samples));
            }
        }
        IMAGES as f64 / started.elapsed().as_secs_f64()
    }

    /// Images a second of an epoch with CutMix on `threads` threads, as the training loop gets them.
    fn by_threads(&self, threads: usize, batch: usize, epoch: u32) -> f64 {
        let started = Instant::now();
        let samples = self.samples(true, Augment::default(), epoch);
        let batches = Batches::with_workers(&self.data, self.classes, &self.normalization, samples, batch, threads);
        batches.for_each(|batch| {
            black_box(batch);
        });
        self.data.len() as f64 / started.elapsed().as_secs_f64()
    }
}

fn main() -> anyhow::Result<()> {
    let flags: Vec<String> = env::args().skip(1).collect();
    let json = match flags.as_slice() {
        [] => false,
        [flag] if flag == "--json" => true,
        _ => bail!("unknown: {}; there is one flag, --json", flags.join(" ")),
    };
    let (many, few) = (Source::new(IMAGES)?, Source::new(FEW)?);
    let cores = thread::available_parallelism()?.get();
    let (plain, views) = (Augment::default(), Augment { flip: true, shift: 4 });
    let kinds = [("in cache", &few, plain), ("from memory", &many, plain), ("with views", &many, views)];
    let (mut costs, mut speeds) = (Vec::new(), Vec::new());
    for (kind, source, augment) in kinds {
        for batch in BATCHES {
            let round = |epoch| [false, true].map(|cutmix| source.alone(cutmix, augment, batch, epoch));
            let rounds: Vec<[f64; 2]> = (0..ROUNDS).map(round).collect();
            let [without, with] = [0, 1].map(|arm| median(rounds.iter().map(|round| round[arm])));
            // Within a round, both arms have the same neighbours on the machine.
            let cost = 100.0 * (median(rounds.iter().map(|[without, with]| without / with)) - 1.0);
            costs.push((kind, batch, without, with, cost));
        }
    }
    for batch in BATCHES {
        let round = |epoch| (1..=cores).map(|threads| many.by_threads(threads, batch, epoch)).collect();
        let rounds: Vec<Vec<f64>> = (0..ROUNDS).map(round).collect();
        for threads in 1..=cores {
            speeds.push((threads, batch, median(rounds.iter().map(|round| round[threads - 1]))));
        }
    }

    if json {
        let costs: Vec<_> = costs
            .into_iter()
            .map(|(kind, batch, without, with, cost)| {
                json!({"kind": kind, "batch": batch, "without": without, "with": with, "cost_percent": cost})
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
    for (kind, batch, without, with, cost) in costs {
        let what = format!("{kind}, batch {batch}");
        println!("{what:<24} {without:>15.0} {with:>13.0} {cost:>8.1} %");
    }
    println!("\nimages/s with CutMix            threads         total   a thread");
    for (threads, batch, with) in speeds {
        println!("from memory, batch {batch:<3} {threads:>16} {with:>13.0} {:>10.0}", with / threads as f64);
    }
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
