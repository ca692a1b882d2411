//! Labels of every kind: weights add up, and what is refused changes nothing.

#![no_main]

use arbitrary::Arbitrary;
use cutmix_core::{Label, MixUp, Patch, Plan, Stream};
use fuzz::{Number, Sides};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    sides: Sides,
    patch: (u16, u16, u16, u16),
    blended: Option<(Number, u64)>,
    first: u8,
    second: u8,
    classes: u8,
    other_classes: u8,
    epsilon: Number,
}

/// What a label must not write to where it is refused.
const UNTOUCHED: f32 = 7.0;

fuzz_target!(|input: Input| {
    let (first, second) = (u16::from(input.first), u16::from(input.second));
    if let Some((alpha, seed)) = input.blended {
        let Ok(mixup) = MixUp::new(alpha.get()) else { return };
        let blend = mixup.plan(0, &mut Stream::new(seed, 0, 0));
        assert!((0.0..=1.0).contains(&blend.lambda()));
        let label = blend.label(first, second);
        assert_eq!(label.weights_q16()[0], blend.lambda_q16());
        write(label, &input);
        return;
    }
    let (x0, y0, x1, y1) = input.patch;
    let Some(shape) = input.sides.any() else { return };
    let Ok(patch) = Patch::new(x0, y0, x1, y1) else { return };
    let Ok(plan) = Plan::new(0, patch, shape) else { return };
    assert_eq!(plan.label(first, second).lambda().to_bits(), plan.lambda().to_bits());
    write(plan.label(first, second), &input);
    mix(plan, &input);
});

fn write(label: Label, input: &Input) {
    let classes = usize::from(input.classes);
    let (first, second) = (usize::from(label.first()), usize::from(label.second()));
    let fits = first < classes && second < classes;
    let lambda = f64::from(label.lambda());

    let q16 = label.weights_q16();
    assert_eq!(q16[0] + q16[1], 1 << 16);
    assert!((f64::from(q16[0]) / 65_536.0 - lambda).abs() <= 0.500_001 / 65_536.0);

    let mut soft = vec![UNTOUCHED; classes];
    assert_eq!(label.write_soft(&mut soft).is_ok(), fits);
    if fits {
        assert!((sum(&soft) - 1.0).abs() <= 2_f64.powi(-24));
        let others = soft.iter().enumerate().filter(|(class, _)| *class != first && *class != second);
        assert!(others.map(|(_, weight)| weight.to_bits()).all(|bits| bits == 0));
        let of_first = if first == second { 1.0 } else { label.lambda() };
        assert_eq!(soft[first].to_bits(), of_first.to_bits());
    } else {
        assert!(untouched(&soft));
    }

    let epsilon = input.epsilon.get();
    let mut smoothed = vec![UNTOUCHED; classes];
    let fits_smoothed = fits && (0.0..=1.0).contains(&epsilon);
    assert_eq!(label.write_smoothed(&mut smoothed, epsilon).is_ok(), fits_smoothed);
    if fits_smoothed {
        // At most three roundings a weight, of numbers up to 1.
        assert!((sum(&smoothed) - 1.0).abs() <= classes as f64 * 2_f64.powi(-23));
        assert!(smoothed.iter().all(|weight| (0.0..=1.000_001).contains(weight)));
    } else {
        assert!(untouched(&smoothed));
    }

    let mut pair = [vec![UNTOUCHED; classes], vec![UNTOUCHED; usize::from(input.other_classes)]];
    let [of_first, of_second] = &mut pair;
    let fits_pair = first < of_first.len() && second < of_second.len();
    assert_eq!(label.write_one_hot(of_first, of_second).is_ok(), fits_pair);
    for (one_hot, class) in pair.iter().zip([first, second]) {
        let expected = |element| if fits_pair { f32::from(u8::from(element == class)) } else { UNTOUCHED };
        assert!(one_hot.iter().enumerate().all(|(element, weight)| weight.to_bits() == expected(element).to_bits()));
    }
}

fn mix(plan: Plan, input: &Input) {
    let mut soft = vec![0.25; usize::from(input.classes)];
    let partner = vec![0.75; usize::from(input.other_classes)];
    let fits = soft.len() == partner.len();
    assert_eq!(plan.mix_soft(&mut soft, &partner).is_ok(), fits);
    let expected = if fits { 0.75 - 0.5 * plan.lambda() } else { 0.25 };
    assert!(soft.iter().all(|weight| (weight - expected).abs() <= 1e-6));
}

fn sum(soft: &[f32]) -> f64 {
    soft.iter().map(|weight| f64::from(*weight)).sum()
}

fn untouched(soft: &[f32]) -> bool {
    soft.iter().all(|weight| weight.to_bits() == UNTOUCHED.to_bits())
}
