//! Records taken apart and put together without our code, and one whose numbers are all known.

use cutmix_core::{Layout, Patch, Plan, Shape};
use cutmix_record::{Header, Key};

/// COBS after the paper, ours read nowhere.
pub fn unstuff(frame: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = frame;
    while let Some((&code, after)) = rest.split_first() {
        let run = after.get(..usize::from(code).checked_sub(1)?)?;
        bytes.extend(run);
        rest = &after[run.len()..];
        if code < 0xFF && !rest.is_empty() {
            bytes.push(0);
        }
    }
    Some(bytes)
}

/// COBS the other way, also after the paper: `fields` as a record, with its checksum.
pub fn record_of(fields: &[u8]) -> Vec<u8> {
    let bytes = [fields, &crc32fast::hash(fields).to_le_bytes()].concat();
    let mut record = vec![0];
    for run in bytes.split(|&byte| byte == 0) {
        let mut rest = run;
        while rest.len() >= 254 {
            record.push(0xFF);
            record.extend(&rest[..254]);
            rest = &rest[254..];
        }
        record.push(rest.len() as u8 + 1);
        record.extend(rest);
    }
    record.push(0);
    record
}

/// A byte, taken off the front.
pub fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (byte, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*byte)
}

/// LEB128, taken off the front.
pub fn take(bytes: &mut &[u8]) -> u64 {
    let length = bytes.iter().position(|&byte| byte < 0x80).expect("a number that ends") + 1;
    let (number, rest) = bytes.split_at(length);
    *bytes = rest;
    assert!(number.len() == 1 || number.last() != Some(&0), "longer than it need be: {number:x?}");
    number.iter().rev().fold(0, |value, &byte| value << 7 | u64::from(byte & 0x7F))
}

/// A sample whose numbers are all known, for what is damaged on purpose.
pub fn example() -> Header {
    let shape = Shape::new(3, 2, 1, Layout::Hwc).unwrap();
    let plan = Plan::new(5, Patch::new(1, 0, 3, 1).unwrap(), shape).unwrap();
    Header { key: Key { seed: 42, epoch: 0, index: 300 }, shape, plan, classes: [3, 4] }
}

/// Its fields up to the content: version, seed, epoch, index, shape, partner, box, λ, classes.
pub const FIELDS: [u8; 19] = [1, 42, 0, 0xAC, 2, 3, 2, 1, 0, 5, 1, 0, 3, 1, 4, 6, 3, 4, 1];
