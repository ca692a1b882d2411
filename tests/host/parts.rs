//! Which folders are trained on, validated with and tested on; and data that come without test images.

use std::fs;
use std::path::Path;

use cutmix_record::STRETCH;
use host::data::load;
use image::{Rgb, RgbImage};
use tempfile::{TempDir, tempdir};

use crate::program::{assert_fails, host};

/// A folder of images of one color each, `PATH NUMBER` for every one.
fn images(files: &[(&str, u8)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (path, number) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        RgbImage::from_pixel(8, 8, Rgb([*number; 3])).save(path).unwrap();
    }
    folder
}

fn error(dir: &Path, test: f64) -> String {
    format!("{:#}", load(dir, 8, false, test).expect_err("it was loaded"))
}

/// The first byte of each image, sorted.
fn numbers(data: &host::data::Dataset) -> Vec<u8> {
    let mut numbers: Vec<u8> = (0..data.len()).map(|index| data.image(index).unwrap()[0]).collect();
    numbers.sort_unstable();
    numbers
}

const TRAIN: [(&str, u8); 4] = [("train/a/1.png", 1), ("train/a/2.png", 2), ("train/b/3.png", 3), ("train/b/4.png", 4)];

#[test]
fn a_folder_of_validation_images_is_the_validation_set() {
    for name in ["val", "valid", "validation"] {
        let (one, two) = (format!("{name}/a/5.png"), format!("{name}/b/6.png"));
        let folder = images(&[&TRAIN[..], &[(&one, 5), (&two, 6), ("test/a/7.png", 7)]].concat());
        let split = load(folder.path(), 8, false, 0.0).unwrap();
        assert_eq!(numbers(split.validation.as_ref().unwrap()), [5, 6]);
        // It wins over a share, which would take training images.
        let held = split.hold_out(0.5, STRETCH, 1).unwrap();
        assert_eq!((numbers(&held.train), numbers(&held.validation.unwrap())), (vec![1, 2, 3, 4], vec![5, 6]));
        let line =
            "train --data . --size 8 --depth 8 --epochs 1 --batch-size 2 --device cpu --set validation=0.5 --out run";
        let output = host(&line.split(' ').collect::<Vec<_>>(), folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stderr).contains("validation = 0.5 is not used"), "{name}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("4 training, 2 validation and 1 test images"));
    }
    let two = images(&[&TRAIN[..], &[("val/a/5.png", 5), ("valid/a/6.png", 6), ("test/a/7.png", 7)]].concat());
    let message = error(two.path(), 0.0);
    assert!(
        message.contains("more than one folder of validation images") && message.contains("valid; leave one"),
        "{message}"
    );
    // What is to be scored may be in training too: that is counted.
    let copied = images(&[&TRAIN[..], &[("val/a/copy.png", 2), ("val/b/6.png", 6), ("test/a/8.png", 6)]].concat());
    let split = load(copied.path(), 8, false, 0.0).unwrap();
    assert_eq!((split.seen_validation_images, split.seen_test_images), (1, 1));
    // An image that is in both is one image.
    let copied = images(&[&TRAIN[..], &[("val/a/copy.png", 2), ("test/a/8.png", 2)]].concat());
    let split = load(copied.path(), 8, false, 0.0).unwrap();
    assert_eq!((split.seen_validation_images, split.seen_test_images), (1, 1));
}

#[test]
fn without_test_images_a_share_is_split_off_if_asked_for() {
    let folder = images(&[&TRAIN[..], &[("val/a/5.png", 5), ("notes/x/9.png", 9)]].concat());
    let message = error(folder.path(), 0.0);
    for word in ["no folder test/", "notes/, train/, val/", "--set test=0.2"] {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
    let split = load(folder.path(), 8, false, 0.5).unwrap();
    assert_eq!((split.train.len(), split.test.len()), (2, 2));
    assert_eq!([numbers(&split.train), numbers(&split.test)].concat().iter().map(|n| u32::from(*n)).sum::<u32>(), 10);
    assert_eq!(
        numbers(&load(folder.path(), 8, false, 0.5).unwrap().test),
        numbers(&split.test),
        "the same ones every time"
    );

    // Class folders without more around them.
    let files: Vec<(String, u8)> =
        (0..20).map(|n| (format!("{}/{n}.png", ["cat", "dog"][usize::from(n % 2)]), n)).collect();
    let files: Vec<(&str, u8)> = files.iter().map(|(path, number)| (path.as_str(), *number)).collect();
    let flat = images(&files);
    assert!(error(flat.path(), 0.0).contains("--set test=0.2"));
    let split = load(flat.path(), 8, false, 0.2).unwrap();
    assert_eq!((split.train.len(), split.test.len(), split.classes.len()), (16, 4, 2));

    let whole = images(&[&TRAIN[..], &[("test/a/7.png", 7)]].concat());
    assert!(error(whole.path(), 0.2).contains("holds test images"));
    let no_train = images(&[("test/a/7.png", 7), ("a/1.png", 1)]);
    assert!(error(no_train.path(), 0.2).contains("no train/"));
    let line = "train --set test=0.2 --device cpu";
    assert_fails(
        &host(&line.split(' ').collect::<Vec<_>>(), flat.path()),
        &["the embedded data set comes with test images"],
    );
}

/// Twelve classes called by numbers come as numbers.
#[test]
fn classes_that_are_numbers_are_in_their_order() {
    let names: Vec<String> = (0..12).flat_map(|n| [format!("train/{n}/x.png"), format!("test/{n}/y.png")]).collect();
    let files: Vec<(&str, u8)> = names.iter().zip(1..).map(|(name, number)| (name.as_str(), number)).collect();
    let folder = images(&files);
    let split = load(folder.path(), 8, false, 0.0).unwrap();
    assert_eq!(split.classes, (0..12).map(|n| n.to_string()).collect::<Vec<_>>());
    for data in [&split.train, &split.test] {
        assert!((0..12).all(|index| data.label(index) == index as u16));
    }
    // Numbered images of class n: 1, 3, 5, … to train on.
    assert!((0..12).all(|index| split.train.image(index).unwrap()[0] == 2 * index as u8 + 1));
    let mixed = images(&[("train/10/1.png", 1), ("train/9/2.png", 2), ("train/x/3.png", 3), ("test/x/4.png", 4)]);
    assert_eq!(load(mixed.path(), 8, false, 0.0).unwrap().classes, ["10", "9", "x"]);
}

/// é as one letter on one system, as e and an accent on another.
#[test]
fn names_that_look_the_same_are_told_apart() {
    let folder = images(&[("train/caf\u{e9}/1.png", 1), ("train/b/2.png", 2), ("test/cafe\u{301}/3.png", 3)]);
    let message = error(folder.path(), 0.0);
    assert!(message.contains("looks the same") && message.contains("NFC"), "{message}");
}

#[test]
fn augment_refuses_parts_of_a_data_set_as_classes() {
    for part in ["Train", "Test", "val", "training"] {
        let name = format!("src/{part}/1.png");
        let folder = images(&[(&name, 1), ("src/cat/2.png", 2)]);
        let output = host(&["augment", "src", "out", "--copies", "1", "--size", "8"], folder.path());
        assert_fails(&output, &[part, "looks like a part of a data set"]);
        assert!(!folder.path().join("out").exists());
    }
}
