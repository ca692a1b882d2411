//! Settings that are numbers within limits.

use std::ops::RangeInclusive;

use anyhow::{Result, ensure};

/// Checks that the setting `name` lies in `range`.
pub(super) fn check_range(name: &str, value: f64, range: RangeInclusive<f64>) -> Result<()> {
    let (least, most) = (range.start(), range.end());
    ensure!(range.contains(&value), "{name} is {value}; it must lie between {least} and {most}");
    Ok(())
}
