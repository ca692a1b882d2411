use cutmix_core::{Label, Plan, Shape, Stream};

/// Which sample this is: its random numbers come from this alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// What a pixel is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Element {
    /// A byte a channel.
    U8,
    /// 16 bits a pixel, 5 red, 6 green, 5 blue from the highest: one channel, in the sense of a [`Shape`].
    Rgb565,
}

impl Element {
    /// Bytes of an element.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::Rgb565 => 2,
        }
    }

    /// Whether an image of `shape` may be made of it.
    #[must_use]
    pub const fn fits(self, shape: Shape) -> bool {
        match self {
            Self::U8 => true,
            Self::Rgb565 => shape.channels() == 1,
        }
    }
}

/// A frame in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pixels<'a> {
    /// Of [`Element::U8`].
    U8(&'a [u8]),
    /// Of [`Element::Rgb565`].
    Rgb565(&'a [u16]),
}

impl Pixels<'_> {
    /// What the pixels are made of.
    #[must_use]
    pub const fn element(self) -> Element {
        match self {
            Self::U8(_) => Element::U8,
            Self::Rgb565(_) => Element::Rgb565,
        }
    }

    /// Elements, padding included.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::U8(pixels) => pixels.len(),
            Self::Rgb565(pixels) => pixels.len(),
        }
    }
}
