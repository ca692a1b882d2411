//! CutMix or MixUp: what is drawn for it, and a batch of both in place.

use crate::script::{Script, share};
use cutmix_core::{
    Blend, Choice, CutMix, Layout, Mix, MixBatchError, MixUp, Partners, PasteError, Patch, Plan, Shape, SizeError,
    Stream, apply_batch, apply_images, mix_batch, paste, uniform_below,
};
use proptest::prelude::*;

fn choice(probability: f32) -> Choice {
    Choice::new(CutMix::new(1.0).unwrap(), MixUp::new(0.4).unwrap(), probability).unwrap()
}

/// The word of the choice comes first; behind it each draws what it draws alone.
#[test]
fn the_choice_is_drawn_first() {
    let shape = Shape::new(32, 24, 3, Layout::Hwc).unwrap();
    let (cutmix, mixup) = (CutMix::new(1.0).unwrap(), MixUp::new(0.4).unwrap());
    let (mut blends, draws) = (0_u32, 20_000);
    for index in 0..draws {
        let stream = || Stream::new(5, 0, index);
        let mix = choice(0.3).plan(shape, 9, &mut stream());
        let mut rest = stream();
        let first = rand_core::Rng::next_u32(&mut rest);
        let expected = if f64::from(first) < f64::from(0.3_f32) * f64::exp2(32.0) {
            blends += 1;
            Mix::Blend(mixup.plan(9, &mut rest))
        } else {
            Mix::Paste(cutmix.plan(shape, 9, &mut rest))
        };
        assert_eq!(mix, expected);
        assert_eq!(mix.partner(), 9);
        let (lambda, label, patch) = match mix {
            Mix::Paste(plan) => (plan.lambda(), plan.label(3, 5), plan.patch()),
            Mix::Blend(blend) => (blend.lambda(), blend.label(3, 5), Patch::EMPTY),
        };
        assert_eq!((mix.lambda().to_bits(), mix.label(3, 5), mix.patch()), (lambda.to_bits(), label, patch));

        // All by one of them: of a certain choice no word is drawn.
        assert_eq!(choice(1.0).plan(shape, 9, &mut stream()), Mix::from(mixup.plan(9, &mut stream())));
        let mut behind = stream();
        rand_core::Rng::next_u32(&mut behind);
        assert_eq!(choice(0.0).plan(shape, 9, &mut stream()), Mix::from(cutmix.plan(shape, 9, &mut behind)));
    }
    let deviation = (f64::from(draws as u32) * 0.3 * 0.7).sqrt();
    assert!((f64::from(blends) - f64::from(draws as u32) * 0.3).abs() <= 4.5 * deviation, "{blends} of {draws}");
}

/// MixUp's own probability: its word, then λ; none where it is 1.
#[test]
fn a_blend_that_does_not_happen_leaves_the_image() {
    let mixup = MixUp::new(1.0).unwrap().with_probability(0.25).unwrap();
    let (never, always) = (1 << 30, (1 << 30) - 1);
    let words = [never, always, share(0.5)];
    let mut script = Script::new(&words);
    let left = mixup.plan(4, &mut script);
    assert_eq!((left.partner(), left.lambda_q16(), script.left()), (4, 1 << 16, 2));
    assert_eq!(mixup.plan(4, &mut script).lambda_q16(), 1 << 15);
    let mut image = [f32::NAN, f32::INFINITY, 3.0];
    left.apply_f32(&mut image, &[f32::INFINITY, f32::NAN, f32::NAN]).unwrap();
    assert_eq!(image.map(f32::to_bits), [f32::NAN, f32::INFINITY, 3.0].map(f32::to_bits));
}

/// Out of place: every image from what all were before.
fn mixed(before: &[u8], shape: Shape, mixes: &[Mix]) -> Vec<u8> {
    let mut after = before.to_vec();
    for (image, mix) in after.chunks_mut(shape.len()).zip(mixes) {
        let partner = &before[mix.partner() as usize * shape.len()..][..shape.len()];
        match mix {
            Mix::Paste(plan) => paste(image, partner, shape, plan.patch()).unwrap(),
            Mix::Blend(blend) => blend.apply_u8(image, partner).unwrap(),
        }
    }
    after
}

proptest! {
    /// Nobody's partner was mixed before it was read.
    #[test]
    fn a_batch_in_place_is_a_batch_out_of_place(
        images in 2_usize..30,
        (width, height, channels) in (1_u16..9, 1_u16..9, 1_u16..4),
        chance in prop_oneof![Just(0.0_f32), Just(1.0), Just(0.5)],
        rule in prop_oneof![Just(Partners::RandomCycle), Just(Partners::Shuffle), Just(Partners::Roll)],
        seed in any::<u64>(),
    ) {
        let shape = Shape::new(width, height, channels, Layout::Chw).unwrap();
        let mut stream = Stream::new(seed, 0, 0);
        let mut partners = vec![0; images];
        rule.assign(&mut partners, &mut stream).unwrap();
        let mixes: Vec<Mix> =
            partners.iter().map(|&partner| choice(chance).plan(shape, partner, &mut stream)).collect();
        let before: Vec<u8> = (0..images * shape.len()).map(|_| uniform_below(256, &mut stream) as u8).collect();
        let mut batch = before.clone();
        apply_batch(&mut batch, shape, &mixes, &mut vec![0; shape.len()], Blend::apply_u8).unwrap();
        prop_assert!(batch == mixed(&before, shape, &mixes), "not as out of place");

        // Nor does it matter where the images lie.
        let mut apart = before.clone();
        let mut slices: Vec<&mut [u8]> = apart.chunks_mut(shape.len()).collect();
        apply_images(&mut slices, shape, &mixes, &mut vec![0; shape.len()], Blend::apply_u8).unwrap();
        prop_assert!(batch == apart, "not as one after the other");

        // Of boxes alone it does what the function for boxes does.
        if chance == 0.0 {
            let plans: Vec<Plan> = mixes.iter().filter_map(|mix| mix.plan()).collect();
            prop_assert_eq!(plans.len(), images);
            let mut boxes = before.clone();
            mix_batch(&mut boxes, shape, &plans, &mut vec![0; shape.len()]).unwrap();
            prop_assert!(boxes == batch);
        }
    }
}

#[test]
fn a_batch_that_cannot_be_mixed_stays_as_it_was() {
    let shape = Shape::new(3, 2, 1, Layout::Hwc).unwrap();
    let blend = |partner| Mix::from(MixUp::new(1.0).unwrap().plan(partner, &mut Script::new(&[share(0.5)])));
    let whole = |partner, shape| Mix::from(Plan::new(partner, Patch::EMPTY, shape).unwrap());
    let other = Shape::new(3, 3, 1, Layout::Hwc).unwrap();
    for (len, scratch, mixes, error) in [
        (12, 5, [blend(1), blend(0)], MixBatchError::Scratch { needed: 6, actual: 5 }),
        (12, 6, [blend(1), blend(1)], MixBatchError::Partner { partner: 1, images: 2 }),
        (12, 6, [blend(2), blend(0)], MixBatchError::Partner { partner: 2, images: 2 }),
        (12, 6, [whole(1, other), blend(0)], MixBatchError::Plan(SizeError { plan: Plan::unmixed(1, other), shape })),
        (11, 6, [blend(1), blend(0)], PasteError::Length { image: "batch", expected: 12, actual: 11 }.into()),
    ] {
        let mut batch: Vec<u8> = (0..len).collect();
        assert_eq!(apply_batch(&mut batch, shape, &mixes, &mut vec![0; scratch], Blend::apply_u8), Err(error));
        assert!(batch.iter().copied().eq(0..len), "{error}, yet something was written");

        let (first, second) = batch.split_at_mut(6);
        // Of images of their own it is not the batch that is too short, but the one.
        let error = match error {
            MixBatchError::Paste(_) => PasteError::Length { image: "destination", expected: 6, actual: 5 }.into(),
            error => error,
        };
        let apart = &mut [first, second];
        assert_eq!(apply_images(apart, shape, &mixes, &mut vec![0; scratch], Blend::apply_u8), Err(error));
        assert!(batch.iter().copied().eq(0..len), "{error}, yet something was written");
    }
    // An image without a mix.
    let error = PasteError::Length { image: "batch", expected: 12, actual: 6 };
    let refused = apply_images(&mut [&mut [0_u8; 6]], shape, &[blend(1), blend(0)], &mut [0; 6], Blend::apply_u8);
    assert_eq!(refused, Err(error.into()));
    // An error of the blend's own comes back.
    let error = PasteError::Length { image: "source", expected: 1, actual: 2 };
    let refused =
        apply_batch(&mut [0_u8; 12], shape, &[blend(1), blend(0)], &mut [0; 6], |_, _, _| Err(error)).unwrap_err();
    assert_eq!(refused, MixBatchError::Paste(error));
}
