use core::ffi::c_void;
use core::slice;

use cutmix_core::{Layout, Patch, Shape, paste_strided, swap};

use crate::cutmix_status as Status;
use crate::memory::{check, check_apart};
use crate::plan::{cutmix_plan, planned};
use crate::shape::{Checked, checked, cutmix_shape};
use crate::status::done;

/// Copies the plan's box from `src` to `dst`, both images of `shape` without padding. Outside of the box not one byte of `dst` changes.
///
/// The images may lie at any address, but not share bytes. They stay the caller's; no pointer is kept.
///
/// @param dst the image that is mixed, in place.
/// @param dst_bytes its size in bytes, sizeof where it is an array: that of the shape.
/// @param src the partner.
/// @param src_bytes likewise.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _FRAME_TOO_SHORT, _FRAME_TOO_LONG, _PLAN_NOT_SET_UP, _BOX, _PLAN_SIZE, and those of
/// cutmix_shape_check.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_paste(
    dst: *mut c_void,
    dst_bytes: usize,
    src: *const c_void,
    src_bytes: usize,
    shape: *const cutmix_shape,
    plan: *const cutmix_plan,
) -> Status {
    done((|| {
        // SAFETY: the caller promises a shape.
        let checked = unsafe { checked(shape) }?;
        checked.check_bytes(dst_bytes)?;
        checked.check_bytes(src_bytes)?;
        // SAFETY: the caller promises a plan and both images; their lengths were checked.
        unsafe {
            paste(dst, dst_bytes, checked.shape.row_len(), src, src_bytes, checked.shape.row_len(), checked, plan)
        }
    })())
}

/// As cutmix_paste, between images whose rows are padded, as in a camera's DMA buffer.
///
/// A stride is the number of ELEMENTS from the start of one row to the start of the next: of RGB bytes in CUTMIX_LAYOUT_HWC 3 for each pixel and 1 for each
/// byte of padding; of RGB565 with an element of 2 bytes, half of the bytes. In CUTMIX_LAYOUT_CHW the rows of all planes follow each other. The padding of the
/// last row may be left out.
///
/// @param dst_bytes its size in bytes, padding included.
/// @param dst_stride in elements.
/// @param src_bytes likewise.
/// @param src_stride likewise; may be another one.
/// @return those of cutmix_paste, and CUTMIX_STATUS_STRIDE_TOO_SHORT, _STRIDE_IN_BYTES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_paste_strided(
    dst: *mut c_void,
    dst_bytes: usize,
    dst_stride: usize,
    src: *const c_void,
    src_bytes: usize,
    src_stride: usize,
    shape: *const cutmix_shape,
    plan: *const cutmix_plan,
) -> Status {
    done((|| {
        // SAFETY: the caller promises a shape.
        let checked = unsafe { checked(shape) }?;
        checked.check_stride(dst_stride, dst_bytes)?;
        checked.check_stride(src_stride, src_bytes)?;
        // SAFETY: the caller promises a plan and both images; their lengths were checked.
        unsafe { paste(dst, dst_bytes, dst_stride, src, src_bytes, src_stride, checked, plan) }
    })())
}

/// Exchanges the plan's box between two images of `shape` without padding: two mixed images of one box, without scratch. Each is then the other's partner.
///
/// The images may lie at any address, but not share bytes.
///
/// @param first_bytes its size in bytes: that of the shape.
/// @param second_bytes likewise.
/// @return those of cutmix_paste.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_swap(
    first: *mut c_void,
    first_bytes: usize,
    second: *mut c_void,
    second_bytes: usize,
    shape: *const cutmix_shape,
    plan: *const cutmix_plan,
) -> Status {
    done((|| {
        // SAFETY: the caller promises a shape.
        let checked = unsafe { checked(shape) }?;
        checked.check_bytes(first_bytes)?;
        checked.check_bytes(second_bytes)?;
        check_images(first, first_bytes, second, second_bytes)?;
        // SAFETY: the caller promises a plan.
        let patch = unsafe { patch(plan, checked) }?;
        // SAFETY: neither is null, the caller promises so many bytes of each, and they have none in common.
        let (first, second) = unsafe {
            let first = slice::from_raw_parts_mut(first.cast::<u8>(), first_bytes);
            (first, slice::from_raw_parts_mut(second.cast::<u8>(), second_bytes))
        };
        let planes = Planes::of(checked)?;
        let (mut first, mut second) = (first, second);
        for _ in 0..planes.count {
            let (a, first_rest) = split(first, planes.shape.len());
            let (b, second_rest) = split(second, planes.shape.len());
            swap(a, b, planes.shape, patch).map_err(|_| Status::Internal)?;
            (first, second) = (first_rest, second_rest);
        }
        Ok(())
    })())
}

/// All checks but those of lengths, and the work.
///
/// # Safety
///
/// The lengths were checked for the strides, and what the pointers' types and lengths say is there if they are neither null nor misaligned.
#[allow(clippy::too_many_arguments, reason = "as C passes them")]
unsafe fn paste(
    dst: *mut c_void,
    dst_bytes: usize,
    dst_stride: usize,
    src: *const c_void,
    src_bytes: usize,
    src_stride: usize,
    checked: Checked,
    plan: *const cutmix_plan,
) -> Result<(), Status> {
    check_images(dst, dst_bytes, src, src_bytes)?;
    // SAFETY: the caller promises a plan.
    let patch = unsafe { patch(plan, checked) }?;
    // SAFETY: neither is null, the caller promises so many bytes of each, and they have none in common.
    let (dst, src) = unsafe {
        let dst = slice::from_raw_parts_mut(dst.cast::<u8>(), dst_bytes);
        (dst, slice::from_raw_parts(src.cast::<u8>(), src_bytes))
    };
    let planes = Planes::of(checked)?;
    let [dst_stride, src_stride] = [dst_stride, src_stride].map(|stride| stride.saturating_mul(1 << checked.shift));
    let height = usize::from(planes.shape.height());
    let (mut dst, mut src) = (dst, src);
    for _ in 0..planes.count {
        // The last one may lack the padding of its last row.
        let (to, dst_rest) = split(dst, dst_stride.saturating_mul(height));
        let (from, src_rest) = src.split_at(src_stride.saturating_mul(height).min(src.len()));
        paste_strided(to, dst_stride, from, src_stride, planes.shape, patch).map_err(|_| Status::Internal)?;
        (dst, src) = (dst_rest, src_rest);
    }
    Ok(())
}

/// An image of any elements, as planes of bytes.
struct Planes {
    /// Of each, in bytes.
    shape: Shape,
    count: u16,
}

impl Planes {
    /// The same bytes in the same order.
    fn of(Checked { shape, shift }: Checked) -> Result<Self, Status> {
        let (channels, count) = match shape.layout() {
            Layout::Hwc => (shape.channels(), 1),
            Layout::Chw => (1, shape.channels()),
        };
        // Neither overflows: `checked` refused that.
        let shape = Shape::new(shape.width(), shape.height(), channels << shift, Layout::Hwc);
        Ok(Self { shape: shape.map_err(|_| Status::Internal)?, count })
    }
}

/// The first so many bytes, or all, and the rest.
fn split(bytes: &mut [u8], first: usize) -> (&mut [u8], &mut [u8]) {
    let first = first.min(bytes.len());
    bytes.split_at_mut(first)
}

/// Checks what lengths do not tell of two images.
fn check_images(a: *const c_void, a_bytes: usize, b: *const c_void, b_bytes: usize) -> Result<(), Status> {
    check(a)?;
    check(b)?;
    check_apart(a, a_bytes, b, b_bytes)
}

/// The box of the plan, which is for images as wide and as high as `checked`.
///
/// # Safety
///
/// If `plan` is neither null nor misaligned, a `cutmix_plan` is there.
unsafe fn patch(plan: *const cutmix_plan, checked: Checked) -> Result<Patch, Status> {
    // SAFETY: the caller promises a plan.
    let plan = unsafe { planned(plan) }?;
    if plan.fits(checked.shape) { Ok(plan.patch()) } else { Err(Status::PlanSize) }
}
