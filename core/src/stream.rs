use core::convert::Infallible;

use rand_core::{Rng, TryRng};
use rand_pcg::Pcg32;

/// The random stream of one sample, keyed by (seed, epoch, index).
///
/// A sample's numbers depend on its key alone, so its plan is the same whatever the batch size, the number of worker
/// threads, the order of work or the machine. Underneath is a PCG-XSH-RR 64/32 generator (O'Neill 2014, HMC-CS-2014-0905):
/// seed and epoch pick its increment, one of 2⁶³ sequences, and the index a place in that sequence, whose period is 2⁶⁴.
/// Both are hashed with SplitMix64's finalizer (Steele, Lea and Flood 2014), so neighboring keys give unrelated streams.
///
/// Within an epoch no two samples start at the same place; that any of a million, taking ten words each, comes upon words of
/// another has a probability below 10⁻⁶.
///
/// ```
/// use cutmix_core::Stream;
/// use rand_core::Rng;
///
/// let first = Stream::new(42, 0, 7).next_u32();
/// assert_eq!(first, Stream::new(42, 0, 7).next_u32());
/// assert_ne!(first, Stream::new(42, 1, 7).next_u32());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream(Pcg32);

/// 2⁶⁴ divided by the golden ratio: SplitMix64's increment.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's output function on the state after `state`: a bijection that changes half of the bits, on average, for
/// every bit changed.
const fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(GOLDEN);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of sample `index` in `epoch` of the run with `seed`.
    #[must_use]
    #[inline] // in a loop the part of seed and epoch is worked out once
    pub fn new(seed: u64, epoch: u32, index: u64) -> Self {
        let sequence = mix(mix(seed) ^ u64::from(epoch));
        Self(Pcg32::new(mix(sequence ^ index), sequence))
    }

    /// The same stream as of [`new`](Self::new) by a third of the code: for `cutmix.h`, where nothing of the key is known earlier.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub fn new_in_a_loop(seed: u64, epoch: u32, index: u64) -> Self {
        let (mut sequence, mut hash) = (0, 0);
        for word in [seed, epoch.into(), index] {
            (sequence, hash) = (hash, mix(hash ^ word));
        }
        Self(Pcg32::new(hash, sequence))
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

/// A uniform integer in `0..bound`, without bias; 0 if `bound` is 0 or 1.
///
/// Lemire 2019, "Fast random integer generation in an interval", algorithm 5: one draw almost always, another one with
/// probability below `bound` / 2³².
///
/// ```
/// use cutmix_core::{Stream, uniform_below};
///
/// let die = 1 + uniform_below(6, &mut Stream::new(42, 0, 0));
/// assert!((1..=6).contains(&die));
/// ```
pub fn uniform_below<R: Rng + ?Sized>(bound: u32, rng: &mut R) -> u32 {
    let mut product = u64::from(rng.next_u32()) * u64::from(bound);
    if (product as u32) < bound {
        // 2³² mod bound: the low halves below it belong to values that would come up once too often.
        let surplus = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
        while (product as u32) < surplus {
            product = u64::from(rng.next_u32()) * u64::from(bound);
        }
    }
    (product >> 32) as u32
}
