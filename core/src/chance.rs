use core::fmt;

use rand_core::Rng;

/// A probability, as what 32 random bits are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chance {
    /// It happens if the bits are below this; none are drawn where it is 2³².
    threshold: u64,
}

impl Chance {
    /// It always happens.
    pub(crate) const ALWAYS: Self = Self { threshold: 1 << 32 };

    pub(crate) const fn new(probability: f32) -> Result<Self, ProbabilityError> {
        // Written so that NaN fails too.
        if !(0.0 <= probability && probability <= 1.0) {
            return Err(ProbabilityError { probability });
        }
        // Exact: a power of two times an f32.
        Ok(Self { threshold: (probability * Self::ALWAYS.threshold as f32) as u64 })
    }

    /// Whether it ever happens.
    pub(crate) const fn is_possible(self) -> bool {
        self.threshold > 0
    }

    /// Whether it happens now: one word of `rng`, unless it always does.
    #[inline]
    pub(crate) fn happens<R: Rng + ?Sized>(self, rng: &mut R) -> bool {
        self.threshold >= Self::ALWAYS.threshold || u64::from(rng.next_u32()) < self.threshold
    }
}

/// What was given as a probability is none.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ProbabilityError {
    /// What was given.
    pub probability: f32,
}

impl fmt::Display for ProbabilityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no probability; it must lie in 0 to 1", self.probability)
    }
}

impl core::error::Error for ProbabilityError {}
