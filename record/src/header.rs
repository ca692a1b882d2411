use cutmix_core::{Label, Plan, Shape, Stream};

/// Which sample this is: its random numbers come from this alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Key {
    /// Of the whole run.
    pub seed: u64,
    /// Counted from 0.
    pub epoch: u32,
    /// Number of the frame that is pasted into, as the camera counts; [`Plan::partner`] is that of the frame pasted
    /// from, and has as many bits.
    pub index: u32,
}

impl Key {
    /// The stream that the sample's plan was drawn from.
    #[must_use]
    pub fn stream(self) -> Stream {
        Stream::new(self.seed, self.epoch, self.index.into())
    }
}

/// Everything about a sample but its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Header {
    /// Which sample.
    pub key: Key,
    /// Of both frames.
    pub shape: Shape,
    /// Whose pixels come in, and where. A frame as the camera saw it has [`Plan::unmixed`].
    pub plan: Plan,
    /// Class of the frame that is pasted into, then of the frame pasted from.
    pub classes: [u16; 2],
}

impl Header {
    /// Which classes the sample shows, and how much of each.
    #[must_use]
    pub const fn label(&self) -> Label {
        self.plan.label(self.classes[0], self.classes[1])
    }
}
