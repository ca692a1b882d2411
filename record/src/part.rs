use core::num::NonZeroU32;

/// What a frame is for. A mixed sample may be trained on if both of its frames may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Part {
    /// To train on, mixed or not.
    Train,
    /// For nothing: the camera may have seen nearly the same as in a test frame.
    Gap,
    /// To test on, unmixed.
    Test,
}

/// Frames of a stretch, where nobody knows better: at five a second, ten seconds.
pub const STRETCH: NonZeroU32 = NonZeroU32::new(50).unwrap();

/// Of so many stretches, one is tested on.
const OF: u32 = 5;

/// What frame number `index` of a session is for, where a session is cut into stretches of `stretch` frames.
///
/// Of every five stretches the second is tested on: with [`STRETCH`], frames 50 to 99, 300 to 349, and so on. Half a
/// stretch (rounded up) before each of them and half a stretch behind are a gap. The rest, three fifths, is trained on.
///
/// Neighbors in time are nearly equal: a network that was trained on the frame before a test frame has seen the test
/// frame. So what changes by less than half a stretch of frames is held out whole, or not at all: take a stretch of twice
/// as many frames as the camera may see nearly the same.
///
/// A device that keeps frames for the gap and for tests out of its pool, and does not mix them, has no mixed sample
/// thrown away by a host that divides by the same stretch.
///
/// ```
/// use cutmix_record::{Part, STRETCH, part};
///
/// assert_eq!([24, 25, 50, 99, 100, 124, 125].map(|index| part(index, STRETCH)), [
///     Part::Train, Part::Gap, Part::Test, Part::Test, Part::Gap, Part::Gap, Part::Train,
/// ]);
/// ```
#[must_use]
pub const fn part(index: u32, stretch: NonZeroU32) -> Part {
    let stretch = stretch.get();
    let gap = stretch.div_ceil(2);
    match (index / stretch % OF, index % stretch) {
        (0, place) if place >= stretch - gap => Part::Gap,
        (1, _) => Part::Test,
        (2, place) if place < gap => Part::Gap,
        _ => Part::Train,
    }
}
