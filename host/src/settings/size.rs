//! What size images become, and how.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use anyhow::{Result, ensure};
use clap::ValueEnum;
use cutmix_core::{Layout, Shape};
use serde::{Deserialize, Serialize};

/// Side of CIFAR-10's images and of the embedded ones, in pixels; others are made of it unless told otherwise.
pub const SIDE: u16 = 32;

/// Sides, in pixels, that images may be resized to. The network halves them twice, and below 8 hardly a pixel would be left
/// to look at; the upper end only catches slips of the keyboard, since memory ends long before it.
pub const SIDES: RangeInclusive<u16> = 8..=1024;

/// Width and height in pixels: `96x64`, or `32` for a square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Size {
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
}

impl Size {
    /// So many pixels wide and high.
    #[must_use]
    pub const fn square(side: u16) -> Self {
        Self { width: side, height: side }
    }

    /// Checks that images may be resized to it.
    ///
    /// # Errors
    ///
    /// If a side is none of [`SIDES`].
    pub fn check(self) -> Result<()> {
        let (least, most) = (SIDES.start(), SIDES.end());
        let Self { width, height } = self;
        ensure!(
            SIDES.contains(&width) && SIDES.contains(&height),
            "--size {self}: images cannot be {width}×{height} pixels here; take {least} to {most}"
        );
        Ok(())
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height } = self;
        if width == height { write!(f, "{width}") } else { write!(f, "{width}x{height}") }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text.split_once('x').unwrap_or((text, text));
        match (sides.0.trim().parse(), sides.1.trim().parse()) {
            (Ok(width), Ok(height)) => Ok(Self { width, height }),
            _ => Err(format!("{text:?} is no size; take a side in pixels, as 32, or WIDTHxHEIGHT, as 96x64")),
        }
    }
}

/// A number for a square, as it always was, and else a text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Side(u16),
    Sides(String),
}

impl TryFrom<Written> for Size {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Side(side) => Ok(Self::square(side)),
            Written::Sides(text) => text.parse(),
        }
    }
}

impl From<Size> for Written {
    fn from(size: Size) -> Self {
        if size.width == size.height { Self::Side(size.width) } else { Self::Sides(size.to_string()) }
    }
}

/// How an image of other proportions becomes one of a [`Size`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Its middle, as large as fits the proportions; what lies at the edges is cut off
    #[default]
    Crop,
    /// All of it, with black bars where it does not fill the size
    Pad,
    /// All of it, in other proportions
    Stretch,
}

/// What image files become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// The size.
    pub size: Size,
    /// And how.
    pub fit: Fit,
    /// Color channels: 3, red, green and blue; or 1, gray.
    pub channels: u16,
}

impl Resize {
    /// Of an image that was resized, a plane a channel.
    ///
    /// # Errors
    ///
    /// If there is no such image.
    pub fn shape(&self) -> Result<Shape> {
        Ok(Shape::new(self.size.width, self.size.height, self.channels, Layout::Chw)?)
    }
}

impl From<u16> for Resize {
    /// The middle square in color, as torchvision's `CenterCrop` and `Resize` make it.
    fn from(side: u16) -> Self {
        Self { size: Size::square(side), fit: Fit::Crop, channels: 3 }
    }
}
