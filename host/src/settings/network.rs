//! Which network.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// The deepest network of the paper (He et al. 2015, arXiv 1512.03385); a slip of the keyboard ends here, and not in the computer's memory.
const DEEPEST: usize = 1202;

/// Likewise; wide residual networks have up to 12.
const WIDEST: usize = 32;

/// Read by [`network`](crate::network).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NetworkSettings {
    /// Layers of the ResNet, 6n+2.
    pub depth: usize,
    /// How many times as many filters each layer has as the paper's: 1 is 16, 32 and 64 in the three stages (Zagoruyko and Komodakis 2016,
    /// arXiv 1605.07146, call it k).
    #[serde(default = "as_in_the_paper")]
    pub width: usize,
    /// Share of the old running statistics that batch normalization keeps at each step, as Keras counts it.
    pub norm_momentum: f64,
}

/// Of a run that was saved before there was the setting.
const fn as_in_the_paper() -> usize {
    1
}

impl NetworkSettings {
    /// `ResNet-20`, or `ResNet-20 of width 4`.
    #[must_use]
    pub fn title(&self) -> String {
        let width = if self.width == 1 { String::new() } else { format!(" of width {}", self.width) };
        format!("ResNet-{}{width}", self.depth)
    }

    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// One sentence that names the setting and what it may be.
    pub fn validate(&self) -> Result<()> {
        ensure!(
            (8..=DEEPEST).contains(&self.depth) && self.depth % 6 == 2,
            "a ResNet of depth {} does not exist; take --depth 8, 14, 20, 32, 44, 56 or any other 6n+2 up to {DEEPEST}",
            self.depth
        );
        ensure!((1..=WIDEST).contains(&self.width), "width is {}; it must be from 1 to {WIDEST}", self.width);
        super::range::check_range("norm-momentum", self.norm_momentum, 0.0..=1.0)
    }
}
