use core::sync::atomic::{AtomicU32, Ordering};

use crate::cutmix_status as Status;
use crate::status::{Refusal, refuse};

/// What the state word of a struct holds that was set up and that nobody uses; while a call uses it, the complement. A number of its own for each kind of struct, so
/// that none is taken for another, and none that memory holds by chance: zeros, ones, or text.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum SetUp {
    Policy = 0x9e37_79b9,
    Stream = 0x85eb_ca6b,
    Reservoir = 0xc2b2_ae35,
    Ring = 0xa54f_f53a,
}

/// The state word of a struct that calls change and keep: a call takes it, and gives it back when it is dropped.
///
/// An interrupt finds the word taken, since the call that it interrupted goes on only when it has returned; so does another thread. Processors that cannot
/// exchange a word in one step, such as Cortex-M0, look first and take then: that is exact for interrupts, but a thread may come in between.
pub struct Turn<'a> {
    word: &'a AtomicU32,
    free: u32,
}

impl<'a> Turn<'a> {
    /// Takes `word` of a struct of that kind, or says why not: it is taken, or was `not_set_up`.
    pub fn take(word: &'a AtomicU32, kind: SetUp, not_set_up: Status) -> Result<Self, Refusal> {
        let (free, taken) = (kind as u32, !(kind as u32));
        #[cfg(target_has_atomic = "32")]
        let found = word.compare_exchange(free, taken, Ordering::Acquire, Ordering::Relaxed);
        #[cfg(not(target_has_atomic = "32"))]
        let found = match word.load(Ordering::Relaxed) {
            found if found == free => {
                word.store(taken, Ordering::Relaxed);
                // Nothing of the struct is read before it is taken, where an interrupt would come in between.
                core::sync::atomic::fence(Ordering::SeqCst);
                Ok(found)
            }
            found => Err(found),
        };
        match found {
            Ok(_) => Ok(Self { word, free }),
            Err(found) if found == taken => refuse(Status::Busy),
            Err(_) => refuse(not_set_up),
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.word.store(self.free, Ordering::Release);
    }
}
