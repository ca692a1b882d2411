//! What the data path costs without a network: images per second on one core, from stored bytes to finished batches.
//!
//! `cargo run -p host --example pipeline`

use std::time::{Duration, Instant};

use cutmix_core::CutMix;
use host::data::{Normalization, synthetic};
use host::pipeline::{self, Augment, Batch};

const IMAGES: usize = 5000;
const BATCH: usize = 32;
const ROUNDS: u32 = 21;

fn main() -> anyhow::Result<()> {
    let split = synthetic::load(IMAGES, 1);
    let (data, shape) = (&split.train, split.train.shape());
    let normalization = Normalization::of(data);
    let cutmix = CutMix::new(1.0)?;
    let views = Augment { flip: true, shift: 4 };
    for (what, cutmix, augment) in [
        ("as they are", None, Augment::default()),
        ("with CutMix", Some(&cutmix), Augment::default()),
        ("with views", None, views),
        ("with views and CutMix", Some(&cutmix), views),
    ] {
        let round = |epoch| -> Duration {
            let started = Instant::now();
            for samples in pipeline::epoch(IMAGES, shape, cutmix, augment, 42, epoch).chunks(BATCH) {
                std::hint::black_box(Batch::new(data, split.classes.len(), &normalization, samples));
            }
            started.elapsed()
        };
        let mut times: Vec<Duration> = (0..ROUNDS).map(round).collect();
        times.sort_unstable();
        let median = times[times.len() / 2].as_secs_f64();
        println!("{what:<22} {:>9.0} images/s on one core", IMAGES as f64 / median);
    }
    Ok(())
}
