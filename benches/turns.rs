//! Two contestants in turns, so that whatever else the machine does hits both.

use std::time::{Duration, Instant};

/// How long one comparison takes.
const BUDGET: Duration = Duration::from_millis(500);

/// Turns are many enough for a median, and few enough to be kept.
const LEAST: usize = 25;
const MOST: usize = 20_000;

/// Nanoseconds an image.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    /// Of the subject: the median of its turns.
    pub ns: f64,
    /// Of its baseline: the median of its turns.
    pub baseline_ns: f64,
    /// The median of subject ÷ baseline, each turn of the one by the next turn of the other. Not the ratio of the medians: a
    /// slow second slows down both sides of a pair.
    pub ratio: f64,
}

/// [`in_turns`] of two that do the same: before anything is timed, both do the first turn, and must leave the same behind.
///
/// # Panics
///
/// If they do not.
pub fn same_in_turns<S: Clone + PartialEq>(
    images: usize,
    state: &mut S,
    mut subject: impl FnMut(&mut S, usize),
    mut baseline: impl FnMut(&mut S, usize),
) -> Timed {
    let mut expected = state.clone();
    subject(state, 0);
    baseline(&mut expected, 0);
    assert!(*state == expected, "subject and baseline do not compute the same");
    drop(expected);
    in_turns(images, state, subject, baseline)
}

/// Runs `subject` and `baseline` by turns of `images` images each. Both get the number of the turn and the same `state`, so the
/// same memory; who comes first changes from turn to turn.
pub fn in_turns<S>(
    images: usize,
    state: &mut S,
    mut subject: impl FnMut(&mut S, usize),
    mut baseline: impl FnMut(&mut S, usize),
) -> Timed {
    let (mut subjects, mut baselines) = (Vec::with_capacity(MOST), Vec::with_capacity(MOST));
    let started = Instant::now();
    for turn in 0..MOST {
        if turn >= LEAST && started.elapsed() > BUDGET {
            break;
        }
        if turn % 2 == 0 {
            subjects.push(time(images, || subject(state, turn)));
            baselines.push(time(images, || baseline(state, turn)));
        } else {
            baselines.push(time(images, || baseline(state, turn)));
            subjects.push(time(images, || subject(state, turn)));
        }
    }
    // The first tenth warms up.
    let warm = subjects.len() / 10;
    let (subjects, baselines) = (subjects.split_off(warm), baselines.split_off(warm));
    let ratios = subjects.iter().zip(&baselines).map(|(subject, baseline)| subject / baseline).collect();
    Timed { ratio: median(ratios), ns: median(subjects), baseline_ns: median(baselines) }
}

/// Nanoseconds an image of work that nothing stands beside: the median of 25 turns.
pub fn alone(images: usize, mut work: impl FnMut()) -> f64 {
    work();
    median((0..LEAST).map(|_| time(images, &mut work)).collect())
}

fn time(images: usize, work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64() * 1e9 / images as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}
