//! What goes with an image along the same box: masks of any resolution, and labels of several classes.

use cutmix_core::{
    ClassesError, CutMix, Layout, PasteError, Patch, Plan, Shape, SizeError, Stream, paste, uniform_below,
};
use proptest::prelude::*;

fn shape(width: u16, height: u16, channels: u16) -> Shape {
    Shape::new(width, height, channels, Layout::Hwc).unwrap()
}

/// The box in a mask is where the centers of its pixels lie in the box of the image; as if the whole mask were mixed and sampled there. In exact
/// numbers: a center is at (m + ½)·side ÷ mask, twice which times the mask's side is a whole number.
fn by_centers(from: u16, to: u16, side: u16, mask: u16) -> Vec<bool> {
    let (from, to, side, mask) = (u64::from(from), u64::from(to), u64::from(side), u64::from(mask));
    (0..mask).map(|m| (2 * m + 1) * side >= 2 * from * mask && (2 * m + 1) * side < 2 * to * mask).collect()
}

#[test]
fn a_box_at_another_resolution_has_the_pixels_whose_centers_it_has() {
    for side in 1..=13 {
        for mask in 1..=17 {
            for from in 0..=side {
                for to in from..=side {
                    let plan = Plan::new(3, Patch::new(from, 0, to, 1).unwrap(), shape(side, 1, 1)).unwrap();
                    let there = plan.at(shape(mask, 1, 1));
                    let inside: Vec<bool> =
                        (0..mask).map(|m| (there.patch().x0()..there.patch().x1()).contains(&m)).collect();
                    assert_eq!(inside, by_centers(from, to, side, mask), "{from}..{to} of {side} in {mask}");
                    // The same down as to the right.
                    let down = Plan::new(3, Patch::new(0, from, 1, to).unwrap(), shape(1, side, 1)).unwrap();
                    let down = down.at(shape(1, mask, 1)).patch();
                    assert_eq!((down.y0(), down.y1()), (there.patch().x0(), there.patch().x1()));
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn large_images_are_no_exception(
        (side, mask) in (1..=u16::MAX, 1..=u16::MAX),
        edges in any::<[prop::sample::Index; 2]>(),
    ) {
        let [a, b] = edges.map(|edge| edge.index(usize::from(side) + 1) as u16);
        let (from, to) = (a.min(b), a.max(b));
        let plan = Plan::new(3, Patch::new(from, 0, to, 1).unwrap(), shape(side, 1, 1)).unwrap();
        let there = plan.at(shape(mask, 1, 1));
        let patch = there.patch();
        prop_assert!(there.fits(shape(mask, 1, 1)) && patch.x1() <= mask);
        prop_assert_eq!((there.partner(), there.total()), (3, u32::from(mask)));
        let inside = by_centers(from, to, side, mask);
        prop_assert_eq!(inside.iter().filter(|&&inside| inside).count(), usize::from(patch.x1() - patch.x0()));
        prop_assert!(patch.x0() == patch.x1() || inside[usize::from(patch.x0())]);
    }

    /// Mixing the mask of a fourth of the sides is mixing the large one and sampling it, for masks that have been sampled like that.
    #[test]
    fn a_small_mask_is_the_large_one_sampled(seed: u64, stride in 2_u16..6, columns in 1_u16..9, rows in 1_u16..9) {
        let (large, small) = (shape(columns * stride, rows * stride, 1), shape(columns, rows, 1));
        let mut stream = Stream::new(seed, 0, 0);
        let mut classes = |_| -> Vec<u8> { (0..large.len()).map(|_| uniform_below(256, &mut stream) as u8).collect() };
        let [first, second] = [0, 1].map(&mut classes);
        // The pixel whose center is nearest that of the stride, the later of two.
        let sampled = |mask: &[u8]| -> Vec<u8> {
            let middle = |m: u16| usize::from(m * stride + stride / 2);
            let wide = usize::from(large.width());
            (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))).map(|(x, y)| mask[middle(y) * wide + middle(x)]).collect()
        };
        let plan = CutMix::new(1.0).unwrap().plan(large, 1, &mut Stream::new(seed, 0, 1));
        let mut mixed = first.clone();
        plan.paste(&mut mixed, &second, large).unwrap();
        let mut mask = sampled(&first);
        plan.at(small).paste(&mut mask, &sampled(&second), small).unwrap();
        // Of an even stride the center lies between two pixels, and an edge on it is rounded down: to the earlier pixel's left.
        prop_assert_eq!(mask, sampled(&mixed));
    }
}

#[test]
fn a_plan_for_another_size_pastes_nothing() {
    let image = shape(8, 8, 3);
    let plan = Plan::new(1, Patch::new(1, 1, 3, 3).unwrap(), image).unwrap();
    for other in [shape(4, 4, 1), shape(16, 4, 1), shape(4, 16, 1), shape(8, 9, 1)] {
        // The box fits, and the pixels are as many in two of them.
        let mut mask = vec![7; other.len()];
        let error = PasteError::Plan(SizeError { plan, shape: other });
        assert_eq!(plan.paste(&mut mask, &vec![9; other.len()], other), Err(error));
        assert!(mask.iter().all(|&class| class == 7));
        let text = error.to_string();
        assert!(
            text.starts_with("a plan for 8×8 pixels does not fit an image of ") && text.contains("Plan::at"),
            "{text}"
        );
    }
    let (mut mask, mut pixels) = (vec![255_u8; 64], vec![1.0_f32; 192]);
    plan.paste(&mut mask, &[4; 64], shape(8, 8, 1)).unwrap();
    plan.paste(&mut pixels, &[2.0; 192], image).unwrap();
    let mut expected = vec![255; 64];
    paste(&mut expected, &[4; 64], shape(8, 8, 1), plan.patch()).unwrap();
    assert_eq!(mask, expected);
    assert_eq!(
        pixels.chunks(3).map(|pixel| pixel[0] > 1.5).collect::<Vec<_>>(),
        mask.iter().map(|&class| class == 4).collect::<Vec<_>>()
    );
}

#[test]
fn labels_of_several_classes_unite_by_what_shows() {
    let image = shape(10, 10, 1);
    let (own, other) = ([1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0]);
    let both = [1.0, 1.0, 1.0, 0.0];
    for (area, least, expected) in [
        (0, 0.0, own),
        (1, 0.0, both),
        (1, 0.01, both),
        (1, 0.011, own),
        (50, 0.5, both),
        (50, 0.51, [0.0; 4]),
        (99, 0.01, both),
        (99, 0.02, other),
        (100, 0.0, other),
    ] {
        let (rows, rest) = (area / 10, area % 10);
        let patch = if rest == 0 { Patch::new(0, 0, 10, rows) } else { Patch::new(0, 0, area, 1) };
        let plan = match area {
            99 => Plan::new(1, Patch::new(0, 0, 99, 1).unwrap(), shape(100, 1, 1)).unwrap(),
            _ => Plan::new(1, patch.unwrap(), image).unwrap(),
        };
        assert_eq!(plan.patch().area(), u32::from(area));
        let mut labels = own;
        plan.unite(&mut labels, &other, least).unwrap();
        assert!(
            labels.iter().zip(expected).all(|(have, want)| (have - want).abs() == 0.0),
            "{area}, {least}: {labels:?}"
        );
    }
    let plan = Plan::unmixed(0, image);
    let mut labels = [1.0; 3];
    assert_eq!(plan.unite(&mut labels, &[1.0; 2], 0.0), Err(ClassesError { expected: 3, actual: 2 }));
}
