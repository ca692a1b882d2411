//! Soft labels against numbers worked out by hand, and what holds for all of them.

use cutmix_core::{Label, LabelError, Layout, Patch, Plan, Shape};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// An image of `width` × `height` pixels with a box of `x1` × `y1` from class `second`.
fn label(width: u16, height: u16, (x1, y1): (u16, u16), first: u16, second: u16) -> Label {
    let shape = Shape::new(width, height, 1, Layout::Hwc).unwrap();
    Plan::new(0, Patch::new(0, 0, x1, y1).unwrap(), shape).unwrap().label(first, second)
}

/// What `label` writes over old contents, of which nothing may be left.
fn soft<const CLASSES: usize>(label: Label) -> [u32; CLASSES] {
    let mut soft = [f32::NAN; CLASSES];
    label.write_soft(&mut soft).unwrap();
    soft.map(f32::to_bits)
}

#[test]
fn the_first_class_has_the_pixels_that_stay() {
    // 6 of 8×4 pixels are pasted: 6/32 = 0.1875.
    let label = label(8, 4, (3, 2), 1, 3);
    assert_eq!((label.first(), label.second()), (1, 3));
    assert_eq!(label.lambda().to_bits(), 0.8125_f32.to_bits());
    assert_eq!(soft(label), [0.0, 0.8125, 0.0, 0.1875].map(f32::to_bits));
}

#[test]
fn the_order_of_the_classes_does_not_matter() {
    assert_eq!(soft(label(8, 4, (3, 2), 3, 0)), [0.1875, 0.0, 0.0, 0.8125].map(f32::to_bits));
}

#[test]
fn an_empty_box_and_a_whole_one_give_one_class() {
    assert_eq!(soft(label(8, 4, (0, 4), 0, 1)), [1.0, 0.0].map(f32::to_bits));
    assert_eq!(soft(label(8, 4, (8, 4), 0, 1)), [0.0, 1.0].map(f32::to_bits));
}

#[test]
fn a_class_mixed_with_itself_is_exactly_one() {
    // However the pixels are split, and though most weights are no floats.
    for width in 1..=100 {
        for x1 in 0..=width {
            assert_eq!(soft(label(width, 7, (x1, 5), 1, 1)), [0.0, 1.0, 0.0].map(f32::to_bits));
        }
    }
}

#[test]
fn a_class_out_of_range_leaves_the_slice_as_it_was() {
    for (first, second, classes, highest) in
        [(3, 0, 3, 3), (0, 3, 3, 3), (7, 9, 3, 9), (0, 0, 0, 0), (0, u16::MAX, 3, u16::MAX)]
    {
        let mut soft = vec![0.5_f32; classes];
        let error = label(8, 4, (3, 2), first, second).write_soft(&mut soft).unwrap_err();
        assert_eq!(error, LabelError { class: highest, classes });
        assert!(soft.iter().all(|weight| weight.to_bits() == 0.5_f32.to_bits()));
    }
}

proptest! {
    #![proptest_config(Config { cases: 10_000, rng_seed: RngSeed::Fixed(0), ..Config::default() })]

    /// Each weight is rounded once. The greater is off by at most 2⁻²⁵, half a step of f32 below 1; the lesser by at most
    /// 2⁻²⁶. Images of more than 2²⁴ pixels too, whose counts are no f32.
    #[test]
    fn two_classes_add_up_to_one(
        (width, height) in prop_oneof![(1..=64_u16, 1..=64_u16), (1..u16::MAX, 1..=i16::MAX as u16)],
        (x, y) in any::<(u16, u16)>(),
    ) {
        let label = label(width, height, (x % (width + 1), y % (height + 1)), 0, 1);
        let [first, second] = soft(label).map(|bits| f64::from(f32::from_bits(bits)));
        prop_assert!((first + second - 1.0).abs() <= f64::exp2(-25.0) + f64::exp2(-26.0), "{first} + {second}");
        prop_assert_eq!((first as f32).to_bits(), label.lambda().to_bits());
    }
}
