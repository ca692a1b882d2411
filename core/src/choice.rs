use rand_core::Rng;

use crate::chance::Chance;
use crate::{Blend, CutMix, Label, MixUp, Patch, Plan, ProbabilityError, Shape};

/// CutMix, or MixUp in its place: one of them for each sample, as most recipes of today have it (timm's `switch_prob`).
///
/// ```
/// use cutmix_core::{Choice, CutMix, Layout, Mix, MixUp, Shape, Stream, paste};
///
/// let shape = Shape::new(32, 32, 3, Layout::Hwc)?;
/// let choice = Choice::new(CutMix::new(1.0)?, MixUp::new(0.2)?, 0.5)?; // half of all samples each
/// let (mut image, partner) = ([200_u8; 32 * 32 * 3], [100; 32 * 32 * 3]);
/// let mix = choice.plan(shape, 1, &mut Stream::new(42, 0, 0));
/// match mix {
///     Mix::Paste(plan) => paste(&mut image, &partner, shape, plan.patch())?,
///     Mix::Blend(blend) => blend.apply_u8(&mut image, &partner)?,
/// }
/// let label = mix.label(3, 5);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    cutmix: CutMix,
    mixup: MixUp,
    mixup_chance: Chance,
}

impl Choice {
    /// MixUp with `probability`, and CutMix with what is left of 1. Either may in turn leave a sample as it is, with its own probability.
    ///
    /// # Errors
    ///
    /// [`ProbabilityError`] unless 0 ≤ `probability` ≤ 1.
    pub fn new(cutmix: CutMix, mixup: MixUp, probability: f32) -> Result<Self, ProbabilityError> {
        Ok(Self { cutmix, mixup, mixup_chance: Chance::new(probability)? })
    }

    /// Draws what is done to one sample: a word that decides which of the two does it, unless the probability is 1, then what
    /// [`MixUp::plan`] or [`CutMix::plan`] draws.
    pub fn plan<R: Rng + ?Sized>(&self, shape: Shape, partner: u32, rng: &mut R) -> Mix {
        if self.mixup_chance.happens(rng) {
            Mix::Blend(self.mixup.plan(partner, rng))
        } else {
            Mix::Paste(self.cutmix.plan(shape, partner, rng))
        }
    }
}

/// What is done to one sample: a box of another image is pasted, or all of that is blended in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Mix {
    /// By [`paste`](crate::paste).
    Paste(Plan),
    /// By [`Blend::apply_u8`] and the like.
    Blend(Blend),
}

impl Mix {
    /// The box and its λ; none of a blend.
    #[must_use]
    pub const fn plan(self) -> Option<Plan> {
        match self {
            Self::Paste(plan) => Some(plan),
            Self::Blend(_) => None,
        }
    }

    /// Number of the other image, as the caller counts.
    #[must_use]
    pub const fn partner(self) -> u32 {
        match self {
            Self::Paste(plan) => plan.partner(),
            Self::Blend(blend) => blend.partner(),
        }
    }

    /// The box that is pasted; empty where nothing is, and of a blend.
    #[must_use]
    pub const fn patch(self) -> Patch {
        match self {
            Self::Paste(plan) => plan.patch(),
            Self::Blend(_) => Patch::EMPTY,
        }
    }

    /// λ, how much of the image is left, 0 to 1.
    #[must_use]
    pub const fn lambda(self) -> f32 {
        match self {
            Self::Paste(plan) => plan.lambda(),
            Self::Blend(blend) => blend.lambda(),
        }
    }

    /// The mixed label of an image of class `first` with one of class `second`, both counted from 0.
    #[must_use]
    pub const fn label(self, first: u16, second: u16) -> Label {
        match self {
            Self::Paste(plan) => plan.label(first, second),
            Self::Blend(blend) => blend.label(first, second),
        }
    }
}

impl From<Plan> for Mix {
    fn from(plan: Plan) -> Self {
        Self::Paste(plan)
    }
}

impl From<Blend> for Mix {
    fn from(blend: Blend) -> Self {
        Self::Blend(blend)
    }
}
