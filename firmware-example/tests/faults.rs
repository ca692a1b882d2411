//! What the chips tell apart must be told apart: each fault is made here once.

use std::fmt::Write;

use cutmix_core::{Layout, Shape};
use firmware_example::{Augmenter, Buffers, Camera, Checked, Fault, LARGE, Large, PADDING, SMALL, Size, Small};

const GOLDEN: &str = include_str!("../golden.txt");

#[test]
fn every_line_is_the_golden_one() {
    let mut lines = String::new();
    let mut link = Checked::new(&mut lines, GOLDEN);
    Augmenter::new(SMALL).unwrap().run(&mut Small::new(), &mut link).unwrap();
    Augmenter::new(LARGE).unwrap().run(&mut Large::new(), &mut link).unwrap();
    assert_eq!(link.due(), None);
    assert_eq!(lines, GOLDEN);
}

#[test]
fn a_wrong_line_stops_the_loop_and_is_named() {
    let wrong = GOLDEN.replacen("frame  5, class 5", "frame  5, class 6", 1);
    let mut link = Checked::new(String::new(), &wrong);
    assert_eq!(Augmenter::new(SMALL).unwrap().run(&mut Small::new(), &mut link), Err(Fault::Link));
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
    let done = Augmenter::new(size).unwrap().run(&mut Small::new(), &mut String::new());
    assert!(matches!(done, Err(Fault::Paste(_))), "{done:?}");
}

#[test]
fn a_pool_without_room_is_refused() {
    let mut buffers: Buffers<{ SMALL.bytes() }, 0> = Buffers::new();
    assert_eq!(Augmenter::new(SMALL).unwrap().run(&mut buffers, &mut String::new()), Err(Fault::NoPartner));
}
