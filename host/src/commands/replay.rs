//! `host replay`: plans from a device that kept the pixels to itself, carried out on its frames.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use cutmix_core::{Layout, Shape, paste};
use cutmix_record::{Element, Header, Pixels, encode_sample, sample_capacity};
use image::DynamicImage;
use serde::Deserialize;

use crate::data::capture::Capture;
use crate::data::labels::{LABELS, is_within, read_rows};
use crate::data::{image_file, planar};
use crate::files;
use crate::terminal::console::Console;
use crate::terminal::program;

/// Which plans, on which frames.
#[derive(Args, Clone, Debug)]
pub struct Replay {
    /// Capture with plans; its samples are ignored
    #[arg(value_name = "PLANS")]
    pub plans: PathBuf,
    /// The unmixed frames: a capture, or a folder that `host import` wrote
    #[arg(long, value_name = "DATA")]
    pub data: PathBuf,
    /// Capture to write, which must not exist: a mixed sample a plan, just as the device would have sent it
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
}

/// A frame's name: its session's seed and its number.
type Name = (u64, u32);

/// An unmixed frame.
#[derive(PartialEq)]
struct Source {
    class: u16,
    element: Element,
    /// Without layout where it was read from a picture, of which both can be made.
    shape: Shape,
    picture: bool,
    pixels: Vec<u8>,
}

/// Columns of a table that `host import` wrote.
const COLUMNS: [&str; 6] = ["file", "number", "seed", "class_a", "kept", "total"];

impl Replay {
    /// Reads plans and frames, and writes the samples.
    ///
    /// # Errors
    ///
    /// If there are no plans, a plan's frame is missing, of another shape or of another class, or a file cannot be read
    /// or written; nothing is written then.
    pub fn run(&self) -> Result<()> {
        ensure!(!self.out.exists(), "{} is there already; name another file, or remove it first", self.out.display());
        let Capture { plans, damages, .. } = Capture::read(&self.plans)?;
        let name = self.plans.display();
        ensure!(!plans.is_empty(), "{name} holds samples only, and no plan to carry out");
        let frames = if self.data.is_dir() { from_folder(&self.data) } else { from_capture(&self.data) }?;
        let data = self.data.display();
        ensure!(!frames.is_empty(), "{data} holds no unmixed frame, and plans are carried out on those");

        let mut samples = Vec::new();
        for header in &plans {
            let sample = sample(header, &frames);
            samples
                .extend(sample.with_context(|| format!("{name}: the plan for frame {} on {data}", header.key.index))?);
        }
        files::write(&self.out, &samples)?;
        Console::Person.say(&format!(
            "{} plans of {name} are samples in {}; damaged parts: {}.",
            plans.len(),
            self.out.display(),
            damages.len()
        ));
        Ok(())
    }
}

/// The record that a device would have sent that has the frames.
fn sample(header: &Header, frames: &HashMap<Name, Source>) -> Result<Vec<u8>> {
    let Header { key, shape, plan, classes } = *header;
    let find = |number: u32, class: u16| {
        let source = frames.get(&(key.seed, number)).with_context(|| format!("frame {number} is not there"))?;
        ensure!(
            source.class == class,
            "frame {number} is of class {} there, and of class {class} to the plan",
            source.class
        );
        Ok((source.element, source.pixels(shape).with_context(|| format!("frame {number}"))?))
    };
    let (element, mut frame) = find(key.index, classes[0])?;
    // A frame alone shows nothing of its partner, which may never have been sent.
    if plan.patch().area() > 0 {
        let (partner_element, partner) = find(plan.partner(), classes[1])?;
        ensure!(
            element == partner_element,
            "the frames are of {element} and of {partner_element}, which cannot be mixed; take the frames of one run of the device"
        );
        // All bytes of an element go where it goes.
        let (frame, partner) = (&mut frame[..], &partner[..]);
        match element.size() {
            1 => paste(frame, partner, shape, plan.patch())?,
            2 => paste(frame.as_chunks_mut::<2>().0, partner.as_chunks().0, shape, plan.patch())?,
            4 => paste(frame.as_chunks_mut::<4>().0, partner.as_chunks().0, shape, plan.patch())?,
            _ => bail!("frames of {element} are not known here; update host"),
        }
    }
    let mut out = vec![0; sample_capacity(shape, element)];
    let stride = shape.row_len() * element.size();
    let length = encode_sample(header, Pixels::Bytes(element, &frame), stride, &mut out)?.len();
    out.truncate(length);
    Ok(out)
}

impl Source {
    /// Its pixels as an image of `shape`.
    fn pixels(&self, shape: Shape) -> Result<Vec<u8>> {
        let sides = |shape: Shape| (shape.width(), shape.height(), shape.channels());
        ensure!(
            sides(shape) == sides(self.shape) && (self.picture || shape.layout() == self.shape.layout()),
            "it has {}×{} pixels of {} channels ({:?}), and the plan is for {}×{} of {} ({:?})",
            self.shape.width(),
            self.shape.height(),
            self.shape.channels(),
            self.shape.layout(),
            shape.width(),
            shape.height(),
            shape.channels(),
            shape.layout()
        );
        if shape.layout() == self.shape.layout() {
            return Ok(self.pixels.clone());
        }
        Ok(planar(&self.pixels, shape.channels().into()))
    }
}

fn insert(frames: &mut HashMap<Name, Source>, name: Name, source: Source) -> Result<()> {
    match frames.entry(name) {
        Entry::Vacant(entry) => drop(entry.insert(source)),
        // A frame may have been sent twice.
        Entry::Occupied(entry) => ensure!(
            *entry.get() == source,
            "there are two frames with number {} that differ; take the frames of one run of the device",
            name.1
        ),
    }
    Ok(())
}

fn from_capture(path: &Path) -> Result<HashMap<Name, Source>> {
    let mut frames = HashMap::new();
    for frame in Capture::read(path)?.frames.into_iter().filter(|frame| !frame.is_mixed()) {
        let (header, element, pixels) = (frame.header, frame.element, frame.pixels);
        let source = Source { class: header.classes[0], element, shape: header.shape, picture: false, pixels };
        insert(&mut frames, (header.key.seed, header.key.index), source).with_context(|| path.display().to_string())?;
    }
    Ok(frames)
}

/// What `host import` says of a frame.
#[derive(Deserialize)]
struct Row {
    file: String,
    number: u32,
    seed: u64,
    class_a: u16,
    kept: u32,
    total: u32,
}

/// The frame in the picture that `row` names, in the table's `folder`.
fn from_picture(folder: &Path, row: &Row) -> Result<Source> {
    ensure!(is_within(&row.file), "the file {:?} does not lie in the folder of the table", row.file);
    let (channels, pixels, [width, height]) = match image_file::open(&folder.join(&row.file))? {
        DynamicImage::ImageLuma8(image) => {
            let sides = [image.width(), image.height()];
            (1, image.into_raw(), sides)
        }
        image => {
            let image = image.into_rgb8();
            let sides = [image.width(), image.height()];
            (3, image.into_raw(), sides)
        }
    };
    let shape = Shape::new(u16::try_from(width)?, u16::try_from(height)?, channels, Layout::Hwc)?;
    Ok(Source { class: row.class_a, element: Element::U8, shape, picture: true, pixels })
}

fn from_folder(dir: &Path) -> Result<HashMap<Name, Source>> {
    let mut frames = HashMap::new();
    let mut tables = 0;
    for part in ["train", "test"].map(|part| dir.join(part)) {
        let Some(rows) = read_rows::<Row>(&part, &COLUMNS, &COLUMNS)? else { continue };
        tables += 1;
        for row in rows.into_iter().filter(|row| row.kept == row.total) {
            let of_table = || part.join(LABELS).display().to_string();
            let source = from_picture(&part, &row).with_context(of_table)?;
            insert(&mut frames, (row.seed, row.number), source).with_context(of_table)?;
        }
    }
    ensure!(
        tables > 0,
        "{} is no folder that `{}` wrote: neither train/ nor test/ in it has a {LABELS} with numbers of frames",
        dir.display(),
        program::command(&["import"])
    );
    Ok(frames)
}
