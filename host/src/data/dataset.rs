//! Labeled images in memory, as bytes.

use cutmix_core::{Label, Plan, Shape};

/// Labeled images of one shape: one store of bytes, one label a picture, of one class or of a mixture of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    shape: Shape,
    pixels: Vec<u8>,
    labels: Vec<Label>,
}

impl Dataset {
    /// An empty set of images of `shape`, with room for `images` of them.
    #[must_use]
    pub fn with_capacity(shape: Shape, images: usize) -> Self {
        Self { shape, pixels: Vec::with_capacity(images * shape.len()), labels: Vec::with_capacity(images) }
    }

    /// Adds one image of class `label`, counted from 0.
    ///
    /// # Panics
    ///
    /// If `image` has not as many bytes as the shape says.
    pub fn push(&mut self, image: &[u8], label: u16) {
        self.push_mixed(image, Plan::unmixed(0, self.shape).label(label, label));
    }

    /// Adds one image that shows two classes.
    ///
    /// # Panics
    ///
    /// If `image` has not as many bytes as the shape says.
    pub fn push_mixed(&mut self, image: &[u8], label: Label) {
        assert_eq!(image.len(), self.shape.len(), "an image of another shape");
        self.pixels.extend_from_slice(image);
        self.labels.push(label);
    }

    /// Shape of every image.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
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
        self.labels[index].first()
    }

    /// The class of each image, as [`label`](Self::label) has it.
    pub fn labels(&self) -> impl Iterator<Item = u16> {
        self.labels.iter().map(|label| label.first())
    }

    /// The label of image `index`: both classes are the same where nothing was mixed.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn mixed_label(&self, index: usize) -> Label {
        self.labels[index]
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
            selected.push_mixed(self.image(index), self.labels[index]);
        }
        selected
    }

    /// Keeps the first `images` only.
    pub fn truncate(&mut self, images: usize) {
        self.labels.truncate(images);
        self.pixels.truncate(images * self.shape.len());
    }
}
