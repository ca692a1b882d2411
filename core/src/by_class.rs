use core::{fmt, mem};

use rand_core::Rng;

use crate::uniform_below;

/// The images of a set by their classes, to draw a partner of a certain class from: in memory of the caller's, two numbers for each image and one for each
/// class.
///
/// Every partner is drawn from the stream of its own sample, so it depends on no other, nor on batches and threads. Several images may get the same one,
/// unlike by [`Partners`](crate::Partners); mix into copies, therefore, not within a batch in place.
///
/// ```
/// use cutmix_core::{ByClass, Stream};
///
/// let labels = [0, 1, 0, 2, 0, 1];
/// let (mut order, mut starts) = ([0; 6], [0; 4]); // an image each, a class each and one more
/// let by_class = ByClass::new(&labels, &mut order, &mut starts)?;
/// let mut stream = Stream::new(42, 0, 5);
/// assert_eq!(by_class.same(5, &mut stream), Some(1)); // the only other image of class 1
/// assert_eq!(by_class.same(3, &mut stream), None); // the only image of class 2
/// assert!(by_class.other(0, &mut stream).is_some_and(|partner| labels[partner as usize] != 0));
/// # Ok::<(), cutmix_core::ByClassError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByClass<'a> {
    labels: &'a [u16],
    /// Numbers of the images, those of a class together.
    order: &'a [u32],
    /// Where each class begins in them, and where the last one ends.
    starts: &'a [u32],
}

impl<'a> ByClass<'a> {
    /// Sorts the images whose classes are `labels`: their numbers go to `order`, as long, and where each class begins to `starts`, which has an
    /// element for each class and one more.
    ///
    /// # Errors
    ///
    /// [`ByClassError`] if `order` is not as long as `labels`, there are 2³² images or more, `starts` is empty or too long for classes of 16 bits,
    /// or a label is of a class that `starts` has no element for.
    pub fn new(labels: &'a [u16], order: &'a mut [u32], starts: &'a mut [u32]) -> Result<Self, ByClassError> {
        let classes = starts.len().checked_sub(1).unwrap_or(usize::MAX);
        if order.len() != labels.len() || u32::try_from(labels.len()).is_err() || classes > usize::from(u16::MAX) + 1 {
            let (images, order) = (labels.len(), order.len());
            return Err(ByClassError::Memory { images, order, starts: starts.len() });
        }
        if let Some(&class) = labels.iter().find(|&&class| usize::from(class) >= classes) {
            return Err(ByClassError::Class { class, classes });
        }
        // Counted a place further on, so that the sums up to a class are where it begins.
        starts.fill(0);
        for class in labels {
            if let Some(count) = starts.get_mut(usize::from(*class) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut *starts {
            sum += *start;
            *start = sum;
        }
        for (class, image) in labels.iter().zip(0..) {
            let Some(next) = starts.get_mut(usize::from(*class)) else { continue };
            if let Some(place) = order.get_mut(*next as usize) {
                *place = image;
            }
            *next += 1;
        }
        // By now each class's is where the next one begins.
        let mut first = 0;
        for start in &mut *starts {
            mem::swap(start, &mut first);
        }
        Ok(Self { labels, order, starts })
    }

    /// Another image of the class of `image`, each equally likely: one [`uniform_below`]. None if it is the only one, or there is no such image.
    pub fn same<R: Rng + ?Sized>(&self, image: u32, rng: &mut R) -> Option<u32> {
        let (first, end) = self.range(*self.labels.get(image as usize)?)?;
        let others = end.checked_sub(first)?.checked_sub(1).filter(|&others| others > 0)?;
        let drawn = self.at(first + uniform_below(others, rng))?;
        // The last one stands in for the image itself.
        if drawn == image { self.at(end - 1) } else { Some(drawn) }
    }

    /// An image of any other class than that of `image`, each equally likely: one [`uniform_below`]. None if there is none, or no such image.
    pub fn other<R: Rng + ?Sized>(&self, image: u32, rng: &mut R) -> Option<u32> {
        let (first, end) = self.range(*self.labels.get(image as usize)?)?;
        let own = end.checked_sub(first)?;
        let others = (self.order.len() as u32).checked_sub(own).filter(|&others| others > 0)?;
        let drawn = uniform_below(others, rng);
        self.at(if drawn < first { drawn } else { drawn + own })
    }

    /// An image of a class that is drawn first, each that has images equally likely, then each image of it: two [`uniform_below`]. So that of rare classes as
    /// much is seen as of frequent ones. It may be `image` itself, which then stays as it is. None if there are no images.
    pub fn of_any_class<R: Rng + ?Sized>(&self, rng: &mut R) -> Option<u32> {
        let ranges = || self.starts.iter().zip(self.starts.iter().skip(1)).filter(|(first, end)| first < end);
        let classes = ranges().count() as u32;
        let (first, end) = ranges().nth(uniform_below(classes, rng) as usize)?;
        self.at(first + uniform_below(end.checked_sub(*first)?, rng))
    }

    fn range(&self, class: u16) -> Option<(u32, u32)> {
        Some((*self.starts.get(usize::from(class))?, *self.starts.get(usize::from(class) + 1)?))
    }

    fn at(&self, place: u32) -> Option<u32> {
        self.order.get(place as usize).copied()
    }
}

/// Why images were not sorted by their classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ByClassError {
    /// The memory is not of the right length.
    Memory {
        /// Number of labels, of which `order` should have as many.
        images: usize,
        /// Length of `order`.
        order: usize,
        /// Length of `starts`, which should be the number of classes and one more.
        starts: usize,
    },
    /// A label is of no class.
    Class {
        /// The class.
        class: u16,
        /// How many there are.
        classes: usize,
    },
}

impl fmt::Display for ByClassError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory { images, order, starts } => write!(
                f,
                "{images} images take {images} elements for their order, not {order}, and an element for each class and one more, not {starts}"
            ),
            Self::Class { class, classes } => {
                write!(f, "a label is of class {class}, and there are {classes}; classes are counted from 0")
            }
        }
    }
}

impl core::error::Error for ByClassError {}
