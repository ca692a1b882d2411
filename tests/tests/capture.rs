//! From a device to a data set: what is imported, trained on and replayed, and what is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Output;

use cutmix_core::{BoxRule, CutMix, Layout, Patch, Plan, Shape, paste};
use cutmix_record::{Element, Header, Key, PLAN_CAPACITY, Pixels, encode_plan, encode_sample, sample_capacity};
use host::data::{self, Dataset, Normalization, Split};
use host::pipeline::{self, Batch};
use image::{DynamicImage, GenericImageView as _, Rgb, RgbImage};
use tempfile::{TempDir, tempdir};

mod program;

use program::{assert_fails, command, files, host};

/// What a device sends: frames as the camera saw them, the same mixed with partners among them, and the plans of that.
#[derive(Clone, Copy)]
struct Device {
    shape: Shape,
    element: Element,
    frames: u32,
    classes: u16,
}

const SEED: u64 = 7;

impl Device {
    fn new(width: u16, height: u16, channels: u16, layout: Layout) -> Self {
        let shape = Shape::new(width, height, channels, layout).unwrap();
        Self { shape, element: Element::U8, frames: 20, classes: 3 }
    }

    fn class(&self, number: u32) -> u16 {
        number as u16 % self.classes
    }

    /// Every pixel says whose it is. Of bytes, the low ones count.
    fn pixels(&self, number: u32) -> Vec<u16> {
        (0..self.shape.len()).map(|at| (number * 1031 + at as u32 * 7) as u16).collect()
    }

    fn sample(&self, header: &Header, pixels: &[u16]) -> Vec<u8> {
        let mut out = vec![0; sample_capacity(self.shape, self.element)];
        let bytes: Vec<u8> = pixels.iter().map(|&value| value as u8).collect();
        let pixels = if self.element == Element::U8 { Pixels::U8(&bytes) } else { Pixels::Rgb565(pixels) };
        encode_sample(header, pixels, self.shape.row_len(), &mut out).unwrap().to_vec()
    }

    fn header(&self, epoch: u32, number: u32, plan: Plan) -> Header {
        let key = Key { seed: SEED, epoch, index: number.into() };
        Header { key, shape: self.shape, plan, classes: [self.class(number), self.class(plan.partner())] }
    }

    fn frame(&self, number: u32) -> Vec<u8> {
        self.sample(&self.header(0, number, Plan::unmixed(number, self.shape)), &self.pixels(number))
    }

    fn frames(&self) -> Vec<Vec<u8>> {
        (0..self.frames).map(|number| self.frame(number)).collect()
    }

    /// The plan for a frame: partners seven numbers on, the boxes drawn, none of them empty.
    fn plan(&self, number: u32) -> Header {
        let policy = CutMix::new(1.0).unwrap().with_rule(BoxRule::AtLeastOnePixel).unwrap();
        let key = Key { seed: SEED, epoch: 1, index: number.into() };
        self.header(1, number, policy.plan(self.shape, (number + 7) % self.frames, &mut key.stream()))
    }

    fn mixed_by(&self, header: &Header) -> Vec<u8> {
        let mut pixels = self.pixels(header.key.index as u32);
        paste(&mut pixels, &self.pixels(header.plan.partner()), self.shape, header.plan.patch()).unwrap();
        self.sample(header, &pixels)
    }

    fn mixed(&self) -> Vec<Vec<u8>> {
        (0..self.frames).map(|number| self.mixed_by(&self.plan(number))).collect()
    }

    fn plans(&self) -> Vec<Vec<u8>> {
        (0..self.frames)
            .map(|number| encode_plan(&self.plan(number), &mut [0; PLAN_CAPACITY]).unwrap().to_vec())
            .collect()
    }

    /// Frame by frame: as it is, mixed, and some plans among them.
    fn everything(&self) -> Vec<Vec<u8>> {
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
fn folder(files: &[(&str, &[Vec<u8>])]) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, records) in files {
        fs::write(folder.path().join(name), records.concat()).unwrap();
    }
    folder
}

#[track_caller]
fn succeeds(arguments: &[&str], folder: &Path) -> (String, String) {
    let output = host(arguments, folder);
    let [text, message] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{message}");
    (text, message)
}

#[track_caller]
fn fails(output: &Output, words: &[&str]) {
    assert_fails(output, words);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(message.lines().count(), 1, "more than a sentence: {message}");
}

type Line = BTreeMap<String, String>;

fn table(folder: &Path) -> Vec<Line> {
    csv::Reader::from_path(folder.join("labels.csv")).unwrap().into_deserialize().map(Result::unwrap).collect()
}

fn number<T: std::str::FromStr>(line: &Line, column: &str) -> T {
    line[column].parse().unwrap_or_else(|_| panic!("{column} is {}", line[column]))
}

fn load(path: &Path, side: u16) -> Split {
    let (split, skipped) = data::load(path, side, false).unwrap();
    assert!(skipped.is_empty(), "{skipped:?}");
    split
}

fn error(path: &Path) -> String {
    let message = format!("{:#}", data::load(path, 16, false).expect_err("it was loaded"));
    assert!(!message.contains('\n'), "more than a line: {message}");
    message
}

#[test]
fn every_sample_becomes_what_its_line_says() {
    let device = Device::new(16, 12, 3, Layout::Hwc);
    let folder = folder(&[("capture.bin", &device.everything())]);
    let (said, message) = succeeds(&["import", "capture.bin", "out"], folder.path());
    assert_eq!(message, "");
    let out = folder.path().join("out");
    let (train, test) = (table(&out.join("train")), table(&out.join("test")));

    let mut expected = BTreeSet::from(["train/labels.csv".to_owned(), "test/labels.csv".to_owned()]);
    let mut mixed = 0;
    for (part, line) in train.iter().map(|line| ("train", line)).chain(test.iter().map(|line| ("test", line))) {
        assert!(expected.insert(format!("{part}/{}", line["file"])), "a name came twice");
        let index: u32 = number(line, "number");
        let epoch: u32 = number(line, "epoch");
        let header =
            if epoch == 0 { device.header(0, index, Plan::unmixed(index, device.shape)) } else { device.plan(index) };
        let plan = header.plan;
        assert_eq!(number::<u64>(line, "seed"), SEED);
        assert_eq!(number::<u32>(line, "partner"), plan.partner());
        assert_eq!([&line["class_a"], &line["class_b"]], header.classes.map(|class| class.to_string()).each_ref());
        let edges = [plan.patch().x0(), plan.patch().y0(), plan.patch().x1(), plan.patch().y1()];
        assert_eq!(["x0", "y0", "x1", "y1"].map(|column| number::<u16>(line, column)), edges);
        assert_eq!((number::<u32>(line, "kept"), number::<u32>(line, "total")), (plan.kept(), 16 * 12));
        let lambda = f64::from(plan.kept()) / (16.0 * 12.0);
        assert_eq!(number::<f64>(line, "lambda").to_bits(), lambda.to_bits());
        mixed += usize::from(plan.patch().area() > 0);

        let mut pixels = device.pixels(index);
        paste(&mut pixels, &device.pixels(plan.partner()), device.shape, plan.patch()).unwrap();
        let file = out.join(part).join(&line["file"]);
        let bytes: Vec<u8> = pixels.iter().map(|&value| value as u8).collect();
        assert_eq!(
            image::open(&file).unwrap(),
            DynamicImage::from(RgbImage::from_raw(16, 12, bytes).unwrap()),
            "{line:?}"
        );
        assert_eq!(line["file"].split_once('/').unwrap().0, line["class_a"], "the folder is the class");
    }
    assert_eq!(files(&out).into_keys().collect::<BTreeSet<_>>(), expected, "one line an image, and nothing else");

    // Frames 4, 9, 14 and 19 are tested on; of the mixed ones, those are missing that they are part of.
    let numbers: Vec<u32> = test.iter().map(|line| number(line, "number")).collect();
    assert_eq!(numbers, [4, 9, 14, 19]);
    assert!(test.iter().all(|line| line["kept"] == line["total"]));
    let is_tested = |number: u32| number % 5 == 4;
    assert_eq!((train.len(), mixed), (16 + 12, 12));
    let reached: BTreeSet<u32> =
        train.iter().flat_map(|line| [number(line, "number"), number(line, "partner")]).collect();
    assert!(!reached.into_iter().any(is_tested), "pixels of a test image are trained on");

    let expected = "Of 40 samples in capture.bin, 20 of them mixed, 28 are in out/train and 4 in out/test; left out, since \
                    they show a frame of the test: 8; plans passed over: 2; damaged stretches: 0.\n";
    assert_eq!(said, expected);
}

/// Grey stays grey, planes become pixels, 5 and 6 bits become 8.
#[test]
fn pixels_of_every_kind_become_pictures() {
    for layout in [Layout::Hwc, Layout::Chw] {
        for channels in [1, 3] {
            let device = Device { frames: 5, ..Device::new(9, 8, channels, layout) };
            let folder = folder(&[("capture.bin", &device.frames())]);
            succeeds(&["import", "capture.bin", "out"], folder.path());
            let picture = image::open(folder.path().join("out/train/0/000003.png")).unwrap();
            assert_eq!(picture.color().channel_count(), channels as u8);
            let pixels = device.pixels(3);
            for (x, y, colour) in picture.pixels() {
                for channel in 0..3 {
                    let (x, y, of) = (x as usize, y as usize, usize::from(channels));
                    let channel = usize::min(channel, of - 1);
                    let at = if layout == Layout::Hwc { (y * 9 + x) * of + channel } else { (channel * 8 + y) * 9 + x };
                    assert_eq!(colour.0[channel], pixels[at] as u8, "{channels} {layout:?}: {x} {y}");
                }
            }
        }
    }

    let device = Device { element: Element::Rgb565, ..Device::new(256, 256, 1, Layout::Hwc) };
    let every: Vec<u16> = (0..=u16::MAX).collect();
    let header = device.header(0, 0, Plan::unmixed(0, device.shape));
    let folder = folder(&[("capture.bin", &[device.sample(&header, &every)])]);
    succeeds(&["import", "capture.bin", "out"], folder.path());
    let picture = image::open(folder.path().join("out/train/0/000000.png")).unwrap().into_rgb8();
    for (pixel, colour) in (0..=u16::MAX).zip(picture.pixels()) {
        // To the nearest of 255 steps, or one beside it.
        let near = |value: u16, most: f64| f64::from(value) * 255.0 / most;
        let exact = [near(pixel >> 11, 31.0), near(pixel >> 5 & 63, 63.0), near(pixel & 31, 31.0)];
        assert!(
            colour.0.iter().zip(exact).all(|(have, want)| (f64::from(*have) - want).abs() < 1.0),
            "{pixel:04x} {colour:?}"
        );
    }
    let colour = |pixel: u32| picture.get_pixel(pixel % 256, pixel / 256).0;
    assert_eq!(
        [0, 0xFFFF, 0xF800, 0x07E0, 0x001F].map(colour),
        [[0; 3], [255; 3], [255, 0, 0], [0, 255, 0], [0, 0, 255]]
    );

    let device = Device { frames: 2, ..Device::new(8, 8, 2, Layout::Hwc) };
    fs::write(folder.path().join("two.bin"), device.frames().concat()).unwrap();
    let output = host(&["import", "two.bin", "other"], folder.path());
    fails(&output, &["error: two.bin: its frames have 2 channels, and a picture has 1 or 3"]);
    assert!(!folder.path().join("other").exists());
}

/// A frame that was sent twice, or in another epoch, is there twice; one that was lost is not tested on.
#[test]
fn what_is_tested_on_is_what_arrived() {
    let device = Device::new(8, 8, 1, Layout::Hwc);
    let frames = device.frames();
    let mut records: Vec<_> =
        frames.iter().enumerate().filter(|(number, _)| *number != 9).map(|(_, frame)| frame.clone()).collect();
    records.extend(device.mixed());
    records.extend([frames[4].clone(), frames[6].clone()]);
    let later = device.header(3, 14, Plan::unmixed(14, device.shape));
    records.push(device.sample(&later, &device.pixels(14)));
    // Mixed, but nothing of the partner shows: nor of 4, which is tested on.
    for (frame, partner) in [(19, 3), (6, 4)] {
        let plan = Plan::new(partner, Patch::new(2, 5, 2, 8).unwrap(), device.shape).unwrap();
        records.push(device.sample(&device.header(3, frame, plan), &device.pixels(frame)));
    }
    let whole = device.header(3, 2, Plan::new(4, Patch::new(0, 0, 8, 8).unwrap(), device.shape).unwrap());
    records.push(device.mixed_by(&whole));
    let folder = folder(&[("capture.bin", &records)]);
    succeeds(&["import", "capture.bin", "out"], folder.path());
    let numbers = |part: &str, mixed: bool| -> Vec<u32> {
        let lines = table(&folder.path().join("out").join(part)).into_iter();
        let lines = lines.filter(|line| (line["kept"] != line["total"]) == mixed);
        lines.map(|line| number(&line, "number")).collect()
    };
    assert_eq!(numbers("test", false), [4, 14, 19, 4, 14, 19]);
    assert_eq!(numbers("test", true), [0; 0]);
    assert_eq!(numbers("train", false), [0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18, 6, 6]);
    // Frame 9, which was lost, gives nothing away: 9 itself has 16 as partner, and 2 has 9.
    let clean = [0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 13, 15, 16, 18];
    assert_eq!(numbers("train", true), clean);
}

#[test]
fn without_frames_as_they_were_seen_everything_is_trained_on() {
    let device = Device::new(8, 8, 3, Layout::Hwc);
    let folder = folder(&[("capture.bin", &device.mixed())]);
    let (text, _) = succeeds(&["import", "capture.bin", "out"], folder.path());
    assert!(
        text.starts_with("Of 20 samples in capture.bin, 20 of them mixed, 20 are in out/train and 0 in out/test;"),
        "{text}"
    );
    assert!(!folder.path().join("out/test").exists());
    let message = error(&folder.path().join("capture.bin"));
    assert!(
        message.contains("capture.bin: it holds no frame as the camera saw it with a number that leaves 4"),
        "{message}"
    );
}

#[test]
fn damage_costs_the_records_that_it_hit() {
    let device = Device { frames: 10, ..Device::new(8, 8, 3, Layout::Hwc) };
    let frames = device.frames();
    let mut damaged = frames.clone();
    damaged[2][100] ^= 1;
    let cut = damaged[9].len() - 40;
    damaged[9].truncate(cut);
    damaged.insert(5, b"a line of text".to_vec());
    let mut newer = frames[0].clone();
    newer.splice(2..3, [2]);
    let folder = folder(&[("whole.bin", &frames), ("capture.bin", &damaged)]);
    let (text, message) = succeeds(&["import", "capture.bin", "out"], folder.path());
    let length = frames[0].len();
    let at = |number: usize| number * length + 1;
    let lines = [
        "Damaged stretches of capture.bin, passed over: 3".to_owned(),
        format!("  {} bytes from byte {} on: the checksum is wrong", length - 2, at(2)),
        format!("  14 bytes from byte {} on: they are no whole record", 5 * length),
        format!("  {} bytes from byte {} on: they are no whole record", cut - 1, at(9) + 14),
    ];
    assert_eq!(message.lines().collect::<Vec<_>>(), lines);
    assert!(text.ends_with("plans passed over: 0; damaged stretches: 3.\n"), "{text}");
    assert!(
        text.starts_with("Of 8 samples in capture.bin, 0 of them mixed, 7 are in out/train and 1 in out/test"),
        "{text}"
    );
    let numbers: Vec<u32> = table(&folder.path().join("out/train")).iter().map(|line| number(line, "number")).collect();
    assert_eq!(numbers, [0, 1, 3, 5, 6, 7, 8]);
    // The same in training.
    let split = load(&folder.path().join("capture.bin"), 8);
    assert_eq!((split.train.len(), split.test.len()), (7, 1));
}

#[test]
fn what_is_no_capture_is_refused_and_leaves_nothing() {
    let small = Device { frames: 6, ..Device::new(8, 8, 3, Layout::Hwc) };
    let large = Device { frames: 6, ..Device::new(9, 8, 3, Layout::Hwc) };
    let planes = Device { frames: 6, ..Device::new(8, 8, 3, Layout::Chw) };
    let grey = Device { frames: 6, ..Device::new(8, 8, 1, Layout::Hwc) };
    let wide = Device { element: Element::Rgb565, ..grey };
    let folder = folder(&[
        ("empty", &[]),
        ("plans", &small.plans()),
        ("shapes", &[small.frames(), large.frames()].concat()),
        ("layouts", &[small.frames(), planes.frames()].concat()),
        ("elements", &[grey.frames(), wide.frames()].concat()),
        ("good", &small.frames()),
        ("noise", &[b"no record at all".to_vec()]),
    ]);
    let photo = RgbImage::from_fn(40, 30, |x, y| Rgb([x as u8, y as u8, (x * y) as u8]));
    photo.save(folder.path().join("photo.jpg")).unwrap();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/precious"), "precious").unwrap();

    let no_capture = "is no capture, that is no file of records from a device";
    for (capture, words) in [
        ("empty", &["error: empty ", no_capture, ": it is empty"][..]),
        ("noise", &["error: noise ", no_capture, "16 bytes from byte 0 on: they are no whole record"]),
        ("photo.jpg", &["error: photo.jpg ", no_capture, "from byte 0 on: they are no whole record"]),
        ("plans", &["error: plans: it holds plans only, 6 of them; `host replay` makes samples of them"]),
        ("shapes", &["error: shapes: it holds frames of 8×8 pixels (3 × U8, Hwc) and of 9×8 pixels (3 × U8, Hwc)"]),
        ("layouts", &["of 8×8 pixels (3 × U8, Hwc) and of 8×8 pixels (3 × U8, Chw)", "take a capture for each"]),
        ("elements", &["of 8×8 pixels (1 × U8, Hwc) and of 8×8 pixels (1 × Rgb565, Hwc)"]),
        ("nowhere", &["error: cannot read nowhere"]),
        ("full", &["error: cannot read full"]),
    ] {
        fails(&host(&["import", capture, "out"], folder.path()), words);
        assert!(!folder.path().join("out").exists(), "{capture}: a folder was left behind");
        if capture != "nowhere" && capture != "full" {
            let message = error(&folder.path().join(capture));
            assert!(
                words
                    .iter()
                    .all(|word| message.contains(word.trim_start_matches("error: ")) || word.starts_with("error")),
                "{message}"
            );
            let output = host(&["train", "--data", capture, "--device", "cpu", "--out", "run"], folder.path());
            assert_fails(&output, &words[1..]);
            assert!(!folder.path().join("run").exists());
        }
    }
    fails(&host(&["import", "good", "full"], folder.path()), &["full is not empty", "remove it first"]);
    assert_eq!(files(&folder.path().join("full")).len(), 1);
    let output = host(&["import", "good"], folder.path());
    assert_eq!(output.status.code(), Some(2));

    // An empty folder will do.
    fs::create_dir(folder.path().join("free")).unwrap();
    succeeds(&["import", "good", "free"], folder.path());
}

/// In the format of another day, all of it is damage; the sentence says what helps.
#[test]
fn a_newer_capture_says_what_to_update() {
    let device = Device { frames: 1, ..Device::new(8, 8, 3, Layout::Hwc) };
    // No zero among the first bytes, so that only the version and the checksum change.
    let fields = [2, 42, 1, 7, 7];
    let frame = [&fields[..], &crc32fast::hash(&fields).to_le_bytes()].concat();
    assert!(!frame.contains(&0));
    let record = [&[0, frame.len() as u8 + 1][..], &frame, &[0]].concat();
    let folder =
        folder(&[("new.bin", std::slice::from_ref(&record)), ("both.bin", &[record.clone(), device.frame(0)])]);
    let words = ["10 bytes from byte 1 on: the record was written by a newer version, in format 2; update host"];
    fails(&host(&["import", "new.bin", "out"], folder.path()), &words);
    let (_, message) = succeeds(&["import", "both.bin", "out"], folder.path());
    assert!(message.contains(words[0]), "{message}");
}

/// Frames of any shape and element: the folder and the capture are the same data, image for image and label for label.
#[test]
fn a_capture_trains_as_the_folder_made_of_it() {
    let devices = [
        Device { frames: 60, classes: 11, ..Device::new(16, 16, 3, Layout::Hwc) },
        Device { element: Element::Rgb565, ..Device::new(16, 16, 1, Layout::Hwc) },
        Device::new(16, 16, 1, Layout::Hwc),
        Device::new(24, 16, 3, Layout::Chw),
        Device::new(11, 30, 3, Layout::Hwc),
    ];
    for device in devices {
        let folder = folder(&[("capture.bin", &device.everything())]);
        succeeds(&["import", "capture.bin", "out"], folder.path());
        for side in [16, 9] {
            let [capture, imported] = ["capture.bin", "out"].map(|name| load(&folder.path().join(name), side));
            assert_eq!(capture.classes, imported.classes);
            assert_eq!(capture.train, imported.train);
            assert_eq!(capture.test, imported.test);
            let mixed = |data: &Dataset| (0..data.len()).filter(|&at| data.mixed_label(at).lambda() < 1.0).count();
            assert!(mixed(&capture.train) > 5 && mixed(&capture.test) == 0);
            let shape = capture.train.shape();
            assert_eq!((shape.width(), shape.channels(), shape.layout()), (side, 3, Layout::Chw));
        }
    }
    let folder = folder(&[("capture.bin", &devices[0].everything())]);
    let split = load(&folder.path().join("capture.bin"), 16);
    assert_eq!(split.classes, ["0", "1", "10", "2", "3", "4", "5", "6", "7", "8", "9"], "as folders are sorted");
    assert_eq!((split.train.label(2), split.test.label(0)), (2, 0));
}

/// A class may show as a partner only, and then has no folder of its own.
#[test]
fn a_class_may_only_be_pasted_in() {
    let device = Device { frames: 10, ..Device::new(8, 8, 1, Layout::Hwc) };
    let mut records = device.frames();
    let plan = Plan::new(99, Patch::new(0, 0, 4, 4).unwrap(), device.shape).unwrap();
    let header = Header { classes: [2, 15], ..device.header(1, 2, plan) };
    records.push(device.sample(&header, &device.pixels(2)));
    // What does not show is no class.
    let header = Header { classes: [1, 77], ..device.header(1, 1, Plan::unmixed(99, device.shape)) };
    records.push(device.sample(&header, &device.pixels(1)));
    let folder = folder(&[("capture.bin", &records)]);
    succeeds(&["import", "capture.bin", "out"], folder.path());
    for name in ["capture.bin", "out"] {
        let split = load(&folder.path().join(name), 8);
        assert_eq!(split.classes, ["0", "1", "15", "2"]);
        let labels: Vec<_> = (0..split.train.len()).map(|at| split.train.mixed_label(at)).collect();
        let label = labels.iter().find(|label| label.second() == 2).expect("the class 15");
        assert_eq!((label.first(), label.lambda()), (3, 0.75));
    }
}

#[test]
fn a_capture_that_no_test_can_be_made_of_is_refused() {
    let device = Device { frames: 10, ..Device::new(8, 8, 1, Layout::Hwc) };
    let frames = device.frames();
    let odd = Device { classes: 100, ..device };
    let folder = folder(&[
        ("untested", &frames[..4]),
        ("tested", &[frames[4].clone(), frames[9].clone()]),
        ("alone", &[&frames[..4], &[odd.frame(9)]].concat()),
    ]);
    let error = |name: &str| error(&folder.path().join(name));
    assert!(error("untested").contains("those are tested on; let the device send some"), "{}", error("untested"));
    assert!(
        error("tested").contains("all of its frames are tested on; let the device send more"),
        "{}",
        error("tested")
    );
    assert!(error("alone").contains("all frames of class 9 are tested on"), "{}", error("alone"));
}

/// Soft labels of a device, mixed again by the host: λ·first + (1−λ)·second, up to four classes.
#[test]
fn labels_that_are_mixed_already_are_mixed_again() {
    let device = Device { frames: 40, classes: 6, ..Device::new(16, 16, 3, Layout::Hwc) };
    let folder = folder(&[("capture.bin", &device.everything())]);
    let split = load(&folder.path().join("capture.bin"), 16);
    let (train, classes) = (&split.train, split.classes.len());
    let policy = CutMix::new(1.0).unwrap();
    let mut most = 0;
    for cutmix in [None, Some(&policy)] {
        let samples = pipeline::epoch(train.len(), train.shape(), cutmix, pipeline::Augment::default(), 3, 0);
        let batch = Batch::new(train, classes, &Normalization::none(3), &samples);
        for (sample, soft) in samples.iter().zip(batch.labels.chunks(classes)) {
            let mut expected = vec![0.0; classes];
            for (image, share) in [
                (sample.index, f64::from(sample.plan.kept())),
                (sample.plan.partner() as usize, f64::from(sample.plan.total() - sample.plan.kept())),
            ] {
                let label = train.mixed_label(image);
                let share = share / 256.0;
                expected[usize::from(label.first())] += share * f64::from(label.lambda());
                expected[usize::from(label.second())] += share * (1.0 - f64::from(label.lambda()));
            }
            most = most.max(soft.iter().filter(|weight| **weight > 0.0).count());
            let near = soft.iter().zip(&expected).all(|(have, want)| (f64::from(*have) - want).abs() < 1e-6);
            assert!(near, "{soft:?} for {expected:?}");
            assert!((soft.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }
    assert_eq!(most, 4);

    // Chosen, cut off, looked at: the labels stay with their images.
    let labels = |data: &Dataset| (0..data.len()).map(|at| data.mixed_label(at)).collect::<Vec<_>>();
    let chosen = train.select(&[5, 3, 30]);
    assert_eq!(labels(&chosen), [5, 3, 30].map(|at| train.mixed_label(at)));
    let mut first = (**train).clone();
    first.truncate(7);
    assert_eq!(labels(&first), labels(train)[..7]);
}

/// Of a frame that is no square its middle is trained on, and the label is that of the middle.
#[test]
fn the_label_is_of_what_is_seen() {
    for (width, height) in [(20, 8), (8, 20), (9, 20), (8, 8)] {
        let device = Device { frames: 10, ..Device::new(width, height, 1, Layout::Hwc) };
        let mut records = device.frames();
        let patches =
            [(0, 0, width / 2, height), (0, 0, width, height / 2), (2, 1, 7, 7), (0, 0, 1, 1), (0, 0, width, height)];
        for (x0, y0, x1, y1) in patches {
            let plan = Plan::new(1, Patch::new(x0, y0, x1, y1).unwrap(), device.shape).unwrap();
            let header = Header { classes: [0, 1], ..device.header(1, 0, plan) };
            let mut pixels = vec![0; device.shape.len()];
            paste(&mut pixels, &vec![255; device.shape.len()], device.shape, plan.patch()).unwrap();
            records.push(device.sample(&header, &pixels));
        }
        let folder = folder(&[("capture.bin", &records)]);
        succeeds(&["import", "capture.bin", "out"], folder.path());
        for name in ["capture.bin", "out"] {
            let side = width.min(height).max(8);
            let split = load(&folder.path().join(name), side);
            let mut found = 0;
            for at in 0..split.train.len() {
                let image = &split.train.image(at)[..usize::from(side) * usize::from(side)];
                if !image.iter().all(|value| *value == 0 || *value == 255) {
                    continue;
                }
                let mut soft = [0.0; 3];
                split.train.mixed_label(at).write_soft(&mut soft).unwrap();
                let black = image.iter().map(|pixel| u32::from(*pixel == 0)).sum::<u32>();
                let shares = [black, image.len() as u32 - black].map(|pixels| pixels as f32 / image.len() as f32);
                assert_eq!(
                    soft.map(f32::to_bits),
                    [shares[0], shares[1], 0.0].map(f32::to_bits),
                    "{width}×{height} {name}"
                );
                found += 1;
            }
            assert_eq!(found, patches.len(), "{width}×{height} {name}");
        }
    }
}

/// The table says which images are mixed, if it is one of ours, and it must be right.
#[test]
fn a_table_is_held_to_its_images() {
    let device = Device::new(16, 16, 3, Layout::Hwc);
    let folder = folder(&[("capture.bin", &device.everything())]);
    succeeds(&["import", "capture.bin", "out"], folder.path());
    let out = folder.path().join("out");
    let path = out.join("train/labels.csv");
    let good = fs::read_to_string(&path).unwrap();
    let mixed = |data: &Dataset| (0..data.len()).filter(|&at| data.mixed_label(at).lambda() < 1.0).count();
    assert_eq!(mixed(&load(&out, 16).train), 12);

    // Somebody else's, or none.
    for other in ["image,label\na.png,3\n", "", "\u{FEFF}file;class\n", "\0\u{1}"] {
        fs::write(&path, other).unwrap();
        assert_eq!(mixed(&load(&out, 16).train), 0, "{other:?}");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(mixed(&load(&out, 16).train), 0);

    let (at, line) = good.lines().enumerate().find(|(_, line)| line.contains(",1,")).unwrap();
    let row = table_of(&good).into_iter().find(|line| line["kept"] != line["total"]).unwrap();
    let changed = |column: &str, value: &str| {
        let mut lines = table_of(&good);
        lines.iter_mut().find(|line| line["file"] == row["file"]).unwrap().insert(column.to_owned(), value.to_owned());
        let names: Vec<&str> = good.lines().next().unwrap().split(',').collect();
        let mut text = names.join(",") + "\n";
        for line in lines {
            text += &(names.iter().map(|name| line[*name].clone()).collect::<Vec<_>>().join(",") + "\n");
        }
        fs::write(&path, text).unwrap();
        error(&out)
    };
    let name = path.display().to_string();
    assert!(changed("class_a", "9").contains(&format!("{name} says that {} is of the class 9", row["file"])));
    assert!(changed("kept", "1").contains("not 1 of 256"));
    assert!(changed("total", "300").contains("of 300"));
    assert!(changed("x1", "17").contains(&row["file"]));
    assert!(changed("x0", "minus").contains(&format!("{name} is damaged")));
    // A row of an image that is not there is no matter, nor are columns that nobody asked for.
    fs::write(&path, good.clone() + &line.replace(&row["file"], "0/none.png")).unwrap();
    assert!(at > 0 && load(&out, 16).train.len() == 28);

    // Mixed images to test on.
    fs::write(&path, &good).unwrap();
    fs::copy(out.join("train").join(&row["file"]), out.join("test").join(&row["file"])).unwrap();
    let test = out.join("test/labels.csv");
    let row_text = good.lines().find(|line| line.starts_with(&row["file"])).unwrap();
    fs::write(&test, fs::read_to_string(&test).unwrap() + row_text + "\n").unwrap();
    let message = error(&out);
    assert!(message.contains(&format!("test/labels.csv says that {} is mixed", row["file"])), "{message}");

    let output = host(&["augment", "out", "copies", "--copies", "1"], folder.path());
    fails(&output, &["out/train/labels.csv says that images there are mixed already"]);
    assert!(!folder.path().join("copies").exists());
}

fn table_of(text: &str) -> Vec<Line> {
    csv::Reader::from_reader(text.as_bytes()).into_deserialize().map(Result::unwrap).collect()
}

/// What `augment` writes trains as well: its table is the same kind.
#[test]
fn copies_keep_their_labels() {
    let folder = tempdir().unwrap();
    for number in 0..6 {
        for (class, blue) in [("ant", 0), ("bee", 100)] {
            let dir = folder.path().join("src").join(class);
            fs::create_dir_all(&dir).unwrap();
            RgbImage::from_pixel(12, 12, Rgb([number, 7, blue])).save(dir.join(format!("{number}.png"))).unwrap();
        }
    }
    succeeds(&["augment", "src", "data/train", "--copies", "3", "--size", "12", "--alpha", "1"], folder.path());
    fs::create_dir_all(folder.path().join("data/test/ant")).unwrap();
    fs::copy(folder.path().join("src/ant/0.png"), folder.path().join("data/test/ant/0.png")).unwrap();
    let split = load(&folder.path().join("data"), 12);
    let mut mixed = 0;
    for at in 0..split.train.len() {
        let mut soft = [0.0; 2];
        split.train.mixed_label(at).write_soft(&mut soft).unwrap();
        let bees =
            split.train.image(at)[288..].iter().map(|blue| f32::from(u8::from(*blue == 100))).sum::<f32>() / 144.0;
        assert!((soft[1] - bees).abs() < 1e-6, "{soft:?} for {bees}");
        mixed += usize::from(bees > 0.0 && bees < 1.0);
    }
    assert!(mixed > 5, "only {mixed} copies show both classes");
}

/// From a capture to scores; and from the folder made of it, to the same scores.
#[test]
fn a_capture_trains() {
    let device = Device { frames: 40, ..Device::new(16, 12, 3, Layout::Hwc) };
    let folder = folder(&[("capture.bin", &device.everything())]);
    succeeds(&["import", "capture.bin", "out"], folder.path());
    let metrics = |data: &str, run: &str, size: &[&str]| {
        let flags = ["train", "--data", data, "--depth", "8", "--epochs", "1", "--device", "cpu", "--out", run];
        let (text, message) = succeeds(&[&flags[..], size].concat(), folder.path());
        assert!(text.contains("56 training and 8 test images, 3 classes"), "{text}");
        let left_out = "Mixed samples left out, since they show a frame that is tested on: 16\n";
        assert_eq!(message, if data == "out" { "" } else { left_out });
        program::metrics_of(&folder.path().join(run), "42")
    };
    let small = metrics("capture.bin", "a", &["--size", "16"]);
    assert_eq!(small, metrics("out", "b", &["--size", "16"]));
    assert_ne!(small, metrics("capture.bin", "c", &[]));
    let config = host::run_dir::config(&folder.path().join("c")).unwrap();
    assert_eq!((config.size, config.data), (32, Some(folder.path().canonicalize().unwrap().join("capture.bin"))));
    // Its networks are scored on it too.
    let (text, _) = succeeds(&["evaluate", "a", "--data", "capture.bin"], folder.path());
    assert!(text.contains("on 8 test images"), "{text}");
}

#[test]
fn plans_on_frames_are_what_the_device_would_have_sent() {
    let wide = Device { element: Element::Rgb565, ..Device::new(10, 8, 1, Layout::Hwc) };
    let devices = [
        (Device::new(10, 8, 3, Layout::Hwc), true),
        (Device::new(10, 8, 3, Layout::Chw), true),
        (Device::new(10, 8, 1, Layout::Hwc), true),
        (Device::new(10, 8, 1, Layout::Chw), true),
        (Device::new(10, 8, 5, Layout::Hwc), false),
        (wide, false),
    ];
    for (device, pictures) in devices {
        let mut plans = device.plans();
        // An unmixed plan is the frame; its partner is asked for by nobody.
        let alone = device.header(5, 3, Plan::unmixed(12_345, device.shape));
        plans.push(encode_plan(&alone, &mut [0; PLAN_CAPACITY]).unwrap().to_vec());
        let mut expected = device.mixed();
        expected.push(device.sample(&alone, &device.pixels(3)));
        let folder =
            folder(&[("plans", &plans), ("frames", &[device.frames(), device.mixed(), device.frames()].concat())]);
        let (text, message) = succeeds(&["replay", "plans", "--data", "frames", "out"], folder.path());
        assert_eq!(text, "21 plans of plans are samples in out; damaged stretches: 0.\n");
        assert_eq!(message, "");
        assert!(fs::read(folder.path().join("out")).unwrap() == expected.concat(), "not as sent");
        if pictures {
            succeeds(&["import", "frames", "folder"], folder.path());
            succeeds(&["replay", "plans", "--data", "folder", "again"], folder.path());
            assert!(fs::read(folder.path().join("again")).unwrap() == expected.concat(), "not as sent, from pictures");
        }
    }
    // Pictures have 8 bits a colour, which RGB565 had not.
    let folder = folder(&[("plans", &wide.plans()), ("frames", &wide.frames())]);
    succeeds(&["import", "frames", "folder"], folder.path());
    let output = host(&["replay", "plans", "--data", "folder", "out"], folder.path());
    fails(
        &output,
        &[
            "error: the plan for frame 0 on folder: frame 0: it has 10×8 pixels of 3 channels (Hwc), and the plan is for 10×8 of 1",
        ],
    );
}

#[test]
fn plans_that_do_not_fit_are_refused_and_leave_nothing() {
    let device = Device::new(8, 8, 3, Layout::Hwc);
    let frames = device.frames();
    let without = |number: usize| {
        let mut frames = frames.clone();
        frames.remove(number);
        frames
    };
    let other_class = Device { classes: 4, ..device };
    let planes = Device::new(8, 8, 3, Layout::Chw);
    let tall = Device::new(8, 9, 3, Layout::Hwc);
    let grey = Device::new(8, 8, 1, Layout::Hwc);
    let wide = Device { element: Element::Rgb565, ..grey };
    let mut changed = frames.clone();
    changed.push(device.sample(&device.header(0, 6, Plan::unmixed(6, device.shape)), &device.pixels(5)));
    let folder = folder(&[
        ("plans", &device.plans()),
        ("frames", &frames),
        ("without-12", &without(12)),
        ("without-7", &without(7)),
        ("class", &[&frames[..3], &other_class.frames()[3..]].concat()),
        ("planes", &planes.frames()),
        ("tall", &tall.frames()),
        ("changed", &changed),
        ("grey-plans", &grey.plans()),
        ("elements", &[&grey.frames()[..7], &wide.frames()[7..]].concat()),
        ("mixed", &device.mixed()),
        ("empty", &[]),
    ]);
    let path = folder.path();
    fs::create_dir(path.join("dir")).unwrap();
    for (plans, data, words) in [
        ("plans", "without-7", &["error: the plan for frame 0 on without-7: frame 7 is not there"][..]),
        ("plans", "without-12", &["error: the plan for frame 5 on without-12: frame 12 is not there"]),
        (
            "plans",
            "class",
            &["error: the plan for frame 0 on class: frame 7 is of class 3 there, and of class 1 to the plan"],
        ),
        ("plans", "planes", &["frame 0: it has 8×8 pixels of 3 channels (Chw), and the plan is for 8×8 of 3 (Hwc)"]),
        ("plans", "tall", &["frame 0: it has 8×9 pixels of 3 channels (Hwc), and the plan is for 8×8 of 3 (Hwc)"]),
        ("plans", "changed", &["error: changed: there are two frames with number 6 that differ"]),
        (
            "grey-plans",
            "elements",
            &["error: the plan for frame 0 on elements: the frames are of U8 and of Rgb565, which cannot be mixed"],
        ),
        ("plans", "mixed", &["error: mixed holds no frame as the camera saw it"]),
        ("plans", "empty", &["error: empty is no capture"]),
        ("plans", "dir", &["error: dir is no folder that `host import` wrote"]),
        ("plans", "nowhere", &["error: cannot read nowhere"]),
        ("frames", "frames", &["error: frames holds samples only, and no plan to carry out"]),
        ("nowhere", "frames", &["error: cannot read nowhere"]),
    ] {
        fails(&host(&["replay", plans, "--data", data, "out"], path), words);
        assert!(!path.join("out").exists(), "{data}: a file was left behind");
    }
    // The arguments in another order: what came from the device stays.
    let before = fs::read(path.join("frames")).unwrap();
    fails(
        &host(&["replay", "plans", "--data", "frames", "frames"], path),
        &["frames is there already; name another file"],
    );
    assert!(fs::read(path.join("frames")).unwrap() == before);

    // Damage is passed over, here as well.
    let mut damaged = device.plans();
    damaged[2][8] ^= 0x40;
    fs::write(path.join("damaged"), damaged.concat()).unwrap();
    let (text, message) = succeeds(&["replay", "damaged", "--data", "frames", "out"], path);
    assert_eq!(text, "19 plans of damaged are samples in out; damaged stretches: 1.\n");
    assert!(message.starts_with("Damaged stretches of damaged, passed over: 1\n  "), "{message}");
}

/// A limit on the length of files stands for a full disk.
#[cfg(unix)]
#[test]
fn an_import_that_cannot_be_written_has_no_table() {
    let device = Device { frames: 200, ..Device::new(8, 8, 3, Layout::Hwc) };
    let folder = folder(&[("capture.bin", &device.frames())]);
    let script = "ulimit -f 8; trap '' XFSZ; exec \"$0\" import capture.bin out";
    let program = command(&[], folder.path());
    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(program.get_program())
        .current_dir(folder.path())
        .output()
        .unwrap();
    fails(
        &output,
        &["error: cannot write out/train/labels.csv", "out is incomplete and without train/labels.csv", "remove it"],
    );
    assert!(!folder.path().join("out/train/labels.csv").exists());
}
