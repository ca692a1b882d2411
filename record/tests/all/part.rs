//! Which frames are tested on, and that nothing like them is trained on.

use std::num::NonZeroU32;

use cutmix_record::{Part, STRETCH, part};
use proptest::prelude::*;

fn stretch(frames: u32) -> NonZeroU32 {
    NonZeroU32::new(frames).unwrap()
}

/// By hand: five stretches of each length, a letter a frame.
#[test]
fn parts_are_those_drawn_by_hand() {
    for (frames, drawn) in [
        (1, "GXGTT GXGTT G"),
        (2, "TG XX GT TT TT TG XX"),
        (3, "TGG XXX GGT TTT TTT TGG XXX"),
        (4, "TTGG XXXX GGTT TTTT TTTT TTGG XXXX GGTT"),
    ] {
        for (index, letter) in (0..).zip(drawn.chars().filter(|letter| *letter != ' ')) {
            let expected = match letter {
                'T' => Part::Train,
                'G' => Part::Gap,
                _ => Part::Test,
            };
            assert_eq!(part(index, stretch(frames)), expected, "frame {index} in stretches of {frames}");
        }
    }
}

/// Frame by frame, without a remainder: how far the next test frame is, on both sides.
#[test]
fn the_gap_is_half_a_stretch_on_both_sides() {
    for frames in [1_u32, 2, 3, 7, 8, 50, 101] {
        let (end, gap) = (12 * frames, frames.div_ceil(2));
        let tested = |index: u32| {
            (frames..2 * frames).contains(&index)
                || (6 * frames..7 * frames).contains(&index)
                || (11 * frames..12 * frames).contains(&index)
        };
        for index in 0..end {
            let near = (0..end).any(|other| tested(other) && other.abs_diff(index) <= gap);
            let expected = if tested(index) {
                Part::Test
            } else if near {
                Part::Gap
            } else {
                Part::Train
            };
            assert_eq!(part(index, stretch(frames)), expected, "frame {index} in stretches of {frames}");
        }
    }
}

#[test]
fn the_shares_are_those_of_the_documentation() {
    let count = |of: Part| (0..250).filter(|&index| part(index, STRETCH) == of).count();
    assert_eq!([Part::Train, Part::Gap, Part::Test].map(count), [150, 50, 50]);
}

proptest! {
    /// Whatever the phase, and up to the last frame that has a number.
    #[test]
    fn a_burst_is_held_out_whole_or_not_at_all(frames: u32, first: u32, small in 1_u32..200, is_small: bool) {
        let frames = if is_small { small } else { frames.max(1) };
        let burst = frames.div_ceil(2).min(300);
        let parts = (0..=burst).filter_map(|place| Some(part(first.checked_add(place)?, stretch(frames))));
        let parts: Vec<Part> = parts.collect();
        prop_assert!(!(parts.contains(&Part::Test) && parts.contains(&Part::Train)), "{:?}", parts);
    }
}
