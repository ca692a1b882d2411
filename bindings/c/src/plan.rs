use core::hint::assert_unchecked;
use core::mem::offset_of;

use cutmix_core::{CutMix, Grid, Layout, Patch, Plan, Shape, Stream};

use crate::cutmix_status as Status;
use crate::memory::{check, check_apart, write};
use crate::policy::{borrow, cutmix_policy};
use crate::shape::{checked, cutmix_shape};
use crate::status::{Refusal, done, refuse};
use crate::stream::{cutmix_stream, with};

/// What is done to one image: whose pixels go into which box. 16 bytes, aligned to 4, of the caller's, who may read all fields.
///
/// The box is half open, x0 <= x < x1 and y0 <= y < y1, counted in pixels from the upper left corner, and may be empty.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct cutmix_plan {
    /// Number of the image that is pasted from, as the caller counts.
    pub partner: u32,
    /// Left edge.
    pub x0: u16,
    /// Upper edge.
    pub y0: u16,
    /// Right edge, the first column outside.
    pub x1: u16,
    /// Lower edge, the first row outside.
    pub y1: u16,
    /// Of the image that it was made for.
    pub width: u16,
    /// Of the image that it was made for.
    pub height: u16,
}

/// Draws the plan of one sample.
///
/// What is drawn depends on the stream, the policy, the shape's width and height, and on nothing else.
///
/// @param policy how to draw; is not changed.
/// @param shape of the images.
/// @param partner number of the image that is pasted from: from a reservoir, a ring, or cutmix_stream_below.
/// @param stream of the sample; it goes on by what is drawn.
/// @param plan is where it goes.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _POLICY_NOT_SET_UP, _STREAM_NOT_SET_UP, _BUSY, and those of cutmix_shape_check.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_plan_draw(
    policy: *const cutmix_policy,
    shape: *const cutmix_shape,
    partner: u32,
    stream: *mut cutmix_stream,
    plan: *mut cutmix_plan,
) -> Status {
    // SAFETY: what the caller promises is the same.
    unsafe { draw(policy, shape, stream, plan, |cutmix, shape, rng| Ok(cutmix.plan(shape, partner, rng))) }
}

/// As cutmix_plan_draw, but the edges of the box lie on a grid of cells, or where the image ends: 2 x 1 for YUYV, 2 x 2 for a Bayer pattern, 8 x 8 for JPEG.
///
/// @param policy how to draw; is not changed.
/// @param shape of the images.
/// @param cell_width in pixels, at least 1.
/// @param cell_height in pixels, at least 1.
/// @param partner as in cutmix_plan_draw.
/// @param stream of the sample; it goes on by what is drawn.
/// @param plan is where it goes.
/// @return those of cutmix_plan_draw, and CUTMIX_STATUS_GRID.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_plan_draw_on_grid(
    policy: *const cutmix_policy,
    shape: *const cutmix_shape,
    cell_width: u16,
    cell_height: u16,
    partner: u32,
    stream: *mut cutmix_stream,
    plan: *mut cutmix_plan,
) -> Status {
    let Ok(grid) = Grid::new(cell_width, cell_height) else { return Status::Grid };
    // SAFETY: what the caller promises is the same.
    unsafe {
        draw(policy, shape, stream, plan, |cutmix, shape, rng| Ok(cutmix.plan_on_grid(shape, grid, partner, rng)))
    }
}

/// As cutmix_plan_draw for a policy of alpha = 1, bit for bit, without the code for any other alpha.
///
/// @param policy how to draw; is not changed.
/// @param shape of the images.
/// @param partner as in cutmix_plan_draw.
/// @param stream of the sample; it goes on by what is drawn.
/// @param plan is where it goes.
/// @return those of cutmix_plan_draw, and CUTMIX_STATUS_NOT_UNIFORM.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_plan_draw_uniform(
    policy: *const cutmix_policy,
    shape: *const cutmix_shape,
    partner: u32,
    stream: *mut cutmix_stream,
    plan: *mut cutmix_plan,
) -> Status {
    // SAFETY: what the caller promises is the same.
    unsafe { draw(policy, shape, stream, plan, |cutmix, shape, rng| uniform(cutmix, shape, None, partner, rng)) }
}

/// As cutmix_plan_draw_on_grid for a policy of alpha = 1, bit for bit, without the code for any other alpha.
///
/// @param policy how to draw; is not changed.
/// @param shape of the images.
/// @param cell_width in pixels, at least 1.
/// @param cell_height in pixels, at least 1.
/// @param partner as in cutmix_plan_draw.
/// @param stream of the sample; it goes on by what is drawn.
/// @param plan is where it goes.
/// @return those of cutmix_plan_draw_on_grid, and CUTMIX_STATUS_NOT_UNIFORM.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_plan_draw_uniform_on_grid(
    policy: *const cutmix_policy,
    shape: *const cutmix_shape,
    cell_width: u16,
    cell_height: u16,
    partner: u32,
    stream: *mut cutmix_stream,
    plan: *mut cutmix_plan,
) -> Status {
    let Ok(grid) = Grid::new(cell_width, cell_height) else { return Status::Grid };
    // SAFETY: what the caller promises is the same.
    unsafe { draw(policy, shape, stream, plan, |cutmix, shape, rng| uniform(cutmix, shape, Some(grid), partner, rng)) }
}

/// Sets up a plan whose box is known: x0 <= x < x1 and y0 <= y < y1, inside an image of `shape`.
///
/// @param plan is overwritten, whatever it holds; 16 bytes.
/// @param shape of the images.
/// @param partner number of the image that is pasted from.
/// @param x0 left edge.
/// @param y0 upper edge.
/// @param x1 right edge, the first column outside.
/// @param y1 lower edge, the first row outside.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _BOX, and those of cutmix_shape_check.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_plan_init(
    plan: *mut cutmix_plan,
    shape: *const cutmix_shape,
    partner: u32,
    x0: u16,
    y0: u16,
    x1: u16,
    y1: u16,
) -> Status {
    done((|| {
        // SAFETY: the caller promises a shape.
        let shape = unsafe { checked(shape) }?;
        let made = cutmix_plan { partner, x0, y0, x1, y1, width: shape.width(), height: shape.height() };
        // SAFETY: a plan is there.
        unsafe { planned(&raw const made) }?;
        // SAFETY: the caller promises memory for a plan.
        unsafe { write(plan, made) }
    })())
}

/// Sets up a plan that leaves the image as it is, with lambda = 1: for the record of a frame as the camera saw it.
///
/// @param plan is overwritten, whatever it holds; 16 bytes.
/// @param shape of the images.
/// @param index the image's own number.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, and those of cutmix_shape_check.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_plan_init_unmixed(
    plan: *mut cutmix_plan,
    shape: *const cutmix_shape,
    index: u32,
) -> Status {
    // SAFETY: what the caller promises is the same.
    unsafe { cutmix_plan_init(plan, shape, index, 0, 0, 0, 0) }
}

/// How many pixels stay, of how many: lambda, as an exact ratio.
///
/// @param plan by which the image was mixed.
/// @param kept is where the pixels that stay go.
/// @param total is where all pixels of the image go; at least 1.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _PLAN_NOT_SET_UP; _BOX only if the plan's fields were overwritten.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_plan_kept(plan: *const cutmix_plan, kept: *mut u32, total: *mut u32) -> Status {
    done((|| {
        check(total)?;
        // SAFETY: the caller promises a plan.
        let plan = unsafe { planned(plan) }?;
        // SAFETY: the caller promises memory for both.
        unsafe { write(kept, plan.kept()).and_then(|()| write(total, plan.total())) }
    })())
}

/// Lambda, the share of pixels that stay, 0 to 1, rounded once.
///
/// @param plan by which the image was mixed.
/// @param lambda is where it goes.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _PLAN_NOT_SET_UP; _BOX only if the plan's fields were overwritten.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_plan_lambda(plan: *const cutmix_plan, lambda: *mut f32) -> Status {
    done((|| {
        // SAFETY: the caller promises a plan, and memory for lambda.
        unsafe { write(lambda, planned(plan)?.lambda()) }
    })())
}

/// # Safety
///
/// If a pointer is neither null nor misaligned, what its type says is there.
#[allow(clippy::inline_always, reason = "or a program that draws without a grid would have one")]
#[inline(always)]
unsafe fn draw(
    policy: *const cutmix_policy,
    shape: *const cutmix_shape,
    stream: *mut cutmix_stream,
    plan: *mut cutmix_plan,
    how: impl FnOnce(&CutMix, Shape, &mut Stream) -> Result<Plan, Refusal>,
) -> Status {
    done((|| {
        check(plan)?;
        check_apart(policy, size_of::<cutmix_policy>(), stream, size_of::<cutmix_stream>())?;
        // SAFETY: the caller promises a policy, which is not changed meanwhile, and a shape.
        let (cutmix, shape) = unsafe { (borrow(policy)?, checked(shape)?.sides()) };
        // SAFETY: the caller promises a stream.
        let drawn = unsafe { with(stream, |stream| how(cutmix, shape, stream)) }??;
        let patch = drawn.patch();
        let (from, to) = (pair(patch.x0(), patch.y0()), pair(patch.x1(), patch.y1()));
        let words = [drawn.partner(), from, to, pair(shape.width(), shape.height())];
        // SAFETY: it was checked, so that the caller promises memory for a plan, which is four aligned words.
        unsafe { plan.cast::<[u32; 4]>().write(words) };
        Ok(())
    })())
}

/// A plan without the code for any alpha but 1.
#[inline]
fn uniform(cutmix: &CutMix, shape: Shape, grid: Option<Grid>, partner: u32, rng: &mut Stream) -> Result<Plan, Refusal> {
    cutmix.plan_uniform(shape, grid, partner, rng).ok_or(Status::NotUniform.into())
}

/// The plan at `pointer`, checked.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_plan` is there.
#[inline]
pub unsafe fn planned(pointer: *const cutmix_plan) -> Result<Plan, Refusal> {
    // An address, which is read only if a plan is there.
    let sides = pointer.wrapping_byte_add(offset_of!(cutmix_plan, width)).cast();
    // SAFETY: the caller promises a plan, and its own sides lie in it.
    let &cutmix_plan { partner, x0, y0, x1, y1, width, height } = unsafe { checked_plan(pointer, sides) }?;
    // SAFETY: no side is 0, there are not too many pixels, and the box lies in order and inside.
    Ok(unsafe {
        assert_unchecked(x0 <= x1 && x1 <= width && y0 <= y1 && y1 <= height);
        let shape = Shape::new(width, height, 1, Layout::Hwc).unwrap_unchecked();
        Plan::new(partner, Patch::new(x0, y0, x1, y1).unwrap_unchecked(), shape).unwrap_unchecked()
    })
}

/// The plan at `pointer`, whose box lies inside of an image of `sides`, which is a width and a height.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_plan` is there, `sides` are there, and nobody writes the plan as long as `'a`.
#[inline]
pub unsafe fn checked_plan<'a>(
    pointer: *const cutmix_plan,
    sides: *const [u16; 2],
) -> Result<&'a cutmix_plan, Refusal> {
    // SAFETY: what the caller promises is the same.
    unsafe { check_plan(pointer, sides) }?;
    // SAFETY: it is neither null nor misaligned, so that the caller promises a plan.
    Ok(unsafe { &*pointer })
}

/// Checks the plan at `pointer`, as `checked_plan` says.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_plan` is there, and `sides` are.
#[inline(never)] // once in the program
unsafe fn check_plan(pointer: *const cutmix_plan, sides: *const [u16; 2]) -> Result<(), Refusal> {
    check(pointer)?;
    // SAFETY: it is neither null nor misaligned, so that the caller promises a plan, and sides.
    let (&cutmix_plan { x0, y0, x1, y1, width, height, .. }, sides) = unsafe { (&*pointer, &*sides) };
    let pixels = u32::from(width) * u32::from(height);
    if pixels == 0 {
        return refuse(Status::PlanNotSetUp);
    }
    if width != sides[0] || height != sides[1] {
        return refuse(Status::PlanSize);
    }
    if pixels > i32::MAX as u32 {
        return refuse(Status::PlanNotSetUp);
    }
    // That one of the differences is negative takes less code than four comparisons.
    let from = |a: u16, b: u16| i32::from(b) - i32::from(a);
    if from(x0, x1) | from(x1, width) | from(y0, y1) | from(y1, height) < 0 {
        return refuse(Status::Box);
    }
    Ok(())
}

const _: () = assert!(size_of::<cutmix_plan>() == 16 && align_of::<cutmix_plan>() == align_of::<u32>());

/// Two numbers that are neighbors in memory, as the word that they are: that takes fewer instructions to write.
fn pair(first: u16, second: u16) -> u32 {
    let ([a, b], [c, d]) = (first.to_ne_bytes(), second.to_ne_bytes());
    u32::from_ne_bytes([a, b, c, d])
}
