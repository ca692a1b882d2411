use core::fmt;

use crate::Shape;

/// A half-open box of pixels, `x0..x1` by `y0..y1`; it may be empty.
///
/// ```
/// use cutmix_core::Patch;
///
/// let patch = Patch::new(2, 1, 6, 3)?; // columns 2 to 5, rows 1 and 2
/// assert_eq!(patch.area(), 8);
/// # Ok::<(), cutmix_core::PatchError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "crate::unchecked::Patch")
)]
pub struct Patch {
    x0: u16,
    y0: u16,
    x1: u16,
    y1: u16,
}

impl Patch {
    /// The box without pixels, at the origin.
    pub const EMPTY: Self = Self { x0: 0, y0: 0, x1: 0, y1: 0 };

    /// The box from (`x0`, `y0`) up to, not including, (`x1`, `y1`).
    ///
    /// # Errors
    ///
    /// [`PatchError::Inverted`] if `x0` > `x1` or `y0` > `y1`.
    pub const fn new(x0: u16, y0: u16, x1: u16, y1: u16) -> Result<Self, PatchError> {
        let patch = Self { x0, y0, x1, y1 };
        if x0 > x1 || y0 > y1 {
            return Err(PatchError::Inverted { patch });
        }
        Ok(patch)
    }

    /// A box whose edges are in order by construction.
    pub(crate) const fn clipped(x0: u16, y0: u16, x1: u16, y1: u16) -> Self {
        Self { x0, y0, x1, y1 }
    }

    /// Left edge: the first column inside.
    #[must_use]
    pub const fn x0(self) -> u16 {
        self.x0
    }

    /// Top edge: the first row inside.
    #[must_use]
    pub const fn y0(self) -> u16 {
        self.y0
    }

    /// Right edge: the first column outside.
    #[must_use]
    pub const fn x1(self) -> u16 {
        self.x1
    }

    /// Bottom edge: the first row outside.
    #[must_use]
    pub const fn y1(self) -> u16 {
        self.y1
    }

    /// Pixels inside.
    #[must_use]
    pub const fn area(self) -> u32 {
        (self.x1 - self.x0) as u32 * (self.y1 - self.y0) as u32
    }

    /// The pixels that are in both; [`EMPTY`](Self::EMPTY) if there are none.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        let (x0, x1) = (larger(self.x0, other.x0), smaller(self.x1, other.x1));
        let (y0, y1) = (larger(self.y0, other.y0), smaller(self.y1, other.y1));
        if x0 < x1 && y0 < y1 { Self { x0, y0, x1, y1 } } else { Self::EMPTY }
    }

    /// The smallest box around the pixels that are in this one and not in `other`: less than this one only where `other` takes whole columns or rows
    /// off a side of it. [`EMPTY`](Self::EMPTY) if there are none.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        let Self { mut x0, mut y0, mut x1, mut y1 } = self;
        let cut = self.intersection(other);
        if self.area() == 0 || cut.area() == self.area() {
            return Self::EMPTY;
        }
        if cut.area() > 0 && cut.y0 == y0 && cut.y1 == y1 {
            // At both sides it would be all of it.
            if cut.x0 == x0 {
                x0 = cut.x1;
            } else if cut.x1 == x1 {
                x1 = cut.x0;
            }
        } else if cut.area() > 0 && cut.x0 == x0 && cut.x1 == x1 {
            if cut.y0 == y0 {
                y0 = cut.y1;
            } else if cut.y1 == y1 {
                y1 = cut.y0;
            }
        }
        Self { x0, y0, x1, y1 }
    }

    /// Whether no edge lies outside an image of `shape`.
    #[must_use]
    pub const fn fits(self, shape: Shape) -> bool {
        self.x1 <= shape.width() && self.y1 <= shape.height()
    }
}

const fn smaller(a: u16, b: u16) -> u16 {
    if a < b { a } else { b }
}

const fn larger(a: u16, b: u16) -> u16 {
    if a > b { a } else { b }
}

impl fmt::Display for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{} × {}..{}", self.x0, self.x1, self.y0, self.y1)
    }
}

/// Why a [`Patch`] was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PatchError {
    /// An edge lies before the one opposite.
    Inverted {
        /// The box asked for.
        patch: Patch,
    },
    /// The box reaches out of the image.
    Outside {
        /// The box asked for.
        patch: Patch,
        /// The image's shape.
        shape: Shape,
    },
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inverted { patch } => {
                write!(f, "the box {patch} is inverted; give the lower edge of each axis first")
            }
            Self::Outside { patch, shape } => {
                let (width, height) = (shape.width(), shape.height());
                write!(f, "the box {patch} reaches out of an image of {width}×{height} pixels; clip it first")
            }
        }
    }
}

impl core::error::Error for PatchError {}
