//! An epoch: its order, and the plan of each image.

use std::iter;

use anyhow::Result;
use cutmix_core::{ByClass, Choice, CutMix, Mix, Partners, Plan, Shape, Stream};

use super::view::View;
use crate::data::streams::{ORDER, PARTNER, PARTNERS, shuffled};
use crate::settings::{Augmentation, MixingSettings, PartnersName};

/// How the images of an epoch are mixed.
#[derive(Clone, Copy, Debug)]
pub struct Mixing {
    /// Draws the boxes.
    pub cutmix: CutMix,
    /// Which image an image gets its box from.
    pub partners: PartnersName,
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
        Ok(Self { cutmix: settings.cutmix()?, partners: settings.partners, choice: settings.choice()? })
    }
}

impl From<CutMix> for Mixing {
    /// With partners from a second shuffle of the same set, as in the Keras example: now and then, an image meets itself.
    fn from(cutmix: CutMix) -> Self {
        Self { cutmix, partners: PartnersName::Shuffle, choice: None }
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
    /// Numbers of the images that it shows: its own, and its partner's if that shows.
    pub(super) fn shown(&self) -> impl Iterator<Item = usize> {
        let partner = self.mix.partner() as usize;
        let shows = !matches!(self.mix, Mix::Paste(plan) if plan.patch().area() == 0);
        iter::once(self.index).chain((shows && partner != self.index).then_some(partner))
    }

    fn unmixed(index: u32, shape: Shape, view: View) -> Self {
        Self { index: index as usize, mix: Plan::unmixed(index, shape).into(), view, partner_view: view }
    }
}

/// Every image of the set once, in the order of `epoch`, each with its plan. `classes` has the class of each image.
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
    classes: &[u16],
    shape: Shape,
    mixing: Option<&Mixing>,
    augmentation: Augmentation,
    seed: u64,
    epoch: u32,
) -> Vec<Sample> {
    let view = |index| View::draw(augmentation, seed, epoch, index);
    let first = shuffled(classes.len(), &mut Stream::new(seed, epoch, ORDER));
    let Some(Mixing { cutmix, partners, choice }) = mixing else {
        return first.into_iter().map(|index| Sample::unmixed(index, shape, view(index))).collect();
    };
    let second = partners_of(&first, classes, *partners, seed, epoch);
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

/// The partner of each image of an epoch, whose order is `first`.
fn partners_of(first: &[u32], classes: &[u16], partners: PartnersName, seed: u64, epoch: u32) -> Vec<u32> {
    let rule = match partners {
        PartnersName::Shuffle => Partners::Shuffle,
        PartnersName::RandomCycle => Partners::RandomCycle,
        PartnersName::SameClass | PartnersName::OtherClass | PartnersName::AnyClass => {
            let starts = classes.iter().max().map_or(1, |&last| usize::from(last) + 2);
            let (mut order, mut starts) = (vec![0; classes.len()], vec![0; starts]);
            let by_class = ByClass::new(classes, &mut order, &mut starts).expect("memory for all of them");
            let partner = |&image: &u32| {
                let stream = &mut Stream::new(seed, epoch, PARTNER + u64::from(image));
                let partner = match partners {
                    PartnersName::SameClass => by_class.same(image, stream),
                    PartnersName::OtherClass => by_class.other(image, stream),
                    _ => by_class.of_any_class(stream),
                };
                // Pasted into itself, an image stays as it is.
                partner.unwrap_or(image)
            };
            return first.iter().map(partner).collect();
        }
    };
    let mut second = vec![0; first.len()];
    rule.assign(&mut second, &mut Stream::new(seed, epoch, PARTNERS)).expect("enough images for these partners");
    if rule != Partners::Shuffle {
        // Places in the epoch's order, so that nobody at its own place meets itself.
        for place in &mut second {
            *place = first[*place as usize];
        }
    }
    second
}

/// Every image of the set once, as it is, in its own order.
#[must_use]
pub fn in_order(images: usize, shape: Shape) -> Vec<Sample> {
    (0..images as u32).map(|index| Sample::unmixed(index, shape, View::default())).collect()
}
