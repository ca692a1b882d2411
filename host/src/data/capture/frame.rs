//! One sample of a capture.

use anyhow::{Context as _, Result, bail};
use cutmix_core::Layout;
use cutmix_record::{Element, Header};
use image::{DynamicImage, GrayImage, RgbImage};

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

    /// The frame as a picture: gray, or with 8 bits a color, to which those of RGB565 are stretched.
    ///
    /// # Errors
    ///
    /// If it has neither one channel nor three.
    pub fn picture(&self) -> Result<DynamicImage> {
        let shape = self.header.shape;
        let colors: Vec<u8> = match (self.element, shape.channels(), shape.layout()) {
            (Element::U8, 1, _) | (Element::U8, 3, Layout::Hwc) => self.pixels.clone(),
            (Element::U8, 3, Layout::Chw) => interleaved(&self.pixels, 3),
            (Element::Rgb565, ..) => {
                let pixels = self.pixels.chunks_exact(2).map(|pixel| u16::from_le_bytes([pixel[0], pixel[1]]));
                pixels.flat_map(rgb888).collect()
            }
            (Element::U8, channels, _) => bail!("its frames have {channels} channels, and a picture has 1 or 3"),
            (element, ..) => bail!("its frames are of {element:?}, of which nothing is known here; update host"),
        };
        let (width, height) = (shape.width().into(), shape.height().into());
        let picture = if colors.len() == shape.pixels() as usize {
            GrayImage::from_raw(width, height, colors).map(DynamicImage::from)
        } else {
            RgbImage::from_raw(width, height, colors).map(DynamicImage::from)
        };
        picture.context("a frame without all of its pixels")
    }
}

/// Black stays black, and white white.
const fn rgb888(pixel: u16) -> [u8; 3] {
    let [red, green, blue] = [pixel >> 11, pixel >> 5 & 0x3F, pixel & 0x1F];
    [(red << 3 | red >> 2) as u8, (green << 2 | green >> 4) as u8, (blue << 3 | blue >> 2) as u8]
}
