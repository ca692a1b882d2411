//! Progress bars. They show on a terminal only.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Through `images` images that are read or written.
#[must_use]
pub fn images(images: u64) -> ProgressBar {
    bar(images, "[{bar:30}] {pos}/{len} images · {per_sec} · {eta} left")
}

/// Through `images` images of a training; the message says how it goes.
#[must_use]
pub fn training(images: u64) -> ProgressBar {
    bar(images, "{prefix} [{bar:30}] {pos}/{len} images · {msg} · {per_sec} · {eta} left")
}

/// Through a download of `bytes` bytes.
#[must_use]
pub fn download(bytes: u64) -> ProgressBar {
    bar(bytes, "{prefix} [{bar:30}] {decimal_bytes}/{decimal_total_bytes} · {decimal_bytes_per_sec} · {eta} left")
}

fn bar(length: u64, template: &str) -> ProgressBar {
    let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template(template).expect("a constant template");
    ProgressBar::with_draw_target(Some(length), target).with_style(style.progress_chars("█▉ "))
}
