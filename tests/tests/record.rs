//! Records: what is written is what arrives, against a reader that shares no code with ours; and damage costs no more
//! than the record that it hit.

use std::ops::Range;

use cutmix_core::{Layout, Patch, PatchError, Plan, Shape, ShapeError, Stream};
use cutmix_record::{
    Damage, Element, EncodeError, Header, Key, PLAN_CAPACITY, Pixels, Reason, Record, Records, encode_plan,
    encode_sample, sample_capacity,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// What a device might send.
#[derive(Clone, Debug)]
struct Case {
    header: Header,
    /// None for a plan alone.
    element: Option<Element>,
    stride: usize,
    /// Rows with their padding; of bytes, the low ones count.
    memory: Vec<u16>,
}

/// A record that arrived.
#[derive(Clone, Debug, PartialEq)]
struct Arrived {
    header: Header,
    sample: Option<(Element, Vec<u8>)>,
}

impl Case {
    fn bytes(&self) -> Vec<u8> {
        self.memory.iter().map(|&element| element as u8).collect()
    }

    fn record(&self) -> Vec<u8> {
        let mut out = vec![0xEE; 4000];
        let (bytes, header) = (self.bytes(), &self.header);
        let record = match self.element {
            None => encode_plan(header, &mut out),
            Some(Element::Rgb565) => encode_sample(header, Pixels::Rgb565(&self.memory), self.stride, &mut out),
            Some(_) => encode_sample(header, Pixels::U8(&bytes), self.stride, &mut out),
        };
        let written = record.unwrap().to_vec();
        assert!(out[written.len()..].iter().all(|&byte| byte == 0xEE), "more was written than came back");
        written
    }

    fn arrived(&self) -> Arrived {
        let shape = self.header.shape;
        let elements = self.memory.chunks(self.stride).flat_map(|row| row[..shape.row_len()].iter().copied());
        let pixels = |element: Element| match element {
            Element::Rgb565 => elements.flat_map(u16::to_le_bytes).collect(),
            _ => elements.map(|element| element as u8).collect(),
        };
        Arrived { header: self.header, sample: self.element.map(|element| (element, pixels(element))) }
    }
}

prop_compose! {
    fn headers()(
        sides in (1_u16..=9, 1_u16..=7, 1_u16..=4, any::<bool>()),
        edges in any::<[Index; 4]>(),
        key in (number(), any::<u32>(), number()),
        partner in any::<u32>(),
        classes in any::<[u16; 2]>(),
    ) -> Header {
        let (width, height, channels, planes) = sides;
        let shape = Shape::new(width, height, channels, if planes { Layout::Chw } else { Layout::Hwc }).unwrap();
        let [a, b, c, d] = edges;
        let [x0, x1] = [a, b].map(|edge| edge.index(usize::from(width) + 1) as u16);
        let [y0, y1] = [c, d].map(|edge| edge.index(usize::from(height) + 1) as u16);
        let patch = Patch::new(x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)).unwrap();
        let (seed, epoch, index) = key;
        Header { key: Key { seed, epoch, index }, shape, plan: Plan::new(partner, patch, shape).unwrap(), classes }
    }
}

/// Of every length in bits.
fn number() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64).prop_map(|(number, shift)| number >> shift)
}

prop_compose! {
    fn cases()(
        header in headers(),
        kind in 0..5,
        padding in 0_usize..4,
        whole in any::<bool>(),
        memory in vec(prop_oneof![Just(0_u16), any::<u16>(), Just(0xFFFF)], 7 * 4 * 40),
    ) -> Case {
        let (mut header, mut element) = (header, None);
        if kind > 2 && header.shape.channels() == 1 {
            element = Some(Element::Rgb565);
        } else if kind > 0 {
            element = Some(Element::U8);
        }
        if kind == 1 {
            header.plan = Plan::unmixed(header.key.index as u32, header.shape);
        }
        let shape = header.shape;
        let stride = shape.row_len() + padding;
        let length = stride * shape.rows() - if whole { 0 } else { padding };
        Case { header, element, stride, memory: memory[..length].to_vec() }
    }
}

fn read(mut capture: Vec<u8>) -> (Vec<Arrived>, Vec<Damage>) {
    let (mut arrived, mut damages) = (Vec::new(), Vec::new());
    for record in Records::new(&mut capture) {
        match record {
            Ok(Record::Sample { header, element, pixels, .. }) => {
                arrived.push(Arrived { header, sample: Some((element, pixels.to_vec())) });
            }
            Ok(Record::Plan { header, .. }) => arrived.push(Arrived { header, sample: None }),
            Err(damage) => damages.push(damage),
        }
    }
    (arrived, damages)
}

/// COBS after the paper, ours read nowhere.
fn unstuff(frame: &[u8]) -> Option<Vec<u8>> {
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
fn record_of(fields: &[u8]) -> Vec<u8> {
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

/// LEB128, taken off the front.
fn take(bytes: &mut &[u8]) -> u64 {
    let length = bytes.iter().position(|&byte| byte < 0x80).expect("a number that ends") + 1;
    let (number, rest) = bytes.split_at(length);
    *bytes = rest;
    assert!(number.len() == 1 || number.last() != Some(&0), "longer than it need be: {number:x?}");
    number.iter().rev().fold(0, |value, &byte| value << 7 | u64::from(byte & 0x7F))
}

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

/// A sample whose numbers are all known, for what is damaged on purpose.
fn example() -> Header {
    let shape = Shape::new(3, 2, 1, Layout::Hwc).unwrap();
    let plan = Plan::new(5, Patch::new(1, 0, 3, 1).unwrap(), shape).unwrap();
    Header { key: Key { seed: 42, epoch: 0, index: 300 }, shape, plan, classes: [3, 4] }
}

/// Its fields up to the content: version, seed, epoch, index, shape, partner, box, λ, classes.
const FIELDS: [u8; 19] = [1, 42, 0, 0xAC, 2, 3, 2, 1, 0, 5, 1, 0, 3, 1, 4, 6, 3, 4, 1];

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
            &[1, key.seed, key.epoch.into(), key.index][..],
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

    /// The numbers of a sample are not only whole, they agree; whoever wrote them.
    #[test]
    fn whatever_has_a_right_checksum_is_checked(at in 0..FIELDS.len(), value in any::<u8>()) {
        let mut fields = [&FIELDS[..], &[6], b"abcdef"].concat();
        fields[at] = value;
        let mut capture = record_of(&fields);
        for record in Records::new(&mut capture) {
            let Ok(Record::Sample { header, element, pixels, .. }) = record else { continue };
            let Header { shape, plan, .. } = header;
            prop_assert_eq!(pixels.len(), shape.len() * element.size());
            prop_assert!(plan.patch().fits(shape) && plan.total() == shape.pixels());
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

/// Keys, partners and classes as long as they can be, and no zero to save a byte: what is promised is hardly more.
#[test]
fn capacities_are_enough_and_tight() {
    let worst = |width, height, channels| {
        let shape = Shape::new(width, height, channels, Layout::Chw).unwrap();
        let patch = Patch::new(width - 1, height - 1, width, height).unwrap();
        let key = Key { seed: u64::MAX, epoch: u32::MAX, index: u64::MAX };
        Header { key, shape, plan: Plan::new(u32::MAX, patch, shape).unwrap(), classes: [u16::MAX; 2] }
    };
    let mut out = vec![0; 70_000];
    for (width, height, channels) in
        (2..=300).map(|width| (width, 2, 1)).chain([(32, 32, 3), (129, 130, 2), (9, 7, 200)])
    {
        let header = worst(width, height, channels);
        let pixels = vec![0xFFFF; header.shape.len()];
        let bytes = vec![0xFF; header.shape.len()];
        for pixels in [Pixels::U8(&bytes), Pixels::Rgb565(&pixels)] {
            let capacity = sample_capacity(header.shape, pixels.element());
            if !pixels.element().fits(header.shape) {
                continue;
            }
            let length = encode_sample(&header, pixels, header.shape.row_len(), &mut out[..capacity]).unwrap().len();
            assert!(capacity - length <= 1, "{length} of {capacity} bytes for {width}×{height}×{channels}");
        }
    }
    let header = worst(u16::MAX, 32_767, 1);
    let length = encode_plan(&header, &mut out[..PLAN_CAPACITY]).unwrap().len();
    assert_eq!((length, PLAN_CAPACITY), (75, 77), "channels have a byte, not three, in so large an image");
}

/// What the documentation says that a plan takes.
#[test]
fn a_plan_takes_a_few_bytes() {
    let mut out = [0; PLAN_CAPACITY];
    let (mut small, mut large) = (Vec::new(), Vec::new());
    for side in [32, 96] {
        let shape = Shape::new(side, side, 3, Layout::Hwc).unwrap();
        let policy = cutmix_core::CutMix::new(1.0).unwrap();
        for index in 0..5000 {
            for (seed, lengths) in [(42, &mut small), (u64::MAX, &mut large)] {
                let key = Key { seed, epoch: 3, index };
                let plan = policy.plan(shape, index.saturating_sub(9) as u32, &mut key.stream());
                let header = Header { key, shape, plan, classes: [3, 5] };
                lengths.push(encode_plan(&header, &mut out).unwrap().len());
            }
        }
    }
    let range = |lengths: &[usize]| (*lengths.iter().min().unwrap(), *lengths.iter().max().unwrap());
    assert_eq!((range(&small), range(&large)), ((27, 29), (36, 38)));
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
    let colours = Header { shape: Shape::new(3, 2, 3, Layout::Hwc).unwrap(), ..header };
    assert_eq!(refused(&colours, Pixels::Rgb565(&[0; 18]), 9, 100), EncodeError::Channels { channels: 3 });
}

#[test]
fn fields_that_contradict_each_other_are_refused() {
    let reason = |fields: &[u8]| {
        let mut capture = record_of(fields);
        let bytes = capture.len() - 2;
        let mut records = Records::new(&mut capture);
        let damage = records.next().unwrap().expect_err("it was taken for a record");
        assert_eq!((damage.offset, damage.bytes), (1, bytes));
        assert!(records.next().is_none());
        damage.reason
    };
    let plan = |at: usize, value: u8| {
        let mut fields = FIELDS;
        (fields[18], fields[at]) = (0, value);
        fields
    };
    assert_eq!(
        read(record_of(&plan(18, 0))).0,
        [Arrived { header: example(), sample: None }],
        "they are right as they are"
    );
    let whole = [&FIELDS[..], &[6], b"abcdef"].concat();
    assert_eq!(read(record_of(&whole)).0[0].header, example());

    assert_eq!(reason(&plan(0, 2)), Reason::Newer { version: 2 });
    assert_eq!(reason(&[200, 1, 2, 3]), Reason::Newer { version: 200 }, "whatever follows");
    assert!(Reason::Newer { version: 2 }.to_string().contains("written by a newer version, in format 2; update host"));
    for fields in [&[0][..], &plan(0, 0), &plan(8, 2), &plan(18, 3), &plan(18, 1), &[1], &FIELDS[..18], &[]] {
        assert_eq!(reason(fields), Reason::Fields, "{fields:?}");
    }
    assert_eq!(reason(&[&plan(18, 0)[..], &[0]].concat()), Reason::Fields, "something follows");
    assert_eq!(reason(&[&whole[..], &[0]].concat()), Reason::Fields, "something follows");
    assert_eq!(reason(&whole[..whole.len() - 1]), Reason::Fields, "the pixels end early");
    let mut long = plan(18, 0).to_vec();
    long.splice(1..2, [0x80 | 0x2a, 0]);
    assert_eq!(reason(&long), Reason::Fields, "42 in two bytes");
    let mut long = whole.clone();
    long.splice(19..20, [0x86, 0]);
    assert_eq!(reason(&long), Reason::Fields, "6 in two bytes");

    assert_eq!(reason(&plan(5, 0)), Reason::Shape(ShapeError::Zero { width: 0, height: 2, channels: 1 }));
    assert!(matches!(reason(&plan(10, 4)), Reason::Patch(PatchError::Inverted { .. })));
    assert!(matches!(reason(&plan(12, 4)), Reason::Patch(PatchError::Outside { .. })));
    assert_eq!(reason(&plan(14, 3)), Reason::Lambda { kept: 3, total: 6 });
    assert_eq!(reason(&plan(15, 5)), Reason::Lambda { kept: 4, total: 5 });
    let pixels = |pixels: &[u8]| [&FIELDS[..], &[pixels.len() as u8], pixels].concat();
    assert_eq!(reason(&pixels(b"abcde")), Reason::Pixels { expected: 6, actual: 5 });
    assert_eq!(reason(&pixels(b"abcdefg")), Reason::Pixels { expected: 6, actual: 7 });
    let mut wide = pixels(b"abcdef");
    wide[18] = 2;
    assert_eq!(reason(&wide), Reason::Pixels { expected: 12, actual: 6 });
    let mut wide = pixels(&[1; 36]);
    (wide[7], wide[18]) = (3, 2);
    assert_eq!(reason(&wide), Reason::Channels { channels: 3 });
    for reason in [Reason::Framing, Reason::Checksum, Reason::Fields, Reason::Pixels { expected: 6, actual: 5 }] {
        let text = Damage { offset: 120, bytes: 30, reason }.to_string();
        assert!(text.starts_with("30 bytes from byte 120 on: ") && text.len() > 40 && !text.contains('\n'), "{text}");
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

/// Where a record begins, behind its first zero.
#[test]
fn records_say_where_they_lie() {
    let plan = record_of(&[&FIELDS[..18], &[0]].concat());
    let sample = record_of(&[&FIELDS[..], &[6], b"abcdef"].concat());
    let mut capture = [b"noise".to_vec(), plan.clone(), sample].concat();
    let mut records = Records::new(&mut capture);
    assert_eq!(records.next().unwrap().unwrap_err().offset, 0);
    assert!(matches!(records.next(), Some(Ok(Record::Plan { offset: 6, .. }))));
    assert!(matches!(records.next(), Some(Ok(Record::Sample { offset, .. })) if offset == 6 + plan.len()));
}

#[test]
fn a_header_knows_its_stream_and_its_label() {
    assert_eq!(Key { seed: 42, epoch: 3, index: 300 }.stream(), Stream::new(42, 3, 300));
    let header = example();
    assert_eq!(header.label(), header.plan.label(3, 4));
}
