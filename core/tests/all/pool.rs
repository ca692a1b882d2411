//! Pools: whom they keep, equally likely where that is promised.

use crate::statistics::assert_uniform;
use cutmix_core::{BalancedPool, Pool, Stream};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// What a pool holds, ascending.
fn held<const N: usize>(pool: &Pool<u32, N>) -> Vec<(u32, u16)> {
    let mut held: Vec<(u32, u16)> =
        (0..pool.len()).map(|slot| pool.get(slot).unwrap()).map(|(frame, class)| (*frame, class)).collect();
    held.sort_unstable();
    held
}

/// How often each set of frames came.
fn counts(mut sets: Vec<Vec<u32>>) -> Vec<u32> {
    sets.sort_unstable();
    sets.chunk_by(|left, right| left == right).map(|same| same.len() as u32).collect()
}

#[test]
fn the_first_frames_fill_the_pool_and_draw_nothing() {
    let mut pool: Pool<u32, 3> = Pool::new();
    let mut stream = Stream::new(0, 0, 0);
    assert!(pool.is_empty() && pool.get(0).is_none() && pool.draw(&mut stream.clone()).is_none());
    for frame in 0..3 {
        assert_eq!(pool.offer(&(10 + frame), frame as u16, &mut stream), Some(frame as usize));
        assert_eq!((pool.len(), pool.seen(), pool.is_empty()), (frame as usize + 1, u64::from(frame) + 1, false));
    }
    assert_eq!(stream, Stream::new(0, 0, 0));
    assert_eq!(held(&pool), [(10, 0), (11, 1), (12, 2)]);
    assert_eq!(pool.get(3), None);
}

#[test]
fn offer_tells_where_the_frame_went() {
    let mut pool: Pool<u32, 4> = Pool::default();
    let mut stream = Stream::new(1, 0, 0);
    let mut kept = 0;
    for frame in 0..1000_u32 {
        let before = held(&pool);
        match pool.offer(&frame, (frame % 7) as u16, &mut stream) {
            Some(slot) => {
                assert_eq!(pool.get(slot), Some((&frame, (frame % 7) as u16)));
                kept += 1;
            }
            None => assert_eq!(held(&pool), before),
        }
        assert_eq!((pool.len(), pool.seen()), (4.min(frame as usize + 1), u64::from(frame) + 1));
    }
    assert!((5..1000).contains(&kept), "{kept} of 1000 frames were kept");
}

/// Every set of three of eight frames, so every frame equally often, whatever the others.
#[test]
fn every_set_of_frames_is_equally_likely() {
    let sets = (0..100_000).map(|run| {
        let mut pool: Pool<u32, 3> = Pool::new();
        let mut stream = Stream::new(2, 0, run);
        for frame in 0..8 {
            pool.offer(&frame, 0, &mut stream);
        }
        held(&pool).into_iter().map(|(frame, _)| frame).collect()
    });
    let counts = counts(sets.collect());
    assert_eq!(counts.len(), 56);
    assert_uniform(&counts, 1, "three of eight frames");
}

#[test]
fn a_pool_of_one_keeps_every_frame_equally_often() {
    let mut counts = [0; 50];
    for run in 0..100_000 {
        let mut pool: Pool<usize, 1> = Pool::new();
        let mut stream = Stream::new(3, 0, run);
        for frame in 0..counts.len() {
            pool.offer(&frame, 0, &mut stream);
        }
        counts[*pool.get(0).unwrap().0] += 1;
    }
    assert_uniform(&counts, 1, "one of fifty frames");
}

#[test]
fn a_pool_of_none_holds_none() {
    let mut stream = Stream::new(4, 0, 0);
    let mut pool: Pool<u32, 0> = Pool::new();
    let mut balanced: BalancedPool<u32, 0, 2> = BalancedPool::new();
    let mut no_classes: BalancedPool<u32, 2, 0> = BalancedPool::new();
    for frame in 0..100 {
        assert_eq!(pool.offer(&frame, 0, &mut stream), None);
        assert_eq!(balanced.offer(&frame, (frame % 2) as u16, &mut stream), None);
        assert_eq!(no_classes.offer(&frame, 0, &mut stream), None);
    }
    for (pool_len, seen, drawn) in [
        (pool.len(), pool.seen(), pool.draw(&mut stream)),
        (balanced.pool().len(), balanced.pool().seen(), balanced.pool().draw(&mut stream)),
    ] {
        assert_eq!((pool_len, seen, drawn), (0, 100, None));
    }
    assert!(no_classes.pool().is_empty());
}

#[test]
fn every_frame_held_is_drawn_equally_often() {
    let mut pool: Pool<usize, 7> = Pool::new();
    let mut stream = Stream::new(5, 0, 0);
    for frame in 0..7 {
        pool.offer(&frame, frame as u16 + 3, &mut stream);
    }
    let mut counts = [0; 7];
    for _ in 0..100_000 {
        let (frame, class) = pool.draw(&mut stream).unwrap();
        assert_eq!(class, *frame as u16 + 3);
        counts[*frame] += 1;
    }
    assert_uniform(&counts, 1, "draws");
}

/// One frame in a hundred is of class 1: of a plain pool's eight slots it would hold none, mostly.
#[test]
fn a_rare_class_is_kept_whole_until_it_is_the_largest() {
    let mut balanced: BalancedPool<u32, 8, 2> = BalancedPool::new();
    let mut stream = Stream::new(6, 0, 0);
    for frame in 0..1000_u32 {
        let class = u16::from(frame % 100 == 99);
        let slot = balanced.offer(&frame, class, &mut stream);
        let rare = held(balanced.pool()).into_iter().filter(|(_, class)| *class == 1).count();
        assert_eq!(rare, 4.min((frame as usize + 1) / 100), "after frame {frame}");
        assert!(class == 0 || frame >= 400 || slot.is_some());
    }
    assert_eq!(balanced.pool().seen(), 1000);
}

#[test]
fn a_class_out_of_range_is_no_frame() {
    let mut balanced: BalancedPool<u32, 2, 3> = BalancedPool::new();
    let mut stream = Stream::new(7, 0, 0);
    for frame in 0..10 {
        for class in [3, 4, u16::MAX] {
            let (held_before, seen, stream_before) = (held(balanced.pool()), balanced.pool().seen(), stream.clone());
            assert_eq!(balanced.offer(&frame, class, &mut stream), None);
            assert_eq!((held(balanced.pool()), balanced.pool().seen(), &stream), (held_before, seen, &stream_before));
        }
        balanced.offer(&frame, 2, &mut stream);
    }
    assert_eq!((balanced.pool().len(), balanced.pool().seen()), (2, 10));
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
            let mut balanced: BalancedPool<u32, 4, 3> = BalancedPool::new();
            let mut stream = Stream::new(8, 0, run);
            for frame in 0..21 {
                balanced.offer(&frame, class(frame), &mut stream);
            }
            for (class, sets) in (0..).zip(&mut sets) {
                let held = held(balanced.pool()).into_iter().filter(|(_, other)| *other == class);
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
        let mut balanced: BalancedPool<u32, 12, 5> = BalancedPool::new();
        let mut stream = Stream::new(seed, 0, 0);
        let mut came = [0; 5];
        for (frame, &class) in (0..).zip(&classes) {
            balanced.offer(&frame, class, &mut stream);
            came[usize::from(class)] += 1;

            let mut of_class = [0; 5];
            for (frame, class) in held(balanced.pool()) {
                prop_assert_eq!(class, classes[frame as usize]);
                of_class[usize::from(class)] += 1;
            }
            let largest = *of_class.iter().max().unwrap();
            for (held, came) in of_class.iter().zip(came) {
                prop_assert!(*held == came || held + 1 >= largest, "{:?} of {:?}", of_class, came);
            }
            prop_assert_eq!(balanced.pool().len(), 12.min(frame as usize + 1));
            prop_assert_eq!(balanced.pool().seen(), u64::from(frame) + 1);
        }
        // No frame twice.
        let frames = held(balanced.pool());
        prop_assert!(frames.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
