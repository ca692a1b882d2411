//! MixUp: the law of λ, and blends against exact arithmetic.

use std::array;

use crate::script::Script;
use crate::statistics::{assert_law, beta_cdf};
use cutmix_core::{BetaError, Blend, MixUp, PasteError, Stream};
use half::{bf16, f16};

/// λ = 1 in units of 2⁻¹⁶.
const ONE: u32 = 1 << 16;

/// The blend of which λ is `kept` · 2⁻¹⁶: α = 1 takes one word for a share that is 2⁻³³ more than word ÷ 2³².
fn blend(kept: u32) -> Blend {
    let word = kept.saturating_mul(ONE);
    let blend = MixUp::new(1.0).unwrap().plan(7, &mut Script::new(&[word]));
    assert_eq!((blend.partner(), blend.lambda_q16()), (7, kept));
    blend
}

/// Every pair of bytes, at each λ of a grid: halves come up where it is divisible by 2⁸, and odd ones are on it too.
#[test]
fn bytes_are_rounded_to_the_nearest_and_halves_up() {
    let firsts: Vec<u8> = (0..=u16::MAX).map(|pair| (pair >> 8) as u8).collect();
    let seconds: Vec<u8> = (0..=u16::MAX).map(|pair| pair as u8).collect();
    for kept in (0..=ONE).step_by(256).chain((1..ONE).step_by(997)).chain([1, ONE / 2 - 1, ONE / 2 + 1, ONE - 1]) {
        let mut blended = firsts.clone();
        blend(kept).apply_u8(&mut blended, &seconds).unwrap();
        for ((first, second), blended) in firsts.iter().zip(&seconds).zip(&blended) {
            // What is exact, in units of 2⁻¹⁶, lies in the half-open unit about the byte: −½ ≤ exact − byte < ½.
            let exact = i64::from(*first) * i64::from(kept) + i64::from(*second) * i64::from(ONE - kept);
            let twice_off = 2 * (exact - i64::from(*blended) * i64::from(ONE));
            assert!(
                (-i64::from(ONE)..i64::from(ONE)).contains(&twice_off),
                "{kept} of {ONE}: {first} and {second} made {blended}"
            );
        }
    }
}

/// Signed bytes, and the ends and the middle of 16 bits: what is exact lies in the half-open unit about the number.
#[test]
fn integers_are_rounded_to_the_nearest_and_halves_up() {
    let nearest = |kept: u32, first: i64, second: i64, blended: i64| {
        let exact = first * i64::from(kept) + second * i64::from(ONE - kept);
        let twice_off = 2 * (exact - blended * i64::from(ONE));
        assert!(
            (-i64::from(ONE)..i64::from(ONE)).contains(&twice_off),
            "{kept} of {ONE}: {first} and {second} made {blended}"
        );
    };
    let bytes: Vec<(i8, i8)> =
        (i8::MIN..=i8::MAX).flat_map(|first| (i8::MIN..=i8::MAX).map(move |second| (first, second))).collect();
    let some = [0, 1, 2, 3, 127, 128, 255, 256, 257, 1000, 12_345, 32_766, 32_767, 32_768, 40_000, 65_534, 65_535_u16];
    let words: Vec<(u16, u16)> = some.iter().flat_map(|&first| some.map(|second| (first, second))).collect();
    for kept in (0..=ONE).step_by(512).chain((1..ONE).step_by(1999)).chain([1, ONE / 2 - 1, ONE / 2 + 1, ONE - 1]) {
        let (mut firsts, seconds): (Vec<i8>, Vec<i8>) = bytes.iter().copied().unzip();
        blend(kept).apply_i8(&mut firsts, &seconds).unwrap();
        for ((first, second), blended) in bytes.iter().zip(firsts) {
            nearest(kept, (*first).into(), (*second).into(), blended.into());
        }
        let (mut firsts, seconds): (Vec<u16>, Vec<u16>) = words.iter().copied().unzip();
        blend(kept).apply_u16(&mut firsts, &seconds).unwrap();
        for ((first, second), blended) in words.iter().zip(firsts) {
            nearest(kept, (*first).into(), (*second).into(), blended.into());
        }
        let signed: Vec<(i16, i16)> = words.iter().map(|pair| (pair.0 as i16, pair.1 as i16)).collect();
        let (mut firsts, seconds): (Vec<i16>, Vec<i16>) = signed.iter().copied().unzip();
        blend(kept).apply_i16(&mut firsts, &seconds).unwrap();
        for ((first, second), blended) in signed.iter().zip(firsts) {
            nearest(kept, (*first).into(), (*second).into(), blended.into());
        }
    }
}

/// Of quantized tensors the zero point does not matter: blended and then less it is less it and then blended.
#[test]
fn a_zero_point_is_kept() {
    for kept in (0..=ONE).step_by(997) {
        for zero_point in [-128_i16, -3, 0, 5] {
            for (first, second) in [(-128_i8, 127), (-100, 27), (5, -5), (127, 127)] {
                let mut quantized = [first];
                blend(kept).apply_i8(&mut quantized, &[second]).unwrap();
                let mut values = [i16::from(first) - zero_point];
                blend(kept).apply_i16(&mut values, &[i16::from(second) - zero_point]).unwrap();
                assert_eq!(i16::from(quantized[0]) - zero_point, values[0]);
            }
        }
    }
}

/// Against the crate `half`: what is read, for all numbers, through an image that is left as it is; what is rounded, for sums of all of them.
#[test]
fn half_floats_are_rounded_as_others_round_them() {
    let every: Vec<u16> = (0..=u16::MAX).collect();
    for kept in [ONE, 0, 1, 2, 1000, ONE / 3, ONE / 2, ONE / 2 + 1, ONE - 3, ONE - 1] {
        let (lambda, cut) = (kept as f32 / 65_536.0, (ONE - kept) as f32 / 65_536.0);
        for turn in [1_u16, 0x1234, 0x7C00, 0x8000, 0xFFFF] {
            let others: Vec<u16> = every.iter().map(|bits| bits.wrapping_mul(turn | 1).wrapping_add(turn)).collect();
            let (mut halves, mut brains) = (every.clone(), every.clone());
            blend(kept).apply_f16(&mut halves, &others).unwrap();
            blend(kept).apply_bf16(&mut brains, &others).unwrap();
            for ((&first, &second), (&half, &brain)) in every.iter().zip(&others).zip(halves.iter().zip(&brains)) {
                let sum = |first: f32, second: f32| match kept {
                    ONE => first,
                    0 => second,
                    _ => lambda * first + cut * second,
                };
                let expected = f16::from_f32(sum(f16::from_bits(first).to_f32(), f16::from_bits(second).to_f32()));
                let have = f16::from_bits(half);
                assert!(
                    if expected.is_nan() { have.is_nan() } else { have.to_bits() == expected.to_bits() },
                    "{kept}: {first:04x} and {second:04x} made {half:04x}, not {:04x}",
                    expected.to_bits()
                );
                let expected = bf16::from_f32(sum(bf16::from_bits(first).to_f32(), bf16::from_bits(second).to_f32()));
                let have = bf16::from_bits(brain);
                assert!(
                    if expected.is_nan() { have.is_nan() } else { have.to_bits() == expected.to_bits() },
                    "{kept}: {first:04x} and {second:04x} made {brain:04x}, not {:04x}",
                    expected.to_bits()
                );
            }
        }
    }
}

#[test]
fn lambda_0_and_1_are_exact_copies() {
    let (bytes, other_bytes): ([u8; 256], [u8; 256]) = (array::from_fn(|i| i as u8), array::from_fn(|i| !i as u8));
    let floats = [1.0, -3.5, f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1), f32::NAN];
    let other_floats = [2.5, f32::INFINITY, f32::NAN, 0.0, -0.0, f32::NEG_INFINITY];
    for (kept, expected_bytes, expected_floats) in [(ONE, bytes, floats), (0, other_bytes, other_floats)] {
        let (mut blended_bytes, mut blended_floats) = (bytes, floats);
        blend(kept).apply_u8(&mut blended_bytes, &other_bytes).unwrap();
        blend(kept).apply_f32(&mut blended_floats, &other_floats).unwrap();
        assert_eq!(blended_bytes, expected_bytes);
        assert_eq!(blended_floats.map(f32::to_bits), expected_floats.map(f32::to_bits));
    }
}

/// Of two products and a sum, each rounded: 2⁻²⁴ of each is allowed, and what lies below f32's normal numbers.
#[test]
fn floats_are_blended_as_exactly_as_floats_are() {
    let values = [0.0, 1.0, -1.0, 0.1, 255.0, -17.3, 1e-30, 3e38, -2e38, f32::MIN_POSITIVE];
    for kept in (0..=ONE).step_by(251) {
        for first in values {
            for second in values {
                let mut blended = [first];
                blend(kept).apply_f32(&mut blended, &[second]).unwrap();
                let lambda = f64::from(kept) / f64::from(ONE);
                let (left, right) = (lambda * f64::from(first), (1.0 - lambda) * f64::from(second));
                let size = left.abs() + right.abs() + (left + right).abs();
                // The sum's own error is of what was rounded before it: a hair more.
                let allowed = size * f64::exp2(-24.0) * (1.0 + f64::exp2(-20.0)) + f64::exp2(-148.0);
                let off = f64::from(blended[0]) - (left + right);
                assert!(off.abs() <= allowed, "{kept} of {ONE}: {first} and {second} made {}", blended[0]);
            }
        }
    }
}

#[test]
fn the_label_weighs_what_was_blended() {
    for kept in (0..=ONE).step_by(51) {
        let blend = blend(kept);
        let label = blend.label(3, 5);
        assert_eq!((label.first(), label.second(), label.weights_q16()), (3, 5, [kept, ONE - kept]));
        let lambda = kept as f32 / 65_536.0;
        assert_eq!([blend.lambda(), label.lambda()].map(f32::to_bits), [lambda; 2].map(f32::to_bits));
    }
}

#[test]
fn lambda_is_rounded_to_the_nearest_unit() {
    let mixup = MixUp::new(1.0).unwrap();
    // 3½ units are 7 · 2¹⁵ of 2³²; the share is half a word more, so it is just above.
    for (word, kept) in
        [(7 << 15, 4), ((7 << 15) - 1, 3), (0, 0), (u32::MAX, ONE), (u32::MAX - (1 << 15) - 256, ONE - 1)]
    {
        assert_eq!(mixup.plan(0, &mut Script::new(&[word])).lambda_q16(), kept, "word {word}");
    }
}

/// λ is at most k units where the share is below k + ½ of them.
#[test]
fn lambda_follows_the_beta_law() {
    const DRAWS: u64 = 100_000;
    let alphas = [0.2, 0.4, 1.0, 2.0, 8.0];
    for alpha in alphas {
        let mixup = MixUp::new(alpha).unwrap();
        let draws = (0..DRAWS).map(|index| mixup.plan(0, &mut Stream::new(3, 0, index)).lambda_q16()).collect();
        let cdf = |kept: u32| beta_cdf(alpha, alpha, ((f64::from(kept) + 0.5) / f64::from(ONE)).min(1.0));
        assert_law(draws, cdf, alphas.len(), &format!("λ ~ Beta({alpha}, {alpha})"));
    }
    let skewed = MixUp::with_parameters(2.0, 0.7).unwrap();
    let draws = (0..DRAWS).map(|index| skewed.plan(0, &mut Stream::new(3, 0, index)).lambda_q16()).collect();
    let cdf = |kept: u32| beta_cdf(2.0, 0.7, ((f64::from(kept) + 0.5) / f64::from(ONE)).min(1.0));
    assert_law(draws, cdf, 1, "λ ~ Beta(2, 0.7)");
}

#[test]
fn lambda_is_never_above_1() {
    for alpha in [f32::MIN_POSITIVE, 1e-3, 0.1, 1.0, 1e20, f32::MAX] {
        let mixup = MixUp::new(alpha).unwrap();
        let mut stream = Stream::new(4, 0, 0);
        assert!((0..10_000).all(|_| mixup.plan(0, &mut stream).lambda_q16() <= ONE), "α = {alpha}");
    }
}

#[test]
fn images_of_different_lengths_are_not_blended() {
    for (dst_len, src_len) in [(4, 3), (4, 5), (0, 1), (4, 0)] {
        let error = PasteError::Length { image: "source", expected: dst_len, actual: src_len };
        let mut bytes = vec![9_u8; dst_len];
        assert_eq!(blend(ONE / 2).apply_u8(&mut bytes, &vec![0; src_len]), Err(error));
        assert!(bytes.iter().all(|&byte| byte == 9));
        let mut floats = vec![9.0_f32; dst_len];
        assert_eq!(blend(ONE / 2).apply_f32(&mut floats, &vec![0.0; src_len]), Err(error));
        assert!(floats.iter().all(|float| float.to_bits() == 9.0_f32.to_bits()));
    }
}

#[test]
fn refuses_what_is_no_parameter() {
    for alpha in [0.0, -1.0, f32::INFINITY, f32::NAN] {
        for refused in [MixUp::new(alpha), MixUp::with_parameters(alpha, 1.0), MixUp::with_parameters(1.0, alpha)] {
            let BetaError { parameter } = refused.unwrap_err();
            assert_eq!(parameter.to_bits(), alpha.to_bits());
        }
    }
}
