use core::ffi::c_void;
use core::{ptr, slice};

use cutmix_core::{Patch, paste_strided};

use crate::cutmix_status as Status;
use crate::memory::{check_apart, check_length};
use crate::plan::{checked_plan, cutmix_plan};
use crate::shape::{checked, cutmix_shape};
use crate::status::{Refusal, done, refuse};

/// Copies the plan's box from `src` to `dst`, both images of `shape` without padding. Outside of the box not one byte of `dst` changes.
///
/// The images may lie at any address, but not share bytes. They stay the caller's; no pointer is kept.
///
/// @param dst the image that is mixed, in place.
/// @param dst_bytes its size in bytes, sizeof where it is an array: that of the shape.
/// @param src the partner.
/// @param src_bytes likewise.
/// @param shape of the images.
/// @param plan whose box is taken; for images of this width and height.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _FRAME_TOO_SHORT, _FRAME_TOO_LONG, _PLAN_NOT_SET_UP, _BOX, _PLAN_SIZE, and those of
/// cutmix_shape_check.
#[must_use]
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
        // SAFETY: the caller promises a shape and a plan.
        let rows = unsafe { packed(dst, dst_bytes, src, src_bytes, shape, plan) }?;
        // SAFETY: neither is null, the caller promises so many bytes of each, they have none in common, and all rows lie in them.
        rows.each(|at, len| unsafe { dst.byte_add(at).copy_from_nonoverlapping(src.byte_add(at), len) });
        Ok(())
    })())
}

/// As cutmix_paste, between images whose rows are padded, as in a camera's DMA buffer.
///
/// A stride is the number of ELEMENTS from the start of one row to the start of the next: of RGB bytes in CUTMIX_LAYOUT_HWC 3 for each pixel and 1 for each
/// byte of padding; of RGB565 with an element of 2 bytes, half of the bytes. In CUTMIX_LAYOUT_CHW the rows of all planes follow each other. The padding of the
/// last row may be left out.
///
/// @param dst the image that is mixed, in place.
/// @param dst_bytes its size in bytes, padding included.
/// @param dst_stride in elements.
/// @param src the partner.
/// @param src_bytes likewise.
/// @param src_stride likewise; may be another one.
/// @param shape of the images.
/// @param plan whose box is taken; for images of this width and height.
/// @return those of cutmix_paste, and CUTMIX_STATUS_STRIDE_TOO_SHORT, _STRIDE_IN_BYTES.
#[must_use]
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
        let image = unsafe { checked(shape) }?;
        let (plane, planes, shift) = (image.plane(), image.planes(), image.shift());
        let rows = || {
            let in_elements = image.in_elements();
            in_elements.check_rows(dst_bytes, dst_stride)?;
            in_elements.check_rows(src_bytes, src_stride)
        };
        // Of one plane, the core checks all but this.
        let (most, part) = (isize::MAX as usize, (1 << shift) - 1);
        if planes > 1 || dst_bytes.max(src_bytes) > most || (dst_bytes | src_bytes) & part != 0 {
            rows()?;
        }
        // SAFETY: the caller promises a plan.
        let &cutmix_plan { x0, y0, x1, y1, .. } = unsafe { apart(dst, dst_bytes, src, src_bytes, shape, plan) }?;
        let patch = Patch::new(x0, y0, x1, y1).map_err(|_| Status::Box)?;
        // SAFETY: neither is null, the caller promises so many bytes of each, and they have none in common.
        let (mut dst, mut src) = unsafe {
            let dst = slice::from_raw_parts_mut(dst.cast::<u8>(), dst_bytes);
            (dst, slice::from_raw_parts(src.cast::<u8>(), src_bytes))
        };
        // An image of one row may have any stride; in bytes it may be more than there is.
        let [dst_stride, src_stride] = [dst_stride, src_stride].map(|stride| {
            let bytes = stride << shift;
            if bytes >> shift == stride { bytes } else { usize::MAX }
        });
        // The planes but the last, which may lack the padding of its last row.
        for _ in 1..planes {
            let [to, from] = [dst_stride, src_stride].map(|stride| stride.saturating_mul(plane.rows()));
            let (to, from) = (cut_mut(&mut dst, to), cut(&mut src, from));
            paste_strided(to, dst_stride, from, src_stride, plane, patch).map_err(|_| Status::Internal)?;
        }
        paste_strided(dst, dst_stride, src, src_stride, plane, patch)
            .map_err(|_| rows().err().unwrap_or(Status::Internal.into()))
    })())
}

/// Exchanges the plan's box between two images of `shape` without padding: two mixed images of one box, without scratch. Each is then the other's partner.
///
/// The images may lie at any address, but not share bytes.
///
/// @param first one image, in place.
/// @param first_bytes its size in bytes: that of the shape.
/// @param second the other, in place.
/// @param second_bytes likewise.
/// @param shape of the images.
/// @param plan whose box is taken; for images of this width and height.
/// @return those of cutmix_paste.
#[must_use]
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
        // SAFETY: the caller promises a shape and a plan.
        let rows = unsafe { packed(first, first_bytes, second, second_bytes, shape, plan) }?;
        // SAFETY: neither is null, the caller promises so many bytes of each, they have none in common, and all rows lie in them.
        rows.each(|at, len| unsafe {
            ptr::swap_nonoverlapping(first.cast::<u8>().add(at), second.cast::<u8>().add(at), len);
        });
        Ok(())
    })())
}

/// The rows of a box in images without padding, which begin at the same byte in all of them.
struct Rows {
    planes: usize,
    /// Of each plane.
    count: usize,
    /// Bytes of a row in the box.
    len: usize,
    /// Where the first begins.
    first: usize,
    /// From a row to the next.
    stride: usize,
    /// From behind the last row of a plane to the first of the next.
    skip: usize,
}

impl Rows {
    /// Calls `visit` with the first byte and the length of each.
    #[inline]
    fn each(self, mut visit: impl FnMut(usize, usize)) {
        let mut at = self.first;
        for _ in 0..self.planes {
            for _ in 0..self.count {
                visit(at, self.len);
                at += self.stride;
            }
            at += self.skip;
        }
    }
}

/// Checks two images without padding, and gives the rows of the plan's box, all of which lie in them.
///
/// # Safety
///
/// If a pointer to a shape or plan is neither null nor misaligned, one is there.
#[inline]
unsafe fn packed(
    a: *const c_void,
    a_bytes: usize,
    b: *const c_void,
    b_bytes: usize,
    shape: *const cutmix_shape,
    plan: *const cutmix_plan,
) -> Result<Rows, Refusal> {
    // SAFETY: the caller promises a shape.
    let sides = unsafe { checked(shape) }?;
    let (width, height, planes) =
        (usize::from(sides.width()), usize::from(sides.height()), usize::from(sides.planes()));
    let pixel = sides.pixel();
    let stride = width * pixel;
    let bytes = stride * height * planes;
    // The first of the two that is wrong, if any.
    check_length(if a_bytes == bytes { b_bytes } else { a_bytes }, bytes)?;
    // SAFETY: the caller promises a plan.
    let &cutmix_plan { x0, y0, x1, y1, .. } = unsafe { apart(a, bytes, b, bytes, shape, plan) }?;
    let (x0, y0, x1, y1) = (usize::from(x0), usize::from(y0), usize::from(x1), usize::from(y1));
    let rows = y1 - y0;
    Ok(Rows {
        planes,
        count: rows,
        len: (x1 - x0) * pixel,
        first: y0 * stride + x0 * pixel,
        stride,
        skip: (height - rows) * stride,
    })
}

/// Checks two images but for their lengths, and the plan, whose box lies inside.
///
/// # Safety
///
/// If `plan` is neither null nor misaligned, a `cutmix_plan` is there that nobody writes as long as `'a`. `shape` was checked.
#[inline]
unsafe fn apart<'a>(
    a: *const c_void,
    a_bytes: usize,
    b: *const c_void,
    b_bytes: usize,
    shape: *const cutmix_shape,
    plan: *const cutmix_plan,
) -> Result<&'a cutmix_plan, Refusal> {
    if a.is_null() || b.is_null() {
        return refuse(Status::Null);
    }
    check_apart(a, a_bytes, b, b_bytes)?;
    // SAFETY: the caller promises a plan and a shape, which begins with its width and its height.
    unsafe { checked_plan(plan, shape.cast()) }
}

/// Takes so many bytes off the front, or all that are left.
fn cut<'b>(bytes: &mut &'b [u8], length: usize) -> &'b [u8] {
    let (front, rest) = bytes.split_at(length.min(bytes.len()));
    *bytes = rest;
    front
}

/// The same of bytes that are written.
#[allow(clippy::mut_mut, reason = "what is left takes the place of what was there")]
fn cut_mut<'b>(bytes: &mut &'b mut [u8], length: usize) -> &'b mut [u8] {
    let length = length.min(bytes.len());
    let (front, rest) = core::mem::take(bytes).split_at_mut(length);
    *bytes = rest;
    front
}
