//! The bytes are those of the documentation.

use cutmix_core::{Layout, Plan, Shape};
use cutmix_record::{Element, Header, Pixels, encode_plan, encode_sample};
use proptest::prelude::*;

use crate::by_hand::{example, record_of, take, unstuff};
use crate::case::{cases, read};

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
        let layout = u64::from(shape.layout() == Layout::Chw);
        let expected = [
            &[1, key.seed, key.epoch.into(), key.index.into()][..],
            &sides,
            &[layout, plan.partner().into()],
            &edges,
            &[plan.kept().into(), plan.total().into(), classes[0].into(), classes[1].into()],
            &[case.element.map_or(0, |element| if element == Element::U8 { 1 } else { 2 })],
        ];
        for number in expected.concat() {
            prop_assert_eq!(take(&mut fields), number);
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
