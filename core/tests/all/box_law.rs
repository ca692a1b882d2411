//! The law of the clipped box: moments of λ and the chance of an empty box, against their exact values. And that of images
//! of one row or column, by every rule.

use std::thread;

use cutmix_core::{BoxRule, CutMix, Grid, Layout, Plan, Shape, Stream};
use statrs::function::beta::beta_reg;

/// Draws for each shape and α.
const DRAWS: u64 = 10_000_000;

/// Standard errors allowed: exceeded by chance once in 16,000, and there are 84 comparisons.
const TOLERANCE: f64 = 4.0;

#[test]
fn boxes_obey_the_exact_law() {
    thread::scope(|scope| {
        for (width, height) in [(32, 32), (48, 20)] {
            for alpha in [0.2, 0.25, 1.0] {
                scope.spawn(move || assert_obeys(width, height, alpha));
            }
        }
    });
}

/// On a grid that divides the image, the law is that of an image with a pixel for each cell.
#[test]
fn boxes_on_a_grid_obey_the_exact_law() {
    thread::scope(|scope| {
        for ([width, height], [cell_width, cell_height], alpha) in [([32, 32], [4, 4], 0.25), ([96, 40], [2, 8], 1.0)] {
            scope.spawn(move || {
                let count = DRAWS / 4;
                let law = Law::exact(width / cell_width, height / cell_height, alpha);
                let grid = Grid::new(cell_width as u16, cell_height as u16).unwrap();
                let drawn = Law::drawn_by(width, height, BoxRule::Paper, alpha, count, |cutmix, shape, stream| {
                    cutmix.plan_on_grid(shape, grid, 0, stream)
                });
                assert_equal(
                    &law,
                    &drawn,
                    count,
                    &format!("{width}×{height} by {cell_width}×{cell_height}, α = {alpha}"),
                );
            });
        }
    });
}

/// A side of one pixel is no dimension: the other is cut by the share itself, no root of it.
#[test]
fn boxes_of_one_dimension_obey_the_exact_law() {
    let rules = [
        BoxRule::Paper,
        BoxRule::OddSides,
        BoxRule::AtLeastOnePixel,
        BoxRule::Inside,
        BoxRule::MinMax { min: 0.25, max: 0.875 },
    ];
    thread::scope(|scope| {
        for rule in rules {
            scope.spawn(move || {
                for (side, [width, height], alpha) in
                    [(37, [37, 1], 0.25), (37, [1, 37], 1.0), (8, [8, 1], 0.2), (3, [1, 3], 1.0)]
                {
                    let count = DRAWS / 10;
                    let law = Law::of_one_dimension(side, rule, alpha);
                    let drawn = Law::drawn(width, height, rule, alpha, count);
                    assert_equal(&law, &drawn, count, &format!("{rule:?}, {width}×{height}, α = {alpha}"));
                }
            });
        }
    });
}

fn assert_obeys(width: u32, height: u32, alpha: f64) {
    let law = Law::exact(width, height, alpha);
    let drawn = Law::drawn(width, height, BoxRule::Paper, alpha, DRAWS);
    assert_equal(&law, &drawn, DRAWS, &format!("{width}×{height}, α = {alpha}"));
}

fn assert_equal(law: &Law, drawn: &Law, count: u64, of: &str) {
    // Of a mean, of a variance, and of a frequency.
    let errors = [law.variance, law.fourth - law.variance.powi(2), law.empty * (1.0 - law.empty)]
        .map(|square| (square / count as f64).sqrt());
    for (what, drawn, exact, error) in [
        ("mean of λ", drawn.mean, law.mean, errors[0]),
        ("variance of λ", drawn.variance, law.variance, errors[1]),
        ("share of empty boxes", drawn.empty, law.empty, errors[2]),
    ] {
        // Of a law of two values alike the variance has no error but the square of the mean's.
        let off = (drawn - exact) / error.max(1.0 / count as f64);
        assert!(
            off.abs() <= TOLERANCE,
            "{of}: the {what} is {drawn:.6}, by the law {exact:.6}: {off:+.1} standard errors"
        );
    }
}

/// What is compared: the moments of λ (the last two about the mean) and P(no pixel is pasted).
struct Law {
    mean: f64,
    variance: f64,
    fourth: f64,
    empty: f64,
}

impl Law {
    /// From E[s], E[s²], E[s³] and E[s⁴] of the pasted share s = 1 − λ.
    fn from_moments([s1, s2, s3, s4]: [f64; 4], empty: f64) -> Self {
        let fourth = s4 - 4.0 * s1 * s3 + 6.0 * s1.powi(2) * s2 - 3.0 * s1.powi(4);
        Self { mean: 1.0 - s1, variance: s2 - s1.powi(2), fourth, empty }
    }

    /// In exact arithmetic λ makes the box ⌊W·r⌋ by ⌊H·r⌋ with r = √(1−λ) < 1: sides step where r = i/W or j/H. Between
    /// two steps both are fixed, the chance is the Beta law's, and the clipped sides are independent: a finite sum.
    fn exact(width: u32, height: u32, alpha: f64) -> Self {
        let side_steps = |side: u32| (0..=side).map(move |cut| f64::from(cut) / f64::from(side));
        let mut steps: Vec<f64> = side_steps(width).chain(side_steps(height)).collect();
        steps.sort_unstable_by(f64::total_cmp);

        let mut moments = [0.0; 4];
        let mut empty = 0.0;
        for step in steps.windows(2) {
            let chance = beta_reg(alpha, alpha, step[1].powi(2)) - beta_reg(alpha, alpha, step[0].powi(2));
            // The middle of the interval, so that no rounding decides the floor.
            let root = f64::midpoint(step[0], step[1]);
            let reach = |side: u32| (f64::from(side) * root) as u32 / 2;
            for (power, moment) in (1..).zip(&mut moments) {
                *moment += chance * side_moment(width, reach(width), power) * side_moment(height, reach(height), power);
            }
            if reach(width) == 0 || reach(height) == 0 {
                empty += chance;
            }
        }
        Self::from_moments(moments, empty)
    }

    /// The box of a line of `side` pixels is ⌊`side`·s⌋ long, s ~ Beta(α, α), and lies where the rule says, or clipped there;
    /// that of `MinMax` is as long as is drawn.
    fn of_one_dimension(side: u32, rule: BoxRule, alpha: f64) -> Self {
        let step = |cut: u32| f64::from(cut) / f64::from(side);
        let chance = |cut: u32| beta_reg(alpha, alpha, step(cut + 1)) - beta_reg(alpha, alpha, step(cut));
        let lengths: Vec<(f64, u32, u32)> = match rule {
            BoxRule::MinMax { min, max } => {
                let [least, end] = [min, max].map(|share| (share * side as f32) as u32);
                (least..end).map(|cut| (1.0 / f64::from(end - least), cut, 0)).collect()
            }
            // As far before the center as behind it, or a pixel more.
            BoxRule::Paper => (0..side).map(|cut| (chance(cut), cut / 2, cut / 2)).collect(),
            BoxRule::OddSides => (0..side).map(|cut| (chance(cut), cut / 2, cut.div_ceil(2))).collect(),
            BoxRule::AtLeastOnePixel => (0..side).map(|cut| (chance(cut), cut / 2, (cut / 2).max(1))).collect(),
            _ => (0..side).map(|cut| (chance(cut), cut, 0)).collect(),
        };
        let clips = !matches!(rule, BoxRule::Inside | BoxRule::MinMax { .. });
        let mut moments = [0.0; 4];
        let mut empty = 0.0;
        for (chance, before, after) in lengths {
            for center in 0..side {
                let length =
                    if clips { (center + after).min(side) - center.saturating_sub(before) } else { before + after };
                let chance = chance / f64::from(side);
                for (power, moment) in (1..).zip(&mut moments) {
                    *moment += chance * step(length).powi(power);
                }
                empty += if length == 0 { chance } else { 0.0 };
            }
        }
        Self::from_moments(moments, empty)
    }

    fn drawn(width: u32, height: u32, rule: BoxRule, alpha: f64, count: u64) -> Self {
        Self::drawn_by(width, height, rule, alpha, count, |cutmix, shape, stream| cutmix.plan(shape, 0, stream))
    }

    fn drawn_by(
        width: u32,
        height: u32,
        rule: BoxRule,
        alpha: f64,
        count: u64,
        plan: impl Fn(&CutMix, Shape, &mut Stream) -> Plan,
    ) -> Self {
        let shape = Shape::new(width as u16, height as u16, 3, Layout::Hwc).unwrap();
        let cutmix = CutMix::new(alpha as f32).unwrap().with_rule(rule).unwrap();
        let mut moments = [0.0; 4];
        let mut empty = 0;
        for index in 0..count {
            let plan = plan(&cutmix, shape, &mut Stream::new(0, 0, index));
            let area = plan.patch().area();
            let cut = f64::from(area) / f64::from(plan.total());
            for (power, moment) in (1..).zip(&mut moments) {
                *moment += cut.powi(power);
            }
            empty += u64::from(area == 0);
        }
        Self::from_moments(moments.map(|sum| sum / count as f64), empty as f64 / count as f64)
    }
}

/// E[(clipped length ÷ side)^power] over the centers, all pixels of the side alike.
fn side_moment(side: u32, reach: u32, power: i32) -> f64 {
    let lengths = (0..side).map(|center| (center + reach).min(side) - center.saturating_sub(reach));
    lengths.map(|length| (f64::from(length) / f64::from(side)).powi(power)).sum::<f64>() / f64::from(side)
}
