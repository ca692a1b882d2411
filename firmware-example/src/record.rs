use core::fmt;

use cutmix_core::{Label, Plan};

/// What leaves the device of one frame. The pixels would follow; here a digest stands for them.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// The frame's.
    pub number: u32,
    /// Whose pixels went where.
    pub plan: Plan,
    /// Which classes the frame now shows, and how much of each.
    pub label: Label,
    /// Of the pixels, for whoever checks that they arrived.
    pub digest: u64,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, plan, label, digest } = self;
        let [first, second] = label.weights_q16();
        write!(
            f,
            "frame {number:2}, class {} · {first:5} + {} · {second:5}, of frame {:2} the box {}, kept {}/{}, digest {digest:016x}",
            label.first(),
            label.second(),
            plan.partner(),
            plan.patch(),
            plan.kept(),
            plan.total(),
        )
    }
}

/// The hash of Fowler, Noll and Vo, FNV-1a, 64 bits.
pub fn digest(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
