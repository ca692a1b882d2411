//! From bytes to batches: what the network is given is exactly what the plans say.

use std::sync::Arc;

use cutmix_core::{CutMix, Layout, Mix, Patch, Plan, Shape};
use host::data::{Dataset, Normalization, embedded};
use host::pipeline::{self, Batch, Loader, Mixing, Sample, View};
use host::settings::{Augmentation, MixingSettings, PartnersName, Recipe};

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
    pipeline::epoch(
        &vec![0; data.len()],
        data.shape(),
        cutmix.map(Mixing::from).as_ref(),
        Augmentation::default(),
        42,
        number,
    )
}

/// All batches in one.
fn loader(data: &Arc<Dataset>, classes: usize) -> Loader {
    Loader { data: data.clone(), classes, normalization: Normalization::none(3) }
}

fn joined(data: &Arc<Dataset>, samples: &[Sample], batch_size: usize) -> Batch {
    let loader = loader(data, CLASSES);
    let mut all = Batch { images: 0, pixels: Vec::new(), labels: Vec::new(), ..loader.batch(&[]).unwrap() };
    for batch in loader.batches(samples.to_vec(), batch_size).map(Result::unwrap) {
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
    for number_of in [|sample: &Sample| sample.index, |sample: &Sample| sample.mix.partner() as usize] {
        let mut seen: Vec<usize> = samples.iter().map(number_of).collect();
        assert_ne!(seen, (0..100).collect::<Vec<_>>(), "not shuffled");
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
    }
    // Of two independent shuffles, about one image in all meets itself: more than eight, once in a million.
    let with_themselves = samples.iter().filter(|sample| sample.index == sample.mix.partner() as usize).count();
    assert!(with_themselves <= 8, "{with_themselves} of 100 images are their own partners");
}

#[test]
fn epochs_differ_and_both_arms_see_the_same_order() {
    let data = numbered(100);
    let order = |samples: Vec<Sample>| samples.into_iter().map(|sample| sample.index).collect::<Vec<_>>();
    assert_eq!(order(epoch(&data, Some(1.0), 0)), order(epoch(&data, None, 0)));
    assert_ne!(order(epoch(&data, None, 0)), order(epoch(&data, None, 1)));
}

/// A sample's plan comes from the stream of its image, wherever it stands in the epoch.
#[test]
fn a_plan_belongs_to_its_image() {
    let shape = numbered(1).shape();
    let cutmix = CutMix::new(1.0).unwrap();
    let patches = |images: usize| {
        let mut samples =
            pipeline::epoch(&vec![0; images], shape, Some(&cutmix.into()), Augmentation::default(), 42, 0);
        samples.sort_unstable_by_key(|sample| sample.index);
        samples.into_iter().map(|sample| sample.mix.patch()).collect::<Vec<_>>()
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

/// Each byte is the one that belongs there; each label weighs the pixels that are really there.
#[test]
fn pixels_and_labels_are_what_the_plan_says() {
    let data = numbered(60);
    let samples = epoch(&data, Some(1.0), 0);
    let batch = joined(&data, &samples, 16);
    let mut mixed = 0;
    for (number, Sample { index, mix, .. }) in samples.iter().enumerate() {
        let patch = mix.patch();
        let (first, second) = (*index as u8, mix.partner() as u8);
        let image = &batch.pixels[number * 144..][..144];
        let mut pasted = 0_u32;
        for (at, &value) in image.iter().enumerate() {
            let (x, y) = ((at % 8) as u16, (at / 8 % 6) as u16);
            let inside = (patch.x0()..patch.x1()).contains(&x) && (patch.y0()..patch.y1()).contains(&y);
            assert_eq!(value, if inside { second } else { first }, "image {number} at {x}, {y}");
            pasted += u32::from(inside);
        }
        // Three planes, 48 pixels each.
        let mut expected = [0.0; CLASSES];
        expected[index % CLASSES] += (144 - pasted) as f32 / 144.0;
        expected[mix.partner() as usize % CLASSES] += pasted as f32 / 144.0;
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
    assert!(samples.iter().all(|sample| sample.mix == Plan::unmixed(sample.index as u32, data.shape()).into()));
    let batch = joined(&data, &samples, 6);
    for (number, Sample { index, .. }) in samples.iter().enumerate() {
        assert_eq!(batch.pixels[number * 144..][..144], [*index as u8; 144]);
        let mut hard = [0.0; CLASSES];
        hard[index % CLASSES] = 1.0;
        assert_eq!(batch.labels[number * CLASSES..][..CLASSES], hard);
    }
}

#[test]
fn batches_are_the_same_with_any_number_of_workers() {
    let data = numbered(50);
    let samples = epoch(&data, Some(1.0), 0);
    let with = |workers| -> Vec<Batch> {
        loader(&data, CLASSES).batches_by(samples.clone(), 8, workers).map(Result::unwrap).collect()
    };
    let one = with(1);
    assert_eq!(one.len(), 7);
    for workers in [2, 3, 7, 10] {
        assert!(with(workers) == one, "{workers} workers");
    }
}

/// A picture of letters, so that it can be seen what a view does to it.
#[track_caller]
fn assert_shows(view: View, layout: Layout, picture: [&str; 3], expected: [&str; 3]) {
    let shape = Shape::new(4, 3, 2, layout).unwrap();
    // The second channel is in lower case; what is not part of the picture is black, that is 0, drawn as a dot.
    let encode = |rows: [&str; 3]| -> Vec<u8> {
        let upper: Vec<u8> = rows.concat().replace('.', "\0").into_bytes();
        match layout {
            Layout::Chw => upper.iter().copied().chain(upper.iter().map(u8::to_ascii_lowercase)).collect(),
            Layout::Hwc => upper.iter().flat_map(|&byte| [byte, byte.to_ascii_lowercase()]).collect(),
        }
    };
    let mut shown = vec![7; shape.len()];
    view.show(&encode(picture), shape, &mut shown);
    assert_eq!(shown, encode(expected), "{view:?}, {layout:?}");
}

#[test]
fn a_view_mirrors_and_moves() {
    let picture = ["ABCD", "EFGH", "IJKL"];
    for layout in [Layout::Chw, Layout::Hwc] {
        let case = |flip, dx, dy, expected| assert_shows(View { flip, dx, dy }, layout, picture, expected);
        case(false, 0, 0, picture);
        case(true, 0, 0, ["DCBA", "HGFE", "LKJI"]);
        case(false, 1, 0, [".ABC", ".EFG", ".IJK"]);
        case(false, -3, 1, ["....", "D...", "H..."]);
        case(true, 2, -1, ["..HG", "..LK", "...."]);
        case(true, -1, 2, ["....", "....", "CBA."]);
        case(false, 4, 0, ["...."; 3]);
        case(false, -100, 100, ["...."; 3]);
    }
}

/// A pasted view is what the whole view shows there, whatever the box, and nothing outside of it.
#[test]
fn a_box_of_a_view_is_part_of_the_view() {
    for layout in [Layout::Chw, Layout::Hwc] {
        let shape = Shape::new(5, 4, 2, layout).unwrap();
        let image: Vec<u8> = (1..=40).collect();
        let at = |x: u16, y: u16, channel: u16| match layout {
            Layout::Chw => usize::from((channel * 4 + y) * 5 + x),
            Layout::Hwc => usize::from((y * 5 + x) * 2 + channel),
        };
        let boxes = (0..=5).flat_map(|x1| (0..=x1).map(move |x0| (x0, x1)));
        let boxes = boxes.flat_map(|(x0, x1)| (0..=4).flat_map(move |y1| (0..=y1).map(move |y0| (x0, y0, x1, y1))));
        for (x0, y0, x1, y1) in boxes {
            for (flip, dx, dy) in
                [(true, 0, 0), (false, 2, -1), (true, -1, 2), (true, 1, 0), (false, 0, -3), (true, 5, 4)]
            {
                let view = View { flip, dx, dy };
                let (mut whole, mut out) = (vec![0; 40], vec![99; 40]);
                view.show(&image, shape, &mut whole);
                view.paste(&image, shape, Patch::new(x0, y0, x1, y1).unwrap(), &mut out);
                for (x, y, channel) in (0..40).map(|n| (n % 5, n / 5 % 4, n / 20)) {
                    let inside = (x0..x1).contains(&x) && (y0..y1).contains(&y);
                    let expected = if inside { whole[at(x, y, channel)] } else { 99 };
                    assert_eq!(out[at(x, y, channel)], expected, "{view:?}, {x0}..{x1} × {y0}..{y1}, at {x}, {y}");
                }
            }
        }
    }
}

/// Both halves of the mirror and all moves come equally often, and a view depends on seed, epoch and image alone.
#[test]
fn views_are_uniform_and_belong_to_their_image() {
    let augment = Augmentation { flip: true, shift: 2 };
    let mut counts = [0_u32; 50];
    for index in 0..50_000 {
        let View { flip, dx, dy } = View::draw(augment, 42, 1, index);
        assert!(dx.abs() <= 2 && dy.abs() <= 2);
        counts[usize::from(flip) * 25 + ((dx + 2) * 5 + dy + 2) as usize] += 1;
    }
    // Pearson's χ² of 50 equally likely cells, 49 degrees of freedom: above 99.6 once in 100,000 seeds.
    let chi2: f64 = counts.iter().map(|&count| (f64::from(count) - 1000.0).powi(2) / 1000.0).sum();
    assert!(chi2 < 99.6, "χ² = {chi2}");
    let views = |seed, epoch| (0..100).map(|index| View::draw(augment, seed, epoch, index)).collect::<Vec<_>>();
    assert_eq!(views(1, 1), views(1, 1));
    assert_ne!(views(1, 1), views(2, 1));
    assert_ne!(views(1, 1), views(1, 2));
    assert!((0..100).all(|index| View::draw(Augmentation::default(), 1, 1, index) == View::default()));
}

/// Views and boxes are drawn from streams of their own: whether an image is mirrored says nothing of how much is cut.
#[test]
fn a_view_says_nothing_of_the_box() {
    let shape = Shape::new(32, 32, 1, Layout::Chw).unwrap();
    let (cutmix, augment) = (CutMix::new(1.0).unwrap(), Augmentation { flip: true, shift: 4 });
    let samples = pipeline::epoch(&vec![0; 20_000], shape, Some(&cutmix.into()), augment, 42, 0);
    let mean = |condition: fn(&View) -> bool| {
        let lambdas =
            samples.iter().filter(|sample| condition(&sample.view)).map(|sample| f64::from(sample.mix.lambda()));
        let (count, sum) = lambdas.fold((0.0, 0.0), |(count, sum), lambda| (count + 1.0, sum + lambda));
        (sum / count, count)
    };
    for (one, other) in [
        (mean(|view| view.flip), mean(|view| !view.flip)),
        (mean(|view| view.dx > 0), mean(|view| view.dx <= 0)),
        (mean(|view| view.dy > 0), mean(|view| view.dy <= 0)),
    ] {
        // λ lies between 0 and 1, so its standard deviation is at most ½; 5 standard errors of the difference.
        let bound = 5.0 * 0.5 * (1.0 / one.1 + 1.0 / other.1).sqrt();
        assert!((one.0 - other.0).abs() < bound, "{one:?} and {other:?}");
    }
}

/// With views, the box is cut out of the partner as the partner is shown in the same epoch; and no view moves a box.
#[test]
fn both_images_are_seen_in_their_views() {
    let split = embedded::load(40, 0, 1, 1);
    let (data, shape) = (&split.train, split.train.shape());
    let cutmix = CutMix::new(1.0).unwrap();
    let augment = Augmentation { flip: true, shift: 4 };
    let samples = pipeline::epoch(&[0; 40], shape, Some(&cutmix.into()), augment, 42, 3);
    let plain = pipeline::epoch(&[0; 40], shape, Some(&cutmix.into()), Augmentation::default(), 42, 3);
    let mut image = vec![0; shape.len()];
    for (sample, plain) in samples.iter().zip(&plain) {
        assert_eq!((sample.index, sample.mix), (plain.index, plain.mix));
        pipeline::mix_into(&mut image, data, sample).unwrap();
        let shown = |index: usize| {
            let mut out = vec![0; shape.len()];
            View::draw(augment, 42, 3, index as u32).show(&data.image(index).unwrap(), shape, &mut out);
            out
        };
        let (own, other, patch) = (shown(sample.index), shown(sample.mix.partner() as usize), sample.mix.patch());
        for (at, &value) in image.iter().enumerate() {
            let (x, y) = ((at % 32) as u16, (at / 32 % 32) as u16);
            let inside = (patch.x0()..patch.x1()).contains(&x) && (patch.y0()..patch.y1()).contains(&y);
            assert_eq!(value, if inside { other[at] } else { own[at] }, "image {} at {x}, {y}", sample.index);
        }
    }
}

/// The share of mixed images rises for `mix-ramp` epochs and is nothing from `mix-until` on: as counted, since the boxes of at least one pixel leave no
/// image as it is.
#[test]
fn mixing_rises_and_ends_when_it_is_told_to() {
    let strong = MixingSettings {
        alpha: 1.0,
        probability: 0.5,
        box_rule: "at-least-one-pixel".parse().unwrap(),
        ..Recipe::Strong.settings().mixing
    };
    let shares = |mix_ramp, mix_until, epochs: u32| -> Vec<f64> {
        let settings = MixingSettings { mix_ramp, mix_until, ..strong };
        (0..epochs).map(|epoch| settings.probability_in(epoch, epochs) / settings.probability).collect()
    };
    assert_eq!(shares(0, 1.0, 4), [1.0; 4]);
    assert_eq!(shares(3, 1.0, 6), [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]);
    assert_eq!(shares(0, 0.75, 8), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(shares(1, 3.0, 5), [0.5, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(shares(0, 0.5, 1), [1.0], "half of an epoch is rounded up");

    let (images, shape) = (4000, Shape::new(8, 8, 3, Layout::Chw).unwrap());
    let settings = MixingSettings { mix_ramp: 1, mix_until: 3.0, partners: PartnersName::RandomCycle, ..strong };
    for (epoch, share) in [(0, 0.25), (1, 0.5), (2, 0.5), (3, 0.0), (4, 0.0)] {
        let mixing = Mixing::in_epoch(&settings, epoch, 5).unwrap();
        assert_eq!(mixing.is_none(), share == 0.0);
        let samples = pipeline::epoch(&vec![0; images], shape, mixing.as_ref(), Augmentation::default(), 42, epoch);
        let mixed = samples.iter().filter(|sample| sample.mix.patch().area() > 0).count() as f64;
        let deviation = (images as f64 * share * (1.0 - share)).sqrt();
        assert!((mixed - images as f64 * share).abs() <= 4.0 * deviation, "epoch {epoch}: {mixed} mixed");
        let meets_itself = |sample: &Sample| sample.mix.partner() as usize == sample.index;
        assert!(mixing.is_none() || !samples.iter().any(meets_itself));
    }
}

/// Partners by their classes: never of a wrong one, each alike, and the same whatever else is drawn.
#[test]
fn partners_are_of_the_class_that_is_set() {
    // 300, 90 and 9 images, and one that is alone in its class.
    let classes: Vec<u16> = (0..400).map(|image| [0, 0, 0, 1][image % 4]).collect();
    let classes: Vec<u16> =
        classes.iter().zip(0..).map(|(&class, image)| if image % 40 == 7 { 2 } else { class }).collect();
    let classes: Vec<u16> = classes.iter().zip(0..).map(|(&class, image)| if image == 7 { 4 } else { class }).collect();
    let shape = Shape::new(8, 8, 3, Layout::Chw).unwrap();
    let settings = Recipe::Strong.settings().mixing;
    let epoch = |partners, number| {
        let mixing = Mixing::of(&MixingSettings { partners, probability: 1.0, ..settings }).unwrap();
        pipeline::epoch(&classes, shape, Some(&mixing), Augmentation::default(), 5, number)
    };
    let of = |sample: &Sample| [sample.index, sample.mix.partner() as usize].map(|image| classes[image]);
    let mut pasted = [0.0; 5];
    for number in 0..50 {
        for sample in epoch(PartnersName::SameClass, number) {
            let [own, partner] = of(&sample);
            assert!(own == partner && (sample.index != sample.mix.partner() as usize) == (own != 4));
        }
        assert!(epoch(PartnersName::OtherClass, number).iter().map(of).all(|[own, partner]| own != partner));
        for sample in epoch(PartnersName::AnyClass, number) {
            pasted[usize::from(of(&sample)[1])] += 1.0;
        }
        // An image's partner is its own affair: the order of the epoch and the boxes are what they are with others.
        let (shuffled, by_class) = (epoch(PartnersName::Shuffle, number), epoch(PartnersName::AnyClass, number));
        for (one, other) in shuffled.iter().zip(&by_class) {
            assert_eq!((one.index, one.mix.patch()), (other.index, other.mix.patch()));
        }
    }
    // Four classes of 20,000 partners, a quarter each: within four standard deviations.
    let deviation = (20_000.0_f64 * 0.25 * 0.75).sqrt();
    for class in [0, 1, 2, 4] {
        assert!((pasted[class] - 5000.0_f64).abs() <= 4.0 * deviation, "{pasted:?}");
    }
}

/// `MixUp` in the place of CutMix, by its definition, on the share of the images that was asked for; all others are what they are without it.
#[test]
fn mixup_takes_its_share() {
    let data = embedded::load(600, 0, 8, 42).train;
    let settings =
        MixingSettings { alpha: 1.0, probability: 0.8, mixup_alpha: 0.4, ..Recipe::Strong.settings().mixing };
    let epoch = |switch: f64| {
        let mixing = Mixing::of(&MixingSettings { switch, ..settings }).unwrap();
        pipeline::epoch(&[0; 600], data.shape(), Some(&mixing), settings.augmentation, 42, 3)
    };
    let (alone, both) = (epoch(0.0), epoch(0.3));
    assert!(alone.iter().all(|sample| matches!(sample.mix, Mix::Paste(_))));
    let (mut blended, mut pasted) = (0, 0);
    let mut image = vec![0; data.shape().len()];
    for (before, sample) in alone.iter().zip(&both) {
        assert_eq!(
            (before.index, before.mix.partner(), before.view),
            (sample.index, sample.mix.partner(), sample.view)
        );
        let mut soft = [0.0; 8];
        pipeline::mix_into(&mut image, &data, sample).unwrap();
        pipeline::label_into(&mut soft, &data, sample);
        let mut shown = [vec![0; image.len()], vec![0; image.len()]];
        sample.view.show(&data.image(sample.index).unwrap(), data.shape(), &mut shown[0]);
        sample.partner_view.show(&data.image(sample.mix.partner() as usize).unwrap(), data.shape(), &mut shown[1]);
        let blend = match sample.mix {
            Mix::Blend(blend) if blend.lambda() < 1.0 => blend,
            mix => {
                pasted += u32::from(mix.patch().area() > 0);
                assert!(mix.patch().area() > 0 || image == shown[0]);
                continue;
            }
        };
        blended += 1;
        assert_eq!((blend.partner(), sample.mix.patch().area()), (before.mix.partner(), 0));
        let lambda = f64::from(blend.lambda());
        for ((&have, &own), &other) in image.iter().zip(&shown[0]).zip(&shown[1]) {
            let exact = lambda * f64::from(own) + (1.0 - lambda) * f64::from(other);
            assert!((f64::from(have) - exact).abs() <= 0.5, "{have} is not {exact}");
        }
        let mut expected = [0.0; 8];
        expected[usize::from(data.label(sample.index))] += lambda;
        expected[usize::from(data.label(blend.partner() as usize))] += 1.0 - lambda;
        for (have, want) in soft.iter().zip(expected) {
            assert!((f64::from(*have) - want).abs() <= f64::from(f32::EPSILON) / 2.0, "{soft:?} is not {expected:?}");
        }
    }
    let share = 0.3 * 0.8;
    let deviation = (600.0_f64 * share * (1.0 - share)).sqrt();
    assert!((f64::from(blended) - 600.0 * share).abs() <= 4.0 * deviation, "{blended} of 600");
    // CutMix has the rest, of which as many have a box as where it is alone. Both counts scatter.
    let share = alone.iter().filter(|sample| sample.mix.patch().area() > 0).count() as f64 / 600.0;
    let variance = |share: f64| 600.0 * share * (1.0 - share);
    let deviation = (variance(0.7 * share) + 0.49 * variance(share)).sqrt();
    assert!((f64::from(pasted) - 600.0 * 0.7 * share).abs() <= 4.0 * deviation, "{pasted} of 600");
    assert_eq!(epoch(1.0).iter().filter(|sample| sample.mix.patch().area() > 0).count(), 0);
}

/// Center occlusion: a quarter of the pixels are black, the others as they were, in both layouts and for sides that are odd.
#[test]
fn the_middle_is_covered_with_black() {
    for (width, height, layout) in
        [(8, 8, Layout::Chw), (9, 7, Layout::Hwc), (32, 32, Layout::Chw), (7, 6, Layout::Hwc)]
    {
        let shape = Shape::new(width, height, 3, layout).unwrap();
        let mut data = Dataset::with_capacity(shape, 2);
        for number in 0..2_usize {
            let bytes: Vec<u8> = (0..shape.len()).map(|at| (1 + (at * 7 + number) % 255) as u8).collect();
            data.push(&bytes, 0);
        }
        let samples = pipeline::in_order(2, shape);
        let before = Batch::new(&data, 1, &samples).unwrap();
        let mut after = before.clone();
        after.cover_middle();
        let [width, height] = [width, height].map(usize::from);
        let inside = |at: usize, side: usize| (side - side / 2) / 2 <= at && at < (side - side / 2) / 2 + side / 2;
        let mut covered = 0;
        for (at, (&before, &after)) in before.pixels.iter().zip(&after.pixels).enumerate() {
            let at = at % shape.len();
            let pixel = match layout {
                Layout::Chw => at % (width * height),
                Layout::Hwc => at / 3,
            };
            if inside(pixel % width, width) && inside(pixel / width, height) {
                assert_eq!(after, 0, "{pixel}");
                covered += 1;
            } else {
                assert_eq!(after, before);
            }
        }
        assert_eq!(covered, 2 * 3 * (width / 2) * (height / 2));
    }
}

/// A worker that fails must not look like the end of the epoch.
#[test]
#[should_panic(expected = "labels were checked")]
fn a_failed_worker_is_not_silent() {
    let data = numbered(20);
    let samples = epoch(&data, None, 0);
    // Labels reach up to 6.
    let _ = loader(&data, 3).batches(samples, 4).count();
}
