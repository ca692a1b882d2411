//! TOML, with errors of one line.

use anyhow::{Result, anyhow};
use toml::Table;

/// The table in `text`; the error is one line, where TOML's own draws the place below it.
pub(super) fn parse(text: &str) -> Result<Table> {
    text.parse().map_err(|error: toml::de::Error| {
        let message = error.message();
        match error.span().and_then(|span| text.get(..span.start)) {
            Some(before) => anyhow!("line {}: {message}", before.matches('\n').count() + 1),
            None => anyhow!("{message}"),
        }
    })
}

/// What is said of a table whose values are no settings: without the line that TOML's own error ends with.
pub(super) fn wrong_value(error: &toml::de::Error) -> anyhow::Error {
    anyhow!("{}", error.message())
}
