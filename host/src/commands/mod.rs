//! The command line: one file a command, with its arguments and its `run`.
//!
//! Uses everything below. Nothing uses it but the program.

pub mod augment;
mod augment_scenes;
mod cache_args;
mod choice;
mod cli;
mod compare;
mod completions;
mod copy;
mod demonstration;
pub mod evaluate;
pub mod export;
mod fetch;
pub mod import;
mod plan;
pub mod predict;
mod preview;
pub mod replay;
mod run_args;
mod settings_args;
mod train;

pub use choice::Choice;
pub use cli::{Cli, main};
