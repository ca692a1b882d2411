use core::fmt;

use crate::plan::share_of;
use crate::{Patch, Plan};

impl Plan {
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
        let (lambda, cut) = (self.lambda(), share_of(self.patch().area(), self.total()));
        for (weight, partner) in soft.iter_mut().zip(partner) {
            *weight = lambda * *weight + cut * *partner;
        }
        Ok(())
    }

    /// Unites two multi-hot labels (1 for every class that an image shows, else 0): `labels` keeps those of the image if at least the share `least` of
    /// it is left, and gets those of the partner if at least `least` of all pixels are its. What is shown by less than that is left out.
    ///
    /// This says *which* classes are to be seen; [`mix_soft`](Self::mix_soft) weighs each by its share, as the paper does. Take the former with a binary
    /// cross-entropy for each class, where labels of 0.3 would mean that nobody is sure. Where it is known where in the image a class is,
    /// [`left_of`](Self::left_of) and [`pasted_of`](Self::pasted_of) say it exactly.
    ///
    /// ```
    /// use cutmix_core::{Layout, Patch, Plan, Shape};
    ///
    /// let plan = Plan::new(0, Patch::new(0, 0, 1, 2)?, Shape::new(10, 2, 1, Layout::Hwc)?)?; // a tenth is the partner's
    /// let mut labels = [1.0, 1.0, 0.0];
    /// plan.unite(&mut labels, &[0.0, 1.0, 1.0], 0.05)?;
    /// assert_eq!(labels, [1.0, 1.0, 1.0]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClassesError`] if the lengths differ; `labels` then stays as it was.
    pub fn unite(self, labels: &mut [f32], partner: &[f32], least: f32) -> Result<(), ClassesError> {
        if labels.len() != partner.len() {
            return Err(ClassesError { expected: labels.len(), actual: partner.len() });
        }
        let shows = |pixels: u32| pixels > 0 && share_of(pixels, self.total()) >= least;
        let (first, second) = (shows(self.kept()), shows(self.patch().area()));
        for (label, partner) in labels.iter_mut().zip(partner) {
            let own = if first { *label } else { 0.0 };
            let other = if second { *partner } else { 0.0 };
            *label = own.max(other);
        }
        Ok(())
    }

    /// The pixels of all four images that show where both were mixed before, each with a box of its own at the time: of the image itself, of what was
    /// pasted into it then (`before`, the box), of the partner, and of what was pasted into that (`partner_before`). Together they are [`total`](Self::total).
    ///
    /// ```
    /// use cutmix_core::{Layout, Patch, Plan, Shape};
    ///
    /// let plan = Plan::new(1, Patch::new(0, 0, 2, 4)?, Shape::new(4, 4, 1, Layout::Hwc)?)?; // the left half is the partner's
    /// let [before, partner_before] = [Patch::new(1, 0, 3, 2)?, Patch::new(0, 0, 1, 1)?];
    /// assert_eq!(plan.regions(before, partner_before), [6, 2, 7, 1]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn regions(self, before: Patch, partner_before: Patch) -> [u32; 4] {
        let whole = self.whole();
        let before = before.intersection(whole);
        let (pasted, inside) =
            (before.area() - before.intersection(self.patch()).area(), partner_before.intersection(self.patch()));
        [self.kept() - pasted, pasted, self.patch().area() - inside.area(), inside.area()]
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
