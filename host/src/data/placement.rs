//! Which part of an image goes where, so that it gets another size.

use crate::settings::{Fit, Resize, Size};

/// A rectangle of an image that is resized into a rectangle of another: left, top, width and height of each, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// What is taken.
    pub from: [u32; 4],
    /// Where it goes; what else is there is black.
    pub to: [u16; 4],
    /// Of the image that it goes to.
    pub size: Size,
}

impl Placement {
    /// Of an image of `width` × `height` pixels, neither of them 0.
    ///
    /// To crop, the largest part of the right proportions is taken, in whole pixels, rounded down but at least one, from the middle, half a pixel up and
    /// to the left where that is between two. To pad, the image is made as large as fits, in whole pixels to the nearest, halves up, and lies in the
    /// middle likewise.
    #[must_use]
    pub fn of(resize: Resize, width: u32, height: u32) -> Self {
        let Resize { size, fit, .. } = resize;
        let [wide, high] = [size.width, size.height].map(u64::from);
        let (w, h) = (u64::from(width), u64::from(height));
        let whole = [0, 0, width, height];
        let all = [0, 0, size.width, size.height];
        let (from, to) = match fit {
            Fit::Stretch => (whole, all),
            Fit::Crop => {
                let crop_w = (h * wide / high).clamp(1, w) as u32;
                let crop_h = (w * high / wide).clamp(1, h) as u32;
                ([(width - crop_w) / 2, (height - crop_h) / 2, crop_w, crop_h], all)
            }
            Fit::Pad => {
                let nearest = |product: u64, by: u64| (2 * product + by) / (2 * by);
                let to_w = nearest(w * high, h).clamp(1, wide) as u16;
                let to_h = nearest(h * wide, w).clamp(1, high) as u16;
                (whole, [(size.width - to_w) / 2, (size.height - to_h) / 2, to_w, to_h])
            }
        };
        Self { from, to, size }
    }

    /// Whether no pixel of the result stays black.
    #[must_use]
    pub fn fills(&self) -> bool {
        self.to == [0, 0, self.size.width, self.size.height]
    }
}
