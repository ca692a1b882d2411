//! Training: the loop, the optimizer and its learning rate, checkpoints, scores. Whoever wants to know how it goes listens to its events.
//!
//! Uses the network, batches and settings; knows no run folder and no terminal but ctrl-C.

mod average;
mod best;
mod burn_internals;
pub mod checkpoint;
mod divergence;
mod evaluation;
mod events;
mod gradients;
mod learning_rate;
mod loss;
mod optimizer;
mod shard;
mod state;
mod train;

pub use average::Average;
pub use best::{best_epoch, stops_early};
pub use burn_internals::BURN;
pub use checkpoint::Checkpoint;
pub use evaluation::{evaluate, evaluate_covered};
pub use events::{Event, Listener};
pub use gradients::clip_gradients;
pub use learning_rate::learning_rates;
pub use loss::{TrainingLoss, class_weights, smoothed, soft_cross_entropy};
pub use optimizer::optimizer;
pub use shard::shards_of;
pub use train::{Trained, Training};
