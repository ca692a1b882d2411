//! What is computed, by other means: compared before anything is timed.

use benches::{BATCH, Element, Pairs, Program, copy_rows, plans};
use cutmix_core::{CutMix, Partners, Plan, Shape, Stream};

use crate::{CLASSES, PLANS};

/// `before` after `plans`, of which each in turn is the next image's.
pub fn pasted<T: Element>(before: &Pairs<T>, shape: Shape, plans: &[Plan]) -> Pairs<T> {
    let mut after = before.clone();
    for (plan, image) in plans.iter().zip((0..BATCH).cycle()) {
        let (dst, src) = after.pair(image, plan.partner());
        copy_rows(dst, src, shape, plan.patch());
    }
    after
}

/// `before`, batches of `batch` images, after `plans`: out of place, row by row.
pub fn mixed<T: Element>(before: &[T], shape: Shape, batch: usize, plans: &[Plan]) -> Vec<T> {
    let len = shape.len();
    let mut after = before.to_vec();
    for (number, (image, plan)) in after.chunks_exact_mut(len).zip(plans).enumerate() {
        let partner = number / batch * batch + plan.partner() as usize;
        copy_rows(image, &before[partner * len..][..len], shape, plan.patch());
    }
    after
}

/// The plans that `everything` makes for `images` images in its first turn.
pub fn everything(images: usize, shape: Shape, alpha: f32) -> Vec<Plan> {
    let cutmix = CutMix::new(alpha).expect("a constant parameter");
    let mut partners = vec![0; images];
    for (batch, number) in partners.chunks_exact_mut(BATCH).zip(0..) {
        let mut stream = Stream::new(42, 0, u64::MAX - number);
        Partners::RandomCycle.assign(batch, &mut stream).expect("two images or more");
    }
    let plan = |(partner, index)| cutmix.plan(shape, partner, &mut Stream::new(42, 0, index));
    partners.into_iter().zip(0..).map(plan).collect()
}

/// The soft label of an image of class `first` with a box of class `second`.
pub fn label(plan: Plan, first: u16, second: u16) -> [f32; CLASSES] {
    let mut pixels = [0; CLASSES];
    pixels[usize::from(first)] += plan.kept();
    pixels[usize::from(second)] += plan.patch().area();
    pixels.map(|pixels| pixels as f32 / plan.total() as f32)
}

/// The core and the program draw from different generators, so only their law can be the same: the mean area of a box, within
/// five standard errors.
pub fn assert_same_law(shape: Shape, alpha: f32) {
    let mut program = Program::new(alpha.into());
    let ours = plans(PLANS, shape, alpha, 1).into_iter().map(|plan| f64::from(plan.patch().area())).collect();
    let theirs = (0..PLANS).map(|_| f64::from(program.draw(shape).area())).collect();
    let [(our_mean, our_variance), (their_mean, their_variance)] = [ours, theirs].map(|areas: Vec<f64>| {
        let mean = areas.iter().sum::<f64>() / areas.len() as f64;
        (mean, areas.iter().map(|area| (area - mean).powi(2)).sum::<f64>() / areas.len() as f64)
    });
    let allowed = 5.0 * ((our_variance + their_variance) / PLANS as f64).sqrt();
    assert!(
        (our_mean - their_mean).abs() <= allowed,
        "boxes have {our_mean:.1} pixels in the mean, the baseline's {their_mean:.1}"
    );
}
