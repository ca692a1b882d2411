//! `paste`, `paste_strided` and `swap` in pictures, against a naive copy, and refusing.
//!
//! A picture is an image as text: a letter an element, a gap between pixels of more than one, a blank line between
//! planes. What is pasted from is the alphabet in memory order.

use cutmix_core::{Layout, PasteError, Patch, PatchError, Shape, Stream, paste, paste_strided, swap};
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

/// What is pasted from is padded by two elements a row, what is pasted into by one; each but for the last row.
#[test]
fn between_padded_rows() {
    let src = [
        "abcd##", //
        "efgh##", "ijkl",
    ]
    .concat();
    let expected = [
        "...._", //
        ".fg._", ".jk.",
    ]
    .concat();
    let mut dst = *b"...._...._....";
    paste_strided(&mut dst, 5, src.as_bytes(), 6, shape(4, 3, 1, Layout::Hwc), Patch::new(1, 1, 3, 3).unwrap())
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&dst), expected);
}

/// Rows are padded, planes are not: in Chw the second plane's first row follows the first plane's last as any other.
#[test]
fn between_padded_rows_of_planes() {
    let src = [
        "abc##", //
        "def##", "ghi##", "jkl##",
    ]
    .concat();
    let expected = [
        ".bc_", //
        "..._", ".hi_", "..._",
    ]
    .concat();
    let mut dst = *b"..._..._..._..._";
    paste_strided(&mut dst, 4, src.as_bytes(), 5, shape(3, 2, 2, Layout::Chw), Patch::new(1, 0, 3, 1).unwrap())
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&dst), expected);
}

#[test]
fn a_swap_mixes_both() {
    let shape = shape(4, 3, 2, Layout::Hwc);
    let [mut first, mut second] = [*b"abcdefghijklmnopqrstuvwx", *b"ABCDEFGHIJKLMNOPQRSTUVWX"];
    swap(&mut first, &mut second, shape, Patch::new(1, 1, 4, 2).unwrap()).unwrap();
    let expected = [
        ["ab cd ef gh", "ij KL MN OP", "qr st uv wx"], //
        ["AB CD EF GH", "IJ kl mn op", "QR ST UV WX"],
    ];
    assert_eq!([picture(&first, shape), picture(&second, shape)], expected.map(|rows| rows.join("\n")));
}

#[test]
fn a_swap_that_fails_leaves_both_as_they_were() {
    let shape = shape(4, 3, 1, Layout::Hwc);
    let inside = Patch::new(0, 0, 4, 3).unwrap();
    let outside = Patch::new(0, 0, 3, 4).unwrap();
    for (first_len, second_len, patch, expected) in [
        (11, 12, inside, PasteError::Length { image: "destination", expected: 12, actual: 11 }),
        (12, 13, inside, PasteError::Length { image: "source", expected: 12, actual: 13 }),
        (12, 12, outside, PasteError::Patch(PatchError::Outside { patch: outside, shape })),
    ] {
        let (mut first, mut second) = (vec![b'.'; first_len], vec![b'_'; second_len]);
        assert_eq!(swap(&mut first, &mut second, shape, patch), Err(expected));
        assert!(first.iter().all(|&element| element == b'.') && second.iter().all(|&element| element == b'_'));
    }
}

#[test]
fn a_strided_error_leaves_the_destination_as_it_was() {
    // Rows of 4 elements, 3 of them.
    let shape = shape(2, 3, 2, Layout::Hwc);
    let inside = Patch::new(0, 0, 2, 3).unwrap();
    let outside = Patch::new(0, 0, 3, 2).unwrap();
    let length = |image, stride, expected, actual| PasteError::Rows { image, stride, expected, actual };
    // A stride of 5 takes 14 or 15 elements, one of 6 takes 16 to 18.
    for ((dst_len, dst_stride), (src_len, src_stride), patch, expected) in [
        ((15, 3), (18, 6), inside, PasteError::Stride { image: "destination", row: 4, stride: 3 }),
        ((15, 5), (18, 0), inside, PasteError::Stride { image: "source", row: 4, stride: 0 }),
        ((13, 5), (18, 6), inside, length("destination", 5, 15, 13)),
        ((16, 5), (18, 6), inside, length("destination", 5, 15, 16)),
        ((15, 5), (15, 6), inside, length("source", 6, 18, 15)),
        ((15, 5), (19, 6), inside, length("source", 6, 18, 19)),
        ((12, 5), (12, 6), inside, length("destination", 5, 15, 12)),
        // Twice this stride is none at all, where numbers wrap around.
        ((12, usize::MAX / 2 + 1), (18, 6), inside, length("destination", usize::MAX / 2 + 1, usize::MAX, 12)),
        ((15, 5), (12, usize::MAX), inside, length("source", usize::MAX, usize::MAX, 12)),
        ((15, 5), (18, 6), outside, PasteError::Patch(PatchError::Outside { patch: outside, shape })),
    ] {
        let (mut dst, src) = (vec![b'.'; dst_len], vec![b'#'; src_len]);
        assert_eq!(paste_strided(&mut dst, dst_stride, &src, src_stride, shape, patch), Err(expected));
        assert!(dst.iter().all(|&element| element == b'.'), "{expected}, yet something was written");
    }
}

#[test]
fn one_row_has_no_next_one() {
    let (mut dst, shape) = (*b"...", shape(3, 1, 1, Layout::Hwc));
    paste_strided(&mut dst, usize::MAX, b"abc", 3, shape, Patch::new(1, 0, 3, 1).unwrap()).unwrap();
    assert_eq!(&dst, b".bc");
}

/// Slices of what takes no memory may be as long as numbers go, so that here not only lengths overflow.
#[test]
fn elements_without_size_do_no_harm() {
    let (shape, patch) = (shape(2, 3, 2, Layout::Hwc), Patch::new(0, 1, 2, 3).unwrap());
    paste(&mut [(); 12], &[(); 12], shape, patch).unwrap();
    let (mut dst, src) = (vec![(); usize::MAX], [(); 12]);
    // The third row starts within the slice, and would end beyond all slices if it were padded.
    paste_strided(&mut dst, usize::MAX / 3 + 1, &src, 4, shape, patch).unwrap();
    assert_eq!(
        paste_strided(&mut dst, usize::MAX, &src, 4, shape, patch),
        Err(PasteError::Rows { image: "destination", stride: usize::MAX, expected: usize::MAX, actual: usize::MAX })
    );
}

/// An element of a user's own.
#[derive(Clone, Copy)]
struct Depth {
    millimetres: u16,
    valid: bool,
}

impl Depth {
    fn new(word: u32) -> Self {
        Self { millimetres: word as u16, valid: word >> 31 == 1 }
    }

    fn bits(self) -> u32 {
        u32::from(self.millimetres) | u32::from(self.valid) << 31
    }
}

/// A shape and a box in it.
fn any_patch() -> impl Strategy<Value = (Shape, Patch)> {
    let layout = prop_oneof![Just(Layout::Hwc), Just(Layout::Chw)];
    ((1..=9_u16, 1..=9_u16, 1..=4_u16), layout, any::<[u16; 4]>()).prop_map(
        |((width, height, channels), layout, [x, y, u, v])| {
            let ((x, u), (y, v)) = ((x % (width + 1), u % (width + 1)), (y % (height + 1), v % (height + 1)));
            (shape(width, height, channels, layout), Patch::new(x.min(u), y.min(v), x.max(u), y.max(v)).unwrap())
        },
    )
}

proptest! {
    #![proptest_config(Config { cases: 2_000, rng_seed: RngSeed::Fixed(0), ..Config::default() })]

    #[test]
    fn copies_what_a_naive_loop_copies((shape, patch) in any_patch(), seed: u64) {
        assert_like_naive(shape, patch, seed, |word| word as u8, u32::from)?;
        assert_like_naive(shape, patch, seed, |word| word as i8, |element| u32::from(element as u8))?;
        // RGB565 is one of these.
        assert_like_naive(shape, patch, seed, |word| word as u16, u32::from)?;
        // Any bits, so NaNs of every payload among them.
        assert_like_naive(shape, patch, seed, f32::from_bits, f32::to_bits)?;
        assert_like_naive(shape, patch, seed, Depth::new, Depth::bits)?;
    }

    #[test]
    fn copies_between_padded_rows_what_a_naive_loop_copies(
        (shape, patch) in any_patch(),
        paddings in (0..=5_usize, 0..=5_usize),
        // Of the last row's padding.
        missing in any::<(usize, usize)>(),
        seed: u64,
    ) {
        let mut stream = Stream::new(seed, 0, 0);
        let mut padded = |padding: usize, missing: usize| {
            let stride = shape.row_len() + padding;
            let len = stride * shape.rows() - missing % (padding + 1);
            (stride, (0..len).map(|_| stream.next_u32()).collect::<Vec<u32>>())
        };
        let (dst_stride, before) = padded(paddings.0, missing.0);
        let (src_stride, src) = padded(paddings.1, missing.1);
        let mut dst = before.clone();
        paste_strided(&mut dst, dst_stride, &src, src_stride, shape, patch).unwrap();
        for at in 0..dst.len() {
            let (row, column) = (at / dst_stride, at % dst_stride);
            let inside = column < shape.row_len() && is_inside(shape, patch, row * shape.row_len() + column);
            let expected = if inside { src[row * src_stride + column] } else { before[at] };
            prop_assert_eq!(dst[at], expected, "row {}, element {}", row, column);
        }
    }

    #[test]
    fn a_swap_is_two_pastes_and_undoes_itself((shape, patch) in any_patch(), seed: u64) {
        let mut stream = Stream::new(seed, 0, 0);
        let mut image = || (0..shape.len()).map(|_| stream.next_u32()).collect::<Vec<u32>>();
        let before = [image(), image()];
        let [mut first, mut second] = before.clone();
        let [mut into_first, mut into_second] = before.clone();
        paste(&mut into_first, &before[1], shape, patch).unwrap();
        paste(&mut into_second, &before[0], shape, patch).unwrap();

        swap(&mut first, &mut second, shape, patch).unwrap();
        prop_assert_eq!((&first, &second), (&into_first, &into_second));
        swap(&mut first, &mut second, shape, patch).unwrap();
        prop_assert_eq!([first, second], before);
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
    for at in 0..shape.len() {
        let expected = if is_inside(shape, patch, at) { src[at] } else { before[at] };
        prop_assert_eq!(bits(dst[at]), bits(expected), "element {}", at);
    }
    Ok(())
}

/// Whether element `at` is in the box: from the place in memory to the pixel, where the code goes from the pixel to the
/// place.
fn is_inside(shape: Shape, patch: Patch, at: usize) -> bool {
    let [width, height, channels] = [shape.width(), shape.height(), shape.channels()].map(usize::from);
    let (x, y) = match shape.layout() {
        Layout::Hwc => (at / channels % width, at / channels / width),
        Layout::Chw => (at % width, at / width % height),
    };
    (patch.x0()..patch.x1()).contains(&(x as u16)) && (patch.y0()..patch.y1()).contains(&(y as u16))
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
