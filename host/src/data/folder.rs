//! Images in folders, a folder a class: `DIR/train/CLASS/*.png` and `DIR/test/CLASS/*.png`.
//!
//! An image may also lie one folder below its class, as in the `CLASS/images/` of Tiny `ImageNet`. Names that begin with a dot
//! and files that no [extension](EXTENSIONS) makes an image are ignored, so that `.DS_Store`, `Thumbs.db` and lists of
//! labels do no harm. Only a [`LABELS`] as `host import` and `host augment` write it is read: it says which training images are
//! mixed, and so their labels.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use cutmix_core::{Layout, Shape};
use rayon::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use super::dataset::{Contents, Dataset};
use super::image_file::{EXTENSIONS, opaque, open, square};
use super::labels::{self, LABELS, Row, is_class_name};
use super::parts::Parts;
use super::split::Split;
use crate::files;
use crate::terminal::signals;

/// Images that are decoded at a time: few enough to stop soon after a broken one, enough for every thread.
const AT_A_TIME: usize = 1024;

/// The images of a folder of classes, before any of them is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Names of the classes, those of their folders and of what is mixed into their images, in the order of their bytes, or of their values if all
    /// are numbers; the first is class 0.
    pub classes: Vec<String>,
    /// Path and class of each image, in the order of the classes, then of the paths: the same on every machine.
    pub files: Vec<(PathBuf, u16)>,
    /// What [`LABELS`] says of images, mixed or not.
    pub rows: HashMap<PathBuf, Row>,
    /// Lines of [`LABELS`] of which the image is not there.
    missing: Vec<PathBuf>,
    /// Images of which the line in [`LABELS`] is not there.
    unlisted: HashSet<PathBuf>,
    root: PathBuf,
}

impl Listing {
    /// Finds the images in `root/CLASS/` and `root/CLASS/FOLDER/`.
    ///
    /// # Errors
    ///
    /// If `root` holds no folder, a class no image, or a folder that is deeper down; if a class has no UTF-8 name, or a
    /// folder cannot be read. The message names the folder. If there is a [`LABELS`] that is damaged or of other classes.
    pub fn of(root: &Path) -> Result<Self> {
        let mut classes = Vec::new();
        let mut files = Vec::new();
        for folder in visible(root)?.into_iter().filter(|path| path.is_dir()) {
            let name = folder.file_name().and_then(OsStr::to_str).filter(|name| is_class_name(name));
            let Some(name) = name else {
                bail!("the class folder {} has no UTF-8 name without control characters; rename it", folder.display());
            };
            let mut images = Vec::new();
            for path in visible(&folder)? {
                if path.is_dir() {
                    for path in visible(&path)? {
                        ensure!(
                            !path.is_dir(),
                            "{} lies too deep: images are looked for in a class folder and in the folders there, so move \
                             its images up",
                            path.display()
                        );
                        images.push(path);
                    }
                } else {
                    images.push(path);
                }
            }
            images.retain(|path| is_image(path));
            ensure!(
                !images.is_empty(),
                "the class folder {} holds no image, that is no file of type {}; add some or remove the folder",
                folder.display(),
                EXTENSIONS.join(", ")
            );
            images.sort_unstable();
            files.extend(images.into_iter().map(|path| (path, name.to_owned())));
            classes.push(name.to_owned());
        }
        ensure!(
            !classes.is_empty(),
            "{} holds no class folder; make one a class, with its images in it",
            root.display()
        );
        let (rows, missing) = rows(root, &files)?;
        let unlisted = unlisted(&rows, &files);
        classes.extend(rows.values().filter(|row| row.is_mixed()).map(|row| row.class_b.clone()));
        sort_classes(&mut classes);
        ensure!(classes.len() <= 1 << 16, "{} holds more than 65,536 classes", root.display());
        let number: HashMap<&String, u16> = classes.iter().zip(0..).collect();
        let mut files: Vec<(PathBuf, u16)> = files.into_iter().map(|(path, name)| (path, number[&name])).collect();
        files.sort_by_key(|(_, class)| *class); // which is stable
        Ok(Self { classes, files, rows, missing, unlisted, root: root.to_owned() })
    }

    /// The first image, by its name, that came mixed.
    #[must_use]
    pub fn first_mixed(&self) -> Option<&Row> {
        self.rows.values().filter(|row| row.is_mixed()).min_by_key(|row| &row.file)
    }

    /// What the image at `path` was made of.
    fn sources(&self, path: &Path) -> [String; 2] {
        let own = || path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        self.rows.get(path).map_or_else(|| [(); 2].map(|()| own()), Row::sources)
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
        let mut skipped = self.check_table(skip_bad)?;
        let mut good = Vec::with_capacity(self.files.len());
        let mut numbers = HashMap::new();
        for files in self.files.chunks(AT_A_TIME) {
            let decoded: Vec<Result<([u32; 2], Vec<u8>)>> =
                files.par_iter().map(|(path, _)| signals::check().and_then(|()| read(path, side))).collect();
            signals::check()?;
            for (file, decoded) in files.iter().zip(decoded) {
                match decoded {
                    Ok(([width, height], image)) => {
                        let mut number = |source: String| {
                            let next = numbers.len() as u32;
                            *numbers.entry(source).or_insert(next)
                        };
                        let sources = self.sources(&file.0).map(&mut number);
                        let region = self.rows.get(&file.0).map_or(Ok(None), |row| row.region(width, height))?;
                        let second = region.and_then(|_| self.second_class(&file.0)).unwrap_or(file.1);
                        images.push_with(&image, Contents { classes: [file.1, second], region, sources });
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

    /// Number of images that were made of what an image of `train` shows, by the tables of both.
    fn shown_in(&self, train: &Self) -> usize {
        let shown: HashSet<String> = train.files.iter().flat_map(|(path, _)| train.sources(path)).collect();
        self.rows.values().filter(|row| shown.contains(&row.sources()[0])).count()
    }

    /// Images whose label is not known are not trained on: the broken table ends the program, or with `skip_bad` they are left out, a line each.
    fn check_table(&mut self, skip_bad: bool) -> Result<Vec<String>> {
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

    fn second_class(&self, path: &Path) -> Option<u16> {
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

/// Reads the images of the [`Parts`] of `dir` as `side`×`side` pixels in three planes, red, green, blue; and a line on
/// each file that was left out because of `skip_bad`. Where there are no test images, the share `test` of the training images takes their place.
///
/// # Errors
///
/// As [`Parts::of`], [`Listing::of`] and [`Listing::read`], if a part has a class that `train` has not, or there is a mixed image to score. Parts to
/// score may lack classes. If too few images are left to train on.
pub fn load(dir: &Path, side: u16, skip_bad: bool, test: f64) -> Result<(Split, Vec<String>)> {
    let parts = Parts::of(dir, test)?;
    let mut train = Listing::of(&parts.train)?;
    let mut scored = Vec::new();
    for folder in [&parts.validation, &parts.test] {
        scored.push(folder.as_ref().map(|folder| scored_part(folder, &train)).transpose()?);
    }
    let (train_images, mut skipped) = train.read(side, skip_bad)?;
    let train_images = classes_in_turn(&train_images);
    let mut seen = [0; 2];
    let mut images = [None, None];
    for (number, listing) in scored.iter_mut().enumerate() {
        if let Some(listing) = listing {
            let (read, more) = listing.read(side, skip_bad)?;
            skipped.extend(more);
            seen[number] = listing.shown_in(&train);
            images[number] = Some(classes_in_turn(&read));
        }
    }
    let [validation, test_images] = images;
    let mut split = match test_images {
        Some(test_images) => Split::new(train_images, test_images, train.classes.clone()),
        None => Split::by_share(&train_images, test, train.classes.clone())?,
    };
    split.seen_test_images += seen[1];
    if let Some(validation) = validation {
        split = split.with_validation(validation);
        split.seen_validation_images += seen[0];
    }
    Ok((split, skipped))
}

/// The images in `folder`, none of which may be mixed, of the classes of `train`.
fn scored_part(folder: &Path, train: &Listing) -> Result<Listing> {
    let mut part = Listing::of(folder)?;
    if let Some(row) = part.first_mixed() {
        bail!(
            "{} says that {} is mixed, and images to score are of one class; remove those that are mixed",
            folder.join(LABELS).display(),
            row.file
        );
    }
    for file in &mut part.files {
        let name = &part.classes[usize::from(file.1)];
        let Some(label) = train.classes.iter().position(|class| class == name) else {
            bail!(
                "{} has the class {name}, of which there is no folder in {}; add its images there, or remove it{}",
                folder.display(),
                train.root.display(),
                spelled_alike(name, &train.classes)
            );
        };
        file.1 = label as u16;
    }
    part.classes.clone_from(&train.classes);
    Ok(part)
}

/// A clause for a `name` that looks like one of `classes`: one system writes é as a letter, another as e and an accent.
fn spelled_alike(name: &str, classes: &[String]) -> String {
    let nfc = |name: &str| name.nfc().collect::<String>();
    match classes.iter().find(|class| nfc(class) == nfc(name)) {
        Some(_) => {
            "; there is one that looks the same, and differs only in how accents are written (Unicode NFC and NFD)"
                .to_owned()
        }
        None => String::new(),
    }
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

/// What `folder` holds, sorted, without what is hidden.
fn visible(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = files::list(folder)?;
    paths.retain(|path| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b".")));
    Ok(paths)
}

fn is_image(path: &Path) -> bool {
    path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|image| extension.eq_ignore_ascii_case(image)))
}

/// Width and height of the image in the file at `path`, and its middle square.
fn read(path: &Path, side: u16) -> Result<([u32; 2], Vec<u8>)> {
    let image = opaque(open(path)?);
    Ok(([image.width(), image.height()], square(&image, side)))
}
