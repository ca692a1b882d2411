use core::fmt;

use crate::{Plan, plan::share_of};

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
pub struct Label {
    first: u16,
    second: u16,
    kept: u32,
    total: u32,
}

impl Label {
    pub(crate) const fn from_plan(first: u16, second: u16, plan: Plan) -> Self {
        Self { first, second, kept: plan.kept(), total: plan.total() }
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

    /// Overwrites `soft`, one element a class, with λ at the first class, 1−λ at the second and zero elsewhere; a 1 if
    /// both classes are the same.
    ///
    /// The two weights are each rounded once from their exact ratio, so they add up to 1 within 2⁻²⁴.
    ///
    /// # Errors
    ///
    /// [`LabelError`] if a class has no element in `soft`, which then stays as it was.
    pub fn write_soft(self, soft: &mut [f32]) -> Result<(), LabelError> {
        let classes = soft.len();
        let highest = self.first.max(self.second);
        if usize::from(highest) >= classes {
            return Err(LabelError { class: highest, classes });
        }
        for (class, weight) in soft.iter_mut().enumerate() {
            // Whole pixels add up before the division, so that a label mixed with itself is exactly 1.
            let mut pixels = 0;
            if class == usize::from(self.first) {
                pixels += self.kept;
            }
            if class == usize::from(self.second) {
                pixels += self.total - self.kept;
            }
            *weight = share_of(pixels, self.total);
        }
        Ok(())
    }
}

/// A class that the soft label has no element for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelError {
    /// The higher of the label's classes.
    pub class: u16,
    /// Length of the soft label.
    pub classes: usize,
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, classes } = self;
        write!(f, "class {class} does not fit into a soft label of {classes} elements; classes are counted from 0")
    }
}

impl core::error::Error for LabelError {}
