use core::fmt;

use cutmix_record::Header;

use crate::Size;

/// What the three kinds of records of a frame are for; a real device sends one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Every frame as the camera saw it: the host mixes.
    Frame,
    /// The frame as it was mixed: the device has, and the label says how. Frames to test on come as the camera saw them.
    Mixed,
    /// The plan alone, of frames to train on: for a host that has the frames.
    Plan,
}

impl Kind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Frame, Self::Mixed, Self::Plan];

    /// Name of a file of such records.
    #[must_use]
    pub fn file(self, size: Size) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            let kind = match self {
                Self::Frame => "frames",
                Self::Mixed => "mixed",
                Self::Plan => "plans",
            };
            write!(f, "{}x{}.{kind}", size.shape.width(), size.shape.height())
        })
    }
}

/// A frame that was mixed: a line of text.
#[derive(Clone, Copy, Debug)]
pub struct Mixed {
    /// What was mixed.
    pub header: Header,
    /// FNV-1a of the pixels.
    pub digest: u64,
}

impl fmt::Display for Mixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header: Header { key, plan, classes: [first, second], .. }, digest } = self;
        let [of_first, of_second] = plan.label(*first, *second).weights_q16();
        write!(
            f,
            "frame {:2}, class {first} · {of_first:5} + {second} · {of_second:5}, of frame {:2} the box {}, kept {}/{}, digest {digest:016x}",
            key.index,
            plan.partner(),
            plan.patch(),
            plan.kept(),
            plan.total(),
        )
    }
}
