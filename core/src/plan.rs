use core::fmt;

use crate::{Label, Patch, PatchError, Shape};

/// What will be done to one sample: whose pixels go into which box, and so how much of it stays.
///
/// λ is not stored: it is kept pixels ÷ all pixels of the box that is really pasted, an exact ratio until somebody asks
/// for a float.
///
/// ```
/// use cutmix_core::{Layout, Patch, Plan, Shape};
///
/// let shape = Shape::new(8, 4, 3, Layout::Hwc)?;
/// let plan = Plan::new(5, Patch::new(0, 0, 2, 4)?, shape)?;
/// assert_eq!((plan.kept(), plan.total()), (24, 32));
/// assert_eq!(plan.lambda(), 0.75);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "crate::unchecked::Plan"))]
pub struct Plan {
    partner: u32,
    patch: Patch,
    total: u32,
}

impl Plan {
    /// Pastes `patch` of image number `partner` into an image of `shape`.
    ///
    /// # Errors
    ///
    /// [`PatchError::Outside`] if `patch` does not lie inside `shape`.
    pub const fn new(partner: u32, patch: Patch, shape: Shape) -> Result<Self, PatchError> {
        if !patch.fits(shape) {
            return Err(PatchError::Outside { patch, shape });
        }
        Ok(Self { partner, patch, total: shape.pixels() })
    }

    /// Leaves an image of `shape` as it is: the patch is empty, λ is 1. `index` is the image's own number.
    #[must_use]
    pub const fn unmixed(index: u32, shape: Shape) -> Self {
        Self { partner: index, patch: Patch::EMPTY, total: shape.pixels() }
    }

    /// A plan whose `patch` was clipped to `shape`.
    pub(crate) const fn clipped(partner: u32, patch: Patch, shape: Shape) -> Self {
        Self { partner, patch, total: shape.pixels() }
    }

    #[cfg(feature = "serde")]
    pub(crate) const fn of(partner: u32, patch: Patch, total: u32) -> Self {
        Self { partner, patch, total }
    }

    /// Number of the image whose pixels are pasted, as the caller counts.
    #[must_use]
    pub const fn partner(self) -> u32 {
        self.partner
    }

    /// The box that is pasted; empty if nothing is.
    #[must_use]
    pub const fn patch(self) -> Patch {
        self.patch
    }

    /// Pixels that stay: the numerator of λ.
    #[must_use]
    pub const fn kept(self) -> u32 {
        self.total - self.patch.area()
    }

    /// All pixels of the image: the denominator of λ.
    #[must_use]
    pub const fn total(self) -> u32 {
        self.total
    }

    /// λ, the share of pixels that stay, 0 to 1, rounded once.
    #[must_use]
    pub const fn lambda(self) -> f32 {
        share_of(self.kept(), self.total)
    }

    /// The mixed label of an image of class `first` with a box of class `second`, both counted from 0.
    #[must_use]
    pub const fn label(self, first: u16, second: u16) -> Label {
        Label::of(first, second, self.kept(), self.total)
    }

    /// Mixes two labels that are soft already, from a teacher or an earlier mix: `soft` becomes λ·`soft` + (1−λ)·`partner`,
    /// one element a class.
    ///
    /// That is right where a label holds for all of its image. Of an image that was mixed before, it is right on average only: this
    /// box may lie on the earlier one or beside it, which two labels cannot tell. Where the earlier box is known, count the pixels.
    ///
    /// ```
    /// use cutmix_core::{Layout, Patch, Plan, Shape};
    ///
    /// let plan = Plan::new(0, Patch::new(0, 0, 1, 1)?, Shape::new(2, 2, 1, Layout::Hwc)?)?;
    /// let mut soft = [0.5, 0.5, 0.0];
    /// plan.mix_soft(&mut soft, &[0.0, 0.5, 0.5])?;
    /// assert_eq!(soft, [0.375, 0.5, 0.125]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClassesError`] if the lengths differ; `soft` then stays as it was.
    pub fn mix_soft(self, soft: &mut [f32], partner: &[f32]) -> Result<(), ClassesError> {
        if soft.len() != partner.len() {
            return Err(ClassesError { expected: soft.len(), actual: partner.len() });
        }
        let (lambda, cut) = (self.lambda(), share_of(self.patch.area(), self.total));
        for (weight, partner) in soft.iter_mut().zip(partner) {
            *weight = lambda * *weight + cut * *partner;
        }
        Ok(())
    }
}

/// Two soft labels of different lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClassesError {
    /// Elements of the label that is mixed into.
    pub expected: usize,
    /// Elements of the other.
    pub actual: usize,
}

impl fmt::Display for ClassesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, actual } = self;
        write!(
            f,
            "a soft label of {actual} classes cannot be mixed into one of {expected}; both need an element a class"
        )
    }
}

impl core::error::Error for ClassesError {}

/// `pixels` ÷ `total`, rounded once, to the nearest; `pixels` ≤ `total` < 2³¹.
///
/// Up to 2²⁴ pixels f32 holds both numbers, so that its division is that. Beyond, an f64 would do in between; its division
/// is 1,200 bytes of code on a Cortex-M, so here are the bits of the quotient one by one.
pub(crate) const fn share_of(pixels: u32, total: u32) -> f32 {
    if total <= 1 << 24 {
        return pixels as f32 / total as f32;
    }
    if pixels == 0 {
        return 0.0;
    }
    // The quotient times 2^shift lies in 1..2.
    let mut shift = pixels.leading_zeros() - total.leading_zeros();
    if pixels << shift < total {
        shift += 1;
    }
    let mut rest = (pixels << shift) - total;
    let mut quotient = 1_u32;
    let mut bits = 0;
    while bits < 24 {
        rest <<= 1;
        quotient <<= 1;
        if rest >= total {
            rest -= total;
            quotient += 1;
        }
        bits += 1;
    }
    // One bit more than f32 has. Half of the last one kept goes to the even neighbor.
    let (kept, half) = (quotient >> 1, quotient & 1 == 1);
    let up = half && (rest != 0 || kept & 1 == 1);
    (kept + up as u32) as f32 * f32::from_bits((127 - 23 - shift) << 23)
}
