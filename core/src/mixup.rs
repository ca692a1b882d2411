use rand_core::Rng;

use crate::paste::check_length;
use crate::{Beta, BetaError, Label, PasteError};

/// MixUp (Zhang et al. 2018, arXiv 1710.09412), which training loops switch to and fro with CutMix: whole images are
/// blended, λ ~ Beta(α, α).
///
/// λ is a whole number of 2⁻¹⁶, so that bytes are blended in integers and the label weighs just what was blended.
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
}

impl MixUp {
    /// λ ~ Beta(`alpha`, `alpha`).
    ///
    /// # Errors
    ///
    /// [`BetaError`] unless `alpha` is finite and greater than zero.
    pub fn new(alpha: f32) -> Result<Self, BetaError> {
        Ok(Self { lambda: Beta::new(alpha, alpha)? })
    }

    /// Draws the λ of one sample, which will be blended with image number `partner`: one [`Beta::sample`], rounded to the
    /// nearest 2⁻¹⁶.
    pub fn plan<R: Rng + ?Sized>(&self, partner: u32, rng: &mut R) -> Blend {
        Blend { partner, kept: (self.lambda.sample(rng) * ONE as f32 + 0.5) as u32 }
    }
}

/// λ = 1 in units of 2⁻¹⁶.
const ONE: u32 = 1 << 16;

/// What MixUp will do to one sample: the image becomes λ·image + (1−λ)·partner. Not a [`Plan`](crate::Plan), so that
/// nobody pastes the box of a sample that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Blend {
    partner: u32,
    kept: u32,
}

impl Blend {
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
        check_length("source", dst.len(), src.len())?;
        for (dst, src) in dst.iter_mut().zip(src) {
            let blended = u32::from(*dst) * self.kept + u32::from(*src) * (ONE - self.kept);
            *dst = ((blended + ONE / 2) >> 16) as u8;
        }
        Ok(())
    }

    /// Blends `src` into `dst`, both images of one shape and layout: two products and their sum, each rounded in f32.
    ///
    /// # Errors
    ///
    /// [`PasteError::Length`] if the lengths differ; `dst` then stays as it was.
    pub fn apply_f32(self, dst: &mut [f32], src: &[f32]) -> Result<(), PasteError> {
        check_length("source", dst.len(), src.len())?;
        let (lambda, cut) = (self.lambda(), (ONE - self.kept) as f32 / ONE as f32);
        for (dst, src) in dst.iter_mut().zip(src) {
            *dst = lambda * *dst + cut * *src;
        }
        Ok(())
    }
}
