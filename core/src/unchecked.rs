//! What `serde` reads, before it is known to be what it says: each becomes the type of its name by that type's own checks.

use core::fmt;

use serde::Deserialize;

use crate::{GridError, Layout, PatchError, ShapeError};

#[derive(Deserialize)]
pub struct Shape {
    width: u16,
    height: u16,
    channels: u16,
    layout: Layout,
}

impl TryFrom<Shape> for crate::Shape {
    type Error = ShapeError;

    fn try_from(Shape { width, height, channels, layout }: Shape) -> Result<Self, ShapeError> {
        Self::new(width, height, channels, layout)
    }
}

#[derive(Deserialize)]
pub struct Patch {
    x0: u16,
    y0: u16,
    x1: u16,
    y1: u16,
}

impl TryFrom<Patch> for crate::Patch {
    type Error = PatchError;

    fn try_from(Patch { x0, y0, x1, y1 }: Patch) -> Result<Self, PatchError> {
        Self::new(x0, y0, x1, y1)
    }
}

#[derive(Deserialize)]
pub struct Grid {
    width: u16,
    height: u16,
}

impl TryFrom<Grid> for crate::Grid {
    type Error = GridError;

    fn try_from(Grid { width, height }: Grid) -> Result<Self, GridError> {
        Self::new(width, height)
    }
}

#[derive(Deserialize)]
pub struct Plan {
    partner: u32,
    patch: crate::Patch,
    width: u16,
    height: u16,
}

impl TryFrom<Plan> for crate::Plan {
    type Error = PlanError;

    fn try_from(Plan { partner, patch, width, height }: Plan) -> Result<Self, PlanError> {
        let shape = crate::Shape::new(width, height, 1, Layout::Hwc).map_err(PlanError::Shape)?;
        Self::new(partner, patch, shape).map_err(PlanError::Patch)
    }
}

/// Why there is no such plan.
pub enum PlanError {
    Shape(ShapeError),
    Patch(PatchError),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(error) => error.fmt(f),
            Self::Patch(error) => error.fmt(f),
        }
    }
}

#[derive(Deserialize)]
pub struct Label {
    first: u16,
    second: u16,
    kept: u32,
    total: u32,
}

impl TryFrom<Label> for crate::Label {
    type Error = &'static str;

    fn try_from(Label { first, second, kept, total }: Label) -> Result<Self, &'static str> {
        if total == 0 || total > i32::MAX as u32 || kept > total {
            return Err("a label has 1 to 2147483647 pixels, and its first class no more than these");
        }
        Ok(Self::of(first, second, kept, total))
    }
}

#[derive(Deserialize)]
pub struct Blend {
    partner: u32,
    kept: u32,
}

impl TryFrom<Blend> for crate::Blend {
    type Error = &'static str;

    fn try_from(Blend { partner, kept }: Blend) -> Result<Self, &'static str> {
        Self::of(partner, kept).ok_or("a blend keeps 65536 parts of an image at most")
    }
}
