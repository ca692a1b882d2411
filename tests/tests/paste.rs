//! `paste` in pictures, against a naive copy, and refusing.
//!
//! A picture is an image as text: a letter an element, a gap between pixels of more than one, a blank line between
//! planes. What is pasted from is the alphabet in memory order.

use cutmix_core::{Layout, PasteError, Patch, PatchError, Shape, Stream, paste};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use rand_core::Rng;

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

#[test]
fn one_channel() {
    let expected = [
        ".....", //
        ".ghi.", ".lmn.", ".....",
    ];
    for layout in [Layout::Hwc, Layout::Chw] {
        assert_picture(shape(5, 4, 1, layout), (1, 1, 4, 3), &expected);
    }
}

#[test]
fn three_channels_hwc() {
    let expected = [
        "... def ghi ...", //
        "... pqr stu ...",
        "... ... ... ...",
    ];
    assert_picture(shape(4, 3, 3, Layout::Hwc), (1, 0, 3, 2), &expected);
}

#[test]
fn three_channels_chw() {
    let expected = [
        ".bc.", //
        ".fg.", "....", "", ".no.", ".rs.", "....", "", ".zA.", ".DE.", "....",
    ];
    assert_picture(shape(4, 3, 3, Layout::Chw), (1, 0, 3, 2), &expected);
}

#[test]
fn at_the_last_corner() {
    let expected = [
        ".......", //
        ".......", "......u",
    ];
    assert_picture(shape(7, 3, 1, Layout::Hwc), (6, 2, 7, 3), &expected);
}

#[test]
fn the_whole_image() {
    let expected = [
        "abc", //
        "def",
    ];
    assert_picture(shape(3, 2, 1, Layout::Hwc), (0, 0, 3, 2), &expected);
}

#[test]
fn nothing() {
    let expected = [
        "...", //
        "...",
    ];
    for empty in [(0, 0, 0, 0), (3, 2, 3, 2), (1, 0, 1, 2), (0, 1, 3, 1)] {
        assert_picture(shape(3, 2, 1, Layout::Hwc), empty, &expected);
    }
}

#[test]
fn an_error_leaves_the_destination_as_it_was() {
    let shape = shape(4, 3, 1, Layout::Hwc);
    let inside = Patch::new(0, 0, 4, 3).unwrap();
    let length = |image, actual| PasteError::Length { image, expected: 12, actual };
    let outside = |x1, y1| {
        let patch = Patch::new(0, 0, x1, y1).unwrap();
        (12, 12, patch, PasteError::Patch(PatchError::Outside { patch, shape }))
    };
    for (dst_len, src_len, patch, expected) in [
        (11, 12, inside, length("destination", 11)),
        (13, 12, inside, length("destination", 13)),
        (12, 11, inside, length("source", 11)),
        (12, 13, inside, length("source", 13)),
        (0, 0, inside, length("destination", 0)),
        outside(5, 3),
        outside(4, 4),
        outside(u16::MAX, u16::MAX),
        // Twelve pixels too, but not of this image.
        outside(3, 4),
    ] {
        let mut dst = vec![b'.'; dst_len];
        let error = paste(&mut dst, &ALPHABET[..src_len], shape, patch).unwrap_err();
        assert_eq!(error, expected);
        assert!(dst.iter().all(|&element| element == b'.'), "{error}, yet something was written");
    }
}

proptest! {
    #![proptest_config(Config { cases: 2_000, rng_seed: RngSeed::Fixed(0), ..Config::default() })]

    #[test]
    fn copies_what_a_naive_loop_copies(
        (width, height, channels) in (1..=9_u16, 1..=9_u16, 1..=4_u16),
        layout in prop_oneof![Just(Layout::Hwc), Just(Layout::Chw)],
        corners in any::<[u16; 4]>(),
        seed: u64,
    ) {
        let shape = shape(width, height, channels, layout);
        let [x, y, u, v] = corners;
        let ((x, u), (y, v)) = ((x % (width + 1), u % (width + 1)), (y % (height + 1), v % (height + 1)));
        let patch = Patch::new(x.min(u), y.min(v), x.max(u), y.max(v)).unwrap();
        assert_like_naive(shape, patch, seed, |word| word as u8, u32::from)?;
        assert_like_naive(shape, patch, seed, |word| word as u16, u32::from)?;
        // Any bits, so NaNs of every payload among them.
        assert_like_naive(shape, patch, seed, f32::from_bits, f32::to_bits)?;
    }
}

/// Pastes between two images of random elements and compares each element's bits with those it should be copied from.
fn assert_like_naive<T: Copy>(
    shape: Shape,
    patch: Patch,
    seed: u64,
    element: impl Fn(u32) -> T,
    bits: impl Fn(T) -> u32,
) -> Result<(), TestCaseError> {
    let mut stream = Stream::new(seed, 0, 0);
    let mut image = || (0..shape.len()).map(|_| element(stream.next_u32())).collect::<Vec<T>>();
    let (before, src) = (image(), image());
    let mut dst = before.clone();
    paste(&mut dst, &src, shape, patch).unwrap();

    let [width, height, channels] = [shape.width(), shape.height(), shape.channels()].map(usize::from);
    for at in 0..shape.len() {
        // From the place in memory to the pixel, where `paste` goes from the pixel to the place.
        let (x, y) = match shape.layout() {
            Layout::Hwc => (at / channels % width, at / channels / width),
            Layout::Chw => (at % width, at / width % height),
        };
        let inside = (patch.x0()..patch.x1()).contains(&(x as u16)) && (patch.y0()..patch.y1()).contains(&(y as u16));
        let expected = if inside { src[at] } else { before[at] };
        prop_assert_eq!(bits(dst[at]), bits(expected), "column {}, row {}", x, y);
    }
    Ok(())
}

fn assert_picture(shape: Shape, (x0, y0, x1, y1): (u16, u16, u16, u16), expected: &[&str]) {
    let mut dst = vec![b'.'; shape.len()];
    paste(&mut dst, &ALPHABET[..shape.len()], shape, Patch::new(x0, y0, x1, y1).unwrap()).unwrap();
    let (found, expected) = (picture(&dst, shape), expected.join("\n"));
    assert!(found == expected, "pasted:\n{found}\n\nexpected:\n{expected}");
}

fn picture(image: &[u8], shape: Shape) -> String {
    let [width, height, channels] = [shape.width(), shape.height(), shape.channels()].map(usize::from);
    let pixel = if shape.layout() == Layout::Hwc { channels } else { 1 };
    let pixels: Vec<_> = image.chunks(pixel).map(String::from_utf8_lossy).collect();
    let gap = if pixel > 1 { " " } else { "" };
    let rows: Vec<_> = pixels.chunks(width).map(|row| row.join(gap)).collect();
    let planes: Vec<_> = rows.chunks(height).map(|plane| plane.join("\n")).collect();
    planes.join("\n\n")
}

fn shape(width: u16, height: u16, channels: u16, layout: Layout) -> Shape {
    Shape::new(width, height, channels, layout).unwrap()
}
