use core::hint::assert_unchecked;

use cutmix_core::{Layout, Shape, StrideError};

use crate::cutmix_status as Status;
use crate::memory::check;
use crate::status::{Refusal, done, refuse};

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
    done(unsafe { check_shape(shape) })
}

/// A shape that was checked: no side is 0, and an image has at most `i32::MAX` bytes.
#[derive(Clone, Copy)]
pub struct Checked(cutmix_shape);

/// A copy of the shape at `pointer`.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_shape` is there.
#[inline]
pub unsafe fn checked(pointer: *const cutmix_shape) -> Result<Checked, Refusal> {
    // SAFETY: the caller promises a shape.
    unsafe { check_shape(pointer) }?;
    // SAFETY: it is neither null nor misaligned, so that the caller promises a shape.
    let &cutmix_shape { width, height, channels, layout, element_bytes } = unsafe { &*pointer };
    // SAFETY: it was checked.
    unsafe { assert_unchecked(width != 0 && height != 0 && channels != 0) };
    Ok(Checked(cutmix_shape { width, height, channels, layout, element_bytes }))
}

/// Checks the shape at `pointer`. To read it once more takes less code than to return it in memory.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_shape` is there.
#[inline(never)] // once in the program
unsafe fn check_shape(pointer: *const cutmix_shape) -> Result<(), Refusal> {
    check(pointer)?;
    // SAFETY: it is neither null nor misaligned, so that the caller promises a shape.
    let &cutmix_shape { width, height, channels, layout, element_bytes } = unsafe { &*pointer };
    if width == 0 || height == 0 || channels == 0 {
        return refuse(Status::ShapeEmpty);
    }
    if !matches!(element_bytes, 1 | 2 | 4 | 8) {
        return refuse(Status::ElementBytes);
    }
    if layout > 1 {
        return refuse(Status::Layout);
    }
    let pixel = u32::from(channels) * u32::from(element_bytes);
    let bytes = u64::from(u32::from(width) * u32::from(height)) * u64::from(pixel);
    // The bytes of a pixel that are neighbors are the channels of a shape of bytes.
    if bytes > i32::MAX as u64 || layout == 0 && pixel > u16::MAX.into() {
        return refuse(Status::ShapeTooLarge);
    }
    Ok(())
}

impl Checked {
    /// In elements.
    pub fn in_elements(self) -> InElements {
        let layout = if self.0.layout == 0 { Layout::Hwc } else { Layout::Chw };
        InElements { shape: self.shape(self.0.channels, layout), element: self.0.element_bytes.into() }
    }

    /// Its width and height alone, for what depends on no more.
    pub fn sides(self) -> Shape {
        self.shape(1, Layout::Hwc)
    }

    /// With channels that are not 0 and no more than there are bytes.
    fn shape(self, channels: u16, layout: Layout) -> Shape {
        // SAFETY: no side is 0, and there are no more elements than an image has bytes, which were counted.
        unsafe { Shape::new(self.0.width, self.0.height, channels, layout).unwrap_unchecked() }
    }

    pub fn width(self) -> u16 {
        self.0.width
    }

    pub fn height(self) -> u16 {
        self.0.height
    }

    /// Planes, of which each has all pixels.
    pub fn planes(self) -> u16 {
        if self.0.layout == 0 { 1 } else { self.0.channels }
    }

    /// Bytes of a pixel that are neighbors.
    pub fn pixel(self) -> usize {
        let channels = if self.0.layout == 0 { self.0.channels } else { 1 };
        usize::from(channels) * usize::from(self.0.element_bytes)
    }

    /// An element has 2 to the power of so many bytes.
    pub fn shift(self) -> u32 {
        self.0.element_bytes.trailing_zeros()
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
    pub fn check_rows(self, bytes: usize, stride: usize) -> Result<(), Refusal> {
        let Self { shape, element } = self;
        // A power of two: processors without a division take hundreds of instructions for one.
        let shift = element.trailing_zeros();
        let elements = bytes >> shift;
        match shape.check_stride(stride, elements) {
            // A part of an element behind the last, or more than any memory has.
            Ok(()) if elements << shift != bytes || isize::try_from(bytes).is_err() => refuse(Status::FrameTooLong),
            Ok(()) => Ok(()),
            Err(StrideError::Stride { .. }) => refuse(Status::StrideTooShort),
            Err(StrideError::Length { expected, actual, .. }) => {
                let shorter = stride >> shift;
                if element > 1 && shorter << shift == stride && shape.check_stride(shorter, elements).is_ok() {
                    return refuse(Status::StrideInBytes);
                }
                refuse(if actual < expected { Status::FrameTooShort } else { Status::FrameTooLong })
            }
        }
    }
}
