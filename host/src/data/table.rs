//! CSV tables as people have them: written by us, or by a spreadsheet that was asked to save one.

use anyhow::{Context as _, Result, bail, ensure};
use serde::de::DeserializeOwned;

/// What spreadsheets separate columns with, in one country or another.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The lines of the table in `bytes`, if its header has all of `columns`; none if it has not even `telltale`, so that it is another
/// program's.
///
/// The text may be UTF-8 or UTF-16 with a byte order mark; the separator is the one with which the header has the columns.
///
/// # Errors
///
/// If the text is neither, a column is missing beside the telltale ones, or a line lacks a value or has one that is not of its kind.
pub fn rows<R: DeserializeOwned>(bytes: &[u8], columns: &[&str], telltale: &[&str]) -> Result<Option<Vec<R>>> {
    let (text, whole) = decoded(bytes)?;
    // Another program's table may be of any encoding. Of ours, a class with other letters would be another class.
    let check = || {
        ensure!(whole, "it is neither UTF-8 nor UTF-16; save it as one of them");
        Ok(())
    };
    let reader =
        |separator| csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(text.as_bytes());
    let has = |separator: u8, names: &[&str]| {
        let header = reader(separator).headers().cloned().unwrap_or_default();
        names.iter().all(|name| header.iter().any(|column| column == *name))
    };
    if let Some(separator) = SEPARATORS.into_iter().find(|&separator| has(separator, columns)) {
        check()?;
        let rows: Result<Vec<R>, _> = reader(separator).into_deserialize().collect();
        return rows.map(Some).context("a line of it is not as its header says");
    }
    if let Some(separator) = SEPARATORS.into_iter().find(|&separator| has(separator, telltale)) {
        check()?;
        let missing: Vec<&str> = columns.iter().filter(|column| !has(separator, &[column])).copied().collect();
        bail!("its header lacks {}", missing.join(", "));
    }
    Ok(None)
}

/// The text, without its byte order mark, and whether it is all there: what is not UTF-8 is replaced, which a header in English survives.
fn decoded(bytes: &[u8]) -> Result<(String, bool)> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        let text =
            char::decode_utf16(units).collect::<Result<String, _>>().context("it begins as UTF-16, and is not")?;
        Ok((text, true))
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] | rest => {
            Ok((String::from_utf8_lossy(rest).into_owned(), str::from_utf8(rest).is_ok()))
        }
    }
}
