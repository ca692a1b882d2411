//! CutMix where the frames are made: a camera's frames are mixed in place, in fixed buffers, and leave with records.
//!
//! This runs on the computer that it is built on; only this file needs std, to print.

mod augment;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use augment::{Augmenter, Frame, SHAPE, capture};

/// As in the paper.
const ALPHA: f32 = 1.0;
const CAMERA_SEED: u64 = 1;
const CUTMIX_SEED: u64 = 42;
const FRAMES: u32 = 16;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("firmware-example: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let mut augmenter = Augmenter::new(ALPHA, CUTMIX_SEED)?;
    let mut frame: Frame = [0; SHAPE.len()];
    for index in 0..FRAMES {
        let class = capture(CAMERA_SEED, index, &mut frame);
        let record = augmenter.augment(index, &mut frame, class)?;
        let (plan, label) = (record.plan, record.label);
        writeln!(
            out,
            "frame {index:2}  class {} with {} of frame {:2}  kept {:4}/{}  box {}  digest {:016x}",
            label.first(),
            label.second(),
            plan.partner(),
            plan.kept(),
            plan.total(),
            plan.patch(),
            record.digest,
        )?;
    }
    Ok(())
}
