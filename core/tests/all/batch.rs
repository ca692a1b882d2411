//! A whole batch in place: partners by each rule, and `mix_batch` against a copy out of place.

use crate::statistics::{assert_chances, assert_uniform};
use cutmix_core::{
    Layout, MixBatchError, Partners, PartnersError, PasteError, Patch, Plan, Shape, SizeError, Stream, mix_batch,
    mix_batch_scratch, uniform_below,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use rand_core::Rng;

const RULES: [Partners; 4] = [Partners::RandomCycle, Partners::Shuffle, Partners::Roll, Partners::Reverse];

fn partners(rule: Partners, images: usize, stream: &mut Stream) -> Vec<u32> {
    let mut partners = vec![u32::MAX; images];
    rule.assign(&mut partners, stream).unwrap();
    partners
}

#[test]
fn roll_and_reverse_are_what_their_libraries_do() {
    for (rule, images, expected) in [
        (Partners::Roll, 5, vec![4, 0, 1, 2, 3]),
        (Partners::Roll, 2, vec![1, 0]),
        (Partners::Reverse, 6, vec![5, 4, 3, 2, 1, 0]),
        (Partners::Reverse, 2, vec![1, 0]),
    ] {
        let mut stream = Stream::new(0, 0, 0);
        assert_eq!(partners(rule, images, &mut stream), expected, "{rule:?}");
        assert_eq!(stream, Stream::new(0, 0, 0), "{rule:?} draws");
    }
}

#[test]
fn every_rule_makes_a_permutation() {
    let mut stream = Stream::new(1, 0, 0);
    for rule in RULES {
        for images in (0..=200).filter(|&images| images != 1 && (rule != Partners::Reverse || images % 2 == 0)) {
            let mut partners = partners(rule, images, &mut stream);
            let with_themselves = partners.iter().zip(0..).filter(|(partner, image)| *partner == image).count();
            assert!(rule == Partners::Shuffle || with_themselves == 0, "{rule:?} of {images}");
            partners.sort_unstable();
            assert!(partners.into_iter().eq(0..images as u32), "{rule:?} of {images}");
        }
    }
}

#[test]
fn a_batch_without_partners_is_refused() {
    for (rule, images) in
        [(Partners::RandomCycle, 1), (Partners::Roll, 1), (Partners::Reverse, 1), (Partners::Reverse, 7)]
    {
        let mut partners = vec![9; images];
        let mut stream = Stream::new(0, 0, 0);
        assert_eq!(rule.assign(&mut partners, &mut stream), Err(PartnersError { rule, images }));
        assert!(partners.iter().all(|&partner| partner == 9), "{rule:?} of {images} wrote");
        assert_eq!(stream, Stream::new(0, 0, 0), "{rule:?} of {images} drew");
    }
    assert_eq!(partners(Partners::Shuffle, 1, &mut Stream::new(0, 0, 0)), [0]);
}

/// Of five images there are 4! cycles and 5! permutations.
#[test]
fn cycles_and_permutations_are_equally_likely() {
    const DRAWS: u32 = 100_000;
    for (rule, kinds) in [(Partners::RandomCycle, 24), (Partners::Shuffle, 120)] {
        let mut stream = Stream::new(2, 0, 0);
        let mut drawn: Vec<Vec<u32>> = (0..DRAWS).map(|_| partners(rule, 5, &mut stream)).collect();
        drawn.sort_unstable();
        let counts: Vec<u32> = drawn.chunk_by(|left, right| left == right).map(|same| same.len() as u32).collect();
        assert_eq!(counts.len(), kinds, "{rule:?}");
        assert_uniform(&counts, 2, &format!("{rule:?} of five"));
    }
}

#[test]
fn every_other_image_is_equally_likely_the_partner() {
    const IMAGES: usize = 12;
    let mut stream = Stream::new(3, 0, 0);
    let mut counts = [[0; IMAGES]; IMAGES];
    for _ in 0..20_000 {
        for (counts, partner) in counts.iter_mut().zip(partners(Partners::RandomCycle, IMAGES, &mut stream)) {
            counts[partner as usize] += 1;
        }
    }
    for (image, counts) in counts.iter().enumerate() {
        assert_eq!(counts[image], 0, "image {image} met itself");
        let others = [&counts[..image], &counts[image + 1..]].concat();
        assert_uniform(&others, IMAGES, &format!("partners of image {image}"));
    }
}

/// Montmort 1713. Of 40 images the law of how many meet themselves is Poisson's up to 1/40!.
#[test]
fn a_shuffle_leaves_about_one_image_with_itself() {
    let mut counts = [0; 6];
    let mut stream = Stream::new(4, 0, 0);
    for _ in 0..200_000 {
        let partners = partners(Partners::Shuffle, 40, &mut stream);
        let with_themselves = partners.iter().zip(0..).filter(|(partner, image)| *partner == image).count();
        counts[with_themselves.min(5)] += 1;
    }
    let of = |factorial: f64| f64::exp(-1.0) / factorial;
    let mut chances = [of(1.0), of(1.0), of(2.0), of(6.0), of(24.0), 0.0];
    chances[5] = 1.0 - chances.iter().sum::<f64>();
    assert_chances(&counts, &chances, 1, "images with themselves");
}

/// What `mix_batch` must make of `before`: from the place in memory to the image and the pixel, and out of place.
fn mixed<T: Copy>(before: &[T], shape: Shape, plans: &[Plan]) -> Vec<T> {
    let [width, height, channels] = [shape.width(), shape.height(), shape.channels()].map(usize::from);
    let element = |at: usize| {
        let (image, place) = (at / shape.len(), at % shape.len());
        let (x, y) = match shape.layout() {
            Layout::Hwc => (place / channels % width, place / channels / width),
            Layout::Chw => (place % width, place / width % height),
        };
        let (plan, patch) = (plans[image], plans[image].patch());
        let inside = (patch.x0()..patch.x1()).contains(&(x as u16)) && (patch.y0()..patch.y1()).contains(&(y as u16));
        before[if inside { plan.partner() as usize * shape.len() + place } else { at }]
    };
    (0..before.len()).map(element).collect()
}

/// One box in six is empty, and one is the whole image.
fn random_plans(shape: Shape, partners: &[u32], stream: &mut Stream) -> Vec<Plan> {
    let plan = |&partner| {
        let mut edges = |side: u16| {
            let [a, b] = [0; 2].map(|_| uniform_below(u32::from(side) + 1, stream) as u16);
            (a.min(b), a.max(b))
        };
        let ((x0, x1), (y0, y1)) = (edges(shape.width()), edges(shape.height()));
        let patch = match uniform_below(6, stream) {
            0 => Patch::new(x0, y0, x0, y1),
            1 => Patch::new(0, 0, shape.width(), shape.height()),
            _ => Patch::new(x0, y0, x1, y1),
        };
        Plan::new(partner, patch.unwrap(), shape).unwrap()
    };
    partners.iter().map(plan).collect()
}

/// Mixes random images in place and out of place, and compares their bits.
fn assert_like_a_copy<T: Copy>(
    shape: Shape,
    partners: &[u32],
    stream: &mut Stream,
    element: impl Fn(u32) -> T,
    bits: impl Fn(T) -> u32,
) {
    let plans = random_plans(shape, partners, stream);
    let mut random = |len: usize| (0..len).map(|_| element(stream.next_u32())).collect::<Vec<T>>();
    let mut images = random(shape.len() * partners.len());
    let expected = mixed(&images, shape, &plans);

    let needed = mix_batch_scratch(shape, &plans);
    assert!(needed <= shape.len());
    // Longer than it must be, every other time.
    let mut scratch = random(needed + partners.len() % 2);
    mix_batch(&mut images, shape, &plans, &mut scratch).unwrap();
    assert!(images.into_iter().map(&bits).eq(expected.into_iter().map(&bits)), "{shape:?}, partners {partners:?}");
}

fn assert_like_a_copy_of_any_element(shape: Shape, partners: &[u32], stream: &mut Stream) {
    assert_like_a_copy(shape, partners, stream, |word| word as u8, u32::from);
    // Any bits, so NaNs of every payload among them.
    assert_like_a_copy(shape, partners, stream, f32::from_bits, f32::to_bits);
}

/// All permutations of `partners`, by exchanging the first with each (its rest permuted): Heap's is shorter, not plainer.
fn permutations(partners: &mut Vec<u32>, from: usize, visit: &mut impl FnMut(&[u32])) {
    if from == partners.len() {
        return visit(partners);
    }
    for other in from..partners.len() {
        partners.swap(from, other);
        permutations(partners, from + 1, visit);
        partners.swap(from, other);
    }
}

#[test]
fn every_permutation_of_six_images_is_mixed_in_place() {
    let mut stream = Stream::new(5, 0, 0);
    for layout in [Layout::Hwc, Layout::Chw] {
        let shape = Shape::new(4, 3, 2, layout).unwrap();
        for images in 0..=6_u32 {
            let mut visited = 0;
            permutations(&mut (0..images).collect(), 0, &mut |partners| {
                assert_like_a_copy_of_any_element(shape, partners, &mut stream);
                visited += 1;
            });
            assert_eq!(visited, (1..=images).product::<u32>());
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 500, rng_seed: RngSeed::Fixed(0), ..Config::default() })]

    /// Permutations are checked 512 images at a time, 64 in a word.
    #[test]
    fn any_batch_is_mixed_in_place(
        (width, height, channels) in (1..=5_u16, 1..=5_u16, 1..=3_u16),
        layout in prop_oneof![Just(Layout::Hwc), Just(Layout::Chw)],
        images in prop_oneof![7..=200_usize, 62..=66_usize, 510..=514_usize, 1022..=1026_usize],
        rule in prop_oneof![Just(Partners::RandomCycle), Just(Partners::Shuffle), Just(Partners::Roll)],
        seed: u64,
    ) {
        let mut stream = Stream::new(seed, 0, 0);
        let partners = partners(rule, images, &mut stream);
        let shape = Shape::new(width, height, channels, layout).unwrap();
        assert_like_a_copy_of_any_element(shape, &partners, &mut stream);
    }

    #[test]
    fn an_image_that_two_take_from_is_refused(images in 2..=1200_usize, seed: u64, one: usize, other: usize) {
        let (one, mut other) = (one % images, other % images);
        if one == other {
            other = (other + 1) % images;
        }
        let mut partners = partners(Partners::Shuffle, images, &mut Stream::new(seed, 0, 0));
        partners[one] = partners[other];
        assert_refused(&partners, MixBatchError::Partner { partner: partners[one], images });
    }

    #[test]
    fn an_image_that_is_not_there_is_refused(images in 1..=1200_usize, seed: u64, one: usize, beyond: u32) {
        let mut partners = partners(Partners::Shuffle, images, &mut Stream::new(seed, 0, 0));
        let partner = [images as u32, u32::MAX, beyond.max(images as u32)][seed as usize % 3];
        partners[one % images] = partner;
        assert_refused(&partners, MixBatchError::Partner { partner, images });
    }
}

/// Images of four pixels, of which the left two are taken.
fn left_half(partner: u32) -> (Shape, Plan) {
    let shape = Shape::new(4, 1, 1, Layout::Hwc).unwrap();
    (shape, Plan::new(partner, Patch::new(0, 0, 2, 1).unwrap(), shape).unwrap())
}

#[track_caller]
fn assert_refused(partners: &[u32], expected: MixBatchError) {
    let (shape, _) = left_half(0);
    let plans: Vec<Plan> = partners.iter().map(|&partner| left_half(partner).1).collect();
    let before: Vec<u32> = (0..4 * partners.len() as u32).collect();
    let mut images = before.clone();
    assert_eq!(mix_batch(&mut images, shape, &plans, &mut [0; 4]), Err(expected));
    assert_eq!(images, before, "{expected}, yet something was written");
}

#[test]
fn wrong_lengths_and_boxes_leave_the_batch_as_it_was() {
    let (shape, first) = left_half(1);
    let (_, second) = left_half(0);
    let wide = Shape::new(5, 1, 1, Layout::Hwc).unwrap();
    let patch = Patch::new(1, 0, 5, 1).unwrap();
    let outside = Plan::new(0, patch, wide).unwrap();
    let length = |expected, actual| MixBatchError::Paste(PasteError::Length { image: "batch", expected, actual });
    for (len, plans, scratch_len, expected) in [
        (7, &[first, second][..], 4, length(8, 7)),
        (9, &[first, second], 4, length(8, 9)),
        (8, &[first], 4, length(4, 8)),
        (0, &[first, second], 4, length(8, 0)),
        (4, &[], 4, length(0, 4)),
        (8, &[first, outside], 4, MixBatchError::Plan(SizeError { plan: outside, shape })),
        (
            8,
            &[first, Plan::unmixed(0, wide)],
            4,
            MixBatchError::Plan(SizeError { plan: Plan::unmixed(0, wide), shape }),
        ),
        (8, &[first, second], 1, MixBatchError::Scratch { needed: 2, actual: 1 }),
        (8, &[first, second], 0, MixBatchError::Scratch { needed: 2, actual: 0 }),
    ] {
        let mut images = vec![b'.'; len];
        images.iter_mut().zip(b'a'..).for_each(|(element, letter)| *element = letter);
        let before = images.clone();
        assert_eq!(mix_batch(&mut images, shape, plans, &mut vec![0; scratch_len]), Err(expected));
        assert_eq!(images, before, "{expected}, yet something was written");
    }
}

#[test]
fn scratch_holds_the_largest_box() {
    for layout in [Layout::Hwc, Layout::Chw] {
        let shape = Shape::new(5, 4, 3, layout).unwrap();
        let plan = |x1, y1| Plan::new(0, Patch::new(0, 0, x1, y1).unwrap(), shape).unwrap();
        assert_eq!(mix_batch_scratch(shape, &[plan(2, 2), plan(5, 1), plan(3, 3), plan(0, 4)]), 27);
        assert_eq!(mix_batch_scratch(shape, &[plan(5, 4), plan(1, 1)]), shape.len());
        assert_eq!(mix_batch_scratch(shape, &[plan(0, 0)]), 0);
        assert_eq!(mix_batch_scratch(shape, &[]), 0);
    }
}
