use core::fmt;

use rand_core::Rng;

use crate::chance::Chance;
use crate::{Beta, BetaError, Grid, Patch, Plan, ProbabilityError, Shape, ShareLaw, Uniform, uniform_below};

/// How a drawn λ becomes a box of pixels.
///
/// The first three ask for a box of ⌊W·√(1−λ)⌋ × ⌊H·√(1−λ)⌋ pixels around a center uniform over the image's pixels, and
/// clip it to the image. Most boxes are therefore smaller than drawn; λ is read off the clipped box.
///
/// A side of one pixel is no dimension. An image of one row or one column, a window of a sensor say, is cut along the other
/// side only, by ⌊W·(1−λ)⌋ pixels without a root, and the rest of the rule is the same: halved, kept odd, at least one pixel,
/// anywhere inside, or a share drawn from `min` to `max`.
///
/// Some images are too small for any box, and then λ is 1 whatever is drawn; [`CutMix::can_mix`] tells. That is an image
/// with a side of 2 by [`Paper`](Self::Paper), whose sides are even and less than the image's; one of a single pixel by all
/// rules but [`AtLeastOnePixel`](Self::AtLeastOnePixel), which replaces it; and by [`MinMax`](Self::MinMax) one whose every
/// side from ⌊`min`·W⌋ to ⌊`max`·W⌋ − 1 has no pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum BoxRule {
    /// The paper's code (`rand_bbox` of clovaai/CutMix-PyTorch), and torchvision's: half of the side, rounded
    /// down, to each side of the center. Sides are thus 2·⌊⌊W·√(1−λ)⌋ ÷ 2⌋, always even, and a box of less than two
    /// pixels a side is empty.
    #[default]
    Paper,
    /// The same with odd sides kept: the pixel that halving leaves over lies after the center. timm's code, as of 1.0.31.
    OddSides,
    /// The Keras example's code (`get_box`): as [`Paper`](Self::Paper), but a side without pixels becomes one pixel long.
    AtLeastOnePixel,
    /// The box of ⌊W·√(1−λ)⌋ × ⌊H·√(1−λ)⌋ pixels lies anywhere inside, every place equally likely, and is never clipped:
    /// λ is as drawn, up to whole pixels.
    Inside,
    /// timm's `cutmix_minmax`: each side is drawn by itself, uniform from ⌊`min`·W⌋ to ⌊`max`·W⌋ − 1 pixels (⌊`min`·W⌋
    /// where that leaves nothing), and the box lies anywhere inside, the last place included, which timm's code leaves
    /// out. λ follows from the box; α has no part in it.
    MinMax {
        /// Least share of a side, from 0.
        min: f32,
        /// Greatest share of a side, above `min`, up to 1.
        max: f32,
    },
}

/// The policy: whether a sample is mixed, how λ is drawn and how it becomes a box.
///
/// ```
/// use cutmix_core::{BoxRule, CutMix, Layout, Shape, Stream};
///
/// let shape = Shape::new(32, 32, 3, Layout::Chw)?;
/// let keras = CutMix::new(0.25)?.with_rule(BoxRule::AtLeastOnePixel)?;
/// let plan = keras.plan(shape, 9, &mut Stream::new(42, 0, 0));
/// assert!(plan.patch().area() >= 1);
/// assert_eq!(plan.kept() + plan.patch().area(), plan.total());
///
/// let seldom = CutMix::new(1.0)?.with_probability(0.1)?; // nine samples of ten stay as they are, with λ = 1
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CutMix<L = Beta> {
    /// The law of the cut share 1−λ: Beta(a, b) with the parameters swapped, so that tiny boxes keep their precision.
    share: L,
    rule: BoxRule,
    chance: Chance,
}

impl CutMix<Uniform> {
    /// The plans of [`CutMix::new(1.0)`](CutMix::new), bit for bit, without the code for any other α; and it can stand in a constant.
    ///
    /// ```
    /// use cutmix_core::{BoxRule, CutMix, Layout, Shape, Stream, Uniform};
    ///
    /// const CUTMIX: CutMix<Uniform> = CutMix::uniform();
    /// let shape = Shape::new(32, 32, 3, Layout::Hwc)?;
    /// let stream = || Stream::new(42, 0, 7);
    /// assert_eq!(CUTMIX.plan(shape, 1, &mut stream()), CutMix::new(1.0)?.plan(shape, 1, &mut stream()));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn uniform() -> Self {
        Self { share: Uniform, rule: BoxRule::Paper, chance: Chance::ALWAYS }
    }
}

impl CutMix {
    /// λ ~ Beta(`alpha`, `alpha`), boxes by the paper's rule, every sample mixed.
    ///
    /// # Errors
    ///
    /// [`BetaError`] unless `alpha` is finite and greater than zero.
    pub fn new(alpha: f32) -> Result<Self, BetaError> {
        Self::with_parameters(alpha, alpha)
    }

    /// λ ~ Beta(`a`, `b`), whose mean is a ÷ (a + b); else as [`new`](Self::new).
    ///
    /// # Errors
    ///
    /// [`BetaError`] unless both are finite and greater than zero.
    pub fn with_parameters(a: f32, b: f32) -> Result<Self, BetaError> {
        Ok(Self { share: Beta::new(b, a)?, rule: BoxRule::Paper, chance: Chance::ALWAYS })
    }

    /// The same without the code for any other α, if it is one for α = 1; see [`CutMix::uniform`].
    #[must_use]
    pub const fn to_uniform(&self) -> Option<CutMix<Uniform>> {
        if self.share.is_uniform() {
            return Some(CutMix { share: Uniform, rule: self.rule, chance: self.chance });
        }
        None
    }

    /// The plan of [`to_uniform`](Self::to_uniform), on a grid if there is one, without a copy of the policy: for `cutmix.h`.
    #[doc(hidden)]
    #[inline]
    pub fn plan_uniform<R: Rng + ?Sized>(
        &self,
        shape: Shape,
        grid: Option<Grid>,
        partner: u32,
        rng: &mut R,
    ) -> Option<Plan> {
        if !self.share.is_uniform() {
            return None;
        }
        let draw = |_: &Beta, rng: &mut R| Uniform.share(rng);
        let patch = match grid {
            Some(grid) => grid.pixels(self.patch(grid.cells(shape), rng, draw), shape),
            None => self.patch(shape, rng, draw),
        };
        Some(Plan::clipped(partner, patch, shape))
    }
}

/// Where the type must be that for any α.
///
/// ```
/// use cutmix_core::CutMix;
///
/// let cutmix = <CutMix>::from(CutMix::uniform());
/// assert!(cutmix.to_uniform().is_some());
/// assert!(CutMix::new(0.5)?.to_uniform().is_none());
/// # Ok::<(), cutmix_core::BetaError>(())
/// ```
impl From<CutMix<Uniform>> for CutMix {
    fn from(CutMix { share: Uniform, rule, chance }: CutMix<Uniform>) -> Self {
        Self { share: Beta::uniform(), rule, chance }
    }
}

impl<L: ShareLaw> CutMix<L> {
    /// The same with another box rule.
    ///
    /// # Errors
    ///
    /// [`MinMaxError`] unless 0 ≤ `min` < `max` ≤ 1.
    pub const fn with_rule(mut self, rule: BoxRule) -> Result<Self, MinMaxError> {
        if let BoxRule::MinMax { min, max } = rule
            && !(0.0 <= min && min < max && max <= 1.0)
        {
            return Err(MinMaxError { min, max });
        }
        self.rule = rule;
        Ok(self)
    }

    /// The same, but a sample is mixed with `probability` only; otherwise it stays as it is, with λ = 1.
    ///
    /// # Errors
    ///
    /// [`ProbabilityError`] unless 0 ≤ `probability` ≤ 1.
    pub const fn with_probability(mut self, probability: f32) -> Result<Self, ProbabilityError> {
        match Chance::new(probability) {
            Ok(chance) => self.chance = chance,
            Err(error) => return Err(error),
        }
        Ok(self)
    }

    /// Draws the plan of one sample, whose pixels will come from image number `partner`: one of the same batch by
    /// [`Partners`](crate::Partners), or one of a second set of n images, drawn beforehand as `uniform_below(n, rng)`.
    ///
    /// Draw order (a change of it is a value-breaking release): a word that decides whether to mix, unless the
    /// probability is 1; the cut share by [`Beta::sample`]; then the center's column, then its row, each by [`uniform_below`].
    /// [`BoxRule::Inside`] draws the left edge and the top edge instead. [`BoxRule::MinMax`] draws no share, but width,
    /// left edge, height, top edge. For a side of one pixel nothing is drawn, nor for the
    /// second of two.
    ///
    /// A shape may be too small for any box of the rule; [`can_mix`](Self::can_mix) tells.
    #[inline]
    pub fn plan<R: Rng + ?Sized>(&self, shape: Shape, partner: u32, rng: &mut R) -> Plan {
        Plan::clipped(partner, self.patch(shape, rng, L::share), shape)
    }

    /// As [`plan`](Self::plan), but the edges of the box lie on `grid`, or where the image ends: it is the box that is drawn for an image with a pixel for each
    /// [cell](Grid::cells), and obeys the law of that. λ is the exact share of pixels all the same.
    ///
    /// An image may have too few cells for any box: [`can_mix`](Self::can_mix) tells, asked about the cells.
    pub fn plan_on_grid<R: Rng + ?Sized>(&self, shape: Shape, grid: Grid, partner: u32, rng: &mut R) -> Plan {
        Plan::clipped(partner, grid.pixels(self.patch(grid.cells(shape), rng, L::share), shape), shape)
    }

    /// Whether there is a box for images of `shape` at all; if not, every plan leaves them as they are, with λ = 1.
    ///
    /// ```
    /// use cutmix_core::{BoxRule, CutMix, Layout, Shape};
    ///
    /// let (row, low) = (Shape::new(64, 1, 1, Layout::Hwc)?, Shape::new(64, 2, 1, Layout::Hwc)?);
    /// let paper = CutMix::new(1.0)?;
    /// assert!(paper.can_mix(row));
    /// assert!(!paper.can_mix(low)); // the paper's sides are even, and less than the image's
    /// assert!(paper.with_rule(BoxRule::OddSides)?.can_mix(low));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn can_mix(&self, shape: Shape) -> bool {
        let (width, height) = (shape.width(), shape.height());
        let longest = |side: u16| match self.rule {
            BoxRule::Paper => (side - 1) / 2,
            BoxRule::OddSides | BoxRule::Inside => side - 1,
            BoxRule::AtLeastOnePixel => 1,
            BoxRule::MinMax { min, max } => {
                let [least, end] = bounds(side, min, max);
                least.max(end.saturating_sub(1))
            }
        };
        let [short, long] = [width.min(height), width.max(height)];
        self.chance.is_possible() && longest(long) > 0 && (short == 1 || longest(short) > 0)
    }

    /// The box alone, which fits a register, where a plan would be written to memory and read back. `draw` draws by the law, or by one that is the same here.
    fn patch<R: Rng + ?Sized>(&self, shape: Shape, rng: &mut R, draw: impl Fn(&L, &mut R) -> f32) -> Patch {
        if !self.chance.happens(rng) {
            return Patch::EMPTY;
        }
        let (width, height) = (shape.width(), shape.height());
        if width == 1 || height == 1 {
            return self.line(shape, rng, draw);
        }
        let ((x0, x1), (y0, y1)) = match self.rule {
            BoxRule::MinMax { min, max } => (min_max(width, min, max, rng), min_max(height, min, max, rng)),
            rule => {
                let root = libm::sqrtf(draw(&self.share, rng));
                let [wide, high] = [width, height].map(|side| cut(side, root));
                if rule == BoxRule::Inside {
                    (inside(width, wide, rng), inside(height, high, rng))
                } else {
                    (centered(width, wide, rule, rng), centered(height, high, rule, rng))
                }
            }
        };
        Patch::clipped(x0, y0, x1, y1)
    }

    /// The box of an image of one row or column, along its only dimension.
    #[cold] // so that images of two dimensions do not pay for it
    #[inline(never)]
    fn line<R: Rng + ?Sized>(&self, shape: Shape, rng: &mut R, draw: impl Fn(&L, &mut R) -> f32) -> Patch {
        let side = shape.width().max(shape.height());
        let (first, last) = match self.rule {
            BoxRule::MinMax { min, max } => min_max(side, min, max, rng),
            rule => {
                let cut = cut(side, draw(&self.share, rng));
                if rule == BoxRule::Inside { inside(side, cut, rng) } else { centered(side, cut, rule, rng) }
            }
        };
        if shape.height() == 1 { Patch::clipped(first, 0, last, 1) } else { Patch::clipped(0, first, 1, last) }
    }
}

/// ⌊side·√(1−λ)⌋; in one dimension `root` is 1−λ.
///
/// √(1−λ) < 1 almost surely, but f32 rounds it to 1 in 1.6 % of draws at α = 0.2: the whole image would be cut far more
/// often than the law says. Bounded by the image's side less one, a side obeys the law again.
#[inline]
fn cut(side: u16, root: f32) -> u16 {
    ((f32::from(side) * root) as u16).min(side - 1)
}

#[inline]
fn centered<R: Rng + ?Sized>(side: u16, cut: u16, rule: BoxRule, rng: &mut R) -> (u16, u16) {
    let before = cut / 2;
    let after = match rule {
        BoxRule::OddSides => cut - before,
        BoxRule::AtLeastOnePixel => before.max(1),
        _ => before,
    };
    let center = uniform_below(u32::from(side), rng) as u16;
    (center.saturating_sub(before), center.saturating_add(after).min(side))
}

fn inside<R: Rng + ?Sized>(side: u16, cut: u16, rng: &mut R) -> (u16, u16) {
    let first = uniform_below(u32::from(side - cut) + 1, rng) as u16;
    (first, first + cut)
}

fn min_max<R: Rng + ?Sized>(side: u16, min: f32, max: f32, rng: &mut R) -> (u16, u16) {
    let [least, end] = bounds(side, min, max);
    let cut = (least + uniform_below(u32::from(end.saturating_sub(least)), rng) as u16).min(side);
    inside(side, cut, rng)
}

/// The least length of a side of [`BoxRule::MinMax`], and the length that it is below.
fn bounds(side: u16, min: f32, max: f32) -> [u16; 2] {
    [min, max].map(|share| (share * f32::from(side)) as u16)
}

/// No range of shares of a side, for [`BoxRule::MinMax`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MinMaxError {
    /// The least share given.
    pub min: f32,
    /// The greatest share given.
    pub max: f32,
}

impl fmt::Display for MinMaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min, max } = self;
        write!(f, "sides from {min} to {max} of the image's are impossible; take 0 ≤ min < max ≤ 1")
    }
}

impl core::error::Error for MinMaxError {}
