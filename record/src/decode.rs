use core::fmt;

use cutmix_core::{Layout, Patch, PatchError, Plan, Shape, ShapeError};

use crate::wire::{CRC, CRC_SIZE, Fields, Head, NEWEST, content, version_of};
use crate::{Element, ElementError, Header, Key};

/// One record of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// A frame, mixed or as the camera saw it.
    Sample {
        /// Where it begins in the capture, behind its first zero.
        offset: usize,
        /// All but the pixels.
        header: Header,
        /// What the pixels are made of.
        element: Element,
        /// Row by row without padding, [`Shape::len`] elements, each in the order of bytes that it says.
        pixels: &'a [u8],
    },
    /// A plan alone.
    Plan {
        /// Where it begins in the capture, behind its first zero.
        offset: usize,
        /// All of it.
        header: Header,
    },
}

/// The records of a capture, in their order: everything that came from a device, one byte after the other.
///
/// What is no whole record comes as [`Damage`], and the next record is looked for behind the next zero. Records are
/// decoded where they lie, so the capture's bytes are others afterwards.
#[derive(Debug)]
pub struct Records<'a> {
    rest: &'a mut [u8],
    offset: usize,
}

impl<'a> Records<'a> {
    /// The records in `capture`.
    #[must_use]
    pub const fn new(capture: &'a mut [u8]) -> Self {
        Self { rest: capture, offset: 0 }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let rest = core::mem::take(&mut self.rest);
            let bytes = rest.iter().position(|&byte| byte == 0).unwrap_or(rest.len());
            let (stretch, rest) = rest.split_at_mut(bytes);
            self.rest = rest.get_mut(1..).unwrap_or_default();
            let offset = self.offset;
            self.offset += bytes + 1;
            // Between two records are two zeros, so nothing is between those.
            if bytes > 0 {
                return Some(decode(stretch, offset).map_err(|reason| Damage { offset, bytes, reason }));
            }
        }
        None
    }
}

/// The record that fills `stretch`, which holds no zero.
pub fn decode(stretch: &mut [u8], offset: usize) -> Result<Record<'_>, Reason> {
    let length = cobs::decode_in_place(stretch).map_err(|_| Reason::Framing)?;
    let (bytes, crc) = stretch.get(..length).and_then(<[u8]>::split_last_chunk::<CRC_SIZE>).ok_or(Reason::Framing)?;
    if CRC.checksum(bytes) != u32::from_le_bytes(*crc) {
        return Err(Reason::Checksum);
    }
    // The frame and the checksum are those of every version; what is between them may be anything.
    let (version, fields) = bytes.split_first().ok_or(Reason::Fields)?;
    if *version > NEWEST {
        return Err(Reason::Newer { version: *version });
    }
    let (fields, rest) = postcard::take_from_bytes::<Fields>(fields).map_err(|_| Reason::Fields)?;
    if *version != version_of(fields.content) {
        return Err(Reason::Fields);
    }
    let (element, rest) = content(fields.content, rest).ok_or(Reason::Fields)?;
    let pixels = element.map(|_| postcard::from_bytes::<&[u8]>(rest)).transpose().map_err(|_| Reason::Fields)?;
    let header = header(&fields)?;
    if let (Some(element), Some(pixels)) = (element, pixels) {
        element.check(header.shape, header.plan.patch()).map_err(Reason::Unfit)?;
        let expected = header.shape.len() * element.size();
        if pixels.len() != expected {
            return Err(Reason::Pixels { expected, actual: pixels.len() });
        }
    }
    // A number may be written in more bytes than it takes, and something may follow. Of one record there shall be one form.
    let length = pixels.map(<[u8]>::len);
    if Head::new(&fields, element, length).bytes().len() != bytes.len() - length.unwrap_or(0) {
        return Err(Reason::Fields);
    }
    Ok(match element.zip(pixels) {
        None => Record::Plan { offset, header },
        Some((element, pixels)) => Record::Sample { offset, header, element, pixels },
    })
}

fn header(fields: &Fields) -> Result<Header, Reason> {
    let layout = if fields.planes { Layout::Chw } else { Layout::Hwc };
    let shape = Shape::new(fields.width, fields.height, fields.channels, layout).map_err(Reason::Shape)?;
    let patch = Patch::new(fields.x0, fields.y0, fields.x1, fields.y1).map_err(Reason::Patch)?;
    let plan = Plan::new(fields.partner, patch, shape).map_err(Reason::Patch)?;
    if (fields.kept, fields.total) != (plan.kept(), plan.total()) {
        return Err(Reason::Lambda { kept: fields.kept, total: fields.total });
    }
    let index = u32::try_from(fields.index).map_err(|_| Reason::Index { index: fields.index })?;
    let key = Key { seed: fields.seed, epoch: fields.epoch, index };
    Ok(Header { key, shape, plan, classes: [fields.class_a, fields.class_b] })
}

/// A stretch of a capture that is no record: one that was damaged on its way, or something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Damage {
    /// Where it begins in the capture.
    pub offset: usize,
    /// How long it is, zeros not counted.
    pub bytes: usize,
    /// What is wrong with it.
    pub reason: Reason,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, bytes, reason } = self;
        write!(f, "{bytes} bytes from byte {offset} on: {reason}")
    }
}

impl core::error::Error for Damage {}

/// What is wrong with a stretch of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Reason {
    /// It is no frame of COBS with a checksum.
    Framing,
    /// It is longer than the buffer of the [`Receiver`](crate::Receiver).
    TooLong {
        /// Bytes of the buffer.
        capacity: usize,
    },
    /// The checksum is that of other bytes.
    Checksum,
    /// Everything arrived, but there is a newer format than this program's.
    Newer {
        /// Of the format.
        version: u8,
    },
    /// The checksum is right, but the fields are not those of a record.
    Fields,
    /// The frame number has more than 32 bits, and a partner's could not be the same.
    Index {
        /// The number.
        index: u64,
    },
    /// There is no such image.
    Shape(ShapeError),
    /// There is no such box in the image.
    Patch(PatchError),
    /// λ is not that of the box.
    Lambda {
        /// Its numerator.
        kept: u32,
        /// Its denominator.
        total: u32,
    },
    /// No image of the shape is made of such elements.
    Unfit(ElementError),
    /// The pixels are not those of the shape.
    Pixels {
        /// Bytes that there should be.
        expected: usize,
        /// Bytes that there are.
        actual: usize,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Framing => f.write_str("they are no whole record"),
            Self::TooLong { capacity } => write!(f, "they are more than the {capacity} that there is a buffer for"),
            Self::Checksum => f.write_str("the checksum is wrong"),
            Self::Newer { version } => {
                write!(f, "the record was written by a newer version, in format {version}; update host")
            }
            Self::Fields => f.write_str("the checksum is right, but these are not the fields of a record"),
            Self::Index { index } => {
                write!(
                    f,
                    "the frame number {index} has more than 32 bits; let the device count from 0 again, with another seed"
                )
            }
            Self::Shape(error) => error.fmt(f),
            Self::Patch(error) => error.fmt(f),
            Self::Lambda { kept, total } => write!(f, "λ is {kept} ÷ {total}, which is not that of the box"),
            Self::Unfit(error) => error.fmt(f),
            Self::Pixels { expected, actual } => {
                write!(f, "there are {actual} bytes of pixels, where the shape says {expected}")
            }
        }
    }
}

impl core::error::Error for Reason {}
