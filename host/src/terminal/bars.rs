//! Progress bars. They show on a terminal only.

use std::fmt::Write;
use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Through `images` images that are read or written.
#[must_use]
pub fn images(images: u64) -> ProgressBar {
    bar(images, "[{bar:30}] {pos}/{len} images · {rate} · {eta} left")
}

/// Through `images` images of a training, of which `done` were shown before it was resumed; the message says how it goes.
#[must_use]
pub fn training(images: u64, done: u64) -> ProgressBar {
    let bar = bar(images, "{prefix} [{bar:30}] {pos}/{len} images · {msg}{rate} · {eta} left");
    bar.set_position(done);
    // Or the rate would count those that are done.
    bar.reset_eta();
    bar
}

/// The message of a [`training`]'s bar, for the rate behind it.
#[must_use]
pub fn score(loss: f32, accuracy: f32) -> String {
    format!("loss {loss:.3}, accuracy {:.1} % · ", 100.0 * accuracy)
}

/// Through a download of `bytes` bytes.
#[must_use]
pub fn download(bytes: u64) -> ProgressBar {
    bar(bytes, "{prefix} [{bar:30}] {decimal_bytes}/{decimal_total_bytes} · {decimal_bytes_per_sec} · {eta} left")
}

fn bar(length: u64, template: &str) -> ProgressBar {
    let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template(template).expect("a constant template");
    let rate = |state: &ProgressState, out: &mut dyn Write| {
        let _ = write!(out, "{:.0}/s", state.per_sec());
    };
    let style = style.with_key("rate", rate).progress_chars("█▉ ");
    ProgressBar::with_draw_target(Some(length), target).with_style(style)
}
