//! From bytes to batches: how each image is shown, who is mixed with whom, the paste, and one array of floats a batch.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use cutmix_core::{CutMix, Label, Layout, Patch, Plan, Shape, Stream, paste, uniform_below};

use crate::data::{Dataset, Normalization};

/// Batches that each worker has ready before the training step asks for them.
const PREFETCHED: usize = 2;

/// More workers than this are of no use: a step takes far longer than a batch.
const WORKERS: usize = 4;

/// Indices that no image has, for the streams of an epoch's two shuffles and of the split.
const FIRST_SHUFFLE: u64 = u64::MAX;
const SECOND_SHUFFLE: u64 = u64::MAX - 1;
const HOLD_OUT: u64 = u64::MAX - 2;

/// Added to an image's number, the index of the stream that its view is drawn from: so that a view moves no box.
const VIEWS: u64 = 1 << 63;

/// What may be done to an image before it is mixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Augment {
    /// Mirror every other image.
    pub flip: bool,
    /// Move each image by up to so many pixels in each direction.
    pub shift: u8,
}

/// How an image is shown: mirrored or not, then moved, black coming in (the shifted crop of He et al. 2015, section 4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Left and right exchanged.
    pub flip: bool,
    /// Pixels to the right.
    pub dx: i16,
    /// Pixels down.
    pub dy: i16,
}

impl Augment {
    /// The view of image `index` in `epoch`. Draw order: one bit for the mirror, then the move to the right, then down; what
    /// is switched off draws nothing.
    #[must_use]
    pub fn view(self, seed: u64, epoch: u32, index: u32) -> View {
        let mut stream = Stream::new(seed, epoch, VIEWS + u64::from(index));
        let flip = self.flip && uniform_below(2, &mut stream) == 1;
        let mut offset = || match self.shift {
            0 => 0,
            shift => uniform_below(2 * u32::from(shift) + 1, &mut stream) as i16 - i16::from(shift),
        };
        View { flip, dx: offset(), dy: offset() }
    }
}

impl View {
    /// Writes `image` to `out` as it is shown.
    ///
    /// # Panics
    ///
    /// If one of them is not [`Shape::len`] bytes long.
    pub fn show(self, image: &[u8], shape: Shape, out: &mut [u8]) {
        if self == Self::default() {
            out.copy_from_slice(image);
        } else {
            let whole = Patch::new(0, 0, shape.width(), shape.height()).expect("edges in order");
            self.paste(image, shape, whole, out);
        }
    }

    /// Writes what `image` shows in `patch` to the same place of `out`, and nothing else: [`paste`] of an image as it is shown.
    ///
    /// # Panics
    ///
    /// If one of them is not [`Shape::len`] bytes long, or `patch` reaches out of `shape`.
    pub fn paste(self, image: &[u8], shape: Shape, patch: Patch, out: &mut [u8]) {
        if self == Self::default() {
            return paste(out, image, shape, patch).expect("images of this shape, and a box inside");
        }
        assert_eq!((image.len(), out.len()), (shape.len(), shape.len()), "an image of another shape");
        assert!(patch.fits(shape), "a box that reaches out of the image");
        let (width, height) = (i32::from(shape.width()), i32::from(shape.height()));
        let pixel = match shape.layout() {
            Layout::Chw => 1,
            Layout::Hwc => usize::from(shape.channels()),
        };
        let (row, plane) = (shape.row_len(), shape.row_len() * usize::from(shape.height()));
        let (dx, dy, x0, x1) = (self.dx.into(), i32::from(self.dy), patch.x0().into(), patch.x1().into());
        // Columns of the result that the moved image reaches, and those of the image that come there; if it is mirrored, they
        // are counted from the right.
        let (left, right) = (i32::clamp(dx, x0, x1), i32::clamp(width + dx, x0, x1));
        let seen = if self.flip { width + dx - right..width + dx - left } else { left - dx..right - dx };
        let bytes = |columns: Range<i32>| columns.start as usize * pixel..columns.end as usize * pixel;
        let rows = dy.max(0)..height + dy.min(0);
        let (black, seen, reached) = (bytes(x0..x1), if left < right { bytes(seen) } else { 0..0 }, bytes(left..right));
        for (from, to) in image.chunks_exact(plane).zip(out.chunks_exact_mut(plane)) {
            let box_rows = to.chunks_exact_mut(row).zip(0..).take(patch.y1().into()).skip(patch.y0().into());
            for (to, y) in box_rows {
                to[black.clone()].fill(0);
                if rows.contains(&y) {
                    let to = &mut to[reached.clone()];
                    to.copy_from_slice(&from[(y - dy) as usize * row..][seen.clone()]);
                    if self.flip {
                        to.reverse();
                        if pixel > 1 {
                            to.chunks_exact_mut(pixel).for_each(<[u8]>::reverse);
                        }
                    }
                }
            }
        }
    }
}

/// One image of an epoch: how it is shown, and what is pasted into it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Number of the image in the data set.
    pub index: usize,
    /// Whose pixels come in, and where.
    pub plan: Plan,
    /// How the image is shown.
    pub view: View,
    /// How the partner is shown: as it is where it comes first.
    pub partner_view: View,
}

impl Sample {
    fn unmixed(index: u32, shape: Shape, view: View) -> Self {
        Self { index: index as usize, plan: Plan::unmixed(index, shape), view, partner_view: view }
    }
}

/// Every image of the set once, in the order of `epoch`, each with its plan.
///
/// With `cutmix`, partners come from a second shuffle of the same set, as in the Keras example; the box of an image is
/// drawn from the image's own stream, (`seed`, `epoch`, number of the image). Without, nothing is pasted. Order and views
/// are the same with and without.
#[must_use]
pub fn epoch(
    images: usize,
    shape: Shape,
    cutmix: Option<&CutMix>,
    augment: Augment,
    seed: u64,
    epoch: u32,
) -> Vec<Sample> {
    let view = |index| augment.view(seed, epoch, index);
    let first = shuffled(images, &mut Stream::new(seed, epoch, FIRST_SHUFFLE));
    let Some(cutmix) = cutmix else {
        return first.into_iter().map(|index| Sample::unmixed(index, shape, view(index))).collect();
    };
    let second = shuffled(images, &mut Stream::new(seed, epoch, SECOND_SHUFFLE));
    let pairs = first.into_iter().zip(second);
    pairs
        .map(|(index, partner)| {
            let plan = cutmix.plan(shape, partner, &mut Stream::new(seed, epoch, u64::from(index)));
            Sample { index: index as usize, plan, view: view(index), partner_view: view(partner) }
        })
        .collect()
}

/// Every image of the set once, as it is, in its own order.
#[must_use]
pub fn in_order(images: usize, shape: Shape) -> Vec<Sample> {
    (0..images as u32).map(|index| Sample::unmixed(index, shape, View::default())).collect()
}

/// Which of `images` images are trained on, and which `held_out` of them are not: both in ascending order.
///
/// # Panics
///
/// If more are to be held out than there are.
#[must_use]
pub fn hold_out(images: usize, held_out: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let order = shuffled(images, &mut Stream::new(seed, 0, HOLD_OUT));
    let (out, kept) = order.split_at(held_out);
    let sorted = |part: &[u32]| {
        let mut part: Vec<usize> = part.iter().map(|&index| index as usize).collect();
        part.sort_unstable();
        part
    };
    (sorted(kept), sorted(out))
}

/// Fisher–Yates (Knuth, TAOCP volume 2, algorithm P).
fn shuffled(images: usize, stream: &mut Stream) -> Vec<u32> {
    let mut order: Vec<u32> = (0..images as u32).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, uniform_below(last as u32 + 1, stream) as usize);
    }
    order
}

/// Writes the mixed image of `sample` to `image`.
///
/// # Panics
///
/// If `sample` was planned for another data set, or `image` is not [`Shape::len`] bytes long.
pub fn mix_into(image: &mut [u8], data: &Dataset, sample: &Sample) {
    let Sample { index, plan, view, partner_view } = *sample;
    view.show(data.image(index), data.shape(), image);
    if plan.patch().area() > 0 {
        partner_view.paste(data.image(plan.partner() as usize), data.shape(), plan.patch(), image);
    }
}

/// Writes the label of the mixed image of `sample` to `soft`, an element a class; `scratch`, of the same length, is
/// overwritten. Where an image was mixed before, on a device say, up to four classes show.
///
/// # Panics
///
/// If `sample` was planned for another data set, or a class has no element.
pub fn label_into(soft: &mut [f32], scratch: &mut [f32], data: &Dataset, sample: &Sample) {
    const CHECKED: &str = "labels were checked when the data were read";
    let Sample { index, plan, .. } = *sample;
    let (first, second) = (data.mixed_label(index), data.mixed_label(plan.partner() as usize));
    if is_of_one_class(first) && is_of_one_class(second) {
        // Whole pixels are counted here, so that a label mixed with itself is exactly 1.
        plan.label(first.first(), second.first()).write_soft(soft).expect(CHECKED);
    } else {
        first.write_soft(soft).expect(CHECKED);
        second.write_soft(scratch).expect(CHECKED);
        plan.mix_soft(soft, scratch).expect("two labels of as many classes");
    }
}

fn is_of_one_class(label: Label) -> bool {
    label.first() == label.second() || label.lambda() >= 1.0
}

/// Images and labels of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Number of images.
    pub images: usize,
    /// Normalised values, one image after the other, each in the data set's layout.
    pub pixels: Vec<f32>,
    /// Soft labels, one image after the other, one element a class.
    pub labels: Vec<f32>,
}

impl Batch {
    /// Mixes `samples` of `data`, whose labels lie below `classes`.
    ///
    /// # Panics
    ///
    /// If a label is `classes` or more.
    #[must_use]
    pub fn new(data: &Dataset, classes: usize, normalization: &Normalization, samples: &[Sample]) -> Self {
        let tables = normalization.tables();
        let mut image = vec![0; data.shape().len()];
        let mut pixels = Vec::with_capacity(samples.len() * image.len());
        let (mut labels, mut partner) = (vec![0.0; samples.len() * classes], vec![0.0; classes]);
        for (sample, soft) in samples.iter().zip(labels.chunks_exact_mut(classes)) {
            mix_into(&mut image, data, sample);
            label_into(soft, &mut partner, data, sample);
            tables.apply(&image, data.shape(), &mut pixels);
        }
        Self { images: samples.len(), pixels, labels }
    }
}

/// Batches in the order of their samples, prepared by threads of their own while the caller trains.
pub struct Batches {
    /// Worker n prepares batches n, n + workers, n + 2·workers, …: so their order needs no sorting.
    workers: Vec<(Receiver<Batch>, Option<JoinHandle<()>>)>,
    turn: usize,
}

impl Batches {
    /// Starts to prepare `samples` of `data` in batches of `batch_size`; the last may be smaller.
    ///
    /// # Panics
    ///
    /// If `batch_size` is zero.
    #[must_use]
    pub fn new(
        data: &Arc<Dataset>,
        classes: usize,
        normalization: &Normalization,
        samples: Vec<Sample>,
        batch_size: usize,
    ) -> Self {
        let workers = thread::available_parallelism().map_or(1, usize::from).min(WORKERS);
        Self::with_workers(data, classes, normalization, samples, batch_size, workers)
    }

    /// [`new`](Self::new) with a number of threads, which changes nothing but the speed.
    ///
    /// # Panics
    ///
    /// If `batch_size` or `workers` is zero.
    #[must_use]
    pub fn with_workers(
        data: &Arc<Dataset>,
        classes: usize,
        normalization: &Normalization,
        samples: Vec<Sample>,
        batch_size: usize,
        workers: usize,
    ) -> Self {
        assert!(batch_size > 0 && workers > 0, "batches must hold an image, and somebody must prepare them");
        let samples = Arc::new(samples);
        let start = |worker| {
            let (send, ready) = sync_channel(PREFETCHED);
            let (data, samples, normalization) = (data.clone(), samples.clone(), normalization.clone());
            let thread = thread::spawn(move || {
                for samples in samples.chunks(batch_size).skip(worker).step_by(workers) {
                    // The receiver is gone when the caller lost interest.
                    if send.send(Batch::new(&data, classes, &normalization, samples)).is_err() {
                        break;
                    }
                }
            });
            (ready, Some(thread))
        };
        Self { workers: (0..workers).map(start).collect(), turn: 0 }
    }
}

impl Iterator for Batches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let turn = self.turn % self.workers.len();
        let (ready, thread) = &mut self.workers[turn];
        let batch = ready.recv().ok();
        if batch.is_none()
            && let Some(Err(panic)) = thread.take().map(JoinHandle::join)
        {
            // Otherwise a failed worker would look like the end of the epoch.
            resume_unwind(panic);
        }
        self.turn += usize::from(batch.is_some());
        batch
    }
}
