use core::fmt;
use core::num::NonZeroUsize;

use cutmix_core::{Plan, Shape, StrideError};

use crate::frame::{Frame, NoRoom, Place, Whole};
use crate::wire::{CRC_SIZE, Fields, Head};
use crate::{Element, Header, Pixels};

/// Elements of 16 bits that are split into bytes at a time.
const PAIRS: usize = 16;

/// The most bytes that a plan alone takes, whatever the shape; most take half of it.
pub const PLAN_CAPACITY: usize = framed(header_size([u16::MAX as u64; 3], i32::MAX as u64));

/// The most bytes that a sample of this shape takes; for static buffers, since it is `const`.
///
/// ```
/// use cutmix_core::{Layout, Shape};
/// use cutmix_record::{Element, sample_capacity};
///
/// const SHAPE: Shape = match Shape::new(32, 32, 3, Layout::Hwc) {
///     Ok(shape) => shape,
///     Err(_) => panic!("no frame has this shape"),
/// };
/// const CAPACITY: usize = sample_capacity(SHAPE, Element::U8);
/// static BUFFER: [u8; CAPACITY] = [0; CAPACITY];
/// assert_eq!(BUFFER.len(), 32 * 32 * 3 + 66);
/// ```
#[must_use]
pub const fn sample_capacity(shape: Shape, element: Element) -> usize {
    let sides = [shape.width() as u64, shape.height() as u64, shape.channels() as u64];
    // At most twice `i32::MAX`, which is less than even 32 bits hold.
    let pixels = shape.len() * element.size();
    framed(header_size(sides, shape.pixels() as u64).saturating_add(varint(pixels as u64)).saturating_add(pixels))
}

/// The most bytes of all fields but the pixels, for images of these sides (width, height, channels) and so many pixels.
const fn header_size([width, height, channels]: [u64; 3], total: u64) -> usize {
    let version = 1;
    let key = varint(u64::MAX) + 2 * varint(u32::MAX as u64);
    let shape = varint(width) + varint(height) + varint(channels) + 1;
    let plan = varint(u32::MAX as u64) + 2 * varint(width) + 2 * varint(height) + 2 * varint(total);
    let classes = 2 * varint(u16::MAX as u64);
    let content = 1;
    version + key + shape + plan + classes + content
}

/// Bytes of a number, seven bits each.
const fn varint(number: u64) -> usize {
    let mut bytes = 1;
    let mut rest = number >> 7;
    while rest > 0 {
        bytes += 1;
        rest >>= 7;
    }
    bytes
}

/// The most that so many bytes become: with a checksum, in COBS, which adds a byte and one for every 254, between
/// zeros.
const fn framed(fields: usize) -> usize {
    let bytes = fields.saturating_add(CRC_SIZE);
    bytes.saturating_add(bytes / 254 + 3)
}

/// Writes a sample to the start of `out`, and returns what was written.
///
/// `stride` is the number of elements from the start of one row of `pixels` to the start of the next, as in
/// [`paste_strided`](cutmix_core::paste_strided); it is [`Shape::row_len`] where rows are not padded. Padding is not
/// written, and the padding of the last row may be left out.
///
/// # Errors
///
/// [`EncodeError`] if the plan is none for the shape, the pixels are not just the rows of the shape, or `out` is
/// shorter than [`sample_capacity`]. Everything is checked before the first write: after an error `out` is as it was.
pub fn encode_sample<'o>(
    header: &Header,
    pixels: Pixels<'_>,
    stride: usize,
    out: &'o mut [u8],
) -> Result<&'o mut [u8], EncodeError> {
    let (shape, element) = (header.shape, pixels.element());
    check_plan(header)?;
    check_element(header, element)?;
    check_stride(stride, pixels.len(), shape)?;
    write(header, Some((pixels, stride)), sample_capacity(shape, element), out)
}

/// Writes a plan alone to the start of `out`, and returns what was written.
///
/// # Errors
///
/// [`EncodeError`] if the plan is none for the shape, or `out` is shorter than [`PLAN_CAPACITY`]; `out` is as it was
/// then.
pub fn encode_plan<'o>(header: &Header, out: &'o mut [u8]) -> Result<&'o mut [u8], EncodeError> {
    check_plan(header)?;
    write(header, None, PLAN_CAPACITY, out)
}

fn write<'o>(
    header: &Header,
    frame: Option<(Pixels<'_>, usize)>,
    needed: usize,
    out: &'o mut [u8],
) -> Result<&'o mut [u8], EncodeError> {
    let too_small = EncodeError::Room { needed, actual: out.len() };
    if out.len() < needed {
        return Err(too_small);
    }
    write_framed(header, frame, out).map_err(|NoRoom| too_small)
}

fn write_framed<'o>(
    header: &Header,
    frame: Option<(Pixels<'_>, usize)>,
    out: &'o mut [u8],
) -> Result<&'o mut [u8], NoRoom> {
    let mut record = Frame::new(Whole::new(out)?);
    begin(&mut record, header, frame.map(|(pixels, _)| pixels.element()))?;
    if let Some((pixels, stride)) = frame {
        put_rows(&mut record, pixels, stride, header.shape.row_len())?;
    }
    record.end()?;
    record.place().written().ok_or(NoRoom)
}

/// All that comes before the pixels.
pub fn begin<P: Place>(record: &mut Frame<P>, header: &Header, element: Option<Element>) -> Result<(), P::Error> {
    let bytes = element.map(|element| header.shape.len() * element.size());
    record.put(Head::new(&Fields::new(header, element), bytes).bytes())
}

/// Rows of `length` elements, one every `stride` elements.
pub fn put_rows<P: Place>(
    record: &mut Frame<P>,
    pixels: Pixels<'_>,
    stride: usize,
    length: usize,
) -> Result<(), P::Error> {
    // The stride was checked. The type says that it is not zero, so that the panic of `chunks` is dropped.
    let stride = NonZeroUsize::new(stride).unwrap_or(NonZeroUsize::MIN).get();
    match pixels {
        Pixels::U8(pixels) => {
            pixels.chunks(stride).try_for_each(|row| record.put(row.get(..length).unwrap_or_default()))
        }
        Pixels::Rgb565(pixels) => pixels.chunks(stride).try_for_each(|row| {
            row.get(..length).unwrap_or_default().chunks(PAIRS).try_for_each(|pixels| {
                let mut bytes = [[0; 2]; PAIRS];
                for (bytes, pixel) in bytes.iter_mut().zip(pixels) {
                    *bytes = pixel.to_le_bytes();
                }
                record.put(bytes.as_flattened().get(..2 * pixels.len()).unwrap_or_default())
            })
        }),
    }
}

pub const fn check_element(header: &Header, element: Element) -> Result<(), EncodeError> {
    let channels = header.shape.channels();
    if element.fits(header.shape) { Ok(()) } else { Err(EncodeError::Channels { channels }) }
}

pub const fn check_plan(header: &Header) -> Result<(), EncodeError> {
    let Header { shape, plan, .. } = *header;
    if plan.total() != shape.pixels() || !plan.patch().fits(shape) {
        return Err(EncodeError::Plan { plan, shape });
    }
    Ok(())
}

fn check_stride(stride: usize, actual: usize, shape: Shape) -> Result<(), EncodeError> {
    shape.check_stride(stride, actual).map_err(|error| match error {
        StrideError::Stride { row, stride } => EncodeError::Stride { row, stride },
        StrideError::Length { expected, actual } => EncodeError::Length { expected, actual },
    })
}

/// Why no record was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The plan was made for another shape.
    Plan {
        /// The plan.
        plan: Plan,
        /// The shape that goes with it.
        shape: Shape,
    },
    /// The shape has more channels than its elements can be.
    Channels {
        /// Of the shape.
        channels: u16,
    },
    /// The slice of pixels does not hold just the rows of the shape.
    Length {
        /// Elements that it should have.
        expected: usize,
        /// The slice's length.
        actual: usize,
    },
    /// The stride is shorter than a row of the shape.
    Stride {
        /// Elements of a row.
        row: usize,
        /// The stride.
        stride: usize,
    },
    /// Rows end in a part of one.
    PartOfRow {
        /// Elements of a row.
        row: usize,
        /// Elements of the part.
        actual: usize,
    },
    /// There are more rows than the shape has, or fewer when the record ends.
    Rows {
        /// Of the shape.
        expected: usize,
        /// That came.
        actual: usize,
    },
    /// The pixels are others than the record was begun for.
    Element {
        /// It was begun for these.
        expected: Element,
        /// These came.
        actual: Element,
    },
    /// The buffer is shorter than such a record may be.
    Room {
        /// Bytes that suffice for every such record.
        needed: usize,
        /// The buffer's length.
        actual: usize,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan { plan, shape } => {
                let (width, height, total) = (shape.width(), shape.height(), plan.total());
                write!(
                    f,
                    "a plan of {total} pixels with the box {} is none for {width}×{height} pixels; pass the shape that it was \
                     drawn for",
                    plan.patch()
                )
            }
            Self::Channels { channels } => {
                write!(f, "RGB565 has 1 channel of 16 bits, and the shape {channels}; give it 1")
            }
            Self::Length { expected, actual } => {
                write!(f, "the frame holds {actual} elements, where its shape says {expected}; pass just the frame")
            }
            Self::Stride { row, stride } => {
                write!(
                    f,
                    "the frame has a stride of {stride} elements, but its rows are {row} long; count elements, not bytes"
                )
            }
            Self::PartOfRow { row, actual } => {
                write!(f, "the last row has {actual} of its {row} elements; pass whole rows")
            }
            Self::Rows { expected, actual } => {
                write!(
                    f,
                    "the sample has {expected} rows, and {actual} came; pass each row of each plane once, then finish"
                )
            }
            Self::Element { expected, actual } => {
                write!(f, "the sample was begun for pixels of {expected:?}, and these are {actual:?}; pass the former")
            }
            Self::Room { needed, actual } => {
                write!(
                    f,
                    "such a record takes up to {needed} bytes, and the buffer has {actual}; take sample_capacity or PLAN_CAPACITY"
                )
            }
        }
    }
}

impl core::error::Error for EncodeError {}
