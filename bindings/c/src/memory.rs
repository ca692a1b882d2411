//! Memory that C points to: looked at before it is touched.

use crate::cutmix_status as Status;

/// Checks that `pointer` may point to a `T`.
#[inline]
pub fn check<T>(pointer: *const T) -> Result<(), Status> {
    check_address(pointer.addr(), align_of::<T>() - 1)
}

/// Checks that `address` is not 0, and that its lower bits, which are `bits`, are.
#[inline(never)] // once in the program, and not for every pointer of every function
fn check_address(address: usize, bits: usize) -> Result<(), Status> {
    if address == 0 {
        return Err(Status::Null);
    }
    if address & bits == 0 { Ok(()) } else { Err(Status::Unaligned) }
}

/// A copy of what is at `pointer`.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, a `T` is there.
pub unsafe fn read<T: Copy>(pointer: *const T) -> Result<T, Status> {
    check(pointer)?;
    // SAFETY: it is not null and aligned, so that the caller promises a `T`.
    Ok(unsafe { pointer.read() })
}

/// Overwrites what is at `pointer`.
///
/// # Safety
///
/// If `pointer` is neither null nor misaligned, memory for a `T` is there.
pub unsafe fn write<T: Copy>(pointer: *mut T, value: T) -> Result<(), Status> {
    check(pointer)?;
    // SAFETY: it is not null and aligned, so that the caller promises memory for a `T`.
    unsafe { pointer.write(value) };
    Ok(())
}

/// Checks that so many bytes at `a` and so many at `b` have none in common.
#[inline]
pub fn check_apart<A, B>(a: *const A, a_bytes: usize, b: *const B, b_bytes: usize) -> Result<(), Status> {
    let (a, b) = (a.addr(), b.addr());
    // Differences, since an end may lie behind the last address. That which would be negative is more than any memory has.
    if b.wrapping_sub(a) < a_bytes || a.wrapping_sub(b) < b_bytes { Err(Status::Overlap) } else { Ok(()) }
}

/// Checks that an image of `expected` bytes has so many.
pub fn check_length(actual: usize, expected: usize) -> Result<(), Status> {
    if actual < expected {
        return Err(Status::FrameTooShort);
    }
    if actual > expected { Err(Status::FrameTooLong) } else { Ok(()) }
}
