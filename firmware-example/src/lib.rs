//! CutMix where the frames are made: a camera's frames are mixed in place, in fixed buffers, and leave as records and as
//! lines of text.
//!
//! Nothing here knows what it runs on: no heap, no std, no hardware. `main.rs` puts it on a chip or on a computer, and both
//! must write `golden.txt`.

#![no_std]

mod augment;
mod camera;
mod fault;
mod golden;
mod record;
mod sensors;
mod size;

pub use augment::Augmenter;
pub use camera::{Camera, Frame, PADDING};
pub use fault::Fault;
pub use golden::Checked;
pub use record::{Kind, Mixed};
pub use sensors::{SENSORS, Sensor};
pub use size::{ALPHA, Buffers, LARGE, Large, PLANS, SMALL, Size, Small};
