//! From bytes to batches: who is mixed with whom, the paste, and one array of floats a batch.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use cutmix_core::{CutMix, Label, Plan, Shape, Stream, below, paste};

use crate::data::Dataset;

/// One image of an epoch: its number in the data set, and what is pasted into it.
pub type Sample = (usize, Plan);

/// Batches that are ready before the training step asks for them.
const PREFETCHED: usize = 4;

/// Indices that no image has, for the streams of an epoch's two shuffles.
const FIRST_SHUFFLE: u64 = u64::MAX;
const SECOND_SHUFFLE: u64 = u64::MAX - 1;

/// Every image of the set once, in the order of `epoch`, each with its plan.
///
/// With `cutmix`, partners come from a second shuffle of the same set, as in the Keras example; the box of an image is
/// drawn from the image's own stream, (`seed`, `epoch`, number of the image). Without, nothing is pasted. The order is
/// the same with and without.
#[must_use]
pub fn epoch(images: usize, shape: Shape, cutmix: Option<&CutMix>, seed: u64, epoch: u32) -> Vec<Sample> {
    let first = shuffled(images, &mut Stream::new(seed, epoch, FIRST_SHUFFLE));
    let Some(cutmix) = cutmix else { return first.into_iter().map(|index| unmixed(index, shape)).collect() };
    let second = shuffled(images, &mut Stream::new(seed, epoch, SECOND_SHUFFLE));
    let pairs = first.into_iter().zip(second);
    pairs
        .map(|(index, partner)| {
            let mut stream = Stream::new(seed, epoch, u64::from(index));
            (index as usize, cutmix.plan(shape, partner, &mut stream))
        })
        .collect()
}

/// Every image of the set once, as it is, in its own order.
#[must_use]
pub fn in_order(images: usize, shape: Shape) -> Vec<Sample> {
    (0..images as u32).map(|index| unmixed(index, shape)).collect()
}

fn unmixed(index: u32, shape: Shape) -> Sample {
    (index as usize, Plan::unmixed(index, shape))
}

/// Fisher–Yates (Knuth, TAOCP volume 2, algorithm P).
fn shuffled(images: usize, stream: &mut Stream) -> Vec<u32> {
    let mut order: Vec<u32> = (0..images as u32).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, below(last as u32 + 1, stream) as usize);
    }
    order
}

/// Writes the mixed image of `sample` to `image`, and returns its label.
///
/// # Panics
///
/// If `sample` was planned for another data set, or `image` is not [`Shape::len`] bytes long.
pub fn mix_into(image: &mut [u8], data: &Dataset, (index, plan): Sample) -> Label {
    let partner = plan.partner() as usize;
    image.copy_from_slice(data.image(index));
    paste(image, data.image(partner), data.shape(), plan.patch()).expect("a plan for these images");
    plan.label(data.label(index), data.label(partner))
}

/// Images and labels of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Number of images.
    pub images: usize,
    /// Values 0 to 1, one image after the other, each in the data set's layout.
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
    pub fn new(data: &Dataset, classes: usize, samples: &[Sample]) -> Self {
        let mut image = vec![0; data.shape().len()];
        let mut pixels = Vec::with_capacity(samples.len() * image.len());
        let mut labels = vec![0.0; samples.len() * classes];
        for (sample, soft) in samples.iter().zip(labels.chunks_exact_mut(classes)) {
            let label = mix_into(&mut image, data, *sample);
            label.write_soft(soft).expect("labels were checked when the data were read");
            pixels.extend(image.iter().map(|&value| f32::from(value) / 255.0));
        }
        Self { images: samples.len(), pixels, labels }
    }
}

/// Batches in the order of their samples, prepared by a thread of their own while the caller trains.
pub struct Batches {
    ready: Receiver<Batch>,
    worker: Option<JoinHandle<()>>,
}

impl Batches {
    /// Starts to prepare `samples` of `data` in batches of `batch_size`; the last may be smaller.
    ///
    /// # Panics
    ///
    /// If `batch_size` is zero.
    #[must_use]
    pub fn new(data: Arc<Dataset>, classes: usize, samples: Vec<Sample>, batch_size: usize) -> Self {
        assert!(batch_size > 0, "batches must hold an image");
        let (send, ready) = sync_channel(PREFETCHED);
        let worker = thread::spawn(move || {
            for samples in samples.chunks(batch_size) {
                // The receiver is gone when the caller lost interest.
                if send.send(Batch::new(&data, classes, samples)).is_err() {
                    break;
                }
            }
        });
        Self { ready, worker: Some(worker) }
    }
}

impl Iterator for Batches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let batch = self.ready.recv().ok();
        if batch.is_none()
            && let Some(Err(panic)) = self.worker.take().map(JoinHandle::join)
        {
            // Otherwise a failed worker would look like the end of the epoch.
            resume_unwind(panic);
        }
        batch
    }
}
