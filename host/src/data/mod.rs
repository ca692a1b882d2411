//! Labeled images: from CIFAR-10's files, folders, captures or the program itself, to one store of bytes.
//!
//! Uses settings, files and the terminal. Knows nothing of mixing, batches and networks.

pub mod capture;
pub mod cifar;
mod class_folder;
mod dataset;
pub mod download;
pub mod embedded;
pub mod folder;
mod given;
pub mod guard;
pub mod image_file;
mod image_list;
mod in_turn;
mod info;
pub mod labels;
mod normalization;
mod planes;
mod resize;
mod source;
mod split;
pub mod streams;
mod test_images;
mod unread;

pub use dataset::Dataset;
pub use image_list::image_files;
pub use info::DataInfo;
pub use normalization::{Normalization, Tables};
pub use planes::{interleaved, planar};
pub use source::{Source, load, report_skipped};
pub use split::{Split, hold_out};
pub use test_images::load_tests;
