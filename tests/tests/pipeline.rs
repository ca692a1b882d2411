//! From bytes to batches: what the network is given is exactly what the plans say.

use std::sync::Arc;

use cutmix_core::{CutMix, Layout, Plan, Shape};
use host::data::{Dataset, synthetic};
use host::pipeline::{self, Batch, Batches, Sample};

const CLASSES: usize = 7;

/// Images whose every value names its image, so that it can be seen where a pixel came from; not square.
fn numbered(images: usize) -> Arc<Dataset> {
    let shape = Shape::new(8, 6, 3, Layout::Chw).unwrap();
    let mut data = Dataset::with_capacity(shape, images);
    for number in 0..images {
        data.push(&vec![number as u8; shape.len()], (number % CLASSES) as u16);
    }
    Arc::new(data)
}

fn epoch(data: &Dataset, alpha: Option<f32>, number: u32) -> Vec<Sample> {
    let cutmix = alpha.map(|alpha| CutMix::new(alpha).unwrap());
    pipeline::epoch(data.len(), data.shape(), cutmix.as_ref(), 42, number)
}

/// All batches in one.
fn joined(data: &Arc<Dataset>, samples: &[Sample], batch_size: usize) -> Batch {
    let mut all = Batch { images: 0, pixels: Vec::new(), labels: Vec::new() };
    for batch in Batches::new(data.clone(), CLASSES, samples.to_vec(), batch_size) {
        assert!(batch.images <= batch_size);
        all.images += batch.images;
        all.pixels.extend(batch.pixels);
        all.labels.extend(batch.labels);
    }
    all
}

#[test]
fn every_image_comes_once_an_epoch_and_is_once_a_partner() {
    let data = numbered(100);
    let samples = epoch(&data, Some(1.0), 3);
    for number_of in [|sample: &Sample| sample.0, |sample: &Sample| sample.1.partner() as usize] {
        let mut seen: Vec<usize> = samples.iter().map(number_of).collect();
        assert_ne!(seen, (0..100).collect::<Vec<_>>(), "not shuffled");
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
    }
    // Of two independent shuffles, about one image in all meets itself: more than eight, once in a million.
    let with_themselves = samples.iter().filter(|(index, plan)| *index == plan.partner() as usize).count();
    assert!(with_themselves <= 8, "{with_themselves} of 100 images are their own partners");
}

#[test]
fn epochs_differ_and_both_arms_see_the_same_order() {
    let data = numbered(100);
    let order = |samples: Vec<Sample>| samples.into_iter().map(|(index, _)| index).collect::<Vec<_>>();
    assert_eq!(order(epoch(&data, Some(1.0), 0)), order(epoch(&data, None, 0)));
    assert_ne!(order(epoch(&data, None, 0)), order(epoch(&data, None, 1)));
}

/// A sample's plan comes from the stream of its image, wherever it stands in the epoch.
#[test]
fn a_plan_belongs_to_its_image() {
    let shape = numbered(1).shape();
    let cutmix = CutMix::new(1.0).unwrap();
    let patches = |images: usize| {
        let mut samples = pipeline::epoch(images, shape, Some(&cutmix), 42, 0);
        samples.sort_unstable_by_key(|(index, _)| *index);
        samples.into_iter().map(|(_, plan)| plan.patch()).collect::<Vec<_>>()
    };
    assert_eq!(patches(50), patches(80)[..50]);
}

#[test]
fn batches_are_the_same_whatever_their_size() {
    let data = numbered(50);
    let samples = epoch(&data, Some(1.0), 0);
    let whole = joined(&data, &samples, 50);
    assert_eq!(whole.images, 50);
    for batch_size in [1, 7, 32, 49, 1000] {
        assert_eq!(joined(&data, &samples, batch_size), whole, "batches of {batch_size}");
    }
}

/// Each value is the one byte that belongs there, divided by 255; each label weighs the pixels that are really there.
#[test]
fn pixels_and_labels_are_what_the_plan_says() {
    let data = numbered(60);
    let samples = epoch(&data, Some(1.0), 0);
    let batch = joined(&data, &samples, 16);
    let mut mixed = 0;
    for (number, (index, plan)) in samples.iter().enumerate() {
        let patch = plan.patch();
        let (first, second) = (*index as f32 / 255.0, plan.partner() as f32 / 255.0);
        let image = &batch.pixels[number * 144..][..144];
        let mut pasted = 0_u32;
        for (at, value) in image.iter().enumerate() {
            let (x, y) = ((at % 8) as u16, (at / 8 % 6) as u16);
            let inside = (patch.x0()..patch.x1()).contains(&x) && (patch.y0()..patch.y1()).contains(&y);
            assert_eq!(value.to_bits(), if inside { second } else { first }.to_bits(), "image {number} at {x}, {y}");
            pasted += u32::from(inside);
        }
        // Three planes, 48 pixels each.
        let mut expected = [0.0; CLASSES];
        expected[index % CLASSES] += (144 - pasted) as f32 / 144.0;
        expected[plan.partner() as usize % CLASSES] += pasted as f32 / 144.0;
        let soft = &batch.labels[number * CLASSES..][..CLASSES];
        for (have, want) in soft.iter().zip(expected) {
            assert!((have - want).abs() <= f32::EPSILON, "{soft:?} is not {expected:?}");
        }
        mixed += u32::from(pasted > 0);
    }
    assert!(mixed > 30, "only {mixed} of 60 images were mixed");
}

#[test]
fn without_cutmix_images_and_labels_are_whole() {
    let data = numbered(20);
    let samples = epoch(&data, None, 0);
    assert!(samples.iter().all(|(index, plan)| *plan == Plan::unmixed(*index as u32, data.shape())));
    let batch = joined(&data, &samples, 6);
    for (number, (index, _)) in samples.iter().enumerate() {
        assert_eq!(batch.pixels[number * 144..][..144], [*index as f32 / 255.0; 144]);
        let mut hard = [0.0; CLASSES];
        hard[index % CLASSES] = 1.0;
        assert_eq!(batch.labels[number * CLASSES..][..CLASSES], hard);
    }
}

/// A worker that fails must not look like the end of the epoch.
#[test]
#[should_panic(expected = "labels were checked")]
fn a_failed_worker_is_not_silent() {
    let data = numbered(20);
    let samples = epoch(&data, None, 0);
    // Labels reach up to 6.
    let _ = Batches::new(data, 3, samples, 4).count();
}

/// The pictures are part of a published result: FNV-1a over all bytes and labels pins them.
#[test]
fn the_embedded_set_is_the_same_everywhere() {
    let split = synthetic::load(40, 10);
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for data in [&split.train, &split.test] {
        for index in 0..data.len() {
            for byte in data.image(index).iter().chain([&(data.label(index) as u8)]) {
                digest = (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }
    assert_eq!(
        digest, 0x83c0_2ed6_88fa_f6f7,
        "the embedded data set changed, and every published number of it with it: {digest:#x}"
    );
    assert_eq!(synthetic::load(20, 5).train.image(7), split.train.image(7), "a picture depends on how many there are");
}
