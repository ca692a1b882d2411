//! The soft label of a mixed image is the exact share of pixels, of images that came mixed too: against counting pixels.

use cutmix_core::{CutMix, Layout, Patch, Shape, Stream, uniform_below};
use host::data::{Contents, Dataset, Frame, Origin, Region};
use host::pipeline::{Mixing, Sample, View, epoch, label_into, mix_into};
use host::settings::{Augmentation, Fit, Resize, Size};

const SIDE: u16 = 16;
const CLASSES: u16 = 6;
const IMAGES: u16 = 60;

/// Images of `unit`×`unit` pixels that came mixed, every third one unmixed, resized to `SIDE`: every value is the class that it shows, plus one.
/// Where `unit` is `SIDE` nothing is resized. And the images before they were resized.
fn mixed_images(unit: u16, rng: &mut Stream) -> (Dataset, Vec<Vec<u8>>) {
    let (before, after) =
        (Shape::new(unit, unit, 1, Layout::Chw).unwrap(), Shape::new(SIDE, SIDE, 1, Layout::Chw).unwrap());
    let mut data = Dataset::with_capacity(after, IMAGES.into());
    let mut originals = Vec::new();
    for number in 0..IMAGES {
        let classes = [0, 1].map(|_| uniform_below(CLASSES.into(), rng) as u16);
        let mut edge = || uniform_below(u32::from(unit) + 1, rng) as u16;
        let ([a, b], [c, d]) = ([edge(), edge()], [edge(), edge()]);
        let patch = Patch::new(a.min(b), c.min(d), a.max(b), c.max(d)).unwrap();
        let region = if number % 3 == 0 { None } else { Region::of(before, patch, SIDE.into()) };
        let classes = if region.is_some() { classes } else { [classes[0]; 2] };
        let value = |x: u16, y: u16| {
            let inside =
                region.is_some() && (patch.x0()..patch.x1()).contains(&x) && (patch.y0()..patch.y1()).contains(&y);
            classes[usize::from(inside)] as u8 + 1
        };
        let pixels = |side: u16| -> Vec<u8> {
            let step = unit / side;
            (0..side).flat_map(|y| (0..side).map(move |x| (x * step, y * step))).map(|(x, y)| value(x, y)).collect()
        };
        data.push_with(&pixels(SIDE), Contents { classes, region, origins: [Origin::Image(number.into()); 2] });
        originals.push(pixels(unit));
    }
    (data, originals)
}

fn samples(data: &Dataset, augmentation: Augmentation) -> Vec<Sample> {
    let mixing = Mixing::from(CutMix::new(1.0).unwrap());
    (0..5)
        .flat_map(|number| epoch(&vec![0; data.len()], data.shape(), Some(&mixing), augmentation, 9, number))
        .collect()
}

/// Every pixel of the image that the network gets is looked at; black, which a random crop brings in, belongs to the first class of its image.
#[test]
fn every_pixel_is_counted() {
    let (data, _) = mixed_images(SIDE, &mut Stream::new(1, 0, 0));
    let mut most = 0;
    for augmentation in [Augmentation::default(), Augmentation { flip: true, shift: 5 }] {
        for sample in samples(&data, augmentation) {
            let mut image = vec![0; data.shape().len()];
            mix_into(&mut image, &data, &sample).unwrap();
            let mut counts = [0_u32; CLASSES as usize];
            for (at, &value) in image.iter().enumerate() {
                let (x, y) = (at as u16 % SIDE, at as u16 / SIDE);
                let patch = sample.mix.patch();
                let inside = (patch.x0()..patch.x1()).contains(&x) && (patch.y0()..patch.y1()).contains(&y);
                let of = if inside { sample.mix.partner() as usize } else { sample.index };
                let class = if value == 0 { data.label(of) } else { u16::from(value) - 1 };
                counts[usize::from(class)] += 1;
            }
            let mut soft = [9.0; CLASSES as usize];
            label_into(&mut soft, &data, &sample);
            let expected = counts.map(|count| count as f32 / 256.0);
            assert_eq!(soft.map(f32::to_bits), expected.map(f32::to_bits), "{soft:?} for {expected:?}");
            most = most.max(counts.iter().filter(|count| **count > 0).count());
        }
    }
    assert_eq!(most, 4, "no sample showed four classes");
}

/// Of resized images parts of pixels count: each pixel here was three by three before.
#[test]
fn what_was_resized_is_counted_in_the_pixels_that_came() {
    let unit = 3 * SIDE;
    let (data, originals) = mixed_images(unit, &mut Stream::new(2, 0, 0));
    for sample in samples(&data, Augmentation { flip: true, shift: 5 }) {
        let shown = |index: usize, View { flip, dx, dy }: View, x: i32, y: i32| {
            let (x, y) = (x - 3 * i32::from(dx), y - 3 * i32::from(dy));
            let unit = i32::from(unit);
            let x = if flip { unit - 1 - x } else { x };
            let seen = (0..unit).contains(&x) && (0..unit).contains(&y);
            if seen { u16::from(originals[index][(y * unit + x) as usize]) - 1 } else { data.label(index) }
        };
        let mut counts = [0_u32; CLASSES as usize];
        let patch = sample.mix.patch();
        for (x, y) in (0..i32::from(unit)).flat_map(|y| (0..i32::from(unit)).map(move |x| (x, y))) {
            let inside = (i32::from(patch.x0())..i32::from(patch.x1())).contains(&(x / 3))
                && (i32::from(patch.y0())..i32::from(patch.y1())).contains(&(y / 3));
            let class = if inside {
                shown(sample.mix.partner() as usize, sample.partner_view, x, y)
            } else {
                shown(sample.index, sample.view, x, y)
            };
            counts[usize::from(class)] += 1;
        }
        let mut soft = [0.0; CLASSES as usize];
        label_into(&mut soft, &data, &sample);
        for (have, want) in soft.iter().zip(counts) {
            // Ninths of pixels are rounded in f64, and the share once to f32.
            let want = f64::from(want) / f64::from(u32::from(unit) * u32::from(unit));
            assert!(
                (f64::from(*have) - want).abs() <= f64::from(f32::EPSILON) / 2.0 * want.max(1e-6),
                "{have} for {want}"
            );
        }
    }
}

/// Of images of any proportions, which become others: what was pasted is counted cell by cell, of which a pixel has as many as pixels were taken.
#[test]
fn what_was_pasted_into_images_of_any_shape_is_counted() {
    let mut rng = Stream::new(3, 0, 0);
    for number in 0..1500 {
        let mut draw = |least: u32, most: u32| (least + uniform_below(most - least + 1, &mut rng)) as u16;
        let (width, height, wide, high) = (draw(1, 14), draw(1, 14), draw(8, 13), draw(8, 13));
        let (fit, flip) = ([Fit::Crop, Fit::Pad, Fit::Stretch][number % 3], draw(0, 1) == 1);
        let shift = [draw(0, 6) as i16 - 3, draw(0, 6) as i16 - 3];
        let mut span = |side: u16| {
            let (a, b) = (draw(0, side.into()), draw(0, side.into()));
            (a.min(b), a.max(b))
        };
        let ((x0, x1), (y0, y1), (left, right), (top, bottom)) = (span(width), span(height), span(wide), span(high));
        let shape = Shape::new(width, height, 1, Layout::Hwc).unwrap();
        let resize = Resize { size: Size { width: wide, height: high }, fit, channels: 1 };
        let region = Region::of(shape, Patch::new(x0, y0, x1, y1).unwrap(), resize);

        // What is taken, and where it goes.
        let [w, h, tw, th] = [width, height, wide, high].map(f64::from);
        let whole = [0, 0, i64::from(width), i64::from(height)];
        let all = [0, 0, i64::from(wide), i64::from(high)];
        let (from, to) = match fit {
            Fit::Stretch => (whole, all),
            Fit::Crop => {
                let (cut_w, cut_h) =
                    ((h * tw / th).floor().clamp(1.0, w) as i64, (w * th / tw).floor().clamp(1.0, h) as i64);
                ([(i64::from(width) - cut_w) / 2, (i64::from(height) - cut_h) / 2, cut_w, cut_h], all)
            }
            Fit::Pad => {
                let scale = f64::min(tw / w, th / h);
                let (to_w, to_h) = ((w * scale).round().max(1.0) as i64, (h * scale).round().max(1.0) as i64);
                (whole, [(i64::from(wide) - to_w) / 2, (i64::from(high) - to_h) / 2, to_w, to_h])
            }
        };
        let (mut everywhere, mut inside) = (0, 0);
        for v in 0..i64::from(high) * from[3] {
            for u in 0..i64::from(wide) * from[2] {
                let (x, y) = (u / from[2], v / from[3]);
                // Back to the image as it was before it was moved and mirrored.
                let (u, v) = (u - i64::from(shift[0]) * from[2], v - i64::from(shift[1]) * from[3]);
                let u = if flip { i64::from(wide) * from[2] - 1 - u } else { u };
                let (u, v) = (u - to[0] * from[2], v - to[1] * from[3]);
                if u < 0 || v < 0 || u >= to[2] * from[2] || v >= to[3] * from[3] {
                    continue;
                }
                let (source_x, source_y) = (from[0] + u / to[2], from[1] + v / to[3]);
                if (i64::from(x0)..i64::from(x1)).contains(&source_x)
                    && (i64::from(y0)..i64::from(y1)).contains(&source_y)
                {
                    everywhere += 1;
                    let in_patch = (i64::from(left)..i64::from(right)).contains(&x)
                        && (i64::from(top)..i64::from(bottom)).contains(&y);
                    inside += i64::from(in_patch);
                }
            }
        }
        let cells = (from[2] * from[3]) as f64;
        let patch = Patch::new(left, top, right, bottom).unwrap();
        let have = region.map_or([0.0; 2], |region| region.pixels(Frame { flip, shift }, patch));
        for (have, want) in have.into_iter().zip([everywhere, inside]) {
            assert!(
                (have - want as f64 / cells).abs() < 1e-9,
                "{fit:?} of {width}×{height} in {wide}×{high}: {have} for {want} of {cells}"
            );
        }
    }
}
