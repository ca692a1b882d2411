//! The tests of `host`, in one program, so that Burn is linked once. A file a concept; [`program`] starts the program as its
//! user does, and [`device`] is a camera with a link.

mod device;
mod program;

mod augment;
mod bars;
mod best_epoch;
mod cache;
mod calibration;
mod capture;
mod cifar;
mod command_line;
mod difference;
mod embedded;
mod evaluate;
mod export;
mod fetch;
mod files;
mod folder;
mod hold_out;
mod hostile;
mod image_file;
mod import;
mod init;
mod labels_table;
mod layers;
mod mixed_labels;
mod more_epochs;
#[cfg(feature = "ndarray")]
mod ndarray;
mod other_data;
mod other_files;
mod parts;
mod pipeline;
mod predictions;
mod replay;
mod report;
mod resume;
mod scenes;
mod settings;
mod shards;
mod sizes;
mod soft_labels;
mod stop;
mod tar_shards;
mod training;
