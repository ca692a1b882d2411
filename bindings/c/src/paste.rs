use core::ffi::c_void;
use core::ptr;

use crate::cutmix_status as Status;
use crate::memory::{check_apart, check_length};
use crate::plan::{checked_plan, cutmix_plan};
use crate::shape::{Checked, checked, cutmix_shape};
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
        let (rows, walk) = unsafe { packed(dst, dst_bytes, src, src_bytes, shape, plan) }?;
        // SAFETY: neither is null, the caller promises so many bytes of each, they have none in common, and all rows lie in them.
        rows.each(walk, walk, |at, _, len| unsafe { dst.byte_add(at).copy_from_nonoverlapping(src.byte_add(at), len) });
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
        let (in_elements, shift) = (image.in_elements(), image.shift());
        let rows = in_elements.check_rows(dst_bytes, dst_stride);
        let rows = rows.and_then(|()| in_elements.check_rows(src_bytes, src_stride));
        // Of one plane, what is wrong with the other arguments is named first.
        let (most, part) = (isize::MAX as usize, (1 << shift) - 1);
        if image.planes() > 1 || dst_bytes.max(src_bytes) > most || (dst_bytes | src_bytes) & part != 0 {
            rows?;
        }
        // SAFETY: the caller promises a plan.
        let patch = unsafe { apart(dst, dst_bytes, src, src_bytes, shape, plan) }?;
        let (to, from) = (Walk::new(patch, image, dst_stride << shift), Walk::new(patch, image, src_stride << shift));
        let rows_of_box = Rows::new(patch, image);
        rows?;
        // SAFETY: neither is null, the caller promises so many bytes of each, they have none in common, and all rows lie in them.
        rows_of_box.each(to, from, |to, from, len| unsafe {
            dst.byte_add(to).copy_from_nonoverlapping(src.byte_add(from), len);
        });
        Ok(())
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
        let (rows, walk) = unsafe { packed(first, first_bytes, second, second_bytes, shape, plan) }?;
        // SAFETY: neither is null, the caller promises so many bytes of each, they have none in common, and all rows lie in them.
        rows.each(walk, walk, |at, _, len| unsafe {
            ptr::swap_nonoverlapping(first.cast::<u8>().add(at), second.cast::<u8>().add(at), len);
        });
        Ok(())
    })())
}

/// The rows of a box in all images of one shape.
struct Rows {
    planes: usize,
    /// Of each plane.
    count: usize,
    /// Bytes of a row in the box.
    len: usize,
}

impl Rows {
    #[inline]
    fn new(plan: &cutmix_plan, shape: Checked) -> Self {
        Self {
            planes: shape.planes().into(),
            count: usize::from(plan.y1) - usize::from(plan.y0),
            len: (usize::from(plan.x1) - usize::from(plan.x0)) * shape.pixel(),
        }
    }

    /// Calls `visit` with the first byte of each in two images, and its length.
    #[inline]
    fn each(self, mut a: Walk, mut b: Walk, mut visit: impl FnMut(usize, usize, usize)) {
        for _ in 0..self.planes {
            for _ in 0..self.count {
                visit(a.at, b.at, self.len);
                a.go_on(a.stride);
                b.go_on(b.stride);
            }
            a.go_on(a.skip);
            b.go_on(b.skip);
        }
    }
}

/// Where they begin in one image.
#[derive(Clone, Copy)]
struct Walk {
    at: usize,
    /// Bytes from a row to the next.
    stride: usize,
    /// From behind the last row of a plane to the first of the next.
    skip: usize,
}

impl Walk {
    #[inline]
    fn new(plan: &cutmix_plan, shape: Checked, stride: usize) -> Self {
        let (y0, y1) = (usize::from(plan.y0), usize::from(plan.y1));
        // Wrapping, since an image of one row may have any stride. It is then not used.
        Self {
            at: y0.wrapping_mul(stride).wrapping_add(usize::from(plan.x0) * shape.pixel()),
            stride,
            skip: (usize::from(shape.height()) + y0 - y1).wrapping_mul(stride),
        }
    }

    #[inline]
    fn go_on(&mut self, bytes: usize) {
        self.at = self.at.wrapping_add(bytes);
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
) -> Result<(Rows, Walk), Refusal> {
    // SAFETY: the caller promises a shape.
    let image = unsafe { checked(shape) }?;
    let stride = usize::from(image.width()) * image.pixel();
    let bytes = stride * usize::from(image.height()) * usize::from(image.planes());
    // The first of the two that is wrong, if any.
    check_length(if a_bytes == bytes { b_bytes } else { a_bytes }, bytes)?;
    // SAFETY: the caller promises a plan.
    let patch = unsafe { apart(a, bytes, b, bytes, shape, plan) }?;
    Ok((Rows::new(patch, image), Walk::new(patch, image, stride)))
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
