//! Memory that C points to: looked at before it is touched.

use crate::cutmix_status as Status;
use crate::status::{Refusal, refuse};

/// Checks that `pointer` may point to a `T`.
#[inline]
pub fn check<T>(pointer: *const T) -> Result<(), Refusal> {
    check_address(pointer.addr(), align_of::<T>() - 1)
}

/// Checks that `address` is not 0, and that its lower bits, which are `bits`, are.
#[inline(never)] // once in the program, and not for every pointer of every function
fn check_address(address: usize, bits: usize) -> Result<(), Refusal> {
    if address == 0 {
        return refuse(Status::Null);
    }
    if address & bits == 0 { Ok(()) } else { refuse(Status::Unaligned) }
}

/// A copy of what is at `pointer`.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `T` is there.
pub unsafe fn read<T: Copy>(pointer: *const T) -> Result<T, Refusal> {
    check(pointer)?;
    // SAFETY: it is not null and aligned, so that the caller promises a `T`.
    Ok(unsafe { pointer.read() })
}

/// Overwrites what is at `pointer`.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, memory for a `T` is there.
pub unsafe fn write<T: Copy>(pointer: *mut T, value: T) -> Result<(), Refusal> {
    check(pointer)?;
    // SAFETY: it is not null and aligned, so that the caller promises memory for a `T`.
    unsafe { pointer.write(value) };
    Ok(())
}

/// Checks that so many bytes at `a` and so many at `b` have none in common.
#[inline]
pub fn check_apart<A, B>(a: *const A, a_bytes: usize, b: *const B, b_bytes: usize) -> Result<(), Refusal> {
    let (a, b) = (a.addr(), b.addr());
    // Differences, since an end may lie behind the last address. That which would be negative is more than any memory has.
    if b.wrapping_sub(a) < a_bytes || a.wrapping_sub(b) < b_bytes { refuse(Status::Overlap) } else { Ok(()) }
}

/// Checks that an image of `expected` bytes has so many.
pub fn check_length(actual: usize, expected: usize) -> Result<(), Refusal> {
    if actual < expected {
        return refuse(Status::FrameTooShort);
    }
    if actual > expected { refuse(Status::FrameTooLong) } else { Ok(()) }
}
