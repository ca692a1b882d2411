//! The images and boxes that everything is measured with.

use cutmix_core::{CutMix, Layout, Partners, Plan, Shape, Stream, uniform_below};

/// Images of a batch.
pub const BATCH: usize = 32;

/// A square image of three channels.
///
/// # Panics
///
/// If `side` is zero.
#[must_use]
pub fn shape(side: u16, layout: Layout) -> Shape {
    Shape::new(side, side, 3, layout).expect("a side above zero")
}

/// `count` plans of samples of their own, whose partners are among `partners` images.
///
/// # Panics
///
/// If there is no Beta(`alpha`, `alpha`).
#[must_use]
pub fn plans(count: usize, shape: Shape, alpha: f32, partners: usize) -> Vec<Plan> {
    let cutmix = CutMix::new(alpha).expect("a constant parameter");
    let plan = |index| {
        let mut stream = Stream::new(42, 0, index);
        cutmix.plan(shape, uniform_below(partners as u32, &mut stream), &mut stream)
    };
    (0..count as u64).map(plan).collect()
}

/// `count` plans for batches of `batch` images, whose partners are in the same batch.
///
/// # Panics
///
/// If there is no Beta(`alpha`, `alpha`), or a batch of one.
#[must_use]
pub fn batch_plans(count: usize, batch: usize, shape: Shape, alpha: f32) -> Vec<Plan> {
    let cutmix = CutMix::new(alpha).expect("a constant parameter");
    let mut partners = vec![0; count];
    for (number, batch) in partners.chunks_mut(batch).enumerate() {
        Partners::RandomCycle.assign(batch, &mut Stream::new(42, 1, number as u64)).expect("two images or more");
    }
    let plan = |(index, &partner)| cutmix.plan(shape, partner, &mut Stream::new(42, 0, index));
    (0..).zip(&partners).map(plan).collect()
}

/// An element of an image.
pub trait Element: Copy + Default + From<u8> + PartialEq {
    /// What tables call it.
    const NAME: &str;
}

impl Element for u8 {
    const NAME: &str = "u8";
}

impl Element for f32 {
    const NAME: &str = "f32";
}

/// `len` elements, none of them in the system's page of zeros, which would never leave the cache.
fn pixels<T: Element>(len: usize) -> Vec<T> {
    (0..len).map(|at| T::from(1 + (at % 251) as u8)).collect()
}

/// A batch, and the one that its partners are in.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs<T> {
    images: Vec<T>,
    partners: Vec<T>,
    len: usize,
}

impl<T: Element> Pairs<T> {
    /// `count` images of `shape`, and as many partners.
    #[must_use]
    pub fn new(count: usize, shape: Shape) -> Self {
        let len = shape.len();
        Self { images: pixels(count * len), partners: pixels(count * len), len }
    }

    /// Image number `image`, to be written, and partner number `partner`.
    ///
    /// # Panics
    ///
    /// If there are not as many.
    #[inline]
    pub fn pair(&mut self, image: usize, partner: u32) -> (&mut [T], &[T]) {
        let at = |number| number * self.len..(number + 1) * self.len;
        (&mut self.images[at(image)], &self.partners[at(partner as usize)])
    }

    /// Every partner, copied whole.
    ///
    /// # Panics
    ///
    /// Never: there are as many partners as images.
    pub fn copy_whole(&mut self) {
        for (image, partner) in self.images.chunks_exact_mut(self.len).zip(self.partners.chunks_exact(self.len)) {
            image.copy_from_slice(partner);
        }
    }
}

/// Images one after the other, mixed among themselves by batches.
#[derive(Clone, Debug)]
pub struct Batches<T> {
    /// All images.
    pub images: Vec<T>,
    len: usize,
}

impl<T: Element> Batches<T> {
    /// `count` images of `shape`.
    #[must_use]
    pub fn new(count: usize, shape: Shape) -> Self {
        Self { images: pixels(count * shape.len()), len: shape.len() }
    }

    /// Image number `image`, to be written, and another, number `partner`.
    ///
    /// # Panics
    ///
    /// If there are not as many, or they are the same.
    #[inline]
    pub fn pair(&mut self, image: usize, partner: usize) -> (&mut [T], &[T]) {
        let at = |number| number * self.len..(number + 1) * self.len;
        let [image, partner] = self.images.get_disjoint_mut([at(image), at(partner)]).expect("two images");
        (image, partner)
    }
}
