use core::fmt;

use crate::plan::share_of;

/// The label of a mixed image: two classes, and how many of its pixels show the first.
///
/// ```
/// use cutmix_core::{Layout, Patch, Plan, Shape};
///
/// let shape = Shape::new(4, 4, 1, Layout::Hwc)?;
/// let plan = Plan::new(0, Patch::new(0, 0, 2, 2)?, shape)?;
/// let mut soft = [0.0; 3];
/// plan.label(2, 0).write_soft(&mut soft)?;
/// assert_eq!(soft, [0.25, 0.0, 0.75]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "crate::unchecked::Label")
)]
pub struct Label {
    first: u16,
    second: u16,
    kept: u32,
    total: u32,
}

impl Label {
    pub(crate) const fn of(first: u16, second: u16, kept: u32, total: u32) -> Self {
        Self { first, second, kept, total }
    }

    /// Class of the image that was pasted into.
    #[must_use]
    pub const fn first(self) -> u16 {
        self.first
    }

    /// Class of the image that the box was cut from.
    #[must_use]
    pub const fn second(self) -> u16 {
        self.second
    }

    /// λ, the weight of the first class, 0 to 1, rounded once.
    #[must_use]
    pub const fn lambda(self) -> f32 {
        share_of(self.kept, self.total)
    }

    /// The weights of both classes in units of 2⁻¹⁶, for targets without floats: the first rounded to the nearest unit
    /// (halves up), the second what is left, so that they add up to exactly 65,536.
    #[must_use]
    pub const fn weights_q16(self) -> [u32; 2] {
        // 0 < total ≤ i32::MAX, so 2¹⁶ times it and half of it more fit, and the division succeeds.
        let units = self.kept as u64 * (1 << 16) + self.total as u64 / 2;
        let Some(first) = units.checked_div(self.total as u64) else { return [1 << 16, 0] };
        let first = first as u32;
        [first, (1 << 16) - first]
    }

    /// Overwrites `soft`, one element a class, with λ at the first class, 1−λ at the second and zero elsewhere; a 1 if
    /// both classes are the same.
    ///
    /// The two weights are each rounded once from their exact ratio, so they add up to 1 within 2⁻²⁴.
    ///
    /// # Errors
    ///
    /// [`LabelError`] if a class has no element in `soft`, which then stays as it was.
    pub fn write_soft(self, soft: &mut [f32]) -> Result<(), LabelError> {
        self.write_smoothed(soft, 0.0)
    }

    /// [`write_soft`](Self::write_soft) with label smoothing: (1−ε)·soft + ε ÷ classes (Szegedy et al. 2016, "Rethinking
    /// the Inception architecture", arXiv 1512.00567, section 7).
    ///
    /// # Errors
    ///
    /// [`LabelError`] if a class has no element in `soft` or `epsilon` does not lie in 0 to 1; `soft` then stays as it was.
    pub fn write_smoothed(self, soft: &mut [f32], epsilon: f32) -> Result<(), LabelError> {
        let classes = soft.len();
        check_class(if self.first > self.second { self.first } else { self.second }, classes)?;
        if !(0.0..=1.0).contains(&epsilon) {
            return Err(LabelError::Smoothing { epsilon });
        }
        let floor = epsilon / classes as f32;
        let weight = |pixels| (1.0 - epsilon) * share_of(pixels, self.total) + floor;
        soft.fill(weight(0));
        // Whole pixels add up before the division, so that a label mixed with itself is exactly 1.
        let same = self.first == self.second;
        let (kept, cut) = if same { (self.total, self.total) } else { (self.kept, self.total - self.kept) };
        for (class, pixels) in [(self.first, kept), (self.second, cut)] {
            if let Some(element) = soft.get_mut(usize::from(class)) {
                *element = weight(pixels);
            }
        }
        Ok(())
    }

    /// Overwrites `first` and `second`, one element a class each, with the two labels that are mixed: for losses of the
    /// form λ·loss(first) + (1−λ)·loss(second).
    ///
    /// # Errors
    ///
    /// [`LabelError`] if a class has no element in its slice; both then stay as they were.
    pub fn write_one_hot(self, first: &mut [f32], second: &mut [f32]) -> Result<(), LabelError> {
        let pair = [(self.first, first), (self.second, second)];
        for (class, one_hot) in &pair {
            check_class(*class, one_hot.len())?;
        }
        for (class, one_hot) in pair {
            for (element, weight) in one_hot.iter_mut().enumerate() {
                *weight = f32::from(u8::from(element == usize::from(class)));
            }
        }
        Ok(())
    }
}

const fn check_class(class: u16, classes: usize) -> Result<(), LabelError> {
    if class as usize >= classes { Err(LabelError::Class { class, classes }) } else { Ok(()) }
}

/// Why a label was not written.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum LabelError {
    /// A class has no element in the soft label.
    Class {
        /// The class.
        class: u16,
        /// Length of the soft label.
        classes: usize,
    },
    /// The smoothing is no share.
    Smoothing {
        /// What was given.
        epsilon: f32,
    },
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class { class, classes } => {
                write!(
                    f,
                    "class {class} does not fit into a soft label of {classes} elements; classes are counted from 0"
                )
            }
            Self::Smoothing { epsilon } => {
                write!(f, "{epsilon} is no share to smooth a label by; it must lie in 0 to 1")
            }
        }
    }
}

impl core::error::Error for LabelError {}
