//! Decoded images in a file: the same images, and the same network, as without; and whatever happens to the file, nothing wrong is read from it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use cutmix_core::{Stream, uniform_below};
use host::data::folder::Listing;
use host::data::{Dataset, Split, folder};
use host::settings::{CachePlace, CacheSettings, Fit, Resize, Size};
use image::{Rgb, RgbImage};
use tempfile::{TempDir, tempdir};

use crate::folder::tree;
use crate::image_file::{gradient, png};
use crate::program::{command, files, host};

/// Kept in `folder`, and held in memory up to so many MiB.
fn kept(folder: &Path, in_memory: u32) -> CacheSettings {
    CacheSettings { place: CachePlace::In(folder.to_owned()), in_memory }
}

/// Three classes of images of other sizes than that they are resized to, in two parts, with a test image that is a copy of one to train on.
fn images() -> TempDir {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for number in 0..21_u32 {
        let mut image = gradient(20 + number, 25);
        image.put_pixel(0, 0, Rgb([number as u8, 1, 2]));
        let part = if number < 15 { "train" } else { "test" };
        all.push((format!("{part}/{}/{number:02}.png", ["a", "b", "c"][number as usize % 3]), png(image)));
    }
    all.push(("test/a/copy.png".to_owned(), all[0].1.clone()));
    tree(&all.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect::<Vec<_>>())
}

fn load(data: &Path, cache: &CacheSettings) -> Result<Split, String> {
    let stretch = cutmix_record::STRETCH;
    let split = folder::load_first(data, 16.into(), false, 0.0, stretch, [None, None], cache);
    split.map(|(split, _)| split).map_err(|error| format!("{error:#}"))
}

#[track_caller]
fn assert_same(one: &Split, other: &Split) {
    let parts = |split: &Split| [split.train.clone(), split.test.clone()];
    for (one, other) in parts(one).iter().zip(parts(other)) {
        assert_eq!(one.len(), other.len());
        assert!(**one == *other, "other images");
        assert_eq!(one.crc32(), other.crc32());
    }
    assert_eq!((one.seen_test_images, &one.classes), (other.seen_test_images, &other.classes));
}

/// The one cache of the training images in `folder`.
fn file_of(folder: &Path, part: &str) -> PathBuf {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_part = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.contains(&format!("-{part}-")) && name.ends_with(".images")
    };
    let found: Vec<PathBuf> = paths.filter(of_part).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// The checksum of all bytes is that of `crc32fast` over them, and the digest's sums are what a loop counts.
#[test]
fn digests_are_of_the_bytes() {
    let data = images();
    for size in [Size::square(16), Size { width: 12, height: 9 }] {
        for channels in [1, 3] {
            let resize = Resize { size, fit: Fit::Pad, channels };
            let (images, _) =
                Listing::of(&data.path().join("train")).unwrap().read(resize, false, &CacheSettings::off()).unwrap();
            let all: Vec<u8> = (0..images.len()).flat_map(|index| images.image(index).unwrap().into_owned()).collect();
            assert_eq!(images.crc32(), crc32fast::hash(&all));
            for index in 0..images.len() {
                let (mut sums, mut squares) = ([0; 3], [0; 3]);
                for (at, &byte) in images.image(index).unwrap().iter().enumerate() {
                    let channel = at / (usize::from(size.width) * usize::from(size.height));
                    sums[channel] += u64::from(byte);
                    squares[channel] += u64::from(byte) * u64::from(byte);
                }
                assert_eq!((images.digest(index).sums, images.digest(index).squares), (sums, squares));
            }
        }
    }
}

#[test]
fn a_cache_gives_the_same_images_again_without_decoding() {
    let (data, cache) = (images(), tempdir().unwrap());
    let plain = load(data.path(), &CacheSettings::off()).unwrap();
    assert_eq!((plain.train.len(), plain.test.len(), plain.seen_test_images), (15, 7, 1));
    assert_same(&load(data.path(), &kept(cache.path(), 512)).unwrap(), &plain);
    // Other bytes of the same length with the same time would be decoded to something else, if they were decoded.
    let path = data.path().join("train/a/00.png");
    let (before, time) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    let set = |bytes: &[u8], time: SystemTime| {
        fs::write(&path, bytes).unwrap();
        File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
    };
    set(&vec![0; before.len()], time);
    for in_memory in [512, 0] {
        assert_same(&load(data.path(), &kept(cache.path(), in_memory)).unwrap(), &plain);
    }
    // Another time, or another length, and it is decoded.
    set(&vec![0; before.len()], time + Duration::from_millis(1));
    assert!(load(data.path(), &kept(cache.path(), 0)).unwrap_err().contains("a/00.png is not a whole image"));
    set(&[&before[..], b"more"].concat(), time);
    assert_same(&load(data.path(), &kept(cache.path(), 0)).unwrap(), &plain);
    // So it is if there is one image more, or another size is asked for.
    fs::write(data.path().join("train/b/new.png"), png(gradient(5, 5))).unwrap();
    assert_eq!(load(data.path(), &kept(cache.path(), 0)).unwrap().train.len(), 16);
    let other = Listing::of(&data.path().join("train")).unwrap().read(8, false, &kept(cache.path(), 0)).unwrap().0;
    assert_eq!(other.shape().width(), 8);
}

/// Held out by number: both parts share one store, and what is read is what was there.
#[test]
fn held_out_images_are_read_from_the_same_file() {
    let (data, cache) = (images(), tempdir().unwrap());
    let of =
        |cache: &CacheSettings| load(data.path(), cache).unwrap().hold_out(0.3, cutmix_record::STRETCH, 7).unwrap();
    let (plain, from_file) = (of(&CacheSettings::off()), of(&kept(cache.path(), 0)));
    assert_same(&plain, &from_file);
    assert!(*plain.validation.unwrap() == *from_file.validation.unwrap());
    drop(fs::remove_dir_all(cache.path()));
    // An open file stays; the page of a removed one is still read.
    assert!(*plain.train == *from_file.train);
}

/// A byte changed anywhere, or the end cut off anywhere: the images are those that they were, or a sentence says which file to remove.
#[test]
fn a_damaged_cache_never_gives_other_images() {
    let (data, cache) = (images(), tempdir().unwrap());
    let plain = load(data.path(), &kept(cache.path(), 0)).unwrap();
    let path = file_of(cache.path(), "train");
    let whole = fs::read(&path).unwrap();
    let pixels = 15 * 768;
    let rng = &mut Stream::new(1, 0, 0);
    let (mut said, mut anew) = (0, 0);
    for round in 0..400 {
        let at = match round {
            0..200 => uniform_below(whole.len() as u32, rng) as usize,
            // The index and the end, each byte of which counts.
            _ => whole.len() - 1 - (round - 200),
        };
        let mut damaged = whole.clone();
        if round % 2 == 0 {
            damaged[at] ^= 1 << uniform_below(8, rng);
        } else {
            damaged.truncate(at);
        }
        fs::write(&path, &damaged).unwrap();
        for in_memory in [0, 512] {
            let again = load(data.path(), &kept(cache.path(), in_memory));
            match again {
                Ok(split) => {
                    for index in 0..15 {
                        match split.train.image(index) {
                            Ok(image) => assert_eq!(image, plain.train.image(index).unwrap(), "byte {at}"),
                            Err(error) => {
                                let text = format!("{error:#}");
                                assert!(text.contains("is damaged") && text.contains("remove the file"), "{text}");
                                assert!(at < pixels && in_memory == 0);
                                said += 1;
                            }
                        }
                    }
                }
                // Two images of one digest were looked at.
                Err(text) => assert!(text.contains("is damaged") && text.contains("remove the file"), "{text}"),
            }
            anew += usize::from(fs::read(&path).unwrap() == whole);
        }
    }
    assert!(said > 20 && anew > 500, "{said} said, {anew} made anew");
}

/// Who comes second waits for the first; of two that write at once, none reads half of it.
#[test]
fn many_at_once_read_the_same() {
    let (data, cache) = (images(), tempdir().unwrap());
    let plain = load(data.path(), &CacheSettings::off()).unwrap();
    thread::scope(|scope| {
        for number in 0..8 {
            let (plain, data, cache) = (&plain, data.path(), cache.path());
            scope.spawn(move || {
                for _ in 0..3 {
                    assert_same(&load(data, &kept(cache, 512 * (number % 2))).unwrap(), plain);
                }
            });
        }
    });
    let names: Vec<String> = files(cache.path()).into_keys().collect();
    assert!(names.len() == 4 && !names.iter().any(|name| name.contains(".part")), "{names:?}");
}

/// A limit on the size of a file stands for a full disk.
#[test]
fn a_full_disk_is_said_and_leaves_nothing() {
    let (data, cache) = (images(), tempdir().unwrap());
    let script = r#"ulimit -f 8; trap '' XFSZ; exec "$@""#;
    let mut limited = Command::new("sh");
    limited.args(["-c", script, "sh", env!("CARGO_BIN_EXE_host-under-test")]);
    limited.args(["train", "--size", "16", "--epochs", "1", "--device", "cpu", "--out"]).arg(cache.path().join("run"));
    limited.arg("--data").arg(data.path()).arg("--cache").arg(cache.path());
    let output = limited.output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    let words = ["error: the decoded images cannot be kept", "--cache", "--no-cache", "cannot write"];
    assert!(!output.status.success() && words.iter().all(|word| message.contains(word)), "{message}");
    let names: Vec<String> = files(cache.path()).into_keys().filter(|name| !name.contains(".lock")).collect();
    assert_eq!(names, [""; 0]);
}

/// From memory, and from a file that is never held: the same weights, bit for bit.
#[test]
fn the_network_is_the_same_with_and_without_a_cache() {
    let folder = images();
    let train = |out: &str, more: &[&str]| {
        let arguments = ["train", "--data", ".", "--size", "16", "--epochs", "2", "--depth", "8", "--batch-size", "4"];
        let more = [&arguments[..], &["--device", "cpu", "--recipe", "strong", "--out", out], more].concat();
        let output = host(&more, folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (fs::read(folder.path().join(out).join("seed-42/cutmix/model.safetensors")).unwrap(), output.stderr)
    };
    let hold_out = ["--set", "validation=0.2"];
    let (plain, _) = train("plain", &[&hold_out[..], &["--no-cache"]].concat());
    let cached = [&hold_out[..], &["--cache", "cache", "--set", "in-memory=0"]].concat();
    let (first, said) = train("first", &cached);
    assert!(String::from_utf8_lossy(&said).contains("Decoding 15 images into"));
    let (second, said) = train("second", &cached);
    assert!(!String::from_utf8_lossy(&said).contains("Decoding"));
    assert!(first == plain && second == plain, "other weights");
    // A small set leaves nothing with the user unless a folder was named.
    let home = tempdir().unwrap();
    let mut plain = command(&["train", "--data", ".", "--size", "16", "--epochs", "1", "--depth", "8"], folder.path());
    plain.args(["--device", "cpu", "--out", "last"]).env("HOME", home.path()).env("XDG_CACHE_HOME", home.path());
    assert!(plain.output().unwrap().status.success());
    assert!(files(home.path()).is_empty());
}

/// Files that are no images are left out again, and said again, by a start that decodes nothing.
#[test]
fn what_was_left_out_is_left_out_again() {
    let (data, cache) = (images(), tempdir().unwrap());
    fs::write(data.path().join("train/a/00.png"), b"no image").unwrap();
    let read = |skip_bad, cache: &CacheSettings| {
        let mut listing = Listing::of(&data.path().join("train")).unwrap();
        let read: anyhow::Result<(Dataset, Vec<String>)> = listing.read(16, skip_bad, cache);
        read.map(|(images, skipped)| (images, skipped, listing.files)).map_err(|error| format!("{error:#}"))
    };
    let plain = read(true, &CacheSettings::off()).unwrap();
    assert_eq!((plain.0.len(), plain.1.len(), plain.2.len()), (14, 1, 14));
    for _ in 0..2 {
        let again = read(true, &kept(cache.path(), 0)).unwrap();
        assert!(again == plain);
        assert!(read(false, &kept(cache.path(), 0)).unwrap_err().contains("a/00.png is not a whole image"));
    }
    let image = RgbImage::from_pixel(16, 16, Rgb([9; 3]));
    fs::write(data.path().join("train/a/00.png"), png(image)).unwrap();
    assert_eq!(read(true, &kept(cache.path(), 0)).unwrap().0.len(), 15);
}

/// What is not decoded is not kept, and nobody is left to think that it is.
#[test]
fn a_cache_of_what_is_not_decoded_is_refused() {
    let folder = tempdir().unwrap();
    crate::program::assert_fails(&host(&["train", "--cache", "cache"], folder.path()), &["--cache", "embedded"]);
    fs::create_dir(folder.path().join("data")).unwrap();
    for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"] {
        fs::write(folder.path().join(format!("data/{name}.bin")), vec![1; 3073]).unwrap();
    }
    let train = ["train", "--data", "data", "--epochs", "1", "--depth", "8", "--device", "cpu"];
    crate::program::assert_fails(
        &host(&[&train[..], &["--cache", "cache"]].concat(), folder.path()),
        &["leave out --cache", "data"],
    );
    assert!(!folder.path().join("cache").exists() && !folder.path().join("runs").exists());
    assert!(host(&train, folder.path()).status.success());
}
