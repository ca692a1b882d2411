//! The core against its laws, a concept a file.

mod batch;
mod beta;
mod box_law;
mod box_rules;
mod by_class;
mod choice;
mod fill;
mod golden;
mod grid;
mod label;
mod mixup;
mod object;
mod paste;
mod pool;
mod refusals;
mod script;
#[cfg(feature = "serde")]
mod serde;
mod statistics;
mod stream;
mod targets;
