//! `replay`: plans carried out on frames, byte for byte as on the device.

use std::fmt::Write;
use std::fs;

use cutmix_core::{Layout, Plan};
use cutmix_record::{Element, PLAN_CAPACITY, Record, Records, encode_plan};
use host::data::image_file;
use image::{Rgb, RgbImage};

use crate::device::{Device, fails, folder, succeeds};
use crate::program::host;

#[test]
fn plans_on_frames_are_what_the_device_would_have_sent() {
    let wide = Device { element: Element::Rgb565, ..Device::new(10, 8, 1, Layout::Hwc) };
    let windows = Device { element: Element::F32, ..Device::new(16, 1, 6, Layout::Hwc) };
    let quantized = Device { element: Element::I8 { zero_point: 5 }, ..Device::new(10, 8, 3, Layout::Chw) };
    let devices = [
        (Device::new(10, 8, 3, Layout::Hwc), true),
        (Device::new(10, 8, 3, Layout::Chw), true),
        (Device::new(10, 8, 1, Layout::Hwc), true),
        (Device::new(10, 8, 1, Layout::Chw), true),
        (Device::new(10, 8, 5, Layout::Hwc), false),
        (wide, false),
        (windows, false),
        (quantized, false),
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
        assert_eq!(text, "21 plans of plans are samples in out; damaged parts: 0.\n");
        assert_eq!(message, "");
        assert!(fs::read(folder.path().join("out")).unwrap() == expected.concat(), "not as sent");
        if pictures {
            succeeds(&["import", "frames", "folder"], folder.path());
            succeeds(&["replay", "plans", "--data", "folder", "again"], folder.path());
            assert!(fs::read(folder.path().join("again")).unwrap() == expected.concat(), "not as sent, from pictures");
        }
    }
    // Pictures have 8 bits a color, which RGB565 had not.
    let folder = folder(&[("plans", &wide.plans()), ("frames", &wide.frames())]);
    succeeds(&["import", "frames", "folder"], folder.path());
    let output = host(&["replay", "plans", "--data", "folder", "out"], folder.path());
    fails(
        &output,
        &[
            "error: plans: the plan for frame 0 on folder: frame 0: it has 10×8 pixels of 3 channels (Hwc), and the plan is for 10×8 of 1",
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
    let gray = Device::new(8, 8, 1, Layout::Hwc);
    let wide = Device { element: Element::Rgb565, ..gray };
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
        ("gray-plans", &gray.plans()),
        ("elements", &[&gray.frames()[..7], &wide.frames()[7..]].concat()),
        ("mixed", &device.mixed()),
        ("empty", &[]),
    ]);
    let path = folder.path();
    fs::create_dir(path.join("dir")).unwrap();
    for (plans, data, words) in [
        ("plans", "without-7", &["error: plans: the plan for frame 0 on without-7: frame 7 is not there"][..]),
        ("plans", "without-12", &["error: plans: the plan for frame 5 on without-12: frame 12 is not there"]),
        (
            "plans",
            "class",
            &["error: plans: the plan for frame 0 on class: frame 7 is of class 3 there, and of class 1 to the plan"],
        ),
        ("plans", "planes", &["frame 0: it has 8×8 pixels of 3 channels (Chw), and the plan is for 8×8 of 3 (Hwc)"]),
        ("plans", "tall", &["frame 0: it has 8×9 pixels of 3 channels (Hwc), and the plan is for 8×8 of 3 (Hwc)"]),
        ("plans", "changed", &["error: changed: there are two frames with number 6 that differ"]),
        (
            "gray-plans",
            "elements",
            &[
                "error: gray-plans: the plan for frame 0 on elements: the frames are of bytes and of RGB565, which cannot be mixed",
            ],
        ),
        ("plans", "mixed", &["error: mixed holds no unmixed frame"]),
        ("plans", "empty", &["error: empty is not a capture"]),
        ("plans", "dir", &["error: dir is no folder that `", " import` wrote"]),
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

    // Damage is skipped, here as well.
    let mut damaged = device.plans();
    damaged[2][8] ^= 0x40;
    fs::write(path.join("damaged"), damaged.concat()).unwrap();
    let (text, message) = succeeds(&["replay", "damaged", "--data", "frames", "out"], path);
    assert_eq!(text, "19 plans of damaged are samples in out; damaged parts: 1.\n");
    assert!(message.starts_with("Damaged parts of damaged, skipped: 1\n  "), "{message}");
}

/// A camera that gives JPEG files and no pixels: the device sends plans, and a table of six columns says which file is which frame.
#[test]
fn plans_are_carried_out_on_jpeg_files() {
    let device = Device::new(16, 8, 3, Layout::Hwc);
    let folder = folder(&[("plans", &device.plans())]);
    let train = folder.path().join("camera/train");
    fs::create_dir_all(&train).unwrap();
    let (mut table, mut decoded) = ("file,number,seed,class_a,kept,total\n".to_owned(), Vec::new());
    for number in 0..device.frames {
        let name = format!("IMG_{number:04}.JPG");
        let color = |x: u32, y: u32| Rgb([(number * 11) as u8, (x * 15) as u8, (y * 30) as u8]);
        RgbImage::from_fn(16, 8, color).save(train.join(&name)).unwrap();
        let header = device.header(number, number, Plan::unmixed(number, device.shape));
        writeln!(table, "{name},{number},{},{},128,128", header.key.seed, header.classes[0]).unwrap();
        decoded.push(image_file::open(&train.join(&name)).unwrap().into_rgb8().into_raw());
    }
    fs::write(train.join("labels.csv"), table).unwrap();
    succeeds(&["replay", "plans", "--data", "camera", "out"], folder.path());

    let mut samples = fs::read(folder.path().join("out")).unwrap();
    let mut mixed = 0;
    for record in Records::new(&mut samples) {
        let Ok(Record::Sample { header, pixels, .. }) = record else { panic!("{record:?}") };
        let (frame, partner) = (&decoded[header.key.index as usize], &decoded[header.plan.partner() as usize]);
        let patch = header.plan.patch();
        for (at, pixel) in pixels.chunks(3).enumerate() {
            let (x, y) = ((at % 16) as u16, (at / 16) as u16);
            let inside = (patch.x0()..patch.x1()).contains(&x) && (patch.y0()..patch.y1()).contains(&y);
            let from = if inside { partner } else { frame };
            assert_eq!(pixel, &from[3 * at..][..3], "frame {}, {x},{y}", header.key.index);
            mixed += usize::from(inside);
        }
    }
    assert!(mixed > 0, "nothing was mixed");
}
