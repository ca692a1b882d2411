//! What it costs to bring the shards of a step together: `cargo build --release -p host --features mpi --example gather`, then
//! `mpirun -n 2 --bind-to none target/release/examples/gather`.
//!
//! Prints how long the gather of a network's numbers and their sum take on this machine, then a model of other clusters: the gather takes what its bytes take on the wire
//! of one machine, (nodes − 1) × numbers × 4 bytes, and the sum what it takes here. It is a model, and no measurement; latency and contention are not in it.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use host::ranks;

/// Numbers that a shard sends: parameters and running statistics, a loss and a count.
const NETWORKS: [(&str, usize); 2] = [("ResNet-20", 276_826), ("ResNet-56", 860_026)];
const ROUNDS: usize = 31;

/// A fast network between machines, in bytes a second.
const WIRE: f64 = 10e9 / 8.0;

/// Images of a shard, and images a second that a node trains of ResNet-20 (docs/speed.md); ResNet-56 has three times the work.
const IMAGES: f64 = 32.0;
const IMAGES_A_SECOND: [f64; 2] = [458.0, 153.0];

fn main() -> Result<()> {
    ranks::together(|ranks| {
        for ((name, numbers), images_a_second) in NETWORKS.into_iter().zip(IMAGES_A_SECOND) {
            let mine: Vec<f32> = (0..numbers).map(|at| at as f32).collect();
            let mut times = [Vec::new(), Vec::new()];
            for _ in 0..ROUNDS {
                let begun = Instant::now();
                let all = ranks.gather(mine.clone())?;
                times[0].push(begun.elapsed().as_secs_f64());
                let begun = Instant::now();
                let mut sum = mine.clone();
                for other in all.chunks_exact(numbers) {
                    sum.iter_mut().zip(other).for_each(|(sum, number)| *sum += number);
                }
                black_box(&sum);
                times[1].push(begun.elapsed().as_secs_f64() / ranks.count as f64);
            }
            let [gather, sum] = times.map(|mut times| {
                times.sort_unstable_by(f64::total_cmp);
                times[ROUNDS / 2]
            });
            if !ranks.is_first() {
                continue;
            }
            println!(
                "{name}: {numbers} numbers of {} processes gathered in {:.2} ms, summed in {:.2} ms a shard (median of {ROUNDS})",
                ranks.count,
                1e3 * gather,
                1e3 * sum
            );
            let step = IMAGES / images_a_second;
            for nodes in [8.0, 64.0] {
                let wire = (nodes - 1.0) * numbers as f64 * 4.0 / WIRE;
                let together = wire + nodes * sum;
                println!(
                    "  model of {nodes} nodes on 10 Gbit/s, a shard of {IMAGES} images each: {:.0} ms of work, {:.0} ms to bring it together, efficiency {:.0} %",
                    1e3 * step,
                    1e3 * together,
                    100.0 * step / (step + together)
                );
            }
        }
        Ok(())
    })
}
