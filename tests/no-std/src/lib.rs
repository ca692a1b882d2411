//! The whole of `cutmix-core`, and what of `cutmix-record` a device needs, behind functions that C could call, so that
//! it becomes machine code without std and without an allocator: both would be missed here. `check` shows that no panic
//! is reachable from `probe`; `size` weighs `sample`.

#![no_std]
#![allow(unsafe_code, reason = "the linker is the test: it needs names, and a symbol that nothing defines")]

use core::panic::PanicInfo;

mod messages;
mod probe;
mod sample;

unsafe extern "C" {
    /// Defined nowhere.
    safe fn panic_is_reachable() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    panic_is_reachable()
}

/// Every function of both on inputs that the optimizer cannot know. Writes no text.
#[unsafe(no_mangle)]
pub extern "C" fn probe() {
    let _ = probe::all();
}

/// Every text that they can write. Formatting has panics of its own, which are not theirs.
#[unsafe(no_mangle)]
pub extern "C" fn messages() {
    let _ = messages::all();
}

/// A microcontroller's whole job for one image of 32 × 32 pixels with 3 bytes each: whether it was done.
#[unsafe(no_mangle)]
pub extern "C" fn sample(dst: &mut [u8; 3072], src: &[u8; 3072], soft: &mut [f32; 10], alpha: f32, index: u64) -> bool {
    sample::mix(dst, src, soft, alpha, index).is_some()
}

/// The same for α = 1 alone.
#[unsafe(no_mangle)]
pub extern "C" fn sample_uniform(dst: &mut [u8; 3072], src: &[u8; 3072], soft: &mut [f32; 10], index: u64) -> bool {
    sample::mix_uniform(dst, src, soft, index).is_some()
}

/// The same job for what a program learns only while it runs: another shape, policy and key for every image.
#[unsafe(no_mangle)]
pub extern "C" fn sample_any(dst: &mut [u8; 3072], src: &[u8; 3072], soft: &mut [f32; 10], job: &sample::Job) -> bool {
    sample::mix_any(dst, src, soft, job).is_some()
}

/// The same for α = 1 alone.
#[unsafe(no_mangle)]
pub extern "C" fn sample_any_uniform(
    dst: &mut [u8; 3072],
    src: &[u8; 3072],
    soft: &mut [f32; 10],
    job: &sample::Job,
) -> bool {
    sample::mix_any_uniform(dst, src, soft, job).is_some()
}
