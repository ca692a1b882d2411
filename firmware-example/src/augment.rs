//! The job itself, as it would run on a microcontroller: `core` only, no heap, every buffer of a fixed size.

use cutmix_core::{BetaError, CutMix, Label, Layout, PasteError, Plan, Shape, Stream, below, paste};

/// What the camera delivers. A shape that cannot be does not compile.
pub const SHAPE: Shape = match Shape::new(32, 32, 3, Layout::Hwc) {
    Ok(shape) => shape,
    Err(_) => panic!("the camera's shape is impossible"),
};

/// Frames remembered, the newest included: 12 KiB.
const POOL: usize = 4;

/// The pixels of one frame.
pub type Frame = [u8; SHAPE.len()];

/// What leaves the device beside the pixels.
pub struct Record {
    /// Whose pixels went where.
    pub plan: Plan,
    /// Which classes the frame now shows, and how much of each.
    pub label: Label,
    /// FNV-1a of the pixels, for whoever checks that they arrived.
    pub digest: u64,
}

/// Mixes each frame with one of those just before it.
pub struct Augmenter {
    cutmix: CutMix,
    seed: u64,
    pool: [(Frame, u16); POOL],
}

impl Augmenter {
    /// λ ~ Beta(`alpha`, `alpha`); the same `seed` gives the same records.
    pub fn new(alpha: f32, seed: u64) -> Result<Self, BetaError> {
        Ok(Self { cutmix: CutMix::new(alpha)?, seed, pool: [([0; SHAPE.len()], 0); POOL] })
    }

    /// Augments `frame` in place. Frames are numbered from 0 as they come; the first has no partner and stays as it is.
    pub fn augment(&mut self, index: u32, frame: &mut Frame, class: u16) -> Result<Record, PasteError> {
        // Partners must be frames as the camera saw them, so this one is remembered before it is changed.
        self.pool[index as usize % POOL] = (*frame, class);

        let earlier = index.min(POOL as u32 - 1);
        let mut stream = Stream::new(self.seed, 0, index.into());
        let plan = if earlier == 0 {
            Plan::unmixed(index, SHAPE)
        } else {
            let partner = index - 1 - below(earlier, &mut stream);
            self.cutmix.plan(SHAPE, partner, &mut stream)
        };
        let (pixels, partner_class) = &self.pool[plan.partner() as usize % POOL];
        paste(frame, pixels, SHAPE, plan.patch())?;
        Ok(Record { plan, label: plan.label(class, *partner_class), digest: fnv1a(frame) })
    }
}

/// Stands in for a camera driver: stripes in one of ten directions, which is the class, under noise.
pub fn capture(seed: u64, index: u32, frame: &mut Frame) -> u16 {
    let mut noise = Stream::new(seed, 0, index.into());
    let class = below(10, &mut noise);
    for (pixel, at) in frame.chunks_exact_mut(SHAPE.channels().into()).zip(0..) {
        let (x, y) = (at % u32::from(SHAPE.width()), at / u32::from(SHAPE.width()));
        let stripe = (x * class + y * (9 - class)) / 24 % 2;
        pixel.fill_with(|| (stripe * 128 + below(128, &mut noise)) as u8);
    }
    class as u16
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
