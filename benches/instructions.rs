//! The work that `benches/instructions` counts the instructions of: the same on every run.

use std::hint::black_box;

use benches::{BATCH, Batches, Element, Pairs, batch_plans, plans, shape};
use cutmix_core::{CutMix, Layout, Shape, Stream, mix_batch, mix_batch_scratch, paste};

/// Samples of every kind of work, so that boxes of all sizes are among them.
const SAMPLES: usize = 8 * BATCH;

fn main() {
    println!("{SAMPLES}");
    run("stream", || {
        for index in 0..SAMPLES as u64 {
            black_box(Stream::new(42, 0, black_box(index)));
        }
    });
    // One value for each algorithm of the Beta distribution.
    for alpha in [1.0, 0.25, 2.0] {
        let (cutmix, shape) = (CutMix::new(alpha).expect("a constant parameter"), shape(32, Layout::Hwc));
        run(&format!("stream+plan alpha={alpha}"), || {
            for index in 0..SAMPLES as u64 {
                black_box(cutmix.plan(black_box(shape), 0, &mut Stream::new(42, 0, index)));
            }
        });
    }
    let label_plans = plans(SAMPLES, shape(32, Layout::Hwc), 1.0, 10);
    run("write_soft classes=10", || {
        for plan in &label_plans {
            let mut soft = [0.0; 10];
            plan.label(3, plan.partner() as u16).write_soft(&mut soft).expect("ten classes");
            black_box(soft);
        }
    });
    for layout in [Layout::Hwc, Layout::Chw] {
        for side in [32, 224] {
            images::<u8>(shape(side, layout));
            images::<f32>(shape(side, layout));
        }
    }
}

fn images<T: Element>(shape: Shape) {
    let what = format!("{} {side}x{side}x3 {:?}", T::NAME, shape.layout(), side = shape.width());
    let given = plans(SAMPLES, shape, 1.0, BATCH);
    let mut pairs = Pairs::<T>::new(BATCH, shape);
    run(&format!("paste {what}"), || {
        for (plan, image) in given.iter().zip((0..BATCH).cycle()) {
            let (dst, src) = pairs.pair(image, plan.partner());
            paste(dst, src, black_box(shape), plan.patch()).expect("boxes fit");
            black_box(dst);
        }
    });
    let given = batch_plans(SAMPLES, BATCH, shape, 1.0);
    let mut batch = Batches::<T>::new(BATCH, shape);
    let mut scratch = vec![T::default(); mix_batch_scratch(shape, &given)];
    run(&format!("mix_batch {what}"), || {
        for plans in given.chunks_exact(BATCH) {
            mix_batch(&mut batch.images, black_box(shape), plans, &mut scratch).expect("a batch with its plans");
        }
    });
}

/// Prints what is counted next, and does it.
fn run(name: &str, mut work: impl FnMut()) {
    println!("{name}");
    counted(&mut work);
}

/// Callgrind counts from here to the return.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}
