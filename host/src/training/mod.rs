//! Training: the loop, the optimizer and its learning rate, checkpoints, scores. Whoever wants to know how it goes listens to its events.
//!
//! Uses the network, batches and settings; knows no run folder and no terminal but ctrl-C.

mod burn_internals;
pub mod checkpoint;
mod divergence;
mod evaluation;
mod events;
mod learning_rate;
mod optimizer;
mod state;
mod train;

pub use burn_internals::BURN;
pub use checkpoint::Checkpoint;
pub use evaluation::{evaluate, evaluate_covered, smoothed, soft_cross_entropy};
pub use events::{Event, Listener};
pub use learning_rate::learning_rates;
pub use optimizer::optimizer;
pub use train::{Trained, Training};
