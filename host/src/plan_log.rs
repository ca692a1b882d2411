//! Plans as text, so that anyone can check the law from outside.

use std::io::{self, BufWriter, Write as _};

use anyhow::{Context as _, Result};
use cutmix_core::{CutMix, Shape};
use serde::Serialize;

use crate::pipeline::{self, Augment, Sample};

/// One line of the log: image `index` gets the half-open box `x0..x1` × `y0..y1` of image `partner`, and keeps `kept` of its
/// `total` pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Line {
    index: usize,
    partner: u32,
    x0: u16,
    y0: u16,
    x1: u16,
    y1: u16,
    kept: u32,
    total: u32,
}

/// Prints the plans of one epoch over `images` images of `shape`, in the epoch's order: one JSON object a line, or a table.
///
/// # Errors
///
/// If standard output cannot be written to; that its reader went away early is none.
pub fn print(cutmix: &CutMix, shape: Shape, images: usize, seed: u64, epoch: u32, json: bool) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut write = || -> io::Result<()> {
        if !json {
            writeln!(out, "index partner x0 y0 x1 y1 kept total")?;
        }
        for Sample { index, plan, .. } in pipeline::epoch(images, shape, Some(cutmix), Augment::default(), seed, epoch)
        {
            let patch = plan.patch();
            let (x0, y0, x1, y1) = (patch.x0(), patch.y0(), patch.x1(), patch.y1());
            let (partner, kept, total) = (plan.partner(), plan.kept(), plan.total());
            if json {
                serde_json::to_writer(&mut out, &Line { index, partner, x0, y0, x1, y1, kept, total })?;
                out.write_all(b"\n")?;
            } else {
                writeln!(out, "{index} {partner} {x0} {y0} {x1} {y1} {kept} {total}")?;
            }
        }
        out.flush()
    };
    match write() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}
