//! Drawing the plans of a batch, each from its own sample's stream.

use std::sync::{Arc, Mutex};

use cutmix_core::{Choice, CutMix, Grid, Mix, MixUp, Partners, Plan, Shape, Stream};
use pyo3::prelude::*;

use crate::error::value;
use crate::images::Mixes;

/// Which random stream decides what, besides the boxes: indices that no sample has. The first two are those of the Rust trainer `host`.
mod streams {
    /// Order of an epoch's images.
    pub const ORDER: u64 = u64::MAX;
    /// Order of the partners.
    pub const PARTNERS: u64 = u64::MAX - 1;
    /// Added to the number of a batch's first sample: the partners within that batch.
    pub const BATCH: u64 = 1 << 60;
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
    pub fn draw_within(&self, shape: Shape, rule: Partners, seed: u64, epoch: u32, indices: &[u64]) -> PyResult<Mixes> {
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
fn of_data_set(images: u32, rule: Partners, seed: u64, epoch: u32) -> PyResult<Vec<u32>> {
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

/// The partners of an epoch, kept as long as no other epoch is asked for.
#[derive(Default)]
pub struct Kept(Mutex<Option<Epoch>>);

struct Epoch {
    images: u32,
    number: u32,
    partners: Arc<Vec<u32>>,
}

impl Kept {
    pub fn partners(&self, images: u32, rule: Partners, seed: u64, epoch: u32) -> PyResult<Arc<Vec<u32>>> {
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
