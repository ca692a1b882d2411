use core::ffi::{CStr, c_char};
use core::num::NonZeroU32;

/// What a function returns: CUTMIX_STATUS_OK, or why it did nothing.
///
/// After any other status all that the function was given is as it was; only a record may have left in part (CUTMIX_STATUS_SINK).
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum cutmix_status {
    /// Done.
    Ok = 0,
    /// A pointer is null. Only the context of a sink may be.
    Null,
    /// A pointer to a struct or to numbers is not aligned to their type.
    Unaligned,
    /// Two images share bytes, or two structs of which one is used while the other is written.
    Overlap,
    /// A side of the shape is zero, or the shape was not filled in.
    ShapeEmpty,
    /// The image has more than 2,147,483,647 bytes, or a pixel more than 65,535.
    ShapeTooLarge,
    /// The shape's layout is none of cutmix_layout.
    Layout,
    /// The size of the shape's elements is not 1, 2, 4 or 8 bytes.
    ElementBytes,
    /// A frame has fewer bytes than its shape, or than its stride and shape.
    FrameTooShort,
    /// A frame has more bytes than its shape, or than its stride and shape.
    FrameTooLong,
    /// A stride is shorter than a row.
    StrideTooShort,
    /// A stride was counted in bytes; it is counted in elements.
    StrideInBytes,
    /// The policy was not set up.
    PolicyNotSetUp,
    /// A parameter of the Beta distribution is not finite or not greater than zero.
    Alpha,
    /// The rule is none of cutmix_rule, or takes a range of shares.
    Rule,
    /// The shares of a side are not 0 <= min < max <= 1.
    MinMax,
    /// The probability does not lie in 0 to 1.
    Probability,
    /// The policy is for another alpha than 1.
    NotUniform,
    /// A cell of the grid has no pixels.
    Grid,
    /// The stream was not set up.
    StreamNotSetUp,
    /// The stream, the reservoir or the ring is in use: by another thread, or by what this interrupt interrupted.
    Busy,
    /// The plan was not set up.
    PlanNotSetUp,
    /// The box is inverted, or reaches out of its image.
    Box,
    /// The plan is for images of another width or height.
    PlanSize,
    /// A class has no element in the label.
    Class,
    /// The label has more than 65,536 classes.
    Classes,
    /// The smoothing does not lie in 0 to 1.
    Smoothing,
    /// The reservoir or the ring has no slots.
    NoSlots,
    /// The reservoir or the ring was not set up.
    SlotsNotSetUp,
    /// The reservoir or the ring has seen no frame yet.
    Empty,
    /// The element of the header is none of cutmix_element.
    Element,
    /// The element has another size than the shape says.
    ElementSize,
    /// The element has another number of channels.
    Channels,
    /// YUYV has pairs of pixels, and the width is odd.
    OddWidth,
    /// The box cuts a pair of YUYV's pixels in two.
    HalfPair,
    /// The sink did not take the bytes.
    Sink,
    /// A stretch has no frames.
    Stretch,
    /// The library refused in a way that this interface does not know: a bug of it.
    Internal,
}

use cutmix_status as Status;

/// A status as one sentence: what is wrong, and what to do. For logs; a program that never calls it has no text.
///
/// @param status what a function returned.
/// @return a string that lives as long as the program, of ASCII; never null, whatever the number.
#[unsafe(no_mangle)]
pub extern "C" fn cutmix_status_message(status: u32) -> *const c_char {
    MESSAGES.iter().find(|(of, _)| *of as u32 == status).map_or(UNKNOWN, |(_, text)| *text).as_ptr()
}

const UNKNOWN: &CStr = c"no status has this number; take header and library of one version";

static MESSAGES: [(Status, &CStr); 38] = [
    (Status::Ok, c"done"),
    (Status::Null, c"a pointer is null; only the context of a sink may be"),
    (Status::Unaligned, c"a pointer is not aligned to its type; declare the variable with that type instead of casting bytes"),
    (Status::Overlap, c"two images or structs share bytes; give each its own memory"),
    (Status::ShapeEmpty, c"the shape's width, height or channels are 0; fill in the shape before it is used"),
    (Status::ShapeTooLarge, c"the image has more than 2147483647 bytes, or a pixel more than 65535; take a smaller shape"),
    (Status::Layout, c"the shape's layout is unknown; take CUTMIX_LAYOUT_HWC or CUTMIX_LAYOUT_CHW"),
    (Status::ElementBytes, c"the shape's elements are not of 1, 2, 4 or 8 bytes; set element_bytes to sizeof one element, not of a pixel"),
    (Status::FrameTooShort, c"a frame is shorter than its shape and stride; pass all of its bytes, or the right shape"),
    (Status::FrameTooLong, c"a frame is longer than its shape and stride; pass the bytes of one image, or the stride of padded rows"),
    (Status::StrideTooShort, c"a stride is shorter than a row; count the elements from one row to the next, all channels of a pixel included"),
    (Status::StrideInBytes, c"a stride was counted in bytes; divide it by the shape's element_bytes"),
    (Status::PolicyNotSetUp, c"the policy was not set up; call cutmix_policy_init first"),
    (Status::Alpha, c"a parameter of the Beta distribution is not finite or not greater than 0; take 1 if in doubt"),
    (Status::Rule, c"the box rule is unknown, or is MIN_MAX, which cutmix_policy_set_min_max sets; take one of cutmix_rule"),
    (Status::MinMax, c"the shares of a side are impossible; take 0 <= min < max <= 1"),
    (Status::Probability, c"the probability does not lie in 0 to 1; pass a share, not percent"),
    (Status::NotUniform, c"the policy has another alpha than 1; call cutmix_plan_draw, or set it up with cutmix_policy_init_uniform"),
    (Status::Grid, c"a cell of the grid has no pixels; take at least 1 by 1"),
    (Status::StreamNotSetUp, c"the stream was not set up; call cutmix_stream_init first"),
    (Status::Busy, c"the stream, reservoir or ring is in use by another thread or by interrupted code; give each its own"),
    (Status::PlanNotSetUp, c"the plan was not set up; call cutmix_plan_draw or cutmix_plan_init first"),
    (Status::Box, c"the box is inverted or reaches out of its image; take x0 <= x1 <= width and y0 <= y1 <= height"),
    (Status::PlanSize, c"the plan is for images of another width or height; draw it for the shape that is pasted"),
    (Status::Class, c"a class has no element in the label; count classes from 0, and pass as many elements as there are classes"),
    (Status::Classes, c"the label has more than 65536 classes; pass its number of elements, not of bytes"),
    (Status::Smoothing, c"the smoothing does not lie in 0 to 1; pass a share, not percent"),
    (Status::NoSlots, c"there are no slots; pass how many frames there is memory for"),
    (Status::SlotsNotSetUp, c"the reservoir or ring was not set up; call its init function first"),
    (Status::Empty, c"the reservoir or ring has seen no frame; offer one before drawing"),
    (Status::Element, c"the header's element is unknown; take one of cutmix_element"),
    (Status::ElementSize, c"the header's element is not of the shape's element_bytes; make them the same"),
    (Status::Channels, c"the element has another number of channels: RGB565 and YUYV 1, BGR 3, U8 any but 2; correct the shape"),
    (Status::OddWidth, c"YUYV has pairs of pixels and the width is odd; take an even one"),
    (Status::HalfPair, c"the box cuts a pair of YUYV's pixels in two; draw it with cutmix_plan_draw_on_grid, cells of 2 by 1"),
    (Status::Sink, c"the sink did not take the bytes; the record is lost, the next one is not"),
    (Status::Stretch, c"a stretch has no frames; take CUTMIX_STRETCH if in doubt"),
    (Status::Internal, c"the library refused for a reason that cutmix.h does not know; report it"),
];

/// Why a call is refused: every status but that of success. A result without a value is then one number, and that is the status: no code turns one into
/// the other.
#[derive(Clone, Copy)]
pub struct Refusal(NonZeroU32);

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self(NonZeroU32::new(status as u32).unwrap_or(const { NonZeroU32::new(Status::Internal as u32).unwrap() }))
    }
}

/// Refuses a call.
pub fn refuse<T>(status: Status) -> Result<T, Refusal> {
    Err(status.into())
}

/// What a function returns.
pub fn done(result: Result<(), Refusal>) -> Status {
    match result {
        Ok(()) => Status::Ok,
        // SAFETY: it was made of a status.
        Err(Refusal(status)) => unsafe { core::mem::transmute::<u32, Status>(status.get()) },
    }
}
