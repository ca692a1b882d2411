//! Which processor was asked for.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// A real GPU if there is one, else the CPU
    #[default]
    Auto,
    /// A real GPU, through wgpu
    Gpu,
    /// The CPU, through burn-flex
    Cpu,
    /// The CPU, through burn-ndarray: far slower, for cross-checks
    Ndarray,
    /// A software renderer, such as Mesa's lavapipe, through wgpu: far slower, for cross-checks
    SoftwareGpu,
}
