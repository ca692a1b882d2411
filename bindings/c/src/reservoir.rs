use core::sync::atomic::AtomicU32;

use cutmix_core::{reservoir_slot, reservoir_window, uniform_below};

use crate::cutmix_status as Status;
use crate::memory::{check, check_apart, write};
use crate::status::{Refusal, done, refuse};
use crate::stream::{cutmix_stream, with};
use crate::turn::{SetUp, Turn};

/// The slot of a frame that is not to be kept.
pub const CUTMIX_NOT_KEPT: u32 = u32::MAX;

/// Decides which frames of an endless stream stay in a few slots, and draws one of them as a partner. It holds no frame: these, with their numbers and
/// classes, stay where the caller has them, in an array of as many as there are slots.
///
/// 24 bytes, aligned to 8, of the caller's. Set it up with cutmix_reservoir_init or _init_half_life; leave the fields alone.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cutmix_reservoir {
    /// Frames offered so far.
    pub seen: u64,
    /// Of cutmix_reservoir_init_half_life, else 0.
    pub window: u64,
    /// Number of slots.
    pub slots: u32,
    /// Whether it was set up, and whether a call uses it.
    pub state: u32,
}

/// The last frames of a stream, to draw partners from; else as cutmix_reservoir. 16 bytes, aligned to 4.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cutmix_ring {
    /// Slots that hold a frame.
    pub filled: u32,
    /// The slot of the next frame.
    pub next: u32,
    /// Number of slots.
    pub slots: u32,
    /// Whether it was set up, and whether a call uses it.
    pub state: u32,
}

/// Sets up an empty reservoir: every frame seen is to be in the slots with the same probability, however long ago it was (Vitter 1985, algorithm R).
///
/// @param reservoir is overwritten, whatever it holds; 24 bytes.
/// @param slots number of frames that the caller has memory for, 1 to 2,147,483,647.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _NO_SLOTS.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_reservoir_init(reservoir: *mut cutmix_reservoir, slots: u32) -> Status {
    // SAFETY: what the caller promises is the same.
    done(unsafe { init(reservoir, slots, |_| 0) })
}

/// The same, but it forgets: a frame is to be gone after `frames` more with a probability of 1/2, after twice as many with 3/4, and so on (Aggarwal 2006).
///
/// @param reservoir is overwritten, whatever it holds; 24 bytes.
/// @param slots number of frames that the caller has memory for, 1 to 2,147,483,647.
/// @param frames half-life; so small that no frame could stay so shortly, every frame is kept.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _NO_SLOTS.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_reservoir_init_half_life(
    reservoir: *mut cutmix_reservoir,
    slots: u32,
    frames: u32,
) -> Status {
    // SAFETY: what the caller promises is the same.
    done(unsafe { init(reservoir, slots, |slots| reservoir_window(slots, frames)) })
}

/// Shows it one more frame.
///
/// @param reservoir set up before.
/// @param stream of the frame.
/// @param slot is where the slot goes that the frame is to be kept in, in place of what is there; CUTMIX_NOT_KEPT if it is not to be kept.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _SLOTS_NOT_SET_UP, _STREAM_NOT_SET_UP, _BUSY.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_reservoir_offer(
    reservoir: *mut cutmix_reservoir,
    stream: *mut cutmix_stream,
    slot: *mut u32,
) -> Status {
    done((|| {
        check(slot)?;
        check_apart(reservoir, size_of::<cutmix_reservoir>(), stream, size_of::<cutmix_stream>())?;
        // SAFETY: the caller promises a reservoir.
        let _turn = unsafe { take_reservoir(reservoir) }?;
        // SAFETY: as above; no other call has it meanwhile.
        let cutmix_reservoir { seen, window, slots, .. } = unsafe { reservoir.read() };
        // SAFETY: the caller promises a stream.
        let kept = unsafe { with(stream, |stream| reservoir_slot(slots as usize, seen, window, stream)) }?;
        // SAFETY: as of the reservoir; the state is not touched.
        unsafe { (*reservoir).seen = seen.saturating_add(1) };
        // SAFETY: the caller promises memory for the slot.
        unsafe { write(slot, kept.and_then(|slot| u32::try_from(slot).ok()).unwrap_or(CUTMIX_NOT_KEPT)) }
    })())
}

/// Draws a slot that holds a frame, each equally likely.
///
/// @param reservoir set up before.
/// @param stream of the sample; it goes on by what is drawn.
/// @param slot is where the slot goes.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _SLOTS_NOT_SET_UP, _STREAM_NOT_SET_UP, _BUSY, _EMPTY.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_reservoir_draw(
    reservoir: *mut cutmix_reservoir,
    stream: *mut cutmix_stream,
    slot: *mut u32,
) -> Status {
    done((|| {
        check(slot)?;
        check_apart(reservoir, size_of::<cutmix_reservoir>(), stream, size_of::<cutmix_stream>())?;
        // SAFETY: the caller promises a reservoir.
        let _turn = unsafe { take_reservoir(reservoir) }?;
        // SAFETY: as above; no other call has it meanwhile.
        let cutmix_reservoir { seen, slots, .. } = unsafe { reservoir.read() };
        let filled = u32::try_from(seen).map_or(slots, |seen| seen.min(slots));
        // SAFETY: the caller promises a stream, and memory for the slot.
        unsafe { draw(filled, stream, slot) }
    })())
}

/// Sets up an empty ring.
///
/// @param ring is overwritten, whatever it holds; 16 bytes.
/// @param slots number of frames that the caller has memory for, 1 to 2,147,483,647.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _NO_SLOTS.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_ring_init(ring: *mut cutmix_ring, slots: u32) -> Status {
    done((|| {
        check_slots(slots)?;
        // SAFETY: the caller promises memory for a ring.
        unsafe { write(ring, cutmix_ring { filled: 0, next: 0, slots, state: SetUp::Ring as u32 }) }
    })())
}

/// Shows it one more frame.
///
/// @param ring set up before.
/// @param slot is where the slot goes that the frame is to be kept in, in place of the oldest.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _SLOTS_NOT_SET_UP, _BUSY.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_ring_offer(ring: *mut cutmix_ring, slot: *mut u32) -> Status {
    done((|| {
        check(slot)?;
        // SAFETY: the caller promises a ring.
        let _turn = unsafe { take_ring(ring) }?;
        // SAFETY: as above; no other call has it meanwhile. The state is not touched.
        unsafe {
            let cutmix_ring { filled, next, slots, .. } = ring.read();
            if next >= slots {
                return refuse(Status::SlotsNotSetUp);
            }
            (*ring).next = if next < slots - 1 { next + 1 } else { 0 };
            (*ring).filled = filled.saturating_add(1).min(slots);
            write(slot, next)
        }
    })())
}

/// Draws a slot that holds a frame, each equally likely.
///
/// @param ring set up before.
/// @param stream of the sample; it goes on by what is drawn.
/// @param slot is where the slot goes.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _SLOTS_NOT_SET_UP, _STREAM_NOT_SET_UP, _BUSY, _EMPTY.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_ring_draw(
    ring: *mut cutmix_ring,
    stream: *mut cutmix_stream,
    slot: *mut u32,
) -> Status {
    done((|| {
        check(slot)?;
        check_apart(ring, size_of::<cutmix_ring>(), stream, size_of::<cutmix_stream>())?;
        // SAFETY: the caller promises a ring.
        let _turn = unsafe { take_ring(ring) }?;
        // SAFETY: as above, and a stream, and memory for the slot.
        unsafe { draw((*ring).filled.min((*ring).slots), stream, slot) }
    })())
}

/// # Safety
///
/// If `reservoir` is neither null nor misaligned, memory for one is there.
unsafe fn init(reservoir: *mut cutmix_reservoir, slots: u32, window: impl FnOnce(usize) -> u64) -> Result<(), Refusal> {
    check_slots(slots)?;
    let empty = cutmix_reservoir { seen: 0, window: window(slots as usize), slots, state: SetUp::Reservoir as u32 };
    // SAFETY: the caller promises memory for it.
    unsafe { write(reservoir, empty) }
}

fn check_slots(slots: u32) -> Result<(), Refusal> {
    if slots == 0 || slots > i32::MAX as u32 { refuse(Status::NoSlots) } else { Ok(()) }
}

/// # Safety
///
/// If a pointer is neither null nor misaligned, what its type says is there. `slot` was checked.
unsafe fn draw(filled: u32, stream: *mut cutmix_stream, slot: *mut u32) -> Result<(), Refusal> {
    if filled == 0 {
        return refuse(Status::Empty);
    }
    // SAFETY: the caller promises a stream, and memory for the slot.
    unsafe { write(slot, with(stream, |stream| uniform_below(filled, stream))?) }
}

/// # Safety
///
/// If `reservoir` is neither null nor misaligned, one is there as long as the turn.
unsafe fn take_reservoir<'a>(reservoir: *mut cutmix_reservoir) -> Result<Turn<'a>, Refusal> {
    check(reservoir)?;
    // SAFETY: the caller promises a reservoir; its state is only ever used as an atomic once it is set up.
    Turn::take(unsafe { AtomicU32::from_ptr(&raw mut (*reservoir).state) }, SetUp::Reservoir, Status::SlotsNotSetUp)
}

/// # Safety
///
/// If `ring` is neither null nor misaligned, one is there as long as the turn.
unsafe fn take_ring<'a>(ring: *mut cutmix_ring) -> Result<Turn<'a>, Refusal> {
    check(ring)?;
    // SAFETY: the caller promises a ring; its state is only ever used as an atomic once it is set up.
    Turn::take(unsafe { AtomicU32::from_ptr(&raw mut (*ring).state) }, SetUp::Ring, Status::SlotsNotSetUp)
}
