//! Benches of `cutmix-core`: `cargo bench -p benches`. Every time is printed beside its limit.

mod limit;
mod turns;
mod work;

pub use limit::{Program, copy_rows};
pub use turns::{Timed, alone, in_turns};
pub use work::{BATCH, Batches, Element, Pairs, batch_plans, plans, shape};
