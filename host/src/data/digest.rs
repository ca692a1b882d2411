//! What is known of an image's bytes without reading them again.

use cutmix_core::{Layout, Shape};
use serde::{Deserialize, Serialize};

/// Color channels of an image at most.
const CHANNELS: usize = 3;

/// Checksum of an image's bytes, and what its channels sum up to. Images of which it differs differ; where it is the same, only their bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Digest {
    /// Of all bytes.
    pub crc32: u32,
    /// Of the values of each channel.
    pub sums: [u64; CHANNELS],
    /// Of their squares.
    pub squares: [u64; CHANNELS],
}

impl Digest {
    /// Of an image of `shape`.
    ///
    /// # Panics
    ///
    /// If it has more than three channels: no network here takes such images.
    #[must_use]
    pub fn of(image: &[u8], shape: Shape) -> Self {
        let channels = usize::from(shape.channels());
        assert!(channels <= CHANNELS, "an image of {channels} channels");
        let mut digest = Self { crc32: crc32fast::hash(image), sums: [0; CHANNELS], squares: [0; CHANNELS] };
        match shape.layout() {
            Layout::Chw => {
                for (channel, plane) in image.chunks_exact(image.len() / channels).enumerate() {
                    digest.add(channel, plane.iter().copied());
                }
            }
            Layout::Hwc => {
                (0..channels)
                    .for_each(|channel| digest.add(channel, image.iter().copied().skip(channel).step_by(channels)));
            }
        }
        digest
    }

    fn add(&mut self, channel: usize, values: impl Iterator<Item = u8>) {
        let (sum, square) = values.fold((0, 0), |(sum, square), value| {
            (sum + u64::from(value), square + u64::from(u32::from(value) * u32::from(value)))
        });
        self.sums[channel] += sum;
        self.squares[channel] += square;
    }
}
