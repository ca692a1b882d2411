//! `mix_batch` and `apply_images`, in place, against pasting out of an untouched copy of the batch; what is refused changes nothing.

#![no_main]

use arbitrary::Arbitrary;
use cutmix_core::{Mix, Partners, Plan, Shape, Stream, apply_images, mix_batch, mix_batch_scratch};
use fuzz::{Sides, SmallBox, elements};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    sides: Sides,
    /// The shape that the plans were made for, if another one.
    other_sides: Option<Sides>,
    partners: Assigned,
    seed: u64,
    samples: Vec<(u32, SmallBox)>,
    surplus: i8,
    scratch_surplus: i8,
}

#[derive(Arbitrary, Debug)]
enum Assigned {
    RandomCycle,
    Shuffle,
    Roll,
    Reverse,
    Anybody,
}

fuzz_target!(|input: Input| {
    let shape = input.sides.small();
    let planned_for = input.other_sides.map_or(shape, Sides::small);
    let Some(partners) = partners(&input) else { return };
    let plans: Vec<Plan> = partners
        .iter()
        .zip(&input.samples)
        .map(|(&partner, (_, patch))| {
            Plan::new(partner, patch.get(), planned_for).unwrap_or(Plan::unmixed(partner, planned_for))
        })
        .collect();

    let needed = mix_batch_scratch(shape, &plans);
    let mut scratch = vec![0; needed.saturating_add_signed((input.scratch_surplus / 100).into())];
    let before: Vec<u32> =
        (0..).take((shape.len() * plans.len()).saturating_add_signed((input.surplus / 100).into())).collect();

    let valid = before.len() == shape.len() * plans.len()
        && scratch.len() >= needed
        && (plans.is_empty() || sides(planned_for) == sides(shape))
        && is_permutation(&partners);
    let mut batch = before.clone();
    assert_eq!(mix_batch(&mut batch, shape, &plans, &mut scratch).is_ok(), valid);
    let expected = if valid { reference(&before, shape, &plans) } else { before.clone() };
    assert_eq!(batch, expected);

    // Of images of their own, with scratch for a whole one.
    let mixes: Vec<Mix> = plans.iter().map(|plan| Mix::from(*plan)).collect();
    let mut apart = before;
    let mut images: Vec<&mut [u32]> = apart.chunks_mut(shape.len()).collect();
    let mixed = apply_images(&mut images, shape, &mixes, &mut vec![0; shape.len()], |_, _, _| Ok(()));
    assert!(mixed.is_ok() || !valid);
    // The scratch may have been all that was wrong.
    if valid || mixed.is_err() {
        assert_eq!(apart, expected);
    }
});

fn sides(shape: Shape) -> [u16; 2] {
    [shape.width(), shape.height()]
}

/// A partner each, by a rule that keeps its promise or at random.
fn partners(input: &Input) -> Option<Vec<u32>> {
    let images = input.samples.len();
    let (rule, odd_one) = match input.partners {
        Assigned::RandomCycle => (Partners::RandomCycle, images == 1),
        Assigned::Shuffle => (Partners::Shuffle, false),
        Assigned::Roll => (Partners::Roll, images == 1),
        Assigned::Reverse => (Partners::Reverse, images % 2 == 1),
        // Up to one more than there are, for a partner that is none.
        Assigned::Anybody => {
            return Some(input.samples.iter().map(|(number, _)| number % (images as u32 + 1)).collect());
        }
    };
    let mut partners = vec![u32::MAX; images];
    let assigned = rule.assign(&mut partners, &mut Stream::new(input.seed, 0, 0));
    assert_eq!(assigned.is_err(), odd_one);
    if odd_one {
        assert!(partners.iter().all(|partner| *partner == u32::MAX));
        return None;
    }
    assert!(is_permutation(&partners));
    assert!(rule == Partners::Shuffle || partners.iter().zip(0..).all(|(partner, image)| *partner != image));
    Some(partners)
}

fn is_permutation(partners: &[u32]) -> bool {
    let mut sorted = partners.to_vec();
    sorted.sort_unstable();
    sorted.into_iter().eq(0..partners.len() as u32)
}

fn reference(before: &[u32], shape: Shape, plans: &[Plan]) -> Vec<u32> {
    let mut batch = before.to_vec();
    for (image, plan) in plans.iter().enumerate() {
        for element in elements(shape, plan.patch(), shape.row_len()) {
            batch[image * shape.len() + element] = before[plan.partner() as usize * shape.len() + element];
        }
    }
    batch
}
