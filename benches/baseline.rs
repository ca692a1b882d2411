//! What the core is measured by.

use cutmix_core::{Layout, Patch, Shape};

/// Copies `patch` row by row: the least that a paste can be, everything known beforehand.
///
/// # Panics
///
/// If the images are not of `shape`, or `patch` reaches out of it.
#[inline]
pub fn copy_rows<T: Copy>(dst: &mut [T], src: &[T], shape: Shape, patch: Patch) {
    let (planes, pixel) = match shape.layout() {
        Layout::Hwc => (1, usize::from(shape.channels())),
        Layout::Chw => (usize::from(shape.channels()), 1),
    };
    let row = shape.row_len();
    let (left, right) = (usize::from(patch.x0()) * pixel, usize::from(patch.x1()) * pixel);
    for plane in 0..planes {
        let top = plane * usize::from(shape.height());
        for y in top + usize::from(patch.y0())..top + usize::from(patch.y1()) {
            let columns = y * row + left..y * row + right;
            dst[columns.clone()].copy_from_slice(&src[columns]);
        }
    }
}

/// CutMix as a C program does it: one generator for all samples, λ in f64 with the system's `pow`, the paper's box.
/// `peers/baseline.c` is the same in C.
#[derive(Clone, Debug)]
pub struct Program {
    state: [u64; 4],
    alpha: f64,
}

impl Program {
    /// λ ~ Beta(`alpha`, `alpha`).
    #[must_use]
    pub const fn new(alpha: f64) -> Self {
        Self { state: [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 42], alpha }
    }

    /// Draws a box in an image of `shape`.
    ///
    /// # Panics
    ///
    /// Never: a clipped box is in order.
    #[inline]
    pub fn draw(&mut self, shape: Shape) -> Patch {
        let cut = (1.0 - self.beta()).sqrt();
        let mut axis = |side: u16| {
            let half = (f64::from(side) * cut) as i32 / 2;
            let (center, side) = (self.below(side.into()) as i32, i32::from(side));
            ((center - half).clamp(0, side) as u16, (center + half).clamp(0, side) as u16)
        };
        let ((x0, x1), (y0, y1)) = (axis(shape.width()), axis(shape.height()));
        Patch::new(x0, y0, x1, y1).expect("a clipped box is in order")
    }

    /// xoshiro256+ (Blackman and Vigna 2018).
    #[inline]
    const fn next(&mut self) -> u64 {
        let Self { state, .. } = self;
        let result = state[0].wrapping_add(state[3]);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }

    #[inline]
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A uniform integer, without the correction of a bias that is below 2⁻¹⁶ here.
    #[inline]
    pub const fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * bound as u64) >> 32) as u32
    }

    /// Jöhnk 1964.
    #[inline]
    #[expect(clippy::float_cmp, reason = "a constant, exactly 1 where the law is the uniform one")]
    fn beta(&mut self) -> f64 {
        if self.alpha == 1.0 {
            return self.uniform();
        }
        let power = 1.0 / self.alpha;
        loop {
            let (x, y) = (self.uniform().powf(power), self.uniform().powf(power));
            let sum = x + y;
            if sum > 0.0 && sum <= 1.0 {
                return x / sum;
            }
        }
    }
}
