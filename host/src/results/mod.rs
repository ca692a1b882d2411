//! What a training reached, as plain values: scores, predictions, and what a difference between two variants is worth.
//!
//! Uses files and the terminal. No Burn and no images here, so that settings, checkpoints and pictures can all speak of results.

mod calibration;
mod classes;
mod confusion;
mod difference;
pub mod predictions;
mod scores;
mod summary;
mod variant;

pub use calibration::{Bin, Calibration};
pub use classes::{ClassScores, by_class, percent};
pub use confusion::Confusion;
pub use difference::Difference;
pub use predictions::Prediction;
pub use scores::{EpochScores, Evaluation, Score};
pub use summary::{RESULT, Summary, VariantResult, VariantSummary, differences, other_differences};
pub use variant::Variant;
