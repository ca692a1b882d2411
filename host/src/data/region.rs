//! Where an image shows another one that was pasted into it before it came, on a device or by `augment`.

use cutmix_core::{Patch, Shape};

/// A box in a square image. Its edges are in units of which the square's side has `side`, the pixels of the image as it came: so they are exact
/// whatever the image was resized to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Left, top, right and bottom edge; the last two lie outside.
    edges: [u16; 4],
    side: u16,
}

/// An image of a training step: its side in pixels, and how it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Width and height in pixels.
    pub side: u16,
    /// Left and right exchanged.
    pub flip: bool,
    /// Then moved, in pixels to the right and down.
    pub shift: [i16; 2],
}

impl Region {
    /// What the middle square of an image of `shape` shows of `patch`; none where that is nothing.
    #[must_use]
    pub fn of_middle(shape: Shape, patch: Patch) -> Option<Self> {
        let [left, top, side] = middle(shape.width().into(), shape.height().into()).map(|edge| edge as u16);
        let [x0, x1] = [patch.x0(), patch.x1()].map(|x| x.clamp(left, left + side) - left);
        let [y0, y1] = [patch.y0(), patch.y1()].map(|y| y.clamp(top, top + side) - top);
        (x0 < x1 && y0 < y1).then_some(Self { edges: [x0, y0, x1, y1], side })
    }

    /// Its edges and the side of the square, so that two can be told apart.
    #[must_use]
    pub const fn numbers(&self) -> [u16; 5] {
        let [x0, y0, x1, y1] = self.edges;
        [x0, y0, x1, y1, self.side]
    }

    /// The share of the square that it takes.
    #[must_use]
    pub fn share(&self) -> f64 {
        let [x0, y0, x1, y1] = self.edges.map(f64::from);
        (x1 - x0) * (y1 - y0) / f64::from(self.side).powi(2)
    }

    /// How many pixels of an image that is shown as `frame` says lie in it, in all of the image and in `patch`. They may be parts of pixels.
    #[must_use]
    pub fn pixels(&self, frame: Frame, patch: Patch) -> [f64; 2] {
        let (unit, side) = (i64::from(self.side), i64::from(frame.side));
        // In units of which a pixel has `unit` along each side: all edges are whole there.
        let [mut x0, y0, mut x1, y1] = self.edges.map(|edge| i64::from(edge) * side);
        if frame.flip {
            (x0, x1) = (unit * side - x1, unit * side - x0);
        }
        let [dx, dy] = frame.shift.map(|shift| i64::from(shift) * unit);
        let area = |left: u16, top: u16, right: u16, bottom: u16| {
            let [left, top, right, bottom] = [left, top, right, bottom].map(|edge| i64::from(edge) * unit);
            let width = (x1 + dx).min(right) - (x0 + dx).max(left);
            let height = (y1 + dy).min(bottom) - (y0 + dy).max(top);
            // At most 2^52: a side has at most 2^10 pixels, and a pixel 2^16 units.
            (width.max(0) * height.max(0)) as f64 / (unit * unit) as f64
        };
        [area(0, 0, frame.side, frame.side), area(patch.x0(), patch.y0(), patch.x1(), patch.y1())]
    }
}

/// Left edge, top edge and side of the largest square in the middle of an image.
#[must_use]
pub fn middle(width: u32, height: u32) -> [u32; 3] {
    let side = width.min(height);
    [(width - side) / 2, (height - side) / 2, side]
}
