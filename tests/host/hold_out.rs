//! A score is of images that were never seen: what is held out, and what leaves training with it.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

use cutmix_core::{Layout, Shape, Stream};
use cutmix_record::STRETCH;
use host::data::{Contents, Dataset, HoldOut, Origin, Region, Split, hold_out};
use image::{Rgb, RgbImage};
use rand_core::Rng as _;
use tempfile::tempdir;

use crate::program::{assert_fails, host};

const SIDE: u16 = 8;

fn shape() -> Shape {
    Shape::new(SIDE, SIDE, 3, Layout::Chw).unwrap()
}

fn names(classes: usize) -> Vec<String> {
    (0..classes).map(|class| format!("class {class}")).collect()
}

/// Images that differ, of classes in turn.
fn plain(images: usize, classes: u16) -> Dataset {
    let mut data = Dataset::with_capacity(shape(), images);
    for number in 0..images {
        let bytes: Vec<u8> = (0..shape().len()).map(|at| (number >> (8 * (at % 2))) as u8).collect();
        data.push(&bytes, number as u16 % classes);
    }
    data
}

fn held(data: &Dataset, classes: usize, share: f64, seed: u64) -> Result<HoldOut, String> {
    let stream = &mut Stream::new(seed, 0, 5);
    hold_out(data, &names(classes), share, STRETCH, ["validation", "take --set validation=0"], stream)
        .map_err(|error| format!("{error:#}"))
}

/// Where nothing is mixed and nothing is there twice, it is a random share, and all of the rest is trained on.
#[test]
fn of_plain_images_a_share_is_held_out() {
    for (images, share, expected) in [(100, 0.1, 10), (1000, 0.137, 137), (40, 0.01, 4), (8, 0.5, 4)] {
        let data = plain(images, 4);
        let HoldOut { kept, held_out, left_out } = held(&data, 4, share, 42).unwrap();
        assert_eq!((held_out.len(), left_out), (expected, 0));
        assert!(kept.is_sorted() && held_out.is_sorted());
        let mut all = [kept, held_out].concat();
        all.sort_unstable();
        assert_eq!(all, (0..images).collect::<Vec<_>>());
    }
    let data = plain(100, 4);
    assert_ne!(held(&data, 4, 0.1, 1), held(&data, 4, 0.1, 2));
}

/// However small the share, every class has an image to validate with and one to train on; or a sentence says which has not.
#[test]
fn every_class_is_on_both_sides() {
    for seed in 0..20 {
        let data = plain(30, 5);
        let HoldOut { kept, held_out, .. } = held(&data, 5, 0.05, seed).unwrap();
        for part in [kept, held_out] {
            let mut classes: Vec<u16> = part.iter().map(|&index| data.label(index)).collect();
            classes.sort_unstable();
            classes.dedup();
            assert_eq!(classes.len(), 5, "seed {seed}");
        }
    }
    let message = held(&plain(3, 3), 3, 0.05, 1).unwrap_err();
    assert!(message.contains("of class class 0 to train on") && message.contains("--set validation=0"), "{message}");
}

/// What shows a held-out image leaves training: its mixed copies, images that it was pasted into, and copies byte for byte.
#[test]
fn what_shows_a_held_out_image_is_not_trained_on() {
    let unmixed = plain(40, 2);
    let region = Region::of(shape(), cutmix_core::Patch::new(0, 0, 4, 4).unwrap(), shape().width().into());
    let mut data = Dataset::with_capacity(shape(), 160);
    for number in 0..40_u32 {
        let class = unmixed.label(number as usize);
        let image = &*unmixed.image(number as usize).unwrap();
        data.push_with(image, Contents::unmixed(class, Origin::Image(number)));
        // Twice under another name, and mixed with the next two.
        data.push_with(image, Contents::unmixed(class, Origin::Image(1000 + number)));
        for partner in [number + 1, number + 2].map(|partner| partner % 40) {
            let classes = [class, unmixed.label(partner as usize)];
            data.push_with(
                &[number as u8; 192],
                Contents { classes, region, origins: [number, partner].map(Origin::Image) },
            );
        }
    }
    let HoldOut { kept, held_out, left_out } = held(&data, 2, 0.2, 7).unwrap();
    assert_eq!(held_out.len(), 8, "a fifth of 40 images, each there twice");
    assert_eq!(kept.len() + held_out.len() + left_out, 160);
    assert!(left_out > 8 + 16);
    let number = |index: usize| index as u32 / 4;
    let image = |origin: Origin| match origin {
        Origin::Image(number) => number,
        Origin::Frame { .. } => unreachable!("no frames here"),
    };
    for &index in &kept {
        let shown = data.contents(index).origins.map(|origin| image(origin) % 1000);
        assert!(held_out.iter().all(|&held| !shown.contains(&number(held))), "image {index} shows a held-out one");
    }
    for &index in &held_out {
        assert!(!data.contents(index).is_mixed());
    }
    // And nothing leaves without need.
    for index in (0..160).filter(|index| !kept.contains(index) && !held_out.contains(index)) {
        let shown = data.contents(index).origins.map(|origin| image(origin) % 1000);
        assert!(held_out.iter().any(|&held| shown.contains(&number(held))), "image {index} left for nothing");
    }
}

/// Frames of a device are held out in whole stretches, and what is less than half a stretch away leaves training with them: counted out frame by
/// frame. Two sessions have the same numbers and nothing to do with each other.
#[test]
fn frames_are_held_out_with_their_neighbors() {
    let region = Region::of(shape(), cutmix_core::Patch::new(0, 0, 4, 4).unwrap(), shape().width().into());
    for (stretch, share, seed) in [(1_u32, 0.1, 1), (2, 0.05, 2), (7, 0.1, 3), (10, 0.2, 4), (50, 0.05, 5)] {
        let gap = i64::from(stretch.div_ceil(2));
        let mut data = Dataset::with_capacity(shape(), 1200);
        for number in 0..600_u64 {
            for session in [8, 9] {
                let frame = |number| Origin::Frame { seed: session, number };
                let mut bytes = [session as u8; 192];
                bytes[..8].copy_from_slice(&number.to_le_bytes());
                let class = (number % 3) as u16;
                if number % 4 == 3 {
                    let origins = [frame(number), frame(number * 7 % 600)];
                    data.push_with(&bytes, Contents { classes: [class, 0], region, origins });
                } else {
                    data.push_with(&bytes, Contents::unmixed(class, frame(number)));
                }
            }
        }
        let stream = &mut Stream::new(seed, 0, 5);
        let stretch = NonZeroU32::new(stretch).unwrap();
        let HoldOut { kept, held_out, left_out } =
            hold_out(&data, &names(3), share, stretch, ["validation", ""], stream).unwrap();
        assert_eq!(kept.len() + held_out.len() + left_out, 1200);
        let frames = |index: usize| {
            data.contents(index).origins.map(|origin| match origin {
                Origin::Frame { seed, number } => (seed, number as i64),
                Origin::Image(_) => unreachable!("no images here"),
            })
        };
        let wanted = share * 900.0;
        // The last of the stretches brings at most its own unmixed frames more, and each class one more stretch.
        let most = wanted + f64::from(stretch.get()) * 4.0;
        assert!((wanted..=most).contains(&(held_out.len() as f64)), "{} of {wanted}", held_out.len());
        let long = i64::from(stretch.get());
        let held: BTreeSet<(u64, i64)> = held_out.iter().map(|&index| frames(index)[0]).collect();
        let stretches: BTreeSet<(u64, i64)> = held.iter().map(|&(session, number)| (session, number / long)).collect();
        let is_near = |(session, number): (u64, i64)| {
            stretches
                .iter()
                .any(|&(of, at)| of == session && (at * long - gap..(at + 1) * long + gap).contains(&number))
        };
        for &index in &kept {
            let near = frames(index).into_iter().any(is_near);
            assert!(!near, "{:?} is trained on beside {stretches:?}", frames(index));
            let nearest = |(session, number): (u64, i64)| {
                held.iter().filter(|held| held.0 == session).map(|held| (held.1 - number).abs()).min()
            };
            assert!(frames(index).into_iter().filter_map(nearest).all(|distance| distance > gap));
        }
        let known: BTreeSet<usize> = kept.into_iter().chain(held_out).collect();
        for index in (0..1200).filter(|index| !known.contains(index)) {
            assert!(frames(index).into_iter().any(is_near), "{:?} left for nothing", frames(index));
        }
        // Whole stretches: every unmixed frame of theirs is scored.
        for index in 0..1200 {
            let (session, number) = frames(index)[0];
            let inside = stretches.contains(&(session, number / long)) && !data.contents(index).is_mixed();
            assert_eq!(inside, held.contains(&(session, number)));
        }
    }
}

#[test]
fn where_all_images_came_mixed_there_is_a_sentence_and_no_score() {
    let region = Region::of(shape(), cutmix_core::Patch::new(0, 0, 4, 4).unwrap(), shape().width().into());
    let mut data = Dataset::with_capacity(shape(), 10);
    for number in 0..10 {
        data.push_with(
            &[number as u8; 192],
            Contents { classes: [0, 1], region, origins: [number, number + 1].map(Origin::Image) },
        );
    }
    let message = held(&data, 2, 0.2, 1).unwrap_err();
    assert!(
        message.contains("all 10 training images came mixed") && message.contains("--set validation=0"),
        "{message}"
    );
}

fn noise(path: &Path, rng: &mut Stream) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_fn(16, 16, |_, _| Rgb(rng.next_u32().to_le_bytes().first_chunk().copied().unwrap()))
        .save(path)
        .unwrap();
}

/// Images that `augment` made of noise: whoever shares more than chance with a validation image shows the same photograph. Of a random split
/// most validation images are known from training; the share of one byte in 256 is chance.
#[test]
fn no_copy_of_a_validation_image_is_trained_on() {
    let folder = tempdir().unwrap();
    let rng = &mut Stream::new(3, 0, 0);
    for number in 0..60 {
        noise(&folder.path().join(format!("src/{}/{number}.png", rng.next_u32() % 4)), rng);
    }
    for number in 0..8 {
        noise(&folder.path().join(format!("data/test/{}/{number}.png", number % 4)), rng);
    }
    let run = |line: &str| host(&line.split(' ').collect::<Vec<_>>(), folder.path());
    let output = run("augment src data/train --copies 8 --size 16");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let split = host::data::load(&folder.path().join("data"), 16, false, 0.0).unwrap();
    assert_eq!(split.train.len(), 480);
    let same = |a: &[u8], b: &[u8]| a.iter().zip(b).filter(|(a, b)| a == b).count() as f64 / a.len() as f64;
    let known = |Split { train, validation, .. }: &Split| {
        let validation = validation.as_ref().unwrap();
        let nearest =
            |image: &[u8]| (0..train.len()).map(|other| same(image, &train.image(other).unwrap())).fold(0.0, f64::max);
        // A box of a partner may be as small as a pixel, three bytes of 768: two images of noise share 3 bytes by chance, and 14 once in 10^5.
        (0..validation.len()).filter(|&index| nearest(&validation.image(index).unwrap()) > 14.0 / 768.0).count()
    };
    for seed in 0..5 {
        let held = split.hold_out(0.2, STRETCH, seed).unwrap();
        assert_eq!(known(&held), 0, "seed {seed}");
        assert!(held.left_out > 0 && held.train.len() > 150, "{} are left", held.train.len());
    }
    let random: Vec<usize> = (0..480).filter(|index| index % 5 != 0).collect();
    let rest: Vec<usize> = (0..480).filter(|index| index % 5 == 0).collect();
    let naive = Split {
        train: split.train.select(&random).into(),
        validation: Some(split.train.select(&rest).into()),
        ..split.clone()
    };
    assert!(known(&naive) > 80, "the measure sees nothing");

    // The program counts them.
    let text = run(
        "compare --data data --size 16 --depth 8 --epochs 1 --batch-size 64 --device cpu --set validation=0.2 --out run",
    );
    assert!(text.status.success(), "{}", String::from_utf8_lossy(&text.stderr));
    let said = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        said.contains("of them mixed)")
            && said.contains(
                "Training images left out, since they show a validation or test image, or a frame next to one: "
            ),
        "{said}"
    );
}

/// The same picture to train on and to test on: counted on the first screen and on the page.
#[test]
fn test_images_that_are_training_images_are_counted() {
    let folder = tempdir().unwrap();
    let rng = &mut Stream::new(4, 0, 0);
    for (class, number) in [("a", 0), ("a", 1), ("b", 2), ("b", 3)] {
        noise(&folder.path().join(format!("data/train/{class}/{number}.png")), rng);
        noise(&folder.path().join(format!("data/test/{class}/{number}.png")), rng);
    }
    // Under another name, and as another kind of file: what is decoded is the same.
    let copy = image::open(folder.path().join("data/train/b/3.png")).unwrap();
    copy.save(folder.path().join("data/test/b/copy.bmp")).unwrap();
    let line = "train --data data --size 16 --depth 8 --epochs 1 --batch-size 2 --device cpu --out run";
    let output = host(&line.split(' ').collect::<Vec<_>>(), folder.path());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("Test images that are training or validation images too: 1;"), "{text}");
    let page = fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    assert!(page.contains("Test images that are training or validation images too: 1."));
}

/// Labels, test images and the table are part of what a run is about: it does not go on with others.
#[test]
fn a_run_goes_on_with_its_own_labels_only() {
    let folder = tempdir().unwrap();
    let rng = &mut Stream::new(5, 0, 0);
    for number in 0..12 {
        noise(&folder.path().join(format!("src/{}/{number}.png", number % 2)), rng);
        noise(&folder.path().join(format!("data/test/{}/{number}.png", number % 2)), rng);
    }
    let run = |line: &str| host(&line.split(' ').collect::<Vec<_>>(), folder.path());
    assert!(run("augment src data/train --copies 2 --size 16 --alpha 1").status.success());
    assert!(
        run("train --data data --size 16 --depth 8 --epochs 1 --batch-size 8 --device cpu --out run").status.success()
    );
    assert!(run("train --resume run").status.success());

    let refused = || assert_fails(&run("train --resume run"), &["not those that the run was begun with"]);
    let picture = folder.path().join("data/test/0/0.png");
    let good = fs::read(&picture).unwrap();
    noise(&picture, rng);
    refused();
    fs::write(&picture, good).unwrap();
    assert!(run("train --resume run").status.success());

    // The same pixels with another label.
    let table = folder.path().join("data/train/labels.csv");
    let text = fs::read_to_string(&table).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mixed = lines.iter().position(|line| line.contains(",0,1,")).unwrap();
    lines[mixed] = lines[mixed].replace(",0,1,", ",0,0,");
    fs::write(&table, lines.join("\n") + "\n").unwrap();
    refused();
    fs::write(&table, text).unwrap();
    assert!(run("train --resume run").status.success());
}
