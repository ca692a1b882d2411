use cutmix_core::{BoxRule, CutMix, ShareLaw, Uniform};

use crate::cutmix_status as Status;
use crate::memory::{check, read, write};
use crate::shape::{checked, cutmix_shape};
use crate::status::done;

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

/// The policy: whether a sample is mixed, how lambda is drawn and how it becomes a box. 28 bytes, aligned to 4, of the caller's; one serves any number of
/// threads as long as none changes it.
///
/// Set it up with cutmix_policy_init, _init_beta or _init_uniform; leave the fields alone.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cutmix_policy {
    /// Whether it was set up.
    pub state: u32,
    /// One of cutmix_rule.
    pub rule: u32,
    /// First parameter of the Beta distribution of lambda.
    pub a: f32,
    /// Second parameter.
    pub b: f32,
    /// With which a sample is mixed.
    pub probability: f32,
    /// Least share of a side, for CUTMIX_RULE_MIN_MAX.
    pub min: f32,
    /// Greatest share of a side.
    pub max: f32,
}

/// Of a policy that was set up.
const SET_UP: u32 = 0x9e37_79b9;

/// Sets up the policy lambda ~ Beta(`alpha`, `alpha`), boxes by the paper's rule, every sample mixed.
///
/// @param policy is overwritten, whatever it holds; 28 bytes.
/// @param alpha finite and greater than 0; 1 in the paper's experiments.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _ALPHA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_init(policy: *mut cutmix_policy, alpha: f32) -> Status {
    // SAFETY: what the caller promises is the same.
    unsafe { cutmix_policy_init_beta(policy, alpha, alpha) }
}

/// Sets up the policy lambda ~ Beta(`a`, `b`), whose mean is a / (a + b); else as cutmix_policy_init.
///
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _ALPHA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_init_beta(policy: *mut cutmix_policy, a: f32, b: f32) -> Status {
    done((|| {
        let set_up = cutmix_policy::new(a, b);
        set_up.beta()?;
        // SAFETY: the caller promises memory for a policy.
        unsafe { write(policy, set_up) }
    })())
}

/// Sets up the policy of alpha = 1, lambda uniform; else as cutmix_policy_init. A program that draws by cutmix_plan_draw_uniform alone then has no code for
/// any other alpha.
///
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_init_uniform(policy: *mut cutmix_policy) -> Status {
    // SAFETY: the caller promises memory for a policy.
    done(unsafe { write(policy, cutmix_policy::new(1.0, 1.0)) })
}

/// Changes the box rule.
///
/// @param rule one of cutmix_rule but CUTMIX_RULE_MIN_MAX, for which there is cutmix_policy_set_min_max.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, _RULE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_set_rule(policy: *mut cutmix_policy, rule: u32) -> Status {
    done((|| {
        // SAFETY: the caller promises a policy.
        let changed = cutmix_policy { rule, ..unsafe { set_up(policy) }? };
        if let BoxRule::MinMax { .. } = changed.rule()? {
            return Err(Status::Rule);
        }
        // SAFETY: as above.
        unsafe { write(policy, changed) }
    })())
}

/// Changes the box rule to CUTMIX_RULE_MIN_MAX: each side is drawn from `min` to `max` of the image's.
///
/// @param min share of a side, from 0.
/// @param max share of a side, above `min`, up to 1.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, _MIN_MAX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_set_min_max(policy: *mut cutmix_policy, min: f32, max: f32) -> Status {
    done((|| {
        // SAFETY: the caller promises a policy.
        let changed = cutmix_policy { rule: cutmix_rule::MinMax as u32, min, max, ..unsafe { set_up(policy) }? };
        changed.complete(CutMix::uniform())?;
        // SAFETY: as above.
        unsafe { write(policy, changed) }
    })())
}

/// Changes with which probability a sample is mixed; otherwise it stays as it is, with lambda = 1.
///
/// @param probability 0 to 1.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, _PROBABILITY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_set_probability(policy: *mut cutmix_policy, probability: f32) -> Status {
    done((|| {
        // SAFETY: the caller promises a policy.
        let changed = cutmix_policy { probability, ..unsafe { set_up(policy) }? };
        changed.complete(CutMix::uniform())?;
        // SAFETY: as above.
        unsafe { write(policy, changed) }
    })())
}

/// Whether there is a box for images of `shape` at all; if not, every plan leaves them as they are. A side of 2 pixels is too short for the paper's rule,
/// for instance.
///
/// @param can_mix is where the answer goes.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, and those of cutmix_shape_check.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_policy_can_mix(
    policy: *const cutmix_policy,
    shape: *const cutmix_shape,
    can_mix: *mut bool,
) -> Status {
    done((|| {
        check(can_mix)?;
        // SAFETY: the caller promises a policy and a shape.
        let (policy, shape) = unsafe { (set_up(policy)?, checked(shape)?) };
        // SAFETY: the caller promises memory for the answer.
        unsafe { write(can_mix, policy.complete(CutMix::uniform())?.can_mix(shape.shape)) }
    })())
}

/// The policy at `pointer`, if it was set up. Its fields may be anything all the same.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_policy` is there.
pub unsafe fn set_up(pointer: *const cutmix_policy) -> Result<cutmix_policy, Status> {
    // SAFETY: the caller promises a policy.
    let policy = unsafe { read(pointer) }?;
    if policy.state == SET_UP { Ok(policy) } else { Err(Status::PolicyNotSetUp) }
}

impl cutmix_policy {
    const fn new(a: f32, b: f32) -> Self {
        Self { state: SET_UP, rule: cutmix_rule::Paper as u32, a, b, probability: 1.0, min: 0.0, max: 1.0 }
    }

    /// What it draws by, for any alpha.
    pub(crate) fn beta(self) -> Result<CutMix, Status> {
        self.complete(CutMix::with_parameters(self.a, self.b).map_err(|_| Status::Alpha)?)
    }

    /// What it draws by, for alpha = 1.
    pub(crate) fn uniform(self) -> Result<CutMix<Uniform>, Status> {
        if [self.a, self.b].map(f32::to_bits) != [1.0_f32.to_bits(); 2] {
            return Err(Status::NotUniform);
        }
        self.complete(CutMix::uniform())
    }

    fn complete<L: ShareLaw>(self, cutmix: CutMix<L>) -> Result<CutMix<L>, Status> {
        let cutmix = cutmix.with_rule(self.rule()?).map_err(|_| Status::MinMax)?;
        cutmix.with_probability(self.probability).map_err(|_| Status::Probability)
    }

    fn rule(self) -> Result<BoxRule, Status> {
        Ok(match self.rule {
            0 => BoxRule::Paper,
            1 => BoxRule::OddSides,
            2 => BoxRule::AtLeastOnePixel,
            3 => BoxRule::Inside,
            4 => BoxRule::MinMax { min: self.min, max: self.max },
            _ => return Err(Status::Rule),
        })
    }
}
