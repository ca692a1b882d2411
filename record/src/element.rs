use core::fmt;

use cutmix_core::{Patch, Shape};

/// What the elements of an image are: what its bytes mean, and in which order they come.
///
/// A wrong order cannot be told from the bytes: red and blue change places, or colors break into noise. So look at one picture that
/// `host import` makes before many are collected.
///
/// A [`Shape`] counts elements: an image of RGB565 or YUYV has one channel, however many colors it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Element {
    /// A byte a channel: gray (one channel; Y8 and GREY cameras, OV2640 with bit 6 of register 0xDA), red, green and blue (three), or more.
    /// Never two: RGB565 and YUYV are one channel of their own elements, and two channels of bytes could only be them by mistake.
    U8,
    /// 16 bits a pixel, 5 red, 6 green, 5 blue from the highest, the low byte first: numbers of a little-endian chip, and displays' frame buffers.
    /// Cameras send it if they are told to: OV2640 with bit 0 of register 0xDA set, OV5640 with register 0x4300 = 0x6F.
    Rgb565,
    /// RGB565 with the high byte first, as most cameras send it: OV2640 (bit 0 of register 0xDA clear), OV5640 (register 0x4300 = 0x61), OV7670, GC2145,
    /// and so the frames of `esp32-camera`.
    Rgb565HighFirst,
    /// Blue, green, red, a byte each, in three channels: BMP files, images of `cv2`, and the "RGB888" that `esp32-camera` converts to.
    Bgr,
    /// YUV 4:2:2: pairs of pixels as Y₀ U Y₁ V, two bytes a pixel and so an element each. Most cameras' YUV (OV2640, OV5640 with register 0x4300 = 0x30) and most
    /// webcams' (YUY2). The width must be even, and a box of whole pairs: draw it on a [`Grid`](cutmix_core::Grid) of 2×1.
    ///
    /// Colors are those of JPEG (BT.601, full range), which these cameras send by default.
    Yuyv,
    /// Signed bytes of a quantized tensor, where `zero_point` stands for 0. Where it is −128, as wherever firmware makes the tensor of pixels less 128, a host
    /// sees a picture.
    I8 {
        /// The value that stands for 0.
        zero_point: i8,
    },
    /// Unsigned numbers of 16 bits, the low byte first: deep gray, of thermal cameras say, and samples of converters.
    U16,
    /// The same, the high byte first, as a FLIR Lepton sends them.
    U16HighFirst,
    /// Signed numbers of 16 bits, the low byte first: accelerometers, gyroscopes, microphones.
    I16,
    /// Floats of 32 bits, the low byte first.
    F32,
}

impl Element {
    /// Bytes of an element.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::U8 | Self::Bgr | Self::I8 { .. } => 1,
            Self::Rgb565 | Self::Rgb565HighFirst | Self::Yuyv | Self::U16 | Self::U16HighFirst | Self::I16 => 2,
            Self::F32 => 4,
        }
    }

    /// Checks that an image of `shape` may be made of it, with a box where `patch` is.
    ///
    /// # Errors
    ///
    /// [`ElementError`] if not.
    pub const fn check(self, shape: Shape, patch: Patch) -> Result<(), ElementError> {
        let channels = shape.channels();
        let right = match self {
            Self::U8 => channels != 2,
            Self::Rgb565 | Self::Rgb565HighFirst | Self::Yuyv => channels == 1,
            Self::Bgr => channels == 3,
            Self::I8 { .. } | Self::U16 | Self::U16HighFirst | Self::I16 | Self::F32 => true,
        };
        if !right {
            return Err(ElementError::Channels { element: self, channels });
        }
        if let Self::Yuyv = self {
            if shape.width() % 2 == 1 {
                return Err(ElementError::OddWidth { width: shape.width() });
            }
            if patch.x0() % 2 == 1 || patch.x1() % 2 == 1 {
                return Err(ElementError::HalfPair { patch });
            }
        }
        Ok(())
    }
}

/// What it is called in messages.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U8 => "bytes",
            Self::Rgb565 => "RGB565",
            Self::Rgb565HighFirst => "RGB565 with the high byte first",
            Self::Bgr => "BGR",
            Self::Yuyv => "YUYV",
            Self::I8 { .. } => "signed bytes",
            Self::U16 => "16-bit numbers",
            Self::U16HighFirst => "16-bit numbers with the high byte first",
            Self::I16 => "signed 16-bit numbers",
            Self::F32 => "32-bit floats",
        })
    }
}

/// Why an image cannot be made of an [`Element`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ElementError {
    /// It has another number of channels.
    Channels {
        /// What it should be made of.
        element: Element,
        /// Of the shape.
        channels: u16,
    },
    /// YUYV has pairs of pixels.
    OddWidth {
        /// Of the shape.
        width: u16,
    },
    /// The box cuts a pair of YUYV in two, which would take its color from both images.
    HalfPair {
        /// The box.
        patch: Patch,
    },
}

impl fmt::Display for ElementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channels { element: Element::U8, channels } => write!(
                f,
                "bytes have 1 channel, 3 or more, and the shape has {channels}; give RGB565 and YUYV 1 channel of their own element"
            ),
            Self::Channels { element: Element::Bgr, channels } => {
                write!(f, "BGR has 3 channels of a byte, and the shape has {channels}; give it 3")
            }
            Self::Channels { element, channels } => {
                write!(f, "{element} has 1 channel of 16 bits, and the shape has {channels}; give it 1")
            }
            Self::OddWidth { width } => {
                write!(f, "YUYV has pairs of pixels, and the width is {width}; give it an even one")
            }
            Self::HalfPair { patch } => {
                write!(f, "the box {patch} cuts a pair of YUYV's pixels in two; draw it on a grid of 2×1")
            }
        }
    }
}

impl core::error::Error for ElementError {}

/// A frame in memory: a slice, and what its numbers are.
///
/// Of bytes as DMA left them there is [`Bytes`](Self::Bytes), for every element and without a cast; the others are for memory of wider numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Pixels<'a> {
    /// Of [`Element::U8`].
    U8(&'a [u8]),
    /// Of [`Element::Rgb565`]: each number is red × 2048 + green × 32 + blue.
    Rgb565(&'a [u16]),
    /// Of [`Element::Rgb565HighFirst`], in words that a little-endian chip's DMA filled byte by byte: the low byte of each is red and the higher half of green.
    Rgb565Swapped(&'a [u16]),
    /// Of [`Element::I8`].
    I8 {
        /// The numbers.
        values: &'a [i8],
        /// The one that stands for 0.
        zero_point: i8,
    },
    /// Of [`Element::U16`].
    U16(&'a [u16]),
    /// Of [`Element::I16`].
    I16(&'a [i16]),
    /// Of [`Element::F32`]. Every bit arrives, those of a NaN too.
    F32(&'a [f32]),
    /// Bytes in the order of the element that they are of. Strides and lengths are then counted in bytes.
    Bytes(Element, &'a [u8]),
}

impl Pixels<'_> {
    /// What the pixels are made of.
    #[must_use]
    pub const fn element(self) -> Element {
        match self {
            Self::U8(_) => Element::U8,
            Self::Rgb565(_) => Element::Rgb565,
            Self::Rgb565Swapped(_) => Element::Rgb565HighFirst,
            Self::I8 { zero_point, .. } => Element::I8 { zero_point },
            Self::U16(_) => Element::U16,
            Self::I16(_) => Element::I16,
            Self::F32(_) => Element::F32,
            Self::Bytes(element, _) => element,
        }
    }

    /// Length of the slice, padding included.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::U8(pixels) | Self::Bytes(_, pixels) => pixels.len(),
            Self::Rgb565(pixels) | Self::Rgb565Swapped(pixels) | Self::U16(pixels) => pixels.len(),
            Self::I8 { values, .. } => values.len(),
            Self::I16(values) => values.len(),
            Self::F32(values) => values.len(),
        }
    }

    /// Items of the slice that a row of `shape` takes.
    pub(crate) const fn row_len(self, shape: Shape) -> usize {
        match self {
            Self::Bytes(element, _) => shape.row_len() * element.size(),
            _ => shape.row_len(),
        }
    }
}
