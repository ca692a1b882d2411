//! What is done to an image before the network sees it.

use anyhow::{Context as _, Result, ensure};
use cutmix_core::CutMix;
use serde::{Deserialize, Serialize};

use super::box_rule::BoxRuleName;

/// Read by [`pipeline`](crate::pipeline).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MixingSettings {
    /// Before it is mixed.
    #[serde(flatten)]
    pub augmentation: Augmentation,
    /// λ ~ Beta(α, α).
    pub alpha: f64,
    /// Share of the images that CutMix is applied to.
    pub probability: f64,
    /// How λ becomes a box. In the folder of an older run, which does not say it, it was the paper's.
    #[serde(default)]
    pub box_rule: BoxRuleName,
}

/// What may be done to an image before it is mixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Augmentation {
    /// Random horizontal flip: of every other image.
    pub flip: bool,
    /// Random crop: each image is padded with so many black pixels on every side, and cut back to its size anywhere.
    pub shift: u8,
}

impl MixingSettings {
    /// The policy: λ by this α, boxes by this rule, on this share of the images.
    ///
    /// # Errors
    ///
    /// If α is not finite and greater than zero, the probability is none, or the rule's shares are none.
    pub fn cutmix(&self) -> Result<CutMix> {
        ensure!(
            self.alpha != 0.0,
            "--alpha 0: a Beta distribution's parameter is greater than zero; to train without CutMix, take train --no-cutmix, or \
             --set probability=0"
        );
        CutMix::new(self.alpha as f32)
            .context("--alpha")?
            .with_probability(self.probability as f32)
            .context("probability")?
            .with_rule(self.box_rule.0)
            .context("box-rule")
    }
}
