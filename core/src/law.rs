use rand_core::Rng;

use crate::Beta;
use crate::beta::fraction;

/// The law by which a [`CutMix`](crate::CutMix) policy draws the share of an image that is cut: [`Beta`], or [`Uniform`].
pub trait ShareLaw: sealed::Sealed + Copy {
    /// Draws a share, 0 to 1.
    fn share<R: Rng + ?Sized>(&self, rng: &mut R) -> f32;
}

/// The law for α = 1, for programs that need no other: it takes a word of the stream and no logarithm, which without an FPU are 2 kB of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uniform;

impl ShareLaw for Uniform {
    #[inline]
    fn share<R: Rng + ?Sized>(&self, rng: &mut R) -> f32 {
        fraction(rng)
    }
}

impl ShareLaw for Beta {
    #[inline]
    fn share<R: Rng + ?Sized>(&self, rng: &mut R) -> f32 {
        self.sample(rng)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::Beta {}
    impl Sealed for super::Uniform {}
}
