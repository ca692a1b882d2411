//! Images in folders, a folder a class: `DIR/train/CLASS/*.png` and `DIR/test/CLASS/*.png`.
//!
//! An image may also lie one folder below its class, as in the `CLASS/images/` of Tiny `ImageNet`. A file is an image if it is called one or
//! begins like one; others are counted and not read. Names that begin with a dot, and what other programs leave beside images, as `Thumbs.db`
//! and `@eaDir`, are ignored. Only a [`LABELS`] as `host import` and `host augment` write it is read: it says which training images are mixed,
//! and so their labels.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use cutmix_core::{Label, Layout, Shape};
use rayon::prelude::*;

use super::class_folder::{ClassFolder, visible};
use super::dataset::Dataset;
use super::image_file::open_square;
use super::labels::{self, LABELS, Row};
use super::split::Split;
use super::unread::Unread;
use crate::terminal::console::complain;

/// Images that are decoded at a time: few enough to stop soon after a broken one, enough for every thread.
const AT_A_TIME: usize = 1024;

/// The images of a folder of classes, before any of them is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Names of the classes, those of their folders and of what is mixed into their images, in the order of their bytes; the
    /// first is class 0.
    pub classes: Vec<String>,
    /// Path and class of each image, in the order of the classes, then of the paths: the same on every machine.
    pub files: Vec<(PathBuf, u16)>,
    /// What [`LABELS`] says of images that are mixed.
    pub mixed: HashMap<PathBuf, Row>,
}

impl Listing {
    /// Finds the images in `root/CLASS/` and `root/CLASS/FOLDER/`, and says on standard error how many other files there are.
    ///
    /// # Errors
    ///
    /// If `root` holds no folder, a class no image, several folders of images, or a folder that is deeper down; if a class has no UTF-8
    /// name, or a folder cannot be read. The message names the folder. If there is a [`LABELS`] that is damaged or of other classes.
    pub fn of(root: &Path) -> Result<Self> {
        let mut classes = Vec::new();
        let mut files = Vec::new();
        let mut unread = Unread::default();
        for folder in visible(root)? {
            if !folder.is_dir() {
                unread.add_beside();
                continue;
            }
            let Some(name) = folder.file_name().and_then(OsStr::to_str) else {
                bail!("the class folder {} has no UTF-8 name; rename it", folder.display());
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
        unread.lines(root).iter().for_each(|line| complain(line));
        let mixed = mixed(root, &files)?;
        classes.extend(mixed.values().map(|row| row.class_b.clone()));
        classes.sort_unstable();
        classes.dedup();
        ensure!(classes.len() <= 1 << 16, "{} holds more than 65,536 classes", root.display());
        // Each is found, since all were just collected.
        let label = |name: &String| classes.binary_search(name).unwrap_or_else(|place| place) as u16;
        let files = files.into_iter().map(|(path, name)| (path, label(&name))).collect();
        Ok(Self { classes, files, mixed })
    }

    /// Decodes all images to `side`×`side` pixels by [`decode`](super::image_file::decode), on all cores. Images keep their order and the bytes are
    /// the same whatever the number of threads.
    ///
    /// With `skip_bad`, a file that is not a whole image is left out, and its name with what is wrong comes back; the
    /// files that are left are those of `self.files` afterwards, one an image.
    ///
    /// # Errors
    ///
    /// If a file is not a whole image, and `skip_bad` is not set; the message names the first such file. If every image
    /// of a class was left out. If there are no images of that side. If [`LABELS`] does not describe a mixed image.
    pub fn read(&mut self, side: u16, skip_bad: bool) -> Result<(Dataset, Vec<String>)> {
        let mut images = Dataset::with_capacity(Shape::new(side, side, 3, Layout::Chw)?, self.files.len());
        let mut skipped = Vec::new();
        let mut good = Vec::with_capacity(self.files.len());
        for files in self.files.chunks(AT_A_TIME) {
            let decoded: Vec<Result<([u32; 2], Vec<u8>)>> =
                files.par_iter().map(|(path, _)| open_square(path, side)).collect();
            for (file, decoded) in files.iter().zip(decoded) {
                match decoded {
                    Ok(([width, height], image)) => {
                        match self.mixed.get(&file.0) {
                            None => images.push(&image, file.1),
                            Some(row) => images.push_mixed(&image, self.label(row, file.1, width, height)?),
                        }
                        good.push(file.clone());
                    }
                    Err(error) if skip_bad => skipped.push(format!("{error:#}")),
                    Err(error) => bail!("{error:#}; replace or remove it, or leave such files out with --skip-bad"),
                }
            }
        }
        // Both lists are in the order of their classes.
        for (path, label) in &self.files {
            ensure!(
                good.binary_search_by_key(label, |file| file.1).is_ok(),
                "no image of class {} is whole, {} for one is not; remove that class or mend its files",
                self.classes[usize::from(*label)],
                path.display()
            );
        }
        self.files = good;
        Ok((images, skipped))
    }

    fn label(&self, row: &Row, class: u16, width: u32, height: u32) -> Result<Label> {
        let second = self.classes.binary_search(&row.class_b).expect("the classes of the table are among them");
        row.label([class, second as u16], width, height)
    }
}

/// What the table in `root` says of those of `files`, each with its class, that are mixed.
fn mixed(root: &Path, files: &[(PathBuf, String)]) -> Result<HashMap<PathBuf, Row>> {
    let mut rows = labels::read(root)?;
    let mut mixed = HashMap::new();
    for (path, class) in files {
        let Some(row) = rows.remove(path) else { continue };
        ensure!(
            row.class_a == *class,
            "{} says that {} is of the class {}, but it lies in the folder {class}; move it back, or put the table right",
            root.join(LABELS).display(),
            row.file,
            row.class_a
        );
        if row.is_mixed() {
            mixed.insert(path.clone(), row);
        }
    }
    Ok(mixed)
}

/// Reads the images in `dir/train` and `dir/test` as `side`×`side` pixels in three planes, red, green, blue; and a line on
/// each file that was left out because of `skip_bad`.
///
/// # Errors
///
/// As [`Listing::of`] and [`Listing::read`], if `train` holds one class only, and if `test` has a class that `train` has not, or a mixed image.
/// It may lack classes.
pub fn load(dir: &Path, side: u16, skip_bad: bool) -> Result<(Split, Vec<String>)> {
    let mut train = Listing::of(&dir.join("train"))?;
    refuse_one_class(&train)?;
    let mut test = Listing::of(&dir.join("test"))?;
    if let Some(row) = test.mixed.values().min_by_key(|row| &row.file) {
        bail!(
            "{} says that {} is mixed, and a test takes images of one class; remove those that are mixed",
            dir.join("test").join(LABELS).display(),
            row.file
        );
    }
    for file in &mut test.files {
        let name = &test.classes[usize::from(file.1)];
        let Ok(label) = train.classes.binary_search(name) else {
            bail!(
                "{} has the class {name}, of which there is no folder in {}; add its images there, or remove it",
                dir.join("test").display(),
                dir.join("train").display()
            );
        };
        file.1 = label as u16;
    }
    test.classes.clone_from(&train.classes);
    let (train_images, mut skipped) = train.read(side, skip_bad)?;
    let (test_images, skipped_tests) = test.read(side, skip_bad)?;
    skipped.extend(skipped_tests);
    let [train_images, test_images] = [train_images, test_images].map(|images| Arc::new(classes_in_turn(&images)));
    Ok((Split { train: train_images, validation: None, test: test_images, classes: train.classes }, skipped))
}

/// Checks that there is something to tell apart.
fn refuse_one_class(train: &Listing) -> Result<()> {
    let ([class], Some((path, _))) = (&train.classes[..], train.files.first()) else { return Ok(()) };
    // Where a class folder has its images in a folder, the classes may be one folder further down.
    let folder = path.ancestors().find(|above| above.ends_with(class)).unwrap_or(path);
    ensure!(
        path.parent() == Some(folder),
        "there is one class only, {class}, and nothing to tell apart: was {} meant, with its folders as the classes? If so, move them up",
        folder.display()
    );
    bail!(
        "there is one class only, {class}, and nothing to tell apart; put the images of each class into a folder of its own beside {}",
        folder.display()
    )
}

/// The first image of each class, then the second of each, and so on: so that the first so many are of all classes.
pub(super) fn classes_in_turn(images: &Dataset) -> Dataset {
    let mut seen = HashMap::new();
    let rank = |index| {
        let rank = seen.entry(images.label(index)).or_insert(0_usize);
        *rank += 1;
        *rank
    };
    let ranks: Vec<usize> = (0..images.len()).map(rank).collect();
    let mut order: Vec<usize> = (0..images.len()).collect();
    order.sort_by_key(|&index| ranks[index]); // which is stable
    images.select(&order)
}
