//! Which images are held out of training, so that a score is of images that were never seen.

use std::collections::{HashMap, HashSet};

use anyhow::{Result, ensure};
use cutmix_core::Stream;

use super::dataset::{Contents, Dataset};
use super::streams::shuffled;

/// Numbers of images, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldOut {
    /// To train on.
    pub kept: Vec<usize>,
    /// Not to train on.
    pub held_out: Vec<usize>,
    /// Neither: images that show what a held-out image shows, since they were mixed with it or are copies of it.
    pub left_out: usize,
}

/// Holds out a share of the images of `data`, drawn from `stream`: unmixed ones, each of another source, and at least one of each class. What shows
/// one of them leaves training.
///
/// The share is of the sources of which there is an unmixed image: where nothing is mixed and nothing is there twice, of all images. The setting
/// that asks for it, and what to do without it, are for messages.
///
/// # Errors
///
/// If there is no unmixed image, or a class would have nothing left to train on.
pub fn hold_out(
    data: &Dataset,
    classes: &[String],
    share: f64,
    [setting, remedy]: [&str; 2],
    stream: &mut Stream,
) -> Result<HoldOut> {
    let contents = data.all_contents();
    let sources = Sources::of(data);
    let order: Vec<usize> = shuffled(data.len(), stream).into_iter().map(|index| index as usize).collect();
    // The first unmixed image of each source, in random order.
    let mut taken = HashSet::new();
    let candidates: Vec<usize> = order
        .into_iter()
        .filter(|&index| !contents[index].is_mixed() && taken.insert(sources.shown(contents[index])[0]))
        .collect();
    ensure!(
        !candidates.is_empty(),
        "{setting} = {share}: all {} training images came mixed, and images to score must be unmixed; add unmixed images, or {remedy}",
        data.len()
    );
    let wanted = ((share * candidates.len() as f64).round() as usize).clamp(1, candidates.len());
    let (first, rest) = candidates.split_at(wanted);
    let mut held_out = first.to_vec();
    let mut has_one = vec![false; classes.len()];
    for &index in &held_out {
        has_one[usize::from(contents[index].classes[0])] = true;
    }
    for &index in rest {
        let has_one = &mut has_one[usize::from(contents[index].classes[0])];
        if !std::mem::replace(has_one, true) {
            held_out.push(index);
        }
    }
    held_out.sort_unstable();

    let scored: HashSet<u32> = held_out.iter().map(|&index| sources.shown(contents[index])[0]).collect();
    let is_seen = |index: &usize| sources.shown(contents[*index]).iter().any(|source| scored.contains(source));
    let kept: Vec<usize> = (0..data.len()).filter(|index| !is_seen(index)).collect();
    let mut by_class = vec![[0; 2]; classes.len()];
    for shown in contents {
        by_class[usize::from(shown.classes[0])][0] += 1;
    }
    for &index in &kept {
        by_class[usize::from(contents[index].classes[0])][1] += 1;
    }
    for (name, [all, left]) in classes.iter().zip(by_class) {
        ensure!(
            all == 0 || left > 0,
            "{setting} = {share} holds out at least one unmixed image of each class, with all that shows it, and leaves none of the {all} images of \
             class {name} to train on; add images of that class, or {remedy}"
        );
    }
    Ok(HoldOut { left_out: data.len() - kept.len() - held_out.len(), kept, held_out })
}

/// Numbers of the images of `data` that are in `other` too, byte for byte.
#[must_use]
pub fn shared(data: &Dataset, other: &Dataset) -> HashSet<usize> {
    let theirs: HashSet<&[u8]> = (0..other.len()).map(|index| other.image(index)).collect();
    (0..data.len()).filter(|&index| theirs.contains(data.image(index))).collect()
}

/// Sources of images, where two sources are one if an unmixed image of the one is an unmixed image of the other, byte for byte.
struct Sources(HashMap<u32, u32>);

impl Sources {
    fn of(data: &Dataset) -> Self {
        let mut sources = Self(HashMap::new());
        let mut first = HashMap::with_capacity(data.len());
        for (index, shown) in data.all_contents().iter().enumerate().filter(|(_, shown)| !shown.is_mixed()) {
            let other = *first.entry(data.image(index)).or_insert(shown.sources[0]);
            let (one, other) = (sources.root(shown.sources[0]), sources.root(other));
            if one != other {
                sources.0.insert(one, other);
            }
        }
        sources
    }

    /// The one that stands for all that are the same as `source`.
    fn root(&self, mut source: u32) -> u32 {
        while let Some(&other) = self.0.get(&source) {
            source = other;
        }
        source
    }

    /// What an image shows, both the same where nothing was pasted into it.
    fn shown(&self, contents: Contents) -> [u32; 2] {
        contents.sources.map(|source| self.root(source))
    }
}
