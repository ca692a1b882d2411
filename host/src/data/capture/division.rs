//! Which samples of a capture are training images, and which are test images.
//!
//! Frames that follow each other are nearly equal, so frames are held out with their neighbors: whole sessions where there
//! are several, else stretches of time with a gap on both sides ([`part`]). Test images are the unmixed frames among
//! them. A sample is trained on if every frame that it shows may be. A frame that came twice is there twice.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use cutmix_record::{Header, Part, part};

use super::capture_file::Capture;
use super::frame::Frame;
use crate::data::dataset::{Contents, Dataset};
use crate::data::image_file::write_resized;
use crate::data::in_turn::in_turn;
use crate::data::listing::sort_classes;
use crate::data::origin::Origin;
use crate::data::region::Region;
use crate::data::split::Split;
use crate::settings::Resize;
use crate::terminal::console::complain;

/// Of so many sessions one is held out, the latest; of fewer one, too.
const SESSIONS: usize = 5;

/// The samples of a capture by their places in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    /// To train on, mixed or not.
    pub train: Vec<usize>,
    /// To test on, none of them mixed.
    pub test: Vec<usize>,
    /// Number of mixed samples that are neither, since they show a test frame.
    pub show_test: usize,
    /// Number of samples that are neither, mixed or not, since they show a frame next to a stretch of test frames.
    pub in_gap: usize,
    /// What was held out.
    pub rule: Rule,
}

/// What was held out of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nothing, since there is no unmixed frame to test on: everything is trained on.
    Nothing,
    /// Stretches of every session, of so many frames.
    Stretches {
        /// Frames of a stretch.
        frames: NonZeroU32,
        /// A class of which all unmixed frames are of the sessions that would have been held out whole; none where there
        /// is one session.
        lone: Option<u16>,
    },
    /// Sessions as a whole.
    Sessions {
        /// Their seeds.
        held_out: Vec<u64>,
        /// All sessions.
        of: usize,
    },
}

impl Division {
    /// Of the samples of `capture`, in stretches of `stretch` frames unless there are sessions to hold out.
    #[must_use]
    pub fn of(capture: &Capture, stretch: NonZeroU32) -> Self {
        let tests =
            |rule: &Rule| capture.frames.iter().any(|frame| !frame.is_mixed() && part_of(frame, rule) == Part::Test);
        let rule = Rule::of(capture, stretch);
        let rule = if tests(&rule) { rule } else { Rule::Nothing };
        let mut division = Self { train: Vec::new(), test: Vec::new(), show_test: 0, in_gap: 0, rule };
        for (place, frame) in capture.frames.iter().enumerate() {
            match part_of(frame, &division.rule) {
                Part::Train => division.train.push(place),
                Part::Gap => division.in_gap += 1,
                Part::Test if frame.is_mixed() => division.show_test += 1,
                Part::Test => division.test.push(place),
            }
        }
        division
    }
}

impl Rule {
    /// What is said of it: something if there are several sessions.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        match self {
            Self::Sessions { held_out, of } => {
                let seeds: Vec<String> = held_out.iter().map(ToString::to_string).collect();
                let (sessions, seeds) = (seeds.len(), seeds.join(", "));
                Some(format!("Of {of} sessions, {sessions} held out to test on, by the seed: {seeds}"))
            }
            Self::Stretches { lone: Some(class), .. } => Some(format!(
                "No session held out whole, since class {class} is in no other; stretches of each are, which says less about \
                 a session that was never seen"
            )),
            Self::Stretches { .. } | Self::Nothing => None,
        }
    }

    /// Sessions where there are several, in the order in which they began: the latest fifth, but at least one. Where a class
    /// would then have nothing to be trained on, stretches.
    fn of(capture: &Capture, stretch: NonZeroU32) -> Self {
        let mut sessions: Vec<u64> = Vec::new();
        for seed in capture.frames.iter().map(|frame| frame.header.key.seed) {
            if !sessions.contains(&seed) {
                sessions.push(seed);
            }
        }
        let of = sessions.len();
        if of < 2 {
            return Self::Stretches { frames: stretch, lone: None };
        }
        let held_out = sessions.split_off(of - (of / SESSIONS).max(1));
        let classes = |seeds: &[u64]| -> BTreeSet<u16> {
            let unmixed = capture.frames.iter().filter(|frame| !frame.is_mixed());
            unmixed
                .filter(|frame| seeds.contains(&frame.header.key.seed))
                .map(|frame| frame.header.classes[0])
                .collect()
        };
        match classes(&held_out).difference(&classes(&sessions)).next() {
            Some(&class) => Self::Stretches { frames: stretch, lone: Some(class) },
            None => Self::Sessions { held_out, of },
        }
    }
}

/// What a sample is for: of the frames that it shows, that counts which is farthest from training. Both are of its session.
fn part_of(frame: &Frame, rule: &Rule) -> Part {
    let Header { key, plan, .. } = frame.header;
    let part = |index: u32| match rule {
        Rule::Stretches { frames, .. } => part(index, *frames),
        Rule::Sessions { held_out, .. } if held_out.contains(&key.seed) => Part::Test,
        Rule::Sessions { .. } | Rule::Nothing => Part::Train,
    };
    match (part(key.index), if frame.is_mixed() { part(plan.partner()) } else { Part::Train }) {
        (Part::Test, _) | (_, Part::Test) => Part::Test,
        (Part::Gap, _) | (_, Part::Gap) => Part::Gap,
        (Part::Train, Part::Train) => Part::Train,
    }
}

/// Reads the capture at `path`, its frames resized as [`decode`](crate::data::image_file::decode) does
/// it, in the order in which they come from the folder that `host import` makes of it. Classes are called by their
/// numbers. Where one session is there, stretches of `stretch` frames are held out.
///
/// # Errors
///
/// As [`Capture::read`] and [`Capture::check`], and if there is nothing to train on, nothing to test on, or a class to
/// test on alone.
pub fn load(path: &Path, resize: impl Into<Resize>, stretch: NonZeroU32) -> Result<Split> {
    let capture = Capture::read(path)?;
    read(&capture, resize.into(), stretch).with_context(|| path.display().to_string())
}

fn read(capture: &Capture, resize: Resize, stretch: NonZeroU32) -> Result<Split> {
    capture.check()?;
    capture.frames.first().map(Frame::picture).transpose()?;
    let division = Division::of(capture, stretch);
    ensure!(
        !division.test.is_empty(),
        "it holds no unmixed frame to test on: those are frames {stretch} to {} of each session, and so on; let the device \
         send more frames, and those unmixed, or take shorter stretches with --set stretch=N",
        2 * u64::from(stretch.get()) - 1
    );
    ensure!(!division.train.is_empty(), "all of its frames are test images or next to them; let the device send more");
    let Division { train, test, show_test, in_gap, rule } = division;
    if let Some(note) = rule.note() {
        complain(&note);
    }
    if show_test > 0 {
        complain(&format!("Mixed samples left out, since they show a test frame: {show_test}"));
    }
    if in_gap > 0 {
        complain(&format!("Samples left out, since they show a frame next to test frames: {in_gap}"));
    }

    let shown = |&place: &usize| {
        let Frame { header, .. } = &capture.frames[place];
        let [first, second] = header.classes;
        [first, if capture.frames[place].is_mixed() { second } else { first }]
    };
    let mut classes: Vec<String> = train.iter().flat_map(shown).map(|class| class.to_string()).collect();
    sort_classes(&mut classes);
    let number = |class: u16| {
        let found = classes.iter().position(|name| *name == class.to_string()).map(|number| number as u16);
        found.with_context(|| {
            format!("all frames of class {class} are test images; let the device send more of that class")
        })
    };

    let gather = |places: Vec<usize>| -> Result<Dataset> {
        let mut numbered = Vec::with_capacity(places.len());
        for place in places {
            let [first, second] = shown(&place);
            numbered.push(([number(first)?, number(second)?], place));
        }
        numbered.sort_by_key(|&([first, _], _)| first); // which is stable
        let mut images = Dataset::with_capacity(resize.shape()?, numbered.len());
        let mut planes = vec![0; images.shape().len()];
        for turn in in_turn(numbered.iter().map(|&([first, _], _)| first)) {
            let (classes, place) = numbered[turn];
            let frame = &capture.frames[place];
            write_resized(&frame.picture()?.into_rgb8(), resize, &mut planes);
            let Header { key, shape, plan, .. } = frame.header;
            let region = Region::of(shape, plan.patch(), resize);
            let classes = if region.is_some() { classes } else { [classes[0]; 2] };
            let partner = if frame.is_mixed() { plan.partner() } else { key.index };
            let origins = [key.index, partner].map(|number| Origin::Frame { seed: key.seed, number: number.into() });
            images.push_with(&planes, Contents { classes, region, origins });
        }
        Ok(images)
    };
    let (train, test) = (gather(train)?, gather(test)?);
    Split::new(train, test, classes)
}
