use core::fmt;
use core::num::NonZeroUsize;

use cutmix_core::{Shape, SizeError, StrideError};

use crate::frame::{Frame, NoRoom, Place, Whole};
use crate::wire::{CRC_SIZE, Fields, Head};
use crate::{Element, ElementError, Header, Pixels};

/// Numbers that are split into bytes at a time.
const WORDS: usize = 16;

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
    let content = if let Element::I8 { .. } = element { 1 } else { 0 } + varint(pixels as u64);
    framed(header_size(sides, shape.pixels() as u64).saturating_add(content).saturating_add(pixels))
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
/// `stride` is the number of items of the slice from the start of one row of `pixels` to the start of the next, as in
/// [`paste_strided`](cutmix_core::paste_strided): elements, but bytes in [`Pixels::Bytes`]. Where rows are not padded it is [`Shape::row_len`], times
/// [`Element::size`] for bytes. Padding is not written, and the padding of the last row may be left out.
///
/// # Errors
///
/// [`EncodeError`] if the plan is none for the shape, no image of the shape is made of such pixels ([`Element::check`]), they are not just its rows, or
/// `out` is shorter than [`sample_capacity`]. Everything is checked before the first write: after an error `out` is as it was.
pub fn encode_sample<'o>(
    header: &Header,
    pixels: Pixels<'_>,
    stride: usize,
    out: &'o mut [u8],
) -> Result<&'o mut [u8], EncodeError> {
    let (shape, element) = (header.shape, pixels.element());
    check_plan(header)?;
    check_element(header, element)?;
    check_stride(pixels, stride, shape)?;
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
        put_rows(&mut record, pixels, stride, header.shape)?;
    }
    record.end()?;
    record.place().written().ok_or(NoRoom)
}

/// All that comes before the pixels.
pub fn begin<P: Place>(record: &mut Frame<P>, header: &Header, element: Option<Element>) -> Result<(), P::Error> {
    let bytes = element.map(|element| header.shape.len() * element.size());
    record.put(Head::new(&Fields::new(header, element), element, bytes).bytes())
}

/// The rows of an image of `shape`, one every `stride` items.
pub fn put_rows<P: Place>(
    record: &mut Frame<P>,
    pixels: Pixels<'_>,
    stride: usize,
    shape: Shape,
) -> Result<(), P::Error> {
    let length = pixels.row_len(shape);
    match pixels {
        Pixels::U8(pixels) | Pixels::Bytes(_, pixels) => {
            rows(pixels, stride, length).try_for_each(|row| record.put(row))
        }
        Pixels::Rgb565(pixels) | Pixels::Rgb565Swapped(pixels) | Pixels::U16(pixels) => {
            put_words(record, rows(pixels, stride, length), u16::to_le_bytes)
        }
        Pixels::I8 { values, .. } => put_words(record, rows(values, stride, length), i8::to_le_bytes),
        Pixels::I16(values) => put_words(record, rows(values, stride, length), i16::to_le_bytes),
        Pixels::F32(values) => put_words(record, rows(values, stride, length), f32::to_le_bytes),
    }
}

fn rows<T>(pixels: &[T], stride: usize, length: usize) -> impl Iterator<Item = &[T]> {
    // The stride was checked. The type says that it is not zero, so that the panic of `chunks` is dropped.
    let stride = NonZeroUsize::new(stride).unwrap_or(NonZeroUsize::MIN).get();
    pixels.chunks(stride).map(move |row| row.get(..length).unwrap_or_default())
}

/// Rows of numbers, each with its low byte first.
fn put_words<'w, P: Place, T: Copy + 'w, const SIZE: usize>(
    record: &mut Frame<P>,
    mut rows: impl Iterator<Item = &'w [T]>,
    bytes_of: impl Fn(T) -> [u8; SIZE],
) -> Result<(), P::Error> {
    rows.try_for_each(|row| {
        row.chunks(WORDS).try_for_each(|words| {
            let mut bytes = [[0; SIZE]; WORDS];
            for (bytes, word) in bytes.iter_mut().zip(words) {
                *bytes = bytes_of(*word);
            }
            record.put(bytes.as_flattened().get(..SIZE * words.len()).unwrap_or_default())
        })
    })
}

pub const fn check_element(header: &Header, element: Element) -> Result<(), EncodeError> {
    match element.check(header.shape, header.plan.patch()) {
        Ok(()) => Ok(()),
        Err(error) => Err(EncodeError::Unfit(error)),
    }
}

pub const fn check_plan(header: &Header) -> Result<(), EncodeError> {
    let Header { shape, plan, .. } = *header;
    if plan.fits(shape) { Ok(()) } else { Err(EncodeError::Plan(SizeError { plan, shape })) }
}

/// As [`Shape::check_stride`], for slices of bytes too.
fn check_stride(pixels: Pixels<'_>, stride: usize, shape: Shape) -> Result<(), EncodeError> {
    let (row, rows, actual) = (pixels.row_len(shape), shape.rows(), pixels.len());
    if stride < row {
        return Err(EncodeError::Stride { row, stride });
    }
    // Even a stride beyond all memory is one for an image of one row.
    let (unpadded, expected) = (stride.saturating_mul(rows - 1).saturating_add(row), stride.saturating_mul(rows));
    if unpadded <= actual && actual <= expected {
        Ok(())
    } else {
        Err(EncodeError::Length { stride, expected, actual })
    }
}

/// Why no record was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EncodeError {
    /// The plan was made for another size.
    Plan(SizeError),
    /// No image of the shape is made of such elements.
    Unfit(ElementError),
    /// The slice of pixels does not hold just the rows of the shape.
    Length {
        /// From row to row.
        stride: usize,
        /// Items that the slice should have; `usize::MAX` if there should be more.
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
            Self::Plan(error) => error.fmt(f),
            Self::Unfit(error) => error.fmt(f),
            Self::Length { stride, expected, actual } => {
                let error = StrideError::Length { stride: *stride, expected: *expected, actual: *actual };
                write!(f, "the frame: {error}")
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
                write!(f, "the sample was begun for pixels of {expected}, and these are {actual}; pass the former")
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
