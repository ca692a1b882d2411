//! Reservoirs, rings and pools: whom they keep, equally likely where that is promised.

use crate::statistics::assert_uniform;
use cutmix_core::{
    BalancedReservoir, Held, Pool, Reservoir, Ring, Stream, UnknownClass, reservoir_slot, reservoir_window,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// The frames and classes that are held, ascending.
fn held(get: impl Fn(usize) -> Option<Held>) -> Vec<(u32, u16)> {
    let numbered = |(slot, held): (usize, Held)| {
        assert_eq!(held.slot, slot);
        (held.number, held.class)
    };
    let mut held: Vec<(u32, u16)> = (0..).map_while(|slot| Some((slot, get(slot)?))).map(numbered).collect();
    held.sort_unstable();
    held
}

/// How often each set of frames came.
fn counts(mut sets: Vec<Vec<u32>>) -> Vec<u32> {
    sets.sort_unstable();
    sets.chunk_by(|left, right| left == right).map(|same| same.len() as u32).collect()
}

#[test]
fn the_first_frames_fill_the_slots_and_draw_nothing() {
    let mut reservoir: Reservoir<3> = Reservoir::new();
    let mut stream = Stream::new(0, 0, 0);
    for _ in 0..2 {
        assert!(
            reservoir.held().is_empty()
                && reservoir.held().get(0).is_none()
                && reservoir.held().draw(&mut stream.clone()).is_none()
        );
        for frame in 0..3 {
            assert_eq!(reservoir.offer(10 + frame, frame as u16, &mut stream), Some(frame as usize));
            assert_eq!(
                (reservoir.held().len(), reservoir.held().seen(), reservoir.held().is_empty()),
                (frame as usize + 1, u64::from(frame) + 1, false)
            );
        }
        assert_eq!(stream, Stream::new(0, 0, 0));
        assert_eq!(held(|slot| reservoir.held().get(slot)), [(10, 0), (11, 1), (12, 2)]);
        assert_eq!(reservoir.held().get(3), None);
        reservoir.clear();
        assert_eq!(reservoir.held().seen(), 0);
    }
}

#[test]
fn offer_tells_where_the_frame_is_to_go() {
    let mut reservoir: Reservoir<4> = Reservoir::default();
    let mut stream = Stream::new(1, 0, 0);
    let mut kept = 0;
    for number in 0..1000_u32 {
        let before = held(|slot| reservoir.held().get(slot));
        let class = (number % 7) as u16;
        match reservoir.offer(number, class, &mut stream) {
            Some(slot) => {
                assert_eq!(reservoir.held().get(slot), Some(Held { slot, number, class }));
                kept += 1;
            }
            None => assert_eq!(held(|slot| reservoir.held().get(slot)), before),
        }
        assert_eq!(
            (reservoir.held().len(), reservoir.held().seen()),
            (4.min(number as usize + 1), u64::from(number) + 1)
        );
    }
    assert!((5..1000).contains(&kept), "{kept} of 1000 frames were kept");
}

/// A pool is a reservoir with the frames: the same ones, each in its own buffer.
#[test]
fn a_pool_holds_what_its_reservoir_says() {
    let mut pool = Pool::new([u32::MAX; 4]);
    let mut reservoir: Reservoir<4> = Reservoir::new();
    let (mut stream, mut other) = (Stream::new(9, 0, 0), Stream::new(9, 0, 0));
    for round in 0..2 {
        for number in 0..500 {
            let class = (number % 3) as u16;
            if let Some(frame) = pool.offer(number, class, &mut stream) {
                *frame = 7 * number;
            }
            let _ = reservoir.offer(number, class, &mut other);
            for slot in 0..5 {
                assert_eq!(pool.get(slot).map(|(held, _)| held), reservoir.held().get(slot));
                assert!(pool.get(slot).is_none_or(|(held, frame)| *frame == 7 * held.number));
            }
            let (drawn, frame) = pool.draw(&mut stream).unwrap();
            assert_eq!((Some(drawn), *frame), (reservoir.held().draw(&mut other), 7 * drawn.number), "round {round}");
        }
        assert_eq!((pool.held().len(), pool.held().seen()), (4, 500));
        pool.clear();
        reservoir.clear();
        assert_eq!((pool.get(0), pool.draw(&mut stream)), (None, None));
        let _ = reservoir.held().draw(&mut other);
    }
}

/// Against a list of the last frames.
#[test]
fn a_ring_holds_the_last_frames() {
    let mut ring: Ring<5> = Ring::default();
    for number in 0..100_u32 {
        assert_eq!(ring.offer(number, (number % 9) as u16), Some(number as usize % 5));
        let last: Vec<(u32, u16)> =
            (number.saturating_sub(4)..=number).map(|number| (number, (number % 9) as u16)).collect();
        assert_eq!(held(|slot| ring.held().get(slot)), last);
        assert_eq!(
            (ring.held().len(), ring.held().seen(), ring.held().is_empty()),
            (last.len(), u64::from(number) + 1, false)
        );
    }
    let mut counts = [0; 5];
    let mut stream = Stream::new(10, 0, 0);
    for _ in 0..100_000 {
        counts[ring.held().draw(&mut stream).unwrap().slot] += 1;
    }
    assert_uniform(&counts, 1, "draws from a ring");
    ring.clear();
    assert!(ring.held().is_empty() && ring.held().draw(&mut stream).is_none());
    assert_eq!((ring.offer(3, 0), ring.held().seen()), (Some(0), 1));
    assert_eq!(Ring::<0>::new().offer(1, 1), None);
}

/// A frame of age a is held with probability (1 − 1÷w)^a, w = h ÷ ln 2, once the stream is long: half of that after h frames. The closed form, with five
/// standard errors of its binomial.
#[test]
fn half_of_the_frames_are_gone_after_a_half_life() {
    const RUNS: u32 = 40_000;
    for half_life in [20_u32, 100] {
        let window = (f64::from(half_life) / 2.0_f64.ln()).round();
        let ages = [0, half_life / 2, half_life, 2 * half_life];
        let mut alive = [0_u32; 4];
        for run in 0..RUNS {
            let mut reservoir: Reservoir<4> = Reservoir::with_half_life(half_life);
            let mut stream = Stream::new(u64::from(half_life), 1, run.into());
            let last = 6 * half_life;
            for number in 0..=last {
                let _ = reservoir.offer(number, 0, &mut stream);
            }
            for (alive, age) in alive.iter_mut().zip(ages) {
                *alive +=
                    held(|slot| reservoir.held().get(slot)).iter().filter(|(number, _)| *number == last - age).count()
                        as u32;
            }
        }
        for (alive, age) in alive.into_iter().zip(ages) {
            let expected = 4.0 / window * (1.0 - 1.0 / window).powi(age as i32);
            let error = (expected * (1.0 - expected) / f64::from(RUNS)).sqrt();
            let share = f64::from(alive) / f64::from(RUNS);
            assert!(
                (share - expected).abs() <= 5.0 * error,
                "half-life {half_life}, age {age}: {share}, not {expected}"
            );
        }
    }
    // As long as there are fewer frames than that, nothing is forgotten: it is the other reservoir.
    let (mut forgets, mut keeps) = (Reservoir::<4>::with_half_life(u32::MAX), Reservoir::<4>::new());
    let (mut stream, mut other) = (Stream::new(11, 0, 0), Stream::new(11, 0, 0));
    for number in 0..10_000 {
        assert_eq!(forgets.offer(number, 0, &mut stream), keeps.offer(number, 0, &mut other));
    }
    // A half-life below the least keeps every frame.
    let mut shortest = Reservoir::<4>::with_half_life(1);
    assert!((0..100).all(|number| shortest.offer(number, 0, &mut stream).is_some()));
    forgets.clear();
    assert!(forgets.held().is_empty());
}

/// The decision alone is that of the reservoir, with either window.
#[test]
fn slots_are_decided_without_a_reservoir() {
    for half_life in [None, Some(1), Some(20), Some(u32::MAX)] {
        let mut reservoir = half_life.map_or_else(Reservoir::<5>::new, Reservoir::with_half_life);
        let window = half_life.map_or(0, |half_life| reservoir_window(5, half_life));
        let (mut stream, mut other) = (Stream::new(12, 0, 0), Stream::new(12, 0, 0));
        for number in 0..500 {
            let slot = reservoir_slot(5, number.into(), window, &mut other);
            assert_eq!(reservoir.offer(number, 0, &mut stream), slot, "half-life {half_life:?}, frame {number}");
        }
        assert_eq!(stream, other);
    }
    let mut stream = Stream::new(13, 0, 0);
    for seen in [0, 1, 1 << 40, u64::MAX] {
        assert_eq!(reservoir_slot(0, seen, 0, &mut stream), None);
    }
    // 20 ÷ ln 2 is 28.85, a million ÷ ln 2 is 1,442,695.04.
    assert_eq!((reservoir_window(5, 20), reservoir_window(5, 3), reservoir_window(40, 20)), (29, 5, 40));
    assert_eq!(reservoir_window(1, 1_000_000), 1_442_695);
}

/// Every set of three of eight frames, so every frame equally often, whatever the others.
#[test]
fn every_set_of_frames_is_equally_likely() {
    let sets = (0..100_000).map(|run| {
        let mut reservoir: Reservoir<3> = Reservoir::new();
        let mut stream = Stream::new(2, 0, run);
        for frame in 0..8 {
            let _ = reservoir.offer(frame, 0, &mut stream);
        }
        held(|slot| reservoir.held().get(slot)).into_iter().map(|(frame, _)| frame).collect()
    });
    let counts = counts(sets.collect());
    assert_eq!(counts.len(), 56);
    assert_uniform(&counts, 1, "three of eight frames");
}

#[test]
fn a_slot_keeps_every_frame_equally_often() {
    let mut counts = [0; 50];
    for run in 0..100_000 {
        let mut reservoir: Reservoir<1> = Reservoir::new();
        let mut stream = Stream::new(3, 0, run);
        for frame in 0..counts.len() {
            let _ = reservoir.offer(frame as u32, 0, &mut stream);
        }
        counts[reservoir.held().get(0).unwrap().number as usize] += 1;
    }
    assert_uniform(&counts, 1, "one of fifty frames");
}

#[test]
fn no_slot_holds_no_frame() {
    let mut stream = Stream::new(4, 0, 0);
    let mut reservoir: Reservoir<0> = Reservoir::new();
    let mut forgets: Reservoir<0> = Reservoir::with_half_life(10);
    let mut balanced: BalancedReservoir<0, 0> = BalancedReservoir::new();
    for frame in 0..100 {
        assert_eq!(reservoir.offer(frame, 0, &mut stream), None);
        assert_eq!(forgets.offer(frame, 0, &mut stream), None);
        assert_eq!(balanced.offer(frame, 0, &mut stream), Err(UnknownClass { class: 0, classes: 0 }));
    }
    assert_eq!((reservoir.held().len(), reservoir.held().seen(), reservoir.held().draw(&mut stream)), (0, 100, None));
    assert!(balanced.held().is_empty());
}

#[test]
fn every_frame_held_is_drawn_equally_often() {
    let mut reservoir: Reservoir<7> = Reservoir::new();
    let mut stream = Stream::new(5, 0, 0);
    for frame in 0..7 {
        let _ = reservoir.offer(frame, frame as u16 + 3, &mut stream);
    }
    let mut counts = [0; 7];
    for _ in 0..100_000 {
        let Held { slot, number, class } = reservoir.held().draw(&mut stream).unwrap();
        assert_eq!((slot, class), (number as usize, number as u16 + 3));
        counts[slot] += 1;
    }
    assert_uniform(&counts, 1, "draws");
}

/// One frame in a hundred is of class 1: of a plain pool's eight slots it would hold none, mostly.
#[test]
fn a_rare_class_is_kept_whole_until_it_is_the_largest() {
    let mut balanced: BalancedReservoir<8, 2> = BalancedReservoir::new();
    let mut stream = Stream::new(6, 0, 0);
    for frame in 0..1000_u32 {
        let class = u16::from(frame % 100 == 99);
        let slot = balanced.offer(frame, class, &mut stream).unwrap();
        let rare = held(|slot| balanced.held().get(slot)).into_iter().filter(|(_, class)| *class == 1).count();
        assert_eq!(rare, 4.min((frame as usize + 1) / 100), "after frame {frame}");
        assert!(class == 0 || frame >= 400 || slot.is_some());
    }
    assert_eq!(balanced.held().seen(), 1000);
}

#[test]
fn a_class_out_of_range_is_an_error_and_no_frame() {
    let mut balanced: BalancedReservoir<3, 3> = BalancedReservoir::new();
    let mut stream = Stream::new(7, 0, 0);
    for frame in 0..10 {
        for class in [3, 4, u16::MAX] {
            let before = (held(|slot| balanced.held().get(slot)), balanced.held().seen(), stream.clone());
            let error = balanced.offer(frame, class, &mut stream).unwrap_err();
            assert_eq!(error, UnknownClass { class, classes: 3 });
            assert!(error.to_string().contains(&format!("no class {class} among 3")), "{error}");
            assert_eq!((held(|slot| balanced.held().get(slot)), balanced.held().seen(), stream.clone()), before);
        }
        balanced.offer(frame, 2, &mut stream).unwrap();
    }
    assert_eq!((balanced.held().len(), balanced.held().seen()), (3, 10));
    balanced.clear();
    assert_eq!((balanced.offer(0, 0, &mut stream), balanced.held().seen(), balanced.held().len()), (Ok(Some(0)), 1, 1));
}

/// Three classes of seven frames each share four slots, so that each had to make room, was sampled, or both. How many of
/// a class are held does not depend on which: of one size, all sets are equally likely.
#[test]
fn every_frame_of_a_class_that_overflowed_is_equally_likely() {
    type ClassOf = fn(u32) -> u16;
    let orders: [(&str, ClassOf); 2] =
        [("one class after the other", |frame| (frame / 7) as u16), ("in turns", |frame| (frame % 3) as u16)];
    for (order, class) in orders {
        let mut sets: [[Vec<Vec<u32>>; 3]; 3] = Default::default();
        for run in 0..50_000 {
            let mut balanced: BalancedReservoir<4, 3> = BalancedReservoir::new();
            let mut stream = Stream::new(8, 0, run);
            for frame in 0..21 {
                balanced.offer(frame, class(frame), &mut stream).unwrap();
            }
            for (class, sets) in (0..).zip(&mut sets) {
                let held = held(|slot| balanced.held().get(slot)).into_iter().filter(|(_, other)| *other == class);
                let set: Vec<u32> = held.map(|(frame, _)| frame).collect();
                sets[set.len()].push(set);
            }
        }
        for (class, [none, one, two]) in sets.into_iter().enumerate() {
            assert!(none.is_empty(), "{order}: class {class} was dropped");
            for (sets, kinds) in [(one, 7), (two, 21)] {
                let counts = counts(sets);
                if !counts.is_empty() {
                    assert_eq!(counts.len(), kinds);
                    assert_uniform(&counts, 6 * orders.len(), &format!("{order}, class {class}, sets of {kinds}"));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 5_000, rng_seed: RngSeed::Fixed(0), ..Config::default() })]

    /// Of each class a balanced pool holds all that came, or at most one less than of the largest.
    #[test]
    fn no_class_goes_short(
        // Classes of unequal frequency: the power makes low ones common.
        classes in prop::collection::vec((0.0..1.0_f64).prop_map(|share| (5.0 * share.powi(3)) as u16), 0..200),
        sorted: bool,
        seed: u64,
    ) {
        let mut classes = classes;
        if sorted {
            classes.sort_unstable();
        }
        let mut balanced: BalancedReservoir<12, 5> = BalancedReservoir::new();
        let mut stream = Stream::new(seed, 0, 0);
        let mut came = [0; 5];
        for (frame, &class) in (0..).zip(&classes) {
            balanced.offer(frame, class, &mut stream).unwrap();
            came[usize::from(class)] += 1;

            let mut of_class = [0; 5];
            for (frame, class) in held(|slot| balanced.held().get(slot)) {
                prop_assert_eq!(class, classes[frame as usize]);
                of_class[usize::from(class)] += 1;
            }
            let largest = *of_class.iter().max().unwrap();
            for (held, came) in of_class.iter().zip(came) {
                prop_assert!(*held == came || held + 1 >= largest, "{:?} of {:?}", of_class, came);
            }
            prop_assert_eq!(balanced.held().len(), 12.min(frame as usize + 1));
            prop_assert_eq!(balanced.held().seen(), u64::from(frame) + 1);
        }
        // No frame twice.
        let frames = held(|slot| balanced.held().get(slot));
        prop_assert!(frames.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
