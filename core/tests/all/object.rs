//! What of an object can be seen, against a count of pixels: all boxes in all boxes of small images.

use cutmix_core::{Layout, Patch, Plan, Shape};

const WIDTH: u16 = 5;
const HEIGHT: u16 = 4;

/// Every box of an image of so many pixels, empty ones too.
fn boxes(width: u16, height: u16) -> Vec<Patch> {
    let spans = |side: u16| (0..=side).flat_map(move |from| (from..=side).map(move |to| (from, to)));
    let all = spans(width).flat_map(|x| spans(height).map(move |y| (x, y)));
    all.map(|((x0, x1), (y0, y1))| Patch::new(x0, y0, x1, y1).unwrap()).collect()
}

fn has(patch: Patch, x: u16, y: u16) -> bool {
    (patch.x0()..patch.x1()).contains(&x) && (patch.y0()..patch.y1()).contains(&y)
}

/// The number of the pixels for which `shows`, and the smallest box around them.
fn counted(shows: impl Fn(u16, u16) -> bool) -> (u32, Patch) {
    let pixels: Vec<(u16, u16)> =
        (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).filter(|&(x, y)| shows(x, y)).collect();
    let edges = |of: fn(&(u16, u16)) -> u16| (pixels.iter().map(of).min(), pixels.iter().map(of).max());
    let ((Some(x0), Some(x1)), (Some(y0), Some(y1))) = (edges(|pixel| pixel.0), edges(|pixel| pixel.1)) else {
        return (0, Patch::EMPTY);
    };
    (pixels.len() as u32, Patch::new(x0, y0, x1 + 1, y1 + 1).unwrap())
}

#[test]
fn what_is_left_and_what_comes_over_is_what_a_count_of_pixels_says() {
    let shape = Shape::new(WIDTH, HEIGHT, 3, Layout::Hwc).unwrap();
    let all = boxes(WIDTH, HEIGHT);
    assert_eq!(all.len(), 21 * 15);
    for &patch in &all {
        let plan = Plan::new(1, patch, shape).unwrap();
        for &object in &all {
            let (kept, around) = counted(|x, y| has(object, x, y) && !has(patch, x, y));
            let left = plan.left_of(object);
            assert_eq!((left.kept(), left.total(), left.patch()), (kept, object.area(), around), "{object} by {patch}");
            let (kept, around) = counted(|x, y| has(object, x, y) && has(patch, x, y));
            let pasted = plan.pasted_of(object);
            assert_eq!((pasted.kept(), pasted.total(), pasted.patch()), (kept, object.area(), around));
            for visible in [left, pasted] {
                let exact = if visible.total() == 0 { 0.0 } else { visible.kept() as f32 / visible.total() as f32 };
                assert_eq!(visible.share().to_bits(), exact.to_bits());
                for least in [0.0, 0.25, 0.5, 1.0] {
                    assert_eq!(visible.is_visible_by(least), visible.kept() > 0 && exact >= least);
                }
            }
        }
    }
}

/// An object that reaches out of the image, as boxes of annotations do.
#[test]
fn what_lies_outside_the_image_cannot_be_seen() {
    let shape = Shape::new(WIDTH, HEIGHT, 1, Layout::Hwc).unwrap();
    for &patch in &boxes(WIDTH, HEIGHT) {
        let plan = Plan::new(1, patch, shape).unwrap();
        for &object in &boxes(WIDTH + 2, HEIGHT + 1) {
            let (kept, around) = counted(|x, y| has(object, x, y) && !has(patch, x, y));
            let left = plan.left_of(object);
            assert_eq!((left.kept(), left.total(), left.patch()), (kept, object.area(), around), "{object} by {patch}");
            let (kept, around) = counted(|x, y| has(object, x, y) && has(patch, x, y));
            let pasted = plan.pasted_of(object);
            assert_eq!((pasted.kept(), pasted.total(), pasted.patch()), (kept, object.area(), around));
        }
    }
}

#[test]
fn boxes_intersect_where_their_pixels_do() {
    for &first in &boxes(WIDTH, HEIGHT) {
        for &second in &boxes(WIDTH, HEIGHT) {
            let (_, both) = counted(|x, y| has(first, x, y) && has(second, x, y));
            assert_eq!(first.intersection(second), both);
            let (_, rest) = counted(|x, y| has(first, x, y) && !has(second, x, y));
            assert_eq!(first.without(second), rest, "{first} without {second}");
        }
    }
    // At the largest coordinates, too.
    let far = Patch::new(65_533, 0, 65_535, 65_535).unwrap();
    assert_eq!(
        far.without(Patch::new(65_534, 0, 65_535, 65_535).unwrap()),
        Patch::new(65_533, 0, 65_534, 65_535).unwrap()
    );
}

/// Of an image that was mixed before, with a partner that was: the four pixel counts, for all boxes of a smaller image.
#[test]
fn four_regions_are_what_a_count_of_pixels_says() {
    let shape = Shape::new(4, 3, 1, Layout::Hwc).unwrap();
    let all = boxes(4, 3);
    let count = |shows: &dyn Fn(u16, u16) -> bool| {
        (0..3).flat_map(|y| (0..4).map(move |x| (x, y))).filter(|&(x, y)| shows(x, y)).count() as u32
    };
    for &patch in &all {
        let plan = Plan::new(1, patch, shape).unwrap();
        // Its box may reach out of the image.
        for &before in &boxes(5, 3) {
            for &partner_before in &all {
                let expected = [
                    count(&|x, y| !has(patch, x, y) && !has(before, x, y)),
                    count(&|x, y| !has(patch, x, y) && has(before, x, y)),
                    count(&|x, y| has(patch, x, y) && !has(partner_before, x, y)),
                    count(&|x, y| has(patch, x, y) && has(partner_before, x, y)),
                ];
                let regions = plan.regions(before, partner_before);
                assert_eq!(regions, expected, "{patch}, {before} and {partner_before}");
                assert_eq!(regions.iter().sum::<u32>(), plan.total());
            }
        }
    }
}
