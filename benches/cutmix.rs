//! What a sample costs, beside its limit: copying the same boxes row by row with everything known beforehand.
//!
//! The time of an iteration is that of `SAMPLES` samples.

use cutmix_core::{CutMix, Layout, Plan, Shape, Stream, paste};
use divan::{Bencher, black_box, counter::ItemsCount};

/// Boxes of a run, so that their sizes average out.
const SAMPLES: u64 = 1024;

fn main() {
    divan::main();
}

fn shape(side: u16) -> Shape {
    Shape::new(side, side, 3, Layout::Hwc).expect("a constant shape")
}

fn plans(side: u16, alpha: f32) -> Vec<Plan> {
    let cutmix = CutMix::new(alpha).expect("a constant parameter");
    (0..SAMPLES).map(|index| cutmix.plan(shape(side), 0, &mut Stream::new(42, 0, index))).collect()
}

fn images(side: u16) -> [Vec<u8>; 2] {
    [vec![0; shape(side).len()], vec![1; shape(side).len()]]
}

const SIDES: [u16; 2] = [32, 224];

#[divan::bench(args = [0.25, 1.0])]
fn plan(bencher: Bencher, alpha: f32) {
    bencher.counter(ItemsCount::new(SAMPLES)).bench(|| plans(32, black_box(alpha)));
}

#[divan::bench(args = SIDES)]
fn paste_u8(bencher: Bencher, side: u16) {
    let (plans, [mut dst, src]) = (plans(side, 1.0), images(side));
    bencher.counter(ItemsCount::new(SAMPLES)).bench_local(|| {
        for plan in black_box(&plans) {
            paste(&mut dst, &src, shape(side), plan.patch()).expect("boxes fit");
            black_box(&mut dst);
        }
    });
}

/// The limit of `paste_u8`.
#[divan::bench(args = SIDES)]
fn copy_rows_u8(bencher: Bencher, side: u16) {
    let (plans, [mut dst, src]) = (plans(side, 1.0), images(side));
    let row = usize::from(side) * 3;
    bencher.counter(ItemsCount::new(SAMPLES)).bench_local(|| {
        for plan in black_box(&plans) {
            let patch = plan.patch();
            for y in usize::from(patch.y0())..usize::from(patch.y1()) {
                let columns = y * row + usize::from(patch.x0()) * 3..y * row + usize::from(patch.x1()) * 3;
                dst[columns.clone()].copy_from_slice(&src[columns]);
            }
            black_box(&mut dst);
        }
    });
}
