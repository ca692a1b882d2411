//! An object's box, in parts of pixels: what of it can be seen in a mixed image.

use cutmix_core::Patch;

use crate::data::placement::Placement;

/// An object on an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Object {
    /// Number of its class, as the annotations count.
    pub class: u64,
    /// COCO's `iscrowd`: the box is around several.
    pub crowd: bool,
    /// Left, top, right and bottom edge in pixels from the upper left corner of the image: pixel 0 is between 0 and 1.
    pub edges: [f64; 4],
}

/// What of an object can be seen: which share of its box's area, and the smallest box around that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// 0 to 1.
    pub share: f64,
    /// As of [`Object::edges`].
    pub edges: [f64; 4],
}

impl Object {
    /// Where it is after its image was resized. What lies outside the part that is shown keeps its place there, and so may reach out of the image.
    #[must_use]
    pub fn placed(self, placement: &Placement) -> Self {
        let [left, top, width, height] = placement.from.map(f64::from);
        let [to_left, to_top, to_width, to_height] = placement.to.map(f64::from);
        let [x0, y0, x1, y1] = self.edges;
        let x = |x: f64| to_left + (x - left) * to_width / width;
        let y = |y: f64| to_top + (y - top) * to_height / height;
        Self { edges: [x(x0), y(y0), x(x1), y(y1)], ..self }
    }

    /// What is left of it inside `frame`, the part of the image that shows something, and outside the box of a plan; with the same meaning as
    /// [`Plan::left_of`](cutmix_core::Plan::left_of).
    #[must_use]
    pub fn left_of(self, frame: [f64; 4], patch: Patch) -> Seen {
        let inside = intersection(self.edges, frame);
        let cut = intersection(inside, edges_of(patch));
        let area = area(inside) - area(cut);
        let mut edges = inside;
        if area > 0.0 && self::area(cut) > 0.0 {
            let ([x0, y0, x1, y1], [cx0, cy0, cx1, cy1]) = (inside, cut);
            // Edges that were cut at the patch are the patch's, and others the object's own, to the bit.
            let (whole_height, whole_width) = (cy0 <= y0 && cy1 >= y1, cx0 <= x0 && cx1 >= x1);
            if whole_height && cx0 <= x0 {
                edges[0] = cx1;
            } else if whole_height && cx1 >= x1 {
                edges[2] = cx0;
            } else if whole_width && cy0 <= y0 {
                edges[1] = cy1;
            } else if whole_width && cy1 >= y1 {
                edges[3] = cy0;
            }
        }
        self.seen(area, edges)
    }

    /// What of it is in the box of a plan by which its image is the partner.
    #[must_use]
    pub fn pasted_of(self, frame: [f64; 4], patch: Patch) -> Seen {
        let inside = intersection(intersection(self.edges, frame), edges_of(patch));
        self.seen(area(inside), inside)
    }

    fn seen(self, seen: f64, edges: [f64; 4]) -> Seen {
        let whole = area(self.edges);
        Seen { share: if seen > 0.0 { seen / whole } else { 0.0 }, edges }
    }
}

fn edges_of(patch: Patch) -> [f64; 4] {
    [patch.x0(), patch.y0(), patch.x1(), patch.y1()].map(f64::from)
}

fn intersection([ax0, ay0, ax1, ay1]: [f64; 4], [bx0, by0, bx1, by1]: [f64; 4]) -> [f64; 4] {
    [ax0.max(bx0), ay0.max(by0), ax1.min(bx1), ay1.min(by1)]
}

fn area([x0, y0, x1, y1]: [f64; 4]) -> f64 {
    (x1 - x0).max(0.0) * (y1 - y0).max(0.0)
}
