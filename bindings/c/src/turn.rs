use core::sync::atomic::{AtomicU32, Ordering};

use crate::cutmix_status as Status;

/// Set up, and used by nobody. None of these numbers is what memory holds by chance: zeros, ones, or text.
pub const FREE: u32 = 0x9e37_79b9;

/// Set up, and used by a call that has not returned.
const TAKEN: u32 = !FREE;

/// The state word of a struct that calls change and keep: a call takes it, and gives it back when it is dropped.
///
/// An interrupt finds the word taken, since the call that it interrupted goes on only when it has returned; so does another thread. Processors that cannot
/// exchange a word in one step, such as Cortex-M0, look first and take then: that is exact for interrupts, but a thread may come in between.
pub struct Turn<'a>(&'a AtomicU32);

impl<'a> Turn<'a> {
    /// Takes `word`, or says why not: it is taken, or was `not_set_up`.
    pub fn take(word: &'a AtomicU32, not_set_up: Status) -> Result<Self, Status> {
        #[cfg(target_has_atomic = "32")]
        let found = word.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed);
        #[cfg(not(target_has_atomic = "32"))]
        let found = match word.load(Ordering::Relaxed) {
            FREE => {
                word.store(TAKEN, Ordering::Relaxed);
                core::sync::atomic::fence(Ordering::Acquire);
                Ok(FREE)
            }
            other => Err(other),
        };
        match found {
            Ok(_) => Ok(Self(word)),
            Err(TAKEN) => Err(Status::Busy),
            Err(_) => Err(not_set_up),
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(FREE, Ordering::Release);
    }
}
