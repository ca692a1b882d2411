//! How what is drawn becomes a box: every rule against a table worked out by hand from its code, and what holds for all.

use crate::script::{Script, share, word};
use crate::statistics::{SIGNIFICANCE, assert_law, beta_cdf};
use cutmix_core::{
    BoxRule, Choice, CutMix, Grid, Layout, MinMaxError, MixUp, Patch, Plan, ProbabilityError, Shape, Stream,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use rand_core::Rng;

/// Wider than high, so that a swapped axis shows.
const WIDTH: u16 = 10;
const HEIGHT: u16 = 6;

/// A box and the pixels kept of 60.
type Expected = ([u16; 4], u32);

/// `rand_bbox` of clovaai/CutMix-PyTorch cuts int(W·√s) × int(H·√s) pixels and clips c ∓ cut//2 to the image.
/// `get_box` of the Keras example then makes an empty side one pixel long. With odd sides, c + cut − cut//2 is the end.
///
/// The cut is 5×3 for s = 1/4, 7×4 for 9/16, 2×1 for 1/16, 1×0 for 1/64, and 9×5 for the 1 that a draw is rounded to: by
/// the law s < 1, so no side reaches the image's.
#[rustfmt::skip]
const CENTERED: [Row; 20] = [
    // share         center   Paper                 AtLeastOnePixel       OddSides
    // inside
    (1.0 / 4.0,      (5, 3),  ([3, 2,  7, 4], 52),  ([3, 2,  7, 4], 52),  ([3, 2,  8, 5], 45)),
    (9.0 / 16.0,     (5, 3),  ([2, 1,  8, 5], 36),  ([2, 1,  8, 5], 36),  ([2, 1,  9, 5], 32)),
    (1.0,            (5, 3),  ([1, 1,  9, 5], 28),  ([1, 1,  9, 5], 28),  ([1, 1, 10, 6], 15)),
    (1.0,            (4, 2),  ([0, 0,  8, 4], 28),  ([0, 0,  8, 4], 28),  ([0, 0,  9, 5], 15)),
    // clipped at one edge
    (9.0 / 16.0,     (0, 3),  ([0, 1,  3, 5], 48),  ([0, 1,  3, 5], 48),  ([0, 1,  4, 5], 44)),
    (9.0 / 16.0,     (9, 3),  ([6, 1, 10, 5], 44),  ([6, 1, 10, 5], 44),  ([6, 1, 10, 5], 44)),
    (9.0 / 16.0,     (5, 0),  ([2, 0,  8, 2], 48),  ([2, 0,  8, 2], 48),  ([2, 0,  9, 2], 46)),
    (9.0 / 16.0,     (5, 5),  ([2, 3,  8, 6], 42),  ([2, 3,  8, 6], 42),  ([2, 3,  9, 6], 39)),
    // clipped at a corner
    (9.0 / 16.0,     (0, 0),  ([0, 0,  3, 2], 54),  ([0, 0,  3, 2], 54),  ([0, 0,  4, 2], 52)),
    (9.0 / 16.0,     (9, 0),  ([6, 0, 10, 2], 52),  ([6, 0, 10, 2], 52),  ([6, 0, 10, 2], 52)),
    (9.0 / 16.0,     (0, 5),  ([0, 3,  3, 6], 51),  ([0, 3,  3, 6], 51),  ([0, 3,  4, 6], 48)),
    (9.0 / 16.0,     (9, 5),  ([6, 3, 10, 6], 48),  ([6, 3, 10, 6], 48),  ([6, 3, 10, 6], 48)),
    (1.0,            (0, 0),  ([0, 0,  4, 2], 52),  ([0, 0,  4, 2], 52),  ([0, 0,  5, 3], 45)),
    (1.0,            (9, 5),  ([5, 3, 10, 6], 45),  ([5, 3, 10, 6], 45),  ([5, 3, 10, 6], 45)),
    // the height is of one pixel, or by the paper's code of none
    (1.0 / 16.0,     (5, 3),  ([4, 3,  6, 3], 60),  ([4, 3,  6, 4], 58),  ([4, 3,  6, 4], 58)),
    (1.0 / 16.0,     (0, 5),  ([0, 5,  1, 5], 60),  ([0, 5,  1, 6], 59),  ([0, 5,  1, 6], 59)),
    // no pixel in the height, or none at all
    (1.0 / 64.0,     (5, 3),  ([5, 3,  5, 3], 60),  ([5, 3,  6, 4], 59),  ([5, 3,  6, 3], 60)),
    (0.0,            (0, 0),  ([0, 0,  0, 0], 60),  ([0, 0,  1, 1], 59),  ([0, 0,  0, 0], 60)),
    (0.0,            (9, 0),  ([9, 0,  9, 0], 60),  ([9, 0, 10, 1], 59),  ([9, 0,  9, 0], 60)),
    (0.0,            (9, 5),  ([9, 5,  9, 5], 60),  ([9, 5, 10, 6], 59),  ([9, 5,  9, 5], 60)),
];

/// The share drawn, the center drawn, and by each rule the box.
type Row = (f64, (u32, u32), Expected, Expected, Expected);

/// The same cuts anywhere inside: the first place, the last one and one between, of `side − cut + 1` an axis.
#[rustfmt::skip]
const INSIDE: [(f64, [u32; 2], [u32; 2], Expected); 9] = [
    // share         places   left, top  box
    (1.0 / 4.0,      [6, 4],  [0, 0],  ([0, 0,  5, 3], 45)),
    (1.0 / 4.0,      [6, 4],  [4, 1],  ([4, 1,  9, 4], 45)),
    (1.0 / 4.0,      [6, 4],  [5, 3],  ([5, 3, 10, 6], 45)),
    (9.0 / 16.0,     [4, 3],  [2, 1],  ([2, 1,  9, 5], 32)),
    (1.0,            [2, 2],  [0, 1],  ([0, 1,  9, 6], 15)),
    (1.0,            [2, 2],  [1, 0],  ([1, 0, 10, 5], 15)),
    (1.0 / 64.0,     [10, 7], [9, 6],  ([9, 6, 10, 6], 60)),
    (0.0,            [11, 7], [0, 0],  ([0, 0,  0, 0], 60)),
    (0.0,            [11, 7], [10, 6], ([10, 6, 10, 6], 60)),
];

/// timm's `rand_bbox_minmax` with a last place: sides from int(side·min) up to, not including, int(side·max). Each draw is
/// written `[number, of how many]`.
#[rustfmt::skip]
const MIN_MAX: [([f32; 2], [[u32; 2]; 4], Expected); 9] = [
    // shares       width     left      height    top       box
    // widths 2 to 7, heights 1 to 3
    ([0.2, 0.8],   [[0, 6],  [0, 9],   [0, 3],   [0, 6]],  ([0, 0,  2, 1], 58)),
    ([0.2, 0.8],   [[2, 6],  [5, 7],   [1, 3],   [1, 5]],  ([5, 1,  9, 3], 52)),
    ([0.2, 0.8],   [[5, 6],  [3, 4],   [2, 3],   [3, 4]],  ([3, 3, 10, 6], 39)),
    // nothing up to all but one
    ([0.0, 1.0],   [[0, 10], [10, 11], [0, 6],   [6, 7]],  ([10, 6, 10, 6], 60)),
    ([0.0, 1.0],   [[9, 10], [0, 2],   [5, 6],   [0, 2]],  ([0, 0,  9, 5], 15)),
    ([0.0, 1.0],   [[9, 10], [1, 2],   [5, 6],   [1, 2]],  ([1, 1, 10, 6], 15)),
    // one width and one height
    ([0.9, 1.0],   [[0, 1],  [1, 2],   [0, 1],   [1, 2]],  ([1, 1, 10, 6], 15)),
    // no width and no height: the least
    ([0.5, 0.55],  [[0, 1],  [0, 6],   [0, 1],   [0, 4]],  ([0, 0,  5, 3], 45)),
    ([0.5, 0.55],  [[0, 1],  [5, 6],   [0, 1],   [3, 4]],  ([5, 3, 10, 6], 45)),
];

fn shape(width: u16, height: u16) -> Shape {
    Shape::new(width, height, 1, Layout::Hwc).unwrap()
}

/// α = 1 takes one word for the share.
fn uniform(rule: BoxRule) -> CutMix {
    CutMix::new(1.0).unwrap().with_rule(rule).unwrap()
}

#[track_caller]
fn assert_plan(cutmix: CutMix, words: &[u32], expected: Expected, drawn: &str) {
    let mut script = Script::new(words);
    let plan = cutmix.plan(shape(WIDTH, HEIGHT), 0, &mut script);
    let patch = plan.patch();
    let found = ([patch.x0(), patch.y0(), patch.x1(), patch.y1()], plan.kept());
    assert_eq!(found, expected, "{drawn}");
    assert_eq!(script.left(), 0, "{drawn}: not all words were taken");
}

#[test]
fn centered_boxes_follow_their_codes() {
    for (cut, (column, row), paper, at_least_one_pixel, odd_sides) in CENTERED {
        for (rule, expected) in
            [(BoxRule::Paper, paper), (BoxRule::AtLeastOnePixel, at_least_one_pixel), (BoxRule::OddSides, odd_sides)]
        {
            let words = [share(cut), word(column, WIDTH.into()), word(row, HEIGHT.into())];
            assert_plan(uniform(rule), &words, expected, &format!("{rule:?}, share {cut}, center {column}, {row}"));
        }
    }
}

#[test]
fn inside_boxes_reach_every_place() {
    for (cut, places, [left, top], expected) in INSIDE {
        let words = [share(cut), word(left, places[0]), word(top, places[1])];
        assert_plan(uniform(BoxRule::Inside), &words, expected, &format!("share {cut}, place {left}, {top}"));
    }
}

#[test]
fn min_max_draws_each_side_by_itself() {
    for ([min, max], draws, expected) in MIN_MAX {
        let words = draws.map(|[number, bound]| word(number, bound));
        assert_plan(
            uniform(BoxRule::MinMax { min, max }),
            &words,
            expected,
            &format!("{min} to {max}, draws {draws:?}"),
        );
    }
}

#[test]
fn min_max_refuses_what_is_no_range() {
    let cutmix = CutMix::new(1.0).unwrap();
    for (min, max) in [
        (0.5, 0.5),
        (0.5, 0.4),
        (-0.1, 0.5),
        (0.0, 1.0_f32.next_up()),
        (0.0, f32::INFINITY),
        (f32::NAN, 0.5),
        (0.5, f32::NAN),
    ] {
        let error = cutmix.with_rule(BoxRule::MinMax { min, max }).unwrap_err();
        assert!(
            matches!(error, MinMaxError { min: a, max: b } if [a, b].map(f32::to_bits) == [min, max].map(f32::to_bits)),
            "{error:?}"
        );
    }
    assert!(cutmix.with_rule(BoxRule::MinMax { min: 0.0, max: 1.0 }).is_ok());
}

/// A side of an `Inside` box is ⌊side·√s⌋, s ~ Beta(b, a): at most c where s < ((c + 1)/side)².
#[test]
fn inside_boxes_keep_the_law() {
    const DRAWS: u64 = 100_000;
    // Many pixels, so that little of the law is lost to whole ones; not square, so that each side has its own.
    let shape = shape(8192, 4096);
    let parameters = [(0.25, 0.25), (1.0, 1.0), (2.0, 2.0), (3.5, 1.5), (1.5, 3.5), (0.3, 2.0)];
    for (a, b) in parameters {
        let cutmix = CutMix::with_parameters(a, b).unwrap().with_rule(BoxRule::Inside).unwrap();
        let patches = || (0..DRAWS).map(|index| cutmix.plan(shape, 0, &mut Stream::new(0, 0, index)).patch());
        for (side, cuts) in [
            (shape.width(), patches().map(|patch| u32::from(patch.x1() - patch.x0())).collect()),
            (shape.height(), patches().map(|patch| u32::from(patch.y1() - patch.y0())).collect()),
        ] {
            let cdf = |cut: u32| beta_cdf(b, a, (f64::from(cut + 1) / f64::from(side)).powi(2));
            let what = format!("λ ~ Beta({a}, {b}), a side of {side}");
            assert_law(cuts, cdf, 2 * parameters.len(), &what);
        }
    }
}

#[test]
fn the_mean_of_lambda_is_that_of_its_beta_law() {
    const DRAWS: u64 = 1_000_000;
    const SIDE: u16 = 46_340;
    for (a, b) in [(1.0, 1.0), (3.5, 1.5), (1.5, 3.5), (0.3, 2.0), (2.0, 0.3)] {
        let cutmix = CutMix::with_parameters(a, b).unwrap().with_rule(BoxRule::Inside).unwrap();
        let lambda = |index| {
            let plan = cutmix.plan(shape(SIDE, SIDE), 0, &mut Stream::new(1, 0, index));
            f64::from(plan.kept()) / f64::from(plan.total())
        };
        let mean = (0..DRAWS).map(lambda).sum::<f64>() / DRAWS as f64;

        let (a, b) = (f64::from(a), f64::from(b));
        let standard_error = (a * b / (a + b).powi(2) / (a + b + 1.0) / DRAWS as f64).sqrt();
        // A side loses less than a pixel, of `SIDE`; the area twice that.
        let lost = 2.0 / f64::from(SIDE);
        let off = mean - a / (a + b);
        let allowed = 4.0 * standard_error;
        assert!((-allowed..=allowed + lost).contains(&off), "Beta({a}, {b}): off by {off:+.6}, {allowed:.6} allowed");
    }
}

#[test]
fn probability_0_never_mixes() {
    let never = CutMix::new(1.0).unwrap().with_probability(0.0).unwrap();
    for words in [[0], [u32::MAX]] {
        let plan = never.plan(shape(WIDTH, HEIGHT), 7, &mut Script::new(&words));
        assert_eq!(plan, Plan::unmixed(7, shape(WIDTH, HEIGHT)));
        assert_eq!((plan.patch().area(), plan.lambda().to_bits()), (0, 1.0_f32.to_bits()));
    }
}

#[test]
fn probability_1_draws_no_word_more() {
    for alpha in [0.25, 1.0, 2.0] {
        let cutmix = CutMix::new(alpha).unwrap();
        let always = cutmix.with_probability(1.0).unwrap();
        for index in 0..1000 {
            let mut streams = [Stream::new(0, 0, index), Stream::new(0, 0, index)];
            let [left, right] = &mut streams;
            let shape = shape(WIDTH, HEIGHT);
            assert_eq!(always.plan(shape, 3, left), cutmix.plan(shape, 3, right));
            assert_eq!(left, right);
        }
    }
}

/// Mixed where the word is below p·2³², to the word.
#[test]
fn the_first_word_decides_whether_to_mix() {
    let cutmix = CutMix::new(1.0).unwrap();
    for (probability, threshold) in [
        (0.5, 1 << 31),
        (0.25, 1 << 30),
        (f32::exp2(-32.0), 1),
        // 2⁻²⁴ less than 1.
        (1.0_f32.next_down(), u32::MAX - 255),
    ] {
        let cutmix = cutmix.with_probability(probability).unwrap();
        let rest = [share(0.25), word(5, WIDTH.into()), word(3, HEIGHT.into())];
        for first in [0, threshold - 1] {
            let words = [&[first], &rest[..]].concat();
            assert_plan(cutmix, &words, ([3, 2, 7, 4], 52), &format!("{probability}, {first}"));
        }
        for first in [threshold, u32::MAX] {
            assert_plan(cutmix, &[first], ([0, 0, 0, 0], 60), &format!("{probability}, {first}"));
        }
    }
}

#[test]
fn samples_are_mixed_as_often_as_the_probability_says() {
    const DRAWS: u64 = 1_000_000;
    let probabilities = [0.1, 0.3, 0.9];
    for probability in probabilities {
        // A box of these shares is never empty.
        let rule = BoxRule::MinMax { min: 0.5, max: 0.6 };
        let cutmix = uniform(rule).with_probability(probability).unwrap();
        let is_mixed =
            |index: &u64| cutmix.plan(shape(WIDTH, HEIGHT), 0, &mut Stream::new(2, 0, *index)).patch().area() > 0;
        let frequency = (0..DRAWS).filter(is_mixed).count() as f64 / DRAWS as f64;
        // Hoeffding 1963: P(|frequency − p| ≥ d) ≤ 2·exp(−2·n·d²).
        let allowed = (f64::ln(2.0 * probabilities.len() as f64 / SIGNIFICANCE) / (2.0 * DRAWS as f64)).sqrt();
        let off = frequency - f64::from(probability);
        assert!(off.abs() <= allowed, "{probability}: off by {off:+.5}, {allowed:.5} allowed");
    }
}

/// The policy without logarithms draws what the other draws for α = 1, by every rule, with every probability, on a grid.
#[test]
fn the_uniform_policy_is_that_of_alpha_1() {
    let grid = Grid::new(4, 2).unwrap();
    let rules = [BoxRule::Paper, BoxRule::OddSides, BoxRule::AtLeastOnePixel, BoxRule::Inside];
    for rule in rules.into_iter().chain([BoxRule::MinMax { min: 0.2, max: 0.7 }]) {
        for probability in [0.0, 0.3, 1.0] {
            let general = CutMix::new(1.0).unwrap().with_rule(rule).unwrap().with_probability(probability).unwrap();
            let uniform = CutMix::uniform().with_rule(rule).unwrap().with_probability(probability).unwrap();
            let (turned, back) = (<CutMix>::from(uniform), general.to_uniform().expect("α is 1"));
            for (width, height) in [(33, 20), (64, 1), (1, 1)] {
                let shape = shape(width, height);
                assert_eq!(general.can_mix(shape), uniform.can_mix(shape));
                for index in 0..300 {
                    let stream = || Stream::new(9, 0, index);
                    let plan = general.plan(shape, 7, &mut stream());
                    assert_eq!(plan, uniform.plan(shape, 7, &mut stream()));
                    assert_eq!(plan, turned.plan(shape, 7, &mut stream()));
                    assert_eq!(plan, back.plan(shape, 7, &mut stream()));
                    assert_eq!(Some(plan), general.plan_uniform(shape, None, 7, &mut stream()));
                    let without_copy = general.plan_uniform(shape, Some(grid), 7, &mut stream());
                    let [general, uniform] = [
                        general.plan_on_grid(shape, grid, 7, &mut stream()),
                        uniform.plan_on_grid(shape, grid, 7, &mut stream()),
                    ];
                    assert_eq!(general, uniform);
                    assert_eq!(Some(general), without_copy);
                }
            }
        }
    }
    for (a, b) in [(0.5, 0.5), (1.0, 2.0), (2.0, 1.0), (1.000_001, 1.0)] {
        let other = CutMix::with_parameters(a, b).unwrap();
        assert!(other.to_uniform().is_none(), "Beta({a}, {b})");
        let (mut stream, untouched) = (Stream::new(9, 0, 0), Stream::new(9, 0, 0));
        assert!(other.plan_uniform(shape(33, 20), None, 7, &mut stream).is_none(), "Beta({a}, {b})");
        assert_eq!(stream, untouched);
    }
}

#[test]
fn refuses_what_is_no_probability() {
    let cutmix = CutMix::new(1.0).unwrap();
    for probability in [-0.1, 1.0_f32.next_up(), f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
        let mixup = MixUp::new(1.0).unwrap();
        for error in [
            cutmix.with_probability(probability).unwrap_err(),
            mixup.with_probability(probability).unwrap_err(),
            Choice::new(cutmix, mixup, probability).unwrap_err(),
        ] {
            let ProbabilityError { probability: refused } = error;
            assert_eq!(refused.to_bits(), probability.to_bits());
        }
    }
}

fn any_rule() -> impl Strategy<Value = BoxRule> {
    prop_oneof![
        Just(BoxRule::Paper),
        Just(BoxRule::OddSides),
        Just(BoxRule::AtLeastOnePixel),
        Just(BoxRule::Inside),
        // Ends and neighbors among them.
        (prop_oneof![Just(0.0_f32), 0.0..1.0_f32], prop_oneof![Just(1.0_f32), 0.0..=1.0_f32])
            .prop_map(|(a, b)| BoxRule::MinMax { min: a.min(b), max: a.max(b).max(a.min(b).next_up()) }),
    ]
}

proptest! {
    #![proptest_config(Config { cases: 20_000, rng_seed: RngSeed::Fixed(0), ..Config::default() })]

    #[test]
    fn every_plan_is_inside_and_adds_up(
        (width, height) in prop_oneof![(1..=64_u16, 1..=64_u16), (1..=u16::MAX, 1..=i16::MAX as u16)],
        rule in any_rule(),
        alpha in prop_oneof![Just(0.01_f32), Just(0.25), Just(1.0), Just(2.0)],
        partner: u32,
        seed: u64,
    ) {
        let shape = shape(width, height);
        let cutmix = CutMix::new(alpha).unwrap().with_rule(rule).unwrap();
        let plan = cutmix.plan(shape, partner, &mut Stream::new(seed, 0, 0));
        let patch = plan.patch();
        prop_assert!(patch.x0() <= patch.x1() && patch.y0() <= patch.y1());
        prop_assert!(patch.fits(shape));
        prop_assert!(rule != BoxRule::AtLeastOnePixel || patch.area() > 0);
        if let BoxRule::MinMax { min, max } = rule {
            for (side, cut) in [(width, patch.x1() - patch.x0()), (height, patch.y1() - patch.y0())] {
                if side == 1 {
                    continue;
                }
                // In f64 a product of f32 is exact, and so is rounding it to f32 once.
                let [least, end] = [min, max].map(|share| (f64::from(share) * f64::from(side)) as f32 as u16);
                prop_assert!((least..end.max(least + 1)).contains(&cut), "{} of {}", cut, side);
            }
        }
        prop_assert_eq!(plan.total(), u32::from(width) * u32::from(height));
        prop_assert_eq!(plan.kept() + patch.area(), plan.total());
        let lambda = (f64::from(plan.kept()) / f64::from(plan.total())) as f32;
        prop_assert_eq!(plan.lambda().to_bits(), lambda.to_bits());
        prop_assert_eq!(plan.partner(), partner);
    }

    /// All of a policy but the probability is the same after its word.
    #[test]
    fn a_sample_that_is_mixed_has_the_plan_that_follows(rule in any_rule(), probability in 0.0..1.0_f32, seed: u64) {
        let (shape, cutmix) = (shape(WIDTH, HEIGHT), CutMix::new(0.25).unwrap().with_rule(rule).unwrap());
        let mut rest = Stream::new(seed, 0, 0);
        let mixed = f64::from(rest.next_u32()) < f64::from(probability) * f64::exp2(32.0);
        let expected = if mixed { cutmix.plan(shape, 5, &mut rest) } else { Plan::unmixed(5, shape) };
        let seldom = cutmix.with_probability(probability).unwrap();
        prop_assert_eq!(seldom.plan(shape, 5, &mut Stream::new(seed, 0, 0)), expected);
    }
}

/// A row of ten pixels and a column of six, by hand: 1/4 cuts ⌊10/4⌋ = 2 and ⌊6/4⌋ = 1, 9/16 cuts 5 and 3, 1 all but one.
#[test]
fn a_side_of_one_pixel_is_no_dimension() {
    const RULES: [BoxRule; 4] = [BoxRule::Paper, BoxRule::AtLeastOnePixel, BoxRule::OddSides, BoxRule::Inside];
    #[rustfmt::skip]
    let rows = [
        // side, share, place   Paper   AtLeastOne  OddSides    Inside, whose first place it is
        (10, 1.0 / 4.0,  5,    [[4, 6], [4, 6],     [4, 6],     [5, 7]]),
        (10, 9.0 / 16.0, 5,    [[3, 7], [3, 7],     [3, 8],     [5, 10]]),
        (10, 1.0,        0,    [[0, 4], [0, 4],     [0, 5],     [0, 9]]),
        (6,  1.0 / 4.0,  5,    [[5, 5], [5, 6],     [5, 6],     [5, 6]]),
        (6,  9.0 / 16.0, 0,    [[0, 1], [0, 1],     [0, 2],     [0, 3]]),
        (6,  0.0,        3,    [[3, 3], [3, 4],     [3, 3],     [3, 3]]),
    ];
    for (side, cut, place, expected) in rows {
        for (rule, [first, last]) in RULES.into_iter().zip(expected) {
            let places = if rule == BoxRule::Inside {
                side + 1 - (cut * f64::from(side)).min(f64::from(side) - 1.0) as u32
            } else {
                side
            };
            let words = [share(cut), word(place, places)];
            let side = side as u16;
            for (shape, expected) in [(shape(side, 1), [first, 0, last, 1]), (shape(1, side), [0, first, 1, last])] {
                let mut script = Script::new(&words);
                let patch = uniform(rule).plan(shape, 0, &mut script).patch();
                let found = [patch.x0(), patch.y0(), patch.x1(), patch.y1()];
                assert_eq!((found, script.left()), (expected, 0), "{rule:?}, {shape:?}, share {cut}, {place}");
            }
        }
    }
    // Of 10 pixels 2 to 7; then the place.
    let min_max = uniform(BoxRule::MinMax { min: 0.2, max: 0.8 });
    let plan = min_max.plan(shape(10, 1), 0, &mut Script::new(&[word(3, 6), word(4, 6)]));
    assert_eq!((plan.patch(), plan.kept()), (Patch::new(4, 0, 9, 1).unwrap(), 5));
}

/// `can_mix` against what is drawn: no box in ten thousand plans where it says so, and one where it does not.
#[test]
fn shapes_without_a_box_are_told() {
    let rules = [
        BoxRule::Paper,
        BoxRule::OddSides,
        BoxRule::AtLeastOnePixel,
        BoxRule::Inside,
        BoxRule::MinMax { min: 0.0, max: 1.0 },
        BoxRule::MinMax { min: 0.0, max: 0.4 },
        BoxRule::MinMax { min: 0.3, max: 0.35 },
    ];
    for rule in rules {
        for (width, height) in (1..=6).flat_map(|width| (1..=6).map(move |height| (width, height))) {
            let (cutmix, shape) = (uniform(rule), shape(width, height));
            let mixes =
                (0..10_000).any(|index| cutmix.plan(shape, 0, &mut Stream::new(0, 0, index)).patch().area() > 0);
            assert_eq!(cutmix.can_mix(shape), mixes, "{rule:?}, {width}×{height}");
        }
    }
    assert!(!uniform(BoxRule::Paper).with_probability(0.0).unwrap().can_mix(shape(9, 9)));
}
