//! The bytes of images of one shape: in memory, or in a file that is read image by image.

use std::borrow::Cow;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use cutmix_core::Shape;
use rayon::prelude::*;

use super::digest::Digest;
use crate::files;

/// The bytes of images of one shape, numbered from 0, and the digest of each.
#[derive(Clone, Debug)]
pub struct Store {
    shape: Shape,
    pixels: Pixels,
    digests: Vec<Digest>,
}

#[derive(Clone, Debug)]
enum Pixels {
    Memory(Vec<u8>),
    File(Arc<PixelFile>),
}

/// A file that begins with the bytes of all images, one after the other.
#[derive(Debug)]
struct PixelFile {
    file: File,
    path: PathBuf,
}

impl Store {
    /// In memory, without an image, with room for `images` of them.
    #[must_use]
    pub fn with_capacity(shape: Shape, images: usize) -> Self {
        let pixels = Pixels::Memory(Vec::with_capacity(images * shape.len()));
        Self { shape, pixels, digests: Vec::with_capacity(images) }
    }

    /// In `file`, which lies at `path` and begins with the images of these digests.
    pub(super) fn in_file(shape: Shape, file: File, path: PathBuf, digests: Vec<Digest>) -> Self {
        Self { shape, pixels: Pixels::File(Arc::new(PixelFile { file, path })), digests }
    }

    /// Shape of every image.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Number of images.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.digests.len()
    }

    /// Whether there is no image.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    /// Digest of image `number`.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    #[must_use]
    pub fn digest(&self, number: usize) -> &Digest {
        &self.digests[number]
    }

    /// Adds an image, of which `digest` is the digest.
    ///
    /// # Panics
    ///
    /// If `image` has not as many bytes as the shape says, or the images lie in a file.
    pub fn push(&mut self, image: &[u8], digest: Digest) {
        assert_eq!(image.len(), self.shape.len(), "an image of another shape");
        let Pixels::Memory(pixels) = &mut self.pixels else { panic!("images in a file are complete") };
        pixels.extend_from_slice(image);
        self.digests.push(digest);
    }

    /// Keeps the first `images` only.
    pub fn truncate(&mut self, images: usize) {
        self.digests.truncate(images);
        if let Pixels::Memory(pixels) = &mut self.pixels {
            pixels.truncate(images * self.shape.len());
            pixels.shrink_to_fit();
        }
    }

    /// The bytes of image `number`, [`Shape::len`] of them.
    ///
    /// # Errors
    ///
    /// If they lie in a file, and cannot be read, or are not those that were written there.
    ///
    /// # Panics
    ///
    /// If there is no such image.
    pub fn image(&self, number: usize) -> Result<Cow<'_, [u8]>> {
        let len = self.shape.len();
        let digest = &self.digests[number];
        match &self.pixels {
            Pixels::Memory(pixels) => Ok(pixels[number * len..(number + 1) * len].into()),
            Pixels::File(pixels) => {
                let mut image = vec![0; len];
                pixels.read(&mut image, number, digest)?;
                Ok(image.into())
            }
        }
    }

    /// Tells the system that these images will be asked for soon. In memory there is nothing to prepare.
    pub fn prefetch(&self, numbers: impl Iterator<Item = usize>) {
        if let Pixels::File(pixels) = &self.pixels {
            let len = self.shape.len() as u64;
            numbers.for_each(|number| files::prefetch(&pixels.file, number as u64 * len, len));
        }
    }

    /// The same, all of it in memory.
    ///
    /// # Errors
    ///
    /// As [`image`](Self::image).
    pub(super) fn into_memory(self) -> Result<Self> {
        let Pixels::File(file) = &self.pixels else { return Ok(self) };
        let len = self.shape.len();
        let mut pixels = vec![0; self.digests.len() * len];
        let images = pixels.par_chunks_exact_mut(len).zip(&self.digests).enumerate();
        images.try_for_each(|(number, (image, digest))| file.read(image, number, digest))?;
        Ok(Self { pixels: Pixels::Memory(pixels), ..self })
    }
}

impl PixelFile {
    fn read(&self, image: &mut [u8], number: usize, digest: &Digest) -> Result<()> {
        let path = self.path.display();
        files::read_exact_at(&self.file, image, (number * image.len()) as u64)
            .with_context(|| format!("cannot read an image from {path}"))?;
        ensure!(
            crc32fast::hash(image) == digest.crc32,
            "the cache {path} is damaged: image {number} of it is not what was written there; remove the file, and it is made anew at the next start"
        );
        Ok(())
    }
}
