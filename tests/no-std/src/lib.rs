//! Proof by building that `cutmix-core` needs neither std nor a heap: this library calls all of it, brings its own
//! `#[panic_handler]`, which std would define a second time, and has no `#[global_allocator]`, which alloc would miss.

#![no_std]

use core::fmt::{self, Write};
use core::panic::PanicInfo;

use cutmix_core::{Beta, BoxRule, CutMix, Layout, Patch, Plan, Shape, Stream, below, paste};
use rand_core::Rng;

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}

/// Callable from C, so that the whole API is compiled to machine code. 0 if something was refused.
#[allow(unsafe_code, reason = "no other function of this name is linked")]
#[unsafe(no_mangle)]
pub extern "C" fn cutmix_everything(seed: u64, side: u16, alpha: f32) -> u32 {
    everything(seed, side, alpha).unwrap_or(0)
}

fn everything(seed: u64, side: u16, alpha: f32) -> Option<u32> {
    let mut log = Log(0);

    let shape = Shape::new(side, 4, 3, Layout::Chw).map_err(|error| write!(log, "{error}")).ok()?;
    let (width, height, channels) = (shape.width(), shape.height(), shape.channels());
    write!(log, "{width} {height} {channels} {:?} {} {}", shape.layout(), shape.pixels(), shape.len()).ok()?;

    let mut stream = Stream::new(seed, 0, 0);
    let beta = Beta::new(alpha, 0.5).map_err(|error| write!(log, "{error}")).ok()?;
    write!(log, "{} {} {}", stream.next_u64(), below(6, &mut stream), beta.sample(&mut stream)).ok()?;

    let patch = Patch::new(1, 1, side, 3).map_err(|error| write!(log, "{error}")).ok()?;
    let (x0, y0, x1, y1) = (patch.x0(), patch.y0(), patch.x1(), patch.y1());
    write!(log, "{patch} {x0} {y0} {x1} {y1} {} {} {}", patch.area(), patch.fits(shape), Patch::EMPTY).ok()?;

    let given = Plan::new(0, patch, shape).map_err(|error| write!(log, "{error}")).ok()?;
    let cutmix = CutMix::new(alpha).ok()?.with_rule(BoxRule::AtLeastOnePixel);
    let drawn = cutmix.plan(shape, 1, &mut stream);
    for plan in [given, drawn, Plan::unmixed(0, shape)] {
        write!(log, "{} {} {} {}", plan.partner(), plan.kept(), plan.total(), plan.lambda()).ok()?;

        let mut dst = [0_u8; 8 * 4 * 3];
        let src = [1_u8; 8 * 4 * 3];
        let (dst, src) = (dst.get_mut(..shape.len())?, src.get(..shape.len())?);
        paste(dst, src, shape, plan.patch()).map_err(|error| write!(log, "{error}")).ok()?;
        write!(log, "{dst:?}").ok()?;

        let mut soft = [0.0; 10];
        let label = plan.label(3, 5);
        label.write_soft(&mut soft).map_err(|error| write!(log, "{error}")).ok()?;
        write!(log, "{} {} {} {soft:?}", label.first(), label.second(), label.lambda()).ok()?;
    }
    Some(log.0)
}

/// Adds up what is written, so that none of it can be left out.
struct Log(u32);

impl Write for Log {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = text.bytes().fold(self.0, |sum, byte| sum.wrapping_add(u32::from(byte)));
        Ok(())
    }
}
