//! Captures: whatever the bytes, reading ends, and reads the same when they arrive in pieces; whatever was read is written again as the same bytes, in
//! one and row by row.

#![no_main]

use arbitrary::Arbitrary;
use std::convert::Infallible;

use cutmix_record::{
    PIECE, PLAN_CAPACITY, Pixels, Receiver, Record, Records, SampleWriter, encode_plan, encode_sample, sample_capacity,
};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Input {
    /// As they came, in pieces of so many bytes.
    Capture(Vec<u8>, u8),
    /// Of one record, which is given the right frame and the right checksum, since hardly any other bytes have them.
    Fields(Vec<u8>),
}

fuzz_target!(|input: Input| {
    match input {
        Input::Capture(mut capture, together) => {
            let stretches = capture.split(|&byte| byte == 0).filter(|stretch| !stretch.is_empty()).count();
            let arrived = capture.clone();
            let mut buffer = vec![0; capture.len()];
            let mut receiver = Receiver::new(&mut buffer);
            let mut pieces = arrived.chunks(usize::from(together).max(1));
            let mut piece = &[][..];
            let found = Records::new(&mut capture).inspect(|record| {
                drop(record.map(again));
                let same = loop {
                    if let Some(other) = receiver.next(&mut piece) {
                        break other == *record;
                    }
                    match pieces.next() {
                        Some(next) => piece = next,
                        None => break receiver.end() == Some(*record),
                    }
                };
                assert!(same, "{record:?} is another in pieces of {together}");
            });
            assert_eq!(found.count(), stretches);
        }
        Input::Fields(fields) => {
            let capture = framed(&fields);
            let mut read = capture.clone();
            let mut records = Records::new(&mut read);
            if let Some(Ok(record)) = records.next() {
                assert_eq!(again(record), capture);
            }
            assert!(records.next().is_none());
        }
    }
});

/// The record as it is written, read once more.
fn again(record: Record<'_>) -> Vec<u8> {
    let mut out;
    let written = match record {
        Record::Sample { header, element, pixels, .. } => {
            out = vec![0; sample_capacity(header.shape, element)];
            let row = header.shape.row_len() * element.size();
            let mut sent = Vec::new();
            let mut piece = [0; PIECE];
            let sink = |piece: &[u8]| {
                sent.extend_from_slice(piece);
                Ok::<_, Infallible>(())
            };
            let mut writer =
                SampleWriter::new(&header, element, &mut piece, sink).expect("what was read can be written");
            for line in pixels.chunks(row) {
                writer.rows(Pixels::Bytes(element, line), row).expect("a row");
            }
            writer.finish().expect("all rows");
            let written = encode_sample(&header, Pixels::Bytes(element, pixels), row, &mut out);
            assert_eq!(written.as_deref().ok(), Some(&sent[..]));
            written
        }
        Record::Plan { header, .. } => {
            out = vec![0; PLAN_CAPACITY];
            encode_plan(&header, &mut out)
        }
    };
    let written = written.expect("what was read can be written").to_vec();
    let mut read = written.clone();
    let read = Records::new(&mut read).next().expect("a record").expect("a whole one");
    match (record, read) {
        (Record::Sample { header, element, pixels, .. }, Record::Sample { header: h, element: e, pixels: p, .. }) => {
            assert_eq!((header, element, pixels), (h, e, p));
        }
        (Record::Plan { header, .. }, Record::Plan { header: h, .. }) => assert_eq!(header, h),
        (record, read) => panic!("{record:?} became {read:?}"),
    }
    written
}

/// `fields` with their CRC-32, in COBS, between zeros.
fn framed(fields: &[u8]) -> Vec<u8> {
    let mut crc = !0_u32;
    for byte in fields {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut frame = vec![0];
    for run in [fields, &(!crc).to_le_bytes()].concat().split(|&byte| byte == 0) {
        let mut rest = run;
        while rest.len() >= 254 {
            frame.push(0xFF);
            frame.extend(&rest[..254]);
            rest = &rest[254..];
        }
        frame.push(rest.len() as u8 + 1);
        frame.extend(rest);
    }
    frame.push(0);
    frame
}
