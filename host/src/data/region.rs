//! Where an image shows another one that was pasted into it before it came, on a device or by `augment`.

use cutmix_core::{Patch, Shape};

use super::placement::Placement;
use crate::settings::{Resize, Size};

/// A box in an image that was resized. Its edges are in pixels of the image as it came, of the part that was taken: so they are exact whatever the
/// image was resized to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Left, top, right and bottom edge, in the part that was taken; the last two lie outside.
    edges: [u16; 4],
    /// Width and height of that part.
    taken: [u16; 2],
    /// Where it went: left, top, width and height.
    to: [u16; 4],
    /// Of the image that it went to.
    size: Size,
}

/// How an image is shown in a training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Left and right exchanged.
    pub flip: bool,
    /// Then moved, in pixels to the right and down.
    pub shift: [i16; 2],
}

impl Region {
    /// What an image of `shape` shows of `patch` after it was resized; none where that is nothing.
    #[must_use]
    pub fn of(shape: Shape, patch: Patch, resize: Resize) -> Option<Self> {
        let Placement { from, to, size } = Placement::of(resize, shape.width().into(), shape.height().into());
        let [left, top, width, height] = from.map(|edge| edge as u16);
        let [x0, x1] = [patch.x0(), patch.x1()].map(|x| x.clamp(left, left + width) - left);
        let [y0, y1] = [patch.y0(), patch.y1()].map(|y| y.clamp(top, top + height) - top);
        (x0 < x1 && y0 < y1).then_some(Self { edges: [x0, y0, x1, y1], taken: [width, height], to, size })
    }

    /// Its edges, the side of what was taken, and all else where that is no square that became a square: so that two can be told apart.
    #[must_use]
    pub fn numbers(&self) -> Vec<u16> {
        let Self { edges, taken: [width, height], to, size } = *self;
        let mut numbers = [&edges[..], &[width]].concat();
        if width != height || to != [0, 0, size.width, size.width] {
            numbers.push(height);
            numbers.extend(to);
            numbers.extend([size.width, size.height]);
        }
        numbers
    }

    /// The share of the image that it takes.
    #[must_use]
    pub fn share(&self) -> f64 {
        let [pixels, _] = self.pixels(Frame { flip: false, shift: [0; 2] }, Patch::EMPTY);
        pixels / (f64::from(self.size.width) * f64::from(self.size.height))
    }

    /// How many pixels of an image that is shown as `frame` says lie in it, in all of the image and in `patch`. They may be parts of pixels.
    #[must_use]
    pub fn pixels(&self, frame: Frame, patch: Patch) -> [f64; 2] {
        let [left, top, width, height] = self.to.map(i64::from);
        // In units of which a pixel has as many along each side as were taken: all edges are whole there.
        let [units_x, units_y] = self.taken.map(i64::from);
        let [x0, y0, x1, y1] = self.edges.map(i64::from);
        let [mut x0, mut x1] = [x0, x1].map(|x| left * units_x + x * width);
        let [y0, y1] = [y0, y1].map(|y| top * units_y + y * height);
        if frame.flip {
            let side = i64::from(self.size.width) * units_x;
            (x0, x1) = (side - x1, side - x0);
        }
        let [dx, dy] = frame.shift.map(i64::from);
        let (dx, dy) = (dx * units_x, dy * units_y);
        let area = |left: u16, top: u16, right: u16, bottom: u16| {
            let [left, right] = [left, right].map(|edge| i64::from(edge) * units_x);
            let [top, bottom] = [top, bottom].map(|edge| i64::from(edge) * units_y);
            let width = (x1 + dx).min(right) - (x0 + dx).max(left);
            let height = (y1 + dy).min(bottom) - (y0 + dy).max(top);
            // At most 2^52: a side has at most 2^10 pixels, and a pixel 2^16 units.
            (width.max(0) * height.max(0)) as f64 / (units_x * units_y) as f64
        };
        [area(0, 0, self.size.width, self.size.height), area(patch.x0(), patch.y0(), patch.x1(), patch.y1())]
    }
}
