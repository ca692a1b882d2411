use core::sync::atomic::AtomicU32;

use cutmix_core::{Stream, uniform_below};

use crate::cutmix_status as Status;
use crate::memory::{check, write};
use crate::status::{Refusal, done};
use crate::turn::{SetUp, Turn};

/// The random numbers of one sample: the same on every machine for the same seed, epoch and index.
///
/// The caller owns the memory, 24 bytes. Set it up with cutmix_stream_init; leave the fields alone.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct cutmix_stream {
    /// The generator.
    pub words: [u64; 2],
    /// Whether it was set up, and whether a call uses it.
    pub state: u32,
    /// So that it is as large on every processor.
    pub reserved: u32,
}

const _: () = assert!(size_of::<Stream>() == 16 && align_of::<Stream>() <= align_of::<cutmix_stream>());

/// Sets up the stream of sample `index` in `epoch` of the run with `seed`.
///
/// A sample's numbers depend on these three alone. Let every session, from power-on to power-off, have a seed of its own, and count frames from 0.
/// For two threads, or an interrupt and what it interrupts, set up a stream each: if they use one, a call returns CUTMIX_STATUS_BUSY.
///
/// @param stream is overwritten, whatever it holds; 24 bytes.
/// @param seed of the session or run.
/// @param epoch counted from 0; 0 on a device.
/// @param index of the frame, counted from 0.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_stream_init(stream: *mut cutmix_stream, seed: u64, epoch: u32, index: u64) -> Status {
    // SAFETY: two words of 64 bits have the size of the generator, which was asserted, and no bytes without a value: it has two words itself.
    let words = unsafe { core::mem::transmute::<Stream, [u64; 2]>(Stream::new_in_a_loop(seed, epoch, index)) };
    // SAFETY: the caller promises memory for a stream.
    done(unsafe { write(stream, cutmix_stream { words, state: SetUp::Stream as u32, reserved: 0 }) })
}

/// Draws a whole number from 0 to `bound` - 1, each equally likely, without bias; 0 if `bound` is 0 or 1.
///
/// For a partner out of a second set of images, say.
///
/// @param stream of the sample; it goes on by what is drawn.
/// @param bound any.
/// @param value is where the number goes.
/// @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _STREAM_NOT_SET_UP, _BUSY.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cutmix_stream_below(stream: *mut cutmix_stream, bound: u32, value: *mut u32) -> Status {
    done((|| {
        check(value)?;
        // SAFETY: the caller promises a stream.
        let drawn = unsafe { with(stream, |stream| uniform_below(bound, stream)) }?;
        // SAFETY: the caller promises memory for the number.
        unsafe { write(value, drawn) }
    })())
}

/// Lends the stream at `pointer` to `work`, and to nobody else meanwhile.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `cutmix_stream` is there.
#[inline]
pub unsafe fn with<T>(pointer: *mut cutmix_stream, work: impl FnOnce(&mut Stream) -> T) -> Result<T, Refusal> {
    check(pointer)?;
    // SAFETY: the caller promises a stream; its state is only ever used as an atomic once it is set up.
    let state = unsafe { AtomicU32::from_ptr(&raw mut (*pointer).state) };
    let turn = Turn::take(state, SetUp::Stream, Status::StreamNotSetUp)?;
    // SAFETY: the words are of the generator's size and aligned, any of their values is one of its, and while `turn` lives no other call has them.
    let drawn = work(unsafe { &mut *(&raw mut (*pointer).words).cast::<Stream>() });
    drop(turn);
    Ok(drawn)
}
