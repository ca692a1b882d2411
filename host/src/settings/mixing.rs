//! What is done to an image before the network sees it.

use anyhow::{Context as _, Result, ensure};
use cutmix_core::{Choice, CutMix, MixUp};
use serde::{Deserialize, Serialize};

use super::box_rule::BoxRuleName;
use super::range::check_range;

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
    /// Share of the mixed images that `MixUp` takes in its place (Zhang et al. 2018, arXiv 1710.09412); timm calls it `switch_prob`.
    #[serde(default)]
    pub switch: f64,
    /// `MixUp`'s α.
    #[serde(default = "usual")]
    pub mixup_alpha: f64,
    /// Epochs in which the share of mixed images rises in even steps from zero, so that it is whole in the one behind them.
    #[serde(default)]
    pub mix_ramp: u32,
    /// When mixing ends, so that the network sees whole images at last: above 1 after so many epochs, else after this share of all. 1 is never.
    #[serde(default = "never")]
    pub mix_until: f64,
    /// Which image an image gets its box from.
    #[serde(default)]
    pub partners: PartnersName,
    /// How λ becomes a box. In the folder of an older run, which does not say it, it was the paper's.
    #[serde(default)]
    pub box_rule: BoxRuleName,
}

/// How partners are drawn from the images of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartnersName {
    /// A second shuffle, as in the Keras example: about one image an epoch meets itself.
    #[default]
    Shuffle,
    /// A random cycle through all images: none meets itself.
    RandomCycle,
    /// Another image of the same class; an image that is alone in its class stays as it is.
    SameClass,
    /// An image of any other class.
    OtherClass,
    /// An image of a class that is drawn first, each equally likely: of rare classes as much is pasted as of frequent ones.
    AnyClass,
}

/// Of a run that was saved before there was the setting.
const fn usual() -> f64 {
    0.2
}

/// Likewise.
const fn never() -> f64 {
    1.0
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
    /// The share of the images that CutMix is applied to in this epoch, counted from 0, of so many.
    #[must_use]
    pub fn probability_in(&self, epoch: u32, epochs: u32) -> f64 {
        if f64::from(epoch) >= self.mixed_epochs(epochs) {
            return 0.0;
        }
        let risen = f64::from(epoch + 1) / (f64::from(self.mix_ramp) + 1.0);
        self.probability * risen.min(1.0)
    }

    /// Epochs in which images are mixed, of so many.
    fn mixed_epochs(&self, epochs: u32) -> f64 {
        if self.mix_until > 1.0 { self.mix_until.floor() } else { (self.mix_until * f64::from(epochs)).round() }
    }

    pub(super) fn validate(&self, epochs: u32) -> Result<()> {
        self.cutmix()?;
        check_range("switch", self.switch, 0.0..=1.0)?;
        self.choice()?;
        check_range("mix-ramp", self.mix_ramp.into(), 0.0..=f64::from(epochs))?;
        check_range("mix-until", self.mix_until, 0.0..=f64::from(epochs).max(1.0))?;
        ensure!(
            self.mixed_epochs(epochs) >= 1.0,
            "mix-until is {}, so that of {epochs} epochs none is mixed; to train without CutMix, take train --no-cutmix",
            self.mix_until
        );
        Ok(())
    }

    /// CutMix or `MixUp`, the latter with λ by its α; both on this share of the images. None where it is CutMix alone.
    ///
    /// # Errors
    ///
    /// If `MixUp`'s α is not finite and greater than zero, a probability is none, or as [`cutmix`](Self::cutmix).
    pub fn choice(&self) -> Result<Option<Choice>> {
        let mixup = MixUp::new(self.mixup_alpha as f32).context("mixup-alpha")?;
        let mixup = mixup.with_probability(self.probability as f32).context("probability")?;
        let choice = Choice::new(self.cutmix()?, mixup, self.switch as f32).context("switch")?;
        Ok((self.switch > 0.0).then_some(choice))
    }

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
