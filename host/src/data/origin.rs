//! What images were made of.

use std::num::NonZeroU32;

/// An image, or a frame of a device, that another image shows. Images are told apart by `N`: numbers in a data set, names in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin<N = u32> {
    /// One that has nothing to do with others.
    Image(N),
    /// One of a session in which the next shows nearly the same.
    Frame {
        /// Of the session.
        seed: u64,
        /// Frames of a session are counted from 0.
        number: u64,
    },
}

impl<N> Origin<N> {
    /// The same, with another word for an image.
    pub fn map<M>(self, name: impl FnOnce(N) -> M) -> Origin<M> {
        match self {
            Self::Image(image) => Origin::Image(name(image)),
            Self::Frame { seed, number } => Origin::Frame { seed, number },
        }
    }
}

impl Origin {
    /// What is held out together with it: the stretch of `frames` that it lies in.
    #[must_use]
    pub fn stretch(self, frames: NonZeroU32) -> Self {
        match self {
            Self::Image(_) => self,
            Self::Frame { seed, number } => Self::Frame { seed, number: number / u64::from(frames.get()) },
        }
    }

    /// Stretches of `frames` that it lies in or less than half a stretch away from, as [`cutmix_record::part`] has it.
    #[must_use]
    pub fn stretches_nearby(self, frames: NonZeroU32) -> [Self; 3] {
        let Self::Frame { seed, number } = self else { return [self; 3] };
        let gap = u64::from(frames.get().div_ceil(2));
        [number.saturating_sub(gap), number, number.saturating_add(gap)]
            .map(|number| Self::Frame { seed, number }.stretch(frames))
    }
}
