use rand_core::Rng;

use crate::{Beta, BetaError, Patch, Plan, Shape, below};

/// How a drawn λ becomes a box of pixels.
///
/// Both rules ask for a box of ⌊W·√(1−λ)⌋ × ⌊H·√(1−λ)⌋ pixels around a centre uniform over the image's pixels, reach
/// half of it (rounded down, so sides are even) to each side of the centre, and clip the box to the image. Most boxes
/// are therefore smaller than drawn, and λ is read off the clipped box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BoxRule {
    /// The paper's code (`rand_bbox` of clovaai/CutMix-PyTorch): a box of less than two pixels a side is empty.
    #[default]
    Paper,
    /// The Keras example's code (`get_box`): a side without pixels becomes one pixel long.
    AtLeastOnePixel,
}

/// The policy: how λ is drawn and how it becomes a box.
///
/// ```
/// use cutmix_core::{BoxRule, CutMix, Layout, Shape, Stream};
///
/// let shape = Shape::new(32, 32, 3, Layout::Chw)?;
/// let keras = CutMix::new(0.25)?.with_rule(BoxRule::AtLeastOnePixel);
/// let plan = keras.plan(shape, 9, &mut Stream::new(42, 0, 0));
/// assert!(plan.patch().area() >= 1);
/// assert_eq!(plan.kept() + plan.patch().area(), plan.total());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CutMix {
    /// The law of the cut share 1−λ: Beta(a, b) with the parameters swapped, so that tiny boxes keep their precision.
    share: Beta,
    rule: BoxRule,
}

impl CutMix {
    /// λ ~ Beta(`alpha`, `alpha`), boxes by the paper's rule.
    ///
    /// # Errors
    ///
    /// [`BetaError`] unless `alpha` is finite and greater than zero.
    pub fn new(alpha: f32) -> Result<Self, BetaError> {
        Ok(Self { share: Beta::new(alpha, alpha)?, rule: BoxRule::Paper })
    }

    /// The same law of λ with another box rule.
    #[must_use]
    pub const fn with_rule(mut self, rule: BoxRule) -> Self {
        self.rule = rule;
        self
    }

    /// Draws the plan of one sample, whose pixels will come from image number `partner`.
    ///
    /// Draw order (a change of it is a value-breaking release): the cut share by [`Beta::sample`], then the centre's
    /// column, then its row, each by [`below`].
    pub fn plan<R: Rng + ?Sized>(&self, shape: Shape, partner: u32, rng: &mut R) -> Plan {
        let root = libm::sqrtf(self.share.sample(rng));
        let least = match self.rule {
            BoxRule::Paper => 0,
            BoxRule::AtLeastOnePixel => 1,
        };
        let mut axis = |side: u16| {
            // √(1−λ) < 1 almost surely, but f32 rounds it to 1 in 1.6 % of draws at α = 0.2: the whole image would be
            // cut far more often than the law says. Bounded by the image's side less one, a side obeys the law again.
            let half = ((f32::from(side) * root) as u16).min(side - 1) / 2;
            let centre = below(u32::from(side), rng) as u16;
            (centre.saturating_sub(half), centre.saturating_add(half.max(least)).min(side))
        };
        let (x0, x1) = axis(shape.width());
        let (y0, y1) = axis(shape.height());
        Plan::clipped(partner, Patch::clipped(x0, y0, x1, y1), shape)
    }
}
