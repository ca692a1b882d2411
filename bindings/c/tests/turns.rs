//! One stream, reservoir or ring for several threads: each call has it for itself, or says that it is in use.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{ptr, thread};

use cutmix_c::*;

/// Shared as C shares: by its address.
struct Shared<T>(*mut T);
// SAFETY: what is behind it is given to the library alone, which sees to it that one call has it at a time: that is what is tested.
unsafe impl<T> Sync for Shared<T> {}

/// How many of the calls that two threads made at the same time were done, at least so many; some were not, because the other thread's was.
fn done_by_two(least: u64, call: impl Fn() -> cutmix_status + Sync) -> u64 {
    let (done, busy, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Relaxed) {
                    match call() {
                        cutmix_status::Ok => done.fetch_add(1, Relaxed),
                        cutmix_status::Busy => busy.fetch_add(1, Relaxed),
                        other => panic!("{other:?}"),
                    };
                }
            });
        }
        let start = Instant::now();
        while (busy.load(Relaxed) < 100 || done.load(Relaxed) < least) && start.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(5));
        }
        stop.store(true, Relaxed);
    });
    assert!(busy.into_inner() >= 100, "the threads never met");
    done.into_inner()
}

fn stream() -> cutmix_stream {
    let mut stream = cutmix_stream { words: [0; 2], state: 0, reserved: 0 };
    // SAFETY: it is one.
    assert_eq!(unsafe { cutmix_stream_init(&raw mut stream, 42, 0, 7) }, cutmix_status::Ok);
    stream
}

/// Every word of a stream is drawn once: afterwards it stands where so many draws of one thread leave it.
#[test]
fn two_threads_on_one_stream() {
    // No number is drawn again below a power of two.
    let draw = |stream: *mut cutmix_stream| {
        let mut value = 0;
        // SAFETY: it is a stream.
        unsafe { cutmix_stream_below(stream, 1 << 31, &raw mut value) }
    };
    let mut shared = stream();
    let of_both = Shared(&raw mut shared);
    let of_both = &of_both;
    let done = done_by_two(30_000_000, || draw(of_both.0));
    let mut alone = stream();
    for _ in 0..done {
        assert_eq!(draw(&raw mut alone), cutmix_status::Ok);
    }
    assert_eq!(shared.words, alone.words);
}

#[test]
fn two_threads_on_one_ring_and_one_reservoir() {
    let mut ring = cutmix_ring { filled: 0, next: 0, slots: 0, state: 0 };
    let mut reservoir = cutmix_reservoir { seen: 0, window: 0, slots: 0, state: 0 };
    // SAFETY: they are what they say.
    unsafe {
        assert_eq!(cutmix_ring_init(&raw mut ring, 1000), cutmix_status::Ok);
        assert_eq!(cutmix_reservoir_init(&raw mut reservoir, 3), cutmix_status::Ok);
    }
    let of_both = Shared(&raw mut ring);
    let of_both = &of_both;
    let done = done_by_two(1_000_000, || {
        let mut slot = 0;
        // SAFETY: it is a ring.
        unsafe { cutmix_ring_offer(of_both.0, &raw mut slot) }
    });
    assert_eq!(u64::from(ring.next), done % 1000);

    let of_both = Shared(&raw mut reservoir);
    let of_both = &of_both;
    let done = done_by_two(1_000_000, || {
        let (mut slot, mut own) = (0, stream());
        // SAFETY: they are what they say.
        unsafe { cutmix_reservoir_offer(of_both.0, &raw mut own, &raw mut slot) }
    });
    assert_eq!(reservoir.seen, done);
}

/// A call that is refused gives back what it had taken, and changes nothing.
#[test]
fn a_refused_call_leaves_no_turn_behind() {
    let mut reservoir = cutmix_reservoir { seen: 0, window: 0, slots: 0, state: 0 };
    let (mut slot, mut never_set_up) = (7, cutmix_stream { words: [0; 2], state: 0, reserved: 0 });
    let mut stream = stream();
    // SAFETY: they are what they say.
    unsafe {
        assert_eq!(cutmix_reservoir_init(&raw mut reservoir, 3), cutmix_status::Ok);
        let (reservoir, slot, stream) = (&raw mut reservoir, &raw mut slot, &raw mut stream);
        assert_eq!(cutmix_reservoir_offer(reservoir, &raw mut never_set_up, slot), cutmix_status::StreamNotSetUp);
        assert_eq!(cutmix_reservoir_draw(reservoir, stream, slot), cutmix_status::Empty);
        assert_eq!(cutmix_reservoir_offer(reservoir, stream, ptr::null_mut()), cutmix_status::Null);
        assert_eq!(((*reservoir).seen, *slot), (0, 7));
        assert_eq!(cutmix_reservoir_offer(reservoir, stream, slot), cutmix_status::Ok);
        assert_eq!(cutmix_reservoir_draw(reservoir, stream, slot), cutmix_status::Ok);
        assert_eq!(((*reservoir).seen, *slot), (1, 0));
    }
}
