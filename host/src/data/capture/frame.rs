//! One sample of a capture.

use anyhow::{Context as _, Result, bail};
use cutmix_core::Layout;
use cutmix_record::{Element, Header};
use image::{DynamicImage, GrayImage, RgbImage};

use super::colors::{of_rgb565, of_yuyv};
use crate::data::image_file::encode_png;
use crate::data::npy;
use crate::data::planes::interleaved;

/// A sample: a frame, mixed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// All but the pixels.
    pub header: Header,
    /// What the pixels are made of.
    pub element: Element,
    /// Its bytes, row by row.
    pub pixels: Vec<u8>,
}

impl Frame {
    /// Whether any pixel of another frame shows.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        self.header.plan.patch().area() > 0
    }

    /// Whether it shows something: bytes of one or three channels, and everything of colors. A window of a sensor, and numbers whose black and white
    /// nobody knows, do not.
    #[must_use]
    pub const fn is_picture(&self) -> bool {
        match self.element {
            Element::Rgb565 | Element::Rgb565HighFirst | Element::Bgr | Element::Yuyv => true,
            Element::U8 | Element::I8 { zero_point: i8::MIN } => matches!(self.header.shape.channels(), 1 | 3),
            _ => false,
        }
    }

    /// The frame as a picture: gray, or with 8 bits a color.
    ///
    /// # Errors
    ///
    /// If it [is none](Self::is_picture).
    pub fn picture(&self) -> Result<DynamicImage> {
        let shape = self.header.shape;
        if !self.is_picture() {
            bail!(
                "its frames are {} in {} channels, which are no pictures, and the networks here are for pictures; `import` writes such frames as .npy files",
                self.element,
                shape.channels()
            );
        }
        let pixels = if shape.layout() == Layout::Chw && shape.channels() > 1 {
            &interleaved(&self.pixels, shape.channels().into())
        } else {
            &self.pixels
        };
        let (pairs, _) = pixels.as_chunks::<2>();
        let colors: Vec<u8> = match self.element {
            Element::Rgb565 => pairs.iter().flat_map(|&pair| of_rgb565(u16::from_le_bytes(pair))).collect(),
            Element::Rgb565HighFirst => pairs.iter().flat_map(|&pair| of_rgb565(u16::from_be_bytes(pair))).collect(),
            Element::Bgr => {
                pixels.as_chunks::<3>().0.iter().flat_map(|&[blue, green, red]| [red, green, blue]).collect()
            }
            Element::Yuyv => pixels.as_chunks::<4>().0.iter().flat_map(|&pair| of_yuyv(pair)).flatten().collect(),
            Element::I8 { .. } => pixels.iter().map(|&value| value ^ 0x80).collect(),
            _ => pixels.clone(),
        };
        let (width, height) = (shape.width().into(), shape.height().into());
        let picture = if colors.len() == shape.pixels() as usize {
            GrayImage::from_raw(width, height, colors).map(DynamicImage::from)
        } else {
            RgbImage::from_raw(width, height, colors).map(DynamicImage::from)
        };
        picture.context("a frame without all of its pixels")
    }

    /// Its file: a PNG of what is a picture, else an array for `numpy`. The array has the axes of the frame's layout, without a height or channels of 1, so
    /// that a window of 128 samples of 6 channels is of 128×6; signed bytes are there as 16 bits, less their zero point.
    ///
    /// # Errors
    ///
    /// If no PNG can be made of it, or nothing is known of the element.
    pub fn file(&self) -> Result<Vec<u8>> {
        if self.is_picture() {
            return encode_png(&self.picture()?);
        }
        let numbers: Vec<u8>;
        let (kind, array) = match self.element {
            Element::U8 => ("|u1", &self.pixels),
            Element::U16 => ("<u2", &self.pixels),
            Element::U16HighFirst => (">u2", &self.pixels),
            Element::I16 => ("<i2", &self.pixels),
            Element::F32 => ("<f4", &self.pixels),
            Element::I8 { zero_point } => {
                let less = |&value: &u8| i16::from(value.cast_signed()) - i16::from(zero_point);
                numbers = self.pixels.iter().flat_map(|value| less(value).to_le_bytes()).collect();
                ("<i2", &numbers)
            }
            other => bail!("its frames are of {other}, of which nothing is known here; update host"),
        };
        let shape = self.header.shape;
        let [width, height, channels] = [shape.width(), shape.height(), shape.channels()].map(usize::from);
        let [height, channels] = [height, channels].map(|axis| Some(axis).filter(|&axis| axis > 1));
        let axes = match shape.layout() {
            Layout::Hwc => [height, Some(width), channels],
            Layout::Chw => [channels, height, Some(width)],
        };
        Ok(npy::encode(kind, &axes.into_iter().flatten().collect::<Vec<_>>(), array))
    }

    /// How the name of its file ends.
    #[must_use]
    pub const fn extension(&self) -> &'static str {
        if self.is_picture() { "png" } else { "npy" }
    }
}
