//! Labels against numbers worked out by hand, and what holds for all of them.

use cutmix_core::{ClassesError, Label, LabelError, Layout, Patch, Plan, Shape};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// An image of `width` × `height` pixels with a box of `x1` × `y1`.
fn plan(width: u16, height: u16, (x1, y1): (u16, u16)) -> Plan {
    let shape = Shape::new(width, height, 1, Layout::Hwc).unwrap();
    Plan::new(0, Patch::new(0, 0, x1, y1).unwrap(), shape).unwrap()
}

fn label(width: u16, height: u16, patch: (u16, u16), first: u16, second: u16) -> Label {
    plan(width, height, patch).label(first, second)
}

/// What `label` writes over old contents, of which nothing may be left.
fn soft<const CLASSES: usize>(label: Label) -> [u32; CLASSES] {
    let mut soft = [f32::NAN; CLASSES];
    label.write_soft(&mut soft).unwrap();
    soft.map(f32::to_bits)
}

fn smoothed<const CLASSES: usize>(label: Label, epsilon: f32) -> [u32; CLASSES] {
    let mut soft = [f32::NAN; CLASSES];
    label.write_smoothed(&mut soft, epsilon).unwrap();
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

/// Of 2²⁵ pixels an odd number stays, so λ has a bit more than f32, whose step there is 2⁻²⁴.
#[test]
fn a_share_of_more_pixels_than_f32_can_count_is_rounded_to_the_even_neighbor() {
    let kept = |patch| plan(8192, 4096, patch).kept() - (1 << 24);
    let steps = |patch| (plan(8192, 4096, patch).lambda() - 0.5) * f32::exp2(24.0);
    assert_eq!((kept((4097, 4095)), steps((4097, 4095)).to_bits()), (1, 0.0_f32.to_bits()));
    assert_eq!((kept((5517, 3041)), steps((5517, 3041)).to_bits()), (19, 10.0_f32.to_bits()));
    assert_eq!(soft(label(8192, 4096, (8192, 4096), 0, 1)), [0.0, 1.0].map(f32::to_bits));
    assert_eq!(soft(label(8192, 4096, (0, 0), 0, 1)), [1.0, 0.0].map(f32::to_bits));
}

#[test]
fn a_class_mixed_with_itself_is_exactly_one() {
    // However the pixels are split, and though most weights are no floats.
    for width in 1..=100 {
        for x1 in 0..=width {
            let label = label(width, 7, (x1, 5), 1, 1);
            assert_eq!(soft(label), [0.0, 1.0, 0.0].map(f32::to_bits));
            assert_eq!(smoothed(label, 0.25), [0.0625, 0.8125, 0.0625, 0.0625].map(f32::to_bits));
        }
    }
}

#[test]
fn a_class_out_of_range_leaves_the_slices_as_they_were() {
    for (first, second, classes, highest) in
        [(3, 0, 3, 3), (0, 3, 3, 3), (7, 9, 3, 9), (0, 0, 0, 0), (0, u16::MAX, 3, u16::MAX)]
    {
        let label = label(8, 4, (3, 2), first, second);
        let mut soft = vec![0.5_f32; classes];
        let error = LabelError::Class { class: highest, classes };
        assert_eq!(label.write_soft(&mut soft), Err(error));
        assert_eq!(label.write_smoothed(&mut soft, 0.1), Err(error));
        assert!(soft.iter().all(|weight| weight.to_bits() == 0.5_f32.to_bits()));
    }
}

/// (1−ε)·soft + ε ÷ classes: with ε = ¼ and four classes, ¾ of each weight and 1/16 more, all of them floats.
#[test]
fn smoothing_gives_every_class_its_part() {
    let label = label(8, 4, (3, 2), 1, 3);
    assert_eq!(smoothed(label, 0.25), [0.0625, 0.671_875, 0.0625, 0.203_125].map(f32::to_bits));
    assert_eq!(smoothed(label, 1.0), [0.25; 4].map(f32::to_bits));
    for nothing in [0.0, -0.0] {
        assert_eq!(smoothed::<4>(label, nothing), soft(label));
    }
}

#[test]
fn a_smoothing_that_is_no_share_leaves_the_slice_as_it_was() {
    for epsilon in [f32::NAN, -0.1, 1.1, f32::INFINITY, 1.0_f32.next_up()] {
        let mut soft = [0.5_f32; 4];
        let error = label(8, 4, (3, 2), 1, 3).write_smoothed(&mut soft, epsilon).unwrap_err();
        assert!(
            matches!(error, LabelError::Smoothing { epsilon: refused } if refused.to_bits() == epsilon.to_bits()),
            "{error:?}"
        );
        assert_eq!(soft.map(f32::to_bits), [0.5_f32; 4].map(f32::to_bits));
    }
}

#[test]
fn one_hot_labels_name_one_class_each() {
    let label = label(8, 4, (3, 2), 2, 0);
    let (mut first, mut second) = ([f32::NAN; 3], [f32::NAN; 4]);
    label.write_one_hot(&mut first, &mut second).unwrap();
    assert_eq!(first.map(f32::to_bits), [0.0, 0.0, 1.0].map(f32::to_bits));
    assert_eq!(second.map(f32::to_bits), [1.0, 0.0, 0.0, 0.0].map(f32::to_bits));
}

#[test]
fn a_one_hot_class_out_of_range_leaves_both_as_they_were() {
    for (first_len, second_len, error) in
        [(2, 4, LabelError::Class { class: 2, classes: 2 }), (3, 3, LabelError::Class { class: 3, classes: 3 })]
    {
        let (mut first, mut second) = (vec![0.5_f32; first_len], vec![0.5_f32; second_len]);
        assert_eq!(label(8, 4, (3, 2), 2, 3).write_one_hot(&mut first, &mut second), Err(error));
        assert!(first.iter().chain(&second).all(|weight| weight.to_bits() == 0.5_f32.to_bits()));
    }
}

/// Each image, box and class weight in units of 2⁻¹⁶.
#[test]
fn whole_units_are_rounded_to_the_nearest_and_halves_up() {
    for (width, height, patch, expected) in [
        (8, 4, (3, 2), [53_248, 12_288]),
        (8, 4, (0, 0), [65_536, 0]),
        (8, 4, (8, 4), [0, 65_536]),
        // 21,845⅓ and 43,690⅔.
        (3, 1, (2, 1), [21_845, 43_691]),
        (3, 1, (1, 1), [43_691, 21_845]),
        // 2¹⁷ pixels of which 511 · 255 are pasted: 383½ units stay.
        (512, 256, (511, 255), [384, 65_152]),
    ] {
        assert_eq!(label(width, height, patch, 0, 1).weights_q16(), expected, "{width}×{height}, box {patch:?}");
    }
}

#[test]
fn labels_that_are_soft_already_are_mixed_by_the_same_weights() {
    // λ = 0.8125.
    let mut soft = [0.5, 0.5, 0.0];
    plan(8, 4, (3, 2)).mix_soft(&mut soft, &[0.0, 0.25, 0.75]).unwrap();
    assert_eq!(soft.map(f32::to_bits), [0.406_25, 0.453_125, 0.140_625].map(f32::to_bits));
}

#[test]
fn soft_labels_of_different_lengths_are_not_mixed() {
    for (expected, actual) in [(3, 2), (3, 4), (3, 0), (0, 1)] {
        let mut soft = vec![0.5_f32; expected];
        let error = plan(8, 4, (3, 2)).mix_soft(&mut soft, &vec![0.25; actual]).unwrap_err();
        assert_eq!(error, ClassesError { expected, actual });
        assert!(soft.iter().all(|weight| weight.to_bits() == 0.5_f32.to_bits()));
    }
}

/// An image and a box in it. Images of more than 2²⁴ pixels too, whose counts are no f32.
fn any_plan() -> impl Strategy<Value = Plan> {
    let sides = prop_oneof![(1..=64_u16, 1..=64_u16), (1..u16::MAX, 1..=i16::MAX as u16)];
    (sides, any::<(u16, u16)>())
        .prop_map(|((width, height), (x, y))| plan(width, height, (x % (width + 1), y % (height + 1))))
}

proptest! {
    #![proptest_config(Config { cases: 10_000, rng_seed: RngSeed::Fixed(0), ..Config::default() })]

    /// Each weight is rounded once. The greater is off by at most 2⁻²⁵, half a step of f32 below 1; the lesser by at most
    /// 2⁻²⁶.
    #[test]
    fn two_classes_add_up_to_one(plan in any_plan()) {
        let label = plan.label(0, 1);
        let [first, second] = soft(label).map(|bits| f64::from(f32::from_bits(bits)));
        prop_assert!((first + second - 1.0).abs() <= f64::exp2(-25.0) + f64::exp2(-26.0), "{first} + {second}");
        prop_assert_eq!((first as f32).to_bits(), label.lambda().to_bits());
    }

    #[test]
    fn whole_units_add_up_and_are_the_nearest(plan in any_plan()) {
        let [first, second] = plan.label(0, 1).weights_q16();
        prop_assert_eq!(first + second, 1 << 16);
        // ⌊x + ½⌋ of x = 2¹⁶·kept ÷ total, over twice the total.
        let (kept, total) = (u64::from(plan.kept()), u64::from(plan.total()));
        prop_assert_eq!(u64::from(first), ((kept << 17) + total) / (2 * total));
    }

    /// One-hot labels are soft labels too.
    #[test]
    fn mixing_one_hot_labels_gives_the_soft_label(plan in any_plan()) {
        let (mut first, mut second) = ([0.0; 3], [0.0; 3]);
        let label = plan.label(2, 0);
        label.write_one_hot(&mut first, &mut second).unwrap();
        plan.mix_soft(&mut first, &second).unwrap();
        prop_assert_eq!(first.map(f32::to_bits), soft(label));
    }
}
