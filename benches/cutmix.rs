//! What each step costs beside its baseline: `cargo bench -p benches`, or `cargo bench -p benches -- WORD…` for the lines whose
//! name has one of the words.
//!
//! Subject and baseline take turns of 128 images; the times are medians, in nanoseconds an image. Built as a user's own
//! `cargo build --release`: optimization 3, no link-time optimization, any x86-64.
//!
//! Before anything is timed, what the first turn computes is compared with what the baseline does, byte for byte. Where the
//! baseline draws boxes of its own, its law is compared, and the result with the rows of the subject's boxes.

mod expected;
mod growth;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Result, ensure};
use benches::{
    BATCH, Batches, Element, Pairs, Program, Timed, alone, batch_plans, copy_rows, in_turns, plans, same_in_turns,
    shape,
};
use cutmix_core::{CutMix, Layout, Partners, Plan, Shape, Stream, mix_batch, mix_batch_scratch, paste, uniform_below};
use serde::Serialize;

/// Images of a turn.
const TURN: usize = 128;

/// Boxes that the turns rotate through, so that their sizes average out.
const PLANS: usize = 32 * TURN;

const CLASSES: usize = 10;

/// What is measured.
#[derive(Clone, Copy)]
enum Work {
    Paste,
    PlanAndPaste,
    MixBatch(usize),
    Everything,
}

impl Work {
    const ALL: [Self; 5] =
        [Self::Paste, Self::PlanAndPaste, Self::MixBatch(BATCH), Self::MixBatch(TURN), Self::Everything];

    fn name(self) -> String {
        match self {
            Self::Paste => "paste".to_owned(),
            Self::PlanAndPaste => "plan+paste".to_owned(),
            Self::MixBatch(images) => format!("mix_batch({images})"),
            Self::Everything => format!("everything({BATCH})"),
        }
    }

    const fn title(self) -> [&'static str; 2] {
        const ROWS: &str = "the rows of the same boxes, each by copy_from_slice";
        const PROGRAM: &str = "sampling in f64 by one generator, then the rows";
        match self {
            Self::Paste => ["paste, boxes given", ROWS],
            Self::PlanAndPaste => ["plan and paste, with a stream for each sample", PROGRAM],
            Self::MixBatch(_) => ["mix_batch in place, boxes given", ROWS],
            Self::Everything => ["everything for a batch: partners, plans, mix_batch, soft labels", PROGRAM],
        }
    }

    fn measure<T: Element>(self, shape: Shape, alpha: f32) -> Timed {
        match self {
            Self::Paste => pasting::<T>(shape, alpha),
            Self::PlanAndPaste => planning_and_pasting::<T>(shape, alpha),
            Self::MixBatch(images) => mixing::<T>(images, shape, alpha),
            Self::Everything => everything::<T>(shape, alpha),
        }
    }
}

fn main() -> Result<()> {
    let mut table = Table::default();
    table.wanted.extend(env::args().skip(1).filter(|word| !word.starts_with("--")));
    // Without such a call the system may move us to another core between two turns.
    if let Some(core) = core_affinity::get_core_ids().and_then(|cores| cores.last().copied())
        && core_affinity::set_for_current(core)
    {
        println!("on core {}", core.id);
    }
    table.title(["sampling: a stream, then the box", "f64, the system's pow, one generator"]);
    for alpha in [1.0, 0.25] {
        table.line(format!("sampling alpha={alpha}"), None, || sampling(alpha));
    }
    table.title(["label: ten soft classes", "the copy of a finished one"]);
    table.line("label".to_owned(), None, labeling);
    for work in Work::ALL {
        table.title(work.title());
        table.every::<u8>(work);
        table.every::<f32>(work);
    }
    ensure!(
        !table.lines.is_empty(),
        "no line has {} in its name; without words, all are measured",
        table.wanted.join(" or ")
    );
    println!("\n{}", table.save()?.display());
    if table.wanted.is_empty() {
        println!("{}", growth::draw()?.display());
    }
    Ok(())
}

/// A file in cargo's target folder, whatever the working folder is.
fn target(file: &str) -> PathBuf {
    // The folder for temporary files lies in it.
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(file)
}

/// The plans of turn `number`, for `images` images.
fn turn_of(plans: &[Plan], images: usize, number: usize) -> &[Plan] {
    // A rest that is no whole turn is left out.
    &plans[number % (plans.len() / images) * images..][..images]
}

fn sampling(alpha: f32) -> Timed {
    let (shape, cutmix) = (shape(32, Layout::Hwc), CutMix::new(alpha).expect("a constant parameter"));
    expected::assert_same_law(shape, alpha);
    in_turns(
        TURN,
        &mut Program::new(alpha.into()),
        |_, turn| {
            for index in 0..TURN as u64 {
                black_box(cutmix.plan(black_box(shape), 0, &mut Stream::new(42, turn as u32, index)));
            }
        },
        |program, _| {
            for _ in 0..TURN {
                black_box(program.draw(black_box(shape)));
            }
        },
    )
}

fn labeling() -> Timed {
    let plans = plans(PLANS, shape(32, Layout::Hwc), 1.0, CLASSES);
    let finished: Vec<_> = plans[..TURN].iter().map(|plan| expected::label(*plan, 3, plan.partner() as u16)).collect();
    same_in_turns(
        TURN,
        &mut [[0.0_f32; CLASSES]; TURN],
        |labels, turn| {
            for (soft, plan) in labels.iter_mut().zip(turn_of(&plans, TURN, turn)) {
                plan.label(3, plan.partner() as u16).write_soft(soft).expect("ten classes");
                black_box(soft);
            }
        },
        |labels, _| {
            for (soft, finished) in labels.iter_mut().zip(&finished) {
                soft.copy_from_slice(black_box(finished));
                black_box(soft);
            }
        },
    )
}

fn pasting<T: Element>(shape: Shape, alpha: f32) -> Timed {
    let plans = plans(PLANS, shape, alpha, BATCH);
    same_in_turns(
        TURN,
        &mut Pairs::<T>::new(BATCH, shape),
        |pairs, turn| {
            for (plan, image) in turn_of(&plans, TURN, turn).iter().zip((0..BATCH).cycle()) {
                let (dst, src) = pairs.pair(image, plan.partner());
                paste(dst, src, black_box(shape), plan.patch()).expect("boxes fit");
                black_box(dst);
            }
        },
        |pairs, turn| {
            for (plan, image) in turn_of(&plans, TURN, turn).iter().zip((0..BATCH).cycle()) {
                let (dst, src) = pairs.pair(image, plan.partner());
                copy_rows(dst, src, black_box(shape), plan.patch());
                black_box(dst);
            }
        },
    )
}

fn planning_and_pasting<T: Element>(shape: Shape, alpha: f32) -> Timed {
    let cutmix = CutMix::new(alpha).expect("a constant parameter");
    let subject = |(pairs, _): &mut (Pairs<T>, Program), turn| {
        for (index, image) in (0..TURN as u64).zip((0..BATCH).cycle()) {
            let mut stream = Stream::new(42, turn as u32, index);
            let partner = uniform_below(BATCH as u32, &mut stream);
            let plan = cutmix.plan(black_box(shape), partner, &mut stream);
            let (dst, src) = pairs.pair(image, partner);
            paste(dst, src, shape, plan.patch()).expect("boxes fit");
            black_box(dst);
        }
    };
    let mut state = (Pairs::<T>::new(BATCH, shape), Program::new(alpha.into()));
    expected::assert_same_law(shape, alpha);
    let expected = expected::pasted(&state.0, shape, &plans(TURN, shape, alpha, BATCH));
    subject(&mut state, 0);
    assert!(state.0 == expected, "plan and paste are not the rows of the planned boxes");
    in_turns(TURN, &mut state, subject, |(pairs, program), _| {
        for image in (0..BATCH).cycle().take(TURN) {
            let (partner, patch) = (program.below(BATCH as u32), program.draw(black_box(shape)));
            let (dst, src) = pairs.pair(image, partner);
            copy_rows(dst, src, shape, patch);
            black_box(dst);
        }
    })
}

/// A turn is one batch, or as many as make 128 images.
fn mixing<T: Element>(batch: usize, shape: Shape, alpha: f32) -> Timed {
    let images = batch.max(TURN);
    let plans = batch_plans(PLANS, batch, shape, alpha);
    let mut scratch = vec![T::default(); mix_batch_scratch(shape, &plans)];
    let mut subject = |batches: &mut Batches<T>, turn| {
        let turn = turn_of(&plans, images, turn).chunks_exact(batch);
        for (images, plans) in batches.images.chunks_exact_mut(batch * shape.len()).zip(turn) {
            mix_batch(images, black_box(shape), plans, &mut scratch).expect("a batch with its plans");
            black_box(images);
        }
    };
    let mut batches = Batches::<T>::new(images, shape);
    // In place, the baseline copies from images that it has mixed already: as much work, and another result.
    let expected = expected::mixed(&batches.images, shape, batch, turn_of(&plans, images, 0));
    subject(&mut batches, 0);
    assert!(batches.images == expected, "mix_batch is not the rows of its boxes");
    in_turns(images, &mut batches, subject, |batches, turn| {
        for (number, plan) in turn_of(&plans, images, turn).iter().enumerate() {
            let (dst, src) = batches.pair(number, number / batch * batch + plan.partner() as usize);
            copy_rows(dst, src, black_box(shape), plan.patch());
            black_box(dst);
        }
    })
}

fn everything<T: Element>(shape: Shape, alpha: f32) -> Timed {
    let cutmix = CutMix::new(alpha).expect("a constant parameter");
    let classes: Vec<u16> = (0..BATCH as u16).map(|image| image % CLASSES as u16).collect();
    let (mut partners, mut plans) = ([0; BATCH], [Plan::unmixed(0, shape); BATCH]);
    let mut scratch = vec![T::default(); shape.len()];
    let mut subject = |(batches, labels, _): &mut (Batches<T>, [[f32; CLASSES]; BATCH], Program), turn| {
        let (shape, epoch) = (black_box(shape), turn as u32);
        for (number, images) in (0..).zip(batches.images.chunks_exact_mut(BATCH * shape.len())) {
            let mut stream = Stream::new(42, epoch, u64::MAX - number);
            Partners::RandomCycle.assign(&mut partners, &mut stream).expect("two images or more");
            for ((plan, partner), index) in plans.iter_mut().zip(partners).zip(number * BATCH as u64..) {
                *plan = cutmix.plan(shape, partner, &mut Stream::new(42, epoch, index));
            }
            mix_batch(images, shape, &plans, &mut scratch).expect("a batch with its plans");
            for ((soft, plan), class) in labels.iter_mut().zip(plans).zip(&classes) {
                let label = plan.label(*class, classes[plan.partner() as usize]);
                label.write_soft(soft).expect("ten classes");
            }
            black_box((images, &mut *labels));
        }
    };
    let mut state = (Batches::<T>::new(TURN, shape), [[0.0_f32; CLASSES]; BATCH], Program::new(alpha.into()));
    expected::assert_same_law(shape, alpha);
    let planned = expected::everything(TURN, shape, alpha);
    let images = expected::mixed(&state.0.images, shape, BATCH, &planned);
    subject(&mut state, 0);
    assert!(state.0.images == images, "the batches are not the rows of the planned boxes");
    // Those of the last batch are left.
    for ((soft, plan), class) in state.1.iter().zip(&planned[TURN - BATCH..]).zip(&classes) {
        let label = expected::label(*plan, *class, classes[plan.partner() as usize]);
        assert_eq!(soft.map(f32::to_bits), label.map(f32::to_bits), "the label of {plan:?}");
    }
    in_turns(TURN, &mut state, subject, |(batches, _, program), _| {
        for image in 0..TURN {
            // Another image of the same batch.
            let other = (image % BATCH + 1 + program.below(BATCH as u32 - 1) as usize) % BATCH;
            let patch = program.draw(black_box(shape));
            let (dst, src) = batches.pair(image, image / BATCH * BATCH + other);
            copy_rows(dst, src, shape, patch);
            black_box(dst);
        }
    })
}

/// The lines printed so far.
#[derive(Default)]
struct Table {
    /// Words of which a line's name must have one, or none.
    wanted: Vec<String>,
    lines: Vec<Line>,
    title: Option<[&'static str; 2]>,
}

/// A line for machines.
#[derive(Serialize)]
struct Line {
    name: String,
    ns: f64,
    baseline_ns: f64,
    ratio: f64,
}

impl Table {
    /// What the next lines are, and their baseline.
    const fn title(&mut self, title: [&'static str; 2]) {
        self.title = Some(title);
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|word| name.contains(word))
    }

    /// Measures unless nobody asked for `name`. `whole` is the copy of a whole image, in nanoseconds.
    fn line(&mut self, name: String, whole: Option<f64>, measure: impl FnOnce() -> Timed) {
        if !self.is_wanted(&name) {
            return;
        }
        if let Some([what, baseline]) = self.title.take() {
            println!("\n{what}; baseline: {baseline}");
            println!("{:<46} {:>10} {:>10} {:>7} {:>12}", "", "ns/image", "baseline", "ratio", "whole image");
        }
        let Timed { ns, baseline_ns, ratio } = measure();
        let whole = whole.map_or_else(String::new, |ns| format!("{ns:.0}"));
        println!("{name:<46} {ns:>10.1} {baseline_ns:>10.1} {ratio:>7.2} {whole:>12}");
        self.lines.push(Line { name, ns, baseline_ns, ratio });
    }

    /// A line for each image of `T`s.
    fn every<T: Element>(&mut self, work: Work) {
        for side in [32, 224] {
            let name = |layout, alpha| format!("{} {} {side}x{side}x3 {layout:?} alpha={alpha}", work.name(), T::NAME);
            let cases = [Layout::Hwc, Layout::Chw].map(|layout| [1.0, 0.25].map(|alpha| (layout, alpha)));
            let wanted = |&(layout, alpha): &(Layout, f32)| self.is_wanted(&name(layout, alpha));
            let cases: Vec<_> = cases.into_iter().flatten().filter(wanted).collect();
            if cases.is_empty() {
                continue;
            }
            let whole = {
                let mut pairs = Pairs::<T>::new(BATCH, shape(side, Layout::Hwc));
                alone(BATCH, || black_box(&mut pairs).copy_whole())
            };
            for (layout, alpha) in cases {
                self.line(name(layout, alpha), Some(whole), || work.measure::<T>(shape(side, layout), alpha));
            }
        }
    }

    /// Writes the lines as JSON.
    fn save(&self) -> Result<PathBuf> {
        let path = target("bench-summary.json");
        fs::write(&path, serde_json::to_string_pretty(&self.lines)?)?;
        Ok(path)
    }
}
