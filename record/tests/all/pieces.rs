//! Row by row out of the device, and piece by piece into the host: the same records as in one.

use std::convert::Infallible;

use cutmix_core::{Layout, Plan, Shape};
use cutmix_record::{
    Damage, Element, ElementError, EncodeError, Header, PIECE, Pixels, Reason, Receiver, Record, Records, SampleWriter,
    WriteError, encode_sample, sample_capacity,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::by_hand::example;
use crate::case::{Case, cases};

/// The sample of `case`, so many rows at a time in turn.
fn row_by_row(case: &Case, element: Element, together: &[usize]) -> Vec<u8> {
    let (shape, stride) = (case.header.shape, case.stride);
    let mut sent = Vec::new();
    let mut memory = [7; PIECE];
    let mut writer = SampleWriter::new(&case.header, element, &mut memory, |piece: &[u8]| {
        assert!((1..=PIECE).contains(&piece.len()), "a piece of {} bytes", piece.len());
        sent.extend_from_slice(piece);
        Ok::<_, Infallible>(())
    })
    .unwrap();
    let (mut row, mut turns) = (0, together.iter().cycle());
    while row < shape.rows() {
        let rows = (*turns.next().unwrap()).min(shape.rows() - row);
        // With the padding of the last of them or without, as the frame has it in its last row.
        let end = if rows % 2 == 0 { (row + rows) * stride } else { (row + rows - 1) * stride + shape.row_len() };
        let range = row * stride..end.min(case.memory.len());
        case.with_pixels(element, range, |pixels, stride| writer.rows(pixels, stride)).unwrap();
        row += rows;
    }
    writer.finish().unwrap();
    sent
}

proptest! {
    #[test]
    fn a_sample_written_by_rows_has_the_same_bytes(case in cases(), together in vec(1_usize..5, 1..6)) {
        if let Some(element) = case.element {
            prop_assert_eq!(row_by_row(&case, element, &together), case.record());
        }
    }

    /// Wherever the pieces are cut; with damage, noise and an unfinished record in between.
    #[test]
    fn what_arrives_in_pieces_is_what_arrives_at_once(
        cases in vec(cases(), 1..5),
        hits in vec((any::<Index>(), any::<u8>()), 0..4),
        noise in vec(any::<u8>(), 0..300),
        lost in any::<Index>(),
        cuts in vec(1_usize..700, 1..8),
    ) {
        let mut capture: Vec<u8> = cases.iter().flat_map(Case::record).collect();
        for (place, byte) in hits {
            let place = place.index(capture.len());
            capture[place] = byte;
        }
        let middle = lost.index(capture.len());
        capture.splice(middle..middle, noise);
        capture.truncate(capture.len() - lost.index(2) * 3);

        let mut buffer = vec![0; 4000];
        let mut receiver = Receiver::new(&mut buffer);
        let mut arrived = Vec::new();
        let (mut rest, mut turns) = (&capture[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let (mut piece, behind) = rest.split_at((*turns.next().unwrap()).min(rest.len()));
            while let Some(record) = receiver.next(&mut piece) {
                arrived.push(owned(record));
            }
            prop_assert!(piece.is_empty());
            rest = behind;
        }
        arrived.extend(receiver.end().map(owned));
        prop_assert!(receiver.end().is_none());
        let expected: Vec<_> = Records::new(&mut capture.clone()).map(owned).collect();
        prop_assert_eq!(arrived, expected);
    }
}

/// Where a record lies, its header, and of a sample its pixels.
type Owned = (usize, Header, Option<(Element, Vec<u8>)>);

fn owned(record: Result<Record<'_>, Damage>) -> Result<Owned, Damage> {
    record.map(|record| match record {
        Record::Sample { offset, header, element, pixels } => (offset, header, Some((element, pixels.to_vec()))),
        Record::Plan { offset, header } => (offset, header, None),
    })
}

/// Blocks of COBS that end where a row, the header or the frame does, and frames without any zero or of nothing else.
#[test]
fn blocks_end_anywhere() {
    for value in [0_u8, 7] {
        for width in (1..=600).chain([10_000]) {
            let shape = Shape::new(width, 1, 1, Layout::Hwc).unwrap();
            let header = Header { shape, plan: Plan::unmixed(5, shape), ..example() };
            let memory = vec![value.into(); width.into()];
            let case = Case { header, element: Some(Element::U8), stride: width.into(), memory, as_bytes: false };
            let mut out = vec![0; sample_capacity(shape, Element::U8)];
            let record =
                encode_sample(&header, Pixels::U8(&vec![value; width.into()]), width.into(), &mut out).unwrap();
            assert_eq!(row_by_row(&case, Element::U8, &[1]), *record, "{width} bytes of {value}");
        }
    }
}

#[test]
fn what_is_no_sample_is_refused() {
    let header = example(); // 3×2 pixels
    let quiet = |_: &[u8]| Ok::<_, Infallible>(());
    let memory = &mut [7; PIECE];
    let refused = |result: Result<(), WriteError<Infallible>>| match result {
        Err(WriteError::Record(error)) => error,
        other => panic!("{other:?}"),
    };
    let mut writer = SampleWriter::new(&header, Element::U8, memory, quiet).unwrap();
    for (elements, stride, error) in [
        (3, 2, EncodeError::Stride { row: 3, stride: 2 }),
        (3, 0, EncodeError::Stride { row: 3, stride: 0 }),
        (4, 3, EncodeError::PartOfRow { row: 3, actual: 1 }),
        (9, 5, EncodeError::PartOfRow { row: 3, actual: 4 }),
        (9, 3, EncodeError::Rows { expected: 2, actual: 3 }),
    ] {
        assert_eq!(refused(writer.rows(Pixels::U8(&[1; 9][..elements]), stride)), error);
    }
    let error = EncodeError::Element { expected: Element::U8, actual: Element::Rgb565 };
    assert_eq!(refused(writer.rows(Pixels::Rgb565(&[1; 3]), 3)), error);
    writer.rows(Pixels::U8(&[]), 3).unwrap();
    writer.rows(Pixels::U8(&[1; 3]), 3).unwrap();
    let error = EncodeError::Rows { expected: 2, actual: 1 };
    assert_eq!(refused(writer.finish()), error);
    assert!(error.to_string().contains("2 rows, and 1 came"), "{error}");

    // Nothing of what was refused is in the record.
    let mut sent = Vec::new();
    let mut writer = SampleWriter::new(&header, Element::U8, memory, |piece: &[u8]| {
        sent.extend_from_slice(piece);
        Ok::<_, Infallible>(())
    })
    .unwrap();
    writer.rows(Pixels::U8(b"abc"), 3).unwrap();
    refused(writer.rows(Pixels::U8(b"xyzxyz"), 3));
    writer.rows(Pixels::U8(b"def"), 9).unwrap();
    writer.finish().unwrap();
    let mut out = [0; 100];
    assert_eq!(sent, *encode_sample(&header, Pixels::U8(b"abcdef"), 3, &mut out).unwrap());

    let other = Header { shape: Shape::new(3, 3, 1, Layout::Hwc).unwrap(), ..header };
    assert!(matches!(
        SampleWriter::new(&other, Element::U8, memory, quiet),
        Err(WriteError::Record(EncodeError::Plan(_)))
    ));
    let shape = Shape::new(3, 2, 3, Layout::Hwc).unwrap();
    let colors = Header { shape, ..header };
    let unfit = ElementError::Channels { element: Element::Rgb565, channels: 3 };
    let error = SampleWriter::new(&colors, Element::Rgb565, memory, quiet).map(drop);
    assert_eq!(error, Err(WriteError::Record(EncodeError::Unfit(unfit))));
}

/// A link that fails is said, whichever piece it is.
#[test]
fn a_sink_that_fails_is_heard() {
    let shape = Shape::new(1000, 1, 1, Layout::Hwc).unwrap();
    let header = Header { shape, plan: Plan::unmixed(5, shape), ..example() };
    let write = |fails_at: usize| {
        let mut pieces = 0;
        let mut memory = [7; PIECE];
        let mut writer = SampleWriter::new(&header, Element::U8, &mut memory, |_: &[u8]| {
            pieces += 1;
            if pieces > fails_at { Err("no link") } else { Ok(()) }
        })?;
        writer.rows(Pixels::U8(&[7; 1000]), 1000)?;
        writer.finish()
    };
    let pieces = (0..100).find(|&at| write(at).is_ok()).unwrap();
    assert!(pieces > 4, "{pieces} pieces");
    for at in 0..pieces {
        assert_eq!(write(at), Err(WriteError::Sink("no link")), "piece {at}");
    }
}

/// A record that the buffer has no room for is damage of its own length, and the next one is read.
#[test]
fn a_record_that_is_longer_than_the_buffer_costs_itself() {
    let header = example();
    let mut out = [0; 100];
    let long = encode_sample(&header, Pixels::U8(b"abcdef"), 3, &mut out).unwrap().to_vec();
    let plan = Case { header, element: None, stride: 3, memory: vec![0; 6], as_bytes: false }.record();
    let capture = [&long[..], &plan].concat();
    let capacity = plan.len() - 2;
    assert!(long.len() - 2 > capacity);
    let mut buffer = vec![0; capacity];
    let mut receiver = Receiver::new(&mut buffer);
    let mut rest = &capture[..];
    let damage = Damage { offset: 1, bytes: long.len() - 2, reason: Reason::TooLong { capacity } };
    assert_eq!(receiver.next(&mut rest), Some(Err(damage)));
    assert_eq!(receiver.next(&mut rest), Some(Ok(Record::Plan { offset: long.len() + 1, header })));
    assert_eq!(receiver.next(&mut rest), None);
    assert_eq!(receiver.end(), None);
}
