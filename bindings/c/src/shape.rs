use cutmix_core::{Layout, Shape, ShapeError, StrideError};

use crate::cutmix_status as Status;
use crate::memory::read;
use crate::status::done;

/// Where the elements of one pixel lie.
#[repr(u32)]
pub enum cutmix_layout {
    /// Height x width x channels: the channels of a pixel are neighbors, as cameras send them.
    Hwc = 0,
    /// Channels x height x width: one plane a channel.
    Chw = 1,
}

/// Width, height, channels, layout and element of an image: 8 bytes, aligned to 2. May be `const`; functions copy it and keep no pointer.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct cutmix_shape {
    /// In pixels, at least 1.
    pub width: u16,
    /// In pixels, at least 1.
    pub height: u16,
    /// Elements of a pixel, at least 1. RGB565 and YUYV have one, of 2 bytes.
    pub channels: u16,
    /// One of cutmix_layout.
    pub layout: u8,
    /// sizeof one element: 1, 2, 4 or 8.
    pub element_bytes: u8,
}

/// Checks a shape, which every function does that takes one: for a program that wants to know when it starts.
///
/// @param shape is read only.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _SHAPE_EMPTY, _SHAPE_TOO_LARGE, _LAYOUT, _ELEMENT_BYTES.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_shape_check(shape: *const cutmix_shape) -> Status {
    // SAFETY: the caller promises a shape.
    done(unsafe { checked(shape) }.map(|_| ()))
}

/// The planes of an image of any elements, as bytes: in CUTMIX_LAYOUT_HWC there is one.
#[derive(Clone, Copy)]
pub struct Planes {
    /// Of each, in bytes.
    pub shape: Shape,
    pub count: u16,
    /// Of all; at most `i32::MAX`.
    pub bytes: usize,
}

/// The shape at `pointer`.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_shape` is there.
#[inline(never)] // once in the program
pub unsafe fn checked(pointer: *const cutmix_shape) -> Result<Planes, Status> {
    // SAFETY: the caller promises a shape.
    unsafe { read(pointer) }?.planes()
}

/// The shape at `pointer`, which was checked, in elements.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_shape` is there.
pub unsafe fn in_elements(pointer: *const cutmix_shape) -> Result<InElements, Status> {
    // SAFETY: the caller promises a shape.
    unsafe { read(pointer) }?.in_elements()
}

/// An element of the shape at `pointer`, which was checked, has 2 to the power of so many bytes.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_shape` is there.
pub unsafe fn shift(pointer: *const cutmix_shape) -> Result<u32, Status> {
    // SAFETY: the caller promises a shape.
    Ok(unsafe { read(pointer) }?.element_bytes.trailing_zeros())
}

impl cutmix_shape {
    /// Checked.
    #[allow(clippy::inline_always, reason = "of which one function is made")]
    #[inline(always)]
    pub(crate) fn planes(self) -> Result<Planes, Status> {
        let Self { width, height, channels, layout, element_bytes } = self;
        if width == 0 || height == 0 || channels == 0 {
            return Err(Status::ShapeEmpty);
        }
        if !matches!(element_bytes, 1 | 2 | 4 | 8) {
            return Err(Status::ElementBytes);
        }
        let (channels, count) = match layout {
            0 => (channels, 1),
            1 => (1, channels),
            _ => return Err(Status::Layout),
        };
        let channels =
            u16::try_from(u32::from(channels) * u32::from(element_bytes)).map_err(|_| Status::ShapeTooLarge)?;
        let shape = Shape::new(width, height, channels, Layout::Hwc).map_err(why)?;
        let mut bytes = shape.len();
        // Processors without a long multiplication take many instructions for one.
        if count > 1 {
            let all = bytes as u64 * u64::from(count);
            if all > i32::MAX as u64 {
                return Err(Status::ShapeTooLarge);
            }
            bytes = all as usize;
        }
        Ok(Planes { shape, count, bytes })
    }

    /// Of a shape that has [`planes`](Self::planes).
    pub(crate) fn in_elements(self) -> Result<InElements, Status> {
        let layout = if self.layout == 0 { Layout::Hwc } else { Layout::Chw };
        let shape = Shape::new(self.width, self.height, self.channels, layout).map_err(why)?;
        Ok(InElements { shape, element: self.element_bytes.into() })
    }
}

fn why(error: ShapeError) -> Status {
    match error {
        ShapeError::Zero { .. } => Status::ShapeEmpty,
        _ => Status::ShapeTooLarge,
    }
}

/// A shape, and the bytes of one of its elements.
#[derive(Clone, Copy)]
pub struct InElements {
    pub shape: Shape,
    pub element: usize,
}

impl InElements {
    /// Checks that so many `bytes` are those of an image whose rows are `stride` elements apart.
    pub fn check_rows(self, bytes: usize, stride: usize) -> Result<(), Status> {
        let Self { shape, element } = self;
        // A power of two: processors without a division take hundreds of instructions for one.
        let shift = element.trailing_zeros();
        let elements = bytes >> shift;
        match shape.check_stride(stride, elements) {
            // A part of an element behind the last, or more than any memory has.
            Ok(()) if elements << shift != bytes || isize::try_from(bytes).is_err() => Err(Status::FrameTooLong),
            Ok(()) => Ok(()),
            Err(StrideError::Stride { .. }) => Err(Status::StrideTooShort),
            Err(StrideError::Length { expected, actual, .. }) => {
                let shorter = stride >> shift;
                if element > 1 && shorter << shift == stride && shape.check_stride(shorter, elements).is_ok() {
                    return Err(Status::StrideInBytes);
                }
                Err(if actual < expected { Status::FrameTooShort } else { Status::FrameTooLong })
            }
        }
    }
}
