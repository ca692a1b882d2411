//! The bytes are those of the documentation.

use std::fs;

use cutmix_core::{Layout, Plan, Shape};
use cutmix_record::{Element, Header, Pixels, encode_plan, encode_sample};
use proptest::prelude::*;

use crate::by_hand::{example, record_of, take, take_byte, unstuff};
use crate::case::{Arrived, Case, cases, read};

proptest! {
    /// Field by field, from the table in the documentation.
    #[test]
    fn a_reader_written_from_the_documentation_reads_it(case in cases()) {
        let record = case.record();
        let bytes = unstuff(&record[1..record.len() - 1]).expect("a frame of COBS");
        let (mut fields, crc) = bytes.split_last_chunk().unwrap();
        prop_assert_eq!(crc32fast::hash(fields), u32::from_le_bytes(*crc));
        prop_assert_eq!(record_of(fields), record);
        let Header { key, shape, plan, classes } = case.header;
        let patch = plan.patch();
        let sides = [shape.width(), shape.height(), shape.channels()].map(u64::from);
        let edges = [patch.x0(), patch.y0(), patch.x1(), patch.y1()].map(u64::from);
        let (version, content, zero_point) = match case.element {
            None => (1, 0, None),
            Some(Element::U8) => (1, 1, None),
            Some(Element::Rgb565) => (1, 2, None),
            Some(Element::Rgb565HighFirst) => (2, 3, None),
            Some(Element::Bgr) => (2, 4, None),
            Some(Element::Yuyv) => (2, 5, None),
            Some(Element::I8 { zero_point }) => (2, 6, Some(zero_point)),
            Some(Element::U16) => (2, 7, None),
            Some(Element::U16HighFirst) => (2, 8, None),
            Some(Element::I16) => (2, 9, None),
            Some(Element::F32) => (2, 10, None),
            Some(other) => panic!("{other:?} is not in the documentation"),
        };
        let layout = u64::from(shape.layout() == Layout::Chw);
        let expected = [
            &[version, key.seed, key.epoch.into(), key.index.into()][..],
            &sides,
            &[layout, plan.partner().into()],
            &edges,
            &[plan.kept().into(), plan.total().into(), classes[0].into(), classes[1].into()],
            &[content],
        ];
        for number in expected.concat() {
            prop_assert_eq!(take(&mut fields), number);
        }
        if let Some(zero_point) = zero_point {
            prop_assert_eq!(take_byte(&mut fields), Some(zero_point as u8));
        }
        if let Some((_, pixels)) = case.arrived().sample {
            prop_assert_eq!(take(&mut fields), pixels.len() as u64);
            prop_assert_eq!(fields, pixels);
        } else {
            prop_assert!(fields.is_empty());
        }
    }
}

/// The bytes never change: captures are kept, and readers are written in other languages. These are Python's, by
/// `zlib.crc32`.
#[test]
fn records_are_those_written_down() {
    let header = example();
    let hex = |record: &[u8]| record.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let mut out = [0; 200];
    let sample = hex(encode_sample(&header, Pixels::U8(b"abc--def--"), 5, &mut out).unwrap());
    assert_eq!(sample, "0003012a06ac02030201030501130301040603040106616263646566f1b52bf600");
    let plan = hex(encode_plan(&header, &mut out).unwrap());
    assert_eq!(plan, "0003012a06ac020302010305010703010406030405d988f03c00");
    let wide = Header { shape: Shape::new(3, 2, 1, Layout::Chw).unwrap(), ..header };
    let pixels = [0x1234, 0, 0xF800, 0x07E0, 0x001F, 0xFFFF];
    let sample = hex(encode_sample(&wide, Pixels::Rgb565(&pixels), 3, &mut out).unwrap());
    assert_eq!(sample, "0003012a09ac020302010105010b030104060304020c3412010105f8e0071f07ffffd2cc2be200");
}

/// The records of `vectors/`, which a script makes after FORMAT.md: each is read, and written again as the same bytes.
#[test]
fn the_vectors_are_read_and_written() {
    let mut found = 0;
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "hex") {
            continue;
        }
        found += 1;
        let record = bytes_of(&fs::read_to_string(&path).unwrap());
        let (arrived, damages) = read(record.clone());
        assert_eq!((arrived.len(), damages.len()), (1, 0), "{}: {damages:?}", path.display());
        let Arrived { header, sample } = &arrived[0];
        for as_bytes in [false, true] {
            let again = Case::again(*header, sample.clone(), as_bytes);
            assert_eq!(again.record(), record, "{}", path.display());
        }
    }
    assert_eq!(found, 15);
}

/// The example of FORMAT.md is the vector `bytes`.
#[test]
fn the_example_of_the_document_is_a_record() {
    let document = include_str!("../../FORMAT.md");
    let example = document.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    // Bytes, two spaces at least, a remark.
    let bytes: String = example.lines().map(|line| line.split("  ").next().unwrap().to_owned() + "\n").collect();
    assert_eq!(bytes_of(&bytes), bytes_of(include_str!("../../vectors/bytes.hex")));
}

/// Of hexadecimal digits; what is behind # is a remark.
fn bytes_of(text: &str) -> Vec<u8> {
    let digits = text.lines().flat_map(|line| line.split('#').next().unwrap().split_whitespace());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// Others' COBS leaves out the last byte where the frame ends with a full block.
#[test]
fn a_frame_may_end_with_a_full_block() {
    let mut found = 0;
    for width in 200..300 {
        let shape = Shape::new(width, 1, 1, Layout::Hwc).unwrap();
        let header = Header { shape, plan: Plan::unmixed(5, shape), ..example() };
        let mut out = [0; 500];
        let record = encode_sample(&header, Pixels::U8(&vec![7; width.into()]), width.into(), &mut out).unwrap();
        let frame = &record[1..record.len() - 1];
        let (last, shorter) = frame.split_last().unwrap();
        if *last == 1 && unstuff(shorter) == unstuff(frame) {
            found += 1;
            let (arrived, damages) = read(shorter.to_vec());
            assert_eq!((arrived.len(), damages.len()), (1, 0));
        }
    }
    assert_eq!(found, 1);
}
