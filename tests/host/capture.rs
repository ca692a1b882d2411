//! A capture as a data set: what is trained on, what is tested on, and the scores.

use cutmix_core::{Layout, Patch, Plan};
use cutmix_record::{Element, Header};
use host::data::Dataset;

use crate::device::{Device, SEED, error, folder, load, succeeds};
use crate::program::metrics_of;

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
    assert!(error("untested").contains("those are the test images; let the device send some"), "{}", error("untested"));
    assert!(
        error("tested").contains("all of its frames are test images; let the device send more"),
        "{}",
        error("tested")
    );
    assert!(error("alone").contains("all frames of class 9 are test images"), "{}", error("alone"));
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
        let left_out = "Mixed samples left out, since they show a test frame: 16\n";
        assert_eq!(message, if data == "out" { "" } else { left_out });
        metrics_of(&folder.path().join(run), "42")
    };
    let small = metrics("capture.bin", "a", &["--size", "16"]);
    assert_eq!(small, metrics("out", "b", &["--size", "16"]));
    assert_ne!(small, metrics("capture.bin", "c", &[]));
    let settings = host::experiment::saved_settings(&folder.path().join("c")).unwrap();
    assert_eq!(
        (settings.data.size, settings.data.path),
        (32, Some(folder.path().canonicalize().unwrap().join("capture.bin")))
    );
    // Its networks are scored on it too.
    let (text, _) = succeeds(&["evaluate", "a", "--data", "capture.bin"], folder.path());
    assert!(text.contains("on 8 test images"), "{text}");
}
