use rand_core::Rng;

use crate::{Held, Reservoir, Slots};

/// A [`Reservoir`] with the frames: memory for `N` of them, of which an endless stream fills some.
///
/// `F` is the frame's buffer, `[u8; BYTES]` say. No frame ever goes over the stack: the pool is made of buffers that are there, in a `static`, and a
/// frame that is kept is written into its own.
///
/// ```
/// use cutmix_core::{Pool, Stream};
///
/// let mut pool = Pool::new([[0_u8; 4]; 2]);
/// let mut stream = Stream::new(42, 0, 0);
/// for number in 0..100 {
///     if let Some(kept) = pool.offer(number, (number % 10) as u16, &mut stream) {
///         kept.copy_from_slice(&[number as u8; 4]);
///     }
/// }
/// assert_eq!((pool.held().len(), pool.held().seen()), (2, 100));
/// let (partner, frame) = pool.draw(&mut stream).expect("a pool that has seen frames holds some");
/// assert_eq!(u32::from(frame[0]), partner.number);
/// ```
#[derive(Clone, Debug)]
pub struct Pool<F, const N: usize> {
    frames: [F; N],
    reservoir: Reservoir<N>,
}

impl<F, const N: usize> Pool<F, N> {
    /// Of these buffers, whose contents do not matter; every frame seen is to be in them with the same probability, as [`Reservoir::new`] says.
    #[must_use]
    pub const fn new(buffers: [F; N]) -> Self {
        Self { frames: buffers, reservoir: Reservoir::new() }
    }

    /// Of these buffers; a frame in them is to be gone after so many more with a probability of ½, as [`Reservoir::with_half_life`] says.
    #[must_use]
    pub const fn with_half_life(buffers: [F; N], frames: u32) -> Self {
        Self { frames: buffers, reservoir: Reservoir::with_half_life(frames) }
    }

    /// What is known of the frames.
    #[must_use]
    pub const fn held(&self) -> &Slots<N> {
        self.reservoir.held()
    }

    /// Shows it a frame: its number and its class. Returns the buffer that the frame is to be written to, if it is to be kept, as
    /// [`Reservoir::offer`] says.
    #[must_use = "the buffer holds another frame until this one is written there"]
    pub fn offer<R: Rng + ?Sized>(&mut self, number: u32, class: u16, rng: &mut R) -> Option<&mut F> {
        self.frames.get_mut(self.reservoir.offer(number, class, rng)?)
    }

    /// The frame in `slot`.
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<(Held, &F)> {
        Some((self.held().get(slot)?, self.frames.get(slot)?))
    }

    /// A frame, every one held equally likely; none if there is none. One [`uniform_below`](crate::uniform_below).
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> Option<(Held, &F)> {
        let held = self.held().draw(rng)?;
        Some((held, self.frames.get(held.slot)?))
    }

    /// Forgets all frames.
    pub fn clear(&mut self) {
        self.reservoir.clear();
    }
}
