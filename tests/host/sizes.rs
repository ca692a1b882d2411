//! Images that are no squares: what of them is shown, and a network that is trained on them.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use host::data::image_file::decode;
use host::settings::{Fit, Resize, Size};
use image::{ImageFormat, Rgb, RgbImage, imageops};
use tempfile::tempdir;

use crate::device::{fails, succeeds};
use crate::program::host;

fn png(image: &RgbImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 6) as u8, (y * 7) as u8, ((x * y) % 251) as u8]))
}

fn resize(width: u16, height: u16, fit: Fit) -> Resize {
    Resize { size: Size { width, height }, fit, channels: 3 }
}

/// To crop is to cut first and then to stretch, to pad is to stretch into a part; and what has the right size is not touched.
#[test]
fn every_fit_is_a_stretched_part() {
    let image = picture(40, 30);
    let stretched = |image: &RgbImage, width, height| decode(&png(image), resize(width, height, Fit::Stretch)).unwrap();
    for (width, height, [left, top, wide, high]) in [
        (24, 16, [0, 2, 40, 26]), // 26.67 rows, rounded down, and of the four that are left over two above
        (16, 24, [10, 0, 20, 30]),
        (16, 16, [5, 0, 30, 30]),
        (1024, 8, [0, 14, 40, 1]), // a third of a row, but one at least
        (20, 15, [0, 0, 40, 30]),
    ] {
        let part = imageops::crop_imm(&image, left, top, wide, high).to_image();
        let cropped = decode(&png(&image), resize(width, height, Fit::Crop)).unwrap();
        assert!(cropped == stretched(&part, width, height), "{width}×{height}");
    }
    for (width, height, [left, top, wide, high]) in [
        (24_u16, 16_u16, [1, 0, 21, 16]), // 21.33 columns, and of the three black ones one to the left
        (16, 24, [0, 6, 16, 12]),
        (16, 16, [0, 2, 16, 12]),
        (20, 15, [0, 0, 20, 15]),
        (80, 61, [0, 0, 80, 60]),
    ] {
        let padded = decode(&png(&image), resize(width, height, Fit::Pad)).unwrap();
        let part = stretched(&image, wide, high);
        let [left, top, wide, high, width, height] = [left, top, wide, high, width, height].map(usize::from);
        for (at, &value) in padded.iter().enumerate() {
            let (channel, x, y) = (at / (width * height), at % width, at / width % height);
            let inside = (left..left + wide).contains(&x) && (top..top + high).contains(&y);
            let expected = if inside { part[(channel * high + y - top) * wide + x - left] } else { 0 };
            assert_eq!(value, expected, "{width}×{height}: {channel} {x} {y}");
        }
    }
    for fit in [Fit::Crop, Fit::Pad, Fit::Stretch] {
        let planes = decode(&png(&image), resize(40, 30, fit)).unwrap();
        assert!(image.pixels().zip(0..).all(|(pixel, at)| pixel.0 == [0, 1, 2].map(|plane| planes[plane * 1200 + at])));
    }
}

/// Two classes that differ at the right edge alone, which the middle square has not: cropped, they are one, and padded they are told apart.
fn edges(folder: &Path) {
    for (part, images) in [("train", 24), ("test", 10)] {
        for class in ["dark", "light"] {
            fs::create_dir_all(folder.join(part).join(class)).unwrap();
            for number in 0..images {
                let edge = if class == "light" { 230 } else { 20 };
                let image = RgbImage::from_fn(36, 16, |x, y| {
                    let noise = (x * 13 + y * 29 + number * 57) % 90;
                    Rgb([if x >= 27 { edge } else { 60 + noise as u8 }; 3])
                });
                image.save(folder.join(part).join(class).join(format!("{number}.png"))).unwrap();
            }
        }
    }
}

#[test]
fn a_network_is_trained_asked_and_exported_for_images_that_are_no_squares() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    edges(&folder.join("data"));
    let train = [
        "train",
        "--data",
        "data",
        "--no-cutmix",
        "--depth",
        "8",
        "--epochs",
        "12",
        "--batch-size",
        "8",
        "--device",
        "cpu",
        "--set",
        "norm-momentum=0.5",
    ];
    for (size, fit, learned) in [("24x12", "pad", true), ("12x8", "stretch", true), ("12", "crop", false)] {
        let run = format!("run-{size}-{fit}");
        succeeds(&[&train[..], &["--size", size, "--fit", fit, "--out", &run]].concat(), folder);
        let (text, _) = succeeds(&["evaluate", &run, "--json"], folder);
        let scores: serde_json::Value = serde_json::from_str(&text).unwrap();
        let accuracy = scores[0]["test"]["accuracy"].as_f64().unwrap();
        assert!(if learned { accuracy > 0.99 } else { accuracy <= 0.8 }, "{size} {fit}: {text}");

        // The same when asked picture by picture.
        let (text, _) = succeeds(&["predict", &run, "data/test", "--csv", "--top", "1"], folder);
        let right = text.lines().skip(1).filter(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            cells[0].contains(&format!("/{}/", cells[2]))
        });
        assert!((right.count() as f64 / 20.0 - accuracy).abs() < 1e-6, "{text}");
        succeeds(&["export", &run, "--safetensors", &format!("{run}.safetensors")], folder);
        let data: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(folder.join(&run).join("seed-42/data.json")).unwrap()).unwrap();
        let sides: Vec<u16> = size.split('x').map(|side| side.parse().unwrap()).collect();
        assert_eq!(data["size"], serde_json::json!([sides[0], sides[sides.len() - 1]]));
        assert_eq!(data["fit"], fit);
        let config = fs::read_to_string(folder.join(&run).join("config.toml")).unwrap();
        let written = if sides.len() == 1 { "size = 12".to_owned() } else { format!("size = \"{size}\"") };
        assert!(config.contains(&written) && config.contains(&format!("fit = \"{fit}\"")), "{config}");
    }
    succeeds(&["train", "--resume", "run-24x12-pad"], folder);
    succeeds(&["augment", "data", "copies", "--copies", "1", "--size", "24x12", "--fit", "pad"], folder);
    let copy = image::open(folder.join("copies/dark/000000-0.png")).unwrap();
    assert_eq!((copy.width(), copy.height()), (24, 12));
}

#[test]
fn what_is_no_size_is_refused() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    edges(&folder.join("data"));
    for (size, words) in
        [("7x32", "images cannot be 7×32 pixels here; take 8 to 1024"), ("32x1025", "cannot be 32×1025 pixels")]
    {
        fails(
            &host(&["train", "--data", "data", "--size", size], folder),
            &[&format!("error: --size {size}: "), words],
        );
    }
    for size in ["32x", "x", "a", "1x2x3", "-3", "70000"] {
        let output = host(&["train", "--data", "data", &format!("--size={size}")], folder);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains("is no size; take a side in pixels, as 32, or WIDTHxHEIGHT, as 96x64"), "{message}");
        assert_eq!(output.status.code(), Some(2));
    }
    fails(&host(&["train", "--data", "data", "--set", "size=\"32y8\""], folder), &["size", "is no size; take"]);
    fails(&host(&["train", "--data", "data", "--set", "fit=squeeze"], folder), &["fit", "squeeze"]);
    fails(
        &host(&["train", "--size", "40x32"], folder),
        &["--size 40x32: the pictures of the embedded data set are 32×32 pixels"],
    );
    fails(
        &host(&["train", "--data", "data", "--size", "8x32", "--set", "shift=8"], folder),
        &["shift is 8; it must be less than the side of the images, 8"],
    );
}

/// Gray images train with one channel, in color they become gray as by Pillow's `convert("L")`, whose integers are written out here.
#[test]
fn gray_images_are_one_channel() {
    let image = picture(20, 16);
    let gray = decode(&png(&image), Resize { channels: 1, ..resize(20, 16, Fit::Crop) }).unwrap();
    for (pixel, have) in image.pixels().zip(&gray) {
        let [red, green, blue] = pixel.0.map(u32::from);
        assert_eq!(u32::from(*have), (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16);
    }
    let same = RgbImage::from_fn(9, 9, |x, y| Rgb([(x * 20 + y) as u8; 3]));
    let padded = decode(&png(&same), Resize { channels: 1, ..resize(13, 9, Fit::Pad) }).unwrap();
    for (at, &value) in padded.iter().enumerate() {
        let (x, y) = (at % 13, at / 13);
        assert_eq!(value, if (2..11).contains(&x) { ((x - 2) * 20 + y) as u8 } else { 0 });
    }

    let folder = tempdir().unwrap();
    let folder = folder.path();
    edges(&folder.join("data"));
    let train = [
        "train",
        "--data",
        "data",
        "--size",
        "24x12",
        "--fit",
        "pad",
        "--depth",
        "8",
        "--epochs",
        "12",
        "--batch-size",
        "8",
        "--device",
        "cpu",
    ];
    let one = ["--channels", "1", "--set", "norm-momentum=0.5", "--set", "standardise=true"];
    succeeds(&[&train[..], &one, &["--no-cutmix", "--out", "run"]].concat(), folder);
    let (text, _) = succeeds(&["evaluate", "run", "--data", "data", "--json"], folder);
    let scores: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(scores[0]["test"]["accuracy"].as_f64().unwrap() > 0.99, "{text}");
    let (text, _) = succeeds(&["predict", "run", "data/test/light/1.png", "--csv", "--top", "1"], folder);
    assert!(text.contains("light"), "{text}");
    let data: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("run/seed-42/data.json")).unwrap()).unwrap();
    assert_eq!(data["normalization"]["mean"].as_array().unwrap().len(), 1);
    succeeds(&["export", "run", "--safetensors", "run.safetensors"], folder);
    succeeds(&["train", "--resume", "run"], folder);

    let begin = [&train[..], &["--no-cutmix", "--out", "other", "--init", "run"]].concat();
    fails(
        &host(&begin, folder),
        &["--init ", "that network takes images of 1 channels, and these have 3; take --channels 1"],
    );
    fails(&host(&["train", "--data", "data", "--channels", "2"], folder), &["channels is 2; images have 3, or 1"]);
    fails(
        &host(&["train", "--channels", "1"], folder),
        &["--channels 1: the pictures of the embedded data set are 32×32 pixels in color"],
    );
}
