//! Whether random numbers obey their law. What is allowed follows from how many there are.

use statrs::function::beta::beta_reg;

/// Chance that a statistical test fails although what it tests is right; shared out among its comparisons (Bonferroni).
pub const SIGNIFICANCE: f64 = 1e-3;

/// [`assert_chances`] of which all are alike.
#[track_caller]
pub fn assert_uniform(counts: &[u32], comparisons: usize, what: &str) {
    assert_chances(counts, &vec![1.0 / counts.len() as f64; counts.len()], comparisons, what);
}

/// Pearson's χ² of `counts` whose `chances` add up to 1. Laurent and Massart 2000: of χ² with k degrees of freedom,
/// P(χ² ≥ k + 2√(k·x) + 2x) ≤ e^−x, and P(χ² ≤ k − 2√(k·x)) ≤ e^−x, which catches what is more even than chance.
#[track_caller]
pub fn assert_chances(counts: &[u32], chances: &[f64], comparisons: usize, what: &str) {
    let draws: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let mut chi_square = 0.0;
    for (&count, chance) in counts.iter().zip(chances) {
        let expected = draws * chance;
        assert!(expected >= 100.0, "{what}: {expected:.1} expected; too few for χ²");
        chi_square += (f64::from(count) - expected).powi(2) / expected;
    }
    let freedom = counts.len() as f64 - 1.0;
    let x = f64::ln(2.0 * comparisons as f64 / SIGNIFICANCE);
    let (least, most) = (freedom - 2.0 * (freedom * x).sqrt(), freedom + 2.0 * (freedom * x).sqrt() + 2.0 * x);
    assert!((least..=most).contains(&chi_square), "{what}: χ² is {chi_square:.1}, {least:.1} to {most:.1} allowed");
}

/// Kolmogorov–Smirnov of whole numbers to `cdf`, the chance of at most so much. Massart 1990:
/// P(sup |Fₙ − F| > d) ≤ 2·exp(−2·n·d²), for every n, and for laws with atoms too.
#[track_caller]
pub fn assert_law(mut draws: Vec<u32>, cdf: impl Fn(u32) -> f64, comparisons: usize, what: &str) {
    draws.sort_unstable();
    let share = |count: usize| count as f64 / draws.len() as f64;
    let mut distance = 0.0_f64;
    let mut below = 0;
    for same in draws.chunk_by(|left, right| left == right) {
        distance = distance.max((share(below) - same[0].checked_sub(1).map_or(0.0, &cdf)).abs());
        below += same.len();
        distance = distance.max((share(below) - cdf(same[0])).abs());
    }
    let critical = (f64::ln(2.0 * comparisons as f64 / SIGNIFICANCE) / (2.0 * draws.len() as f64)).sqrt();
    assert!(distance <= critical, "{what}: {distance:.5} from the law, {critical:.5} allowed");
}

/// P(X ≤ x) of Beta(a, b), worked out from the end that x is nearer to: 1 − x is exact there.
pub fn beta_cdf(a: f32, b: f32, x: f64) -> f64 {
    let (a, b) = (f64::from(a), f64::from(b));
    if x <= 0.5 { beta_reg(a, b, x) } else { 1.0 - beta_reg(b, a, 1.0 - x) }
}
