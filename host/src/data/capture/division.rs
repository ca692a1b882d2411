//! Which samples of a capture are training images, and which are test images.
//!
//! Frames come unmixed and mixed. Of the unmixed ones every fifth, those whose number leaves 4 when divided
//! by 5, is held out to test on; a mixed sample that is made of a held-out frame is left out, so that no test image was
//! seen in training. A frame that came twice is there twice.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use cutmix_core::{Layout, Shape};
use cutmix_record::Header;

use super::capture_file::Capture;
use super::frame::Frame;
use crate::data::dataset::Dataset;
use crate::data::folder::classes_in_turn;
use crate::data::image_file::square;
use crate::data::labels::label_of_middle;
use crate::data::split::Split;
use crate::terminal::console::complain;

/// Of unmixed frames, those whose number leaves this remainder are test images.
const HELD_OUT: u32 = 4;
const OF: u32 = 5;

/// The samples of a capture by their places in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    /// To train on, mixed or not.
    pub train: Vec<usize>,
    /// To test on, none of them mixed.
    pub test: Vec<usize>,
    /// Number of those that are neither, since they show a test frame.
    pub left_out: usize,
}

impl Division {
    /// Of the samples of `capture`.
    #[must_use]
    pub fn of(capture: &Capture) -> Self {
        let numbered = || capture.frames.iter().enumerate();
        let held_out = |number: u32| number % OF == HELD_OUT;
        let test: Vec<usize> = numbered()
            .filter(|(_, frame)| !frame.is_mixed() && held_out(frame.header.key.index))
            .map(|(place, _)| place)
            .collect();
        // Those that are there: a mixed sample of a frame that was lost on its way gives nothing away.
        let tested: HashSet<u32> = test.iter().map(|&place| capture.frames[place].header.key.index).collect();
        let shows = |frame: &Frame| {
            let Header { key, plan, .. } = frame.header;
            tested.contains(&key.index) || frame.is_mixed() && tested.contains(&plan.partner())
        };
        let train: Vec<usize> = numbered().filter(|(_, frame)| !shows(frame)).map(|(place, _)| place).collect();
        let left_out = capture.frames.len() - test.len() - train.len();
        Self { train, test, left_out }
    }
}

/// Reads the capture at `path`, its frames resized to `side`×`side` pixels as [`decode`](crate::data::image_file::decode) does
/// it, in the order in which they come from the folder that `host import` makes of it. Classes are called by their
/// numbers.
///
/// # Errors
///
/// As [`Capture::read`] and [`Capture::check`], and if there is nothing to train on, nothing to test on, or a class to
/// test on alone.
pub fn load(path: &Path, side: u16) -> Result<Split> {
    let capture = Capture::read(path)?;
    read(&capture, side).with_context(|| path.display().to_string())
}

fn read(capture: &Capture, side: u16) -> Result<Split> {
    capture.check()?;
    let Division { train, test, left_out } = Division::of(capture);
    ensure!(
        !test.is_empty(),
        "it holds no unmixed frame with a number that leaves {HELD_OUT} when divided by {OF}, and those are the test images; let \
         the device send some, or put test images beside what `host import` makes of it"
    );
    ensure!(!train.is_empty(), "all of its frames are test images; let the device send more");
    if left_out > 0 {
        complain(&format!("Mixed samples left out, since they show a test frame: {left_out}"));
    }

    let shown = |&place: &usize| {
        let Frame { header, .. } = &capture.frames[place];
        let [first, second] = header.classes;
        [first, if capture.frames[place].is_mixed() { second } else { first }]
    };
    let mut classes: Vec<String> = train.iter().flat_map(shown).map(|class| class.to_string()).collect();
    classes.sort_unstable();
    classes.dedup();
    let number = |class: u16| {
        let found = classes.binary_search(&class.to_string()).map(|number| number as u16);
        found.ok().with_context(|| {
            format!("all frames of class {class} are test images; let the device send more of that class")
        })
    };

    let gather = |places: Vec<usize>| -> Result<Arc<Dataset>> {
        let mut numbered = Vec::with_capacity(places.len());
        for place in places {
            let [first, second] = shown(&place);
            numbered.push(([number(first)?, number(second)?], place));
        }
        numbered.sort_by_key(|&([first, _], _)| first); // which is stable
        let mut images = Dataset::with_capacity(Shape::new(side, side, 3, Layout::Chw)?, numbered.len());
        for (classes, place) in numbered {
            let frame = &capture.frames[place];
            let image = square(&frame.picture()?.into_rgb8(), side);
            if frame.is_mixed() {
                images.push_mixed(&image, label_of_middle(frame.header.shape, frame.header.plan.patch(), classes));
            } else {
                images.push(&image, classes[0]);
            }
        }
        Ok(Arc::new(classes_in_turn(&images)))
    };
    let (train, test) = (gather(train)?, gather(test)?);
    Ok(Split { train, validation: None, test, classes })
}
