//! What the data path costs without a network: images a second from stored bytes to standardized batches, without CutMix and
//! with it in turns on one thread, then with it on one thread and more, up to the cores there are.
//!
//! As many images as CIFAR-10 has, 150 MB, and as few as fit in a cache: what CutMix costs is mostly the wait for a second
//! image from memory.
//!
//! `cargo run -p host --example pipeline`; `-- --json` for machines.

use std::hint::black_box;
use std::time::Instant;
use std::{env, thread};

use anyhow::bail;
use cutmix_core::CutMix;
use host::data::embedded;
use host::pipeline::{Batch, Loader, Loaders, Mixing};
use host::settings::Augmentation;
use serde_json::json;

const IMAGES: usize = 50_000;
const FEW: usize = 250;
const BATCHES: [usize; 2] = [32, 128];
const ROUNDS: u32 = 7;

/// A data set and what mixes it.
struct Case {
    loader: Loader,
    mixing: Mixing,
}

impl Case {
    fn new(images: usize) -> anyhow::Result<Self> {
        let loader = Loaders::new(&embedded::load(images, 0, 1, 42), true).train;
        Ok(Self { loader, mixing: CutMix::new(1.0)?.into() })
    }

    /// Images a second on this thread, in as many epochs as make [`IMAGES`].
    fn alone(&self, cutmix: bool, augmentation: Augmentation, batch: usize, round: u32) -> anyhow::Result<f64> {
        let epochs = (IMAGES / self.loader.images()) as u32;
        let cutmix = cutmix.then_some(&self.mixing);
        let started = Instant::now();
        for epoch in 0..epochs {
            for samples in self.loader.epoch(cutmix, augmentation, 42, round * epochs + epoch).chunks(batch) {
                self.numbers(&self.loader.batch(samples)?);
            }
        }
        Ok(IMAGES as f64 / started.elapsed().as_secs_f64())
    }

    /// Images a second of an epoch with CutMix on `threads` threads, as the training loop gets them.
    fn by_threads(&self, threads: usize, batch: usize, epoch: u32) -> anyhow::Result<f64> {
        let started = Instant::now();
        let samples = self.loader.epoch(Some(&self.mixing), Augmentation::default(), 42, epoch);
        for batch in self.loader.batches_by(samples, batch, threads) {
            black_box(batch?);
        }
        Ok(self.loader.images() as f64 / started.elapsed().as_secs_f64())
    }

    /// What the network is given: bytes become numbers on the thread that trains.
    fn numbers(&self, batch: &Batch) {
        let mut numbers = vec![0.0; batch.pixels.len()];
        let tables = self.loader.normalization.tables();
        let images = numbers.chunks_exact_mut(batch.shape.len()).zip(batch.pixels.chunks_exact(batch.shape.len()));
        images.for_each(|(numbers, image)| tables.apply(image, batch.shape, numbers));
        black_box(numbers);
    }
}

fn main() -> anyhow::Result<()> {
    let flags: Vec<String> = env::args().skip(1).collect();
    let json = match flags.as_slice() {
        [] => false,
        [flag] if flag == "--json" => true,
        _ => bail!("unknown: {}; there is one flag, --json", flags.join(" ")),
    };
    let (many, few) = (Case::new(IMAGES)?, Case::new(FEW)?);
    let cores = thread::available_parallelism()?.get();
    let (plain, views) = (Augmentation::default(), Augmentation { flip: true, shift: 4 });
    let kinds = [("in cache", &few, plain), ("from memory", &many, plain), ("with views", &many, views)];
    let (mut costs, mut speeds) = (Vec::new(), Vec::new());
    for (kind, case, augmentation) in kinds {
        for batch in BATCHES {
            let alone = |cutmix, epoch| case.alone(cutmix, augmentation, batch, epoch);
            let round = |epoch| Ok([alone(false, epoch)?, alone(true, epoch)?]);
            let rounds: Vec<[f64; 2]> = (0..ROUNDS).map(round).collect::<anyhow::Result<_>>()?;
            let [without, with] = [0, 1].map(|variant| median(rounds.iter().map(|round| round[variant])));
            // Within a round, both variants have the same neighbors on the machine.
            let cost = 100.0 * (median(rounds.iter().map(|[without, with]| without / with)) - 1.0);
            costs.push((kind, batch, without, with, cost));
        }
    }
    for batch in BATCHES {
        let round = |epoch| (1..=cores).map(|threads| many.by_threads(threads, batch, epoch)).collect();
        let rounds: Vec<Vec<f64>> = (0..ROUNDS).map(round).collect::<anyhow::Result<_>>()?;
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
