//! Who listens to a training: the bar and the lines on the terminal, the file of metrics, the log.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::ProgressBar;
use tracing::debug;

use crate::files::JsonLines;
use crate::results::{EpochScores, Score, Variant};
use crate::terminal::bars;
use crate::terminal::console::Console;
use crate::training::{Event, Listener};

/// Time from one update of the bar to the next, at least.
const REFRESH: Duration = Duration::from_millis(250);

/// Time from one epoch's line to the next, at least.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// A bar on a terminal, and lines of epochs everywhere.
pub struct Progress {
    console: Console,
    variant: Variant,
    bar: ProgressBar,
    last_update: Instant,
    last_line: Instant,
}

impl Progress {
    /// Of a training of `variant`, that begins now.
    pub fn new(console: Console, variant: Variant) -> Self {
        let now = Instant::now();
        Self { console, variant, bar: ProgressBar::hidden(), last_update: now, last_line: now }
    }

    fn show(&mut self, images: usize, score: Score) {
        self.bar.set_message(bars::score(score.loss, score.accuracy));
        self.bar.set_position(images as u64);
    }
}

impl Listener for Progress {
    fn hear(&mut self, event: &Event) -> Result<()> {
        match *event {
            Event::EpochBegins { epoch, epochs, images, done } => {
                let prefix = format!("{}, epoch {epoch}/{epochs}", self.variant.title());
                self.bar = bars::training(images as u64, done as u64).with_prefix(prefix);
                self.last_update = Instant::now();
            }
            // Only if somebody looks, since it waits for the device.
            Event::Step { images, score } if !self.bar.is_hidden() && self.last_update.elapsed() >= REFRESH => {
                self.last_update = Instant::now();
                self.show(images, score()?);
            }
            Event::EpochScored { scores, epochs } => {
                self.bar.finish_and_clear();
                // Of short epochs, only some have a line; metrics.jsonl has all of them.
                if self.last_line.elapsed() >= BETWEEN_LINES || scores.epoch == epochs {
                    self.last_line = Instant::now();
                    self.console.say(&line(scores, epochs));
                }
            }
            Event::Stopped => self.bar.finish_and_clear(),
            _ => {}
        }
        Ok(())
    }
}

fn line(scores: &EpochScores, epochs: u32) -> String {
    let EpochScores { variant, epoch, train, .. } = scores;
    let mut line = format!(
        "{:<14} epoch {epoch:>3}/{epochs}  train loss {:.3}, accuracy {:>5.1} %",
        variant.title(),
        train.loss,
        100.0 * train.accuracy,
    );
    if let Some((what, score)) = scores.unseen() {
        let _ = write!(line, "  {what} loss {:.3}, accuracy {:>5.1} %", score.loss, 100.0 * score.accuracy);
    }
    line
}

/// `metrics.jsonl`, a line an epoch.
pub struct MetricsFile(pub JsonLines);

impl Listener for MetricsFile {
    fn hear(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::EpochScored { scores, .. } => self.0.append(scores),
            _ => Ok(()),
        }
    }
}

/// What `RUST_LOG=host=debug` shows.
pub struct Log;

impl Listener for Log {
    fn hear(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::EpochTrained { epoch, waited } => {
                debug!(epoch, milliseconds = waited.as_millis(), "waited for batches");
            }
            Event::Checkpoint { path } => debug!(path = %path.display(), "checkpoint written"),
            _ => {}
        }
        Ok(())
    }
}
