//! Augmented folders: each image is made again from its line in `labels.csv` alone.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::program::files;
use image::{Rgb, RgbImage};
use tempfile::{TempDir, tempdir};

/// Two classes, one with a name that a table must quote; images of the copies' size, so that nothing is resized.
const CLASSES: [&str; 2] = ["cat, \"tabby\"", "dog"];
const SIDE: u32 = 16;

fn picture(number: u32) -> RgbImage {
    RgbImage::from_fn(SIDE, SIDE, |x, y| {
        Rgb([number as u8, (y * SIDE + x) as u8, (x * 13 + y * 7 + number * 31) as u8])
    })
}

/// `folder/src/CLASS/…`, or `folder/src/train/CLASS/…`: five images a class.
fn source(below: &str) -> TempDir {
    let folder = tempdir().unwrap();
    for (label, class) in CLASSES.into_iter().enumerate() {
        let dir = folder.path().join(below).join(class);
        fs::create_dir_all(dir.join("more")).unwrap();
        for number in 0..5 {
            let name = if number == 4 { "more/0.png".to_owned() } else { format!("{number}.png") };
            picture(label as u32 * 5 + number).save(dir.join(name)).unwrap();
        }
    }
    folder
}

fn augment(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-under-test"));
    command.args(["augment"]).args(arguments).current_dir(folder).output().unwrap()
}

#[track_caller]
fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = augment(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(folder: &Path, arguments: &[&str], words: &[&str]) {
    let output = augment(folder, arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it succeeded");
    assert!(message.starts_with("error: ") && !message.contains("panicked"), "{message}");
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}

/// The lines of `labels.csv`, each by the names of its columns.
fn lines(folder: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(folder.join("labels.csv")).unwrap().into_deserialize().map(Result::unwrap).collect()
}

fn number(line: &BTreeMap<String, String>, column: &str) -> u32 {
    line[column].parse().unwrap_or_else(|_| panic!("{column} is {}", line[column]))
}

#[test]
fn every_copy_is_what_its_line_says() {
    for below in ["src", "src/train"] {
        let folder = source(below);
        let text = succeeds(folder.path(), &["src", "dst", "--copies", "4", "--size", "16", "--alpha", "1"]);
        assert!(text.contains("40 images are in dst"), "{text}");
        let (src, dst) = (folder.path().join("src"), folder.path().join("dst"));
        let lines = lines(&dst);
        assert_eq!(lines.len(), 40);

        let mut mixed = 0;
        for line in &lines {
            let [x0, y0, x1, y1] = ["x0", "y0", "x1", "y1"].map(|column| number(line, column));
            let [made, first, second] = [(&dst, "file"), (&src, "source"), (&src, "partner")]
                .map(|(folder, column)| image::open(folder.join(&line[column])).unwrap().into_rgb8());
            let mut expected = first.clone();
            for (x, y) in (y0..y1).flat_map(|y| (x0..x1).map(move |x| (x, y))) {
                expected.put_pixel(x, y, *second.get_pixel(x, y));
            }
            assert!(made == expected, "{line:?}");

            // Every red value names its image, so the pixels can be counted.
            let from_first = made.pixels().filter(|pixel| pixel.0[0] == first.get_pixel(0, 0).0[0]).count() as u32;
            let expected =
                if line["source"] == line["partner"] { from_first - (x1 - x0) * (y1 - y0) } else { from_first };
            assert_eq!((number(line, "kept"), number(line, "total")), (expected, SIDE * SIDE), "{line:?}");
            let lambda: f64 = line["lambda"].parse().unwrap();
            assert_eq!(lambda.to_bits(), (f64::from(expected) / f64::from(SIDE * SIDE)).to_bits(), "{line:?}");

            let class = |column: &str| {
                Path::new(&line[column])
                    .components()
                    .rev()
                    .find_map(|part| CLASSES.into_iter().find(|class| part.as_os_str() == *class))
            };
            assert_eq!(class("source"), Some(&*line["class_a"]));
            assert_eq!(class("partner"), Some(&*line["class_b"]));
            assert_eq!(Path::new(&line["file"]).parent(), Some(Path::new(&line["class_a"])), "the folder is the class");
            mixed += u32::from(expected < SIDE * SIDE);
        }
        assert!(mixed > 20, "only {mixed} of 40 copies are mixed");

        let written: HashSet<String> = files(&dst).into_keys().collect();
        let mut expected: HashSet<String> = lines.iter().map(|line| line["file"].clone()).collect();
        assert_eq!(expected.len(), 40, "a name came twice");
        expected.insert("labels.csv".to_owned());
        assert_eq!(written, expected, "one line an image, and nothing else");
        for copy in lines.chunks(10) {
            for column in ["source", "partner"] {
                assert_eq!(copy.iter().map(|line| &line[column]).collect::<HashSet<_>>().len(), 10, "{column}");
            }
        }
    }
}

/// By (seed, k, number of the image), whatever the threads and the number of copies.
#[test]
fn copies_depend_on_the_seed_and_on_nothing_else() {
    let folder = source("src");
    let with = |out: &str, threads: &str, flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_host-under-test"));
        command.args(["augment", "src", out, "--size", "16"]).args(flags).current_dir(folder.path());
        assert!(command.env("RAYON_NUM_THREADS", threads).output().unwrap().status.success());
        files(&folder.path().join(out))
    };
    let three = with("a", "1", &["--copies", "3"]);
    assert_eq!(three, with("b", "5", &["--copies", "3", "--seed", "42", "--alpha", "0.25", "--probability", "1"]));
    assert_ne!(three, with("c", "1", &["--copies", "3", "--seed", "43"]));
    assert_ne!(three, with("d", "1", &["--copies", "3", "--alpha", "4"]));
    for (name, bytes) in with("e", "2", &["--copies", "2"]) {
        if name != "labels.csv" {
            assert_eq!(three[&name], bytes, "{name}");
        }
    }
    let first = lines(&folder.path().join("a"));
    let boxes = |lines: &[BTreeMap<String, String>]| -> Vec<[u32; 4]> {
        lines.iter().map(|line| ["x0", "y0", "x1", "y1"].map(|column| number(line, column))).collect()
    };
    assert_ne!(boxes(&first[..10]), boxes(&first[10..20]), "the copies are all alike");

    // The plans are those that `plan` prints.
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-under-test"));
    let output = command
        .args(["plan", "--width", "16", "--height", "16", "--count", "10", "--epoch", "2", "--json"])
        .output()
        .unwrap();
    let mut printed = vec![[0; 4]; 10];
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let number = |key: &str| line[key].as_u64().unwrap();
        printed[number("index") as usize] = ["x0", "y0", "x1", "y1"].map(|key| number(key) as u32);
    }
    assert_eq!(boxes(&first[20..]), printed);
}

#[test]
fn an_improbable_mix_is_seldom() {
    let folder = source("src");
    let mixed = |out: &str, probability: &str| {
        let flags = ["src", out, "--copies", "20", "--size", "16", "--alpha", "1", "--probability", probability];
        succeeds(folder.path(), &flags);
        lines(&folder.path().join(out)).iter().filter(|line| number(line, "kept") < SIDE * SIDE).count()
    };
    assert_eq!(mixed("never", "0"), 0);
    let (half, always) = (mixed("half", "0.5"), mixed("always", "1"));
    // Of 200 copies, up to five standard deviations off.
    assert!(half.abs_diff(always / 2) <= 36, "{half} of {always}");
    let line = &lines(&folder.path().join("never"))[0];
    assert_eq!(line["lambda"], "1.0");
    let [made, first] = [("never", "file"), ("src", "source")]
        .map(|(dir, column)| image::open(folder.path().join(dir).join(&line[column])).unwrap().into_rgb8());
    assert_eq!(made, first);
}

/// The file names of a class may be of any kind, and so may the size of the images.
#[test]
fn images_of_other_sizes_are_resized_first() {
    let folder = source("src");
    let wide = RgbImage::from_fn(60, 20, |x, _| Rgb(if (20..40).contains(&x) { [9, 8, 7] } else { [255; 3] }));
    wide.save(folder.path().join("src/dog/wide, \"odd\" name.bmp")).unwrap();
    succeeds(folder.path(), &["src", "dst", "--copies", "1", "--size", "24", "--probability", "0"]);
    let lines = lines(&folder.path().join("dst"));
    let line = lines.iter().find(|line| line["source"] == "dog/wide, \"odd\" name.bmp").expect("its line");
    let made = image::open(folder.path().join("dst").join(&line["file"])).unwrap().into_rgb8();
    assert_eq!(made, RgbImage::from_pixel(24, 24, Rgb([9, 8, 7])), "the middle square");
    assert_eq!(lines.len(), 11);
}

#[test]
fn what_was_read_may_be_the_folder_where_one_stands() {
    let folder = source("src");
    succeeds(&folder.path().join("src"), &[".", "../dst", "--copies", "1", "--size", "16"]);
    assert_eq!(lines(&folder.path().join("dst"))[5]["source"], "dog/0.png");
}

/// `train` is a class here, of pictures of trains, since it holds images.
#[test]
fn a_class_may_be_called_train() {
    let folder = source("src");
    fs::create_dir(folder.path().join("src/train")).unwrap();
    picture(3).save(folder.path().join("src/train/1.png")).unwrap();
    succeeds(folder.path(), &["src", "dst", "--copies", "1", "--size", "16"]);
    assert_eq!(lines(&folder.path().join("dst"))[10]["class_a"], "train");
}

#[test]
fn a_folder_in_use_and_wrong_settings_are_refused() {
    let folder = source("src");
    let good = ["src", "dst", "--copies", "1"];
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/precious"), "precious").unwrap();
    fails(folder.path(), &["src", "full", "--copies", "1"], &["full is not empty", "remove it first"]);
    assert_eq!(files(&folder.path().join("full")).len(), 1);
    fails(folder.path(), &["src", "full/precious", "--copies", "1"], &["full/precious"]);
    fails(folder.path(), &["src", "dst"], &["--copies"]);
    fails(folder.path(), &["src", "dst", "--copies", "0"], &["--copies"]);
    for (flag, value, word) in [
        ("--alpha", "NaN", "greater than zero"),
        ("--alpha", "-1", "greater than zero"),
        ("--probability", "1.5", "0 to 1"),
        ("--probability", "-0.5", "0 to 1"),
        ("--size", "4", "8 to 1024"),
    ] {
        fails(folder.path(), &[&good[..], &[flag, value]].concat(), &[flag, word]);
    }
    fails(folder.path(), &["nowhere", "dst", "--copies", "1"], &["cannot read the folder nowhere"]);

    fs::write(folder.path().join("src/dog/9.png"), "a dog").unwrap();
    fails(folder.path(), &good, &["src/dog/9.png", "--skip-bad"]);
    assert!(!folder.path().join("dst").exists(), "something was written before everything was checked");
    let output = augment(folder.path(), &[&good[..], &["--skip-bad"]].concat());
    assert!(output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("src/dog/9.png") && message.lines().count() == 2, "{message}");
    assert_eq!(lines(&folder.path().join("dst")).len(), 10);

    // An empty folder will do.
    fs::create_dir(folder.path().join("empty")).unwrap();
    succeeds(folder.path(), &["src", "empty", "--copies", "1", "--skip-bad"]);
}

/// A limit on the length of files stands for a full disk: images fit, the table does not; then not even they.
#[cfg(unix)]
#[test]
fn a_table_that_cannot_be_written_is_not_there() {
    let folder = source("src");
    for (out, copies, blocks, size, name) in [("a", "40", "16", "8", "labels.csv"), ("b", "1", "2", "128", ".png")] {
        let script =
            format!("ulimit -f {blocks}; trap '' XFSZ; exec \"$0\" augment src {out} --copies {copies} --size {size}");
        let program = env!("CARGO_BIN_EXE_host-under-test");
        let output = Command::new("sh").args(["-c", &script, program]).current_dir(folder.path()).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "it succeeded");
        assert!(message.starts_with("error: cannot write") && message.lines().count() == 1, "{message}");
        for word in [name, &format!("{out} is incomplete"), "remove it"] {
            assert!(message.contains(word), "no {word:?} in: {message}");
        }
        let left = files(&folder.path().join(out));
        assert!(
            left.keys().all(|name| Path::new(name).extension().is_some_and(|end| end == "png")),
            "{:?}",
            left.keys()
        );
    }
}

/// However few the images, a copy shows another one in its box; and there is no copy of a single image.
#[test]
fn no_image_is_its_own_partner() {
    let folder = tempdir().unwrap();
    for count in [2, 3] {
        let dir = folder.path().join(format!("src{count}/a"));
        fs::create_dir_all(&dir).unwrap();
        (0..count).for_each(|number| picture(number).save(dir.join(format!("{number}.png"))).unwrap());
        let (src, dst) = (format!("src{count}"), format!("dst{count}"));
        succeeds(folder.path(), &[&src, &dst, "--copies", "20", "--size", "16"]);
        for line in lines(&folder.path().join(&dst)) {
            assert_ne!(line["source"], line["partner"], "{count} images");
        }
    }
    fs::create_dir_all(folder.path().join("one/a")).unwrap();
    picture(0).save(folder.path().join("one/a/0.png")).unwrap();
    fails(folder.path(), &["one", "none", "--copies", "1"], &["one holds a single image"]);
    assert!(!folder.path().join("none").exists());
}

/// A folder of copies in the source would be a class of the next run.
#[test]
fn copies_do_not_go_where_they_come_from() {
    let folder = source("src");
    for destination in ["src/copies", "src", "src/../src/copies/deep", "./src/new"] {
        fails(folder.path(), &["src", destination, "--copies", "1"], &["src"]);
    }
    assert_eq!(fs::read_dir(folder.path().join("src")).unwrap().count(), 2);
    succeeds(folder.path(), &["src", "src-copies", "--copies", "1"]);
}
