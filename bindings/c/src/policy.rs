use core::mem::MaybeUninit;

use cutmix_core::{BoxRule, CutMix};

use crate::cutmix_status as Status;
use crate::memory::{check, write};
use crate::shape::{checked, cutmix_shape};
use crate::status::{Refusal, done, refuse};
use crate::turn::SetUp;

/// How a drawn lambda becomes a box of pixels. W x H is the image; the first three clip a box around a uniform center to it.
#[repr(u32)]
pub enum cutmix_rule {
    /// The paper's code (Yun et al. 2019, rand_bbox), torchvision's and timm's: sides of 2 * floor(floor(W * sqrt(1 - lambda)) / 2).
    Paper = 0,
    /// The same with odd sides kept.
    OddSides = 1,
    /// The Keras example's: as the paper's, but a side without pixels becomes one pixel long.
    AtLeastOnePixel = 2,
    /// The box lies anywhere inside, and is never clipped: lambda is as drawn, up to whole pixels.
    Inside = 3,
    /// timm's cutmix_minmax: each side from min to max of the image's; alpha has no part in it. Set by cutmix_policy_set_min_max.
    MinMax = 4,
}

/// The policy: whether a sample is mixed, how lambda is drawn and how it becomes a box. 56 bytes, aligned to 8, of the caller's; one serves any number of
/// threads as long as none changes it.
///
/// Set it up with cutmix_policy_init, _init_beta or _init_uniform; leave the fields alone.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cutmix_policy {
    /// What is worked out of the parameters.
    pub words: [MaybeUninit<u64>; 6],
    /// Whether it was set up.
    pub state: u32,
    /// So that it is as large on every processor.
    pub reserved: u32,
}

const _: () = assert!(size_of::<CutMix>() <= 48 && align_of::<CutMix>() <= align_of::<cutmix_policy>());

/// Sets up the policy lambda ~ Beta(`alpha`, `alpha`), boxes by the paper's rule, every sample mixed.
///
/// @param policy is overwritten, whatever it holds; 56 bytes.
/// @param alpha finite and greater than 0; 1 in the paper's experiments.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _ALPHA.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_init(policy: *mut cutmix_policy, alpha: f32) -> Status {
    // SAFETY: what the caller promises is the same.
    unsafe { cutmix_policy_init_beta(policy, alpha, alpha) }
}

/// Sets up the policy lambda ~ Beta(`a`, `b`), whose mean is a / (a + b); else as cutmix_policy_init.
///
/// @param policy is overwritten, whatever it holds; 56 bytes.
/// @param a finite and greater than 0.
/// @param b finite and greater than 0.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _ALPHA.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_init_beta(policy: *mut cutmix_policy, a: f32, b: f32) -> Status {
    // SAFETY: the caller promises memory for a policy.
    done(
        CutMix::with_parameters(a, b)
            .map_err(|_| Status::Alpha.into())
            .and_then(|cutmix| unsafe { set_up(policy, cutmix) }),
    )
}

/// Sets up the policy of alpha = 1, lambda uniform; else as cutmix_policy_init. A program that draws by cutmix_plan_draw_uniform alone then has no code for
/// any other alpha.
///
/// @param policy is overwritten, whatever it holds; 56 bytes.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_init_uniform(policy: *mut cutmix_policy) -> Status {
    // SAFETY: the caller promises memory for a policy.
    done(unsafe { set_up(policy, CutMix::uniform().into()) })
}

/// Changes the box rule.
///
/// @param policy is changed.
/// @param rule one of cutmix_rule but CUTMIX_RULE_MIN_MAX, for which there is cutmix_policy_set_min_max.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, _RULE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_set_rule(policy: *mut cutmix_policy, rule: u32) -> Status {
    let rule = match rule {
        0 => BoxRule::Paper,
        1 => BoxRule::OddSides,
        2 => BoxRule::AtLeastOnePixel,
        3 => BoxRule::Inside,
        _ => return Status::Rule,
    };
    // SAFETY: the caller promises a policy.
    done(unsafe { change(policy, |cutmix| cutmix.with_rule(rule).map_err(|_| Status::Internal.into())) })
}

/// Changes the box rule to CUTMIX_RULE_MIN_MAX: each side is drawn from `min` to `max` of the image's.
///
/// @param policy is changed.
/// @param min share of a side, from 0.
/// @param max share of a side, above `min`, up to 1.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, _MIN_MAX.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_set_min_max(policy: *mut cutmix_policy, min: f32, max: f32) -> Status {
    let rule = BoxRule::MinMax { min, max };
    // SAFETY: the caller promises a policy.
    done(unsafe { change(policy, |cutmix| cutmix.with_rule(rule).map_err(|_| Status::MinMax.into())) })
}

/// Changes with which probability a sample is mixed; otherwise it stays as it is, with lambda = 1.
///
/// @param policy is changed.
/// @param probability 0 to 1.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, _PROBABILITY.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_set_probability(policy: *mut cutmix_policy, probability: f32) -> Status {
    // SAFETY: the caller promises a policy.
    done(unsafe {
        change(policy, |cutmix| cutmix.with_probability(probability).map_err(|_| Status::Probability.into()))
    })
}

/// Whether there is a box for images of `shape` at all; if not, every plan leaves them as they are. A side of 2 pixels is too short for the paper's rule,
/// for instance.
///
/// @param policy is read only.
/// @param shape of the images.
/// @param can_mix is where the answer goes.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, and those of cutmix_shape_check.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_can_mix(
    policy: *const cutmix_policy,
    shape: *const cutmix_shape,
    can_mix: *mut bool,
) -> Status {
    done((|| {
        check(can_mix)?;
        // SAFETY: the caller promises a policy, a shape, and memory for the answer.
        unsafe { write(can_mix, borrow(policy)?.can_mix(checked(shape)?.sides())) }
    })())
}

/// The policy at `pointer`, if it was set up.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_policy` is there, and nobody writes it as long as `'a`.
pub unsafe fn borrow<'a>(pointer: *const cutmix_policy) -> Result<&'a CutMix, Refusal> {
    check(pointer)?;
    // SAFETY: the caller promises a policy.
    if unsafe { (*pointer).state } != SetUp::Policy as u32 {
        return refuse(Status::PolicyNotSetUp);
    }
    // SAFETY: its words are large enough and aligned. They are the policy's own business, so what `set_up` wrote is still there.
    Ok(unsafe { &*(&raw const (*pointer).words).cast::<CutMix>() })
}

/// # Safety
///
/// If `pointer` is neither null nor misaligned, memory for a `cutmix_policy` is there.
unsafe fn set_up(pointer: *mut cutmix_policy, cutmix: CutMix) -> Result<(), Refusal> {
    check(pointer)?;
    // SAFETY: the caller promises memory for a policy, of which the words are large enough and aligned.
    unsafe {
        (&raw mut (*pointer).words).cast::<CutMix>().write(cutmix);
        (*pointer).state = SetUp::Policy as u32;
    }
    Ok(())
}

/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_policy` is there.
unsafe fn change(
    pointer: *mut cutmix_policy,
    how: impl FnOnce(CutMix) -> Result<CutMix, Refusal>,
) -> Result<(), Refusal> {
    // SAFETY: the caller promises a policy.
    unsafe { set_up(pointer, how(*borrow(pointer)?)?) }
}
