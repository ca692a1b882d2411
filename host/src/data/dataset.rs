//! Labeled images in memory, as bytes.

use cutmix_core::Shape;

use super::origin::Origin;
use super::region::Region;

/// Labeled images of one shape: one store of bytes, and what each image shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    shape: Shape,
    pixels: Vec<u8>,
    contents: Vec<Contents>,
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
    /// An empty set of images of `shape`, with room for `images` of them.
    #[must_use]
    pub fn with_capacity(shape: Shape, images: usize) -> Self {
        Self { shape, pixels: Vec::with_capacity(images * shape.len()), contents: Vec::with_capacity(images) }
    }

    /// Adds one image of class `label`, counted from 0, that no other image of the set shows a part of.
    ///
    /// # Panics
    ///
    /// If `image` has not as many bytes as the shape says.
    pub fn push(&mut self, image: &[u8], label: u16) {
        self.push_with(image, Contents::unmixed(label, Origin::Image(self.len() as u32)));
    }

    /// Adds one image that shows `contents`. In one set, either all images are added this way or none.
    ///
    /// # Panics
    ///
    /// If `image` has not as many bytes as the shape says.
    pub fn push_with(&mut self, image: &[u8], contents: Contents) {
        assert_eq!(image.len(), self.shape.len(), "an image of another shape");
        self.pixels.extend_from_slice(image);
        self.contents.push(contents);
    }

    /// Adds up to `images` images. `fill` writes all of them, one after the other, and says what each shows: those of which it says nothing are
    /// left out.
    ///
    /// # Errors
    ///
    /// What `fill` reports; nothing is added then.
    ///
    /// # Panics
    ///
    /// If it says of more images what they show.
    pub fn push_filled<E>(
        &mut self,
        images: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<Vec<Option<Contents>>, E>,
    ) -> Result<(), E> {
        let (len, before) = (self.shape.len(), self.len());
        if before == 0 {
            // Memory that nothing has touched yet, so that whoever fills it does, on all cores.
            self.pixels = vec![0; images * len];
        } else {
            self.pixels.resize((before + images) * len, 0);
        }
        let result = fill(&mut self.pixels[before * len..]).map(|contents| {
            for (contents, from) in
                contents.into_iter().zip(before..).filter_map(|(contents, at)| Some((contents?, at)))
            {
                let to = self.len();
                if to != from {
                    self.pixels.copy_within(from * len..(from + 1) * len, to * len);
                }
                self.contents.push(contents);
            }
        });
        self.pixels.truncate(self.len() * len);
        result
    }

    /// Shape of every image.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
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
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn image(&self, index: usize) -> &[u8] {
        let len = self.shape.len();
        &self.pixels[index * len..(index + 1) * len]
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

    /// Bytes of all images, one after the other.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The images of these numbers, in that order.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut selected = Self::with_capacity(self.shape, indices.len());
        for &index in indices {
            selected.push_with(self.image(index), self.contents[index]);
        }
        selected
    }

    /// Keeps the first `images` only.
    pub fn truncate(&mut self, images: usize) {
        self.contents.truncate(images);
        self.pixels.truncate(images * self.shape.len());
    }
}
