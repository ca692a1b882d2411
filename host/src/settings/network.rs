//! Which network.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// Read by [`network`](crate::network).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NetworkSettings {
    /// Layers of the ResNet, 6n+2.
    pub depth: usize,
    /// Share of the old running statistics that batch normalization keeps at each step, as Keras counts it.
    pub norm_momentum: f64,
}

impl NetworkSettings {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// One sentence that names the setting and what it may be.
    pub fn validate(&self) -> Result<()> {
        ensure!(
            self.depth >= 8 && self.depth % 6 == 2,
            "a ResNet of depth {} does not exist; take --depth 8, 14, 20, 32, 44, 56 or any other 6n+2",
            self.depth
        );
        super::range::check_range("norm-momentum", self.norm_momentum, 0.0..=1.0)
    }
}
