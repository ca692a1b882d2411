//! What people give as `--data` that is no data set yet: it is told what it is, and what to do.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use host::data;
use tempfile::tempdir;

use crate::folder::numbered;

#[track_caller]
fn refused(path: &Path, words: &[&str]) {
    let message = format!("{:#}", data::load(path, 32, false, 0.0).expect_err("it was loaded"));
    assert!(!message.contains('\n'), "more than a line: {message}");
    for word in [&[path.file_name().unwrap().to_str().unwrap()], words].concat() {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    file.write_all(bytes).unwrap();
    file.finish().unwrap()
}

fn tar() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    tar.append_data(&mut header, "train/cat/a.png", &b"abc"[..]).unwrap();
    tar.into_inner().unwrap()
}

/// The beginning of a file of CIFAR-10's Python version: protocol 2, an empty dictionary, its first key.
const PICKLE: &[u8] =
    b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05(K\x06K\x09e.";

#[test]
fn files_that_are_no_capture_are_named_for_what_they_are() {
    let folder = tempdir().unwrap();
    let zip = b"PK\x03\x04\x14\0\0\0\0\0";
    let rows: [(&str, Vec<u8>, &[&str]); 14] = [
        ("images.zip", zip.to_vec(), &["a ZIP archive", "unpack it", "unzip"]),
        ("images.tar", tar(), &["a tar archive", "unpack it", "tar -xf"]),
        ("images.tar.gz", gzip(&tar()), &["a gzip archive", "unpack it", "tar -xf"]),
        ("download", gzip(&tar()), &["a gzip archive", "unpack it"]), // whatever it is called
        ("images.tar.bz2", b"BZh91AY&SY".to_vec(), &["a bzip2 archive", "unpack it"]),
        ("images.tar.xz", b"\xFD7zXZ\0\0".to_vec(), &["an xz archive", "unpack it"]),
        ("images.tar.zst", b"\x28\xB5\x2F\xFD\x04".to_vec(), &["a Zstandard archive", "unpack it"]),
        ("images.7z", b"7z\xBC\xAF\x27\x1C\0\x04".to_vec(), &["a 7-Zip archive", "unpack it"]),
        ("images.rar", b"Rar!\x1A\x07\x01\0".to_vec(), &["a RAR archive", "unpack it"]),
        ("cifar-10-binary.tar.gz", gzip(&tar()), &["a gzip archive", " fetch cifar10 DIR --from"]),
        ("cifar-10-python.tar.gz", gzip(&tar()), &["Python version", " fetch cifar10 DIR"]),
        ("data_batch_1.bin", [&[3][..], &[9; 3072], &[7], &[1; 3072]].concat(), &["one file of CIFAR-10", "folder"]),
        ("data_batch_1", PICKLE.to_vec(), &["pickle", "Python version", " fetch cifar10 DIR"]),
        ("photo.png", numbered(3), &["an image", "folder"]),
    ];
    for (name, bytes, words) in rows {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        refused(&path, words);
    }
}

#[test]
fn a_folder_of_what_is_not_read_is_named_for_what_it_is() {
    let parent = tempdir().unwrap();
    let python = parent.path().join("cifar-10-batches-py");
    fs::create_dir(&python).unwrap();
    fs::write(python.join("data_batch_1"), PICKLE).unwrap();
    fs::write(python.join("batches.meta"), PICKLE).unwrap();
    refused(&python, &["Python version", " fetch cifar10 DIR"]);
    refused(parent.path(), &["Python version", " fetch cifar10 DIR"]);

    // What a browser left there.
    let downloads = parent.path().join("downloads");
    fs::create_dir(&downloads).unwrap();
    fs::write(downloads.join("pictures.zip"), b"PK\x03\x04").unwrap();
    fs::write(downloads.join("notes.txt"), b"x").unwrap();
    refused(&downloads, &["pictures.zip", "a ZIP archive", "unpack it"]);
}
