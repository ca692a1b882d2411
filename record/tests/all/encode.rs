//! What is written arrives, and what cannot be a record is not written.

use std::ops::Range;

use cutmix_core::{Layout, Shape};
use cutmix_record::{Element, EncodeError, Header, PLAN_CAPACITY, Pixels, encode_plan, encode_sample, sample_capacity};
use proptest::prelude::*;

use crate::by_hand::example;
use crate::case::{Case, cases, read};

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
        let (element, pixels) = arrived[0].sample.clone().unzip();
        let pixels = pixels.unwrap_or_default();
        let memory = match element {
            Some(Element::Rgb565) => pixels.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect(),
            _ => pixels.into_iter().map(u16::from).collect(),
        };
        let again = Case { header: arrived[0].header, element, stride: case.header.shape.row_len(), memory };
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
        assert_eq!(refused(&header, bytes(pixels), stride, 100), EncodeError::Length { expected, actual });
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
        let error = EncodeError::Plan { plan: header.plan, shape };
        assert_eq!(refused(&other, bytes(0..6), 3, 100), error);
        assert_eq!(encode_plan(&other, &mut [0; 100]), Err(error));
    }
    let colors = Header { shape: Shape::new(3, 2, 3, Layout::Hwc).unwrap(), ..header };
    assert_eq!(refused(&colors, Pixels::Rgb565(&[0; 18]), 9, 100), EncodeError::Channels { channels: 3 });
}
