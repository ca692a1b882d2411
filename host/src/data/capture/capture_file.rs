//! A capture as it was sent.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use cutmix_core::Shape;
use cutmix_record::{Damage, Element, Header, Record, Records};

use super::damage::Arrived;
use super::frame::Frame;
use crate::files;
use crate::terminal::console::complain;
use crate::terminal::program;

/// Everything in a capture.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    /// Samples with their pixels, in the order in which they came.
    pub frames: Vec<Frame>,
    /// Plans alone.
    pub plans: Vec<Header>,
    /// What is no record.
    pub damages: Vec<Damage>,
}

impl Capture {
    /// Reads the file at `path`, and says on standard error what of it is no record.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or holds no whole record.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let mut bytes = files::read(path)?;
        let arrived = Arrived::of(&bytes);
        let mut capture = Self::default();
        for record in Records::new(&mut bytes) {
            match record {
                Ok(Record::Sample { header, element, pixels, .. }) => {
                    capture.frames.push(Frame { header, element, pixels: pixels.to_vec() });
                }
                Ok(Record::Plan { header, .. }) => capture.plans.push(header),
                Err(damage) => capture.damages.push(damage),
            }
        }
        let records = capture.frames.len() + capture.plans.len();
        let lines = arrived.lines(&capture.damages);
        let of_a_terminal = arrived.of_a_terminal(&capture.damages, records);
        if records == 0 {
            let why = of_a_terminal.or(lines.first().cloned()).unwrap_or("it is empty".to_owned());
            bail!("{name} is not a capture, that is, a file of records from a device: {why}");
        }
        if !lines.is_empty() {
            complain(&format!("Damaged parts of {name}, skipped: {}", capture.damages.len()));
        }
        for line in lines {
            complain(&format!("  {line}"));
        }
        if let Some(of_a_terminal) = of_a_terminal {
            complain(&of_a_terminal);
        }
        Ok(capture)
    }

    /// Checks that there are samples, all of one shape and element. Says on standard error how many frames cannot be
    /// told apart by seed and number: plans that name one of them may mean the other, and they are held out together.
    ///
    /// # Errors
    ///
    /// If not; the message names the two that differ.
    pub fn check(&self) -> Result<()> {
        let Some(first) = self.frames.first() else {
            let replay = program::command(&["replay"]);
            bail!("it holds plans only, {} of them; `{replay}` makes samples of them", self.plans.len());
        };
        for frame in &self.frames {
            ensure!(
                (frame.header.shape, frame.element) == (first.header.shape, first.element),
                "it holds frames of {} and of {}, and a data set is of one kind; take a capture for each",
                kind(first.header.shape, first.element),
                kind(frame.header.shape, frame.element)
            );
        }
        let twins = self.twins();
        if twins > 0 {
            complain(&format!(
                "Unmixed frames that have the seed and the number of another one, and other pixels: {twins}; did a device start again with the same seed?"
            ));
        }
        Ok(())
    }

    /// Number of unmixed frames that an earlier one says to be, and is not.
    fn twins(&self) -> usize {
        let mut first = HashMap::new();
        let mut count = 0;
        for frame in self.frames.iter().filter(|frame| !frame.is_mixed()) {
            let key = frame.header.key;
            count += usize::from(first.entry((key.seed, key.index)).or_insert(frame).pixels != frame.pixels);
        }
        count
    }
}

/// `32×24 pixels (3 × bytes, Hwc)`, for messages.
fn kind(shape: Shape, element: Element) -> String {
    let (width, height, channels, layout) = (shape.width(), shape.height(), shape.channels(), shape.layout());
    format!("{width}×{height} pixels ({channels} × {element}, {layout:?})")
}
