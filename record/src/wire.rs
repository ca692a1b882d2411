//! What the bytes of a record are before they are framed: the table in `lib.rs`.

use crc::{CRC_32_ISO_HDLC, Crc};
use cutmix_core::Layout;
use serde::Deserialize;

use crate::{Element, Header};

/// First byte of every record: 1, or 2 where only a reader that knows more kinds of elements than the first did can read it.
pub const fn version_of(content: u8) -> u8 {
    if content <= 2 { 1 } else { NEWEST }
}

/// The newest version.
pub const NEWEST: u8 = 2;

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
                Some(Element::Rgb565HighFirst) => 3,
                Some(Element::Bgr) => 4,
                Some(Element::Yuyv) => 5,
                Some(Element::I8 { .. }) => I8,
                Some(Element::U16) => 7,
                Some(Element::U16HighFirst) => 8,
                Some(Element::I16) => 9,
                Some(Element::F32) => 10,
            },
        }
    }
}

/// The content of [`Element::I8`].
const I8: u8 = 6;

/// What the content behind the fields says, and what is behind that; none for what no version knows.
pub fn content(content: u8, rest: &[u8]) -> Option<(Option<Element>, &[u8])> {
    let element = match content {
        0 => return Some((None, rest)),
        1 => Element::U8,
        2 => Element::Rgb565,
        3 => Element::Rgb565HighFirst,
        4 => Element::Bgr,
        5 => Element::Yuyv,
        I8 => {
            let (zero_point, rest) = rest.split_first()?;
            return Some((Some(Element::I8 { zero_point: zero_point.cast_signed() }), rest));
        }
        7 => Element::U16,
        8 => Element::U16HighFirst,
        9 => Element::I16,
        10 => Element::F32,
        _ => return None,
    };
    Some((Some(element), rest))
}

/// The most bytes that come before the pixels: version, a number of 64 bits, four of 32, nine of 16, two of 8, three bytes, and how many bytes follow.
const MOST: usize = 1 + 10 + 5 * 5 + 9 * 3 + 3 + 5 + 5;

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
    pub fn new(fields: &Fields, element: Option<Element>, pixels: Option<usize>) -> Self {
        let mut head = Self { bytes: [0; MOST], length: 0 };
        head.push(version_of(fields.content));
        for number in fields.numbers() {
            head.number(number);
        }
        if let Some(Element::I8 { zero_point }) = element {
            head.push(zero_point.cast_unsigned());
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
