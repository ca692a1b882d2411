//! Whether two variants differ by more than chance.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, StudentsT};
use statrs::statistics::Statistics as _;

/// The mean of paired differences: with the same seed, both variants start from the same weights and see the same order of images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// 0 to 1.
    pub mean: f64,
    /// Of the mean; none for a single seed.
    pub standard_error: Option<f64>,
    /// Half the width of the 95 % confidence interval of the mean (Student's t); none for a single seed.
    pub margin: Option<f64>,
    /// Whether 0 lies outside that interval; none for a single seed.
    pub significant: Option<bool>,
}

impl Difference {
    /// Of pairs, a seed each.
    ///
    /// # Panics
    ///
    /// Never: the degrees of freedom are at least 1.
    #[must_use]
    pub fn between(with: &[f64], without: &[f64]) -> Self {
        let differences: Vec<f64> = with.iter().zip(without).map(|(with, without)| with - without).collect();
        let mean = differences.iter().mean();
        if differences.len() < 2 {
            return Self { mean, standard_error: None, margin: None, significant: None };
        }
        let pairs = differences.len() as f64;
        let error = (&differences).std_dev() / pairs.sqrt();
        let student = StudentsT::new(0.0, 1.0, pairs - 1.0).expect("at least one degree of freedom");
        let margin = student.inverse_cdf(0.975) * error;
        Self { mean, standard_error: Some(error), margin: Some(margin), significant: Some(mean.abs() > margin) }
    }

    /// Whether this difference over so many seeds is one, in a sentence.
    #[must_use]
    pub fn verdict(&self, seeds: usize) -> String {
        let points = 100.0 * self.mean;
        match (self.margin, self.significant) {
            (Some(margin), Some(significant)) => {
                let claim = if significant { "" } else { ", which chance alone may do" };
                format!(
                    "With CutMix {points:+.1} ± {:.1} points of test accuracy{claim} (95 % confidence interval, {seeds} seeds).",
                    100.0 * margin
                )
            }
            _ => format!(
                "With CutMix {points:+.2} points, from one seed: --repeat 5 would tell whether that is more than chance."
            ),
        }
    }
}
