use core::ffi::{c_int, c_void};
use core::num::NonZeroU32;
use core::slice;

use cutmix_record::{
    Element, ElementError, EncodeError, Header, Key, PIECE, PLAN_CAPACITY, Part, Pixels, SampleWriter, WriteError,
    encode_plan, part,
};

use crate::cutmix_status as Status;
use crate::memory::{check, read, write};
use crate::plan::{cutmix_plan, planned};
use crate::shape::{checked, cutmix_shape};
use crate::status::{Refusal, done, refuse};

/// What the elements of a frame are, as bytes in memory. FORMAT.md of cutmix-record has the bytes of a record.
#[repr(u32)]
pub enum cutmix_element {
    /// A byte a channel: gray (1 channel), RGB (3), or more; never 2.
    U8 = 1,
    /// 16 bits a pixel, the low byte first; 1 channel.
    Rgb565 = 2,
    /// The same, the high byte first, as most cameras send it.
    Rgb565HighFirst = 3,
    /// Blue, green, red, a byte each; 3 channels.
    Bgr = 4,
    /// YUV 4:2:2, two bytes a pixel; 1 channel, an even width, and boxes on a grid of 2 x 1.
    Yuyv = 5,
    /// Signed bytes of a quantized tensor, whose zero_point stands for 0.
    I8 = 6,
    /// Unsigned numbers of 16 bits, the low byte first.
    U16 = 7,
    /// The same, the high byte first.
    U16HighFirst = 8,
    /// Signed numbers of 16 bits, the low byte first.
    I16 = 9,
    /// Floats of 32 bits, the low byte first.
    F32 = 10,
}

/// Everything about a sample but its pixels: 48 bytes, aligned to 8, of the caller's. Functions copy it and keep no pointer.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cutmix_header {
    /// Of the stream that the plan was drawn from.
    pub seed: u64,
    /// Of the stream.
    pub epoch: u32,
    /// Of the stream: number of the frame that is pasted into.
    pub index: u32,
    /// Of both frames.
    pub shape: cutmix_shape,
    /// Whose pixels came in, and where. A frame as the camera saw it has that of cutmix_plan_init_unmixed.
    pub plan: cutmix_plan,
    /// Class of the frame that is pasted into.
    pub first: u16,
    /// Class of the partner.
    pub second: u16,
    /// One of cutmix_element; of no meaning in the record of a plan.
    pub element: u8,
    /// Of CUTMIX_ELEMENT_I8: the value that stands for 0.
    pub zero_point: i8,
}

/// Takes the next bytes of a record, at most 256, and sends them: to a UART, a file, a queue.
///
/// Returns 0 if it took them; anything else ends the record with CUTMIX_STATUS_SINK. It must return: no exception and no longjmp may pass through the
/// library.
pub type cutmix_sink = Option<unsafe extern "C" fn(context: *mut c_void, bytes: *const u8, length: usize) -> c_int>;

/// What a frame is for, by cutmix_part_of.
#[repr(u32)]
pub enum cutmix_part {
    /// To train on, mixed or not.
    Train = 0,
    /// For nothing: the camera may have seen nearly the same as in a test frame.
    Gap = 1,
    /// To test on, unmixed.
    Test = 2,
}

/// Frames of a stretch, where nobody knows better: at five a second, ten seconds.
pub const CUTMIX_STRETCH: u32 = 50;

const _: () = assert!(CUTMIX_STRETCH == cutmix_record::STRETCH.get());

/// Sends a frame as a record, in pieces, each as soon as it is whole. It takes no memory for a second frame, and on a Cortex-M 1,200 bytes of stack beside the sink.
///
/// All arguments are checked before the first byte leaves. A record that ends early arrives as damage, and costs no other record.
///
/// @param header what the frame is; it stays the caller's, as do the pixels.
/// @param frame the pixels, at any address, in the order of bytes that header->element says.
/// @param bytes its size in bytes, padding included.
/// @param stride ELEMENTS from the start of one row to the start of the next, as in cutmix_paste_strided; without padding width * channels in
/// CUTMIX_LAYOUT_HWC, and width in CUTMIX_LAYOUT_CHW.
/// @param sink takes the bytes.
/// @param context is passed to the sink; may be null.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _FRAME_TOO_SHORT, _FRAME_TOO_LONG, _STRIDE_TOO_SHORT, _STRIDE_IN_BYTES, _PLAN_NOT_SET_UP, _BOX, _PLAN_SIZE,
/// _ELEMENT, _ELEMENT_SIZE, _CHANNELS, _ODD_WIDTH, _HALF_PAIR, _SINK, and those of cutmix_shape_check.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_record_sample(
    header: *const cutmix_header,
    frame: *const c_void,
    bytes: usize,
    stride: usize,
    sink: cutmix_sink,
    context: *mut c_void,
) -> Status {
    done((|| {
        check(frame)?;
        let sink = sink.ok_or(Status::Null)?;
        // SAFETY: the caller promises a header.
        let header = unsafe { read(header) }?;
        let element = header.element()?;
        // SAFETY: a shape is there.
        let in_elements = unsafe { checked(&raw const header.shape) }?.in_elements();
        if element.size() != in_elements.element {
            return refuse(Status::ElementSize);
        }
        in_elements.check_rows(bytes, stride)?;
        // SAFETY: it is not null, and the caller promises so many bytes, of which no more are than memory has.
        let pixels = unsafe { slice::from_raw_parts(frame.cast::<u8>(), bytes) };
        let send = |piece: &[u8]| {
            // SAFETY: the caller promises a function that takes so many bytes.
            match unsafe { sink(context, piece.as_ptr(), piece.len()) } {
                0 => Ok(()),
                _ => refuse(Status::Sink),
            }
        };
        let mut piece = [0; PIECE];
        let mut sample = SampleWriter::new(&header.checked()?, element, &mut piece, send).map_err(why)?;
        // A row of one image may have any stride, which in bytes may be more than there is.
        sample.rows(Pixels::Bytes(element, pixels), stride.saturating_mul(element.size())).map_err(why)?;
        sample.finish().map_err(why)
    })())
}

/// Sends a plan alone as a record, 27 to 72 bytes, by one call of the sink: for a host that has both frames.
///
/// @param header what the frame is.
/// @param sink takes the bytes.
/// @param context is passed to the sink; may be null.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _PLAN_NOT_SET_UP, _BOX, _PLAN_SIZE, _SINK, and those of cutmix_shape_check.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_record_plan(
    header: *const cutmix_header,
    sink: cutmix_sink,
    context: *mut c_void,
) -> Status {
    done((|| {
        let sink = sink.ok_or(Status::Null)?;
        // SAFETY: the caller promises a header.
        let header = unsafe { read(header) }?.checked()?;
        let mut out = [0; PLAN_CAPACITY];
        let record = encode_plan(&header, &mut out).map_err(|error| why(WriteError::Record(error)))?;
        // SAFETY: the caller promises a function that takes so many bytes.
        match unsafe { sink(context, record.as_ptr(), record.len()) } {
            0 => Ok(()),
            _ => refuse(Status::Sink),
        }
    })())
}

/// What frame number `index` of a session is for: of every five stretches of `stretch` frames the second is tested on, half a stretch before and behind it is a
/// gap, and the rest is trained on. A host that divides by the same stretch then throws no mixed sample away.
///
/// @param index counted from 0.
/// @param stretch frames of a stretch; CUTMIX_STRETCH where nobody knows better.
/// @param part is where the answer goes, one of cutmix_part.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _STRETCH.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_part_of(index: u32, stretch: u32, part: *mut u32) -> Status {
    done((|| {
        let stretch = NonZeroU32::new(stretch).ok_or(Status::Stretch)?;
        let of = match self::part(index, stretch) {
            Part::Train => cutmix_part::Train,
            Part::Gap => cutmix_part::Gap,
            Part::Test => cutmix_part::Test,
        };
        // SAFETY: the caller promises memory for the answer.
        unsafe { write(part, of as u32) }
    })())
}

impl cutmix_header {
    fn checked(self) -> Result<Header, Refusal> {
        let Self { seed, epoch, index, shape, plan, first, second, .. } = self;
        // SAFETY: a shape is there, and a plan.
        let (shape, plan) = unsafe { (checked(&raw const shape)?.in_elements().shape, planned(&raw const plan)?) };
        if !plan.fits(shape) {
            return refuse(Status::PlanSize);
        }
        Ok(Header { key: Key { seed, epoch, index }, shape, plan, classes: [first, second] })
    }

    fn element(self) -> Result<Element, Refusal> {
        Ok(match self.element {
            1 => Element::U8,
            2 => Element::Rgb565,
            3 => Element::Rgb565HighFirst,
            4 => Element::Bgr,
            5 => Element::Yuyv,
            6 => Element::I8 { zero_point: self.zero_point },
            7 => Element::U16,
            8 => Element::U16HighFirst,
            9 => Element::I16,
            10 => Element::F32,
            _ => return refuse(Status::Element),
        })
    }
}

/// An error of a record as a status.
fn why(error: WriteError<Refusal>) -> Refusal {
    let status = match error {
        WriteError::Sink(refusal) => return refusal,
        WriteError::Record(EncodeError::Unfit(error)) => match error {
            ElementError::Channels { .. } => Status::Channels,
            ElementError::OddWidth { .. } => Status::OddWidth,
            ElementError::HalfPair { .. } => Status::HalfPair,
            _ => Status::Internal,
        },
        WriteError::Record(_) => Status::Internal,
    };
    status.into()
}
