use cutmix_core::{Stream, uniform_below};

use crate::Size;

/// What a camera's DMA writes behind each row, and nobody else may change.
pub const PADDING: u8 = 0xa5;

/// A frame as the DMA leaves it: rows of pixels, each followed by padding up to the stride.
#[derive(Clone, Debug)]
pub struct Frame<const BYTES: usize> {
    /// Counted from 0.
    pub number: u32,
    /// Stride × height.
    pub bytes: [u8; BYTES],
}

impl<const BYTES: usize> Frame<BYTES> {
    /// All zero, so that it takes no room in flash.
    #[must_use]
    pub const fn new() -> Self {
        Self { number: 0, bytes: [0; BYTES] }
    }
}

impl<const BYTES: usize> Default for Frame<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

/// Stands in for a camera driver: stripes in one of ten directions, which is the class, under noise.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    /// The same seed, the same frames.
    pub seed: u64,
    /// Of the frames.
    pub size: Size,
}

impl Camera {
    /// Draws frame `number` into `frame`, row by row as a sensor delivers it. Returns its class.
    pub fn capture<const BYTES: usize>(&self, number: u32, frame: &mut Frame<BYTES>) -> u16 {
        let shape = self.size.shape;
        let mut noise = Stream::new(self.seed, 0, number.into());
        let class = uniform_below(10, &mut noise);
        frame.number = number;
        for (row, y) in frame.bytes.chunks_mut(self.size.stride).zip(0..) {
            let (pixels, padding) = row.split_at_mut(shape.row_len().min(row.len()));
            for (pixel, x) in pixels.chunks_mut(shape.channels().into()).zip(0..) {
                let stripe: u32 = (x * class + y * (9 - class)) / 24 % 2;
                pixel.fill_with(|| (stripe * 128 + uniform_below(128, &mut noise)) as u8);
            }
            padding.fill(PADDING);
        }
        class as u16
    }
}
