//! How deep the stack went: all of the memory below it is painted, and what is left of the paint tells.

#![allow(unsafe_code)]

use core::ptr::{addr_of, addr_of_mut};

const PAINT: u32 = 0xc0ff_ee00;

/// Words below the caller that `paint` itself may be using.
const OWN: usize = 64;

unsafe extern "C" {
    /// Behind the last static, where the stack must not come. Of the linker scripts of `cortex-m-rt` and of `riscv-rt`.
    static mut __sheap: u32;
    /// The stack's upper end.
    static _stack_start: u32;
}

/// Paints what is free.
#[inline(never)]
pub fn paint() {
    let here = 0_u32;
    let (mut word, end) = (addr_of_mut!(__sheap), addr_of!(here).wrapping_sub(OWN));
    while word.cast_const() < end {
        // SAFETY: between the statics and what the stack uses nobody owns anything.
        unsafe { word.write_volatile(PAINT) };
        word = word.wrapping_add(1);
    }
}

/// The most bytes of stack since `paint`; none if it reached the statics.
#[inline(never)]
pub fn deepest() -> Option<usize> {
    let (bottom, top) = (addr_of!(__sheap), addr_of!(_stack_start));
    let mut word = bottom;
    // SAFETY: only read, and inside the memory between the statics and the stack's upper end.
    while word < top && unsafe { word.read_volatile() } == PAINT {
        word = word.wrapping_add(1);
    }
    (word > bottom).then_some(top.addr() - word.addr())
}
