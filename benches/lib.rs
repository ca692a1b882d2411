//! Benches of `cutmix-core`: `cargo bench -p benches`. Every time is printed beside its baseline.

mod baseline;
mod turns;
mod work;

pub use baseline::{Program, copy_rows};
pub use turns::{Timed, alone, in_turns, same_in_turns};
pub use work::{BATCH, Batches, Element, Pairs, batch_plans, plans, shape};
