use core::fmt;

use crate::{Label, PasteError, Patch, PatchError, Shape, paste};

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
    /// Of the image, in pixels.
    width: u16,
    height: u16,
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
        Ok(Self::clipped(partner, patch, shape))
    }

    /// Leaves an image of `shape` as it is: the patch is empty, λ is 1. `index` is the image's own number.
    #[must_use]
    pub const fn unmixed(index: u32, shape: Shape) -> Self {
        Self::clipped(index, Patch::EMPTY, shape)
    }

    /// A plan whose `patch` was clipped to `shape`.
    pub(crate) const fn clipped(partner: u32, patch: Patch, shape: Shape) -> Self {
        Self { partner, patch, width: shape.width(), height: shape.height() }
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
        self.total() - self.patch.area()
    }

    /// All pixels of the image: the denominator of λ.
    #[must_use]
    pub const fn total(self) -> u32 {
        self.width as u32 * self.height as u32
    }

    /// All of an image that it was made for.
    pub(crate) const fn whole(self) -> Patch {
        Patch::clipped(0, 0, self.width, self.height)
    }

    /// Whether it was made for images as wide and as high as `shape`. Channels and layout make no difference: one plan is for an image, its mask
    /// and whatever else has a value for each pixel.
    #[must_use]
    pub const fn fits(self, shape: Shape) -> bool {
        self.width == shape.width() && self.height == shape.height()
    }

    /// λ, the share of pixels that stay, 0 to 1, rounded once.
    #[must_use]
    pub const fn lambda(self) -> f32 {
        share_of(self.kept(), self.total())
    }

    /// The mixed label of an image of class `first` with a box of class `second`, both counted from 0.
    #[must_use]
    pub const fn label(self, first: u16, second: u16) -> Label {
        Label::of(first, second, self.kept(), self.total())
    }

    /// The same box in an image of another resolution, `shape`: a mask of an eighth of the image's sides, say, or features of a network. Each of its
    /// pixels is of the partner where its center lies in the box, so that edges are rounded to the nearest, halves down: what comes out
    /// is what sampling the mixed image's own mask in those centers would give.
    ///
    /// The plan that is returned has the λ of its own pixels, which are fewer. The label is that of the image's plan.
    ///
    /// ```
    /// use cutmix_core::{Layout, Patch, Plan, Shape};
    ///
    /// let image = Shape::new(64, 32, 3, Layout::Hwc)?;
    /// let mask = Shape::new(16, 8, 1, Layout::Hwc)?; // of stride 4
    /// let plan = Plan::new(5, Patch::new(6, 0, 31, 7)?, image)?;
    /// assert_eq!(plan.at(mask).patch(), Patch::new(1, 0, 8, 2)?); // 1.5 down, 7.75 up, 1.75 up
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn at(self, shape: Shape) -> Self {
        let (width, height) = (shape.width(), shape.height());
        let patch = Patch::clipped(
            edge_at(self.patch.x0(), self.width, width),
            edge_at(self.patch.y0(), self.height, height),
            edge_at(self.patch.x1(), self.width, width),
            edge_at(self.patch.y1(), self.height, height),
        );
        Self::clipped(self.partner, patch, shape)
    }

    /// [`paste`] by this plan, which is checked to be one for images of `shape`: for an image, its mask (class numbers stay what they are, 255 too),
    /// its depth, or whatever else has a value for each pixel.
    ///
    /// ```
    /// use cutmix_core::{CutMix, Layout, Shape, Stream};
    ///
    /// let image = Shape::new(8, 6, 3, Layout::Hwc)?;
    /// let mask = Shape::new(8, 6, 1, Layout::Hwc)?;
    /// let plan = CutMix::new(1.0)?.plan(image, 1, &mut Stream::new(42, 0, 7));
    /// let (mut pixels, mut classes) = ([10_u8; 144], [255_u8; 48]);
    /// plan.paste(&mut pixels, &[90; 144], image)?;
    /// plan.paste(&mut classes, &[4; 48], mask)?;
    /// assert!(pixels.chunks(3).zip(&classes).all(|(pixel, class)| (pixel[0] == 90) == (*class == 4)));
    /// assert!(plan.paste(&mut classes, &[4; 48], Shape::new(6, 8, 1, Layout::Hwc)?).is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PasteError`] as of [`paste`], and if it is a plan for another size. After an error `dst` is as it was.
    pub fn paste<T: Copy>(self, dst: &mut [T], src: &[T], shape: Shape) -> Result<(), PasteError> {
        if !self.fits(shape) {
            return Err(PasteError::Plan(SizeError { plan: self, shape }));
        }
        paste(dst, src, shape, self.patch)
    }
}

/// An edge of an image whose side is `from`, where that is `to`: the nearest, halves down. ⌈edge·to ÷ from − ½⌉.
const fn edge_at(edge: u16, from: u16, to: u16) -> u16 {
    // At most 65,535², which 32 bits hold; no image has a side of 0.
    let product = edge as u32 * to as u32;
    let (Some(whole), Some(rest)) = (product.checked_div(from as u32), product.checked_rem(from as u32)) else {
        return 0;
    };
    (whole + (2 * rest > from as u32) as u32) as u16
}

/// A plan for images of one size met an image of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SizeError {
    /// The plan.
    pub plan: Plan,
    /// The image's shape.
    pub shape: Shape,
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan: Plan { width, height, .. }, shape } = self;
        write!(
            f,
            "a plan for {width}×{height} pixels does not fit an image of {}×{}; pass images of that size, or take the plan to theirs with Plan::at",
            shape.width(),
            shape.height()
        )
    }
}

impl core::error::Error for SizeError {}

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
