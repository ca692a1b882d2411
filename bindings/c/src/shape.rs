use cutmix_core::{Layout, Shape, StrideError};

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
    done(unsafe { check_shape(shape) }.map(|_| ()))
}

/// A shape that was checked.
#[derive(Clone, Copy)]
pub struct Checked {
    shape: cutmix_shape,
    /// Of the image; at most `i32::MAX`.
    pub bytes: usize,
}

/// A copy of the shape at `pointer`.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_shape` is there.
#[inline]
pub unsafe fn checked(pointer: *const cutmix_shape) -> Result<Checked, Status> {
    // SAFETY: the caller promises a shape.
    let bytes = unsafe { check_shape(pointer) }?;
    // SAFETY: it is neither null nor misaligned, so that the caller promises a shape.
    Ok(Checked { shape: unsafe { pointer.read() }, bytes })
}

/// Checks the shape at `pointer`, and gives the bytes of an image, at most `i32::MAX`. A copy of the shape would be returned in memory, which takes more code
/// than to read it once more.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_shape` is there.
#[inline(never)] // once in the program
unsafe fn check_shape(pointer: *const cutmix_shape) -> Result<usize, Status> {
    // SAFETY: the caller promises a shape.
    let cutmix_shape { width, height, channels, layout, element_bytes } = unsafe { read(pointer) }?;
    if width == 0 || height == 0 || channels == 0 {
        return Err(Status::ShapeEmpty);
    }
    if !matches!(element_bytes, 1 | 2 | 4 | 8) {
        return Err(Status::ElementBytes);
    }
    if layout > 1 {
        return Err(Status::Layout);
    }
    let pixel = u32::from(channels) * u32::from(element_bytes);
    let bytes = u64::from(u32::from(width) * u32::from(height)) * u64::from(pixel);
    // The bytes of a pixel that are neighbors are the channels of a shape of bytes.
    if bytes > i32::MAX as u64 || layout == 0 && pixel > u16::MAX.into() {
        return Err(Status::ShapeTooLarge);
    }
    Ok(bytes as usize)
}

impl Checked {
    /// Of one plane, in bytes. In CUTMIX_LAYOUT_HWC there is one.
    pub fn plane(self) -> Shape {
        // SAFETY: no side is 0, and a plane has no more bytes than the image.
        unsafe { Shape::new(self.shape.width, self.shape.height, self.pixel(), Layout::Hwc).unwrap_unchecked() }
    }

    /// In elements.
    pub fn in_elements(self) -> InElements {
        let cutmix_shape { width, height, channels, layout, element_bytes } = self.shape;
        let layout = if layout == 0 { Layout::Hwc } else { Layout::Chw };
        // SAFETY: no side is 0, and an image has no more elements than bytes.
        let shape = unsafe { Shape::new(width, height, channels, layout).unwrap_unchecked() };
        InElements { shape, element: element_bytes.into() }
    }

    /// Its width and height alone, for what depends on no more.
    pub fn sides(self) -> Shape {
        // SAFETY: no side is 0, and there are no more pixels than bytes.
        unsafe { Shape::new(self.shape.width, self.shape.height, 1, Layout::Hwc).unwrap_unchecked() }
    }

    pub fn width(self) -> u16 {
        self.shape.width
    }

    pub fn height(self) -> u16 {
        self.shape.height
    }

    /// Planes, of which each has all pixels.
    pub fn planes(self) -> u16 {
        if self.shape.layout == 0 { 1 } else { self.shape.channels }
    }

    /// Bytes of a pixel that are neighbors.
    pub fn pixel(self) -> u16 {
        let channels = if self.shape.layout == 0 { self.shape.channels } else { 1 };
        channels << self.shift()
    }

    /// An element has 2 to the power of so many bytes.
    pub fn shift(self) -> u32 {
        self.shape.element_bytes.trailing_zeros()
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
