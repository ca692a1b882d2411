//! Images in tar files beside their classes: the same data set as in folders, and whatever is wrong with a shard is said.

use std::fs;
use std::path::Path;
use std::process::Command;

use host::data::folder::Listing;
use host::data::{self, Origin};
use host::settings::{CachePlace, CacheSettings};
use tempfile::{TempDir, tempdir};

use crate::image_file::{gradient, png};
use crate::program::{assert_fails, host};

/// Names and bytes.
type Files = Vec<(&'static str, Vec<u8>)>;

/// A shard of `files` as the system's `tar` writes it.
fn shard(path: &Path, format: &str, files: &[(&str, Vec<u8>)]) {
    let folder = tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut tar = Command::new("tar");
    tar.arg(format!("--format={format}")).arg("-cf").arg(path).arg("-C").arg(folder.path());
    assert!(tar.args(files.iter().map(|(name, _)| name)).status().unwrap().success());
}

fn image(number: u32) -> Vec<u8> {
    let mut image = gradient(10 + number, 12);
    image.pixels_mut().for_each(|pixel| pixel.0[2] = number as u8);
    png(image)
}

/// 24 images in two shards of another format each, and the same in folders.
fn both(long: &str) -> (TempDir, TempDir) {
    let (packed, plain) = (tempdir().unwrap(), tempdir().unwrap());
    let mut shards: [Vec<(String, Vec<u8>)>; 3] = Default::default();
    for number in 0..30 {
        let (class, at) = ([10, 2, 0][number as usize % 3], number as usize / 12);
        let key = format!("{long}{number:06}");
        // The files of a sample may lie apart, and may be more than two.
        let ending = if number % 2 == 0 { "png" } else { "JPG" };
        shards[at].insert(0, (format!("{key}.{ending}"), image(number)));
        shards[at].push((
            format!("{key}.cls"),
            if number % 2 == 0 { format!("{class}\n") } else { class.to_string() }.into(),
        ));
        shards[at].push((format!("{key}.json"), b"{}".to_vec()));
        let part = ["train", "train", "test"][at];
        let folder = plain.path().join(format!("{part}/{class}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{number:06}.png")), image(number)).unwrap();
    }
    for (at, files) in shards.iter().enumerate() {
        let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        let path = packed.path().join(["train/000000.tar", "train/000001.tar", "test/000000.TAR"][at]);
        shard(&path, ["gnu", "posix", "ustar"][at], &files);
    }
    (packed, plain)
}

#[test]
fn shards_are_the_same_data_set_as_folders() {
    // Names of more than 100 bytes are written in another way.
    for long in [String::new(), "folder/".to_owned(), format!("{}/", "x".repeat(90))] {
        let (packed, plain) = both(&long);
        let [shards, folders] = [&packed, &plain].map(|folder| data::load(folder.path(), 16, false, 0.0).unwrap());
        assert_eq!(shards.classes, ["0", "2", "10"]);
        assert_eq!((shards.train.len(), shards.test.len()), (24, 6));
        for (shards, folders) in [(&shards.train, &folders.train), (&shards.test, &folders.test)] {
            assert_eq!(shards.labels().collect::<Vec<_>>(), folders.labels().collect::<Vec<_>>());
            for index in 0..shards.len() {
                assert_eq!(shards.image(index).unwrap(), folders.image(index).unwrap(), "image {index}");
            }
        }
    }
}

#[test]
fn shards_are_decoded_once_and_a_share_can_be_tested_on() {
    let (packed, _) = both("");
    let cache = CacheSettings { place: CachePlace::In(packed.path().join("cache")), in_memory: 0 };
    let read = || {
        let mut listing = Listing::of(&packed.path().join("train")).unwrap();
        (listing.read(16, false, &cache).unwrap().0, listing)
    };
    let (first, listing) = read();
    let path = packed.path().join("train/000000.tar/000000.png");
    assert_eq!(listing.origins(&path), [(); 2].map(|()| Origin::Image("000000.tar/000000.png".to_owned())));
    assert!(read().0 == first);
    let split = data::load(&packed.path().join("train"), 16, false, 0.25).unwrap();
    // A quarter, and at least one of each class.
    assert!(split.train.len() + split.test.len() == 24 && (6..=8).contains(&split.test.len()));
    let arguments = "train --data . --size 16 --depth 8 --epochs 1 --device cpu --out run --cache cache --batch-size 4";
    let output = host(&arguments.split(' ').collect::<Vec<_>>(), packed.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("24 files of type .json"));
}

#[test]
fn what_is_wrong_with_a_shard_is_said() {
    let good = [("1.png", image(1)), ("1.cls", b"0".to_vec()), ("2.png", image(2)), ("2.cls", b"1".to_vec())];
    let with = |more: &[(&'static str, &[u8])]| {
        let more = more.iter().map(|(name, bytes)| (*name, bytes.to_vec()));
        good.iter().cloned().chain(more).collect::<Vec<_>>()
    };
    let cases: [(Files, &[&str]); 7] = [
        (with(&[("3.png", &image(3))]), &["the image 3 has no 3.cls"]),
        (with(&[("3.cls", b"1")]), &["3.cls has no image"]),
        (with(&[("3.png", &image(3)), ("3.cls", b"cat")]), &["3.cls", "number of a class", "cat"]),
        (with(&[("3.png", &image(3)), ("3.cls", b"65536")]), &["3.cls", "number of a class"]),
        (with(&[("3.png", &image(3)), ("3.cls", &[0xFF, 0xFE])]), &["3.cls is no text"]),
        (with(&[("1.jpg", &image(3))]), &["1.png", "1.jpg", "one sample"]),
        (with(&[("3.png", b"no image"), ("3.cls", b"1")]), &["3.png is not a whole image"]),
    ];
    for (files, words) in cases {
        let folder = tempdir().unwrap();
        let path = folder.path().join("a.tar");
        shard(&path, "gnu", &files);
        let loaded = data::load(folder.path(), 16, false, 0.5);
        let message = format!("{:#}", loaded.unwrap_err());
        assert!(words.iter().all(|word| message.contains(word)) && message.contains("a.tar"), "{message}");
    }

    let folder = tempdir().unwrap();
    let path = folder.path().join("a.tar");
    shard(&path, "gnu", &good);
    let whole = fs::read(&path).unwrap();
    // Within a header, an image, or between two files, where only the zeros that end a tar file are missing.
    for cut in (512..whole.len() - 1024).step_by(256).filter(|&cut| whole[cut..].iter().any(|&byte| byte > 0)) {
        fs::write(&path, &whole[..cut]).unwrap();
        let message = format!("{:#}", data::load(folder.path(), 16, false, 0.5).unwrap_err());
        assert!(message.contains("a.tar") && message.contains("fetch it again"), "{cut}: {message}");
    }
    fs::write(
        &path,
        b"no tar file at all, but some text that is long enough to be read as one if nobody looks at it".repeat(9),
    )
    .unwrap();
    let message = format!("{:#}", data::load(folder.path(), 16, false, 0.5).unwrap_err());
    assert!(message.contains("a.tar") && message.contains("no whole tar file"), "{message}");
    // Without a part to test on, it is said where the shards go.
    fs::write(&path, &whole).unwrap();
    assert_fails(
        &host(&["train", "--data", "."], folder.path()),
        &["tar files", "/train and", "/test, or", "--set test=0.2"],
    );
}
