//! What the bytes of a record are before they are framed: the table in `lib.rs`.

use crc::{CRC_32_ISO_HDLC, Crc};
use cutmix_core::Layout;
use serde::Deserialize;

use crate::{Element, Header};

/// First byte of every record.
pub const VERSION: u8 = 1;

/// That of Ethernet, zlib and PNG.
pub static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Bytes of the checksum.
pub const CRC_SIZE: usize = size_of::<u32>();

/// The list of a record's fields behind the version, in their order, once for both ways: postcard reads the struct that is
/// made of it, and [`write_fields`] writes its numbers.
macro_rules! fields {
    ($($field:ident: $number:ty,)*) => {
        /// A record's fields behind the version, but for the pixels and their length.
        #[derive(Deserialize)]
        pub struct Fields {
            $(pub $field: $number,)*
        }

        impl Fields {
            fn numbers(&self) -> impl IntoIterator<Item = u64> {
                [$(u64::from(self.$field)),*]
            }
        }
    };
}

fields! {
    seed: u64,
    epoch: u32,
    index: u64, // more than a frame number has, so that one that does not fit can be named
    width: u16,
    height: u16,
    channels: u16,
    planes: bool,
    partner: u32,
    x0: u16,
    y0: u16,
    x1: u16,
    y1: u16,
    kept: u32,
    total: u32,
    class_a: u16,
    class_b: u16,
    content: u8,
}

impl Fields {
    /// Those of a sample of this element, or of a plan.
    pub fn new(header: &Header, element: Option<Element>) -> Self {
        let Header { key, shape, plan, classes: [class_a, class_b] } = *header;
        let patch = plan.patch();
        Self {
            seed: key.seed,
            epoch: key.epoch,
            index: key.index.into(),
            width: shape.width(),
            height: shape.height(),
            channels: shape.channels(),
            planes: shape.layout() == Layout::Chw,
            partner: plan.partner(),
            x0: patch.x0(),
            y0: patch.y0(),
            x1: patch.x1(),
            y1: patch.y1(),
            kept: plan.kept(),
            total: plan.total(),
            class_a,
            class_b,
            content: match element {
                None => 0,
                Some(Element::U8) => 1,
                Some(Element::Rgb565) => 2,
            },
        }
    }
}

/// The most bytes that come before the pixels: version, a number of 64 bits, four of 32, nine of 16, two of 8, two bytes, and how many bytes follow.
const MOST: usize = 1 + 10 + 5 * 5 + 9 * 3 + 2 + 5 + 5;

/// What comes before the pixels.
pub struct Head {
    bytes: [u8; MOST],
    length: usize,
}

impl Head {
    /// The version, the fields, and of a sample how many bytes of pixels follow.
    ///
    /// That is what postcard's serializer would write. It indexes where it writes a number, though, and optimized for size
    /// a program has the panic of that.
    pub fn new(fields: &Fields, pixels: Option<usize>) -> Self {
        let mut head = Self { bytes: [0; MOST], length: 0 };
        head.push(VERSION);
        for number in fields.numbers() {
            head.number(number);
        }
        if let Some(bytes) = pixels {
            head.number(bytes as u64);
        }
        head
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Seven bits a byte, the lowest first.
    #[inline(never)]
    fn number(&mut self, number: u64) {
        let mut rest = number;
        while rest >= 0x80 {
            self.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.push(rest as u8);
    }

    fn push(&mut self, byte: u8) {
        if let Some(free) = self.bytes.get_mut(self.length) {
            *free = byte;
            self.length += 1;
        }
    }
}
