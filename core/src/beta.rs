use core::fmt;

use rand_core::Rng;

/// The Beta(a, b) distribution, sampled in f32 with `libm` alone, so with the same bits on every machine.
///
/// | parameters | algorithm |
/// |---|---|
/// | a = b = 1 | the uniform draw itself: one word of the stream |
/// | a, b ≤ 1 | Jöhnk 1964, in the log domain where the plain ratio would be 0/0; without logarithms where 1 ÷ a and 1 ÷ b are whole |
/// | a, b > 1 | BB of Cheng 1978, "Generating beta variates with nonintegral shape parameters", CACM 21(4) |
/// | otherwise | BC of the same paper |
///
/// Cheng's tests are rearranged so that nothing overflows for small parameters and nothing cancels for large ones.
///
/// A sample is a share in 0 to 1. The ends themselves come up only where f32 cannot tell the share from them.
///
/// ```
/// use cutmix_core::{Beta, Stream};
///
/// let beta = Beta::new(0.25, 0.25)?;
/// let share = beta.sample(&mut Stream::new(42, 0, 0));
/// assert!((0.0..=1.0).contains(&share));
/// assert!(Beta::new(f32::NAN, 1.0).is_err());
/// # Ok::<(), cutmix_core::BetaError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Beta(Algorithm);

/// The constants that each algorithm needs of (a, b), worked out once.
#[derive(Clone, Copy, Debug)]
enum Algorithm {
    Uniform,
    Johnk { inverse_a: f32, inverse_b: f32, whole: bool },
    Bb { least: f32, most: f32, beta: f32, swapped: bool },
    Bc { least: f32, most: f32, k1: f32, k2: f32, swapped: bool },
}

impl Beta {
    /// That of a = b = 1.
    #[inline]
    pub(crate) const fn uniform() -> Self {
        Self(Algorithm::Uniform)
    }

    pub(crate) const fn is_uniform(&self) -> bool {
        matches!(self.0, Algorithm::Uniform)
    }

    /// Beta with first parameter `a` and second parameter `b`: mean a ÷ (a + b). One below 1e-37 is taken as 1e-37.
    ///
    /// # Errors
    ///
    /// [`BetaError`] unless both are finite and greater than zero.
    pub fn new(a: f32, b: f32) -> Result<Self, BetaError> {
        for parameter in [a, b] {
            // Written so that NaN fails too.
            if !(parameter > 0.0 && parameter < f32::INFINITY) {
                return Err(BetaError { parameter });
            }
        }
        // 1 ÷ parameter, times the logarithm of any draw, is finite from here on.
        let (a, b) = (a.max(1e-37), b.max(1e-37));
        let (least, most, swapped) = if a < b { (a, b, false) } else { (b, a, true) };
        Ok(Self(match (least, most) {
            (1.0, 1.0) => Algorithm::Uniform,
            (_, ..=1.0) => {
                let (inverse_a, inverse_b) = (1.0 / a, 1.0 / b);
                let is_whole = |inverse: f32| inverse <= 16.0 && inverse - f32::from(inverse as u8) == 0.0;
                let whole = is_whole(inverse_a) && is_whole(inverse_b);
                Algorithm::Johnk { inverse_a, inverse_b, whole }
            }
            (..=1.0, _) => {
                let delta = 1.0 + most - least;
                let k1 = delta * (0.013_888_9 + 0.041_666_7 * least) / (most / least - 0.777_778);
                let k2 = 0.25 + (0.5 + 0.25 / delta) * least;
                Algorithm::Bc { least, most, k1, k2, swapped }
            }
            _ => {
                // The paper's √((sum − 2) ÷ (2·least·most − sum)), without the overflow and without the differences.
                let beta = 1.0 / libm::sqrtf(1.0 + 2.0 / (1.0 / (least - 1.0) + 1.0 / (most - 1.0)));
                Algorithm::Bb { least, most, beta, swapped }
            }
        }))
    }

    /// Draws one share. The number of words taken from `rng` varies, except for a = b = 1, which takes one.
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f32 {
        match self.0 {
            Algorithm::Uniform => fraction(rng),
            Algorithm::Johnk { inverse_a, inverse_b, whole } => johnk(inverse_a, inverse_b, whole, rng),
            Algorithm::Bb { least, most, beta, swapped } => {
                let log_odds = cheng_bb(least, most, beta, rng);
                share(if swapped { -log_odds } else { log_odds })
            }
            Algorithm::Bc { least, most, k1, k2, swapped } => {
                let log_odds = cheng_bc(least, most, k1, k2, rng);
                share(if swapped { -log_odds } else { log_odds })
            }
        }
    }
}

/// The share whose odds against the rest are e^`log_odds`. The exponential taken is at most 1, so nothing overflows.
fn share(log_odds: f32) -> f32 {
    let odds = libm::expf(-log_odds.abs());
    share_of_two(odds / (1.0 + odds), log_odds < 0.0)
}

/// The first of two shares, from the lesser one: at most one rounding, so that 1 comes up as seldom as the law says. And
/// no branch, which would be mispredicted every second time.
fn share_of_two(lesser: f32, first_is_lesser: bool) -> f32 {
    (f32::from(!first_is_lesser) - lesser).abs()
}

/// Uniform over 0 to 1, all 32 bits of a word used, so that small fractions keep f32's full precision; never 0.
pub(crate) fn fraction<R: Rng + ?Sized>(rng: &mut R) -> f32 {
    (rng.next_u32() as f32 + 0.5) * (1.0 / 4_294_967_296.0)
}

/// Uniform over the open interval 0 to 1, symmetric about ½: the odds of it are neither 0 nor infinite.
fn open_fraction<R: Rng + ?Sized>(rng: &mut R) -> f32 {
    ((rng.next_u32() >> 9) as f32 + 0.5) * (1.0 / 8_388_608.0)
}

/// Jöhnk: X = U^(1/a), Y = V^(1/b), until X + Y ≤ 1; then X ÷ (X + Y) is Beta(a, b).
fn johnk<R: Rng + ?Sized>(inverse_a: f32, inverse_b: f32, whole: bool, rng: &mut R) -> f32 {
    let power = |base, exponent| if whole { whole_power(base, exponent) } else { power(base, exponent) };
    loop {
        let (u, v) = (fraction(rng), fraction(rng));
        let (x, y) = (power(u, inverse_a), power(v, inverse_b));
        let sum = x + y;
        if sum > 1.0 {
            continue;
        }
        let lesser = x.min(y);
        // For small parameters it underflows; the logarithms still say which share each has.
        return if lesser >= f32::MIN_POSITIVE {
            share_of_two(lesser / sum, x < y)
        } else {
            share(libm::logf(u) * inverse_a - libm::logf(v) * inverse_b)
        };
    }
}

fn power(base: f32, exponent: f32) -> f32 {
    libm::expf(libm::logf(base) * exponent)
}

/// [`power`] for an exponent of 1, 2, … 16: α = 1, ½, ¼, 0.2 and 0.1 are the usual ones, and a multiplication costs a chip
/// without an FPU a twentieth of a logarithm.
fn whole_power(mut base: f32, exponent: f32) -> f32 {
    let (mut power, mut exponent) = (1.0, exponent as u8);
    loop {
        if exponent % 2 == 1 {
            power *= base;
        }
        exponent /= 2;
        if exponent == 0 {
            return power;
        }
        base *= base;
    }
}

const LOG_4: f32 = 2.0 * core::f32::consts::LN_2;

/// Cheng's BB, least > 1: the logarithm of the odds of a Beta(least, most) share.
///
/// The paper takes differences of numbers as large as the parameters; here e^v − 1 stands for e^v, so they are small.
fn cheng_bb<R: Rng + ?Sized>(least: f32, most: f32, beta: f32, rng: &mut R) -> f32 {
    const ONE_PLUS_LOG_5: f32 = 2.609_438;
    let ratio = least / most;
    let part = ratio / (1.0 + ratio); // least ÷ (least + most)
    loop {
        let (u1, u2) = (open_fraction(rng), open_fraction(rng));
        let logit = libm::logf(u1 / (1.0 - u1));
        let v = beta * logit;
        let growth = libm::expm1f(v);
        let z = u1 * u1 * u2;
        let s = logit - LOG_4 - least * (growth - v);
        if s + ONE_PLUS_LOG_5 >= 5.0 * z || {
            let t = libm::logf(z);
            s >= t || logit - LOG_4 - least * (libm::log1pf(part * growth) / part - v) >= t
        } {
            return v + libm::logf(ratio);
        }
    }
}

/// Cheng's BC, least ≤ 1 < most: the logarithm of the odds of a Beta(least, most) share.
///
/// The paper's log(sum ÷ (least + most·e^v)) + v is −log(1 + least ÷ sum · (e^−v − 1)).
fn cheng_bc<R: Rng + ?Sized>(least: f32, most: f32, k1: f32, k2: f32, rng: &mut R) -> f32 {
    let sum = least + most;
    loop {
        let (u1, u2) = (open_fraction(rng), open_fraction(rng));
        let y = u1 * u2;
        let z = u1 * y;
        let v = libm::logf(u1 / (1.0 - u1)) / least;
        let accepted = if u1 < 0.5 { 0.25 * u2 + z - y < k1 } else { z <= 0.25 || z < k2 };
        // The quick tests: u1 ≥ ½ with z ≤ ¼ is always accepted; what fails the first test is always rejected.
        let certain = u1 >= 0.5 && z <= 0.25;
        if accepted && (certain || -sum * libm::log1pf(least / sum * libm::expm1f(-v)) - LOG_4 >= libm::logf(z)) {
            return libm::logf(least / most) - v;
        }
    }
}

/// A parameter that no Beta distribution has.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BetaError {
    /// The parameter that was refused.
    pub parameter: f32,
}

impl fmt::Display for BetaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no parameter of a Beta distribution; it must be finite and greater than zero", self.parameter)
    }
}

impl core::error::Error for BetaError {}
