//! What is no whole record, and that it costs no other.

use std::ops::Range;

use cutmix_record::{Damage, Reason};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::by_hand::{FIELDS, record_of};
use crate::case::{Arrived, Case, cases, read};

/// The first byte and the last of each record in a capture.
fn join(records: &[Vec<u8>]) -> (Vec<u8>, Vec<Range<usize>>) {
    let mut capture = Vec::new();
    let places = records.iter().map(|record| {
        let start = capture.len();
        capture.extend(record);
        start..capture.len()
    });
    let places = places.collect();
    (capture, places)
}

fn without(cases: &[Case], lost: &[usize]) -> Vec<Arrived> {
    let kept = cases.iter().enumerate().filter(|(number, _)| !lost.contains(number));
    kept.map(|(_, case)| case.arrived()).collect()
}

proptest! {
    /// Every byte but the zeros is part of a record or of a damaged stretch.
    #[test]
    fn anything_can_be_read(bytes in vec(prop_oneof![3 => Just(0_u8), 1 => 1_u8..20, 1 => any::<u8>()], 0..400)) {
        let (arrived, damages) = read(bytes.clone());
        prop_assert!(arrived.is_empty(), "by chance, {:?} has a right checksum", arrived);
        let stretches = bytes.split(|&byte| byte == 0).filter(|stretch| !stretch.is_empty());
        let found = damages.iter().map(|damage| &bytes[damage.offset..damage.offset + damage.bytes]);
        prop_assert!(stretches.eq(found));
    }

    #[test]
    fn a_flipped_bit_costs_its_record(cases in vec(cases(), 1..6), at in any::<Index>(), bit in 0_u8..8) {
        let (mut capture, places) = join(&cases.iter().map(Case::record).collect::<Vec<_>>());
        let at = at.index(capture.len());
        let hit = places.iter().position(|place| place.contains(&at)).unwrap();
        capture[at] ^= 1_u8 << bit;
        let splits = capture[at] == 0 && at != places[hit].start + 1 && at != places[hit].end - 2;
        let (arrived, damages) = read(capture);
        prop_assert_eq!(arrived, without(&cases, &[hit]));
        prop_assert_eq!(damages.len(), 1 + usize::from(splits));
        for Damage { offset, bytes, .. } in damages {
            prop_assert!(places[hit].contains(&offset) && places[hit].contains(&(offset + bytes - 1)));
        }
    }

    #[test]
    fn lost_bytes_cost_their_record(
        cases in vec(cases(), 1..6),
        which in any::<Index>(),
        range in any::<[Index; 2]>(),
    ) {
        let (mut capture, places) = join(&cases.iter().map(Case::record).collect::<Vec<_>>());
        let hit = which.index(places.len());
        let place = places[hit].clone();
        let [a, b] = range.map(|edge| place.start + edge.index(place.len()));
        let lost = a.min(b)..a.max(b) + 1;
        capture.drain(lost.clone());
        let (arrived, damages) = read(capture);
        // One zero of the two between records is enough.
        if lost == (place.start..place.start + 1) || lost == (place.end - 1..place.end) {
            prop_assert_eq!(arrived, without(&cases, &[]));
            prop_assert!(damages.is_empty());
        } else {
            prop_assert_eq!(arrived, without(&cases, &[hit]));
            let left = place.len() - lost.len();
            let zeros = usize::from(lost.start > place.start) + usize::from(lost.end < place.end);
            prop_assert_eq!(damages.iter().map(|damage| damage.bytes).sum::<usize>(), left - zeros);
            prop_assert!(damages.len() <= 1 && damages.iter().all(|damage| damage.offset <= place.start + 1));
        }
    }

    #[test]
    fn what_lies_between_records_costs_none(
        cases in vec(cases(), 0..5),
        at in any::<Index>(),
        garbage in vec(any::<u8>(), 1..80),
    ) {
        let records: Vec<_> = cases.iter().map(Case::record).collect();
        let at = at.index(records.len() + 1);
        let (before, after) = records.split_at(at);
        let start: usize = before.iter().map(Vec::len).sum();
        let (arrived, damages) = read([before.concat(), garbage.clone(), after.concat()].concat());
        prop_assert_eq!(arrived, without(&cases, &[]));
        let stretches = garbage.split(|&byte| byte == 0).filter(|stretch| !stretch.is_empty());
        prop_assert!(damages.iter().map(|damage| &garbage[damage.offset - start..][..damage.bytes]).eq(stretches));
    }

    #[test]
    fn a_capture_may_begin_and_end_anywhere(cases in vec(cases(), 1..5), cut in any::<[Index; 2]>()) {
        let (capture, places) = join(&cases.iter().map(Case::record).collect::<Vec<_>>());
        let [a, b] = cut.map(|cut| cut.index(capture.len() + 1));
        let (start, end) = (a.min(b), a.max(b));
        let (arrived, damages) = read(capture[start..end].to_vec());
        // The zeros of a record may be missing.
        let whole = |place: &Range<usize>| start <= place.start + 1 && place.end - 1 <= end && start < end;
        let lost: Vec<_> = (0..cases.len()).filter(|&number| !whole(&places[number])).collect();
        prop_assert_eq!(arrived, without(&cases, &lost));
        prop_assert!(damages.len() <= 2, "{:?}", damages);
    }
}

#[test]
fn damage_says_what_is_wrong() {
    let record = record_of(&[&FIELDS[..], &[6], b"abcdef"].concat());
    let with = |at: usize, value: u8| {
        let mut record = record.clone();
        record[at] = value;
        let (arrived, damages) = read(record);
        assert!(arrived.is_empty());
        damages
    };
    let bytes = record.len() - 2;
    assert_eq!(with(record.len() - 8, b'A'), [Damage { offset: 1, bytes, reason: Reason::Checksum }]);
    assert_eq!(with(1, 200), [Damage { offset: 1, bytes, reason: Reason::Framing }]);
    // A byte that became zero makes two stretches of one record.
    let offsets: Vec<_> = with(10, 0).iter().map(|damage| (damage.offset, damage.bytes)).collect();
    assert_eq!(offsets, [(1, 9), (11, record.len() - 12)]);
}

/// Only where both zeros between two records are lost, two records are.
#[test]
fn one_zero_of_two_is_enough() {
    let records = [record_of(&[&FIELDS[..18], &[0]].concat()), record_of(&[&FIELDS[..], &[6], b"abcdef"].concat())];
    let records = [records[0].clone(), records[1].clone(), records[0].clone(), records[1].clone()];
    let between = records[0].len() + records[1].len();
    for (lost, arrive) in [(between - 1..between, 4), (between..between + 1, 4), (between - 1..between + 1, 2)] {
        let mut capture = records.concat();
        capture.drain(lost);
        let (arrived, damages) = read(capture);
        assert_eq!((arrived.len(), damages.len()), (arrive, usize::from(arrive == 2)));
    }
}
