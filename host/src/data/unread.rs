//! The files of a data set that are not read, counted so that nothing is passed over in silence.

use std::collections::BTreeMap;
use std::path::Path;

/// Kinds that are named one by one; what is beyond is counted together.
const NAMED: usize = 10;

/// How many files are not read, by how their names end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unread {
    /// By suffix, in small letters; by none, those that have none.
    by_suffix: BTreeMap<Option<String>, usize>,
    /// Beside the class folders, where an image is of no class.
    beside: usize,
}

impl Unread {
    /// Counts a file of a class that is no image.
    pub(super) fn add(&mut self, path: &Path) {
        let suffix = path.extension().filter(|suffix| !suffix.is_empty());
        let suffix = suffix.map(|suffix| suffix.to_string_lossy().to_lowercase().escape_debug().to_string());
        *self.by_suffix.entry(suffix).or_default() += 1;
    }

    /// Counts a file that lies in no class.
    pub(super) fn add_beside(&mut self) {
        self.beside += 1;
    }

    /// Adds what `other` counts.
    pub(super) fn merge(&mut self, other: Self) {
        for (suffix, files) in other.by_suffix {
            *self.by_suffix.entry(suffix).or_default() += files;
        }
        self.beside += other.beside;
    }

    /// `6 files of type .tif`: a kind an element, the most frequent first.
    pub(super) fn kinds(&self) -> Vec<String> {
        self.counted().into_iter().map(|(kind, _)| kind).collect()
    }

    /// A line a kind, of the files in the folder `root`.
    pub(super) fn lines(&self, root: &Path) -> Vec<String> {
        let root = root.display();
        let verb = |files: usize| if files == 1 { "was" } else { "were" };
        let mut lines: Vec<String> =
            self.counted().into_iter().map(|(kind, n)| format!("{kind} in {root} {} not read", verb(n))).collect();
        if self.beside > 0 {
            let files = count(self.beside);
            lines.push(format!("{files} in {root} itself, beside the class folders, {} not read", verb(self.beside)));
        }
        lines
    }

    fn counted(&self) -> Vec<(String, usize)> {
        let mut kinds: Vec<(&Option<String>, usize)> =
            self.by_suffix.iter().map(|(kind, &files)| (kind, files)).collect();
        kinds.sort_by_key(|&(_, files)| std::cmp::Reverse(files)); // which is stable
        let rest: usize = kinds.iter().skip(NAMED).map(|(_, files)| files).sum();
        let named = kinds.into_iter().take(NAMED).map(|(suffix, files)| match suffix {
            Some(suffix) => (format!("{} of type .{suffix}", count(files)), files),
            None => (format!("{} without a suffix", count(files)), files),
        });
        let rest = (rest > 0).then(|| (format!("{} of other types", count(rest)), rest));
        named.chain(rest).collect()
    }
}

fn count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}
