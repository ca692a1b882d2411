//! A capture as a data set: what is trained on, what is tested on, and the scores.

use std::collections::BTreeMap;

use cutmix_core::{Layout, Patch, Plan, Shape, Stream, uniform_below};
use cutmix_record::{self as record, Element, Header, Key};
use host::data::capture::{Capture, Division, Frame, Rule};
use host::data::{Contents, Dataset, HoldOut, Origin, hold_out};
use host::settings::Size;

use crate::device::{Device, IMPORT, SEED, STRETCH, error, folder, load, number, succeeds, table};
use crate::program::metrics_of;

/// Frames of any shape and element: the folder and the capture are the same data, image for image and label for label.
#[test]
fn a_capture_trains_as_the_folder_made_of_it() {
    let devices = [
        Device { frames: 60, classes: 11, ..Device::new(16, 16, 3, Layout::Hwc) },
        Device { frames: 40, element: Element::Rgb565, ..Device::new(16, 16, 1, Layout::Hwc) },
        Device { frames: 40, ..Device::new(16, 16, 1, Layout::Hwc) },
        Device { frames: 40, ..Device::new(24, 16, 3, Layout::Chw) },
        Device { frames: 40, ..Device::new(11, 30, 3, Layout::Hwc) },
    ];
    for device in devices {
        let folder = folder(&[("capture.bin", &device.everything())]);
        succeeds(&IMPORT, folder.path());
        for side in [16, 9] {
            let [capture, imported] = ["capture.bin", "out"].map(|name| load(&folder.path().join(name), side));
            assert_eq!(capture.classes, imported.classes);
            assert_eq!(capture.train, imported.train);
            assert_eq!(capture.test, imported.test);
            let mixed = |data: &Dataset| data.mixed();
            assert!(mixed(&capture.train) > 5 && mixed(&capture.test) == 0);
            let shape = capture.train.shape();
            assert_eq!((shape.width(), shape.channels(), shape.layout()), (side, 3, Layout::Chw));
        }
    }
    let folder = folder(&[("capture.bin", &devices[0].everything())]);
    let split = load(&folder.path().join("capture.bin"), 16);
    assert_eq!(split.classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], "numbers by their value");
    assert_eq!((split.train.label(2), split.test.label(0)), (2, 0));
}

/// A class may show as a partner only, and then has no folder of its own.
#[test]
fn a_class_may_only_be_pasted_in() {
    let device = Device::new(8, 8, 1, Layout::Hwc);
    let mut records = device.frames();
    let plan = Plan::new(99, Patch::new(0, 0, 4, 4).unwrap(), device.shape).unwrap();
    let header = Header { classes: [2, 15], ..device.header(1, 11, plan) };
    records.push(device.sample(&header, &device.pixels(11)));
    // What does not show is no class.
    let header = Header { classes: [1, 77], ..device.header(1, 1, Plan::unmixed(99, device.shape)) };
    records.push(device.sample(&header, &device.pixels(1)));
    let folder = folder(&[("capture.bin", &records)]);
    succeeds(&IMPORT, folder.path());
    for name in ["capture.bin", "out"] {
        let split = load(&folder.path().join(name), 8);
        assert_eq!(split.classes, ["0", "1", "2", "15"]);
        let contents = split.train.all_contents().iter().find(|contents| contents.classes[1] == 3);
        let contents = contents.expect("the class 15");
        assert_eq!((contents.classes[0], contents.region.unwrap().share()), (2, 0.25));
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
        ("alone", &[&frames[..4], &[odd.frame(5)]].concat()),
    ]);
    let error = |name: &str| error(&folder.path().join(name));
    assert!(
        error("untested").contains("those are frames 4 to 7 of each session, and so on; let the device send"),
        "{}",
        error("untested")
    );
    assert!(
        error("tested").contains("all of its frames are test images or next to them; let the device send more"),
        "{}",
        error("tested")
    );
    assert!(error("alone").contains("all frames of class 5 are test images"), "{}", error("alone"));
}

/// A number of 64 bits whose lower half is a test frame's: three quarters of that frame, as a training image.
#[test]
fn a_frame_number_beyond_32_bits_cannot_train() {
    let device = Device { frames: 10, ..Device::new(8, 8, 1, Layout::Chw) };
    let (number, total, box_of_49) = ([0x84, 0x80, 0x80, 0x80, 0x10], 64, [1, 1, 8, 8]);
    let fields: Vec<u8> = [
        &[1, SEED as u8, 1][..], // version, seed, epoch
        &number,                 // 2³² + 4
        &[8, 8, 1, 1, 3],        // shape, partner
        &box_of_49,
        &[total - 49, total, 1, 2, 1, total], // λ, classes, bytes and how many
        &[77; 64],
    ]
    .concat();
    // No zero among them, so that the frame of COBS is one block.
    let frame = [&fields[..], &crc32fast::hash(&fields).to_le_bytes()].concat();
    assert!(!frame.contains(&0));
    let record = [&[0, frame.len() as u8 + 1][..], &frame, &[0]].concat();
    let folder = folder(&[("capture.bin", &[device.frames(), vec![record]].concat())]);
    let (text, message) = succeeds(&["import", "capture.bin", "out"], folder.path());
    assert!(text.contains("Of 10 samples in capture.bin, 0 of them mixed,"), "{text}");
    assert!(text.ends_with("damaged parts: 1.\n"), "{text}");
    assert!(message.contains("frame number 4294967300 has more than 32 bits"), "{message}");
}

/// Bursts of nearly equal frames, each of a class that a coin tossed: a network can learn nothing from them, and neither can
/// whoever looks for the most similar training image. Dealt out frame by frame, that one is right always.
#[test]
fn what_was_learnt_by_heart_is_worth_nothing() {
    assert_is_chance(|capture| {
        let Division { train, test, rule, .. } = Division::of(capture, record::STRETCH);
        assert_eq!(rule, Rule::Stretches { frames: record::STRETCH, lone: None });
        assert_eq!((train.len(), test.len()), (600, 200));
        (train, test)
    });
    let capture = bursts(0, 1000, BURST);
    let (test, train): (Vec<usize>, Vec<usize>) = (0..1000).partition(|place| place % 5 == 4);
    assert_eq!(hits(&capture, &train, &test), 200, "a test that can fail");
}

/// The same of a validation split.
#[test]
fn what_was_learnt_by_heart_validates_nothing() {
    assert_is_chance(|capture| {
        let mut data = Dataset::with_capacity(capture.frames[0].header.shape, 1000);
        for Frame { header, pixels, .. } in &capture.frames {
            let Key { seed, index, .. } = header.key;
            let origin = Origin::Frame { seed, number: index.into() };
            data.push_with(pixels, Contents::unmixed(header.classes[0], origin));
        }
        let classes = ["0", "1"].map(str::to_owned);
        let stream = &mut Stream::new(4, 0, 0);
        let HoldOut { kept, held_out, .. } =
            hold_out(&data, &classes, 0.2, record::STRETCH, ["validation", ""], stream).unwrap();
        assert!(kept.len() > 400 && held_out.len() >= 200, "{} and {}", kept.len(), held_out.len());
        (kept, held_out)
    });
}

/// Frames of a burst.
const BURST: u32 = 25;

/// Of 40 captures that are divided into training and test images, the most similar training image is right half of the time.
fn assert_is_chance(divide: impl Fn(&Capture) -> (Vec<usize>, Vec<usize>)) {
    let (mut right, mut variance, mut frames) = (0.0, 0.0, 0.0);
    for number in 0..40 {
        let capture = bursts(number, 1000, BURST);
        let (train, test) = divide(&capture);
        let mut of_burst = BTreeMap::new();
        for &place in &test {
            *of_burst.entry(burst_of(&capture.frames[place], BURST)).or_insert(0.0) += 1.0;
        }
        // A toss a burst, so that much of the variance of one.
        variance += of_burst.values().map(|frames: &f64| frames * frames / 4.0).sum::<f64>();
        right += f64::from(hits(&capture, &train, &test));
        frames += test.len() as f64;
    }
    let (off, error) = (right / frames - 0.5, variance.sqrt() / frames);
    assert!(off.abs() < 4.0 * error, "{off:+.4} from chance, {error:.4} is the standard error");
}

/// Frames of 8×8 pixels; the first burst is cut off anywhere.
fn bursts(number: u32, frames: u32, burst: u32) -> Capture {
    let shape = Shape::new(8, 8, 1, Layout::Hwc).unwrap();
    let phase = uniform_below(burst, &mut Stream::new(1, number, 0));
    let frame = |index: u32| {
        let of = u64::from((index + phase) / burst);
        let (mut scene, mut noise) = (Stream::new(2, number, of), Stream::new(3, number, index.into()));
        let class = uniform_below(2, &mut scene) as u16;
        let mut pixel = || (uniform_below(240, &mut scene) + uniform_below(16, &mut noise)) as u8;
        let pixels = (0..shape.len()).map(|_| pixel()).collect();
        let key = Key { seed: phase.into(), epoch: 0, index };
        let header = Header { key, shape, plan: Plan::unmixed(index, shape), classes: [class; 2] };
        Frame { header, element: Element::U8, pixels }
    };
    Capture { frames: (0..frames).map(frame).collect(), ..Capture::default() }
}

fn burst_of(frame: &Frame, burst: u32) -> u32 {
    (frame.header.key.index + frame.header.key.seed as u32) / burst
}

/// How many of `test` have the class of the most similar of `train`.
fn hits(capture: &Capture, train: &[usize], test: &[usize]) -> u32 {
    let right = test.iter().filter(|&&place| {
        let Frame { header, pixels, .. } = &capture.frames[place];
        let distance = |other: &Frame| -> u32 {
            pixels.iter().zip(&other.pixels).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
        };
        let nearest = train.iter().map(|&place| &capture.frames[place]).min_by_key(|other| distance(other));
        nearest.is_some_and(|other| other.header.classes[0] == header.classes[0])
    });
    right.count() as u32
}

/// Frames of several sessions have the same numbers, and are not the same: one session is held out, all others train.
#[test]
fn of_several_sessions_one_is_held_out() {
    let first = Device::new(8, 8, 1, Layout::Hwc);
    let second = Device { seed: 1, ..first };
    let folder = folder(&[("capture.bin", &[first.everything(), second.everything()].concat())]);
    let (said, message) = succeeds(&IMPORT, folder.path());
    assert_eq!(message, "Of 2 sessions, 1 held out to test on, by the seed: 1\n");
    let samples = |part: &str| -> Vec<(u64, u32, u32)> {
        let lines = table(&folder.path().join("out").join(part));
        lines.iter().map(|line| (number(line, "seed"), number(line, "number"), number(line, "epoch"))).collect()
    };
    let expected: Vec<_> = (0..20).flat_map(|number| [(SEED, number, 0), (SEED, number, 1)]).collect();
    let sorted = |mut samples: Vec<_>| {
        samples.sort_unstable();
        samples
    };
    assert_eq!(sorted(samples("train")), expected);
    assert_eq!(sorted(samples("test")), (0..20).map(|number| (1, number, 0)).collect::<Vec<_>>());
    assert!(said.contains("since they show a test frame: 20, since they show a frame next to one: 0;"), "{said}");
}

/// Of ten sessions two; of fewer one. The latest, whatever their seeds.
#[test]
fn a_fifth_of_the_sessions_is_held_out() {
    for (sessions, expected) in [(2, &[99][..]), (4, &[97]), (9, &[92]), (10, &[92, 91])] {
        let devices =
            (0..sessions).map(|session| Device { seed: 100 - session, frames: 3, ..Device::new(8, 8, 1, Layout::Hwc) });
        let records: Vec<_> = devices.flat_map(|device| device.frames()).collect();
        let folder = folder(&[("capture.bin", &records)]);
        let capture = Capture::read(&folder.path().join("capture.bin")).unwrap();
        let rule = Division::of(&capture, STRETCH).rule;
        assert_eq!(rule, Rule::Sessions { held_out: expected.to_vec(), of: sessions as usize });
    }
}

/// A class a session: held out whole, it could not be learnt. Stretches then, and a sentence.
#[test]
fn a_class_of_one_session_is_not_held_out_whole() {
    let first = Device { classes: 1, ..Device::new(8, 8, 1, Layout::Hwc) };
    let second = Device { seed: 8, classes: 2, ..first };
    let folder = folder(&[("capture.bin", &[first.frames(), second.frames()].concat())]);
    let (said, message) = succeeds(&IMPORT, folder.path());
    assert!(message.starts_with("No session held out whole, since class 1 is in no other;"), "{message}");
    assert!(said.contains("24 are in out/train and 8 in out/test;"), "{said}");
}

/// From a capture to scores; and from the folder made of it, to the same scores.
#[test]
fn a_capture_trains() {
    let device = Device { frames: 40, ..Device::new(16, 12, 3, Layout::Hwc) };
    let folder = folder(&[("capture.bin", &device.everything())]);
    succeeds(&IMPORT, folder.path());
    let metrics = |data: &str, run: &str, size: &[&str]| {
        let flags = [
            "train",
            "--data",
            data,
            "--depth",
            "8",
            "--epochs",
            "1",
            "--device",
            "cpu",
            "--set",
            "stretch=4",
            "--out",
            run,
        ];
        let (text, message) = succeeds(&[&flags[..], size].concat(), folder.path());
        assert!(
            text.contains("34 training (") && text.contains("of them mixed) and 8 test images, 3 classes"),
            "{text}"
        );
        let left_out = "Mixed samples left out, since they show a test frame: 16\n\
                        Samples left out, since they show a frame next to test frames: 22\n";
        assert_eq!(message, if data == "out" { "" } else { left_out });
        metrics_of(&folder.path().join(run), "42")
    };
    let small = metrics("capture.bin", "a", &["--size", "16"]);
    assert_eq!(small, metrics("out", "b", &["--size", "16"]));
    assert_ne!(small, metrics("capture.bin", "c", &[]));
    let settings = host::experiment::saved_settings(&folder.path().join("c")).unwrap();
    assert_eq!(
        (settings.data.size, settings.data.path),
        (Size::square(32), Some(folder.path().canonicalize().unwrap().join("capture.bin")))
    );
    // Its networks are scored on it too.
    let (text, _) = succeeds(&["evaluate", "a", "--data", "capture.bin"], folder.path());
    assert!(text.contains("on 8 test images"), "{text}");
}
