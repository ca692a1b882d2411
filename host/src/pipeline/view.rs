//! How an image is augmented before it is mixed: random horizontal flip and random crop.

use std::ops::Range;

use cutmix_core::{Layout, Patch, Shape, Stream, paste, uniform_below};

use crate::data::streams::VIEWS;
use crate::settings::Augmentation;

/// How an image is shown: mirrored or not, then moved, black where nothing is (the random crop of He et al. 2015, section 4.2: padded, and cut
/// back to its size).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Left and right exchanged.
    pub flip: bool,
    /// Pixels to the right.
    pub dx: i16,
    /// Pixels down.
    pub dy: i16,
}

impl View {
    /// The view of image `index` in `epoch`. Draw order: one bit for the mirror, then the move to the right, then down; what
    /// is switched off draws nothing.
    #[must_use]
    pub fn draw(augmentation: Augmentation, seed: u64, epoch: u32, index: u32) -> Self {
        let mut stream = Stream::new(seed, epoch, VIEWS + u64::from(index));
        let flip = augmentation.flip && uniform_below(2, &mut stream) == 1;
        let mut offset = || match augmentation.shift {
            0 => 0,
            shift => uniform_below(2 * u32::from(shift) + 1, &mut stream) as i16 - i16::from(shift),
        };
        Self { flip, dx: offset(), dy: offset() }
    }

    /// Writes `image` to `out` as it is shown.
    ///
    /// # Panics
    ///
    /// If one of them is not [`Shape::len`] bytes long.
    pub fn show(self, image: &[u8], shape: Shape, out: &mut [u8]) {
        if self == Self::default() {
            out.copy_from_slice(image);
        } else {
            let whole = Patch::new(0, 0, shape.width(), shape.height()).expect("edges in order");
            self.paste(image, shape, whole, out);
        }
    }

    /// Writes what `image` shows in `patch` to the same place of `out`, and nothing else: [`paste`] of an image as it is shown.
    ///
    /// # Panics
    ///
    /// If one of them is not [`Shape::len`] bytes long, or `patch` reaches out of `shape`.
    pub fn paste(self, image: &[u8], shape: Shape, patch: Patch, out: &mut [u8]) {
        if self == Self::default() {
            return paste(out, image, shape, patch).expect("images of this shape, and a box inside");
        }
        assert_eq!((image.len(), out.len()), (shape.len(), shape.len()), "an image of another shape");
        assert!(patch.fits(shape), "a box that reaches out of the image");
        let (width, height) = (i32::from(shape.width()), i32::from(shape.height()));
        let pixel = match shape.layout() {
            Layout::Chw => 1,
            Layout::Hwc => usize::from(shape.channels()),
        };
        let (row, plane) = (shape.row_len(), shape.row_len() * usize::from(shape.height()));
        let (dx, dy, x0, x1) = (self.dx.into(), i32::from(self.dy), patch.x0().into(), patch.x1().into());
        // Columns of the result that the moved image reaches, and those of the image that come there; if it is mirrored, they
        // are counted from the right.
        let (left, right) = (i32::clamp(dx, x0, x1), i32::clamp(width + dx, x0, x1));
        let seen = if self.flip { width + dx - right..width + dx - left } else { left - dx..right - dx };
        let bytes = |columns: Range<i32>| columns.start as usize * pixel..columns.end as usize * pixel;
        let rows = dy.max(0)..height + dy.min(0);
        let (black, seen, reached) = (bytes(x0..x1), if left < right { bytes(seen) } else { 0..0 }, bytes(left..right));
        for (from, to) in image.chunks_exact(plane).zip(out.chunks_exact_mut(plane)) {
            let box_rows = to.chunks_exact_mut(row).zip(0..).take(patch.y1().into()).skip(patch.y0().into());
            for (to, y) in box_rows {
                to[black.clone()].fill(0);
                if rows.contains(&y) {
                    let to = &mut to[reached.clone()];
                    to.copy_from_slice(&from[(y - dy) as usize * row..][seen.clone()]);
                    if self.flip {
                        to.reverse();
                        if pixel > 1 {
                            to.chunks_exact_mut(pixel).for_each(<[u8]>::reverse);
                        }
                    }
                }
            }
        }
    }
}
