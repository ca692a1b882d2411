//! What of a capture is no record, for people: text as text, and a serial line that was not raw by the bytes that it never lets through.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use cutmix_record::{Damage, Reason};

/// Damages that are named one by one; of more, a count.
const NAMED: usize = 10;

/// Characters of a text that are shown.
const SHOWN: usize = 80;

/// Bytes from which on a value that never occurs is no chance: of noise, one file in nine million has no 0x0D.
const LONG: usize = 4096;

/// What is known of a capture's bytes before they are decoded where they lie.
#[derive(Debug)]
pub struct Arrived {
    /// Of the stretches between zeros that are text, by where they begin.
    texts: HashMap<usize, String>,
    /// How often each byte came.
    counts: [usize; 256],
}

impl Arrived {
    /// Looks at all bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut counts = [0; 256];
        for byte in bytes {
            counts[usize::from(*byte)] += 1;
        }
        let mut texts = HashMap::new();
        let mut offset = 0;
        for stretch in bytes.split(|&byte| byte == 0) {
            if texts.len() < NAMED
                && let Some(text) = text(stretch)
            {
                texts.insert(offset, text);
            }
            offset += stretch.len() + 1;
        }
        Self { texts, counts }
    }

    /// A line for each of `damages`, for the first ones.
    #[must_use]
    pub fn lines(&self, damages: &[Damage]) -> Vec<String> {
        let mut lines: Vec<String> = damages.iter().take(NAMED).map(|damage| self.line(damage)).collect();
        if damages.len() > NAMED {
            lines.push(format!("and {} more", damages.len() - NAMED));
        }
        lines
    }

    /// A sentence, where `damages` are most of what came and certain bytes never did: a terminal's line discipline took them.
    #[must_use]
    pub fn of_a_terminal(&self, damages: &[Damage], records: usize) -> Option<String> {
        let broken =
            damages.iter().filter(|damage| matches!(damage.reason, Reason::Framing | Reason::Checksum)).count();
        let length: usize = self.counts.iter().sum();
        if length < LONG || broken <= records {
            return None;
        }
        let never = |mut bytes: RangeInclusive<usize>| bytes.all(|byte| self.counts[byte] == 0);
        let missing = if never(0x0D..=0x0D) {
            "0x0D"
        } else if never(0x11..=0x11) && never(0x13..=0x13) {
            "0x11 or 0x13"
        } else {
            return None;
        };
        Some(format!(
            "Of {length} bytes none is {missing}: the serial line was in a terminal's mode, which keeps and turns such bytes; take the capture again after \
             `stty -F DEVICE raw -echo`"
        ))
    }

    fn line(&self, damage: &Damage) -> String {
        match self.texts.get(&damage.offset) {
            Some(text) => format!("{} bytes from byte {} on: text, {text:?}", damage.bytes, damage.offset),
            None => damage.to_string(),
        }
    }
}

/// The beginning of `bytes`, if all of them are of a text.
fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let is_of_text = |character: char| !character.is_control() || character.is_whitespace() || character == '\x1b';
    if text.is_empty() || !text.chars().all(is_of_text) {
        return None;
    }
    let shown: String = text.chars().take(SHOWN).collect();
    Some(if shown.len() < text.len() { shown + "…" } else { shown })
}
