use crate::plan::share_of;
use crate::{Patch, Plan};

/// What of an object can still be seen in a mixed image: how many of the pixels of its box, and where they are.
///
/// ```
/// use cutmix_core::{Layout, Patch, Plan, Shape};
///
/// let plan = Plan::new(1, Patch::new(4, 0, 8, 6)?, Shape::new(8, 6, 3, Layout::Hwc)?)?; // the right half is the partner's
/// let cat = plan.left_of(Patch::new(2, 1, 6, 5)?);
/// assert_eq!((cat.kept(), cat.total(), cat.patch()), (8, 16, Patch::new(2, 1, 4, 5)?));
/// let dog = plan.pasted_of(Patch::new(0, 0, 5, 6)?);
/// assert_eq!((dog.kept(), dog.total(), dog.patch()), (6, 30, Patch::new(4, 0, 5, 6)?));
/// assert!(cat.is_visible_by(0.5) && !dog.is_visible_by(0.5)); // the cat stays an object of the image, and the dog becomes none
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Visible {
    kept: u32,
    total: u32,
    patch: Patch,
}

impl Visible {
    /// Pixels of its box that can be seen.
    #[must_use]
    pub const fn kept(self) -> u32 {
        self.kept
    }

    /// All pixels of its box.
    #[must_use]
    pub const fn total(self) -> u32 {
        self.total
    }

    /// Kept ÷ total, rounded once; 0 of an object without pixels.
    #[must_use]
    pub const fn share(self) -> f32 {
        if self.total == 0 { 0.0 } else { share_of(self.kept, self.total) }
    }

    /// Its box in the mixed image: the smallest that has all pixels that can be seen; empty if none can. Of an object with a hole or a corner
    /// cut out that is more than what can be seen.
    #[must_use]
    pub const fn patch(self) -> Patch {
        self.patch
    }

    /// Whether at least this share of it can be seen, and a pixel at all: which objects a mixed image keeps. A half is usual.
    #[must_use]
    pub const fn is_visible_by(self, share: f32) -> bool {
        self.kept > 0 && self.share() >= share
    }
}

impl Plan {
    /// What is left of an object of the image that is pasted into, given its box: the part outside this plan's. What of `object` lies outside
    /// the image cannot be seen, and counts.
    #[must_use]
    pub const fn left_of(self, object: Patch) -> Visible {
        let inside = object.intersection(self.whole());
        let covered = inside.intersection(self.patch()).area();
        Visible { kept: inside.area() - covered, total: object.area(), patch: inside.without(self.patch()) }
    }

    /// What comes over of an object of the partner, given its box there: the part inside this plan's, which stays where it is.
    #[must_use]
    pub const fn pasted_of(self, object: Patch) -> Visible {
        let patch = object.intersection(self.patch());
        Visible { kept: patch.area(), total: object.area(), patch }
    }
}
