use core::fmt;

use heapless::Vec;
use rand_core::Rng;

use crate::uniform_below;

/// What is known of the frame in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Held {
    /// Which slot, below the number of slots.
    pub slot: usize,
    /// The frame's number, as the camera counts: [`Plan::partner`](crate::Plan::partner) wants it.
    pub number: u32,
    /// The frame's class.
    pub class: u16,
}

/// What the slots of a [`Reservoir`], a [`Ring`] or a [`BalancedReservoir`] hold.
#[derive(Clone, Debug)]
pub struct Slots<const N: usize> {
    /// Numbers and classes.
    frames: Vec<(u32, u16), N>,
    seen: u64,
}

impl<const N: usize> Slots<N> {
    const fn new() -> Self {
        Self { frames: Vec::new(), seen: 0 }
    }

    /// Slots that hold a frame, at most `N`.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether no slot holds a frame.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Frames offered so far, kept or not. At `u64::MAX` it stays there.
    #[must_use]
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// What is in `slot`.
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<Held> {
        self.frames.get(slot).map(|&(number, class)| Held { slot, number, class })
    }

    /// A frame, every one held equally likely; none if there is none. One [`uniform_below`].
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> Option<Held> {
        self.get(uniform_below(self.frames.len() as u32, rng) as usize)
    }

    /// The next free slot, filled with one more frame that was seen; none if all are filled.
    fn push(&mut self, number: u32, class: u16) -> Option<usize> {
        self.seen = self.seen.saturating_add(1);
        let slot = self.frames.len();
        self.frames.push((number, class)).ok().map(|()| slot)
    }

    /// `slot`, filled anew.
    fn put(&mut self, slot: usize, number: u32, class: u16) -> Option<usize> {
        *self.frames.get_mut(slot)? = (number, class);
        Some(slot)
    }
}

/// Decides which frames of an endless stream stay in `N` slots, and draws one of them as a partner. It holds no frame: these stay where they are, where a
/// camera's DMA wrote them, say.
///
/// [`new`](Self::new) keeps every frame seen with the same probability, however long ago (reservoir sampling: Vitter 1985, "Random sampling with a
/// reservoir", ACM TOMS 11(1), algorithm R). In the long run hardly a frame changes any more: of 10 frames a second, a reservoir of 4 keeps about 50
/// distinct ones in a day. [`with_half_life`](Self::with_half_life) forgets, so that the partners of a night are not those of the morning.
///
/// ```
/// use cutmix_core::{Reservoir, Stream};
///
/// let mut frames = [[0_u8; 4]; 2]; // somewhere in memory
/// let mut reservoir: Reservoir<2> = Reservoir::new();
/// let mut stream = Stream::new(42, 0, 0);
/// for number in 0..100 {
///     if let Some(slot) = reservoir.offer(number, (number % 10) as u16, &mut stream) {
///         frames[slot] = [number as u8; 4];
///     }
/// }
/// assert_eq!((reservoir.held().len(), reservoir.held().seen()), (2, 100));
/// let partner = reservoir.held().draw(&mut stream).expect("it has seen frames");
/// assert_eq!(frames[partner.slot][0], partner.number as u8);
/// ```
#[derive(Clone, Debug)]
pub struct Reservoir<const N: usize> {
    slots: Slots<N>,
    /// A new frame stays with a probability of N out of so many, as if no more had been seen; 0 for those that were seen. Not their highest number: a
    /// `static` that begins with zeros takes no flash.
    window: u64,
}

impl<const N: usize> Reservoir<N> {
    /// All slots empty; every frame seen is to be in them with the same probability.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: Slots::new(), window: 0 }
    }

    /// All slots empty; a frame in them is to be gone after `frames` more with a probability of ½, after twice as many with ¾, and so on: the exponential
    /// bias of Aggarwal 2006, "On biased reservoir sampling in the presence of stream evolution", VLDB.
    ///
    /// Each new frame takes the place of a random one with probability N ÷ w, w = `frames` ÷ ln 2. A half-life below N·ln 2 is that: every frame is
    /// kept then.
    #[must_use]
    pub const fn with_half_life(frames: u32) -> Self {
        Self { slots: Slots::new(), window: reservoir_window(N, frames) }
    }

    /// Shows it a frame: its number and its class. Returns the slot that the frame is to be kept in, in place of what is there; `None` if it is not to be
    /// kept.
    ///
    /// Draws nothing until all slots are filled, then one uniform integer.
    #[must_use = "the slot holds another frame than it says until this one is written there"]
    pub fn offer<R: Rng + ?Sized>(&mut self, number: u32, class: u16, rng: &mut R) -> Option<usize> {
        let before = self.slots.seen;
        if let Some(slot) = self.slots.push(number, class) {
            return Some(slot);
        }
        let slot = reservoir_slot(N, before, self.window, rng)?;
        self.slots.put(slot, number, class)
    }

    /// What the slots hold: to be looked at and drawn from.
    #[must_use]
    pub const fn held(&self) -> &Slots<N> {
        &self.slots
    }

    /// Empties all slots.
    pub fn clear(&mut self) {
        self.slots = Slots::new();
    }
}

/// The last `N` frames of a stream, to draw partners from; it holds no frame, as [`Reservoir`].
///
/// ```
/// use cutmix_core::{Ring, Stream};
///
/// let mut ring: Ring<3> = Ring::new();
/// let slots: Vec<usize> = (0..5).filter_map(|number| ring.offer(number, 0)).collect();
/// assert_eq!(slots, [0, 1, 2, 0, 1]);
/// assert!(ring.held().draw(&mut Stream::new(42, 0, 0)).is_some_and(|partner| partner.number >= 2));
/// ```
#[derive(Clone, Debug)]
pub struct Ring<const N: usize> {
    slots: Slots<N>,
    /// The slot of the next frame.
    next: usize,
}

impl<const N: usize> Ring<N> {
    /// All slots empty.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: Slots::new(), next: 0 }
    }

    /// Shows it a frame: its number and its class. Returns the slot that the frame is to be kept in, in place of the oldest; `None` only if there is no slot
    /// at all.
    #[must_use = "the slot holds another frame than it says until this one is written there"]
    pub fn offer(&mut self, number: u32, class: u16) -> Option<usize> {
        let next = self.next;
        self.next = if next + 1 < N { next + 1 } else { 0 };
        self.slots.push(number, class).or_else(|| self.slots.put(next, number, class))
    }

    /// What the slots hold: to be looked at and drawn from.
    #[must_use]
    pub const fn held(&self) -> &Slots<N> {
        &self.slots
    }

    /// Empties all slots.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

/// A [`Reservoir`] that keeps its classes in balance however unequal the stream: for labels of which some are rare.
///
/// Class-balancing reservoir sampling: Chrysakis and Moens 2020, "Online continual learning from imbalanced data", ICML, algorithm 1. Once all slots
/// are filled, a frame of a class that was never the largest takes the place of a random frame of the largest class; a frame of another is
/// reservoir-sampled among its own.
///
/// With fewer slots than classes a class could lose its last frame, and would never come back: that does not compile.
///
/// ```compile_fail
/// let reservoir = cutmix_core::BalancedReservoir::<3, 4>::new(); // three slots for four classes
/// ```
///
/// ```
/// use cutmix_core::{BalancedReservoir, Stream};
///
/// let mut reservoir: BalancedReservoir<4, 2> = BalancedReservoir::new();
/// let mut stream = Stream::new(42, 0, 0);
/// for number in 0..1000 {
///     let class = u16::from(number % 100 == 0); // class 1 is one in a hundred
///     let _kept = reservoir.offer(number, class, &mut stream)?; // and written to that slot
/// }
/// let rare = (0..4).filter(|slot| reservoir.held().get(*slot).is_some_and(|held| held.class == 1)).count();
/// assert_eq!(rare, 2);
/// # Ok::<(), cutmix_core::UnknownClass>(())
/// ```
#[derive(Clone, Debug)]
pub struct BalancedReservoir<const N: usize, const CLASSES: usize> {
    slots: Slots<N>,
    classes: [Class; CLASSES],
}

/// What is remembered of a class.
#[derive(Clone, Copy, Debug)]
struct Class {
    seen: u64,
    /// Whether frames of it had to go: from then on it is sampled, before that all of it is held.
    was_largest: bool,
}

impl<const N: usize, const CLASSES: usize> BalancedReservoir<N, CLASSES> {
    /// All slots empty, for `CLASSES` classes.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N >= CLASSES, "a balanced reservoir has a slot for each class at least") };
        Self { slots: Slots::new(), classes: [Class { seen: 0, was_largest: false }; CLASSES] }
    }

    /// Shows it a frame: its number and its class. Returns the slot that the frame is to be kept in, in place of what is there; `None` if it is not to be
    /// kept.
    ///
    /// Draws nothing until all slots are filled, then one uniform integer.
    ///
    /// # Errors
    ///
    /// [`UnknownClass`] if `class` is `CLASSES` or more; the frame does not count as seen.
    pub fn offer<R: Rng + ?Sized>(
        &mut self,
        number: u32,
        class: u16,
        rng: &mut R,
    ) -> Result<Option<usize>, UnknownClass> {
        let unknown = UnknownClass { class, classes: CLASSES };
        let Class { seen, was_largest: _ } = self.classes.get_mut(usize::from(class)).ok_or(unknown)?;
        *seen = seen.saturating_add(1);
        let seen = *seen;
        if let Some(slot) = self.slots.push(number, class) {
            return Ok(Some(slot));
        }
        Ok(self.replace(number, class, seen, rng))
    }

    /// Where a frame goes once all slots are filled, the last of so many `seen` of its class.
    fn replace<R: Rng + ?Sized>(&mut self, number: u32, class: u16, seen: u64, rng: &mut R) -> Option<usize> {
        let mut held = [0_u32; CLASSES];
        for (_, class) in &self.slots.frames {
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
        let mut candidates = (0..).zip(&self.slots.frames).filter(|(_, (_, other))| may_go(*other));
        let count = candidates.clone().count() as u32;
        let place = if own_only { uniform_below_u64(seen, rng) } else { uniform_below(count, rng).into() };
        let (slot, _) = candidates.nth(usize::try_from(place).ok()?)?;
        self.slots.put(slot, number, class)
    }

    /// What the slots hold: to be looked at and drawn from.
    #[must_use]
    pub const fn held(&self) -> &Slots<N> {
        &self.slots
    }

    /// Empties all slots.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

/// What [`Reservoir::offer`] decides, for a program that keeps numbers and classes itself, or learns only while it runs how many slots there are: in which
/// of `slots` slots a frame is to be kept, before which `seen` others were shown; `None` if it is not to be kept.
///
/// A new frame stays with probability `slots` ÷ `window` ([`reservoir_window`]), as if no more had been seen. A `window` of 0 stands for all that were seen, so
/// that each of them stays with the same probability. Draws nothing until all slots are filled, then one uniform integer.
///
/// ```
/// use cutmix_core::{Reservoir, Stream, reservoir_slot};
///
/// let mut reservoir: Reservoir<3> = Reservoir::new();
/// let (mut stream, mut same) = (Stream::new(42, 0, 0), Stream::new(42, 0, 0));
/// for seen in 0..100 {
///     assert_eq!(reservoir_slot(3, seen.into(), 0, &mut stream), reservoir.offer(seen, 0, &mut same));
/// }
/// ```
pub fn reservoir_slot<R: Rng + ?Sized>(slots: usize, seen: u64, window: u64, rng: &mut R) -> Option<usize> {
    if seen < slots as u64 {
        return usize::try_from(seen).ok();
    }
    let seen = seen.saturating_add(1);
    let window = if window == 0 { seen } else { seen.min(window) };
    usize::try_from(uniform_below_u64(window, rng)).ok().filter(|slot| *slot < slots)
}

/// The window of [`reservoir_slot`] by which a frame in one of `slots` slots is gone after `half_life` more with a probability of ½:
/// `half_life` ÷ ln 2, to the nearest, and `slots` at least, by which every frame is kept. See [`Reservoir::with_half_life`].
#[must_use]
pub const fn reservoir_window(slots: usize, half_life: u32) -> u64 {
    // 1 ÷ ln 2 in 2⁻³², rounded.
    let window = ((half_life as u128 * 6_196_328_019 + (1 << 31)) >> 32) as u64;
    let least = slots as u64;
    if window > least { window } else { least }
}

impl<const N: usize> Default for Reservoir<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Default for Ring<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize, const CLASSES: usize> Default for BalancedReservoir<N, CLASSES> {
    fn default() -> Self {
        Self::new()
    }
}

/// A class that a [`BalancedReservoir`] was not made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UnknownClass {
    /// The class.
    pub class: u16,
    /// How many there are, counted from 0.
    pub classes: usize,
}

impl fmt::Display for UnknownClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, classes } = self;
        write!(f, "there is no class {class} among {classes}; give BalancedReservoir as many as the labels have")
    }
}

impl core::error::Error for UnknownClass {}

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

    use super::{Held, Reservoir, Slots, uniform_below_u64};
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

    fn full<const N: usize>(seen: u64, frames: [(u32, u16); N]) -> Reservoir<N> {
        Reservoir { slots: Slots { frames: frames.into_iter().collect(), seen }, window: 0 }
    }

    /// A place of which the lower 32 bits are those of a slot is none for that.
    #[test]
    fn more_frames_than_32_bits_count() {
        let mut reservoir = full(1 << 32, [(7, 0), (8, 1)]);
        assert_eq!(reservoir.offer(9, 2, &mut Words([1 << 32])), None);
        let [first, second] = [(0, 7, 0), (1, 8, 1)].map(|(slot, number, class)| Held { slot, number, class });
        assert_eq!(
            (reservoir.held().get(0), reservoir.held().get(1), reservoir.held().seen()),
            (Some(first), Some(second), (1 << 32) + 1)
        );
        assert_eq!(reservoir.offer(10, 3, &mut Words([1])), Some(1));
        assert_eq!(
            (reservoir.held().get(1), reservoir.held().seen()),
            (Some(Held { slot: 1, number: 10, class: 3 }), (1 << 32) + 2)
        );
    }

    #[test]
    fn the_count_of_frames_does_not_wrap_around() {
        let mut reservoir = full(u64::MAX, [(7, 0)]);
        assert_eq!((reservoir.offer(8, 1, &mut Words([7])), reservoir.held().seen()), (None, u64::MAX));
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
