//! A device of the tests: what it sends, and what becomes of it.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::process::Output;

use cutmix_core::{BoxRule, CutMix, Layout, Plan, Shape, paste};
use cutmix_record::{Element, Header, Key, PLAN_CAPACITY, Pixels, encode_plan, encode_sample, sample_capacity};
use host::data::capture::Frame;
use host::data::{self, Split, capture};
use image::DynamicImage;
use tempfile::{TempDir, tempdir};

use crate::program::{assert_fails, host};

/// What a device sends: unmixed frames, the same mixed with partners among them, and the plans of that.
#[derive(Clone, Copy)]
pub struct Device {
    pub shape: Shape,
    pub element: Element,
    pub frames: u32,
    pub classes: u16,
    /// Of its session.
    pub seed: u64,
}

pub const SEED: u64 = 7;

/// Frames of a stretch in these tests: of frames 0 to 19, 4 to 7 are tested on, and 2, 3, 8 and 9 are in the gap.
pub const STRETCH: NonZeroU32 = NonZeroU32::new(4).unwrap();

/// `host import` with it, from `capture.bin` to `out`.
pub const IMPORT: [&str; 5] = ["import", "capture.bin", "out", "--stretch", "4"];

impl Device {
    pub fn new(width: u16, height: u16, channels: u16, layout: Layout) -> Self {
        let shape = Shape::new(width, height, channels, layout).unwrap();
        Self { shape, element: Element::U8, frames: 20, classes: 3, seed: SEED }
    }

    pub fn class(&self, number: u32) -> u16 {
        number as u16 % self.classes
    }

    /// Every pixel says whose it is.
    pub fn pixels(&self, number: u32) -> Vec<u16> {
        (0..self.shape.len()).map(|at| (number * 1031 + at as u32 * 7) as u16).collect()
    }

    pub fn sample(&self, header: &Header, pixels: &[u16]) -> Vec<u8> {
        let mut out = vec![0; sample_capacity(self.shape, self.element)];
        let bytes = self.bytes(pixels);
        let stride = self.shape.row_len() * self.element.size();
        encode_sample(header, Pixels::Bytes(self.element, &bytes), stride, &mut out).unwrap().to_vec()
    }

    /// The low bytes of each number, the lowest first, as many as the element has.
    pub fn bytes(&self, pixels: &[u16]) -> Vec<u8> {
        let size = self.element.size();
        pixels.iter().flat_map(|&value| u32::from(value).to_le_bytes().into_iter().take(size)).collect()
    }

    /// What the host makes of it.
    pub fn picture(&self, pixels: &[u16]) -> DynamicImage {
        let header = self.header(0, 0, Plan::unmixed(0, self.shape));
        Frame { header, element: self.element, pixels: self.bytes(pixels) }.picture().unwrap()
    }

    pub fn header(&self, epoch: u32, number: u32, plan: Plan) -> Header {
        let key = Key { seed: self.seed, epoch, index: number };
        Header { key, shape: self.shape, plan, classes: [self.class(number), self.class(plan.partner())] }
    }

    pub fn frame(&self, number: u32) -> Vec<u8> {
        self.sample(&self.header(0, number, Plan::unmixed(number, self.shape)), &self.pixels(number))
    }

    pub fn frames(&self) -> Vec<Vec<u8>> {
        (0..self.frames).map(|number| self.frame(number)).collect()
    }

    /// The plan for a frame: partners seven numbers on, the boxes drawn, none of them empty.
    pub fn plan(&self, number: u32) -> Header {
        let policy = CutMix::new(1.0).unwrap().with_rule(BoxRule::AtLeastOnePixel).unwrap();
        let key = Key { seed: self.seed, epoch: 1, index: number };
        self.header(1, number, policy.plan(self.shape, (number + 7) % self.frames, &mut key.stream()))
    }

    pub fn mixed_by(&self, header: &Header) -> Vec<u8> {
        let mut pixels = self.pixels(header.key.index);
        paste(&mut pixels, &self.pixels(header.plan.partner()), self.shape, header.plan.patch()).unwrap();
        self.sample(header, &pixels)
    }

    pub fn mixed(&self) -> Vec<Vec<u8>> {
        (0..self.frames).map(|number| self.mixed_by(&self.plan(number))).collect()
    }

    pub fn plans(&self) -> Vec<Vec<u8>> {
        (0..self.frames)
            .map(|number| encode_plan(&self.plan(number), &mut [0; PLAN_CAPACITY]).unwrap().to_vec())
            .collect()
    }

    /// Frame by frame: as it is, mixed, and some plans among them.
    pub fn everything(&self) -> Vec<Vec<u8>> {
        let (frames, mixed, plans) = (self.frames(), self.mixed(), self.plans());
        (0..self.frames as usize)
            .flat_map(|at| {
                let plan = plans[at].clone();
                [frames[at].clone(), mixed[at].clone()].into_iter().chain((at % 10 == 0).then_some(plan))
            })
            .collect()
    }
}

/// A folder with the files `NAME` made of these records.
pub fn folder(files: &[(&str, &[Vec<u8>])]) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, records) in files {
        fs::write(folder.path().join(name), records.concat()).unwrap();
    }
    folder
}

#[track_caller]
pub fn succeeds(arguments: &[&str], folder: &Path) -> (String, String) {
    let output = host(arguments, folder);
    let [text, message] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{message}");
    (text, message)
}

#[track_caller]
pub fn fails(output: &Output, words: &[&str]) {
    assert_fails(output, words);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(message.lines().count(), 1, "more than a sentence: {message}");
}

pub type Line = BTreeMap<String, String>;

pub fn table(folder: &Path) -> Vec<Line> {
    csv::Reader::from_path(folder.join("labels.csv")).unwrap().into_deserialize().map(Result::unwrap).collect()
}

pub fn number<T: std::str::FromStr>(line: &Line, column: &str) -> T {
    line[column].parse().unwrap_or_else(|_| panic!("{column} is {}", line[column]))
}

pub fn load(path: &Path, side: u16) -> Split {
    read(path, side).unwrap()
}

fn read(path: &Path, side: u16) -> anyhow::Result<Split> {
    if path.is_file() { capture::load(path, side, STRETCH) } else { data::load(path, side, false, 0.0) }
}

pub fn error(path: &Path) -> String {
    let message = format!("{:#}", read(path, 16).expect_err("it was loaded"));
    assert!(!message.contains('\n'), "more than a line: {message}");
    message
}
