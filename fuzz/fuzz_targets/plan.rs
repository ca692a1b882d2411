//! Any policy for any shape: refused for a reason, or plans that keep every promise.

#![no_main]

use arbitrary::Arbitrary;
use cutmix_core::{Beta, BoxRule, CutMix, Plan, Shape, Stream};
use fuzz::{Number, Sides};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    a: Number,
    b: Number,
    probability: Option<Number>,
    rule: Rule,
    sides: Sides,
    partner: u32,
    key: (u64, u32, u64),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Rule {
    Paper,
    OddSides,
    AtLeastOnePixel,
    Inside,
    MinMax(Number, Number),
}

fuzz_target!(|input: Input| {
    let (a, b) = (input.a.get(), input.b.get());
    let valid = |parameter: f32| parameter.is_finite() && parameter > 0.0;
    let cutmix = CutMix::with_parameters(a, b);
    assert_eq!(cutmix.is_ok(), valid(a) && valid(b));
    let Ok(mut cutmix) = cutmix else { return };

    let rule = match input.rule {
        Rule::Paper => BoxRule::Paper,
        Rule::OddSides => BoxRule::OddSides,
        Rule::AtLeastOnePixel => BoxRule::AtLeastOnePixel,
        Rule::Inside => BoxRule::Inside,
        Rule::MinMax(min, max) => BoxRule::MinMax { min: min.get(), max: max.get() },
    };
    let with_rule = cutmix.with_rule(rule);
    assert_eq!(
        with_rule.is_ok(),
        !matches!(rule, BoxRule::MinMax { min, max } if !(0.0 <= min && min < max && max <= 1.0))
    );
    let Ok(with_rule) = with_rule else { return };
    cutmix = with_rule;

    if let Some(probability) = input.probability {
        let with_probability = cutmix.with_probability(probability.get());
        assert_eq!(with_probability.is_ok(), (0.0..=1.0).contains(&probability.get()));
        let Ok(with_probability) = with_probability else { return };
        cutmix = with_probability;
    }

    let (seed, epoch, index) = input.key;
    let share = Beta::new(a, b).map(|beta| beta.sample(&mut Stream::new(seed, epoch, index)));
    assert!(share.is_ok_and(|share| (0.0..=1.0).contains(&share)));

    let Some(shape) = input.sides.any() else { return };
    let mut stream = Stream::new(seed, epoch, index);
    let plan = cutmix.plan(shape, input.partner, &mut stream);
    keeps_its_promises(plan, shape, input.partner);

    // Most plans have a box; a probability leaves some without.
    if input.probability.is_none() {
        obeys(plan, cutmix, rule, shape);
    }

    let mut again = Stream::new(seed, epoch, index);
    assert_eq!(cutmix.plan(shape, input.partner, &mut again), plan);
    assert_eq!(again, stream);
});

fn keeps_its_promises(plan: Plan, shape: Shape, partner: u32) {
    let patch = plan.patch();
    assert_eq!(plan.partner(), partner);
    assert!(patch.x0() <= patch.x1() && patch.y0() <= patch.y1() && patch.fits(shape));
    assert_eq!(plan.total(), u32::from(shape.width()) * u32::from(shape.height()));
    assert_eq!(plan.kept() + patch.area(), plan.total());
    assert!((0.0..=1.0).contains(&plan.lambda()));
    assert_eq!(Plan::new(partner, patch, shape), Ok(plan));
}

fn obeys(plan: Plan, cutmix: CutMix, rule: BoxRule, shape: Shape) {
    let patch = plan.patch();
    let drawn = [(patch.x1() - patch.x0(), shape.width()), (patch.y1() - patch.y0(), shape.height())];
    assert!(cutmix.can_mix(shape) || patch.area() == 0);
    for (side, of) in drawn {
        // A side of one pixel is no dimension.
        if of == 1 {
            continue;
        }
        match rule {
            BoxRule::AtLeastOnePixel => assert!(side >= 1 && (side < of || of == 1)),
            BoxRule::MinMax { min, max } => {
                let [least, end] = [min, max].map(|share| (share * f32::from(of)) as u16);
                assert!((least..end.max(least + 1)).contains(&side));
            }
            _ => assert!(side < of),
        }
    }
}
