//! What the bytes of a record are before they are framed: the table in `lib.rs`.

use crc::{CRC_32_ISO_HDLC, Crc};
use cutmix_core::Layout;
use postcard::ser_flavors::Flavor;
use serde::Deserialize;

use crate::{Element, Header};

/// First byte of every record.
pub const VERSION: u8 = 1;

/// That of Ethernet, zlib and PNG.
pub static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Bytes of the checksum.
pub const CRC_SIZE: usize = size_of::<u32>();

/// A record's fields behind the version, for postcard to read.
#[derive(Deserialize)]
pub struct Fields<'a> {
    pub seed: u64,
    pub epoch: u32,
    pub index: u64,
    pub width: u16,
    pub height: u16,
    pub channels: u16,
    pub planes: bool,
    pub partner: u32,
    pub x0: u16,
    pub y0: u16,
    pub x1: u16,
    pub y1: u16,
    pub kept: u32,
    pub total: u32,
    pub classes: [u16; 2],
    #[serde(borrow)]
    pub content: Content<'a>,
}

/// What follows the header.
#[derive(Deserialize)]
pub enum Content<'a> {
    Plan,
    U8(&'a [u8]),
    Rgb565(&'a [u8]),
}

/// Writes all fields but the pixels of a sample of this element, or of a plan.
///
/// That is what postcard's serializer would write. It indexes where it writes a number, though, and optimised for size
/// a program has the panic of that.
pub fn write_fields(header: &Header, element: Option<Element>, out: &mut impl Flavor) -> postcard::Result<()> {
    let Header { key, shape, plan, classes } = *header;
    let patch = plan.patch();
    out.try_push(VERSION)?;
    for number in [key.seed, key.epoch.into(), key.index] {
        write_number(number, out)?;
    }
    for side in [shape.width(), shape.height(), shape.channels()] {
        write_number(side.into(), out)?;
    }
    out.try_push(u8::from(shape.layout() == Layout::Chw))?;
    write_number(plan.partner().into(), out)?;
    for edge in [patch.x0(), patch.y0(), patch.x1(), patch.y1()] {
        write_number(edge.into(), out)?;
    }
    for pixels in [plan.kept(), plan.total()] {
        write_number(pixels.into(), out)?;
    }
    for class in classes {
        write_number(class.into(), out)?;
    }
    let Some(element) = element else { return out.try_push(0) };
    out.try_push(match element {
        Element::U8 => 1,
        Element::Rgb565 => 2,
    })?;
    write_number((shape.len() * element.size()) as u64, out)
}

fn write_number(number: u64, out: &mut impl Flavor) -> postcard::Result<()> {
    let mut rest = number;
    while rest >= 0x80 {
        out.try_push(rest as u8 | 0x80)?;
        rest >>= 7;
    }
    out.try_push(rest as u8)
}
