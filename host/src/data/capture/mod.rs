//! Captures: what a device sent in records of `cutmix-record`, one byte after the other, in a file.
//!
//! Uses files and the terminal, and what a data set is.

mod capture_file;
mod colors;
mod damage;
mod division;
mod frame;

pub use capture_file::Capture;
pub use division::{Division, Rule, load};
pub use frame::Frame;
