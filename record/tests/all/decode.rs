//! Fields are taken from whoever wrote them, if they agree.

use cutmix_core::{Patch, PatchError, ShapeError};
use cutmix_record::{Damage, Element, ElementError, Header, Reason, Record, Records};
use proptest::prelude::*;

use crate::by_hand::{FIELDS, example, record_of};
use crate::case::{Arrived, read};

proptest! {
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

    assert_eq!(reason(&plan(0, 3)), Reason::Newer { version: 3 });
    assert_eq!(reason(&[200, 1, 2, 3]), Reason::Newer { version: 200 }, "whatever follows");
    assert!(Reason::Newer { version: 3 }.to_string().contains("written by a newer version, in format 3; update host"));
    for fields in
        [&[0][..], &plan(0, 0), &plan(0, 2), &plan(8, 2), &plan(18, 3), &plan(18, 1), &[1], &FIELDS[..18], &[]]
    {
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
    assert_eq!(reason(&wide), Reason::Unfit(ElementError::Channels { element: Element::Rgb565, channels: 3 }));

    // Of version 2 is what version 1 has no number for, and nothing else.
    let sample = |version: u8, content: &[u8], pixels: &[u8]| {
        let mut fields = [&FIELDS[..18], content, &[pixels.len() as u8], pixels].concat();
        fields[0] = version;
        fields
    };
    let zero_point = Element::I8 { zero_point: -7 };
    assert_eq!(read(record_of(&sample(2, &[6, 0xF9], b"abcdef"))).0[0].sample, Some((zero_point, b"abcdef".to_vec())));
    assert_eq!(read(record_of(&sample(2, &[10], &[1; 24]))).0[0].sample, Some((Element::F32, vec![1; 24])));
    for fields in [
        sample(1, &[6, 0xF9], b"abcdef"),
        sample(2, &[1], b"abcdef"),
        sample(2, &[2], &[1; 12]),
        sample(2, &[11], &[1; 6]),
        sample(2, &[255], &[1; 6]),
        sample(2, &[6], b"abcdef"), // 6 would be the zero point, and 97 bytes would follow
        plan(0, 2).to_vec(),
    ] {
        assert_eq!(reason(&fields), Reason::Fields, "{fields:?}");
    }
    assert_eq!(reason(&sample(2, &[10], &[1; 23])), Reason::Pixels { expected: 24, actual: 23 });
    assert_eq!(reason(&sample(2, &[5], &[1; 12])), Reason::Unfit(ElementError::OddWidth { width: 3 }));
    let mut pairs = sample(2, &[5], &[1; 16]);
    (pairs[5], pairs[14], pairs[15]) = (4, 6, 8);
    let patch = Patch::new(1, 0, 3, 1).unwrap();
    assert_eq!(reason(&pairs), Reason::Unfit(ElementError::HalfPair { patch }));
    for reason in [Reason::Framing, Reason::Checksum, Reason::Fields, Reason::Pixels { expected: 6, actual: 5 }] {
        let text = Damage { offset: 120, bytes: 30, reason }.to_string();
        assert!(text.starts_with("30 bytes from byte 120 on: ") && text.len() > 40 && !text.contains('\n'), "{text}");
    }
}

/// A partner's number has 32 bits. A frame with a number beyond would be known to nobody as a partner, and its pixels would
/// pass for those of the frame with the lower 32 bits.
#[test]
fn a_frame_number_beyond_32_bits_is_refused() {
    let with = |index: &[u8]| [&FIELDS[..3], index, &FIELDS[5..], &[6], b"abcdef"].concat();
    let read = |index: &[u8]| {
        let mut capture = record_of(&with(index));
        let record = Records::new(&mut capture).next().unwrap();
        record.map(|record| {
            let (Record::Sample { header, .. } | Record::Plan { header, .. }) = record;
            header.key.index
        })
    };
    assert_eq!(read(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), Ok(u32::MAX));
    for (index, bytes) in [
        (1 << 32, [0x80, 0x80, 0x80, 0x80, 0x10]),
        ((1 << 32) + 4, [0x84, 0x80, 0x80, 0x80, 0x10]),
        ((1 << 35) - 1, [0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
    ] {
        assert_eq!(read(&bytes).map_err(|damage| damage.reason), Err(Reason::Index { index }));
    }
    let longest = [[0xFF; 9].as_slice(), &[1]].concat();
    assert_eq!(read(&longest).map_err(|damage| damage.reason), Err(Reason::Index { index: u64::MAX }));
    let text = Reason::Index { index: (1 << 32) + 4 }.to_string();
    assert!(text.contains("frame number 4294967300 has more than 32 bits"), "{text}");
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
