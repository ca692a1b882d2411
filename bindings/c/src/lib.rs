//! `cutmix.h`: `cutmix-core` and `cutmix-record` for firmware that is written in C.
//!
//! The functions check what comes from C, call the crate that does the work, and turn its error into a status. Pastes and exchanges copy the rows themselves: the
//! crate would check once more what was checked for a status, in as much code again. Structs whose fields are C's own (shapes, plans,
//! headers) hold plain numbers, and are checked in every call, whatever they are. Those whose fields are the library's own (policies, streams, reservoirs,
//! rings) have a number in them by which one that was never set up is recognized.
//!
//! # Safety
//!
//! What no function can check, the caller promises: a pointer that is neither null nor misaligned points to memory of its type, or of as many
//! bytes as are named beside it, that is there until the function returns, and that no other thread writes meanwhile. Streams, reservoirs and rings
//! are the exception: the library sees when two use one of them. And the fields that are the library's own are left alone.
//!
//! What it is like from C is said in `include/cutmix.h`, which is made of the comments here.

#![no_std]

// In the header's order.
mod version;
mod status;
mod shape;
mod policy;
mod stream;
mod plan;
mod paste;
mod label;
mod reservoir;
mod record;
mod layout;

mod memory;
mod turn;

pub use label::{cutmix_label_q16, cutmix_label_smoothed, cutmix_label_soft};
pub use layout::{
    CUTMIX_HEADER_ALIGN, CUTMIX_HEADER_BYTES, CUTMIX_PLAN_ALIGN, CUTMIX_PLAN_BYTES, CUTMIX_POLICY_ALIGN,
    CUTMIX_POLICY_BYTES, CUTMIX_RESERVOIR_ALIGN, CUTMIX_RESERVOIR_BYTES, CUTMIX_RING_ALIGN, CUTMIX_RING_BYTES,
    CUTMIX_SHAPE_ALIGN, CUTMIX_SHAPE_BYTES, CUTMIX_STREAM_ALIGN, CUTMIX_STREAM_BYTES,
};
pub use paste::{cutmix_paste, cutmix_paste_strided, cutmix_swap};
pub use plan::{
    cutmix_plan, cutmix_plan_draw, cutmix_plan_draw_on_grid, cutmix_plan_draw_uniform,
    cutmix_plan_draw_uniform_on_grid, cutmix_plan_init, cutmix_plan_init_unmixed, cutmix_plan_kept, cutmix_plan_lambda,
};
pub use policy::{
    cutmix_policy, cutmix_policy_can_mix, cutmix_policy_init, cutmix_policy_init_beta, cutmix_policy_init_uniform,
    cutmix_policy_set_min_max, cutmix_policy_set_probability, cutmix_policy_set_rule, cutmix_rule,
};
pub use record::{
    CUTMIX_STRETCH, cutmix_element, cutmix_header, cutmix_part, cutmix_part_of, cutmix_record_plan,
    cutmix_record_sample, cutmix_sink,
};
pub use reservoir::{
    CUTMIX_NOT_KEPT, cutmix_reservoir, cutmix_reservoir_draw, cutmix_reservoir_init, cutmix_reservoir_init_half_life,
    cutmix_reservoir_offer, cutmix_ring, cutmix_ring_draw, cutmix_ring_init, cutmix_ring_offer,
};
pub use shape::{cutmix_layout, cutmix_shape, cutmix_shape_check};
pub use status::{cutmix_status, cutmix_status_message};
pub use stream::{cutmix_stream, cutmix_stream_below, cutmix_stream_init};
pub use version::{CUTMIX_VERSION, cutmix_version};

#[cfg(feature = "archive")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(feature = "proof")]
    {
        unsafe extern "C" {
            /// Defined nowhere.
            safe fn panic_is_reachable() -> !;
        }
        panic_is_reachable()
    }
    // No panic is linked: `check` proves it. The compiler wants a handler all the same.
    #[cfg(not(feature = "proof"))]
    loop {}
}
