//! The network: a ResNet, its weights as files, and the device that computes.
//!
//! Uses Burn, and on the CPU the kernels of `resnet-kernels`; of this crate batches and settings.

pub mod device;
mod input;
mod resnet;
mod weights;

pub use input::{images_to_device, look_up, to_device};
pub use resnet::{NORM_EPSILON, ResNet};
pub use weights::{initial_weights, load_weights, weights};
