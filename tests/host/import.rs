//! `import`: what becomes of the records of a device, and what is refused.

use std::collections::BTreeSet;
use std::fs;

use cutmix_core::{Layout, Patch, Plan, paste};
use cutmix_record::Element;
use host::data::Origin;
use host::data::folder::Listing;
use image::{DynamicImage, GenericImageView as _, Rgb, RgbImage};

use crate::device::{Device, IMPORT, SEED, error, fails, folder, load, number, succeeds, table};
use crate::program::{assert_fails, command, files, host};

#[test]
fn every_sample_becomes_what_its_line_says() {
    let device = Device::new(16, 12, 3, Layout::Hwc);
    let folder = folder(&[("capture.bin", &device.everything())]);
    let (said, message) = succeeds(&IMPORT, folder.path());
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

    // Frames 4 to 7 are test images; of all others, those are missing that show one of them, or of two frames on each side.
    let numbers: Vec<u32> = test.iter().map(|line| number(line, "number")).collect();
    assert_eq!(numbers, [4, 5, 6, 7]);
    assert!(test.iter().all(|line| line["kept"] == line["total"]));
    let is_near = |number: u32| (2..10).contains(&number);
    assert_eq!((train.len(), mixed), (12 + 5, 5));
    let reached: BTreeSet<u32> =
        train.iter().flat_map(|line| [number(line, "number"), number(line, "partner")]).collect();
    assert!(!reached.into_iter().any(is_near), "pixels of a test image, or next to one, are trained on");

    let expected = "Of 40 samples in capture.bin, 20 of them mixed, 17 are in out/train and 4 in out/test; left out, since \
                    they show a test frame: 8, since they show a frame next to one: 11; plans skipped: 2; damaged parts: 0.\n";
    assert_eq!(said, expected);
}

/// Gray stays gray, planes become pixels, 5 and 6 bits become 8.
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
            for (x, y, color) in picture.pixels() {
                for channel in 0..3 {
                    let (x, y, of) = (x as usize, y as usize, usize::from(channels));
                    let channel = usize::min(channel, of - 1);
                    let at = if layout == Layout::Hwc { (y * 9 + x) * of + channel } else { (channel * 8 + y) * 9 + x };
                    assert_eq!(color.0[channel], pixels[at] as u8, "{channels} {layout:?}: {x} {y}");
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
    for (pixel, color) in (0..=u16::MAX).zip(picture.pixels()) {
        // To the nearest of 255 steps, or one beside it.
        let near = |value: u16, most: f64| f64::from(value) * 255.0 / most;
        let exact = [near(pixel >> 11, 31.0), near(pixel >> 5 & 63, 63.0), near(pixel & 31, 31.0)];
        assert!(
            color.0.iter().zip(exact).all(|(have, want)| (f64::from(*have) - want).abs() < 1.0),
            "{pixel:04x} {color:?}"
        );
    }
    let color = |pixel: u32| picture.get_pixel(pixel % 256, pixel / 256).0;
    assert_eq!(
        [0, 0xFFFF, 0xF800, 0x07E0, 0x001F].map(color),
        [[0; 3], [255; 3], [255, 0, 0], [0, 255, 0], [0, 0, 255]]
    );

    // The other order of bytes and of colors, and signed bytes whose zero is black.
    let swapped = Device { element: Element::Rgb565HighFirst, ..device };
    let sent: Vec<u16> = every.iter().map(|pixel| pixel.swap_bytes()).collect();
    assert_eq!(swapped.picture(&sent).into_rgb8(), picture);
    for layout in [Layout::Hwc, Layout::Chw] {
        let device = Device::new(9, 8, 3, layout);
        let pixels = device.pixels(3);
        let mut expected = device.picture(&pixels).into_rgb8();
        let signed: Vec<u16> = pixels.iter().map(|value| value ^ 0x80).collect();
        let black = Device { element: Element::I8 { zero_point: -128 }, ..device };
        assert_eq!(black.picture(&signed).into_rgb8(), expected);
        for color in expected.pixels_mut() {
            color.0.reverse();
        }
        assert_eq!(Device { element: Element::Bgr, ..device }.picture(&pixels).into_rgb8(), expected);
    }
}

/// YUYV has the colors of JPEG, after the equations of JFIF 1.02, page 3; for all of them.
#[test]
fn pairs_of_pixels_have_the_colors_of_jpeg() {
    let device = Device { element: Element::Yuyv, ..Device::new(512, 256, 1, Layout::Hwc) };
    for u in 0..=255_u16 {
        // A column a Y and 255 − Y, a row a V.
        let pairs = (0..256_u16).flat_map(|v| (0..256).flat_map(move |y| [u << 8 | y, v << 8 | (255 - y)]));
        let picture = device.picture(&pairs.collect::<Vec<_>>()).into_rgb8();
        for (x, row, color) in picture.enumerate_pixels() {
            let luma = f64::from(if x % 2 == 0 { x / 2 } else { 255 - x / 2 });
            let (cb, cr) = (f64::from(u) - 128.0, f64::from(row) - 128.0);
            let exact = [luma + 1.402 * cr, luma - 0.34414 * cb - 0.71414 * cr, luma + 1.772 * cb];
            for (have, exact) in color.0.into_iter().zip(exact) {
                // The nearest step, or of two that are equally near but for the third digit either.
                let off = f64::from(have) - exact.clamp(0.0, 255.0);
                assert!(off.abs() < 0.502, "Y {luma}, U {u}, V {row}: {have}, where {exact} is exact");
            }
        }
    }
}

/// What is no picture is an array: the files are what `numpy.save` of numpy 2.4 writes.
#[test]
fn windows_and_numbers_become_arrays() {
    let zero_point = Element::I8 { zero_point: -3 };
    for (element, [width, height, channels], layout, kind, axes) in [
        (Element::I16, [128, 1, 6], Layout::Hwc, "<i2", "(128, 6)"),
        (Element::I16, [128, 1, 6], Layout::Chw, "<i2", "(6, 128)"),
        (Element::F32, [16, 1, 1], Layout::Hwc, "<f4", "(16,)"),
        (Element::U16, [9, 8, 1], Layout::Hwc, "<u2", "(8, 9)"),
        (Element::U16HighFirst, [9, 8, 1], Layout::Hwc, ">u2", "(8, 9)"),
        (Element::U8, [9, 8, 4], Layout::Hwc, "|u1", "(8, 9, 4)"),
        (Element::U8, [9, 8, 4], Layout::Chw, "|u1", "(4, 8, 9)"),
        (zero_point, [9, 8, 3], Layout::Hwc, "<i2", "(8, 9, 3)"),
    ] {
        let device = Device { element, frames: 5, ..Device::new(width, height, channels, layout) };
        let folder = folder(&[("capture.bin", &[device.frames(), device.mixed()[..3].to_vec()].concat())]);
        let (said, _) = succeeds(&["import", "capture.bin", "out"], folder.path());
        assert!(
            said.starts_with("Of 8 samples in capture.bin, 3 of them mixed, 8 are in out/train and 0 in out/test"),
            "{said}"
        );
        let lines = table(&folder.path().join("out/train"));
        let mixed = lines.iter().find(|line| line["kept"] != line["total"]).unwrap();
        for line in [&lines[3], mixed] {
            let mut pixels = device.pixels(number(line, "number"));
            let plan = device.plan(number(line, "number")).plan;
            if line["kept"] != line["total"] {
                paste(&mut pixels, &device.pixels(plan.partner()), device.shape, plan.patch()).unwrap();
            }
            let mut array = device.bytes(&pixels);
            if element == zero_point {
                array = array.into_iter().flat_map(|value| (i16::from(value as i8) + 3).to_le_bytes()).collect();
            }
            let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {axes}, }}");
            let expected = [b"\x93NUMPY\x01\x00v\x00", format!("{header:<117}\n").as_bytes(), &array].concat();
            let file = folder.path().join("out/train").join(&line["file"]);
            assert_eq!(file.extension().unwrap(), "npy");
            assert!(fs::read(file).unwrap() == expected, "{element:?} {layout:?}, {line:?}");
        }

        // They are no pictures to train on.
        let message = error(&folder.path().join("capture.bin"));
        let words = format!("capture.bin: its frames are {element} in {channels} channels, which are no pictures");
        assert!(message.contains(&words) && message.contains("`import` writes such frames as .npy files"), "{message}");
        fails(
            &host(&["compare", "--data", "capture.bin"], folder.path()),
            &["/capture.bin: its frames are", "which are no pictures"],
        );
        let output = host(&["compare", "--data", "out", "--set", "test=0.2"], folder.path());
        fails(&output, &["out/train/0 holds no image, but ", " files of type .npy"]);
        fs::write(folder.path().join("plans"), device.plans().concat()).unwrap();
        let output = host(&["replay", "plans", "--data", "out", "x"], folder.path());
        fails(&output, &["out/train/labels.csv: ", ".npy is not a whole image"]);
    }
}

/// Mixed copies of frames are frames as well, so that they are held out with their neighbors.
#[test]
fn copies_of_frames_say_which_frames_they_show() {
    let one = Device { frames: 30, ..Device::new(16, 16, 3, Layout::Hwc) };
    let two = Device { seed: 9, ..one };
    let folder = folder(&[("capture.bin", &[one.frames(), two.frames()].concat())]);
    succeeds(&IMPORT, folder.path());
    succeeds(&["augment", "out", "copies/train", "--copies", "2", "--size", "16", "--alpha", "1"], folder.path());
    let [imported, copies] = ["out/train", "copies/train"].map(|name| Listing::of(&folder.path().join(name)).unwrap());
    let lines = table(&folder.path().join("copies/train"));
    assert_eq!(lines.len(), 60);
    for line in &lines {
        let frame = |name: &str| imported.origins(&folder.path().join("out").join(&line[name]))[0].clone();
        let [own, partner] = copies.origins(&folder.path().join("copies/train").join(&line["file"]));
        assert!(matches!(own, Origin::Frame { seed: SEED, .. }), "{line:?}");
        assert_eq!(own, frame("source"));
        assert_eq!(partner, if line["kept"] == line["total"] { own } else { frame("partner") });
    }
}

/// A frame that was sent twice, or in another epoch, is there twice; one that was lost is not tested on, and neither is it
/// trained on, since its neighbors arrived.
#[test]
fn what_is_tested_on_is_what_arrived() {
    let device = Device::new(8, 8, 1, Layout::Hwc);
    let frames = device.frames();
    let mut records: Vec<_> =
        frames.iter().enumerate().filter(|(number, _)| *number != 5).map(|(_, frame)| frame.clone()).collect();
    records.extend(device.mixed());
    records.extend([frames[4].clone(), frames[10].clone()]);
    let later = device.header(3, 6, Plan::unmixed(6, device.shape));
    records.push(device.sample(&later, &device.pixels(6)));
    // Mixed, but nothing of the partner shows: nor of 4, which is tested on.
    for (frame, partner) in [(7, 3), (10, 4)] {
        let plan = Plan::new(partner, Patch::new(2, 5, 2, 8).unwrap(), device.shape).unwrap();
        records.push(device.sample(&device.header(3, frame, plan), &device.pixels(frame)));
    }
    let whole = device.header(3, 11, Plan::new(5, Patch::new(0, 0, 8, 8).unwrap(), device.shape).unwrap());
    records.push(device.mixed_by(&whole));
    let folder = folder(&[("capture.bin", &records)]);
    succeeds(&IMPORT, folder.path());
    let numbers = |part: &str, mixed: bool| -> Vec<u32> {
        let lines = table(&folder.path().join("out").join(part)).into_iter();
        let lines = lines.filter(|line| (line["kept"] != line["total"]) == mixed);
        lines.map(|line| number(&line, "number")).collect()
    };
    assert_eq!(numbers("test", false), [4, 6, 7, 4, 6, 7]);
    assert_eq!(numbers("test", true), [0; 0]);
    assert_eq!(numbers("train", false), [0, 1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 10, 10]);
    assert_eq!(numbers("train", true), [10, 11, 12, 13, 14]);
}

/// A device that starts again with its seed numbers other frames alike: that is said, since nobody can tell them apart.
#[test]
fn two_frames_of_one_name_are_counted() {
    let device = Device::new(8, 8, 1, Layout::Hwc);
    let again = (0..3).map(|number| {
        device.sample(&device.header(0, number, Plan::unmixed(number, device.shape)), &device.pixels(100 + number))
    });
    let folder = folder(&[("capture.bin", &[device.frames(), vec![device.frame(4)], again.collect()].concat())]);
    let (_, message) = succeeds(&IMPORT, folder.path());
    let line = "Unmixed frames that have the seed and the number of another one, and other pixels: 3; did a device start again with the same seed?\n";
    assert_eq!(message.matches(line).count(), 1, "{message}");
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
    assert!(message.contains("capture.bin: it holds no unmixed frame to test on"), "{message}");
}

#[test]
fn damage_costs_the_records_that_it_hit() {
    let device = Device { frames: 10, classes: 2, ..Device::new(8, 8, 3, Layout::Hwc) };
    let frames = device.frames();
    let mut damaged = frames.clone();
    damaged[2][100] ^= 1;
    let cut = damaged[9].len() - 40;
    damaged[9].truncate(cut);
    damaged.insert(5, b"a line of text".to_vec());
    let mut newer = frames[0].clone();
    newer.splice(2..3, [2]);
    let folder = folder(&[("whole.bin", &frames), ("capture.bin", &damaged)]);
    let (text, message) = succeeds(&IMPORT, folder.path());
    let length = frames[0].len();
    let at = |number: usize| number * length + 1;
    let lines = [
        "Damaged parts of capture.bin, skipped: 3".to_owned(),
        format!("  {} bytes from byte {} on: the checksum is wrong", length - 2, at(2)),
        format!("  14 bytes from byte {} on: text, \"a line of text\"", 5 * length),
        format!("  {} bytes from byte {} on: they are no whole record", cut - 1, at(9) + 14),
    ];
    assert_eq!(message.lines().collect::<Vec<_>>(), lines);
    assert!(text.ends_with("plans skipped: 0; damaged parts: 3.\n"), "{text}");
    assert!(
        text.starts_with("Of 8 samples in capture.bin, 0 of them mixed, 2 are in out/train and 4 in out/test"),
        "{text}"
    );
    let numbers: Vec<u32> = table(&folder.path().join("out/train")).iter().map(|line| number(line, "number")).collect();
    assert_eq!(numbers, [0, 1]);
    // The same in training.
    let split = load(&folder.path().join("capture.bin"), 8);
    assert_eq!((split.train.len(), split.test.len()), (2, 4));
}

/// Text is shown as such, with what a terminal would make of it left out; and of many damages the first.
#[test]
fn text_between_records_is_shown_and_many_damages_are_counted() {
    let device = Device { frames: 30, classes: 2, ..Device::new(8, 8, 3, Layout::Hwc) };
    let mut records = device.frames();
    for record in &mut records[10..22] {
        record[100] ^= 1;
    }
    records.insert(0, "boot: Kamera 2 läuft\r\nclock 48 MHz\r\n".into());
    records.insert(2, format!("long {}", "x".repeat(200)).into());
    records.insert(4, vec![b'a', 7, b'b']);
    let folder = folder(&[("capture.bin", &records)]);
    let (text, message) = succeeds(&IMPORT, folder.path());
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), 1 + 10 + 1, "{message}");
    assert_eq!(lines[0], "Damaged parts of capture.bin, skipped: 15");
    assert_eq!(lines[1], r#"  37 bytes from byte 0 on: text, "boot: Kamera 2 läuft\r\nclock 48 MHz""#);
    let long = format!("text, \"long {}…\"", "x".repeat(75));
    assert!(lines[2].starts_with("  205 bytes from byte ") && lines[2].ends_with(&long), "{message}");
    assert!(
        lines[3].starts_with("  3 bytes from byte ") && lines[3].ends_with("they are no whole record"),
        "{message}"
    );
    assert!(lines[4].ends_with("the checksum is wrong"), "{message}");
    assert_eq!(lines[11], "  and 5 more");
    assert!(text.ends_with("damaged parts: 15.\n"), "{text}");
}

/// What a serial line in a terminal's mode makes of a capture: it turns carriage returns into line feeds, or keeps back the bytes of flow control.
#[test]
fn a_line_that_was_not_raw_is_named() {
    let device = Device { frames: 30, ..Device::new(16, 16, 3, Layout::Hwc) };
    let raw = device.frames().concat();
    let turned: Vec<u8> = raw.iter().map(|&byte| if byte == b'\r' { b'\n' } else { byte }).collect();
    let kept_back: Vec<u8> = raw.iter().copied().filter(|byte| ![0x11, 0x13].contains(byte)).collect();
    let mut noisy = raw.clone();
    for byte in noisy.iter_mut().step_by(100) {
        *byte ^= 0x40;
    }
    let folder = folder(&[("turned", &[turned]), ("kept-back", &[kept_back]), ("noisy", &[noisy])]);
    let remedy = "take the capture again after `stty -F DEVICE raw -echo`";
    for (capture, words) in
        [("turned", "bytes none is 0x0D: the serial line"), ("kept-back", "none is 0x11 or 0x13: the")]
    {
        let output = host(&["import", capture, "out"], folder.path());
        fails(&output, &[&format!("error: {capture} is not a capture"), words, remedy]);
    }
    let output = host(&["import", "noisy", "out"], folder.path());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!message.contains("serial line"), "{message}");
}

#[test]
fn what_is_no_capture_is_refused_and_leaves_nothing() {
    let small = Device { frames: 6, ..Device::new(8, 8, 3, Layout::Hwc) };
    let large = Device { frames: 6, ..Device::new(9, 8, 3, Layout::Hwc) };
    let planes = Device { frames: 6, ..Device::new(8, 8, 3, Layout::Chw) };
    let gray = Device { frames: 6, ..Device::new(8, 8, 1, Layout::Hwc) };
    let wide = Device { element: Element::Rgb565, ..gray };
    let folder = folder(&[
        ("empty", &[]),
        ("plans", &small.plans()),
        ("shapes", &[small.frames(), large.frames()].concat()),
        ("layouts", &[small.frames(), planes.frames()].concat()),
        ("elements", &[gray.frames(), wide.frames()].concat()),
        ("good", &small.frames()),
        ("noise", &[b"no record at all".to_vec()]),
    ]);
    let photo = RgbImage::from_fn(40, 30, |x, y| Rgb([x as u8, y as u8, (x * y) as u8]));
    photo.save(folder.path().join("photo.jpg")).unwrap();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/precious"), "precious").unwrap();

    let no_capture = "is not a capture, that is, a file of records from a device";
    for (capture, words) in [
        ("empty", &["error: empty ", no_capture, ": it is empty"][..]),
        ("noise", &["error: noise ", no_capture, "16 bytes from byte 0 on: text, \"no record at all\""]),
        ("photo.jpg", &["error: photo.jpg ", no_capture, "from byte 0 on: they are no whole record"]),
        ("plans", &["error: plans: it holds plans only, 6 of them; `"]),
        (
            "shapes",
            &["error: shapes: it holds frames of 8×8 pixels (3 × bytes, Hwc) and of 9×8 pixels (3 × bytes, Hwc)"],
        ),
        ("layouts", &["of 8×8 pixels (3 × bytes, Hwc) and of 8×8 pixels (3 × bytes, Chw)", "take a capture for each"]),
        ("elements", &["of 8×8 pixels (1 × bytes, Hwc) and of 8×8 pixels (1 × RGB565, Hwc)"]),
        ("nowhere", &["error: cannot read nowhere"]),
        ("full", &["error: cannot read full"]),
    ] {
        fails(&host(&["import", capture, "out"], folder.path()), words);
        assert!(!folder.path().join("out").exists(), "{capture}: a folder was left behind");
        // `--data` says what a photo is: `other_data` has the tests of that.
        if !["nowhere", "full", "photo.jpg"].contains(&capture) {
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
    let fields = [3, 42, 1, 7, 7];
    let frame = [&fields[..], &crc32fast::hash(&fields).to_le_bytes()].concat();
    assert!(!frame.contains(&0));
    let record = [&[0, frame.len() as u8 + 1][..], &frame, &[0]].concat();
    let folder =
        folder(&[("new.bin", std::slice::from_ref(&record)), ("both.bin", &[record.clone(), device.frame(0)])]);
    let words = ["10 bytes from byte 1 on: the record was written by a newer version, in format 3; update host"];
    fails(&host(&["import", "new.bin", "out"], folder.path()), &words);
    let (_, message) = succeeds(&["import", "both.bin", "out"], folder.path());
    assert!(message.contains(words[0]), "{message}");
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
