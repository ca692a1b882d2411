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
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _SHAPE_EMPTY, _SHAPE_TOO_LARGE, _LAYOUT, _ELEMENT_BYTES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_shape_check(shape: *const cutmix_shape) -> Status {
    // SAFETY: the caller promises a shape.
    done(unsafe { checked(shape) }.map(|_| ()))
}

/// A shape that was checked.
#[derive(Clone, Copy)]
pub struct Checked {
    /// In elements.
    pub shape: Shape,
    /// Of the size of an element, in bytes.
    pub shift: u32,
}

/// The shape at `pointer`.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_shape` is there.
#[inline(never)] // once in the program
pub unsafe fn checked(pointer: *const cutmix_shape) -> Result<Checked, Status> {
    // SAFETY: the caller promises a shape.
    unsafe { read(pointer) }?.check()
}

impl cutmix_shape {
    /// Checked.
    pub(crate) fn check(self) -> Result<Checked, Status> {
        let Self { width, height, channels, layout, element_bytes } = self;
        let layout = match layout {
            0 => Layout::Hwc,
            1 => Layout::Chw,
            _ => return Err(Status::Layout),
        };
        let shape = Shape::new(width, height, channels, layout).map_err(|error| match error {
            ShapeError::Zero { .. } => Status::ShapeEmpty,
            _ => Status::ShapeTooLarge,
        })?;
        if !matches!(element_bytes, 1 | 2 | 4 | 8) {
            return Err(Status::ElementBytes);
        }
        let shift = element_bytes.trailing_zeros();
        if shape.len() > i32::MAX as usize >> shift || channels > u16::MAX >> shift {
            return Err(Status::ShapeTooLarge);
        }
        Ok(Checked { shape, shift })
    }
}

impl Checked {
    /// Bytes of an image whose rows are not padded; at most `i32::MAX`.
    pub fn bytes(self) -> usize {
        self.shape.len() << self.shift
    }

    /// Checks that so many `bytes` are those of such an image.
    pub fn check_bytes(self, bytes: usize) -> Result<(), Status> {
        check_length(bytes, self.bytes())
    }

    /// Checks that so many `bytes` are those of an image whose rows are `stride` elements apart.
    pub fn check_stride(self, stride: usize, bytes: usize) -> Result<(), Status> {
        let Self { shape, shift } = self;
        let elements = bytes >> shift;
        match shape.check_stride(stride, elements) {
            // A part of an element behind the last, or more than any memory has.
            Ok(()) if elements << shift != bytes || isize::try_from(bytes).is_err() => Err(Status::FrameTooLong),
            Ok(()) => Ok(()),
            Err(StrideError::Stride { .. }) => Err(Status::StrideTooShort),
            Err(StrideError::Length { expected, actual, .. }) => {
                let in_elements = stride >> shift;
                if shift > 0 && in_elements << shift == stride && shape.check_stride(in_elements, elements).is_ok() {
                    return Err(Status::StrideInBytes);
                }
                check_length(actual, expected)
            }
        }
    }
}

/// Compares lengths that differ, or are equal.
fn check_length(actual: usize, expected: usize) -> Result<(), Status> {
    match actual.cmp(&expected) {
        core::cmp::Ordering::Less => Err(Status::FrameTooShort),
        core::cmp::Ordering::Equal => Ok(()),
        core::cmp::Ordering::Greater => Err(Status::FrameTooLong),
    }
}
