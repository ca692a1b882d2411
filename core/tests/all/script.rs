//! A generator whose words are known beforehand.

use std::convert::Infallible;
use std::slice;

use rand_core::{TryRng, utils};

/// Gives the words of a list, and panics where more are taken.
pub struct Script<'a>(slice::Iter<'a, u32>);

impl<'a> Script<'a> {
    /// `words`, first to last.
    pub fn new(words: &'a [u32]) -> Self {
        Self(words.iter())
    }

    /// Words that were not taken.
    pub fn left(&self) -> usize {
        self.0.len()
    }
}

/// The word for which `uniform_below(bound, …)` is `number`: the middle of those words, so that none is ever drawn again.
pub fn word(number: u32, bound: u32) -> u32 {
    (((2 * u64::from(number) + 1) << 31) / u64::from(bound)) as u32
}

/// The word for which a Beta(1, 1) share is `share`, at most 2⁻³² more.
pub fn share(share: f64) -> u32 {
    (share * f64::exp2(32.0)) as u32
}

impl TryRng for Script<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(*self.0.next().expect("no more words are taken than scripted"))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_u64_via_u32(self)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(bytes, || self.try_next_u32())
    }
}
