use core::{fmt, mem};

use rand_core::Rng;

use crate::paste::{Extent, Place, check_length, paste};
use crate::{Blend, Mix, PasteError, Plan, Shape, SizeError, uniform_below};

/// Whom each image of a batch takes its box from, when partners come from the same batch.
///
/// ```
/// use cutmix_core::{Partners, Stream};
///
/// let mut partners = [0; 5];
/// Partners::RandomCycle.assign(&mut partners, &mut Stream::new(42, 0, 0))?;
/// assert!(partners.iter().zip(0..).all(|(partner, image)| *partner != image));
/// # Ok::<(), cutmix_core::PartnersError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Partners {
    /// A random cycle through the whole batch, by Sattolo 1986, "An algorithm to generate a random cyclic permutation",
    /// IPL 22(6). Such a permutation is a derangement: nobody meets themself. Every other is equally likely.
    #[default]
    RandomCycle,
    /// A random permutation (Fisher–Yates), as in the paper's code: about one image a batch meets itself, and stays as it is.
    Shuffle,
    /// The image before, the last one for the first: torchvision's `roll(1)`.
    Roll,
    /// The batch back to front: timm's `flip(0)`. Only batches of an even number have nobody in the middle.
    Reverse,
}

impl Partners {
    /// Fills `partners`, one element an image, with the number of each image's partner: always a permutation.
    ///
    /// Draw order: from the last image to the second, one [`uniform_below`] each; none for [`Roll`](Self::Roll) and
    /// [`Reverse`](Self::Reverse).
    ///
    /// # Errors
    ///
    /// [`PartnersError`] if somebody would have to meet themself although the rule says nobody does: a batch of one, or
    /// an odd one for [`Reverse`](Self::Reverse). `partners` then stays as it was.
    pub fn assign<R: Rng + ?Sized>(self, partners: &mut [u32], rng: &mut R) -> Result<(), PartnersError> {
        let images = partners.len();
        let lonely = match self {
            Self::RandomCycle | Self::Roll => images == 1,
            Self::Shuffle => false,
            Self::Reverse => images % 2 == 1,
        };
        if lonely || u32::try_from(images).is_err() {
            return Err(PartnersError { rule: self, images });
        }
        let count = images as u32;
        match self {
            Self::Roll => number(partners, |image| image.checked_sub(1).unwrap_or(count.saturating_sub(1))),
            Self::Reverse => number(partners, |image| count.saturating_sub(image).saturating_sub(1)),
            Self::RandomCycle | Self::Shuffle => {
                number(partners, |image| image);
                let mut rest = partners;
                while let Some((last, others @ [_, ..])) = rest.split_last_mut() {
                    // Sattolo leaves the last one out, and so makes one cycle of all.
                    let bound = others.len() as u32 + u32::from(self == Self::Shuffle);
                    if let Some(other) = others.get_mut(uniform_below(bound, rng) as usize) {
                        mem::swap(last, other);
                    }
                    rest = others;
                }
            }
        }
        Ok(())
    }
}

fn number(partners: &mut [u32], partner: impl Fn(u32) -> u32) {
    for (slot, image) in partners.iter_mut().zip(0..) {
        *slot = partner(image);
    }
}

/// A batch for which a rule has no partners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PartnersError {
    /// The rule.
    pub rule: Partners,
    /// Images in the batch.
    pub images: usize,
}

impl fmt::Display for PartnersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, images } = self;
        match rule {
            Partners::Reverse => {
                write!(f, "a batch of {images} back to front leaves one image with itself; take an even number")
            }
            _ => write!(f, "a batch of {images} has no partners for {rule:?}; take 2 images or more"),
        }
    }
}

impl core::error::Error for PartnersError {}

/// Elements of scratch that [`mix_batch`] needs for `plans`: the largest box, so at most one image.
#[must_use]
pub fn mix_batch_scratch(shape: Shape, plans: &[Plan]) -> usize {
    let largest = plans.iter().map(|plan| plan.patch().area()).max().unwrap_or(0);
    (largest as usize).saturating_mul(shape.channels().into())
}

/// Carries out the plan of every image of a batch, in place: image i gets the box of `plans[i]` from the image
/// `plans[i].partner()` as that was before the call.
///
/// `images` holds the batch one image after the other; partners are numbers of images in it, and nobody is the partner
/// of two. `scratch` is overwritten; [`mix_batch_scratch`] says how long it must be.
///
/// ```
/// use cutmix_core::{Layout, Patch, Plan, Shape, mix_batch};
///
/// let shape = Shape::new(3, 1, 1, Layout::Hwc)?;
/// let mut batch = *b"aaabbb";
/// let left = Patch::new(0, 0, 1, 1)?;
/// let plans = [Plan::new(1, left, shape)?, Plan::new(0, left, shape)?];
/// mix_batch(&mut batch, shape, &plans, &mut [0; 1])?;
/// assert_eq!(&batch, b"baaabb");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`MixBatchError`] if a length is wrong, a plan was made for another shape, or the partners are no permutation.
/// Everything is checked before the first write: after an error `images` is as it was.
pub fn mix_batch<T: Copy>(
    images: &mut [T],
    shape: Shape,
    plans: &[Plan],
    scratch: &mut [T],
) -> Result<(), MixBatchError> {
    check_length("batch", shape.len().saturating_mul(plans.len()), images.len())?;
    plans.iter().try_for_each(|plan| check_plan(*plan, shape))?;
    check_permutation(plans.len(), || plans.iter().map(|plan| plan.partner()))?;
    let scratch = first_of(scratch, mix_batch_scratch(shape, plans))?;

    // A permutation is made of cycles; each is walked once, from its lowest image. Every image on the way still has the
    // pixels that its predecessor needs; only the last needs those of the first, which are saved beforehand.
    let len = shape.len();
    for first in 0..plans.len() {
        let Some(last) = last_of_cycle(|image| Some(plans.get(image)?.partner()), first) else { continue };
        let Some(patch) = plans.get(last).map(|plan| plan.patch()) else { continue };
        let (extent, place) = (Extent::new(shape, patch), Place::new(shape, patch));
        let Some(saved) = images.get(first * len..(first + 1) * len) else { continue };
        extent.copy(scratch, extent.packed(), saved, place);
        let mut image = first;
        while image != last {
            let Some(plan) = plans.get(image) else { break };
            let partner = plan.partner() as usize;
            if let Some([dst, src]) = two_of(images, len, image, partner) {
                let place = Place::new(shape, plan.patch());
                Extent::new(shape, plan.patch()).copy(dst, place, src, place);
            }
            image = partner;
        }
        let Some(dst) = images.get_mut(last * len..(last + 1) * len) else { continue };
        extent.copy(dst, place, scratch, extent.packed());
    }
    Ok(())
}

/// As [`mix_batch`], where each image has a [`Mix`] of its own: a box that is pasted, or a blend. No partner is read that was mixed already. `blend` is
/// [`Blend::apply_u8`], say, whichever goes with the elements. `scratch` holds an image at least, and is overwritten.
///
/// ```
/// use cutmix_core::{Blend, Layout, Mix, MixUp, Shape, Stream, apply_batch};
///
/// let shape = Shape::new(2, 2, 1, Layout::Hwc)?;
/// let mut batch = [0_u8, 0, 0, 0, 100, 100, 100, 100];
/// let mixup = MixUp::new(1.0)?;
/// let mixes = [1, 0].map(|partner| Mix::from(mixup.plan(partner, &mut Stream::new(42, 0, partner.into()))));
/// apply_batch(&mut batch, shape, &mixes, &mut [0; 4], Blend::apply_u8)?;
/// let exact = 100.0 * (1.0 - mixes[0].lambda()); // of image 0, into which image 1 was blended
/// assert!((f32::from(batch[0]) - exact).abs() <= 0.5);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`mix_batch`]; after an error `images` is as it was, unless `blend` gave one of its own.
pub fn apply_batch<T: Copy>(
    images: &mut [T],
    shape: Shape,
    mixes: &[Mix],
    scratch: &mut [T],
    blend: impl Fn(Blend, &mut [T], &[T]) -> Result<(), PasteError>,
) -> Result<(), MixBatchError> {
    check_length("batch", shape.len().saturating_mul(mixes.len()), images.len())?;
    apply(&mut OneAfterTheOther { images, len: shape.len() }, shape, mixes, scratch, blend)
}

/// As [`apply_batch`], where the images do not lie one after the other: each has a slice of its own, a frame's buffer say, or a row of every image of
/// a batch, of which several threads take one each.
///
/// ```
/// use cutmix_core::{Blend, Layout, Patch, Plan, Shape, apply_images};
///
/// let shape = Shape::new(3, 1, 1, Layout::Hwc)?;
/// let (mut first, mut second) = (*b"aaa", *b"bbb");
/// let mixes = [Plan::new(1, Patch::new(0, 0, 2, 1)?, shape)?.into(), Plan::new(0, Patch::new(1, 0, 3, 1)?, shape)?.into()];
/// apply_images(&mut [&mut first, &mut second], shape, &mixes, &mut [0; 3], Blend::apply_u8)?;
/// assert_eq!((&first, &second), (b"bba", b"baa"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`apply_batch`], of which it keeps the promises.
pub fn apply_images<T: Copy>(
    images: &mut [&mut [T]],
    shape: Shape,
    mixes: &[Mix],
    scratch: &mut [T],
    blend: impl Fn(Blend, &mut [T], &[T]) -> Result<(), PasteError>,
) -> Result<(), MixBatchError> {
    let len = shape.len();
    check_length("batch", len.saturating_mul(mixes.len()), len.saturating_mul(images.len()))?;
    images.iter().try_for_each(|image| check_length("destination", len, image.len()))?;
    apply(images, shape, mixes, scratch, blend)
}

/// The images of a batch, of right lengths, wherever they lie.
trait Images<T> {
    fn one(&mut self, image: usize) -> Option<&mut [T]>;
    fn two(&mut self, first: usize, second: usize) -> Option<[&mut [T]; 2]>;
}

struct OneAfterTheOther<'a, T> {
    images: &'a mut [T],
    len: usize,
}

impl<T> Images<T> for OneAfterTheOther<'_, T> {
    #[inline]
    fn one(&mut self, image: usize) -> Option<&mut [T]> {
        self.images.get_mut(image * self.len..(image + 1) * self.len)
    }

    #[inline]
    fn two(&mut self, first: usize, second: usize) -> Option<[&mut [T]; 2]> {
        two_of(self.images, self.len, first, second)
    }
}

impl<T> Images<T> for [&mut [T]] {
    fn one(&mut self, image: usize) -> Option<&mut [T]> {
        self.get_mut(image).map(|image| &mut **image)
    }

    fn two(&mut self, first: usize, second: usize) -> Option<[&mut [T]; 2]> {
        self.get_disjoint_mut([first, second]).ok().map(|[first, second]| [&mut **first, &mut **second])
    }
}

fn apply<T: Copy>(
    images: &mut (impl Images<T> + ?Sized),
    shape: Shape,
    mixes: &[Mix],
    scratch: &mut [T],
    blend: impl Fn(Blend, &mut [T], &[T]) -> Result<(), PasteError>,
) -> Result<(), MixBatchError> {
    for mix in mixes {
        if let Mix::Paste(plan) = mix {
            check_plan(*plan, shape)?;
        }
    }
    check_permutation(mixes.len(), || mixes.iter().map(|mix| mix.partner()))?;
    let scratch = first_of(scratch, shape.len())?;

    let apply = |mix: Mix, dst: &mut [T], src: &[T]| match mix {
        Mix::Paste(plan) => paste(dst, src, shape, plan.patch()),
        Mix::Blend(of) => blend(of, dst, src),
    };
    // In cycles as above.
    for first in 0..mixes.len() {
        let Some(last) = last_of_cycle(|image| Some(mixes.get(image)?.partner()), first) else { continue };
        if let Some(saved) = images.one(first)
            && saved.len() == scratch.len()
        {
            scratch.copy_from_slice(saved);
        }
        let mut image = first;
        while image != last {
            let Some(mix) = mixes.get(image) else { break };
            let partner = mix.partner() as usize;
            if let Some([dst, src]) = images.two(image, partner) {
                apply(*mix, dst, src)?;
            }
            image = partner;
        }
        if let (Some(mix), Some(dst)) = (mixes.get(last), images.one(last)) {
            apply(*mix, dst, scratch)?;
        }
    }
    Ok(())
}

fn check_plan(plan: Plan, shape: Shape) -> Result<(), MixBatchError> {
    // A box might fit, but λ would be another image's.
    if plan.fits(shape) { Ok(()) } else { Err(MixBatchError::Plan(SizeError { plan, shape })) }
}

fn first_of<T>(scratch: &mut [T], needed: usize) -> Result<&mut [T], MixBatchError> {
    let actual = scratch.len();
    scratch.get_mut(..needed).ok_or(MixBatchError::Scratch { needed, actual })
}

/// Two images of a batch, of `len` elements each.
#[inline]
fn two_of<T>(images: &mut [T], len: usize, first: usize, second: usize) -> Option<[&mut [T]; 2]> {
    images.get_disjoint_mut([first, second].map(|image| image * len..(image + 1) * len)).ok()
}

/// The image whose partner is `first`, if `first` is the lowest of a cycle of two or more.
#[inline]
fn last_of_cycle(partner: impl Fn(usize) -> Option<u32>, first: usize) -> Option<usize> {
    let mut image = first;
    loop {
        let partner = partner(image)? as usize;
        if partner == first {
            return (image != first).then_some(image);
        }
        if partner < first {
            return None;
        }
        image = partner;
    }
}

/// Every image is the partner of exactly one: looked at 512 images at a time, a bit each, so that little memory is needed and
/// small batches are done in one go.
fn check_permutation<I: Iterator<Item = u32>>(images: usize, partners: impl Fn() -> I) -> Result<(), MixBatchError> {
    const WORDS: usize = 8;
    for block in (0..images).step_by(64 * WORDS) {
        let mut seen = [0_u64; WORDS];
        for number in partners() {
            let partner = number as usize;
            let at = partner.wrapping_sub(block);
            let twice = seen.get_mut(at / 64).is_some_and(|word| {
                let bit = 1 << (at % 64);
                let twice = *word & bit != 0;
                *word |= bit;
                twice
            });
            if twice || partner >= images {
                return Err(MixBatchError::Partner { partner: number, images });
            }
        }
    }
    Ok(())
}

/// Why no image of a batch was mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum MixBatchError {
    /// The batch's length or a box is wrong.
    Paste(PasteError),
    /// An image is the partner of two, or is none of the batch.
    Partner {
        /// Number of that image.
        partner: u32,
        /// Images in the batch.
        images: usize,
    },
    /// A plan was made for an image of another size.
    Plan(SizeError),
    /// The scratch is too short.
    Scratch {
        /// [`mix_batch_scratch`].
        needed: usize,
        /// Its length.
        actual: usize,
    },
}

impl From<PasteError> for MixBatchError {
    fn from(error: PasteError) -> Self {
        Self::Paste(error)
    }
}

impl fmt::Display for MixBatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paste(error) => error.fmt(f),
            Self::Partner { partner, images } if (*partner as usize) < *images => {
                write!(f, "image {partner} is the partner of two; in place each may be of one only")
            }
            Self::Partner { partner, images } => {
                write!(f, "there is no image {partner} in a batch of {images}; images are counted from 0")
            }
            Self::Plan(error) => error.fmt(f),
            Self::Scratch { needed, actual } => {
                write!(f, "the scratch holds {actual} elements, {needed} are needed; ask mix_batch_scratch()")
            }
        }
    }
}

impl core::error::Error for MixBatchError {}
