//! Images with what is on them, pixel by pixel or object by object: a folder with `images/` and, beside it, `masks/`, YOLO's `labels/`, or COCO's
//! `annotations.json`.
//!
//! Uses files and the terminal, and what a data set of images is.

mod coco;
mod folder;
mod mask;
mod object;
pub mod yolo;

pub use coco::{ANNOTATIONS, Coco, CocoImage};
pub use folder::{Annotations, IMAGES, MASKS, Scene, Scenes};
pub use mask::Mask;
pub use object::{Object, Seen};
pub use yolo::{CLASSES, YOLO};
