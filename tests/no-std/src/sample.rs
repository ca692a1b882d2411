use cutmix_core::{BoxRule, CutMix, Layout, Shape, ShareLaw, Stream, paste};

pub fn mix(dst: &mut [u8], src: &[u8], soft: &mut [f32], alpha: f32, index: u64) -> Option<()> {
    mix_by(&CutMix::new(alpha).ok()?, dst, src, soft, index)
}

pub fn mix_uniform(dst: &mut [u8], src: &[u8], soft: &mut [f32], index: u64) -> Option<()> {
    mix_by(&CutMix::uniform(), dst, src, soft, index)
}

fn mix_by<L: ShareLaw>(cutmix: &CutMix<L>, dst: &mut [u8], src: &[u8], soft: &mut [f32], index: u64) -> Option<()> {
    let shape = Shape::new(32, 32, 3, Layout::Hwc).ok()?;
    let plan = cutmix.plan(shape, 1, &mut Stream::new(42, 0, index));
    paste(dst, src, shape, plan.patch()).ok()?;
    plan.label(3, 5).write_soft(soft).ok()
}

/// What else it may depend on.
#[repr(C)]
pub struct Job {
    sides: [u16; 3],
    planes: bool,
    rule: u8,
    alpha: f32,
    shares: [f32; 2],
    probability: f32,
    seed: u64,
    epoch: u32,
    index: u64,
    partner: u32,
    classes: [u16; 2],
}

pub fn mix_any(dst: &mut [u8], src: &[u8], soft: &mut [f32], job: &Job) -> Option<()> {
    mix_any_by(CutMix::new(job.alpha).ok()?, dst, src, soft, job)
}

pub fn mix_any_uniform(dst: &mut [u8], src: &[u8], soft: &mut [f32], job: &Job) -> Option<()> {
    mix_any_by(CutMix::uniform(), dst, src, soft, job)
}

fn mix_any_by<L: ShareLaw>(cutmix: CutMix<L>, dst: &mut [u8], src: &[u8], soft: &mut [f32], job: &Job) -> Option<()> {
    let [width, height, channels] = job.sides;
    let shape = Shape::new(width, height, channels, if job.planes { Layout::Chw } else { Layout::Hwc }).ok()?;
    let rule = match job.rule {
        0 => BoxRule::Paper,
        1 => BoxRule::OddSides,
        2 => BoxRule::AtLeastOnePixel,
        3 => BoxRule::Inside,
        _ => BoxRule::MinMax { min: job.shares[0], max: job.shares[1] },
    };
    let cutmix = cutmix.with_rule(rule).ok()?.with_probability(job.probability).ok()?;
    let plan = cutmix.plan(shape, job.partner, &mut Stream::new(job.seed, job.epoch, job.index));
    paste(dst, src, shape, plan.patch()).ok()?;
    plan.label(job.classes[0], job.classes[1]).write_soft(soft).ok()
}
