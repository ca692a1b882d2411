use cutmix_core::{CutMix, Layout, Shape, Stream, paste};

pub fn mix(dst: &mut [u8], src: &[u8], soft: &mut [f32], alpha: f32, index: u64) -> Option<()> {
    let shape = Shape::new(32, 32, 3, Layout::Hwc).ok()?;
    let plan = CutMix::new(alpha).ok()?.plan(shape, 1, &mut Stream::new(42, 0, index));
    paste(dst, src, shape, plan.patch()).ok()?;
    plan.label(3, 5).write_soft(soft).ok()
}
