use rand_core::Rng;

use crate::chance::Chance;
use crate::half::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};
use crate::paste::check_length;
use crate::{Beta, BetaError, Label, PasteError, ProbabilityError};

/// MixUp (Zhang et al. 2018, arXiv 1710.09412), which training loops switch to and fro with CutMix ([`Choice`](crate::Choice)): whole images
/// are blended, λ ~ Beta(α, α).
///
/// λ is a whole number of 2⁻¹⁶, so that integers are blended in integers and the label weighs just what was blended.
///
/// ```
/// use cutmix_core::{MixUp, Stream};
///
/// let mixup = MixUp::new(0.2)?;
/// let blend = mixup.plan(1, &mut Stream::new(42, 0, 0)); // with image 1
/// let mut image = [200_u8; 4];
/// blend.apply_u8(&mut image, &[100; 4])?;
/// assert_eq!(f32::from(image[0]), (100.0 + 100.0 * blend.lambda()).round());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MixUp {
    lambda: Beta,
    chance: Chance,
}

impl MixUp {
    /// λ ~ Beta(`alpha`, `alpha`).
    ///
    /// # Errors
    ///
    /// [`BetaError`] unless `alpha` is finite and greater than zero.
    pub fn new(alpha: f32) -> Result<Self, BetaError> {
        Self::with_parameters(alpha, alpha)
    }

    /// λ ~ Beta(`a`, `b`), whose mean is a ÷ (a + b).
    ///
    /// # Errors
    ///
    /// [`BetaError`] unless both are finite and greater than zero.
    pub fn with_parameters(a: f32, b: f32) -> Result<Self, BetaError> {
        Ok(Self { lambda: Beta::new(a, b)?, chance: Chance::ALWAYS })
    }

    /// The same, but a sample is blended with `probability` only; otherwise it stays as it is, with λ = 1.
    ///
    /// # Errors
    ///
    /// [`ProbabilityError`] unless 0 ≤ `probability` ≤ 1.
    pub fn with_probability(self, probability: f32) -> Result<Self, ProbabilityError> {
        Ok(Self { chance: Chance::new(probability)?, ..self })
    }

    /// Draws the λ of one sample, which will be blended with image number `partner`: a word that decides whether to, unless the probability is
    /// 1; then one [`Beta::sample`], rounded to the nearest 2⁻¹⁶.
    pub fn plan<R: Rng + ?Sized>(&self, partner: u32, rng: &mut R) -> Blend {
        if !self.chance.happens(rng) {
            return Blend { partner, kept: ONE };
        }
        Blend { partner, kept: (self.lambda.sample(rng) * ONE as f32 + 0.5) as u32 }
    }
}

/// λ = 1 in units of 2⁻¹⁶.
const ONE: u32 = 1 << 16;

/// What MixUp will do to one sample: the image becomes λ·image + (1−λ)·partner. Not a [`Plan`](crate::Plan), so that
/// nobody pastes the box of a sample that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "crate::unchecked::Blend")
)]
pub struct Blend {
    partner: u32,
    kept: u32,
}

impl Blend {
    #[cfg(feature = "serde")]
    pub(crate) fn of(partner: u32, kept: u32) -> Option<Self> {
        (kept <= ONE).then_some(Self { partner, kept })
    }

    /// Number of the image to blend with, as the caller counts.
    #[must_use]
    pub const fn partner(self) -> u32 {
        self.partner
    }

    /// λ in units of 2⁻¹⁶, 0 to 65,536.
    #[must_use]
    pub const fn lambda_q16(self) -> u32 {
        self.kept
    }

    /// λ, 0 to 1, exactly.
    #[must_use]
    pub const fn lambda(self) -> f32 {
        self.kept as f32 / ONE as f32
    }

    /// The mixed label of an image of class `first` blended with one of class `second`, both counted from 0.
    #[must_use]
    pub const fn label(self, first: u16, second: u16) -> Label {
        Label::of(first, second, self.kept, ONE)
    }

    /// Blends `src` into `dst`, both images of one shape and layout. Each byte is rounded once, to the nearest, halves up.
    ///
    /// # Errors
    ///
    /// [`PasteError::Length`] if the lengths differ; `dst` then stays as it was.
    pub fn apply_u8(self, dst: &mut [u8], src: &[u8]) -> Result<(), PasteError> {
        self.each(dst, src, |a, b| self.unsigned(a.into(), b.into()) as u8)
    }

    /// As [`apply_u8`](Self::apply_u8), of signed bytes: of a quantized tensor whatever its zero point, since λ and 1−λ are 1 together.
    ///
    /// # Errors
    ///
    /// As [`apply_u8`](Self::apply_u8).
    pub fn apply_i8(self, dst: &mut [i8], src: &[i8]) -> Result<(), PasteError> {
        self.each(dst, src, |a, b| self.signed(a.into(), b.into()) as i8)
    }

    /// As [`apply_u8`](Self::apply_u8), of 16 bits.
    ///
    /// # Errors
    ///
    /// As [`apply_u8`](Self::apply_u8).
    pub fn apply_u16(self, dst: &mut [u16], src: &[u16]) -> Result<(), PasteError> {
        self.each(dst, src, |a, b| self.unsigned(a.into(), b.into()) as u16)
    }

    /// As [`apply_u8`](Self::apply_u8), of 16 bits and signed: samples of a sensor.
    ///
    /// # Errors
    ///
    /// As [`apply_u8`](Self::apply_u8).
    pub fn apply_i16(self, dst: &mut [i16], src: &[i16]) -> Result<(), PasteError> {
        self.each(dst, src, |a, b| self.signed(a.into(), b.into()) as i16)
    }

    /// Blends `src` into `dst`, both images of one shape and layout: two products and their sum, each rounded in f32.
    ///
    /// # Errors
    ///
    /// [`PasteError::Length`] if the lengths differ; `dst` then stays as it was.
    pub fn apply_f32(self, dst: &mut [f32], src: &[f32]) -> Result<(), PasteError> {
        self.each(dst, src, |a, b| self.float(a, b))
    }

    /// As [`apply_f32`](Self::apply_f32), of half floats (binary16) by their bits: what that gives is rounded once more, to the nearest half float, ties
    /// to even.
    ///
    /// # Errors
    ///
    /// As [`apply_f32`](Self::apply_f32).
    pub fn apply_f16(self, dst: &mut [u16], src: &[u16]) -> Result<(), PasteError> {
        self.each(dst, src, |a, b| f32_to_f16(self.float(f16_to_f32(a), f16_to_f32(b))))
    }

    /// As [`apply_f16`](Self::apply_f16), of bfloat16.
    ///
    /// # Errors
    ///
    /// As [`apply_f32`](Self::apply_f32).
    pub fn apply_bf16(self, dst: &mut [u16], src: &[u16]) -> Result<(), PasteError> {
        self.each(dst, src, |a, b| f32_to_bf16(self.float(bf16_to_f32(a), bf16_to_f32(b))))
    }

    fn each<T: Copy>(self, dst: &mut [T], src: &[T], blended: impl Fn(T, T) -> T) -> Result<(), PasteError> {
        check_length("source", dst.len(), src.len())?;
        match self.kept {
            // As they are to the bit, whatever the other has, NaN or infinity.
            ONE => {}
            0 => dst.iter_mut().zip(src).for_each(|(dst, src)| *dst = *src),
            _ => dst.iter_mut().zip(src).for_each(|(dst, src)| *dst = blended(*dst, *src)),
        }
        Ok(())
    }

    /// Of numbers of 16 bits at most: the sum and a half are less than 2³².
    const fn unsigned(self, a: u32, b: u32) -> u32 {
        (a * self.kept + b * (ONE - self.kept) + ONE / 2) >> 16
    }

    /// Likewise, from −2³¹ on.
    const fn signed(self, a: i32, b: i32) -> i32 {
        (a * self.kept as i32 + b * (ONE - self.kept) as i32 + ONE as i32 / 2) >> 16
    }

    fn float(self, a: f32, b: f32) -> f32 {
        self.lambda() * a + (ONE - self.kept) as f32 / ONE as f32 * b
    }
}
