//! What a residual network computes with on the CPU: convolution, and batch normalization with the shortcut and `ReLU` in one pass, forward
//! and backward, for Burn's backend flex. Knows Burn and slices, nothing of images or data sets.
//!
//! Images are `[batch, height, width, channels]` here, so that one vector holds neighboring channels. Every sum has a fixed order: the same
//! bits with any number of threads. Burn's own layers say what is computed, and the tests hold these kernels to them.
//!
//! [`layers`] takes Burn's layers and tensors, [`mod@conv`] and [`norm`] take slices.
//!
//! ```
//! use burn::nn::PaddingConfig2d;
//! use burn::nn::conv::Conv2dConfig;
//! use burn::tensor::{Device, Tensor};
//!
//! let device = Device::flex().autodiff();
//! let layer = Conv2dConfig::new([3, 16], [3, 3]).with_padding(PaddingConfig2d::Same).init(&device);
//! let images = Tensor::<4>::zeros([2, 32, 32, 3], &device); // channels last
//! assert!(resnet_kernels::run_on(&images.device()));
//! assert_eq!(resnet_kernels::conv(&layer, images).dims(), [2, 32, 32, 16]);
//! ```
//!
//! # What a new Burn is likely to break
//!
//! Burn is pinned, since this crate leans on parts of it that it does not promise to keep:
//!
//! | what | where | what would show it |
//! |---|---|---|
//! | `backend_extension`, `Dispatch`, `Tensor::from_dispatch` | `ops.rs`, `layers.rs` | it does not compile |
//! | autodiff's nodes: `Backward`, `Ops`, `OpsKind`, `Gradients::consume` | `ops.rs` | it does not compile, or the gradients' tests fail |
//! | `FlexTensor`: contiguous memory as a slice, `storage_mut` without a copy | `ops.rs` | it does not compile, or the bench shows a copy |
//! | the fields of `Conv2d` and `BatchNorm`, `RunningState::update` | `layers.rs` | it does not compile, or the running statistics' test fails |
//! | when `BatchNorm` trains: autodiff device and `training.is_enabled()` | `layers.rs` | the frozen layer's test fails |

#![allow(clippy::inline_always, reason = "pulp compiles for an instruction set only what is inlined into its dispatch")]

pub mod conv;
pub mod layers;
pub mod norm;
mod ops;

pub use layers::{conv, conv_same, norm_relu, norm_relu_of, run_on};
pub use pulp::Arch;
