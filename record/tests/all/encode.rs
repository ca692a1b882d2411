//! What is written arrives, and what cannot be a record is not written.

use std::convert::Infallible;
use std::ops::Range;

use cutmix_core::{CutMix, Grid, Layout, Patch, Plan, Shape, SizeError, Stream};
use cutmix_record::{
    Element, EncodeError, Header, PIECE, PLAN_CAPACITY, Pixels, SampleWriter, WriteError, encode_plan, encode_sample,
    sample_capacity,
};
use proptest::prelude::*;

use crate::by_hand::example;
use crate::case::{Arrived, Case, cases, read};

proptest! {
    #[test]
    fn what_is_written_arrives(case in cases()) {
        let record = case.record();
        let (first, last) = (record.first(), record.last());
        prop_assert_eq!((first, last), (Some(&0), Some(&0)));
        prop_assert!(!record[1..record.len() - 1].contains(&0), "a zero within");
        let capacity = case.element.map_or(PLAN_CAPACITY, |element| sample_capacity(case.header.shape, element));
        prop_assert!(record.len() <= capacity, "{} bytes, where at most {} were promised", record.len(), capacity);

        let (arrived, damages) = read(record.clone());
        prop_assert_eq!(&arrived, &[case.arrived()]);
        prop_assert!(damages.is_empty());

        // Written again from what arrived, it is the same record.
        let again = Case::again(arrived[0].header, arrived[0].sample.clone(), !case.as_bytes);
        prop_assert_eq!(again.record(), record);
    }
}

#[test]
fn what_cannot_be_a_record_is_refused() {
    let header = example();
    let memory = [7; 12];
    let refused = |header: &Header, pixels: Pixels, stride: usize, room: usize| {
        let mut out = [0xEE; 100];
        let error = encode_sample(header, pixels, stride, &mut out[..room]).unwrap_err();
        assert!(out.iter().all(|&byte| byte == 0xEE), "after an error something was written");
        let text = error.to_string();
        assert!(!text.is_empty() && !text.contains('\n'), "{text}");
        error
    };
    let bytes = |pixels: Range<usize>| Pixels::U8(&memory[pixels]);
    assert_eq!(refused(&header, bytes(0..6), 2, 100), EncodeError::Stride { row: 3, stride: 2 });
    assert_eq!(refused(&header, bytes(0..6), 0, 100), EncodeError::Stride { row: 3, stride: 0 });
    for (pixels, stride, expected) in
        [(0..5, 3, 6), (0..7, 3, 6), (0..7, 5, 10), (0..11, 5, 10), (0..0, 3, 6), (0..6, usize::MAX, usize::MAX)]
    {
        let actual = pixels.len();
        assert_eq!(refused(&header, bytes(pixels), stride, 100), EncodeError::Length { stride, expected, actual });
    }

    let needed = sample_capacity(header.shape, Element::U8);
    for actual in [0, 1, needed - 1] {
        assert_eq!(refused(&header, bytes(0..6), 3, actual), EncodeError::Room { needed, actual });
    }
    let mut out = [0xEE; 100];
    assert!(encode_sample(&header, bytes(0..6), 3, &mut out[..needed]).is_ok());
    assert!(encode_plan(&header, &mut out[..PLAN_CAPACITY]).is_ok());
    let mut out = [0xEE; PLAN_CAPACITY - 1];
    let (needed, actual) = (PLAN_CAPACITY, PLAN_CAPACITY - 1);
    assert_eq!(encode_plan(&header, &mut out), Err(EncodeError::Room { needed, actual }));
    assert_eq!(out, [0xEE; PLAN_CAPACITY - 1]);

    // A plan for more pixels, and one for as many in another shape.
    for shape in [Shape::new(3, 3, 1, Layout::Hwc).unwrap(), Shape::new(1, 6, 1, Layout::Hwc).unwrap()] {
        let other = Header { shape, ..header };
        let error = EncodeError::Plan(SizeError { plan: header.plan, shape });
        assert_eq!(refused(&other, bytes(0..6), 3, 100), error);
        assert_eq!(encode_plan(&other, &mut [0; 100]), Err(error));
    }
    // Strides of bytes are in bytes, and need not be those of whole elements.
    let wide = |bytes: &'static [u8]| Pixels::Bytes(Element::Rgb565HighFirst, bytes);
    assert_eq!(refused(&header, wide(&[7; 12]), 3, 100), EncodeError::Stride { row: 6, stride: 3 });
    assert_eq!(refused(&header, wide(&[7; 12]), 7, 100), EncodeError::Length { stride: 7, expected: 14, actual: 12 });
    assert!(encode_sample(&header, wide(&[7; 13]), 7, &mut [0; 100]).is_ok());
}

/// What an image of a shape cannot be made of is said before it is collected.
#[test]
fn elements_that_do_not_fit_the_shape_are_refused() {
    let shape = |width, channels| Shape::new(width, 2, channels, Layout::Hwc).unwrap();
    let plan = |shape, x0, x1| Plan::new(5, Patch::new(x0, 0, x1, 1).unwrap(), shape).unwrap();
    let refused = |shape: Shape, x0, x1, element: Element, text: &str| {
        let header = Header { shape, plan: plan(shape, x0, x1), ..example() };
        let bytes = vec![7; shape.len() * element.size()];
        let pixels = Pixels::Bytes(element, &bytes);
        let mut out = [0xEE; 400];
        let encoded = encode_sample(&header, pixels, shape.row_len() * element.size(), &mut out).map(|_| ());
        let sink = |_: &[u8]| Ok::<_, Infallible>(());
        let begun = SampleWriter::new(&header, element, &mut [0; PIECE], sink).map(drop);
        assert_eq!(begun.map_err(|error| matches!(error, WriteError::Record(_))), encoded.map_err(|_| true));
        let error = encoded.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(text) && error.is_empty() == text.is_empty(), "{shape:?} of {element:?}: {error:?}");
    };
    let numbers = [Element::I8 { zero_point: -1 }, Element::U16, Element::U16HighFirst, Element::I16, Element::F32];
    for channels in [1, 2, 3, 4, 6] {
        let right = |right: bool, text: &'static str| if right { "" } else { text };
        let image = shape(4, channels);
        refused(image, 1, 3, Element::U8, right(channels != 2, "bytes have 1 channel, 3 or more"));
        refused(image, 1, 3, Element::Bgr, right(channels == 3, "BGR has 3 channels"));
        for element in [Element::Rgb565, Element::Rgb565HighFirst] {
            refused(image, 1, 3, element, right(channels == 1, "has 1 channel of 16 bits"));
        }
        refused(image, 0, 2, Element::Yuyv, right(channels == 1, "YUYV has 1 channel of 16 bits"));
        for element in numbers {
            refused(image, 1, 3, element, "");
        }
    }
    refused(shape(5, 1), 0, 2, Element::Yuyv, "the width is 5");
    for (x0, x1) in [(1, 2), (2, 3), (1, 3)] {
        refused(shape(4, 1), x0, x1, Element::Yuyv, "cuts a pair");
    }
    // On the grid that the message names there is no such box.
    let (image, grid) = (shape(10, 1), Grid::new(2, 1).unwrap());
    let cutmix = CutMix::new(1.0).unwrap();
    for index in 0..1000 {
        let plan = cutmix.plan_on_grid(image, grid, 0, &mut Stream::new(1, 0, index));
        assert_eq!(Element::Yuyv.check(image, plan.patch()), Ok(()));
    }
}

/// The bytes of each kind of numbers, written down.
#[test]
fn numbers_are_bytes_in_the_order_of_their_element() {
    let shape = Shape::new(2, 1, 1, Layout::Hwc).unwrap();
    let header = Header { shape, plan: Plan::unmixed(300, shape), ..example() };
    for (pixels, element, bytes) in [
        (Pixels::U8(&[1, 2]), Element::U8, &[1, 2][..]),
        (Pixels::Rgb565(&[0x1234, 0xF800]), Element::Rgb565, &[0x34, 0x12, 0, 0xF8]),
        (Pixels::Rgb565Swapped(&[0x1234, 0xF800]), Element::Rgb565HighFirst, &[0x34, 0x12, 0, 0xF8]),
        (Pixels::I8 { values: &[-128, 5], zero_point: -3 }, Element::I8 { zero_point: -3 }, &[0x80, 5]),
        (Pixels::U16(&[1, 0xFFFE]), Element::U16, &[1, 0, 0xFE, 0xFF]),
        (Pixels::I16(&[-2, 258]), Element::I16, &[0xFE, 0xFF, 2, 1]),
        (Pixels::F32(&[1.0, -2.5]), Element::F32, &[0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0]),
        (Pixels::Bytes(Element::Yuyv, &[4, 3, 2, 1]), Element::Yuyv, &[4, 3, 2, 1]),
        (Pixels::Bytes(Element::U16HighFirst, &[4, 3, 2, 1]), Element::U16HighFirst, &[4, 3, 2, 1]),
    ] {
        assert_eq!(pixels.element(), element);
        let stride = bytes.len() / if let Pixels::Bytes(..) = pixels { 1 } else { element.size() };
        let mut out = [0; 100];
        let record = encode_sample(&header, pixels, stride, &mut out).unwrap().to_vec();
        assert_eq!(read(record), (vec![Arrived { header, sample: Some((element, bytes.to_vec())) }], vec![]));
    }
}
