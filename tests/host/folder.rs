//! Images in folders: what is read, and in which order, and what is refused.

use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use cutmix_record::STRETCH;
use host::data::folder;
use host::data::{self, Dataset, Split};
use host::network::ResNet;
use host::settings::{CacheSettings, NetworkSettings, Size};
use image::{ImageFormat, Rgb, RgbImage};
use tempfile::{TempDir, tempdir};

use crate::image_file::{encode, gradient, png};
use crate::program::host;
use crate::training::ALONE;

/// A folder with `DIR/NAME` for every pair of a name and a file's bytes.
pub fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// A gray image that says which one it is.
pub fn numbered(number: u8) -> Vec<u8> {
    png(RgbImage::from_pixel(8, 8, Rgb([number; 3])))
}

fn load(dir: &Path) -> Split {
    let (split, skipped) = folder::load(dir, 8, false, 0.0).unwrap();
    assert!(skipped.is_empty(), "{skipped:?}");
    split
}

fn error(dir: &Path, skip_bad: bool) -> String {
    let message = format!("{:#}", folder::load(dir, 8, skip_bad, 0.0).expect_err("it was loaded"));
    assert!(!message.contains('\n'), "more than a line: {message}");
    message
}

/// (first byte, class) of each image.
fn contents(data: &Dataset) -> Vec<(u8, u16)> {
    (0..data.len()).map(|index| (data.image(index).unwrap()[0], data.label(index))).collect()
}

#[test]
fn classes_and_images_come_in_the_order_of_their_names() {
    let images: Vec<Vec<u8>> = (0..12).map(numbered).collect();
    let names = [
        "train/cat/b.png",
        "train/cat/a.PNG",
        "train/cat/more/a.png",
        "train/cat/c.JPEG", // which is a PNG
        "train/Zebra/1.bmp",
        "train/Zebra/10.png",
        "train/Zebra/9.png",
        "train/ant/x.png",
        "train/ant/é.png",
        "test/cat/t.png",
        "test/Zebra/images/t.png",
        "test/Zebra/images/u.png",
    ];
    let files: Vec<(&str, &[u8])> = names.into_iter().zip(images.iter().map(Vec::as_slice)).collect();
    let folder = tree(&files);
    let split = load(folder.path());
    assert_eq!(split.classes, ["Zebra", "ant", "cat"], "capital letters come first");
    // The first of each class, then the second of each: so the first so many are of all classes.
    let expected = [(4, 0), (7, 1), (1, 2), (5, 0), (8, 1), (0, 2), (6, 0), (3, 2), (2, 2)];
    assert_eq!(contents(&split.train), expected);
    assert_eq!(contents(&split.test), [(10, 0), (9, 2), (11, 0)], "a class that the test lacks is no matter");
    assert_eq!(split.train.shape(), split.test.shape());
    assert_eq!((split.train.shape().width(), split.train.shape().channels()), (8, 3));
}

#[test]
fn what_is_no_image_by_name_or_hidden_is_passed_over() {
    let image = numbered(5);
    let folder = tree(&[
        ("train/cat/a.png", &image),
        ("train/cat/Thumbs.db", b"x"),
        ("train/cat/.DS_Store", b"x"),
        ("train/cat/._a.png", b"x"),
        ("train/cat/.ipynb_checkpoints/a.png", b"x"),
        ("train/cat/boxes.txt", b"x"),
        ("train/cat/png", b"x"),
        ("train/.git/a.png", b"x"),
        ("train/loose.png", b"x"),
        ("train/dog/a.png", &image),
        ("train/@eaDir/a.png", b"x"),
        ("train/dog/@eaDir/a.png", b"x"),
        ("train/__MACOSX/dog/._a.png", b"x"),
        ("test/cat/a.png", &image),
        ("test/.hidden/a.png", b"x"),
        ("README.md", b"x"),
    ]);
    let split = load(folder.path());
    assert_eq!(split.classes, ["cat", "dog"]);
    assert_eq!((contents(&split.train), contents(&split.test)), (vec![(5, 0), (5, 1)], vec![(5, 0)]));
}

#[test]
fn folders_that_are_not_as_they_must_be_are_named() {
    let image = numbered(5);
    let whole: [(&str, &[u8]); 3] =
        [("train/ant/a.png", &image), ("train/cat/a.png", &image), ("test/cat/a.png", &image)];
    let with = |more: &[(&str, &[u8])]| tree(&[&whole[..], more].concat());
    assert!(folder::load(with(&[]).path(), 8, false, 0.0).is_ok());

    let message = error(with(&[("test/dog/a.png", &image)]).path(), true);
    assert!(message.contains("the class dog"), "{message}");
    let message = error(with(&[("train/empty/list.txt", b"x")]).path(), true);
    assert!(message.contains("train/empty holds no image") && message.contains("jpeg"), "{message}");
    let message = error(with(&[("test/ant/list.txt", b"x")]).path(), true);
    assert!(message.contains("test/ant holds no image"), "{message}");
    let message = error(with(&[("train/cat/a/b/c.png", &image)]).path(), true);
    assert!(message.contains("train/cat/a/b lies too deep"), "{message}");
    let message = error(tree(&[("train/a.png", &image), ("test/cat/a.png", &image)]).path(), true);
    assert!(message.contains("train holds no class folder"), "{message}");
    let message = error(tree(&whole[..2]).path(), true);
    assert!(message.contains("has no folder test/; it holds train/"), "{message}");
}

#[test]
fn the_first_broken_file_is_named_or_all_are_left_out() {
    let image = numbered(5);
    let cut = &image[..image.len() / 2];
    let folder = tree(&[
        ("train/ant/1.png", &image),
        ("train/ant/2.png", b"only text"),
        ("train/ant/3.jpg", b""),
        ("train/cat/1.png", cut),
        ("train/cat/2.png", &numbered(6)),
        ("test/cat/1.png", &numbered(7)),
        ("test/cat/2.png", cut),
    ]);
    let message = error(folder.path(), false);
    assert!(message.contains("train/ant/2.png is not a whole image") && message.contains("--skip-bad"), "{message}");

    let (split, skipped) = folder::load(folder.path(), 8, true, 0.0).unwrap();
    assert_eq!(contents(&split.train), [(5, 0), (6, 1)]);
    assert_eq!(contents(&split.test), [(7, 1)]);
    let names = ["train/ant/2.png", "train/ant/3.jpg", "train/cat/1.png", "test/cat/2.png"];
    assert_eq!(skipped.len(), names.len());
    for (line, name) in skipped.iter().zip(names) {
        assert!(line.contains(name), "no {name} in {line}");
    }

    fs::write(folder.path().join("train/cat/2.png"), cut).unwrap();
    let message = error(folder.path(), true);
    assert!(message.contains("no image of class cat is whole"), "{message}");
}

/// More images than are decoded at a time, of sizes that take different times.
#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = tempdir().unwrap();
    for (part, images) in [("train", 1100), ("test", 3)] {
        for number in 0..images {
            let class = folder.path().join(part).join(format!("class {}", number % 3));
            fs::create_dir_all(&class).unwrap();
            let side = if number % 2 == 0 { 9 } else { 90 };
            let mut picture = gradient(side, side);
            picture.put_pixel(0, 0, Rgb([number as u8; 3]));
            fs::write(class.join(format!("{number:04}.png")), png(picture)).unwrap();
        }
    }
    fs::write(folder.path().join("train/class 1/0500 bad.png"), "bad").unwrap();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (split, skipped) = pool.install(|| folder::load(folder.path(), 8, true, 0.0)).unwrap();
        assert_eq!((split.train.len(), skipped.len()), (1100, 1));
        (split.train, split.test, skipped)
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(7));
    assert!((0..1098).all(|index| one.0.label(index) == (index % 3) as u16), "the classes do not take turns");
}

#[test]
fn the_kind_of_data_is_recognized() {
    let image = numbered(5);
    let folder = tree(&[("train/cat/a.png", &image), ("train/dog/a.png", &image), ("test/cat/a.png", &image)]);
    let split = data::load(folder.path(), 16, false, 0.0).unwrap();
    assert_eq!(split.train.shape().width(), 16);

    let cifar: Vec<u8> = [&[3][..], &[9; 3072]].concat();
    let names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
    let names = names.map(|name| format!("cifar-10-batches-bin/{name}.bin"));
    let folder = tree(&names.each_ref().map(|name| (name.as_str(), cifar.as_slice())));
    for dir in [folder.path(), &folder.path().join("cifar-10-batches-bin")] {
        let split = data::load(dir, 32, false, 0.0).unwrap();
        assert_eq!((split.train.len(), split.classes.len()), (5, 10));
    }
    let error = |dir: &Path, side: u16| format!("{:#}", data::load(dir, side, false, 0.0).unwrap_err());
    assert!(error(folder.path(), 64).contains("leave out --size 64"));

    let empty = tempdir().unwrap();
    for dir in [empty.path(), &empty.path().join("nowhere")] {
        let message = error(dir, 32);
        assert!(message.contains("data_batch_1.bin") && message.contains("train/"), "{message}");
        assert!(message.contains(&dir.display().to_string()), "{message}");
    }
    for side in [0, 1, 7, 1025, u16::MAX] {
        let message = error(empty.path(), side);
        assert!(message.contains(&format!("--size {side}")) && message.contains("8 to 1024"), "{message}");
    }
}

/// What a limit leaves is the beginning of what is read without one, bad files left out before; and no file beyond is opened.
#[test]
fn a_limit_decodes_only_what_it_leaves() {
    let folder = tempdir().unwrap();
    let put = |name: String, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for number in 0..20 {
        for (class, images) in [("ant", 20), ("bee", 3), ("cat", 9)] {
            if number < images {
                let bad = class == "ant" && [0, 3, 4].contains(&number) || class == "cat" && number == 1;
                let image = numbered(number + if class == "bee" { 100 } else { 0 });
                put(format!("train/{class}/{number:02}.png"), if bad { b"bad" } else { &image });
            }
        }
    }
    put("test/bee/a.png".to_owned(), &numbered(1));
    put("test/bee/b.png".to_owned(), &numbered(2));
    let first = |limit| {
        folder::load_first(folder.path(), 8.into(), true, 0.0, STRETCH, [limit, None], &CacheSettings::off()).unwrap()
    };
    let (whole, skipped) = first(None);
    let whole = contents(&whole.train);
    assert_eq!((whole.len(), skipped.len()), (28, 4));
    for limit in 1..=28 {
        assert_eq!(contents(&first(Some(limit)).0.train), whole[..limit], "the first {limit}");
    }
    // One of each class: the first ant is bad, and the second is taken.
    assert_eq!(first(Some(3)).1.len(), 1);

    // Nothing beyond is opened: what is left of the files could not be.
    for name in ["train/ant/00.png", "train/ant/03.png", "train/ant/04.png", "train/cat/01.png"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    put("train/ant/19.png".to_owned(), b"bad");
    put("test/bee/b.png".to_owned(), b"bad");
    let load = |train, test| {
        folder::load_first(
            folder.path(),
            8.into(),
            false,
            0.0,
            STRETCH,
            [Some(train), Some(test)],
            &CacheSettings::off(),
        )
    };
    let (split, _) = load(27, 1).unwrap();
    assert_eq!((split.train.len(), split.test.len()), (27, 1));
    assert!(load(28, 1).is_err() && load(27, 2).is_err());
    // Too many are refused by the number of files, before one is opened.
    let message = |train, test| format!("{:#}", load(train, test).unwrap_err());
    assert!(message(29, 1).contains("--train-limit 29: the data hold 28 such images"), "{}", message(29, 1));
    assert!(message(27, 3).contains("--test-limit 3: the data hold 2 such images"), "{}", message(27, 3));
}

/// From the command line to the scores: two colors, which even two epochs tell apart from nothing at all.
#[test]
fn a_folder_of_images_trains() {
    let folder = tempdir().unwrap();
    for (part, images) in [("train", 12), ("test", 4)] {
        for number in 0..images {
            for (class, color) in [("red", [200, 10, 10]), ("blue", [10, 10, 200])] {
                let dir = folder.path().join("pictures").join(part).join(class);
                fs::create_dir_all(&dir).unwrap();
                let picture = RgbImage::from_pixel(30 + number, 20, Rgb(color));
                fs::write(dir.join(format!("{number:02}.jpg")), encode(picture, ImageFormat::Jpeg)).unwrap();
            }
        }
    }
    fs::write(folder.path().join("pictures/test/red/notes.png"), "notes").unwrap();
    let flags = ["train", "--data", "pictures", "--depth", "8", "--epochs", "1", "--device", "cpu", "--out", "run"];
    let broken = host(&flags, folder.path());
    let message = String::from_utf8_lossy(&broken.stderr);
    assert!(!broken.status.success() && message.contains("red/notes.png"), "{message}");
    assert!(!folder.path().join("run").exists(), "a run folder was left behind");

    let output = host(&[&flags[..], &["--skip-bad", "--size", "12"]].concat(), folder.path());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    assert!(
        message.contains("left out, since --skip-bad was given: 1\n") && message.contains("red/notes.png"),
        "{message}"
    );
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("24 training and 8 test images, 2 classes"), "{text}");
    let settings = host::experiment::saved_settings(&folder.path().join("run")).unwrap();
    assert_eq!((settings.data.size, settings.data.skip_bad), (Size::square(12), true));

    for (size, word) in [("7", "8 to 1024"), ("1025", "8 to 1024"), ("-3", "--size")] {
        let output = host(&[&flags[..], &[&format!("--size={size}")]].concat(), folder.path());
        assert!(String::from_utf8_lossy(&output.stderr).contains(word), "{size}");
    }
    let output = host(&["train", "--size", "16"], folder.path());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--data"), "the embedded set has its own size");
}

/// Every side that is allowed and small, odd ones too, goes through the network's two halvings.
#[test]
fn the_network_takes_every_side() {
    let _alone = ALONE.lock().unwrap();
    let device = Device::flex();
    let network = ResNet::new(&NetworkSettings { depth: 8, width: 1, norm_momentum: 0.9 }, [3, 5], &device).unwrap();
    for side in (8..=41).chain([63, 96, 127, 224]) {
        let logits = network.forward(Tensor::<4>::ones([1, 3, side, side], &device));
        assert_eq!(logits.dims(), [1, 5], "side {side}");
        assert!(logits.into_data().try_into_vec::<f32>().unwrap().iter().all(|logit| logit.is_finite()), "side {side}");
    }
}
