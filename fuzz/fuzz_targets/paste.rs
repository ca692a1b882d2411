//! `paste`, `paste_strided` and `swap` against a copy element by element; what is refused changes nothing.

#![no_main]

use arbitrary::Arbitrary;
use cutmix_core::{Shape, paste, paste_strided, swap};
use fuzz::{Sides, SmallBox, elements};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    sides: Sides,
    patch: SmallBox,
    dst: Buffer,
    src: Buffer,
}

/// How a buffer departs from one that holds the image and nothing else.
#[derive(Arbitrary, Debug)]
struct Buffer {
    stride: Option<usize>,
    padding: u8,
    surplus: i8,
}

impl Buffer {
    fn stride(&self, shape: Shape) -> usize {
        self.stride.unwrap_or(shape.row_len() + usize::from(self.padding % 4))
    }

    /// Of the rows of `shape`, `stride` apart, give or take a few; no more than there is memory for.
    fn len(&self, shape: Shape, stride: usize) -> usize {
        stride.saturating_mul(shape.rows()).min(2000).saturating_add_signed((self.surplus % 8).into())
    }
}

fn holds(len: usize, shape: Shape, stride: usize) -> bool {
    let [len, row, rows, stride] = [len, shape.row_len(), shape.rows(), stride].map(|number| number as u128);
    stride >= row && (stride * (rows - 1) + row..=stride * rows).contains(&len)
}

fuzz_target!(|input: Input| {
    run(&input, |number| number, u32::from);
    // NaNs of many payloads.
    run(&input, |number| f32::from_bits(0x7f80_0001 + u32::from(number)), f32::to_bits);
});

fn run<T: Copy>(input: &Input, element: fn(u16) -> T, bits: fn(T) -> u32) {
    let (shape, patch) = (input.sides.small(), input.patch.get());
    let image = |len: usize, first: u16| (first..).take(len).map(element).collect::<Vec<T>>();
    let same = |left: &[T], right: &[T]| left.iter().map(|&e| bits(e)).eq(right.iter().map(|&e| bits(e)));

    let row = shape.row_len();
    let (before, src) = (image(input.dst.len(shape, row), 0), image(input.src.len(shape, row), 30_000));
    let valid = before.len() == shape.len() && src.len() == shape.len() && patch.fits(shape);
    let (mut expected, mut expected_src) = (before.clone(), src.clone());
    if valid {
        for element in elements(shape, patch, row) {
            expected[element] = src[element];
            expected_src[element] = before[element];
        }
    }
    let mut dst = before.clone();
    assert_eq!(paste(&mut dst, &src, shape, patch).is_ok(), valid);
    assert!(same(&dst, &expected));

    let (mut first, mut second) = (before, src);
    assert_eq!(swap(&mut first, &mut second, shape, patch).is_ok(), valid);
    assert!(same(&first, &expected) && same(&second, &expected_src));

    let (dst_stride, src_stride) = (input.dst.stride(shape), input.src.stride(shape));
    let (mut dst, src) = (image(input.dst.len(shape, dst_stride), 0), image(input.src.len(shape, src_stride), 30_000));
    let valid = holds(dst.len(), shape, dst_stride) && holds(src.len(), shape, src_stride) && patch.fits(shape);
    let mut expected = dst.clone();
    if valid {
        for (to, from) in elements(shape, patch, dst_stride).zip(elements(shape, patch, src_stride)) {
            expected[to] = src[from];
        }
    }
    assert_eq!(paste_strided(&mut dst, dst_stride, &src, src_stride, shape, patch).is_ok(), valid);
    assert!(same(&dst, &expected));
}
