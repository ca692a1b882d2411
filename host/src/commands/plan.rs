//! `host plan`: plans as text, so that anyone can check the law from outside.

use std::io::{self, BufWriter, Write as _};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use cutmix_core::{CutMix, Layout, Shape};
use serde::Serialize;

use crate::pipeline::{self, Sample};
use crate::settings::{Augmentation, BoxRuleName};
use crate::terminal::console::complain;

/// Of which epoch, by which policy.
#[derive(Args, Debug)]
pub struct Plan {
    /// Width of the images in pixels
    #[arg(long, value_name = "W", default_value_t = 32)]
    width: u16,
    /// Height of the images in pixels
    #[arg(long, value_name = "H", default_value_t = 32)]
    height: u16,
    /// λ ~ Beta(A, A)
    #[arg(long, value_name = "A", default_value_t = 0.25, allow_negative_numbers = true)]
    alpha: f32,
    /// Share of the images that are mixed; 0 mixes none
    #[arg(long, value_name = "P", default_value_t = 1.0, allow_negative_numbers = true)]
    probability: f32,
    /// Seed of order, boxes and partners
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// Epoch, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    epoch: u32,
    /// Images of the epoch, and so plans
    #[arg(long, value_name = "N", default_value_t = 10)]
    count: u32,
    /// paper, odd-sides, at-least-one-pixel, inside, or min-max:MIN,MAX (shares of a side)
    #[arg(long, value_name = "RULE", default_value = "paper")]
    box_rule: BoxRuleName,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

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

impl Plan {
    /// Prints the plans in the epoch's order: one JSON object a line, or a table. That the reader of standard output went away early is no
    /// error.
    pub fn run(self) -> Result<()> {
        let shape = Shape::new(self.width, self.height, 1, Layout::Hwc)?;
        ensure!(
            self.alpha != 0.0,
            "--alpha 0: a Beta distribution's parameter is greater than zero; --probability 0 mixes nothing"
        );
        let cutmix = CutMix::new(self.alpha).context("--alpha")?.with_rule(self.box_rule.0).context("--box-rule")?;
        let cutmix = cutmix.with_probability(self.probability).context("--probability")?;
        if !cutmix.can_mix(shape) {
            complain(&format!(
                "No plan mixes images of {}×{} pixels by this box rule: they are too small for any box of it; take another \
                 --box-rule, or larger images.",
                self.width, self.height
            ));
        }
        let images = self.count as usize;
        let samples = pipeline::epoch(
            &vec![0; images],
            shape,
            Some(&cutmix.into()),
            Augmentation::default(),
            self.seed,
            self.epoch,
        );
        match print(&samples, self.json) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.context("cannot write to standard output"),
        }
    }
}

fn print(samples: &[Sample], json: bool) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    if !json {
        writeln!(out, "index partner x0 y0 x1 y1 kept total")?;
    }
    for &Sample { index, mix, .. } in samples {
        let plan = mix.plan().expect("CutMix alone was asked for");
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
}
