//! The stream of a sample: what it is made of, that neighbors are strangers, whole numbers without bias, and that any
//! other generator may stand in for it.

use crate::statistics::{SIGNIFICANCE, assert_uniform};
use cutmix_core::{
    BalancedReservoir, Beta, Blend, CutMix, Layout, MixUp, Partners, Plan, Reservoir, Shape, Stream, uniform_below,
};
use rand_core::Rng;
use rand_pcg::{Pcg32, Pcg64};

#[test]
fn is_pcg32_seeded_by_splitmix64() {
    for (seed, epoch, index) in
        [(0, 0, 0), (42, 0, 7), (42, 7, 0), (u64::MAX, u32::MAX, u64::MAX), (1 << 40, 3, 1 << 50)]
    {
        let hash = |number| SplitMix64(number).next();
        let sequence = hash(hash(seed) ^ u64::from(epoch));
        let state = hash(sequence ^ index);
        let (mut expected, mut stream) = (Pcg32::new(state, sequence), Stream::new(seed, epoch, index));
        assert_eq!(stream, Stream::new_in_a_loop(seed, epoch, index));
        for _ in 0..4 {
            assert_eq!(stream.next_u32(), expected.next_u32());
            assert_eq!(stream.next_u64(), expected.next_u64());
            let mut bytes = [[0; 7]; 2];
            stream.fill_bytes(&mut bytes[0]);
            expected.fill_bytes(&mut bytes[1]);
            assert_eq!(bytes[0], bytes[1]);
        }
    }
}

/// The generator of Steele, Lea and Flood, written as such; `Stream` has its finalizer only.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[test]
fn splitmix64_gives_its_published_numbers() {
    // The test vector that everybody publishes for seed 1234567.
    let mut generator = SplitMix64(1_234_567);
    assert_eq!([generator.next(), generator.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
}

#[test]
fn neighboring_keys_give_independent_words() {
    const PAIRS: u32 = 1 << 20;
    type Neighbors = fn(u32) -> [Stream; 2];
    let kinds: [(&str, Neighbors); 6] = [
        ("the next index", |i| [Stream::new(7, 3, i.into()), Stream::new(7, 3, u64::from(i) + 1)]),
        ("the next epoch", |i| [Stream::new(7, i, 3), Stream::new(7, i + 1, 3)]),
        ("the next seed", |i| [Stream::new(i.into(), 3, 7), Stream::new(u64::from(i) + 1, 3, 7)]),
        ("the same index an epoch later", |i| [Stream::new(7, 3, i.into()), Stream::new(7, 4, i.into())]),
        ("the same index with another seed", |i| [Stream::new(7, 3, i.into()), Stream::new(8, 3, i.into())]),
        ("epoch and index exchanged", |i| [Stream::new(7, 3, u64::from(i) + 4), Stream::new(7, i + 4, 3)]),
    ];
    let comparisons = 3 * kinds.len();
    for (kind, neighbors) in kinds {
        let mut high = vec![0_u32; 64 * 64];
        let mut low = high.clone();
        let mut product = 0.0;
        for i in 0..PAIRS {
            let [a, b] = neighbors(i).map(|mut stream| stream.next_u32());
            high[((a >> 26) * 64 + (b >> 26)) as usize] += 1;
            low[(a % 64 * 64 + b % 64) as usize] += 1;
            let centered = |word: u32| f64::from(word) / f64::exp2(32.0) - 0.5;
            product += centered(a) * centered(b);
        }
        assert_uniform(&high, comparisons, &format!("{kind}, high bits"));
        assert_uniform(&low, comparisons, &format!("{kind}, low bits"));

        // Uniform numbers about 0 have the variance 1/12. P(|normal| > z) ≤ 2·exp(−z²/2).
        let normal = 12.0 * product / f64::from(PAIRS).sqrt();
        let most = (2.0 * f64::ln(2.0 * comparisons as f64 / SIGNIFICANCE)).sqrt();
        assert!(normal.abs() <= most, "{kind}: correlated, {normal:+.1} standard errors");
    }
}

#[test]
fn below_stays_below() {
    let mut stream = Stream::new(0, 0, 0);
    assert_eq!((uniform_below(0, &mut stream), uniform_below(1, &mut stream)), (0, 0));
    for bound in [2, 3, 10, 255, 256, 1 << 31, (1 << 31) + 1, u32::MAX] {
        assert!((0..10_000).all(|_| uniform_below(bound, &mut stream) < bound));
    }
}

#[test]
fn below_is_uniform() {
    let bounds = [3, 6, 10, 20, 48, 224];
    for bound in bounds {
        let mut counts = vec![0; bound];
        let mut stream = Stream::new(bound as u64, 0, 0);
        for _ in 0..1_000_000 {
            counts[uniform_below(bound as u32, &mut stream) as usize] += 1;
        }
        assert_uniform(&counts, bounds.len(), &format!("uniform_below({bound})"));
    }
}

/// Of 2³² words the bound 3·2³⁰ takes 4/3 a number. The remainder of a division would give the numbers of the first third
/// twice as often as the others, a product without rejection those that are divisible by 3.
#[test]
fn below_has_no_bias_for_a_large_bound() {
    const THIRD: u32 = 1 << 30;
    let mut thirds = [0; 3];
    let mut remainders = [0; 3];
    let mut stream = Stream::new(0, 0, 1);
    for _ in 0..1_000_000 {
        let number = uniform_below(3 * THIRD, &mut stream);
        thirds[(number / THIRD) as usize] += 1;
        remainders[(number % 3) as usize] += 1;
    }
    assert_uniform(&thirds, 2, "the thirds of uniform_below(3·2³⁰)");
    assert_uniform(&remainders, 2, "the remainders of uniform_below(3·2³⁰)");
}

/// All that draws, once; the frames are those that two reservoirs hold in the end.
fn everything<R: Rng + ?Sized>(rng: &mut R) -> (u32, f32, Plan, [u32; 9], Blend, [Option<u32>; 4]) {
    let shape = Shape::new(32, 24, 3, Layout::Hwc).unwrap();
    let plan = CutMix::new(0.25).unwrap().with_probability(0.99).unwrap().plan(shape, 1, rng);
    let mut partners = [0; 9];
    Partners::RandomCycle.assign(&mut partners, rng).unwrap();

    let mut reservoir: Reservoir<2> = Reservoir::new();
    let mut balanced: BalancedReservoir<2, 2> = BalancedReservoir::new();
    for frame in 0..100 {
        let _ = reservoir.offer(frame, 0, rng);
        balanced.offer(frame, (frame % 2) as u16, rng).unwrap();
    }
    let frames =
        [reservoir.held().get(0), reservoir.held().draw(rng), balanced.held().get(0), balanced.held().draw(rng)]
            .map(|drawn| drawn.map(|held| held.number));
    let (number, drawn) = (uniform_below(1 << 31, rng), Beta::new(2.0, 3.0).unwrap().sample(rng));
    (number, drawn, plan, partners, MixUp::new(0.4).unwrap().plan(1, rng), frames)
}

/// Whatever its type, known or not.
#[test]
fn any_generator_will_do() {
    let (mut known, mut unknown) = (Pcg64::new(1, 2), Pcg64::new(1, 2));
    let drawn = everything(&mut known);
    let generator: &mut dyn Rng = &mut unknown;
    assert_eq!(everything(generator), drawn);
    assert_eq!(unknown, known);
    assert_ne!(everything(&mut Stream::new(1, 0, 2)), drawn);
}
