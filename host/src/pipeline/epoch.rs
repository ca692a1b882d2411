//! An epoch: its order, and the plan of each image.

use anyhow::Result;
use cutmix_core::{Choice, CutMix, Mix, Partners, Plan, Shape, Stream};

use super::view::View;
use crate::data::streams::{ORDER, PARTNERS, shuffled};
use crate::settings::{Augmentation, MixingSettings};

/// How the images of an epoch are mixed.
#[derive(Clone, Copy, Debug)]
pub struct Mixing {
    /// Draws the boxes.
    pub cutmix: CutMix,
    /// Which image an image gets its box from.
    pub partners: Partners,
    /// Where `MixUp` takes the place of CutMix on a share of the images: what draws for all of them.
    pub choice: Option<Choice>,
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
        Ok(Self { cutmix: settings.cutmix()?, partners: settings.partners.into(), choice: settings.choice()? })
    }
}

impl From<CutMix> for Mixing {
    /// With partners from a second shuffle of the same set, as in the Keras example: now and then, an image meets itself.
    fn from(cutmix: CutMix) -> Self {
        Self { cutmix, partners: Partners::Shuffle, choice: None }
    }
}

/// One image of an epoch: how it is shown, and what is pasted into it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Number of the image in the data set.
    pub index: usize,
    /// The partner, and the box that is pasted from it, or how it is blended in.
    pub mix: Mix,
    /// How the image is shown.
    pub view: View,
    /// How the partner is shown: as it is where it comes first.
    pub partner_view: View,
}

impl Sample {
    fn unmixed(index: u32, shape: Shape, view: View) -> Self {
        Self { index: index as usize, mix: Plan::unmixed(index, shape).into(), view, partner_view: view }
    }
}

/// Every image of the set once, in the order of `epoch`, each with its plan.
///
/// With `mixing`, the box of an image is drawn from the image's own stream, (`seed`, `epoch`, number of the image), or how it is blended instead. Without,
/// nothing is mixed.
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
    let Some(Mixing { cutmix, partners, choice }) = mixing else {
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
            let stream = &mut Stream::new(seed, epoch, index.into());
            let mix = match choice {
                Some(choice) => choice.plan(shape, partner, stream),
                None => cutmix.plan(shape, partner, stream).into(),
            };
            Sample { index: index as usize, mix, view: view(index), partner_view: view(partner) }
        })
        .collect()
}

/// Every image of the set once, as it is, in its own order.
#[must_use]
pub fn in_order(images: usize, shape: Shape) -> Vec<Sample> {
    (0..images as u32).map(|index| Sample::unmixed(index, shape, View::default())).collect()
}
