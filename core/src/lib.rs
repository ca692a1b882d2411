//! CutMix (Yun et al., 2019, [arXiv 1905.04899](https://arxiv.org/abs/1905.04899)) for microcontrollers and training
//! loops: `no_std`, no allocation, and the same bits on every machine.
//!
//! CutMix cuts a box out of a second image, pastes it into the first, and mixes the two labels by the share of pixels.
//! This crate keeps *deciding* and *doing* apart. A [`CutMix`] policy decides: it draws a [`Plan`] (whose image, which
//! box, and so which λ) from the [`Stream`] of one sample. [`paste`] does: it copies the box. [`Plan::label`] says what
//! the result now is.
//!
//! ```
//! use cutmix_core::{CutMix, Layout, Shape, Stream, paste};
//!
//! let shape = Shape::new(8, 4, 3, Layout::Hwc)?; // 8 wide, 4 high, RGB
//! let mut cat = [0_u8; 8 * 4 * 3];
//! let dog = [255_u8; 8 * 4 * 3];
//!
//! let cutmix = CutMix::new(1.0)?; // λ ~ Beta(1, 1)
//! let mut stream = Stream::new(42, 0, 7); // seed 42, epoch 0, sample 7
//! let plan = cutmix.plan(shape, 1, &mut stream); // image 1, the dog, is the partner
//! paste(&mut cat, &dog, shape, plan.patch())?;
//!
//! let mut soft = [0.0; 10];
//! plan.label(3, 5).write_soft(&mut soft)?; // class 3 is cat, class 5 is dog
//! let from_dog = cat.iter().filter(|&&value| value == 255).count();
//! assert_eq!(from_dog, plan.patch().area() as usize * 3);
//! assert_eq!(soft[3], plan.kept() as f32 / 32.0);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! | you have | take |
//! |---|---|
//! | two images | [`CutMix::plan`], [`paste`]; [`swap`] for two mixed images at once |
//! | a second set of n images | `uniform_below(n, &mut stream)` as partner, see [`uniform_below`] |
//! | a batch in one buffer | [`Partners::assign`], [`mix_batch`]: in place, with scratch of at most one image |
//! | a camera's padded DMA buffer | [`paste_strided`] |
//! | an endless stream of frames | [`Reservoir`], [`Ring`] for the last ones, [`BalancedReservoir`] where classes are unequal: which frames stay, as partners; [`Pool`] with the memory for them |
//! | pixels that belong together: YUYV, Bayer, JPEG's blocks, tokens | [`CutMix::plan_on_grid`] |
//! | labels that are soft already | [`Plan::mix_soft`]; [`Label`] has smoothing, one-hot pairs and fixed point |
//! | MixUp in turn with CutMix | [`Choice`], [`MixUp`]; [`apply_batch`] for a batch in one buffer, [`apply_images`] for one in many |
//! | your own generator | any [`rand_core::Rng`] in place of [`Stream`] |
//!
//! # Generators
//!
//! [`Stream`] is what makes a sample the same everywhere. A chip's own generator makes its *seed*, once when it starts: `Stream::new(trng.next_u64(), 0, number)`.
//! Any [`rand_core::Rng`] of version 0.10 can take its place. Generators of HALs and of embassy are of older versions, which four lines turn into one:
//!
//! ```
//! use core::convert::Infallible;
//!
//! use cutmix_core::{rand_core, uniform_below};
//! # use rand_core_0_9 as older; // the version that your HAL has
//! # struct Trng;
//! # impl older::RngCore for Trng {
//! #     fn next_u32(&mut self) -> u32 { 7 << 28 }
//! #     fn next_u64(&mut self) -> u64 { 7 << 60 }
//! #     fn fill_bytes(&mut self, bytes: &mut [u8]) { bytes.fill(7) }
//! # }
//!
//! struct Newer<R>(R);
//! impl<R: older::RngCore> rand_core::TryRng for Newer<R> {
//!     type Error = Infallible;
//!     fn try_next_u32(&mut self) -> Result<u32, Infallible> { Ok(self.0.next_u32()) }
//!     fn try_next_u64(&mut self) -> Result<u64, Infallible> { Ok(self.0.next_u64()) }
//!     fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> { Ok(self.0.fill_bytes(bytes)) }
//! }
//! assert_eq!(uniform_below(16, &mut Newer(Trng)), 7);
//! ```
//!
//! # Features
//!
//! None is on by default. `defmt` lets plans, labels and errors be logged; `serde` reads and writes them, and refuses what cannot be.
//!
//! # Units
//!
//! Sides are counted in pixels, the origin is the top left corner, and every box is half open: `x0..x1`, `y0..y1`.

#![no_std]
#![forbid(unsafe_code)]

mod batch;
mod beta;
mod by_class;
mod chance;
mod choice;
mod cutmix;
mod fill;
mod grid;
mod half;
mod label;
mod law;
mod mixup;
mod object;
mod paste;
mod patch;
mod plan;
mod pool;
mod reservoir;
mod shape;
mod soft;
mod stream;
#[cfg(feature = "serde")]
mod unchecked;

pub use batch::{MixBatchError, Partners, PartnersError, apply_batch, apply_images, mix_batch, mix_batch_scratch};
pub use beta::{Beta, BetaError};
pub use by_class::{ByClass, ByClassError};
pub use chance::ProbabilityError;
pub use choice::{Choice, Mix};
pub use cutmix::{BoxRule, CutMix, MinMaxError};
pub use fill::{erase, paste_resized};
pub use grid::{Grid, GridError};
pub use label::{Label, LabelError};
pub use law::{ShareLaw, Uniform};
pub use mixup::{Blend, MixUp};
pub use object::Visible;
pub use paste::{PasteError, StrideError, paste, paste_strided, swap};
pub use patch::{Patch, PatchError};
pub use plan::{Plan, SizeError};
pub use pool::Pool;
pub use rand_core;
pub use reservoir::{BalancedReservoir, Held, Reservoir, Ring, Slots, UnknownClass, reservoir_slot, reservoir_window};
pub use shape::{Layout, Shape, ShapeError};
pub use soft::ClassesError;
pub use stream::{Stream, uniform_below};
