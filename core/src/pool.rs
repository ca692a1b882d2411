use heapless::Vec;
use rand_core::Rng;

use crate::uniform_below;

/// A fixed pool of labeled frames out of a stream of any length, every frame seen equally likely to be in it.
///
/// Reservoir sampling: Vitter 1985, "Random sampling with a reservoir", ACM TOMS 11(1), algorithm R. A partner drawn from
/// the pool is therefore uniform over all frames seen, however long ago.
///
/// `F` is the frame's buffer, `[u8; N]` say.
///
/// ```
/// use cutmix_core::{Pool, Stream};
///
/// let mut pool: Pool<[u8; 4], 2> = Pool::new();
/// let mut stream = Stream::new(42, 0, 0);
/// for number in 0..100 {
///     pool.offer(&[number; 4], u16::from(number % 10), &mut stream);
/// }
/// assert_eq!((pool.len(), pool.seen()), (2, 100));
/// let (frame, class) = pool.draw(&mut stream).expect("a pool that has seen frames holds some");
/// assert_eq!(u16::from(frame[0] % 10), class);
/// ```
#[derive(Clone, Debug)]
pub struct Pool<F, const N: usize> {
    frames: Vec<(F, u16), N>,
    seen: u64,
}

impl<F, const N: usize> Pool<F, N> {
    /// An empty pool with room for `N` frames.
    #[must_use]
    pub const fn new() -> Self {
        Self { frames: Vec::new(), seen: 0 }
    }

    /// Frames in the pool, at most `N`.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether no frame is in the pool.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Frames offered so far, kept or not. At `u64::MAX` it stays there.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Frame number `slot` and its class.
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<(&F, u16)> {
        self.frames.get(slot).map(|(frame, class)| (frame, *class))
    }

    /// A frame and its class, every one in the pool equally likely; none if it is empty. One [`uniform_below`].
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> Option<(&F, u16)> {
        self.get(uniform_below(self.frames.len() as u32, rng) as usize)
    }
}

impl<F: Clone, const N: usize> Pool<F, N> {
    /// Shows `frame` of `class` to the pool, which keeps a copy with probability N ÷ [`seen`](Self::seen), in place of a
    /// random frame once it is full. Returns the slot if it was kept.
    ///
    /// Draws nothing until the pool is full, then one uniform integer below the frames seen.
    pub fn offer<R: Rng + ?Sized>(&mut self, frame: &F, class: u16, rng: &mut R) -> Option<usize> {
        self.seen = self.seen.saturating_add(1);
        if !self.frames.is_full() {
            // Cannot fail: there is room.
            self.frames.push((frame.clone(), class)).ok()?;
            return Some(self.frames.len() - 1);
        }
        let slot = usize::try_from(uniform_below_u64(self.seen, rng)).ok()?;
        let (kept, kept_class) = self.frames.get_mut(slot)?;
        kept.clone_from(frame);
        *kept_class = class;
        Some(slot)
    }
}

impl<F, const N: usize> Default for Pool<F, N> {
    fn default() -> Self {
        Self::new()
    }
}

/// A [`Pool`] that keeps its classes in balance however unequal the stream: for labels of which some are rare.
///
/// Class-balancing reservoir sampling: Chrysakis and Moens 2020, "Online continual learning from imbalanced data", ICML,
/// algorithm 1. Once the pool is full, a frame of a class that was never the largest takes the place of a random frame of
/// the largest class; a frame of another is reservoir-sampled among its own.
///
/// Take no fewer frames than classes, `N` ≥ `CLASSES`: otherwise a class can lose its last frame, and then never comes back.
///
/// Classes are counted from 0 and below `CLASSES`.
///
/// ```
/// use cutmix_core::{BalancedPool, Stream};
///
/// let mut pool: BalancedPool<u32, 4, 2> = BalancedPool::new();
/// let mut stream = Stream::new(42, 0, 0);
/// for number in 0..1000 {
///     pool.offer(&number, u16::from(number % 100 == 0), &mut stream); // class 1 is one in a hundred
/// }
/// let rare = (0..4).filter(|slot| pool.pool().get(*slot).is_some_and(|(_, class)| class == 1)).count();
/// assert_eq!(rare, 2);
/// ```
#[derive(Clone, Debug)]
pub struct BalancedPool<F, const N: usize, const CLASSES: usize> {
    pool: Pool<F, N>,
    classes: [Class; CLASSES],
}

/// What is remembered of a class.
#[derive(Clone, Copy, Debug)]
struct Class {
    seen: u64,
    /// Whether frames of it had to go: from then on it is sampled, before that all of it is in the pool.
    was_largest: bool,
}

impl<F, const N: usize, const CLASSES: usize> BalancedPool<F, N, CLASSES> {
    /// An empty pool with room for `N` frames of `CLASSES` classes.
    #[must_use]
    pub const fn new() -> Self {
        Self { pool: Pool::new(), classes: [Class { seen: 0, was_largest: false }; CLASSES] }
    }

    /// The frames, to be looked at and drawn from.
    #[must_use]
    pub const fn pool(&self) -> &Pool<F, N> {
        &self.pool
    }
}

impl<F: Clone, const N: usize, const CLASSES: usize> BalancedPool<F, N, CLASSES> {
    /// Shows `frame` of `class` to the pool. Returns the slot if it was kept; a class of `CLASSES` or more never is.
    ///
    /// Draws nothing until the pool is full, then one uniform integer.
    pub fn offer<R: Rng + ?Sized>(&mut self, frame: &F, class: u16, rng: &mut R) -> Option<usize> {
        let Class { seen, was_largest: _ } = self.classes.get_mut(usize::from(class))?;
        *seen = seen.saturating_add(1);
        let seen = *seen;
        if !self.pool.frames.is_full() {
            return self.pool.offer(frame, class, rng);
        }
        self.pool.seen = self.pool.seen.saturating_add(1);

        let mut held = [0_u32; CLASSES];
        for (_, class) in &self.pool.frames {
            if let Some(held) = held.get_mut(usize::from(*class)) {
                *held += 1;
            }
        }
        let most = held.iter().copied().max()?;
        for (class, held) in self.classes.iter_mut().zip(held) {
            class.was_largest |= held == most;
        }

        let own_only = self.classes.get(usize::from(class))?.was_largest;
        let may_go = |other: u16| if own_only { other == class } else { held.get(usize::from(other)) == Some(&most) };
        let mut candidates = (0..).zip(&self.pool.frames).filter(|(_, (_, other))| may_go(*other));
        let count = candidates.clone().count() as u32;
        let place = if own_only { uniform_below_u64(seen, rng) } else { uniform_below(count, rng).into() };
        let (slot, _) = candidates.nth(usize::try_from(place).ok()?)?;
        let (kept, kept_class) = self.pool.frames.get_mut(slot)?;
        kept.clone_from(frame);
        *kept_class = class;
        Some(slot)
    }
}

impl<F, const N: usize, const CLASSES: usize> Default for BalancedPool<F, N, CLASSES> {
    fn default() -> Self {
        Self::new()
    }
}

/// [`uniform_below`] for bounds of any size, by rejection of what lies above the next power of two.
fn uniform_below_u64<R: Rng + ?Sized>(bound: u64, rng: &mut R) -> u64 {
    if let Ok(bound) = u32::try_from(bound) {
        return u64::from(uniform_below(bound, rng));
    }
    let mask = u64::MAX >> (bound - 1).leading_zeros();
    loop {
        let candidate = rng.next_u64() & mask;
        if candidate < bound {
            return candidate;
        }
    }
}

/// Here and not in `tests/`, since nobody can wait for so many frames.
#[cfg(test)]
mod tests {
    use core::convert::Infallible;

    use rand_core::{TryRng, utils};

    use super::{Pool, uniform_below_u64};
    use crate::Stream;

    /// Gives these words of 64 bits, or their lower halves.
    struct Words<const N: usize>([u64; N]);

    impl<const N: usize> TryRng for Words<N> {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            self.try_next_u64().map(|word| word as u32)
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            self.0.rotate_left(1);
            Ok(self.0[N - 1])
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            utils::fill_bytes_via_next_word(bytes, || self.try_next_u32())
        }
    }

    /// A place of which the lower 32 bits are those of a slot is none for that.
    #[test]
    fn more_frames_than_32_bits_count() {
        let mut pool: Pool<char, 2> = Pool { frames: [('a', 0), ('b', 1)].into_iter().collect(), seen: 1 << 32 };
        assert_eq!(pool.offer(&'c', 2, &mut Words([1 << 32])), None);
        assert_eq!((pool.get(0), pool.get(1), pool.seen()), (Some((&'a', 0)), Some((&'b', 1)), (1 << 32) + 1));
        assert_eq!(pool.offer(&'d', 3, &mut Words([1])), Some(1));
        assert_eq!((pool.get(1), pool.seen()), (Some((&'d', 3)), (1 << 32) + 2));
    }

    #[test]
    fn the_count_of_frames_does_not_wrap_around() {
        let mut pool: Pool<char, 1> = Pool { frames: [('a', 0)].into_iter().collect(), seen: u64::MAX };
        assert_eq!((pool.offer(&'b', 1, &mut Words([7])), pool.seen()), (None, u64::MAX));
    }

    #[test]
    fn what_is_not_below_the_bound_is_drawn_again() {
        for bound in [(1 << 32) + 1, 3 << 40, u64::MAX] {
            assert_eq!(uniform_below_u64(bound, &mut Words([bound, u64::MAX, bound - 1])), bound - 1);
        }
        assert_eq!(uniform_below_u64(1 << 32, &mut Words([u64::MAX])), u32::MAX.into());
    }

    #[test]
    fn a_large_bound_is_drawn_below_without_bias() {
        const DRAWS: u32 = 300_000;
        let mut stream = Stream::new(1, 0, 0);
        for bound in [1 << 32, (1 << 32) + 1, 3 << 40, u64::MAX] {
            let mut thirds = [0_u32; 3];
            for _ in 0..DRAWS {
                let third = uniform_below_u64(bound, &mut stream) / (bound / 3);
                thirds[third.min(2) as usize] += 1;
            }
            // Each has a variance of 2/9 a draw. Five standard errors are exceeded once in two million.
            let allowed = 5.0 * libm::sqrt(f64::from(DRAWS) * 2.0 / 9.0);
            for third in thirds {
                assert!((f64::from(third) - f64::from(DRAWS) / 3.0).abs() <= allowed, "{thirds:?} below {bound}");
            }
        }
    }
}
