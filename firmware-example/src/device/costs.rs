//! What the steps cost in instructions: the same plans for all of them, a table of it on lines that begin with `#`.

use core::hint::black_box;

use cutmix_core::{Patch, paste_strided};
use cutmix_record::{PLAN_CAPACITY, encode_plan};
use firmware_example::{Augmenter, Buffers, Fault, PLANS, Size};
use semihosting::println;

use super::counter::Counter;

/// Each step is done so often, since a tick of the clock is many instructions.
const REPEAT: u64 = 16;

/// Sampling, pasting, and copying the same rows with `memcpy`; then writing a record.
pub fn print<const BYTES: usize, const N: usize>(
    size: Size,
    buffers: &mut Buffers<BYTES, N>,
    counter: &mut Counter,
) -> Result<(), Fault> {
    let augmenter = Augmenter::new(size)?;
    let Size { shape, stride, .. } = size;
    let Buffers { frame, pool } = buffers;
    let (_, partner) = pool.get(0).ok_or(Fault::NoPartner)?;
    let (mut sampled, mut pasted, mut copied) = (Cost::default(), Cost::default(), Cost::default());
    let mut outcome = Ok(());
    for sample in 0..PLANS {
        sampled.add(counter, || {
            black_box(augmenter.plan(black_box(sample)));
        });
        let patch = black_box(augmenter.plan(sample)).patch();
        pasted.add(counter, || {
            let done = paste_strided(&mut frame.bytes, stride, partner, stride, shape, black_box(patch));
            outcome = outcome.and(done);
        });
        copied.add(counter, || copy_rows(&mut frame.bytes, partner, size, black_box(patch)));
    }
    outcome?;
    let (mut whole, mut planned) = (Cost::default(), Cost::default());
    let header = augmenter.unmixed(0, 0);
    whole.add(counter, || {
        let mut sink = |piece: &[u8]| {
            black_box(piece);
            Ok(())
        };
        black_box(augmenter.send(black_box(&header), frame, &mut sink).is_ok());
    });
    planned.add(counter, || {
        black_box(encode_plan(black_box(&header), &mut [0; PLAN_CAPACITY]).is_ok());
    });

    println!("# {size}: instructions of {PLANS} samples, mean and most");
    let steps = [
        ("sample a plan", sampled, u64::from(PLANS)),
        ("paste its box", pasted, u64::from(PLANS)),
        ("memcpy of those rows", copied, u64::from(PLANS)),
        ("a record with pixels", whole, 1),
        ("a record without", planned, 1),
    ];
    for (step, cost, times) in steps {
        println!("#   {step:<20} {:6} {:6}", cost.sum / times / 1000, cost.most / 1000);
    }
    Ok(())
}

/// Thousandths of instructions.
#[derive(Clone, Copy, Default)]
struct Cost {
    sum: u64,
    most: u64,
}

impl Cost {
    fn add(&mut self, counter: &mut Counter, mut work: impl FnMut()) {
        let once = counter.count(|| (0..REPEAT).for_each(|_| work())) / REPEAT;
        self.sum += once;
        self.most = self.most.max(once);
    }
}

/// The limit: nothing is checked but that the box lies in the frame.
fn copy_rows(dst: &mut [u8], src: &[u8], size: Size, patch: Patch) {
    let channels = usize::from(size.shape.channels());
    for y in patch.y0()..patch.y1() {
        let start = usize::from(y) * size.stride;
        let row = start + usize::from(patch.x0()) * channels..start + usize::from(patch.x1()) * channels;
        if let (Some(dst), Some(src)) = (dst.get_mut(row.clone()), src.get(row)) {
            dst.copy_from_slice(src);
        }
    }
}
