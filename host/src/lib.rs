//! CutMix in a training loop: the same network trained with it and without, on CIFAR-10, on images of your own, or on an embedded data set.
//!
//! The modules are layers. Each uses only what stands below it in this list, and `tests/host/layers.rs` checks that:
//!
//! | module | what it is for |
//! |---|---|
//! | [`commands`] | the command line: one file a command, its arguments and its `run` |
//! | [`experiment`] | both variants with every seed, the run folder, the networks of a finished run |
//! | [`report`] | what a person looks at: the page and the pictures |
//! | [`training`] | the training loop, optimizer and learning rate, checkpoints, scores |
//! | [`network`] | ResNet, its weights, the device that computes |
//! | [`pipeline`] | an epoch's order, views and plans; images and soft labels as batches |
//! | [`data`] | CIFAR-10, folders, captures and the embedded set, as one store of bytes |
//! | [`settings`] | everything that defines a run, and the recipes |
//! | [`results`] | what a training reached: scores, predictions, differences |
//! | [`files`] | every read, write and lock of a file |
//! | [`ranks`] | the processes of one run |
//! | [`terminal`] | messages, bars, ctrl-C |

pub mod commands;
pub mod data;
pub mod experiment;
pub mod files;
pub mod network;
pub mod pipeline;
pub mod ranks;
pub mod report;
pub mod results;
pub mod settings;
pub mod terminal;
pub mod training;
