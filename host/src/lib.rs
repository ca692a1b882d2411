//! CutMix in a training loop: the same network trained with it and without, on CIFAR-10 or on an embedded data set.
//!
//! [`data`] holds bytes, [`pipeline`] turns them into mixed batches by `cutmix-core`, [`train`] learns from them in Burn,
//! [`experiment`] compares and leaves a run folder. `ARCHITECTURE.md` has the picture.

pub mod augment;
pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod data;
pub mod device;
pub mod evaluate;
pub mod experiment;
pub mod export;
pub mod fetch;
pub mod finished;
pub mod import;
pub mod interrupt;
pub mod kernels;
pub mod model;
pub mod optimizer;
pub mod picture;
pub mod pipeline;
pub mod plan_log;
pub mod predict;
pub mod predictions;
pub mod preview;
pub mod progress;
pub mod replay;
pub mod report;
pub mod run_dir;
pub mod train;
