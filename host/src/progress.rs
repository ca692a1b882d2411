//! What a user sees while a network learns: a bar on a terminal, and lines of epochs everywhere.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::train::{Arm, EpochMetrics, Score};

/// Where a run talks. Results that a machine reads go to standard output, and then everything else to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// To a person, on standard output.
    Person,
    /// Standard output is for a machine.
    Machine,
}

impl Console {
    /// Prints a line. A reader that went away, as `| head` does, is no reason to stop a training.
    pub fn say(self, line: &str) {
        let _ = match self {
            Self::Person => writeln!(io::stdout(), "{line}"),
            Self::Machine => writeln!(io::stderr(), "{line}"),
        };
    }
}

/// Prints a line on standard error, whether or not anybody reads it.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

const REFRESH: Duration = Duration::from_millis(250);

/// Progress through one epoch.
pub struct Progress {
    console: Console,
    bar: ProgressBar,
    epochs: u32,
    last: Instant,
}

impl Progress {
    /// Epoch number `epoch` of `epochs`, counted from 1, over `images` training images.
    ///
    /// # Panics
    ///
    /// Never: the template is a constant.
    #[must_use]
    pub fn new(console: Console, arm: Arm, epoch: u32, epochs: u32, images: usize) -> Self {
        let target =
            if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style =
            ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} images · {msg} · {per_sec} · {eta} left")
                .expect("a constant template")
                .progress_chars("█▉ ");
        let bar = ProgressBar::with_draw_target(Some(images as u64), target)
            .with_style(style)
            .with_prefix(format!("{}, epoch {epoch}/{epochs}", arm.title()));
        Self { console, bar, epochs, last: Instant::now() }
    }

    /// Whether somebody looks and the last update is old.
    #[must_use]
    pub fn is_due(&self) -> bool {
        !self.bar.is_hidden() && self.last.elapsed() >= REFRESH
    }

    /// Shows that `images` images are done, with what they scored.
    pub fn show(&mut self, images: usize, score: Score) {
        self.last = Instant::now();
        let rate = images as f64 / self.bar.elapsed().as_secs_f64();
        self.bar.set_message(format!(
            " · loss {:.3}, accuracy {:.1} % · {rate:.0} images/s",
            score.loss,
            100.0 * score.accuracy
        ));
        self.bar.set_position(images as u64);
    }

    /// Takes the bar away, and prints the epoch's line if there is to be one.
    pub fn finish(self, metrics: Option<&EpochMetrics>) {
        self.bar.finish_and_clear();
        let Some(metrics) = metrics else { return };
        let EpochMetrics { arm, epoch, train, .. } = metrics;
        let mut line = format!(
            "{:<14} epoch {epoch:>3}/{}  train loss {:.3}, accuracy {:>5.1} %",
            arm.title(),
            self.epochs,
            train.loss,
            100.0 * train.accuracy,
        );
        if let Some((what, score)) = metrics.unseen() {
            let _ = write!(line, "  {what} loss {:.3}, accuracy {:>5.1} %", score.loss, 100.0 * score.accuracy);
        }
        self.console.say(&line);
    }
}
