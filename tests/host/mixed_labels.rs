//! Images that were mixed before they came: their labels, from records and from tables, and what mixing them again makes of these.

use std::fs;

use cutmix_core::{Layout, Patch, Plan, paste};
use cutmix_record::Header;
use host::data::Dataset;
use host::pipeline::{in_order, label_into};
use image::{Rgb, RgbImage};
use tempfile::tempdir;

use crate::device::{Device, IMPORT, Line, error, fails, folder, load, succeeds};
use crate::program::host;

/// Chosen, cut off, looked at: what images show stays with them.
#[test]
fn labels_stay_with_their_images() {
    let device = Device { frames: 80, classes: 6, ..Device::new(16, 16, 3, Layout::Hwc) };
    let folder = folder(&[("capture.bin", &device.everything())]);
    let train = load(&folder.path().join("capture.bin"), 16).train;
    let chosen = train.select(&[5, 3, 30]);
    assert_eq!(chosen.all_contents(), [5, 3, 30].map(|at| train.contents(at)));
    let mut first = (*train).clone();
    first.truncate(7);
    assert_eq!(first.all_contents(), &train.all_contents()[..7]);
    assert!(train.mixed() > 0 && train.mixed() < train.len());
}

/// Of a frame that is no square its middle is trained on, and the label is that of the middle.
#[test]
fn the_label_is_of_what_is_seen() {
    for (width, height) in [(20, 8), (8, 20), (9, 20), (8, 8)] {
        let device = Device::new(width, height, 1, Layout::Hwc);
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
        succeeds(&IMPORT, folder.path());
        for name in ["capture.bin", "out"] {
            let side = width.min(height).max(8);
            let split = load(&folder.path().join(name), side);
            let mut found = 0;
            for at in 0..split.train.len() {
                let image = &split.train.image(at).unwrap()[..usize::from(side) * usize::from(side)];
                if !image.iter().all(|value| *value == 0 || *value == 255) {
                    continue;
                }
                let soft: [f32; 3] = soft_label(&split.train, at);
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

/// The label of an image as it is.
fn soft_label<const N: usize>(data: &Dataset, index: usize) -> [f32; N] {
    let mut soft = [0.0; N];
    label_into(&mut soft, data, &in_order(data.len(), data.shape())[index]);
    soft
}

/// The table says which images are mixed, if it is one of ours, and it must be right.
#[test]
fn a_table_is_held_to_its_images() {
    let device = Device::new(16, 16, 3, Layout::Hwc);
    let folder = folder(&[("capture.bin", &device.everything())]);
    succeeds(&IMPORT, folder.path());
    let out = folder.path().join("out");
    let path = out.join("train/labels.csv");
    let good = fs::read_to_string(&path).unwrap();
    let mixed = Dataset::mixed;
    assert_eq!(mixed(&load(&out, 16).train), 5);

    // Somebody else's, or none.
    for other in ["image,label\na.png,3\n", "", "\u{FEFF}file;class\n", "\0\u{1}"] {
        fs::write(&path, other).unwrap();
        assert_eq!(mixed(&load(&out, 16).train), 0, "{other:?}");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(mixed(&load(&out, 16).train), 0);

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
    // A row of an image that is not there: it may have been renamed, and would train with a hard label.
    let line = good.lines().find(|line| line.starts_with(&row["file"])).unwrap();
    fs::write(&path, good.clone() + &line.replace(&row["file"], "0/none.png")).unwrap();
    let message = error(&out);
    assert!(message.contains("0/none.png, which is not there"), "{message}");

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
        let soft: [f32; 2] = soft_label(&split.train, at);
        let bees =
            split.train.image(at).unwrap()[288..].iter().map(|blue| f32::from(u8::from(*blue == 100))).sum::<f32>()
                / 144.0;
        // λ is one rounding, and 1 − λ another; the share of bees one.
        assert!((soft[1] - bees).abs() <= 1.5 * f32::EPSILON, "{soft:?} for {bees}");
        mixed += usize::from(bees > 0.0 && bees < 1.0);
    }
    assert!(mixed > 5, "only {mixed} copies show both classes");
}
