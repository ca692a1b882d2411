//! From stored bytes to batches: the order of an epoch, how each image is augmented, which box of which partner it gets, and the floats.
//!
//! Uses data and settings, and `cutmix-core` for everything that is CutMix. Knows nothing of Burn.

mod batch;
mod epoch;
mod loader;
mod mix;
mod view;
mod workers;

pub use batch::Batch;
pub use epoch::{Mixing, Sample, epoch, in_order};
pub use loader::{Loader, Loaders};
pub use mix::{label_into, mix_into};
pub use view::View;
pub use workers::Batches;
