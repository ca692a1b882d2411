//! The embedded data set: animals in pullovers, drawn by seeded code, so that the experiment runs with nothing to download.
//!
//! It has what CutMix is for: few pictures, and classes that are told by several parts of them. The face is the largest part and the
//! easiest to learn; tail, hands and feet tell the animal too. In the training pictures everything shows. In the test pictures a face may be
//! hidden, or another animal looks in from a corner: the paper tests occlusion as well (its section 4.4).
//!
//! Place, size, side of the tail, light, pullover, background and noise vary from picture to picture and say nothing of the class.
//!
//! Uses nothing of this program but what a data set is.

pub mod animals;
pub mod drawing;
mod pictures;

pub use pictures::{Shown, TEST, TESTED, TRAIN, draw, load};
