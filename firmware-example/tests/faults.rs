//! What the chips tell apart must be told apart: each fault is made here once. And what is sent is what was seen.

use std::fmt::Write;

use cutmix_core::{Layout, Shape};
use cutmix_record::{Part, Record, Records, STRETCH, part};
use firmware_example::{
    Augmenter, Buffers, Camera, Checked, Fault, Kind, LARGE, Large, PADDING, SENSORS, SMALL, Size, Small,
};

#[allow(clippy::unnecessary_wraps, reason = "stands for links that fail")]
fn nowhere(_: Kind, _: &[u8]) -> Result<(), Fault> {
    Ok(())
}

const GOLDEN: &str = include_str!("../golden.txt");

#[test]
fn every_line_is_the_golden_one() {
    let mut lines = String::new();
    let mut link = Checked::new(&mut lines, GOLDEN);
    let mut small = Small::new();
    Augmenter::new(SMALL).unwrap().run(&mut small, &mut link, nowhere).unwrap();
    for sensor in SENSORS {
        sensor.run(&mut small, &mut link, &mut |_| Ok(())).unwrap();
    }
    Augmenter::new(LARGE).unwrap().run(&mut Large::new(), &mut link, nowhere).unwrap();
    assert_eq!(link.due(), None);
    assert_eq!(lines, GOLDEN);
}

#[test]
fn a_wrong_line_stops_the_loop_and_is_named() {
    let wrong = GOLDEN.replacen("frame  5, class", "frame  5, shape", 1);
    let mut link = Checked::new(String::new(), &wrong);
    assert_eq!(Augmenter::new(SMALL).unwrap().run(&mut Small::new(), &mut link, nowhere), Err(Fault::Link));
    assert_eq!(link.due(), wrong.lines().nth(5).map(|line| (6, line)));
}

#[test]
fn a_missing_line_and_one_too_many_are_named() {
    let mut link = Checked::new(String::new(), "a\nb\n");
    link.write_str("a\n").unwrap();
    assert_eq!(link.due(), Some((2, "b")));
    link.write_str("b\n").unwrap();
    assert_eq!(link.due(), None);
    assert!(link.write_str("c").is_err());
}

#[test]
fn a_byte_written_behind_a_row_is_an_overrun() {
    let mut buffers = Small::new();
    let augmenter = Augmenter::new(SMALL).unwrap();
    let class = Camera { seed: 1, size: SMALL }.capture(0, &mut buffers.frame);
    let behind = 7 * SMALL.stride + SMALL.shape.row_len();
    assert_eq!(buffers.frame.bytes[behind], PADDING);
    buffers.frame.bytes[behind] ^= 1;
    assert_eq!(augmenter.augment(class, &mut buffers).unwrap_err(), Fault::Overrun { row: 7 });
}

#[test]
fn buffers_of_another_size_are_refused() {
    let size = Size { shape: Shape::new(33, 33, 3, Layout::Hwc).unwrap(), ..SMALL };
    let done = Augmenter::new(size).unwrap().run(&mut Small::new(), &mut String::new(), nowhere);
    assert!(matches!(done, Err(Fault::Encode(_))), "{done:?}");
}

/// What a sensor's samples say is what is in them, byte by byte, whatever an element is.
#[test]
fn samples_of_sensors_show_what_they_say() {
    for sensor in SENSORS {
        let mut capture = Vec::new();
        let send = &mut |piece: &[u8]| {
            capture.extend(piece);
            Ok(())
        };
        sensor.run(&mut Small::new(), &mut String::new(), send).unwrap();
        let (mut measured, mut mixed) = (Vec::new(), 0);
        for (record, place) in Records::new(&mut capture).zip(0..) {
            let Record::Sample { header, element, pixels, .. } = record.unwrap() else { panic!("a plan") };
            assert_eq!((header.shape, element, header.key.index), (sensor.shape, sensor.element, place / 2));
            if place % 2 == 0 {
                measured.push(pixels.to_vec());
                continue;
            }
            let (width, pixel) = (usize::from(header.shape.width()), pixels.len() / header.shape.pixels() as usize);
            let patch = header.plan.patch();
            mixed += u32::from(patch.area() > 0);
            for (at, value) in pixels.iter().enumerate() {
                let [x, y] = [at / pixel % width, at / pixel / width].map(|place| place as u16);
                let inside = (patch.x0()..patch.x1()).contains(&x) && (patch.y0()..patch.y1()).contains(&y);
                let from = if inside { header.plan.partner() } else { header.key.index };
                assert_eq!(*value, measured[from as usize][at], "{} {place}: byte {at}", sensor.name);
            }
        }
        assert!(measured.len() == 4 && mixed > 1, "{}: {mixed} mixed", sensor.name);
    }
}

#[test]
fn a_pool_without_room_is_refused() {
    let mut buffers: Buffers<{ SMALL.bytes() }, 0> = Buffers::new();
    assert_eq!(Augmenter::new(SMALL).unwrap().run(&mut buffers, &mut String::new(), nowhere), Err(Fault::NoPartner));
}

#[test]
fn a_record_that_is_not_taken_stops_the_loop() {
    let full = |kind, _: &[u8]| if kind == Kind::Plan { Err(Fault::Records) } else { Ok(()) };
    let mut lines = String::new();
    assert_eq!(Augmenter::new(SMALL).unwrap().run(&mut Small::new(), &mut lines, full), Err(Fault::Records));
    assert_eq!(lines.lines().count(), 1);
}

/// What the host makes of plans and frames is what was sent; the host's own tests say that it arrives. What it would throw
/// away is not sent: no mixed sample shows a test frame, or one next to them.
#[test]
fn frames_to_test_on_are_sent_unmixed_and_seen_nowhere_else() {
    let mut captures: [Vec<u8>; 3] = Default::default();
    let send = |kind, record: &[u8]| {
        captures[Kind::ALL.iter().position(|of| *of == kind).unwrap()].extend(record);
        Ok(())
    };
    Augmenter::new(SMALL).unwrap().run(&mut Small::new(), &mut String::new(), send).unwrap();
    let mut records = captures.each_mut().map(|capture| Records::new(capture));
    let augmenter = Augmenter::new(SMALL).unwrap();
    for number in 0..SMALL.frames {
        let mut frame = Small::new().frame;
        let class = Camera { seed: 1, size: SMALL }.capture(number, &mut frame);
        let rows = frame.bytes.chunks(SMALL.stride).flat_map(|row| &row[..SMALL.shape.row_len()]);
        let seen: Vec<u8> = rows.copied().collect();

        let [frames, mixed, plans] = &mut records;
        let unmixed = augmenter.unmixed(number, class);
        let as_seen = |record: Record| {
            let Record::Sample { header, pixels, .. } = record else { panic!("{record:?}") };
            assert_eq!((header, pixels), (unmixed, &seen[..]));
        };
        as_seen(frames.next().unwrap().unwrap());
        match part(number, STRETCH) {
            Part::Train => {
                let [mixed, plan] = [mixed, plans].map(|records| records.next().unwrap().unwrap());
                let Record::Sample { header: mixed, .. } = mixed else { panic!("{mixed:?}") };
                let Record::Plan { header: plan, .. } = plan else { panic!("{plan:?}") };
                assert_eq!((mixed, plan.key, plan.classes[0]), (plan, unmixed.key, class));
                assert_eq!(part(plan.plan.partner(), STRETCH), Part::Train);
            }
            Part::Gap => {}
            Part::Test => as_seen(mixed.next().unwrap().unwrap()),
        }
    }
    assert!(records.iter_mut().all(|records| records.next().is_none()));
}
