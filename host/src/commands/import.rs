//! `host import`: a capture as folders of images, or of arrays, for whoever wants to look at it, sort it, or train with something else.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use cutmix_record::STRETCH;
use rayon::prelude::*;
use serde::Serialize;

use crate::data::capture::{Capture, Division, Frame};
use crate::data::labels::{LABELS, shown};
use crate::files;
use crate::terminal::console::{Console, complain};
use crate::terminal::{bars, signals};

/// What to read, and where its images go.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// File of what a device sent, in records of cutmix-record
    #[arg(value_name = "CAPTURE")]
    pub capture: PathBuf,
    /// Folder to write, new or empty: train/CLASS/NUMBER.png, test/CLASS/NUMBER.png, and a labels.csv for each; what is no picture, as .npy
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// Frames of a stretch: of every five stretches one is tested on, with a gap of half a stretch on both sides
    #[arg(long, value_name = "N", default_value_t = STRETCH)]
    pub stretch: NonZeroU32,
}

/// The first columns of `labels.csv`, before those of [`shown`]. `file` is relative to the table's folder; it is called
/// by the sample's place in the capture, so that no two are called the same. `number` is the frame's that was pasted
/// into, `partner` that of the frame pasted from, and (`seed`, `epoch`, `number`) is the key of the plan.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    number: u32,
    seed: u64,
    epoch: u32,
    partner: u32,
}

impl Import {
    /// Reads the capture, writes the images, then the tables, and says so.
    ///
    /// # Errors
    ///
    /// If the destination holds anything, the capture cannot be read, or holds frames of several kinds; nothing is
    /// written then. If a file cannot be written, on a full disk say: `train/labels.csv` is not there then.
    pub fn run(&self) -> Result<()> {
        files::refuse_unless_empty(&self.out, "name another, or remove it first")?;
        let capture = Capture::read(&self.capture)?;
        let name = self.capture.display();
        capture.check().with_context(|| name.to_string())?;
        let division = Division::of(&capture, self.stretch);
        let left =
            format!("{} is incomplete and without train/{LABELS}, so remove it before another try", self.out.display());
        signals::when_stopped(&left);
        self.write(&capture, &division).map_err(|error| signals::explain(error, &left))?;
        if let Some(note) = division.rule.note() {
            complain(&note);
        }
        let Division { train, test, show_test, in_gap, .. } = &division;
        Console::Person.say(&format!(
            "Of {} samples in {name}, {} of them mixed, {} are in {out}/train and {} in {out}/test; left out, since they show a \
             test frame: {show_test}, since they show a frame next to one: {in_gap}; plans skipped: {}; damaged parts: {}.",
            capture.frames.len(),
            capture.frames.iter().filter(|frame| frame.is_mixed()).count(),
            train.len(),
            test.len(),
            capture.plans.len(),
            capture.damages.len(),
            out = self.out.display(),
        ));
        Ok(())
    }

    /// The table of `train` comes last: it is there when everything is.
    fn write(&self, capture: &Capture, division: &Division) -> Result<()> {
        let bar = bars::images((division.train.len() + division.test.len()) as u64);
        for (part, places) in [("test", &division.test), ("train", &division.train)] {
            if places.is_empty() {
                continue;
            }
            let folder = self.out.join(part);
            let digits = capture.frames.len().to_string().len().max(6);
            let file = |place: usize| {
                let frame = &capture.frames[place];
                format!("{}/{place:0digits$}.{}", frame.header.classes[0], frame.extension())
            };
            for &place in places {
                let class = folder.join(capture.frames[place].header.classes[0].to_string());
                files::make_folder(&class)?;
            }
            places.par_iter().try_for_each(|&place| {
                signals::check()?;
                files::write_new(&folder.join(file(place)), &capture.frames[place].file()?)?;
                bar.inc(1);
                Ok::<(), anyhow::Error>(())
            })?;
            files::sync_all_in(&folder)?;
            write_table(&folder, places.iter().map(|&place| (file(place), &capture.frames[place])))?;
        }
        bar.finish_and_clear();
        Ok(())
    }
}

fn write_table<'a>(folder: &Path, frames: impl Iterator<Item = (String, &'a Frame)>) -> Result<()> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for (file, Frame { header, .. }) in frames {
        let (key, plan) = (header.key, header.plan);
        let line = Line { file: &file, number: key.index, seed: key.seed, epoch: key.epoch, partner: plan.partner() };
        let classes = header.classes.map(|class| class.to_string());
        table.serialize((line, shown(plan, classes.each_ref().map(String::as_str))))?;
    }
    files::write(&folder.join(LABELS), &table.into_inner().map_err(|error| anyhow!("{error}"))?)
}
