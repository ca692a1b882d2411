//! Images in folders, a folder a class: `DIR/train/CLASS/*.png` and `DIR/test/CLASS/*.png`; or in shards, `DIR/train/*.tar` and `DIR/test/*.tar`.
//!
//! An image may also lie one folder below its class, as in the `CLASS/images/` of Tiny `ImageNet`. A file is an image if it is called one or
//! begins like one; others are counted and not read. Names that begin with a dot, and what other programs leave beside images, as `Thumbs.db`
//! and `@eaDir`, are ignored. Only a [`LABELS`] as `host import` and `host augment` write it is read: it says which training images are mixed,
//! and so their labels.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};

use super::class_folder::{ClassFolder, visible};
use super::labels::{self, LABELS, Row, is_class_name};
use super::origin::Origin;
use super::tar_shards::{self, Packed};
use super::unread::Unread;
use crate::terminal::console::complain;

/// The images of a folder of classes, before any of them is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Names of the classes, those of their folders and of what is mixed into their images, in the order of their bytes, or of their values if all
    /// are numbers; the first is class 0.
    pub classes: Vec<String>,
    /// Path and class of each image, in the order of the classes, then of the paths: the same on every machine.
    pub files: Vec<(PathBuf, u16)>,
    /// Of images in shards, where they lie.
    pub(super) packed: HashMap<PathBuf, Packed>,
    /// What [`LABELS`] says of images, mixed or not.
    pub rows: HashMap<PathBuf, Row>,
    /// Lines of [`LABELS`] of which the image is not there.
    missing: Vec<PathBuf>,
    /// Images of which the line in [`LABELS`] is not there.
    unlisted: HashSet<PathBuf>,
    pub(super) root: PathBuf,
}

impl Listing {
    /// Finds the images in `root/CLASS/` and `root/CLASS/FOLDER/`, or in the tar shards `root/*.tar`, and says on standard error how many
    /// other files there are.
    ///
    /// # Errors
    ///
    /// If `root` holds no folder, a class no image, several folders of images, or a folder that is deeper down; if a class has no UTF-8
    /// name, or a folder cannot be read. The message names the folder. If there is a [`LABELS`] that is damaged or of other classes.
    pub fn of(root: &Path) -> Result<Self> {
        let shards = tar_shards::shards(root)?;
        if !shards.is_empty() {
            return Self::of_shards(root, &shards);
        }
        let mut classes = Vec::new();
        let mut files = Vec::new();
        let mut unread = Unread::default();
        for folder in visible(root)? {
            if !folder.is_dir() {
                unread.add_beside();
                continue;
            }
            let name = folder.file_name().and_then(OsStr::to_str).filter(|name| is_class_name(name));
            let Some(name) = name else {
                bail!("the class folder {} has no UTF-8 name without control characters; rename it", folder.display());
            };
            let class = ClassFolder::of(&folder)?;
            unread.merge(class.unread);
            files.extend(class.images.into_iter().map(|path| (path, name.to_owned())));
            classes.push(name.to_owned());
        }
        ensure!(
            !classes.is_empty(),
            "{} holds no class folder; make one a class, with its images in it",
            root.display()
        );
        for line in unread.lines(root) {
            complain(&line);
        }
        let (rows, missing) = rows(root, &files)?;
        let unlisted = unlisted(&rows, &files);
        classes.extend(rows.values().filter(|row| row.is_mixed()).map(|row| row.class_b.clone()));
        Ok(Self { rows, missing, unlisted, ..Self::of_files(root, classes, files)? })
    }

    fn of_shards(root: &Path, shards: &[PathBuf]) -> Result<Self> {
        if let Some(folder) = visible(root)?.iter().find(|path| path.is_dir()) {
            bail!(
                "{} holds tar files and folders, as {}, and is either a folder of shards or one of classes; move the others away",
                root.display(),
                folder.display()
            );
        }
        let mut unread = Unread::default();
        let images = tar_shards::list(shards, &mut unread)?;
        unread.lines(root).iter().for_each(|line| complain(line));
        let classes = images.iter().map(|(_, class, _)| class.clone()).collect();
        let packed = images.iter().map(|(path, _, packed)| (path.clone(), packed.clone())).collect();
        let files = images.into_iter().map(|(path, class, _)| (path, class)).collect();
        Ok(Self { packed, ..Self::of_files(root, classes, files)? })
    }

    fn of_files(root: &Path, mut classes: Vec<String>, files: Vec<(PathBuf, String)>) -> Result<Self> {
        sort_classes(&mut classes);
        ensure!(classes.len() <= 1 << 16, "{} holds more than 65,536 classes", root.display());
        let number: HashMap<&String, u16> = classes.iter().zip(0..).collect();
        let mut files: Vec<(PathBuf, u16)> = files.into_iter().map(|(path, name)| (path, number[&name])).collect();
        files.sort_by_key(|(_, class)| *class); // which is stable
        Ok(Self {
            classes,
            files,
            packed: HashMap::new(),
            rows: HashMap::new(),
            missing: Vec::new(),
            unlisted: HashSet::new(),
            root: root.to_owned(),
        })
    }

    /// The first image, by its name, that came mixed.
    #[must_use]
    pub fn first_mixed(&self) -> Option<&Row> {
        self.rows.values().filter(|row| row.is_mixed()).min_by_key(|row| &row.file)
    }

    /// What the image at `path` was made of.
    #[must_use]
    pub fn origins(&self, path: &Path) -> [Origin<String>; 2] {
        let own = || Origin::Image(path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/"));
        self.rows.get(path).map_or_else(|| [(); 2].map(|()| own()), Row::origins)
    }

    /// Checks that no image is mixed; `root` is the folder of the classes.
    ///
    /// # Errors
    ///
    /// If one is; the message names it.
    pub fn refuse_mixed(&self, root: &Path) -> Result<()> {
        if let Some(row) = self.first_mixed() {
            bail!(
                "{} says that {} is mixed, and images to score are of one class; remove those that are mixed",
                root.join(LABELS).display(),
                row.file
            );
        }
        Ok(())
    }

    /// Images whose label is not known are not trained on: the broken table ends the program, or with `skip_bad` they are left out, a line each.
    pub(super) fn check_table(&mut self, skip_bad: bool) -> Result<Vec<String>> {
        let table = self.root.join(LABELS);
        let missing = self.missing.iter().map(|path| {
            format!(
                "{} describes {}, which is not there; was it renamed or converted?",
                table.display(),
                path.display()
            )
        });
        let unlisted = self.files.iter().filter(|(path, _)| self.unlisted.contains(path)).map(|(path, _)| {
            format!("{} has no line for {}, so its label is not known", table.display(), path.display())
        });
        let mut lines: Vec<String> = missing.chain(unlisted).collect();
        if !skip_bad && !lines.is_empty() {
            let more =
                if lines.len() > 1 { format!(" ({} such lines and images)", lines.len()) } else { String::new() };
            bail!("{}{more}; put the table right, or leave such images out with --skip-bad", lines.swap_remove(0));
        }
        self.files.retain(|(path, _)| !self.unlisted.contains(path));
        Ok(lines)
    }

    pub(super) fn second_class(&self, path: &Path) -> Option<u16> {
        let name = &self.rows.get(path)?.class_b;
        self.classes.iter().position(|class| class == name).map(|class| class as u16)
    }
}

/// What the table in `root` says of `files`, each with its class; and the images that it describes beside them.
fn rows(root: &Path, files: &[(PathBuf, String)]) -> Result<(HashMap<PathBuf, Row>, Vec<PathBuf>)> {
    let mut table = labels::read(root)?.unwrap_or_default();
    let mut rows = HashMap::new();
    for (path, class) in files {
        let Some(row) = table.remove(path) else { continue };
        ensure!(
            row.class_a == *class,
            "{} says that {} is of the class {}, but it lies in the folder {class}; move it back, or put the table right",
            root.join(LABELS).display(),
            row.file,
            row.class_a
        );
        rows.insert(path.clone(), row);
    }
    let mut missing: Vec<PathBuf> = table.into_keys().collect();
    missing.sort_unstable();
    Ok((rows, missing))
}

/// Those of `files` that the program that wrote the table must have listed.
fn unlisted(rows: &HashMap<PathBuf, Row>, files: &[(PathBuf, String)]) -> HashSet<PathBuf> {
    let Some(any) = rows.values().next() else { return HashSet::new() };
    let is_unlisted = |path: &PathBuf| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        !rows.contains_key(path) && any.should_list(name)
    };
    files.iter().map(|(path, _)| path).filter(|path| is_unlisted(path)).cloned().collect()
}

/// Puts the names of classes in order: numbers by their value, if all are numbers, else byte by byte.
pub(super) fn sort_classes(classes: &mut Vec<String>) {
    classes.sort_unstable();
    classes.dedup();
    let is_number =
        |name: &String| !name.is_empty() && name.len() < 20 && name.bytes().all(|byte| byte.is_ascii_digit());
    if classes.iter().all(is_number) {
        classes.sort_by_key(|name| name.parse::<u64>().unwrap_or_default()); // which is stable
    }
}
