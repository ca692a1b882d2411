use core::slice;

use cutmix_core::{Label, LabelError};

use crate::cutmix_status as Status;
use crate::memory::{check, write};
use crate::plan::{cutmix_plan, planned};
use crate::status::{Refusal, done, refuse};

/// The weights of both classes in units of 1/65536, for programs without floats: they add up to exactly 65536.
///
/// @param plan by which the image was mixed.
/// @param first is where the weight of the class of the image that was pasted into goes.
/// @param second is where the weight of the partner's class goes.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _PLAN_NOT_SET_UP; _BOX only if the plan's fields were overwritten.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_label_q16(plan: *const cutmix_plan, first: *mut u32, second: *mut u32) -> Status {
    done((|| {
        check(second)?;
        // SAFETY: the caller promises a plan.
        let weights = unsafe { planned(plan) }?.label(0, 0).weights_q16();
        // SAFETY: the caller promises memory for both.
        unsafe { write(first, weights[0]).and_then(|()| write(second, weights[1])) }
    })())
}

/// Overwrites `soft`, one element a class, with lambda at the class `first`, 1 - lambda at `second` and 0 elsewhere; a 1 if both are the same.
///
/// @param plan by which the image was mixed.
/// @param first class of the image that was pasted into, counted from 0.
/// @param second class of the partner.
/// @param soft is overwritten, and stays the caller's.
/// @param classes number of its elements, not of bytes; at most 65,536.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _PLAN_NOT_SET_UP, _CLASS, _CLASSES; _BOX only if the plan's fields were overwritten.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_label_soft(
    plan: *const cutmix_plan,
    first: u16,
    second: u16,
    soft: *mut f32,
    classes: usize,
) -> Status {
    done((|| {
        // SAFETY: the caller promises a plan.
        let label = unsafe { label(plan, first, second, soft, classes) }?;
        // SAFETY: it is not null and aligned, the caller promises so many floats, and they are not more than any memory has.
        let soft = unsafe { slice::from_raw_parts_mut(soft, classes) };
        // There is no other reason.
        Ok(label.write_soft(soft).map_err(|_| Status::Class)?)
    })())
}

/// As cutmix_label_soft, with label smoothing (Szegedy et al. 2016, section 7): (1 - epsilon) * soft + epsilon / classes.
///
/// @param plan by which the image was mixed.
/// @param first class of the image that was pasted into, counted from 0.
/// @param second class of the partner.
/// @param epsilon 0 to 1.
/// @param soft is overwritten, and stays the caller's.
/// @param classes number of its elements, not of bytes; at most 65,536.
/// @return those of cutmix_label_soft, and CUTMIX_STATUS_SMOOTHING.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_label_smoothed(
    plan: *const cutmix_plan,
    first: u16,
    second: u16,
    epsilon: f32,
    soft: *mut f32,
    classes: usize,
) -> Status {
    done((|| {
        // SAFETY: the caller promises a plan.
        let label = unsafe { label(plan, first, second, soft, classes) }?;
        // SAFETY: it is not null and aligned, the caller promises so many floats, and they are not more than any memory has.
        let soft = unsafe { slice::from_raw_parts_mut(soft, classes) };
        label.write_smoothed(soft, epsilon).map_err(|error| {
            let status = match error {
                LabelError::Class { .. } => Status::Class,
                LabelError::Smoothing { .. } => Status::Smoothing,
                _ => Status::Internal,
            };
            status.into()
        })
    })())
}

/// The label of a plan, to be written into `soft`, which was checked but for whether it has so many elements.
///
/// # Safety
///
/// If `plan` is neither null nor misaligned, a `cutmix_plan` is there.
#[inline]
unsafe fn label(
    plan: *const cutmix_plan,
    first: u16,
    second: u16,
    soft: *const f32,
    classes: usize,
) -> Result<Label, Refusal> {
    check(soft)?;
    // SAFETY: the caller promises a plan.
    let plan = unsafe { planned(plan) }?;
    if classes > 1 << 16 { refuse(Status::Classes) } else { Ok(plan.label(first, second)) }
}
