//! Labeled images: from CIFAR-10's files, folders, captures or the program itself, to one store of bytes, in memory or in a file.
//!
//! Uses settings, files and the terminal. Knows nothing of mixing, batches and networks.

mod cache;
pub mod capture;
pub mod cifar;
mod class_folder;
mod dataset;
mod digest;
pub mod download;
pub mod embedded;
pub mod folder;
mod given;
pub mod guard;
mod hold_out;
pub mod image_file;
mod image_list;
mod in_turn;
mod info;
mod jpeg;
pub mod labels;
mod listing;
mod normalization;
mod npy;
mod origin;
mod parts;
mod placement;
mod planes;
mod reading;
mod region;
mod resize;
pub mod scenes;
mod source;
mod split;
mod store;
pub mod streams;
mod table;
mod tar_shards;
mod test_images;
mod unread;

pub use dataset::{Contents, Dataset};
pub use digest::Digest;
pub use hold_out::{HoldOut, hold_out};
pub use image_list::image_files;
pub use info::DataInfo;
pub use normalization::{Normalization, Tables};
pub use origin::Origin;
pub use parts::{Parts, is_part};
pub use planes::{interleaved, planar};
pub use region::{Frame, Region};
pub use source::{Source, load, report_skipped};
pub use split::Split;
pub use store::Store;
pub use test_images::load_tests;
