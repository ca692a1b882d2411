//! Captures: what a device sent in records of `cutmix-record`, one byte after the other, in a file.
//!
//! Frames come as the camera saw them, and mixed. Of the former every fifth, those whose number leaves 4 when divided
//! by 5, is held out to test on; a mixed sample that is made of a held-out frame is left out, so that no test image was
//! seen in training. A frame that came twice is there twice.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use cutmix_core::{Layout, Shape};
use cutmix_record::{Damage, Element, Header, Record, Records};
use image::{DynamicImage, GrayImage, RgbImage};

use super::folder::{classes_in_turn, square};
use super::labels::label_of_middle;
use super::{Dataset, Split};
use crate::progress::complain;

/// Of frames as the camera saw them, those with a number of this remainder are tested on.
const HELD_OUT: u64 = 4;
const OF: u64 = 5;

/// A sample: a frame, mixed or as the camera saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// All but the pixels.
    pub header: Header,
    /// What the pixels are made of.
    pub element: Element,
    /// Its bytes, row by row.
    pub pixels: Vec<u8>,
}

impl Frame {
    /// Whether any pixel of another frame shows.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        self.header.plan.patch().area() > 0
    }

    /// The frame as a picture: grey, or with 8 bits a colour, to which those of RGB565 are stretched.
    ///
    /// # Errors
    ///
    /// If it has neither one channel nor three.
    pub fn picture(&self) -> Result<DynamicImage> {
        let shape = self.header.shape;
        let (width, height) = (usize::from(shape.width()), usize::from(shape.height()));
        let colours: Vec<u8> = match (self.element, shape.channels(), shape.layout()) {
            (Element::U8, 1, _) | (Element::U8, 3, Layout::Hwc) => self.pixels.clone(),
            (Element::U8, 3, Layout::Chw) => (0..width * height)
                .flat_map(|at| [0, 1, 2].map(|plane| self.pixels[plane * width * height + at]))
                .collect(),
            (Element::Rgb565, ..) => {
                let pixels = self.pixels.chunks_exact(2).map(|pixel| u16::from_le_bytes([pixel[0], pixel[1]]));
                pixels.flat_map(rgb888).collect()
            }
            (Element::U8, channels, _) => bail!("its frames have {channels} channels, and a picture has 1 or 3"),
            (element, ..) => bail!("its frames are of {element:?}, of which nothing is known here; update host"),
        };
        let (width, height) = (width as u32, height as u32);
        let picture = if colours.len() == shape.pixels() as usize {
            GrayImage::from_raw(width, height, colours).map(DynamicImage::from)
        } else {
            RgbImage::from_raw(width, height, colours).map(DynamicImage::from)
        };
        picture.context("a frame without all of its pixels")
    }
}

/// Black stays black, and white white.
const fn rgb888(pixel: u16) -> [u8; 3] {
    let [red, green, blue] = [pixel >> 11, pixel >> 5 & 0x3F, pixel & 0x1F];
    [(red << 3 | red >> 2) as u8, (green << 2 | green >> 4) as u8, (blue << 3 | blue >> 2) as u8]
}

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
        let mut bytes = fs::read(path).with_context(|| format!("cannot read {name}"))?;
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
        if capture.frames.is_empty() && capture.plans.is_empty() {
            let why = capture.damages.first().map_or("it is empty".to_owned(), ToString::to_string);
            bail!("{name} is no capture, that is no file of records from a device: {why}");
        }
        if !capture.damages.is_empty() {
            complain(&format!("Damaged stretches of {name}, passed over: {}", capture.damages.len()));
            for damage in &capture.damages {
                complain(&format!("  {damage}"));
            }
        }
        Ok(capture)
    }

    /// Checks that there are samples, all of one shape and element, of which pictures can be made.
    ///
    /// # Errors
    ///
    /// If not; the message names the two that differ.
    pub fn check(&self) -> Result<()> {
        let Some(first) = self.frames.first() else {
            bail!("it holds plans only, {} of them; `host replay` makes samples of them", self.plans.len());
        };
        for frame in &self.frames {
            ensure!(
                (frame.header.shape, frame.element) == (first.header.shape, first.element),
                "it holds frames of {} and of {}, and a data set is of one kind; take a capture for each",
                kind(first.header.shape, first.element),
                kind(frame.header.shape, frame.element)
            );
        }
        first.picture().map(drop)
    }

    /// Which samples are to train on and which to test on.
    #[must_use]
    pub fn divide(&self) -> Division {
        let numbered = || self.frames.iter().enumerate();
        let held_out = |number: u64| number % OF == HELD_OUT;
        let test: Vec<usize> = numbered()
            .filter(|(_, frame)| !frame.is_mixed() && held_out(frame.header.key.index))
            .map(|(place, _)| place)
            .collect();
        // Those that are there: a mixed sample of a frame that was lost on its way gives nothing away.
        let tested: HashSet<u64> = test.iter().map(|&place| self.frames[place].header.key.index).collect();
        let shows = |frame: &Frame| {
            let Header { key, plan, .. } = frame.header;
            tested.contains(&key.index) || frame.is_mixed() && tested.contains(&plan.partner().into())
        };
        let train: Vec<usize> = numbered().filter(|(_, frame)| !shows(frame)).map(|(place, _)| place).collect();
        let left_out = self.frames.len() - test.len() - train.len();
        Division { train, test, left_out }
    }
}

/// `32×24 pixels, 3 channels of U8, Hwc`, for messages.
fn kind(shape: Shape, element: Element) -> String {
    let (width, height, channels, layout) = (shape.width(), shape.height(), shape.channels(), shape.layout());
    format!("{width}×{height} pixels ({channels} × {element:?}, {layout:?})")
}

/// The samples of a capture by their places in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    /// To train on, mixed or not.
    pub train: Vec<usize>,
    /// To test on, none of them mixed.
    pub test: Vec<usize>,
    /// Number of those that are neither, since they show a frame that is tested on.
    pub left_out: usize,
}

/// Reads the capture at `path`, its frames brought to `side`×`side` pixels as [`decode`](super::folder::decode) does
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
    let Division { train, test, left_out } = capture.divide();
    ensure!(
        !test.is_empty(),
        "it holds no frame as the camera saw it with a number that leaves {HELD_OUT} when divided by {OF}, and those are tested \
         on; let the device send some, or put images to test on beside what `host import` makes of it"
    );
    ensure!(!train.is_empty(), "all of its frames are tested on; let the device send more");
    if left_out > 0 {
        complain(&format!("Mixed samples left out, since they show a frame that is tested on: {left_out}"));
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
            format!("all frames of class {class} are tested on; let the device send more of that class")
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
