//! Which random stream of `cutmix-core` decides what, so that no decision moves another.
//!
//! A stream has a key, (seed, epoch, index). The box of image n comes from index n; all other decisions have indices that no image has.

use cutmix_core::{Partners, Stream};

/// Order of an epoch's images.
pub const ORDER: u64 = u64::MAX;

/// Order of the partners, a second shuffle of the same images.
pub const PARTNERS: u64 = u64::MAX - 1;

/// Which images are held out for validation; epoch 0.
pub const HOLD_OUT: u64 = u64::MAX - 2;

/// Which images are split off to test on, of a data set that comes without; seed 0, epoch 0.
pub const TEST: u64 = u64::MAX - 3;

/// Added to an image's number: its partner, where that is of a certain class.
pub const PARTNER: u64 = 1 << 61;

/// Added to an image's number: how it is augmented.
pub const VIEWS: u64 = 1 << 63;

/// Added to a picture's number: what the embedded set draws on it; the epoch is the part of the set.
pub const PICTURES: u64 = 1 << 62;

/// The numbers of `images` images in random order (Fisher–Yates; Knuth, TAOCP volume 2, algorithm P).
///
/// # Panics
///
/// If there are more than 2³²−1 images.
#[must_use]
pub fn shuffled(images: usize, stream: &mut Stream) -> Vec<u32> {
    let mut order = vec![0; images];
    Partners::Shuffle.assign(&mut order, stream).expect("a number of images that fits in 32 bits");
    order
}
