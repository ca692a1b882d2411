//! Everything that defines a run, as plain values in groups: a function gets the group that it needs.
//!
//! Uses results, for the names of the variants. Reads nothing but what it is given, and knows no data, network or device.

mod box_rule;
mod cache;
mod data;
mod device;
mod layers;
mod mixing;
mod network;
mod range;
mod recipe;
mod run;
mod size;
mod toml_text;
mod training;

pub use box_rule::BoxRuleName;
pub use cache::{CachePlace, CacheSettings};
pub use data::DataSettings;
pub use device::DeviceChoice;
pub use layers::{Layers, names};
pub use mixing::{Augmentation, MixingSettings, PartnersName};
pub use network::NetworkSettings;
pub use recipe::Recipe;
pub use run::{RunSettings, Settings};
pub use size::{Fit, Resize, SIDE, SIDES, Size};
pub use training::{Balance, Optimizer, OptimizerSettings, Schedule, TrainingSettings};
