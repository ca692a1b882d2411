//! Labelled images in memory, as bytes, and where they come from.

pub mod cifar;
pub mod synthetic;

use std::sync::Arc;

use cutmix_core::Shape;

/// Labelled images of one shape: one store of bytes, one class a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    shape: Shape,
    pixels: Vec<u8>,
    labels: Vec<u16>,
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

    /// The class of image `index`, counted from 0.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn label(&self, index: usize) -> u16 {
        self.labels[index]
    }

    /// Keeps the first `images` only.
    pub fn truncate(&mut self, images: usize) {
        self.labels.truncate(images);
        self.pixels.truncate(images * self.shape.len());
    }
}

/// What an experiment needs: images to train on, images to test on, and what the classes are called.
#[derive(Clone, Debug)]
pub struct Split {
    /// Shown during training; shared with the thread that prepares batches.
    pub train: Arc<Dataset>,
    /// Never shown during training.
    pub test: Arc<Dataset>,
    /// Name of each class; its length is the number of classes.
    pub classes: Vec<String>,
}
