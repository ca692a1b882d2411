//! The embedded data set: its outlines against areas known by formula, and what a picture shows of its animal.

use std::f32::consts::PI;
use std::hash::Hasher as _;

use cutmix_core::Stream;
use cutmix_record::STRETCH;
use fnv::FnvHasher;
use host::data::embedded::drawing::Outline::{Ellipse, Line, Ring, Triangle};
use host::data::embedded::drawing::{Canvas, Outline, Placement};
use host::data::embedded::{Shown, animals};
use host::data::{Dataset, Source, Split, embedded};

const CLASSES: usize = 8;

/// White on black: the red plane.
fn drawn(side: u16, outline: Outline, placement: Placement) -> Vec<u8> {
    let mut canvas = Canvas::new(side, |_| [0.0; 3]);
    canvas.fill(&outline, placement, [255.0; 3]);
    canvas.into_bytes(|| 0.0)[..usize::from(side).pow(2)].to_vec()
}

/// Each pixel is filled as far as the outline covers it, so their sum is the area.
#[test]
fn outlines_cover_their_area() {
    for (outline, area) in [
        (Ellipse([32.0, 32.0], [20.0, 20.0]), PI * 400.0),
        (Ellipse([31.3, 30.2], [24.0, 12.0]), PI * 24.0 * 12.0),
        (Triangle([[5.0, 5.0], [50.0, 8.0], [20.0, 60.0]]), f32::midpoint(45.0 * 55.0, -3.0 * 15.0)),
        (Triangle([[5.0, 5.0], [20.0, 60.0], [50.0, 8.0]]), f32::midpoint(45.0 * 55.0, -3.0 * 15.0)),
        (Line([12.0, 20.0], [42.0, 60.0], 6.0), 50.0 * 6.0 + PI * 9.0),
        (Ring([32.0, 32.0], 20.0, 5.0), PI * (22.5 * 22.5 - 17.5 * 17.5)),
    ] {
        for scale in [1.0, 0.5] {
            let placement = Placement { scale, origin: [0.0; 2], mirrored: None };
            let sum: f32 = drawn(64, outline, placement).into_iter().map(|value| f32::from(value) / 255.0).sum();
            // Corners are cut a little, and bytes are rounded down.
            let expected = area * scale * scale;
            assert!((sum / expected - 1.0).abs() < 0.006, "{outline:?} at {scale}: {sum} instead of {expected}");
        }
    }
}

#[test]
fn a_placement_moves_enlarges_and_mirrors() {
    // No middle of a pixel lies on its edge.
    let corner = Triangle([[0.0, 0.0], [4.6, 0.0], [0.0, 4.6]]);
    let rows = |placement| -> Vec<String> {
        let pixels = drawn(8, corner, placement);
        let row = |row: &[u8]| row.iter().map(|&value| if value > 127 { '#' } else { '.' }).collect();
        pixels.chunks(8).map(row).collect()
    };
    let at = |scale, origin, mirrored| rows(Placement { scale, origin, mirrored });
    let nothing = "........";
    assert_eq!(
        at(1.0, [0.0, 0.0], None),
        ["####....", "###.....", "##......", "#.......", nothing, nothing, nothing, nothing]
    );
    assert_eq!(
        at(1.0, [3.0, 4.0], None),
        [nothing, nothing, nothing, nothing, "...####.", "...###..", "...##...", "...#...."]
    );
    assert_eq!(
        at(1.0, [0.0, 0.0], Some(8.0)),
        ["....####", ".....###", "......##", ".......#", nothing, nothing, nothing, nothing]
    );
    assert_eq!(
        at(2.0, [0.0, 0.0], None),
        ["########", "########", "#######.", "######..", "#####...", "####....", "###.....", "##......"]
    );
}

fn images(data: &Dataset) -> Vec<Vec<u8>> {
    (0..data.len()).map(|index| data.image(index).unwrap().into_owned()).collect()
}

/// The pictures are part of a published result: FNV-1a over all bytes and labels pins them.
#[test]
fn the_embedded_set_is_the_same_everywhere() {
    let split = embedded::load(32, 32, 32, 42);
    let mut digest = FnvHasher::default();
    for data in [&split.train, split.validation.as_ref().unwrap(), &split.test] {
        for index in 0..data.len() {
            digest.write(&data.image(index).unwrap());
            digest.write(&[data.label(index) as u8]);
        }
    }
    let digest = digest.finish();
    assert_eq!(
        digest, 0xebaa_1b31_775b_b03a,
        "the embedded data set changed, and every published number of it with it: {digest:#x}"
    );
    let fewer = embedded::load(20, 10, 5, 42);
    assert_eq!(fewer.train.image(7).unwrap(), split.train.image(7).unwrap(), "a picture depends on how many there are");
}

/// No picture is there twice, in one part or in two, with one seed or with two: a test picture was never trained on.
#[test]
fn every_picture_is_drawn_once() {
    let splits = [1, 2].map(|seed| embedded::load(80, 80, 80, seed));
    let parts = |split: &Split| [split.train.clone(), split.validation.clone().unwrap(), split.test.clone()];
    let all: Vec<_> = splits.iter().flat_map(parts).collect();
    let mut all: Vec<Vec<u8>> = all.iter().flat_map(|data| images(data)).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 480);
}

#[test]
fn classes_are_as_frequent_as_each_other_with_every_seed() {
    let source = Source::Embedded { train: 80, test: 64 };
    let (split, other) = (source.split(0.2, STRETCH, 42).unwrap(), source.split(0.2, STRETCH, 43).unwrap());
    assert_eq!((split.train.len(), split.validation.as_ref().unwrap().len(), split.test.len()), (64, 16, 64));
    assert!(source.split(0.0, STRETCH, 42).unwrap().validation.is_none());
    for data in [&split.train, &split.test] {
        for class in 0..CLASSES {
            assert_eq!((0..64).filter(|&index| usize::from(data.label(index)) == class).count(), 8);
        }
    }
    assert_ne!(split.test.image(0).unwrap(), other.test.image(0).unwrap(), "every seed draws its own");
}

/// What hides a face is at least as large as the largest one, so that no ear looks out.
#[test]
fn every_face_lies_in_its_circle() {
    for class in 0..CLASSES {
        let mut canvas = Canvas::new(64, |_| [0.0; 3]);
        let placement = Placement { scale: 2.0, origin: [0.0, 8.0], mirrored: None };
        for (outline, _) in animals::face(class).0 {
            canvas.fill(&outline, placement, [255.0; 3]);
        }
        let pixels = canvas.into_bytes(|| 0.0);
        let covered = (0..64 * 64).filter(|&at| pixels[at] > 127);
        let distance = |at: usize| {
            let [x, y] = [at % 64, at / 64].map(|pixel| pixel as f32 + 0.5);
            (x / 2.0 - animals::FACE[0]).hypot((y - 8.0) / 2.0 - animals::FACE[1])
        };
        let farthest = covered.map(distance).fold(0.0, f32::max);
        assert!((7.0..=animals::FACE_RADIUS).contains(&farthest), "{}: {farthest}", animals::NAMES[class]);
    }
}

/// With the same random numbers: a ball over the face changes nothing below it, and another face nothing but a corner.
#[test]
fn test_pictures_hide_a_face_or_have_another_in_a_corner() {
    let draw = |class, shown, number| embedded::draw(class, shown, &mut Stream::new(7, 0, number));
    for (class, number) in (0..CLASSES).flat_map(|class| (0..20).map(move |number| (class, number))) {
        let whole = draw(class, Shown::Whole, number);
        let changed = |shown| -> Vec<(usize, usize)> {
            let other = draw(class, shown, number);
            // Noise is up to 12 either way, in both.
            let differs =
                |at: &usize| (0..3).any(|plane| whole[plane * 1024 + at].abs_diff(other[plane * 1024 + at]) > 25);
            (0..1024).filter(differs).map(|at| (at % 32, at / 32)).collect()
        };
        let hidden = changed(Shown::FaceHidden);
        assert!(hidden.len() > 100, "{class}, {number}: the face is not hidden, {}", hidden.len());
        let (lowest, spread) = (hidden.iter().map(|(_, y)| y).max(), |axis: fn(&(usize, usize)) -> usize| {
            let places: Vec<usize> = hidden.iter().map(axis).collect();
            places.iter().max().unwrap() - places.iter().min().unwrap()
        });
        assert!(lowest < Some(&26) && spread(|at| at.0) <= 26 && spread(|at| at.1) <= 26, "{class}, {number}");
        let corner = changed(Shown::FaceInCorner);
        assert!(corner.len() > 30, "{class}, {number}: there is no other face");
        let [left, right] = [|x: usize| x < 18, |x: usize| x >= 14];
        assert!(corner.iter().all(|at| left(at.0)) || corner.iter().all(|at| right(at.0)), "{class}, {number}");
        assert!(corner.iter().all(|at| at.1 < 14), "{class}, {number}");
    }
}

/// Training pictures are whole, and the others take turns, in every class alike.
#[test]
fn parts_show_what_they_are_said_to_show() {
    let split = embedded::load(64, 64, 64, 7);
    let first = |part: u32, index: usize, shown| {
        embedded::draw(index % CLASSES, shown, &mut Stream::new(7, part, (1 << 62) + index as u64))
    };
    for index in 0..64 {
        let tested = embedded::TESTED[index / CLASSES % 4];
        assert_eq!(split.train.image(index).unwrap(), first(0, index, Shown::Whole));
        assert_eq!(split.test.image(index).unwrap(), first(1, index, tested));
        assert_eq!(split.validation.as_ref().unwrap().image(index).unwrap(), first(2, index, tested));
    }
}
