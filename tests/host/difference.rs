//! Whether a difference over several seeds is one.

use host::results::Difference;

/// Degrees of freedom, and the critical value of Student's t that 97.5 % lie below (NIST/SEMATECH e-Handbook, 1.3.6.7.2).
/// README's comparison has five seeds, so 4; its table has twenty, so 19.
const CRITICAL: [(usize, f64); 6] = [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (19, 2.093)];

#[test]
fn one_seed_says_nothing_of_chance() {
    let expected = Difference { mean: 0.25, standard_error: None, margin: None, significant: None };
    assert_eq!(Difference::between(&[0.5], &[0.25]), expected);
}

/// n values that alternate around their mean, the middle one on it if n is odd, of which the standard error is 1: of m pairs at
/// ±s the variance is 2m·s² ÷ (n − 1), and the error of the mean is its root ÷ √n.
fn around(mean: f64, count: usize) -> Vec<f64> {
    let pairs = (count / 2) as f64;
    let side = ((count - 1) as f64 * count as f64 / (2.0 * pairs)).sqrt();
    let mut values: Vec<f64> =
        (0..2 * (count / 2)).map(|at| if at % 2 == 0 { mean - side } else { mean + side }).collect();
    values.resize(count, mean);
    values
}

#[test]
fn a_difference_is_called_one_only_beyond_its_error() {
    for (freedom, critical) in CRITICAL {
        let seeds = freedom + 1;
        let between = |mean| Difference::between(&around(mean, seeds), &vec![0.0; seeds]);
        let difference = between(critical);
        // Sums of 20 numbers below 100 in f64.
        assert!((difference.mean - critical).abs() < 1e-12 && (difference.standard_error.unwrap() - 1.0).abs() < 1e-12);
        // The table has three decimals.
        let margin = difference.margin.unwrap();
        assert!((margin - critical).abs() <= 0.000_5, "{freedom} degrees of freedom: {margin}, not {critical}");
        for (mean, significant) in [(critical - 0.001, false), (critical + 0.001, true), (-critical - 0.001, true)] {
            assert_eq!(between(mean).significant, Some(significant), "{mean}, {freedom} degrees of freedom");
        }
    }
    assert_eq!(Difference::between(&[0.5; 3], &[0.5; 3]).significant, Some(false));
}
