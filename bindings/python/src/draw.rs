//! Drawing the plans of a batch, each from its own sample's stream.

use std::sync::{Arc, Mutex};

use cutmix_core::{ByClass, Choice, CutMix, Grid, Mix, MixUp, Partners, Plan, Shape, Stream};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::value;
use crate::images::Mixes;

/// Which random stream decides what, besides the boxes: indices that no sample has. All but the last are those of the Rust trainer `host`.
mod streams {
    /// Order of an epoch's images.
    pub const ORDER: u64 = u64::MAX;
    /// Order of the partners.
    pub const PARTNERS: u64 = u64::MAX - 1;
    /// Added to the number of a sample: its partner, where that is of a certain class.
    pub const PARTNER: u64 = 1 << 61;
    /// Added to the number of a batch's first sample: the partners within that batch.
    pub const BATCH: u64 = 1 << 60;
}

/// Whom an image gets its box from.
#[derive(Clone, PartialEq)]
pub enum Rule {
    /// By a permutation, of a batch or of a data set.
    Permuted(Partners),
    /// By the classes of a data set's images, which these are.
    ByClass(Class, Arc<[u16]>),
}

/// Of which class a partner is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Same,
    Other,
    /// One that is drawn first.
    Any,
}

/// Draws for one sample.
#[derive(Clone, Copy)]
pub enum Policy {
    CutMix { cutmix: CutMix, grid: Option<Grid> },
    MixUp(MixUp),
    Choice(Choice),
}

impl Policy {
    /// The plans of the samples `indices`, in this order, whose partners are `partners`.
    pub fn draw(&self, shape: Shape, seed: u64, epoch: u32, indices: &[u64], partners: &[u32]) -> Mixes {
        let samples = indices.iter().zip(partners).map(|(index, partner)| (*partner, Stream::new(seed, epoch, *index)));
        match self {
            Self::CutMix { cutmix, grid: None } => {
                Mixes::Boxes(samples.map(|(partner, mut stream)| cutmix.plan(shape, partner, &mut stream)).collect())
            }
            Self::CutMix { cutmix, grid: Some(grid) } => Mixes::Boxes(
                samples.map(|(partner, mut stream)| cutmix.plan_on_grid(shape, *grid, partner, &mut stream)).collect(),
            ),
            Self::MixUp(mixup) => {
                Mixes::Either(samples.map(|(partner, mut stream)| mixup.plan(partner, &mut stream).into()).collect())
            }
            Self::Choice(choice) => {
                Mixes::Either(samples.map(|(partner, mut stream)| choice.plan(shape, partner, &mut stream)).collect())
            }
        }
    }

    /// The plans of a batch whose partners are images of itself. A single image has none, and stays as it is.
    pub fn draw_within(&self, shape: Shape, rule: &Rule, seed: u64, epoch: u32, indices: &[u64]) -> PyResult<Mixes> {
        let Rule::Permuted(rule) = rule else {
            return Err(PyValueError::new_err(
                "partners by class are images of the whole data set, not of a batch; take plan() with dataset_size, or MixedDataset",
            ));
        };
        if indices.len() == 1 {
            let plan = Plan::unmixed(0, shape);
            return Ok(match self {
                Self::CutMix { .. } => Mixes::Boxes(vec![plan]),
                Self::MixUp(_) | Self::Choice(_) => Mixes::Either(vec![Mix::Paste(plan)]),
            });
        }
        let mut partners = vec![0; indices.len()];
        let first = indices.first().copied().unwrap_or(0);
        rule.assign(&mut partners, &mut Stream::new(seed, epoch, streams::BATCH.wrapping_add(first))).map_err(value)?;
        Ok(self.draw(shape, seed, epoch, indices, &partners))
    }
}

/// The order of `images` images in `epoch`: every number below it once.
pub fn order(images: u32, seed: u64, epoch: u32) -> PyResult<Vec<u32>> {
    let mut order = vec![0; images as usize];
    Partners::Shuffle.assign(&mut order, &mut Stream::new(seed, epoch, streams::ORDER)).map_err(value)?;
    Ok(order)
}

/// The partner of each image of a data set, as the Rust trainer draws them.
fn of_data_set(images: u32, rule: &Rule, seed: u64, epoch: u32) -> PyResult<Vec<u32>> {
    let rule = match rule {
        Rule::Permuted(rule) => *rule,
        Rule::ByClass(class, labels) => return by_class(images, *class, labels, seed, epoch),
    };
    let first = order(images, seed, epoch)?;
    let mut second = vec![0; images as usize];
    rule.assign(&mut second, &mut Stream::new(seed, epoch, streams::PARTNERS)).map_err(value)?;
    let mut partners = vec![0; images as usize];
    for (image, at) in first.iter().zip(second) {
        // A second shuffle has numbers of images; all others, places in the order.
        let partner = if rule == Partners::Shuffle { Some(&at) } else { first.get(at as usize) };
        if let (Some(slot), Some(partner)) = (partners.get_mut(*image as usize), partner) {
            *slot = *partner;
        }
    }
    Ok(partners)
}

/// The same, each from its own sample's stream. An image that is alone is its own partner, and so stays as it is.
fn by_class(images: u32, class: Class, labels: &[u16], seed: u64, epoch: u32) -> PyResult<Vec<u32>> {
    if labels.len() != images as usize {
        let classes = labels.len();
        return Err(PyValueError::new_err(format!(
            "dataset_labels: {classes} of them, for a data set of {images} images; pass one an image"
        )));
    }
    let classes = labels.iter().max().map_or(0, |&last| usize::from(last) + 1);
    let (mut order, mut starts) = (vec![0; labels.len()], vec![0; classes + 1]);
    let by_class = ByClass::new(labels, &mut order, &mut starts).map_err(value)?;
    let partner = |image: u32| {
        let stream = &mut Stream::new(seed, epoch, streams::PARTNER + u64::from(image));
        match class {
            Class::Same => by_class.same(image, stream),
            Class::Other => by_class.other(image, stream),
            Class::Any => by_class.of_any_class(stream),
        }
        .unwrap_or(image)
    };
    Ok((0..images).map(partner).collect())
}

/// The partners of an epoch, kept as long as no other epoch is asked for.
#[derive(Default)]
pub struct Kept(Mutex<Option<Epoch>>);

struct Epoch {
    images: u32,
    number: u32,
    partners: Arc<Vec<u32>>,
}

impl Kept {
    pub fn partners(&self, images: u32, rule: &Rule, seed: u64, epoch: u32) -> PyResult<Arc<Vec<u32>>> {
        let Ok(mut kept) = self.0.lock() else { return of_data_set(images, rule, seed, epoch).map(Arc::new) };
        if let Some(kept) = &*kept
            && (kept.images, kept.number) == (images, epoch)
        {
            return Ok(Arc::clone(&kept.partners));
        }
        let partners = Arc::new(of_data_set(images, rule, seed, epoch)?);
        *kept = Some(Epoch { images, number: epoch, partners: Arc::clone(&partners) });
        Ok(partners)
    }
}
