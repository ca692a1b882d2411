use cutmix_core::{CutMix, Layout, Shape, ShareLaw, Stream, paste};

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
