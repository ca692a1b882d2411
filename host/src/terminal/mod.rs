//! Talking to the person at the terminal: messages, progress bars, and the signals by which they stop the program.
//!
//! Uses nothing of this crate.

pub mod bars;
pub mod console;
pub mod program;
pub mod signals;
