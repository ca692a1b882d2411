//! Labeled images, as bytes.

use std::borrow::Cow;
use std::sync::Arc;

use anyhow::Result;
use cutmix_core::Shape;

use super::digest::Digest;
use super::origin::Origin;
use super::region::Region;
use super::store::Store;

/// Labeled images of one shape: where their bytes are, and what each image shows. Sets may share a store, so that images are held out without a copy.
#[derive(Clone, Debug)]
pub struct Dataset {
    store: Arc<Store>,
    /// Number of each image in the store.
    places: Vec<u32>,
    contents: Vec<Contents>,
}

impl PartialEq for Dataset {
    /// Whether both hold the same images, byte for byte, and show the same. An image that cannot be read is like none.
    fn eq(&self, other: &Self) -> bool {
        let same = |index| matches!((self.image(index), other.image(index)), (Ok(one), Ok(another)) if one == another);
        self.shape() == other.shape() && self.contents == other.contents && (0..self.len()).all(same)
    }
}

/// What an image shows: one class, or another one pasted into it before it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Of the image, and of what was pasted into it; the same where nothing was. Counted from 0.
    pub classes: [u16; 2],
    /// Where it was pasted; none where nothing was.
    pub region: Option<Region>,
    /// What it was made of, the same twice where nothing was pasted. Two images with an origin in common show the same thing, so one of them must
    /// not be scored by a network that was trained on the other.
    pub origins: [Origin; 2],
}

impl Contents {
    /// Of an image that shows one class, and of which no other image shows a part.
    #[must_use]
    pub const fn unmixed(class: u16, origin: Origin) -> Self {
        Self { classes: [class; 2], region: None, origins: [origin; 2] }
    }

    /// Whether something was pasted into it.
    #[must_use]
    pub const fn is_mixed(&self) -> bool {
        self.region.is_some()
    }
}

impl Dataset {
    /// An empty set of images of `shape`, with room in memory for `images` of them.
    #[must_use]
    pub fn with_capacity(shape: Shape, images: usize) -> Self {
        Self {
            store: Arc::new(Store::with_capacity(shape, images)),
            places: Vec::with_capacity(images),
            contents: Vec::with_capacity(images),
        }
    }

    /// Images of `store` by their numbers there, each with what it shows.
    ///
    /// # Panics
    ///
    /// If there is no such image, or it is not known of each what it shows.
    #[must_use]
    pub fn of_store(store: Store, places: Vec<u32>, contents: Vec<Contents>) -> Self {
        assert_eq!(places.len(), contents.len(), "contents of other images");
        assert!(places.iter().all(|&place| (place as usize) < store.len()), "an image that is not there");
        Self { store: Arc::new(store), places, contents }
    }

    /// Adds one image of class `label`, counted from 0, that no other image of the set shows a part of.
    ///
    /// # Panics
    ///
    /// As [`push_with`](Self::push_with).
    pub fn push(&mut self, image: &[u8], label: u16) {
        self.push_with(image, Contents::unmixed(label, Origin::Image(self.len() as u32)));
    }

    /// Adds one image that shows `contents`. In one set, either all images are added this way or none.
    ///
    /// # Panics
    ///
    /// If `image` has not as many bytes as the shape says, or the other images lie in a file.
    pub fn push_with(&mut self, image: &[u8], contents: Contents) {
        let store = Arc::make_mut(&mut self.store);
        self.places.push(store.len() as u32);
        store.push(image, Digest::of(image, store.shape()));
        self.contents.push(contents);
    }

    /// Shape of every image.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.store.shape()
    }

    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.contents.len()
    }

    /// Whether there is no image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }

    /// The bytes of image `index`, [`Shape::len`] of them.
    ///
    /// # Errors
    ///
    /// If they lie in a file that cannot be read, or is damaged.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    pub fn image(&self, index: usize) -> Result<Cow<'_, [u8]>> {
        self.store.image(self.places[index] as usize)
    }

    /// What is known of the bytes of image `index` without reading them.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn digest(&self, index: usize) -> &Digest {
        self.store.digest(self.places[index] as usize)
    }

    /// Has the images of these numbers in memory soon, where they lie in a file.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    pub fn prefetch(&self, indices: impl Iterator<Item = usize>) {
        self.store.prefetch(indices.map(|index| self.places[index] as usize));
    }

    /// CRC-32 of the bytes of all images, one after the other.
    #[must_use]
    pub fn crc32(&self) -> u32 {
        let len = self.shape().len() as u64;
        let mut all = crc32fast::Hasher::new();
        for index in 0..self.len() {
            all.combine(&crc32fast::Hasher::new_with_initial_len(self.digest(index).crc32, len));
        }
        all.finalize()
    }

    /// The class of image `index`, counted from 0; of a mixed one, the first.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn label(&self, index: usize) -> u16 {
        self.contents[index].classes[0]
    }

    /// The class of each image, as [`label`](Self::label) has it.
    pub fn labels(&self) -> impl Iterator<Item = u16> {
        self.contents.iter().map(|contents| contents.classes[0])
    }

    /// What image `index` shows.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn contents(&self, index: usize) -> Contents {
        self.contents[index]
    }

    /// What each image shows.
    #[must_use]
    pub fn all_contents(&self) -> &[Contents] {
        &self.contents
    }

    /// Number of images that came mixed.
    #[must_use]
    pub fn mixed(&self) -> usize {
        self.contents.iter().filter(|contents| contents.is_mixed()).count()
    }

    /// The images of these numbers, in that order; their bytes are shared.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        Self {
            store: self.store.clone(),
            places: indices.iter().map(|&index| self.places[index]).collect(),
            contents: indices.iter().map(|&index| self.contents[index]).collect(),
        }
    }

    /// The same images, of each of which `label` says the class.
    #[must_use]
    pub fn relabeled(&self, label: impl Fn(u16) -> u16) -> Self {
        let of = |&contents: &Contents| Contents { classes: contents.classes.map(&label), ..contents };
        Self { contents: self.contents.iter().map(of).collect(), ..self.clone() }
    }

    /// Keeps the first `images` only.
    pub fn truncate(&mut self, images: usize) {
        self.contents.truncate(images);
        self.places.truncate(images);
        let in_order = self.places.iter().zip(0..).all(|(&place, number)| place == number);
        if let Some(store) = Arc::get_mut(&mut self.store).filter(|_| in_order) {
            store.truncate(images);
        }
    }
}
