//! The core against its laws, a concept a file.

mod batch;
mod beta;
mod box_law;
mod box_rules;
mod choice;
mod golden;
mod grid;
mod label;
mod mixup;
mod paste;
mod pool;
mod refusals;
mod script;
#[cfg(feature = "serde")]
mod serde;
mod statistics;
mod stream;
