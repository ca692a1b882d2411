//! Folders as they come: images by other names, files that are none, folders that mean something else than classes.

use std::fs;
use std::process::Output;

use host::data::folder::{self, Listing};
use image::{DynamicImage, ImageFormat};
use tempfile::TempDir;

use crate::folder::{numbered, tree};
use crate::image_file::{encode, gradient};
use crate::program::host;

/// What the program says of the folder `data`, on standard error: it reads all of it, and draws nine images.
fn preview(folder: &TempDir, more: &[&str]) -> Output {
    host(&[&["preview", "--data", "data", "--out", "grid.png"], more].concat(), folder.path())
}

fn standard_error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The sentence with which the folder is refused.
fn refusal(folder: &TempDir) -> String {
    let error = folder::load(folder.path(), 8, true, 0.0).expect_err("it was loaded");
    let message = format!("{error:#}");
    assert!(!message.contains('\n'), "more than a line: {message}");
    message
}

/// Each format under names that say nothing of it, or something else.
#[test]
fn an_image_is_what_its_first_bytes_say() {
    let picture = gradient(8, 8);
    let files = [
        ("a.jfif", ImageFormat::Jpeg),
        ("b.jpe", ImageFormat::Jpeg),
        ("c", ImageFormat::Png),
        ("d.tif", ImageFormat::Bmp),
        ("e.txt", ImageFormat::Gif),
        ("f.", ImageFormat::WebP),
        ("g.png", ImageFormat::Jpeg),
    ]
    .map(|(name, format)| (format!("train/cat/{name}"), encode(DynamicImage::from(picture.clone()), format)));
    let mut all: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let image = numbered(1);
    all.extend([("train/dog/a.png", &image[..]), ("test/dog/a.png", &image)]);
    let folder = tree(&all);
    let listing = Listing::of(&folder.path().join("train")).unwrap();
    let names: Vec<_> = listing.files.iter().map(|(path, class)| (path.file_name().unwrap(), *class)).collect();
    let expected =
        [("a.jfif", 0), ("b.jpe", 0), ("c", 0), ("d.tif", 0), ("e.txt", 0), ("f.", 0), ("g.png", 0), ("a.png", 1)];
    assert_eq!(names, expected.map(|(name, class)| (name.as_ref(), class)));
    assert_eq!(folder::load(folder.path(), 8, false, 0.0).unwrap().0.train.len(), 8);
}

/// One line a kind, by hand; hidden files, what other programs leave in folders, and lists of labels are in none of them.
#[test]
fn what_was_not_read_is_counted_by_suffix() {
    let image = numbered(3);
    let tiff = b"II*\0\x08\0\0\0\0\0";
    let folder = tree(&[
        ("data/train/cat/a.png", &image),
        ("data/train/cat/1.tif", tiff),
        ("data/train/cat/2.TIF", tiff),
        ("data/train/cat/3.heic", b"\0\0\0\x18ftypheic"),
        ("data/train/cat/Thumbs.db", b"x"),
        ("data/train/cat/.DS_Store", b"x"),
        ("data/train/cat/@eaDir/a.png", b"x"),
        ("data/train/cat/notes", b"x"),
        ("data/train/cat/empty", b""),
        ("data/train/cat/BMW.txt", b"BMW is a maker of cars."),
        ("data/train/dog/images/a.png", &image),
        ("data/train/dog/images/4.tif", tiff),
        ("data/train/dog/dog_boxes.txt", b"0 0 8 8"),
        ("data/train/labels.csv", b"a,b\n1,2\n"),
        ("data/train/loose.png", &image),
        ("data/train/README.md", b"x"),
        ("data/train/__MACOSX/cat/._a.png", b"x"),
        ("data/test/cat/a.png", &image),
        ("data/test/cat/1.tif", tiff),
    ]);
    let output = preview(&folder, &[]);
    let message = standard_error(&output);
    assert!(output.status.success(), "{message}");
    let lines: Vec<&str> = message.lines().filter(|line| line.contains("not read")).collect();
    let train = folder.path().join("data/train");
    let test = folder.path().join("data/test");
    let [train, test] = [train, test].map(|path| path.display().to_string());
    let starts = [
        format!("1 file of type .heic in {train} was not read"),
        format!("3 files of type .tif in {train} were not read"),
        format!("2 files of type .txt in {train} were not read"),
        format!("2 files without a suffix in {train} were not read"),
        format!("2 files in {train} itself, beside the class folders, were not read"),
        format!("1 file of type .tif in {test} was not read"),
    ];
    assert_eq!(lines.len(), starts.len(), "{message}");
    for start in starts {
        assert!(lines.iter().any(|line| line.starts_with(&start)), "no {start:?} in: {message}");
    }
}

#[test]
fn a_class_without_an_image_says_what_is_there() {
    let image = numbered(3);
    let folder = tree(&[
        ("train/cat/a.png", &image),
        ("train/dog/1.tif", b"II*\0"),
        ("train/dog/2.tif", b"II*\0"),
        ("test/cat/a.png", &image),
    ]);
    let message = refusal(&folder);
    assert!(message.contains("train/dog holds no image") && message.contains("2 files of type .tif"), "{message}");
}

/// Ten thousand files of names that say nothing: opening each is quick beside decoding it.
#[test]
fn a_long_listing_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let image = numbered(3);
    for class in ["cat", "dog"] {
        fs::create_dir(folder.path().join(class)).unwrap();
        for number in 0..5_000 {
            fs::write(folder.path().join(class).join(number.to_string()), &image).unwrap();
        }
    }
    let begun = std::time::Instant::now();
    let listing = Listing::of(folder.path()).unwrap();
    let listed = begun.elapsed();
    assert_eq!(listing.files.len(), 10_000);
    println!("10,000 files without a suffix: {listed:?}");
    assert!(listed.as_secs() < 5, "{listed:?}");
}

#[test]
fn one_class_is_refused() {
    let image = numbered(3);
    let folder = tree(&[("train/cat/a.png", &image), ("test/cat/a.png", &image)]);
    let message = refusal(&folder);
    assert!(message.contains("one class only, cat"), "{message}");
    let folder = tree(&[("train/animals/cats/a.png", &image), ("test/animals/cats/a.png", &image)]);
    let message = refusal(&folder);
    assert!(message.contains("one class only, animals") && message.contains("train/animals meant"), "{message}");
    // A test may lack classes.
    let folder = tree(&[("train/cat/a.png", &image), ("train/dog/a.png", &image), ("test/cat/a.png", &image)]);
    assert!(folder::load(folder.path(), 8, false, 0.0).is_ok());
}

#[test]
fn classes_one_folder_too_deep_are_refused() {
    let image = numbered(3);
    let nested: [(&str, &[u8]); 4] = [
        ("train/animals/cats/a.png", &image),
        ("train/animals/dogs/a.png", &image),
        ("train/animals/dogs/b.png", &image),
        ("test/animals/cats/a.png", &image),
    ];
    let message = refusal(&tree(&nested));
    for word in ["train/animals", "cats, dogs", "was ", "meant"] {
        assert!(message.contains(word), "no {word:?} in {message}");
    }
    // So beside a class that is as it should be; and in the test images.
    let message = refusal(&tree(&[&nested[..], &[("train/cars/a.png", &image)]].concat()));
    assert!(message.contains("train/animals") && message.contains("cats, dogs"), "{message}");
    let message = refusal(&tree(&[
        ("train/cat/a.png", &image),
        ("train/dog/a.png", &image),
        ("test/all/cat/a.png", &image),
        ("test/all/dog/a.png", &image),
    ]));
    assert!(message.contains("test/all") && message.contains("cat, dog"), "{message}");
    let many: Vec<String> = (0..200).map(|number| format!("train/all/n{number:03}/a.png")).collect();
    let tests = [("test/all/a.png", image.as_slice())];
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), image.as_slice())).chain(tests).collect();
    let message = refusal(&tree(&many));
    assert!(message.contains("200") && message.len() < 500, "{message}");

    // Tiny ImageNet has one folder in each class, with the same name in all; a folder without images is none of these.
    let folder = tree(&[
        ("train/n01443537/images/a.JPEG", &image),
        ("train/n01443537/n01443537_boxes.txt", b"x"),
        ("train/n01443537/notes/a.txt", b"x"),
        ("train/n01629819/images/a.JPEG", &image),
        ("test/n01629819/images/a.JPEG", &image),
    ]);
    assert_eq!(folder::load(folder.path(), 8, false, 0.0).unwrap().0.train.len(), 2);
}

/// What would wait for ever, or give bytes for ever, is a bad file like any other.
#[cfg(unix)]
#[test]
fn only_regular_files_are_opened() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let image = numbered(3);
    let folder = tree(&[
        ("data/train/cat/a.png", &image),
        ("data/train/dog/a.png", &image),
        ("data/test/cat/a.png", &image),
        ("elsewhere.png", &image),
    ]);
    let cats = folder.path().join("data/train/cat");
    let fifo = |name: &str| {
        assert!(std::process::Command::new("mkfifo").arg(cats.join(name)).status().unwrap().success());
    };
    // Of no known name, they are no images; a link to a file is that file.
    fifo("pipe");
    symlink(folder.path().join("elsewhere.png"), cats.join("link")).unwrap();
    let (split, skipped) = folder::load(&folder.path().join("data"), 8, false, 0.0).unwrap();
    assert_eq!((split.train.len(), skipped.len()), (3, 0));

    let bad = |name: &str| {
        let output = preview(&folder, &[]);
        assert_fails_somewhere(&output, &[name, "is not a regular file", "--skip-bad"]);
        let output = preview(&folder, &["--skip-bad"]);
        assert!(output.status.success(), "{}", standard_error(&output));
        assert!(standard_error(&output).contains(name), "{}", standard_error(&output));
        fs::remove_file(cats.join(name)).unwrap();
    };
    fifo("x.png");
    bad("x.png");
    symlink("/dev/zero", cats.join("zero.jpg")).unwrap();
    bad("zero.jpg");
    let _socket = UnixListener::bind(cats.join("s.png")).unwrap();
    bad("s.png");
}

/// It fails with one sentence, where other lines may come before.
#[track_caller]
fn assert_fails_somewhere(output: &Output, words: &[&str]) {
    let message = standard_error(output);
    let error = message.lines().find(|line| line.starts_with("error: "));
    assert!(!output.status.success() && error.is_some(), "{message}");
    for word in words {
        assert!(error.unwrap().contains(word), "no {word:?} in: {message}");
    }
}
