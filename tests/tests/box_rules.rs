//! How a drawn share and a drawn centre become a box: both rules against a table worked out by hand from their codes.

use core::convert::Infallible;

use cutmix_core::{BoxRule, CutMix, Layout, Shape, Stream};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use rand_core::{TryRng, utils};

/// Wider than high, so that a swapped axis shows.
const WIDTH: u16 = 10;
const HEIGHT: u16 = 6;

/// `rand_bbox` of clovaai/CutMix-PyTorch cuts int(W·√s) × int(H·√s) pixels and clips c ∓ cut//2 to the image.
/// `get_box` of the Keras example then makes an empty side one pixel long.
///
/// The cut is 5×3 for s = 1/4, 7×4 for 9/16, 2×1 for 1/16, 1×0 for 1/64, and 9×5 for the 1 that a draw is rounded to: by
/// the law s < 1, so no side reaches the image's.
#[rustfmt::skip]
const TABLE: [Row; 20] = [
    // share         centre   Paper                 AtLeastOnePixel
    // inside
    (1.0 / 4.0,      (5, 3),  ([3, 2,  7, 4], 52),  ([3, 2,  7, 4], 52)),
    (9.0 / 16.0,     (5, 3),  ([2, 1,  8, 5], 36),  ([2, 1,  8, 5], 36)),
    (1.0,            (5, 3),  ([1, 1,  9, 5], 28),  ([1, 1,  9, 5], 28)),
    (1.0,            (4, 2),  ([0, 0,  8, 4], 28),  ([0, 0,  8, 4], 28)),
    // clipped at one edge
    (9.0 / 16.0,     (0, 3),  ([0, 1,  3, 5], 48),  ([0, 1,  3, 5], 48)),
    (9.0 / 16.0,     (9, 3),  ([6, 1, 10, 5], 44),  ([6, 1, 10, 5], 44)),
    (9.0 / 16.0,     (5, 0),  ([2, 0,  8, 2], 48),  ([2, 0,  8, 2], 48)),
    (9.0 / 16.0,     (5, 5),  ([2, 3,  8, 6], 42),  ([2, 3,  8, 6], 42)),
    // clipped at a corner
    (9.0 / 16.0,     (0, 0),  ([0, 0,  3, 2], 54),  ([0, 0,  3, 2], 54)),
    (9.0 / 16.0,     (9, 0),  ([6, 0, 10, 2], 52),  ([6, 0, 10, 2], 52)),
    (9.0 / 16.0,     (0, 5),  ([0, 3,  3, 6], 51),  ([0, 3,  3, 6], 51)),
    (9.0 / 16.0,     (9, 5),  ([6, 3, 10, 6], 48),  ([6, 3, 10, 6], 48)),
    (1.0,            (0, 0),  ([0, 0,  4, 2], 52),  ([0, 0,  4, 2], 52)),
    (1.0,            (9, 5),  ([5, 3, 10, 6], 45),  ([5, 3, 10, 6], 45)),
    // no pixel in the height
    (1.0 / 16.0,     (5, 3),  ([4, 3,  6, 3], 60),  ([4, 3,  6, 4], 58)),
    (1.0 / 16.0,     (0, 5),  ([0, 5,  1, 5], 60),  ([0, 5,  1, 6], 59)),
    // no pixel at all
    (1.0 / 64.0,     (5, 3),  ([5, 3,  5, 3], 60),  ([5, 3,  6, 4], 59)),
    (0.0,            (0, 0),  ([0, 0,  0, 0], 60),  ([0, 0,  1, 1], 59)),
    (0.0,            (9, 0),  ([9, 0,  9, 0], 60),  ([9, 0, 10, 1], 59)),
    (0.0,            (9, 5),  ([9, 5,  9, 5], 60),  ([9, 5, 10, 6], 59)),
];

/// The share drawn, the centre drawn, and by each rule the box `[x0, y0, x1, y1]` with the pixels kept of 60.
type Row = (f64, (u16, u16), ([u16; 4], u32), ([u16; 4], u32));

#[test]
fn both_rules_follow_their_codes() {
    let shape = Shape::new(WIDTH, HEIGHT, 3, Layout::Hwc).unwrap();
    for (share, centre, paper, at_least_one_pixel) in TABLE {
        for (rule, expected) in [(BoxRule::Paper, paper), (BoxRule::AtLeastOnePixel, at_least_one_pixel)] {
            // α = 1 takes one word for the share, and no word in the middle of a pixel's range is drawn again.
            let pixel = |at: u16, side: u16| (((2 * u64::from(at) + 1) << 31) / u64::from(side)) as u32;
            let mut script =
                Script(vec![pixel(centre.1, HEIGHT), pixel(centre.0, WIDTH), (share * f64::exp2(32.0)) as u32]);

            let plan = CutMix::new(1.0).unwrap().with_rule(rule).plan(shape, 0, &mut script);
            let patch = plan.patch();
            let found = ([patch.x0(), patch.y0(), patch.x1(), patch.y1()], plan.kept());
            assert_eq!(found, expected, "{rule:?}, share {share}, centre {centre:?}");
            assert!(script.0.is_empty(), "a plan at α = 1 is three words: share, column, row");
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 10_000, rng_seed: RngSeed::Fixed(0), ..Config::default() })]

    #[test]
    fn every_plan_is_inside_and_adds_up(
        (width, height) in prop_oneof![(1..=64_u16, 1..=64_u16), (1..=u16::MAX, 1..=i16::MAX as u16)],
        rule in prop_oneof![Just(BoxRule::Paper), Just(BoxRule::AtLeastOnePixel)],
        alpha in prop_oneof![Just(0.01_f32), Just(0.25), Just(1.0), Just(2.0)],
        partner: u32,
        seed: u64,
    ) {
        let shape = Shape::new(width, height, 1, Layout::Hwc).unwrap();
        let plan = CutMix::new(alpha).unwrap().with_rule(rule).plan(shape, partner, &mut Stream::new(seed, 0, 0));
        prop_assert!(plan.patch().x0() <= plan.patch().x1() && plan.patch().y0() <= plan.patch().y1());
        prop_assert!(plan.patch().fits(shape));
        prop_assert!(rule == BoxRule::Paper || plan.patch().area() > 0);
        prop_assert_eq!(plan.total(), u32::from(width) * u32::from(height));
        prop_assert_eq!(plan.kept() + plan.patch().area(), plan.total());
        let lambda = (f64::from(plan.kept()) / f64::from(plan.total())) as f32;
        prop_assert_eq!(plan.lambda().to_bits(), lambda.to_bits());
        prop_assert_eq!(plan.partner(), partner);
    }
}

/// Replays its words from the back.
struct Script(Vec<u32>);

impl TryRng for Script {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.pop().expect("the plan takes no more words than scripted"))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_u64_via_u32(self)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(bytes, || self.try_next_u32())
    }
}
