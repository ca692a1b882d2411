//! Images in folders, a folder a class: `DIR/train/CLASS/*.png` and `DIR/test/CLASS/*.png`.
//!
//! An image may also lie one folder below its class, as in the `CLASS/images/` of Tiny `ImageNet`. A file is an image if it is called one or
//! begins like one; others are counted and not read. Names that begin with a dot, and what other programs leave beside images, as `Thumbs.db`
//! and `@eaDir`, are ignored. Only a [`LABELS`] as `host import` and `host augment` write it is read: it says which training images are mixed,
//! and so their labels.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use cutmix_core::{Label, Layout, Plan, Shape};
use rayon::prelude::*;

use super::class_folder::{ClassFolder, visible};
use super::dataset::Dataset;
use super::image_file::open_square;
use super::in_turn::in_turn;
use super::labels::{self, LABELS, Row};
use super::split::Split;
use super::unread::Unread;
use crate::terminal::bars;
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
        let all: Vec<usize> = (0..self.files.len()).collect();
        let bad = self.decode(&all, images.shape(), skip_bad, |_, image, label| images.push_mixed(&image, label))?;
        self.check_classes(&bad)?;
        let good = |place: &usize| !bad.contains_key(place);
        self.files = all.iter().filter(|place| good(place)).map(|&place| self.files[place].clone()).collect();
        Ok((images, bad.into_values().collect()))
    }

    /// As [`read`](Self::read), an image of each class in turn, and of those the first `limit` only, if there is one. No other is decoded, unless
    /// it comes in the place of one that is left out.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_in_turn(&mut self, side: u16, skip_bad: bool, limit: Option<usize>) -> Result<(Dataset, Vec<String>)> {
        let shape = Shape::new(side, side, 3, Layout::Chw)?;
        let mut decoded: Vec<Option<(Vec<u8>, Label)>> = vec![None; self.files.len()];
        let mut bad = BTreeMap::new();
        let order = loop {
            let good: Vec<usize> = (0..self.files.len()).filter(|place| !bad.contains_key(place)).collect();
            let turns = in_turn(good.iter().map(|&place| self.files[place].1)).into_iter().map(|turn| good[turn]);
            let order: Vec<usize> = turns.take(limit.unwrap_or(good.len())).collect();
            let mut missing: Vec<usize> = order.iter().copied().filter(|&place| decoded[place].is_none()).collect();
            if missing.is_empty() {
                break order;
            }
            missing.sort_unstable(); // so that of several bad files the first is named
            bad.extend(
                self.decode(&missing, shape, skip_bad, |place, image, label| decoded[place] = Some((image, label)))?,
            );
        };
        self.check_classes(&bad)?;
        let mut images = Dataset::with_capacity(shape, order.len());
        for &place in &order {
            if let Some((image, label)) = decoded[place].take() {
                images.push_mixed(&image, label);
            }
        }
        self.files = order.iter().map(|&place| self.files[place].clone()).collect();
        Ok((images, bad.into_values().collect()))
    }

    /// Decodes the images at `places` to `shape` on all cores, and gives each to `take`, in this order. What is wrong with those that are
    /// left out comes back by their places.
    fn decode(
        &self,
        places: &[usize],
        shape: Shape,
        skip_bad: bool,
        mut take: impl FnMut(usize, Vec<u8>, Label),
    ) -> Result<BTreeMap<usize, String>> {
        let mut bad = BTreeMap::new();
        let bar = bars::images(places.len() as u64);
        for places in places.chunks(AT_A_TIME) {
            let open = |&place: &usize| {
                let image = open_square(&self.files[place].0, shape.width());
                bar.inc(1);
                image
            };
            let images: Vec<Result<([u32; 2], Vec<u8>)>> = places.par_iter().map(open).collect();
            for (&place, image) in places.iter().zip(images) {
                let (path, class) = &self.files[place];
                match image {
                    Ok(([width, height], image)) => {
                        let label = match self.mixed.get(path) {
                            None => Plan::unmixed(0, shape).label(*class, *class),
                            Some(row) => self.label(row, *class, width, height)?,
                        };
                        take(place, image, label);
                    }
                    Err(error) if skip_bad => drop(bad.insert(place, format!("{error:#}"))),
                    Err(error) => bail!("{error:#}; replace or remove it, or leave such files out with --skip-bad"),
                }
            }
        }
        bar.finish_and_clear();
        Ok(bad)
    }

    /// Checks that no class is left without an image where those at the places in `bad` are left out.
    fn check_classes(&self, bad: &BTreeMap<usize, String>) -> Result<()> {
        let mut left: HashMap<u16, usize> = HashMap::new();
        for (_, class) in &self.files {
            *left.entry(*class).or_default() += 1;
        }
        for &place in bad.keys() {
            let (path, class) = &self.files[place];
            let left = left.entry(*class).or_default();
            *left = left.saturating_sub(1);
            ensure!(
                *left > 0,
                "no image of class {} is whole, {} for one is not; remove that class or mend its files",
                self.classes[usize::from(*class)],
                path.display()
            );
        }
        Ok(())
    }

    /// Checks that no image is mixed; `root` is the folder of the classes.
    ///
    /// # Errors
    ///
    /// If one is; the message names it.
    pub fn refuse_mixed(&self, root: &Path) -> Result<()> {
        if let Some(row) = self.mixed.values().min_by_key(|row| &row.file) {
            bail!(
                "{} says that {} is mixed, and a test takes images of one class; remove those that are mixed",
                root.join(LABELS).display(),
                row.file
            );
        }
        Ok(())
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
    load_first(dir, side, skip_bad, [None, None])
}

/// As [`load`], so many training images and so many test images, if there are limits, an image of each class in turn; no others are decoded.
///
/// # Errors
///
/// As [`load`], and if a limit exceeds the files there are, which is found out before any of them is decoded.
pub fn load_first(dir: &Path, side: u16, skip_bad: bool, limits: [Option<usize>; 2]) -> Result<(Split, Vec<String>)> {
    let mut train = Listing::of(&dir.join("train"))?;
    refuse_one_class(&train)?;
    let mut test = Listing::of(&dir.join("test"))?;
    test.refuse_mixed(&dir.join("test"))?;
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
    for (limit, there, flag) in
        [(limits[0], train.files.len(), "--train-limit"), (limits[1], test.files.len(), "--test-limit")]
    {
        if let Some(limit) = limit {
            check_limit(limit, there, flag)?;
        }
    }
    let (train_images, mut skipped) = train.read_in_turn(side, skip_bad, limits[0])?;
    let (test_images, skipped_tests) = test.read_in_turn(side, skip_bad, limits[1])?;
    skipped.extend(skipped_tests);
    let [train_images, test_images] = [train_images, test_images].map(Arc::new);
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

/// Checks that a limit, given as `flag`, asks for no more than the images that are `there`.
pub(super) fn check_limit(limit: usize, there: usize, flag: &str) -> Result<()> {
    ensure!(limit <= there, "{flag} {limit}: the data hold {there} such images; ask for at most that");
    Ok(())
}

/// The first image of each class, then the second of each, and so on: so that the first so many are of all classes.
pub(super) fn classes_in_turn(images: &Dataset) -> Dataset {
    images.select(&in_turn(images.labels()))
}
