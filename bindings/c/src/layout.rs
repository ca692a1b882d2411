//! How large the structs are, on every processor: for programs that place them in memory of their own. C checks the same in the header.

use crate::{cutmix_header, cutmix_plan, cutmix_policy, cutmix_reservoir, cutmix_ring, cutmix_shape, cutmix_stream};

/// sizeof(cutmix_shape).
pub const CUTMIX_SHAPE_BYTES: usize = 8;
/// An address that is a multiple of it suits a cutmix_shape on every processor.
pub const CUTMIX_SHAPE_ALIGN: usize = 2;
/// sizeof(cutmix_policy).
pub const CUTMIX_POLICY_BYTES: usize = 56;
/// An address that is a multiple of it suits a cutmix_policy on every processor.
pub const CUTMIX_POLICY_ALIGN: usize = 8;
/// sizeof(cutmix_stream).
pub const CUTMIX_STREAM_BYTES: usize = 24;
/// An address that is a multiple of it suits a cutmix_stream on every processor.
pub const CUTMIX_STREAM_ALIGN: usize = 8;
/// sizeof(cutmix_plan).
pub const CUTMIX_PLAN_BYTES: usize = 16;
/// An address that is a multiple of it suits a cutmix_plan on every processor.
pub const CUTMIX_PLAN_ALIGN: usize = 4;
/// sizeof(cutmix_reservoir).
pub const CUTMIX_RESERVOIR_BYTES: usize = 24;
/// An address that is a multiple of it suits a cutmix_reservoir on every processor.
pub const CUTMIX_RESERVOIR_ALIGN: usize = 8;
/// sizeof(cutmix_ring).
pub const CUTMIX_RING_BYTES: usize = 16;
/// An address that is a multiple of it suits a cutmix_ring on every processor.
pub const CUTMIX_RING_ALIGN: usize = 4;
/// sizeof(cutmix_header).
pub const CUTMIX_HEADER_BYTES: usize = 48;
/// An address that is a multiple of it suits a cutmix_header on every processor.
pub const CUTMIX_HEADER_ALIGN: usize = 8;

macro_rules! assert_layout {
    ($($type:ty: $bytes:ident, $align:ident;)*) => {
        $(const _: () = assert!(size_of::<$type>() == $bytes && align_of::<$type>() <= $align);)*
    };
}

assert_layout! {
    cutmix_shape: CUTMIX_SHAPE_BYTES, CUTMIX_SHAPE_ALIGN;
    cutmix_policy: CUTMIX_POLICY_BYTES, CUTMIX_POLICY_ALIGN;
    cutmix_stream: CUTMIX_STREAM_BYTES, CUTMIX_STREAM_ALIGN;
    cutmix_plan: CUTMIX_PLAN_BYTES, CUTMIX_PLAN_ALIGN;
    cutmix_reservoir: CUTMIX_RESERVOIR_BYTES, CUTMIX_RESERVOIR_ALIGN;
    cutmix_ring: CUTMIX_RING_BYTES, CUTMIX_RING_ALIGN;
    cutmix_header: CUTMIX_HEADER_BYTES, CUTMIX_HEADER_ALIGN;
}
