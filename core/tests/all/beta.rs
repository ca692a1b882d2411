//! `Beta::sample` against the law: Kolmogorov–Smirnov to the analytic distribution function, and to `rand_distr`.

use crate::statistics::{SIGNIFICANCE, beta_cdf};
use cutmix_core::{Beta, BetaError, Stream};
use rand_core::Rng;
use rand_distr::Distribution;

/// Draws for each pair of parameters, but where it says otherwise.
const DRAWS: usize = 100_000;

/// Reaches every algorithm, both orders of the parameters, and both ends of what f32 can hold.
const PAIRS: [(f32, f32); 20] = [
    (1.0, 1.0),
    (0.25, 0.25),
    (0.2, 0.2),
    (0.3, 0.3),
    (0.1, 0.5),
    (1.0, 0.0625),
    (0.01, 0.01),
    (1e-3, 1e-3),
    (0.5, 0.9),
    (1.0, 0.003),
    (2.0, 2.0),
    (3.5, 1.5),
    (1.01, 40.0),
    (1e4, 1e4),
    (0.3, 2.0),
    (1.0, 1.5),
    (5.0, 0.7),
    (1e-3, 5.0),
    (0.01, 2.0),
    (0.5, 3e4),
];

/// Ten times as many draws as elsewhere, so that a third of the distance is found.
#[test]
fn agrees_with_the_analytic_distribution_function() {
    const MANY: usize = 1_000_000;
    // Massart 1990: P(sup |F_n − F| > d) ≤ 2·exp(−2·n·d²), for every n, and for laws with atoms too.
    let critical = (f64::ln(2.0 * PAIRS.len() as f64 / SIGNIFICANCE) / (2.0 * MANY as f64)).sqrt();
    for (a, b) in PAIRS {
        let draws = sorted_draws(a, b, MANY);
        let share = |count: usize| count as f64 / MANY as f64;
        // At every 100th draw, since the law takes most of the time. That can only be less than the whole distance, by at most
        // the share of the draws between.
        let at = |x: &f32| {
            let (before, after) = rounded_cdf(a, b, *x);
            let (less, up_to) = (draws.partition_point(|draw| draw < x), draws.partition_point(|draw| draw <= x));
            (share(less) - before).abs().max((share(up_to) - after).abs())
        };
        let distance = draws.iter().step_by(100).map(at).fold(0.0, f64::max);
        assert!(distance <= critical, "Beta({a}, {b}): {distance:.5} from its law, {critical:.5} allowed");
    }
}

#[test]
fn agrees_with_rand_distr() {
    // The large parameters are here, where the series for the analytic function converges too slowly.
    let pairs =
        [(0.1, 0.1), (0.5, 0.9), (2.0, 2.0), (3.5, 1.5), (0.3, 2.0), (1e6, 1e6), (1e8, 3e8), (0.5, 1e8), (1e8, 2.0)];
    // Wei and Dudley 2012: Massart's bound holds for two samples of one size n ≥ 458, with n ÷ 2 in place of n.
    let critical = (f64::ln(2.0 * pairs.len() as f64 / SIGNIFICANCE) / DRAWS as f64).sqrt();
    for (a, b) in pairs {
        let oracle = rand_distr::Beta::new(f64::from(a), f64::from(b)).unwrap();
        let mut stream = Stream::new(1, 0, 0);
        let mut theirs: Vec<f32> = (0..DRAWS).map(|_| oracle.sample(&mut stream) as f32).collect();
        theirs.sort_unstable_by(f32::total_cmp);
        let ours = sorted_draws(a, b, DRAWS);
        let distance = ours.iter().chain(&theirs).fold(0, |distance, x| {
            let below = |draws: &[f32]| draws.partition_point(|draw| draw <= x);
            distance.max(below(&ours).abs_diff(below(&theirs)))
        }) as f64
            / DRAWS as f64;
        assert!(distance <= critical, "Beta({a}, {b}): {distance:.5} from rand_distr, {critical:.5} allowed");
    }
}

/// Samplers that divide two underflowed numbers give ½, 0 or 1 much too often: invisible to Kolmogorov–Smirnov while
/// rarer than its critical value, but plain when equal draws are counted.
#[test]
fn repeats_no_value_more_often_than_the_law() {
    for (a, b) in PAIRS {
        for same in sorted_draws(a, b, DRAWS).chunk_by(|left, right| left.to_bits() == right.to_bits()) {
            let (before, after) = rounded_cdf(a, b, same[0]);
            // 2⁻²⁰ is for the sampler's own grid: a draw is made of words of 23 or 32 bits and logarithms of 24.
            let expected = DRAWS as f64 * (after - before + f64::exp2(-20.0));
            // Poisson counts pass this by chance once in 10⁹ values.
            let most = 6.0 + expected + 6.0 * expected.sqrt();
            assert!(
                same.len() as f64 <= most,
                "Beta({a}, {b}): {} came {} times, {most:.1} allowed",
                same[0],
                same.len()
            );
        }
    }
}

/// Every parameter that is accepted gives a share in finite time, however absurd.
#[test]
fn survives_every_parameter() {
    let parameters = [
        f32::from_bits(1),
        f32::MIN_POSITIVE,
        1e-37,
        1e-3,
        1.0_f32.next_down(),
        1.0,
        1.0_f32.next_up(),
        1e3,
        1e20,
        f32::MAX,
    ];
    for a in parameters {
        for b in parameters {
            let beta = Beta::new(a, b).unwrap();
            let mut stream = Stream::new(2, 0, 0);
            for _ in 0..1000 {
                let share = beta.sample(&mut stream);
                assert!((0.0..=1.0).contains(&share), "Beta({a}, {b}) gave {share}");
            }
        }
    }
}

#[test]
fn refuses_what_is_no_parameter() {
    for parameter in [0.0, -0.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
        for (a, b) in [(parameter, 1.0), (1.0, parameter)] {
            let BetaError { parameter: refused } = Beta::new(a, b).unwrap_err();
            assert_eq!(refused.to_bits(), parameter.to_bits());
        }
    }
}

/// The draw order that golden values of α = 1 rest on.
#[test]
fn the_uniform_case_is_one_word() {
    let mut sampled = Stream::new(3, 0, 0);
    let mut read = sampled.clone();
    let share = Beta::new(1.0, 1.0).unwrap().sample(&mut sampled);
    let word = read.next_u32();
    assert_eq!(sampled, read);
    assert_eq!(share.to_bits(), (((f64::from(word) + 0.5) / f64::exp2(32.0)) as f32).to_bits());
}

/// Draws in ascending order, each from a stream of its own, as the samples of a data set are.
fn sorted_draws(a: f32, b: f32, count: usize) -> Vec<f32> {
    let beta = Beta::new(a, b).unwrap();
    let mut draws: Vec<f32> = (0..count as u64).map(|index| beta.sample(&mut Stream::new(0, 0, index))).collect();
    draws.sort_unstable_by(f32::total_cmp);
    draws
}

/// P(draw < x) and P(draw ≤ x). A draw is X ~ Beta(a, b) rounded to f32, so its law has atoms; where a parameter is small,
/// those at 0 and 1 hold most of it. What rounds to x ends half-way to its neighbors.
fn rounded_cdf(a: f32, b: f32, x: f32) -> (f64, f64) {
    let half_way = |neighbor: f32| f64::midpoint(f64::from(x), f64::from(neighbor)).clamp(0.0, 1.0);
    (beta_cdf(a, b, half_way(x.next_down())), beta_cdf(a, b, half_way(x.next_up())))
}
