//! Which class was predicted for which, counted.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Test images of class r that were predicted as class c. Only counts above zero are kept, since of thousands of classes nearly all are zero.
///
/// As JSON, up to [`DENSE`](Self::DENSE) classes are a list of rows, `[[5, 1], [0, 6]]`. More of them are an object,
/// `{"classes": 1000, "counts": {"3": {"3": 5, "17": 1}, …}}`: row by row and column by column, without zeros. Both are read, whatever the number
/// of classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: BTreeMap<u16, BTreeMap<u16, u32>>,
}

impl Confusion {
    /// The most classes that are written and drawn with every cell.
    pub const DENSE: usize = 100;

    /// Of so many classes, and no image yet.
    #[must_use]
    pub fn of(classes: usize) -> Self {
        Self { classes, counts: BTreeMap::new() }
    }

    /// Of the `labels` of images and what a network `predicted`.
    #[must_use]
    pub fn count(labels: impl Iterator<Item = u16>, predicted: &[u16], classes: usize) -> Self {
        let mut confusion = Self::of(classes);
        for (label, &predicted) in labels.zip(predicted) {
            confusion.add(label, predicted, 1);
        }
        confusion
    }

    /// From a list of rows.
    #[must_use]
    pub fn from_rows(rows: &[Vec<u32>]) -> Self {
        let mut confusion = Self::of(rows.len());
        for (row, counts) in rows.iter().enumerate() {
            for (column, &count) in counts.iter().enumerate() {
                confusion.add(row as u16, column as u16, count);
            }
        }
        confusion
    }

    fn add(&mut self, row: u16, column: u16, images: u32) {
        if images > 0 {
            let count = self.counts.entry(row).or_default().entry(column).or_default();
            *count = count.saturating_add(images);
        }
    }

    /// Adds what `other` counted, of the same classes.
    pub fn merge(&mut self, other: &Self) {
        for (row, column, images) in other.cells() {
            self.add(row, column, images);
        }
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Row, column and count, row by row, without zeros.
    pub fn cells(&self) -> impl Iterator<Item = (u16, u16, u32)> {
        self.counts.iter().flat_map(|(&row, counts)| counts.iter().map(move |(&column, &count)| (row, column, count)))
    }

    /// Images of class `row` that were predicted as class `column`.
    #[must_use]
    pub fn get(&self, row: u16, column: u16) -> u32 {
        self.counts.get(&row).and_then(|counts| counts.get(&column)).copied().unwrap_or(0)
    }

    /// Column and count of each cell of a row, without zeros.
    pub fn row(&self, row: u16) -> impl Iterator<Item = (u16, u32)> {
        self.counts.get(&row).into_iter().flatten().map(|(&column, &count)| (column, count))
    }

    fn rows(&self) -> Vec<Vec<u32>> {
        let mut rows = vec![vec![0; self.classes]; self.classes];
        for (row, column, count) in self.cells() {
            rows[usize::from(row)][usize::from(column)] = count;
        }
        rows
    }
}

#[derive(Serialize)]
struct Sparse<'a> {
    classes: usize,
    counts: &'a BTreeMap<u16, BTreeMap<u16, u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnedSparse {
    classes: usize,
    counts: BTreeMap<u16, BTreeMap<u16, u32>>,
}

impl Serialize for Confusion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.classes <= Self::DENSE {
            self.rows().serialize(serializer)
        } else {
            Sparse { classes: self.classes, counts: &self.counts }.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Confusion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.is_array() {
            let rows: Vec<Vec<u32>> = serde_json::from_value(value).map_err(D::Error::custom)?;
            if rows.len() > 1 << 16 || rows.iter().any(|row| row.len() != rows.len()) {
                return Err(D::Error::custom("a confusion matrix is square, of at most 65,536 classes"));
            }
            return Ok(Self::from_rows(&rows));
        }
        let OwnedSparse { classes, counts } = serde_json::from_value(value).map_err(D::Error::custom)?;
        let confusion = Self { classes, counts };
        if classes > 1 << 16 || confusion.cells().any(|(row, column, _)| usize::from(row.max(column)) >= classes) {
            return Err(D::Error::custom("a confusion matrix counts a class that is not there"));
        }
        Ok(confusion)
    }
}
