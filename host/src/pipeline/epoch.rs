//! An epoch: its order, and the plan of each image.

use anyhow::Result;
use cutmix_core::{Blend, CutMix, MixUp, Partners, Plan, Shape, Stream};
use rand_core::Rng as _;

use super::view::View;
use crate::data::streams::{ORDER, PARTNERS, SWITCH, shuffled};
use crate::settings::{Augmentation, MixingSettings};

/// How the images of an epoch are mixed.
#[derive(Clone, Copy, Debug)]
pub struct Mixing {
    /// Draws the boxes.
    pub cutmix: CutMix,
    /// Which image an image gets its box from.
    pub partners: Partners,
    /// What takes the place of CutMix, and on which share of the images; none for CutMix alone.
    pub switch: Option<Switch>,
}

/// `MixUp` in the place of CutMix.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// Draws how much of the image is left.
    pub mixup: MixUp,
    /// Share of the images of which it decides, 0 to 1.
    pub share: f32,
    /// Share of these that it blends, as CutMix has it of its own.
    pub probability: f32,
}

impl Mixing {
    /// As the settings say for this epoch, counted from 0, of so many; none where nothing is mixed.
    ///
    /// # Errors
    ///
    /// If the settings are not valid.
    pub fn in_epoch(settings: &MixingSettings, epoch: u32, epochs: u32) -> Result<Option<Self>> {
        let probability = settings.probability_in(epoch, epochs);
        if probability == 0.0 {
            return Ok(None);
        }
        Self::of(&MixingSettings { probability, ..*settings }).map(Some)
    }

    /// As the settings say, where the share of mixed images has risen.
    ///
    /// # Errors
    ///
    /// If they are not valid.
    pub fn of(settings: &MixingSettings) -> Result<Self> {
        let switch = Switch {
            mixup: settings.mixup()?,
            share: settings.switch as f32,
            probability: settings.probability as f32,
        };
        let switch = (switch.share > 0.0).then_some(switch);
        Ok(Self { cutmix: settings.cutmix()?, partners: settings.partners.into(), switch })
    }
}

impl From<CutMix> for Mixing {
    /// With partners from a second shuffle of the same set, as in the Keras example: now and then, an image meets itself.
    fn from(cutmix: CutMix) -> Self {
        Self { cutmix, partners: Partners::Shuffle, switch: None }
    }
}

impl Switch {
    /// Whether this decides of an image, and not CutMix: one number of 24 bits. What it decides comes next from the same stream.
    fn decides(&self, stream: &mut Stream) -> bool {
        below(self.share, stream)
    }

    /// How the image is blended with `partner`, if it is: another number, then λ.
    fn blend(&self, partner: u32, stream: &mut Stream) -> Option<Blend> {
        below(self.probability, stream).then(|| self.mixup.plan(partner, stream))
    }
}

/// True with this probability.
fn below(share: f32, stream: &mut Stream) -> bool {
    const STEPS: f32 = (1 << 24) as f32;
    ((stream.next_u32() >> 8) as f32) < share * STEPS
}

/// One image of an epoch: how it is shown, and what is pasted into it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Number of the image in the data set.
    pub index: usize,
    /// The partner, and the box that is pasted from it.
    pub plan: Plan,
    /// How the image is blended with its partner, in place of a box.
    pub blend: Option<Blend>,
    /// How the image is shown.
    pub view: View,
    /// How the partner is shown: as it is where it comes first.
    pub partner_view: View,
}

impl Sample {
    fn unmixed(index: u32, shape: Shape, view: View) -> Self {
        Self { index: index as usize, plan: Plan::unmixed(index, shape), blend: None, view, partner_view: view }
    }
}

/// Every image of the set once, in the order of `epoch`, each with its plan.
///
/// With `mixing`, the box of an image is drawn from the image's own stream, (`seed`, `epoch`, number of the image), and from another of its own whether
/// it is blended instead. Without, nothing is mixed.
/// Order and views are the same with and without.
///
/// # Panics
///
/// If there are too few images for the partners: a single one, for those that nobody is to meet itself by.
#[must_use]
pub fn epoch(
    images: usize,
    shape: Shape,
    mixing: Option<&Mixing>,
    augmentation: Augmentation,
    seed: u64,
    epoch: u32,
) -> Vec<Sample> {
    let view = |index| View::draw(augmentation, seed, epoch, index);
    let first = shuffled(images, &mut Stream::new(seed, epoch, ORDER));
    let Some(Mixing { cutmix, partners, switch }) = mixing else {
        return first.into_iter().map(|index| Sample::unmixed(index, shape, view(index))).collect();
    };
    let mut second = vec![0; images];
    partners.assign(&mut second, &mut Stream::new(seed, epoch, PARTNERS)).expect("enough images for these partners");
    if *partners != Partners::Shuffle {
        // Places in the epoch's order, so that nobody at its own place meets itself.
        for place in &mut second {
            *place = first[*place as usize];
        }
    }
    let pairs = first.into_iter().zip(second);
    pairs
        .map(|(index, partner)| {
            let stream = |of: u64| Stream::new(seed, epoch, of + u64::from(index));
            let mut of_switch = stream(SWITCH);
            let (plan, blend) = match switch {
                Some(switch) if switch.decides(&mut of_switch) => {
                    (Plan::unmixed(partner, shape), switch.blend(partner, &mut of_switch))
                }
                _ => (cutmix.plan(shape, partner, &mut stream(0)), None),
            };
            Sample { index: index as usize, plan, blend, view: view(index), partner_view: view(partner) }
        })
        .collect()
}

/// Every image of the set once, as it is, in its own order.
#[must_use]
pub fn in_order(images: usize, shape: Shape) -> Vec<Sample> {
    (0..images as u32).map(|index| Sample::unmixed(index, shape, View::default())).collect()
}
