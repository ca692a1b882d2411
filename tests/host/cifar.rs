//! CIFAR-10's binary format, on files made here: the layout is the one that the data set's page describes.

use std::fs;
use std::path::Path;

use host::data::Dataset;
use host::data::cifar::{load, parse, shape};
use tempfile::tempdir;

/// One record: a label, a red, a green and a blue plane. Each value tells where it stands.
fn record(label: u8) -> Vec<u8> {
    let mut bytes = vec![label];
    for plane in 0..3_u32 {
        bytes.extend((0..1024_u32).map(|at| (plane * 80 + (at / 32) * 2 + at % 32 / 16) as u8));
    }
    bytes
}

/// A folder with all six files, `records` records each.
fn write_files(folder: &Path, records: u8) {
    for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"] {
        let bytes: Vec<u8> = (0..records).flat_map(|number| record(number % 10)).collect();
        fs::write(folder.join(format!("{name}.bin")), bytes).unwrap();
    }
}

fn error(folder: &Path) -> String {
    format!("{:#}", load(folder).unwrap_err())
}

#[test]
fn a_record_is_a_label_and_three_planes_row_by_row() {
    let mut images = Dataset::with_capacity(shape(), 0);
    parse(&[record(7), record(2)].concat(), &mut images).unwrap();
    assert_eq!((images.len(), images.label(0), images.label(1)), (2, 7, 2));
    let image = images.image(1).unwrap();
    let at = |plane: usize, row: usize, column: usize| image[(plane * 32 + row) * 32 + column];
    assert_eq!((at(0, 0, 0), at(0, 0, 31), at(0, 5, 0)), (0, 1, 10), "red");
    assert_eq!((at(1, 0, 0), at(1, 31, 31)), (80, 143), "green");
    assert_eq!((at(2, 0, 0), at(2, 3, 16)), (160, 167), "blue");
}

#[test]
fn the_training_set_is_the_five_files_in_order() {
    let folder = tempdir().unwrap();
    let inner = folder.path().join("cifar-10-batches-bin");
    fs::create_dir(&inner).unwrap();
    write_files(&inner, 2);
    fs::write(inner.join("data_batch_3.bin"), record(9)).unwrap();
    for dir in [folder.path(), &inner] {
        let split = load(dir).unwrap();
        let labels: Vec<u16> = (0..split.train.len()).map(|index| split.train.label(index)).collect();
        assert_eq!(labels, [0, 1, 0, 1, 9, 0, 1, 0, 1]);
        assert_eq!(split.test.len(), 2);
        assert_eq!(split.classes[3], "cat");
    }
}

#[test]
fn a_truncated_file_is_named_with_its_length() {
    let folder = tempdir().unwrap();
    write_files(folder.path(), 2);
    let file = folder.path().join("data_batch_4.bin");
    for length in [0, 1, 3072, 3074, 6145] {
        fs::write(&file, &[record(1), record(2)].concat()[..length]).unwrap();
        let message = error(folder.path());
        assert!(message.contains("data_batch_4.bin"), "{message}");
        assert!(message.contains(&format!("{length} bytes")), "{message}");
    }
}

#[test]
fn a_label_that_no_class_has_is_an_error() {
    let folder = tempdir().unwrap();
    write_files(folder.path(), 3);
    fs::write(folder.path().join("test_batch.bin"), [record(3), record(10)].concat()).unwrap();
    let message = error(folder.path());
    assert!(message.contains("test_batch.bin") && message.contains("record 1 has label 10"), "{message}");
}

#[test]
fn a_missing_file_and_a_missing_folder_are_named() {
    let folder = tempdir().unwrap();
    assert!(error(folder.path()).contains("no CIFAR-10 in"), "{}", error(folder.path()));
    assert!(error(&folder.path().join("nowhere")).contains("nowhere"));
    write_files(folder.path(), 1);
    fs::remove_file(folder.path().join("data_batch_5.bin")).unwrap();
    assert!(error(folder.path()).contains("data_batch_5.bin"), "{}", error(folder.path()));
}
