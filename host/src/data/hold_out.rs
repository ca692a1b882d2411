//! Which images are held out of training, so that a score is of images that were never seen.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;

use anyhow::{Result, ensure};
use cutmix_core::Stream;

use super::dataset::Dataset;
use super::digest::Digest;
use super::origin::Origin;
use super::streams::shuffled;

/// Numbers of images, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldOut {
    /// To train on.
    pub kept: Vec<usize>,
    /// Not to train on.
    pub held_out: Vec<usize>,
    /// Neither: images that show what a held-out image shows, since they were mixed with it, are copies of it, or frames next to it.
    pub left_out: usize,
}

/// Holds out a share of the images of `data`, drawn from `stream`: unmixed ones, each of another origin, and at least one of each class. What shows
/// one of them leaves training.
///
/// Of frames of a device, whole stretches of `stretch` frames are held out, and training has none that is less than half a stretch away, as
/// [`cutmix_record::part`] has it: in time, neighbors are nearly equal.
///
/// The share is of the origins of which there is an unmixed image: where nothing is mixed and nothing is there twice, of all images. The setting
/// that asks for it, and what to do without it, are for messages.
///
/// # Errors
///
/// If there is no unmixed image, a class would have nothing left to train on, or an image cannot be read.
pub fn hold_out(
    data: &Dataset,
    classes: &[String],
    share: f64,
    stretch: NonZeroU32,
    [setting, remedy]: [&str; 2],
    stream: &mut Stream,
) -> Result<HoldOut> {
    let contents = data.all_contents();
    let same = Same::of(data)?;
    let order: Vec<usize> = shuffled(data.len(), stream).into_iter().map(|index| index as usize).collect();
    // The first unmixed image of each origin, in random order.
    let mut taken = HashSet::new();
    let candidates: Vec<usize> = order
        .into_iter()
        .filter(|&index| !contents[index].is_mixed() && taken.insert(same.root(contents[index].origins[0])))
        .collect();
    ensure!(
        !candidates.is_empty(),
        "{setting} = {share}: all {} training images came mixed, and images to score must be unmixed; add unmixed images, or {remedy}",
        data.len()
    );
    let stretch_of = |index: usize| contents[index].origins[0].stretch(stretch);
    let mut together: HashMap<Origin, Vec<usize>> = HashMap::new();
    for &index in &candidates {
        together.entry(stretch_of(index)).or_default().push(index);
    }
    let wanted = ((share * candidates.len() as f64).round() as usize).clamp(1, candidates.len());
    let mut held_out = Vec::with_capacity(wanted);
    let mut has_one = vec![false; classes.len()];
    let class = |index: usize| usize::from(contents[index].classes[0]);
    let mut stretches = HashSet::new();
    for &index in &candidates {
        let is_wanted = held_out.len() < wanted || !has_one[class(index)];
        if is_wanted && stretches.insert(stretch_of(index)) {
            for &index in &together[&stretch_of(index)] {
                held_out.push(index);
                has_one[class(index)] = true;
            }
        }
    }
    held_out.sort_unstable();

    let scored: HashSet<Origin> = held_out.iter().map(|&index| same.root(contents[index].origins[0])).collect();
    let is_seen = |origin: Origin| {
        scored.contains(&same.root(origin))
            || origin.stretches_nearby(stretch).iter().any(|near| stretches.contains(near))
    };
    let kept: Vec<usize> = (0..data.len()).filter(|&index| !contents[index].origins.into_iter().any(is_seen)).collect();
    let mut by_class = vec![[0; 2]; classes.len()];
    for shown in contents {
        by_class[usize::from(shown.classes[0])][0] += 1;
    }
    for &index in &kept {
        by_class[usize::from(contents[index].classes[0])][1] += 1;
    }
    let is_frame = |&index: &usize| matches!(contents[index].origins[0], Origin::Frame { .. });
    let around = if candidates.iter().any(is_frame) {
        format!(", and the frames around it in stretches of {stretch} (--set stretch=N takes others)")
    } else {
        String::new()
    };
    for (name, [all, left]) in classes.iter().zip(by_class) {
        ensure!(
            all == 0 || left > 0,
            "{setting} = {share} holds out at least one unmixed image of each class, with all that shows it{around}, and leaves none of the {all} images of \
             class {name} to train on; add images of that class, or {remedy}"
        );
    }
    Ok(HoldOut { left_out: data.len() - kept.len() - held_out.len(), kept, held_out })
}

/// Numbers of the images of `data` that are in `other` too, byte for byte.
///
/// # Errors
///
/// If an image cannot be read.
pub fn shared(data: &Dataset, other: &Dataset) -> Result<HashSet<usize>> {
    let mut theirs = Known::new(other);
    for index in 0..other.len() {
        theirs.find_or_add(index)?;
    }
    let is_shared = |&index: &usize| theirs.find(data, index).map(|found| found.is_some());
    (0..data.len()).filter_map(|index| is_shared(&index).map(|shared| shared.then_some(index)).transpose()).collect()
}

/// Images of which no two are the same, byte for byte. Only of those with one digest the bytes are looked at.
struct Known<'a> {
    data: &'a Dataset,
    by_digest: HashMap<&'a Digest, Vec<usize>>,
}

impl<'a> Known<'a> {
    /// None yet, of `data`.
    fn new(data: &'a Dataset) -> Self {
        Self { data, by_digest: HashMap::with_capacity(data.len()) }
    }

    /// The one that image `index` of `data` is the same as.
    fn find(&self, data: &Dataset, index: usize) -> Result<Option<usize>> {
        for &other in self.by_digest.get(data.digest(index)).into_iter().flatten() {
            if data.image(index)? == self.data.image(other)? {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    /// The one that image `index` of the same data is the same as: itself, if there was none.
    fn find_or_add(&mut self, index: usize) -> Result<usize> {
        if let Some(other) = self.find(self.data, index)? {
            return Ok(other);
        }
        self.by_digest.entry(self.data.digest(index)).or_default().push(index);
        Ok(index)
    }
}

/// Which origins are the same, since an unmixed image of the one is an unmixed image of the other, byte for byte.
struct Same(HashMap<Origin, Origin>);

impl Same {
    fn of(data: &Dataset) -> Result<Self> {
        let mut same = Self(HashMap::new());
        let mut first = Known::new(data);
        for (index, shown) in data.all_contents().iter().enumerate().filter(|(_, shown)| !shown.is_mixed()) {
            let other = data.contents(first.find_or_add(index)?).origins[0];
            let (one, other) = (same.root(shown.origins[0]), same.root(other));
            if one != other {
                same.0.insert(one, other);
            }
        }
        Ok(same)
    }

    /// The one that stands for all that are the same as `origin`.
    fn root(&self, mut origin: Origin) -> Origin {
        while let Some(&other) = self.0.get(&origin) {
            origin = other;
        }
        origin
    }
}
