//! Images in folders, a folder a class: `DIR/train/CLASS/*.png` and `DIR/test/CLASS/*.png`; or in shards, `DIR/train/*.tar` and `DIR/test/*.tar`.
//!
//! An image may also lie one folder below its class, as in the `CLASS/images/` of Tiny `ImageNet`. A file is an image if it is called one or
//! begins like one; others are counted and not read. Names that begin with a dot, and what other programs leave beside images, as `Thumbs.db`
//! and `@eaDir`, are ignored. Only a [`LABELS`] as `host import` and `host augment` write it is read: it says which training images are mixed,
//! and so their labels.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsStr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use cutmix_record::STRETCH;
use rayon::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use super::cache::{self, Add, Chosen, Decoded, FileKey, Key};
use super::class_folder::{ClassFolder, visible};
use super::dataset::{Contents, Dataset};
use super::digest::Digest;
use super::hold_out::shared;
use super::image_file::{open_resized, read_resized};
use super::in_turn::in_turn;
use super::labels::{self, LABELS, Row, is_class_name};
use super::origin::Origin;
use super::parts::Parts;
use super::region::Region;
use super::split::Split;
use super::tar_shards::{self, Packed};
use super::unread::Unread;
use crate::files;
use crate::settings::{CacheSettings, Resize};
use crate::terminal::console::complain;
use crate::terminal::{bars, signals};

/// Pixels of the images that are decoded at a time, in bytes: few enough to stop soon after a broken one, enough for every thread.
const BYTES_AT_A_TIME: usize = 64 << 20;

/// The images of a folder of classes, before any of them is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Names of the classes, those of their folders and of what is mixed into their images, in the order of their bytes, or of their values if all
    /// are numbers; the first is class 0.
    pub classes: Vec<String>,
    /// Path and class of each image, in the order of the classes, then of the paths: the same on every machine.
    pub files: Vec<(PathBuf, u16)>,
    /// Of images in shards, where they lie.
    packed: HashMap<PathBuf, Packed>,
    /// What [`LABELS`] says of images, mixed or not.
    pub rows: HashMap<PathBuf, Row>,
    /// Lines of [`LABELS`] of which the image is not there.
    missing: Vec<PathBuf>,
    /// Images of which the line in [`LABELS`] is not there.
    unlisted: HashSet<PathBuf>,
    root: PathBuf,
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

    /// Decodes all images to the sides that `resize` says by [`decode`](super::image_file::decode), on all cores. Images keep their order and the bytes are
    /// the same whatever the number of threads, and whether they are decoded or come from `cache`.
    ///
    /// With `skip_bad`, a file that is not a whole image is left out, and its name with what is wrong comes back; the
    /// files that are left are those of `self.files` afterwards, one an image.
    ///
    /// # Errors
    ///
    /// If a file is not a whole image, and `skip_bad` is not set; the message names the first such file. If every image
    /// of a class was left out. If there are no images of that size. If [`LABELS`] does not describe an image. If the cache cannot be read or written.
    pub fn read(
        &mut self,
        resize: impl Into<Resize>,
        skip_bad: bool,
        cache: &CacheSettings,
    ) -> Result<(Dataset, Vec<String>)> {
        self.read_chosen(resize.into(), skip_bad, Chosen::All, cache)
    }

    /// As [`read`](Self::read), an image of each class in turn, and of those the first `limit` only, if there is one. No other is decoded, unless
    /// it comes in the place of one that is left out.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_in_turn(
        &mut self,
        resize: Resize,
        skip_bad: bool,
        limit: Option<usize>,
        cache: &CacheSettings,
    ) -> Result<(Dataset, Vec<String>)> {
        self.read_chosen(resize, skip_bad, Chosen::InTurn(limit.map_or(u64::MAX, |limit| limit as u64)), cache)
    }

    fn read_chosen(
        &mut self,
        resize: Resize,
        skip_bad: bool,
        chosen: Chosen,
        cache: &CacheSettings,
    ) -> Result<(Dataset, Vec<String>)> {
        let shape = resize.shape()?;
        let mut skipped = self.check_table(skip_bad)?;
        let images = self.order(chosen, |_| true).len();
        let key = || Ok(Key::new(resize, skip_bad, chosen, self.file_keys()?));
        let decode = |add: &mut Add| self.decode(chosen, resize, skip_bad, add);
        let (store, Decoded { images, bad }) = cache::images(cache, &self.root, shape, images, key, decode)?;
        self.check_classes(&bad)?;

        let decoded: HashMap<usize, (u32, [u32; 2])> =
            images.into_iter().zip(0..).map(|((place, size), number)| (place as usize, (number, size))).collect();
        let order = self.order(chosen, |place| !bad.contains_key(&(place as u32)));
        let mut names = Names::default();
        let (mut places, mut contents) = (Vec::with_capacity(order.len()), Vec::with_capacity(order.len()));
        for &place in &order {
            let path = &self.files[place].0;
            let (number, [width, height]) =
                decoded.get(&place).copied().with_context(|| format!("{} was not decoded", path.display()))?;
            let region = self.rows.get(path).map_or(Ok(None), |row| row.region(width, height, resize))?;
            places.push(number);
            contents.push(self.contents(place, region, &mut names));
        }
        self.files = order.iter().map(|&place| self.files[place].clone()).collect();
        skipped.extend(bad.into_values());
        Ok((Dataset::of_store(store, places, contents), skipped))
    }

    /// Places of the files that are `chosen` from those that are `good`.
    fn order(&self, chosen: Chosen, good: impl Fn(usize) -> bool) -> Vec<usize> {
        let good: Vec<usize> = (0..self.files.len()).filter(|&place| good(place)).collect();
        match chosen {
            Chosen::All => good,
            Chosen::InTurn(limit) => {
                let turns = in_turn(good.iter().map(|&place| self.files[place].1)).into_iter();
                turns.take(usize::try_from(limit).unwrap_or(usize::MAX)).map(|turn| good[turn]).collect()
            }
        }
    }

    /// By what the files are known again.
    fn file_keys(&self) -> Result<Vec<FileKey>> {
        let key = |(path, class): &(PathBuf, u16)| {
            let (length, modified) = match self.packed.get(path) {
                Some(packed) => (packed.length, packed.modified),
                None => files::length_and_time(path)?,
            };
            let path = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned();
            Ok(FileKey { path, class: *class, length, modified })
        };
        self.files.par_iter().map(key).collect()
    }

    /// Decodes what is `chosen`, in the order of the files.
    fn decode(&self, chosen: Chosen, resize: Resize, skip_bad: bool, add: &mut Add) -> Result<Decoded> {
        let mut decoded = Decoded::default();
        let mut there = HashSet::new();
        // Where some are left out, others move up.
        loop {
            let mut missing = self.order(chosen, |place| !decoded.bad.contains_key(&(place as u32)));
            missing.retain(|&place| there.insert(place));
            if missing.is_empty() {
                return Ok(decoded);
            }
            // As they lie on the disk.
            missing.sort_unstable_by_key(|&place| &self.files[place].0);
            self.decode_at(&missing, resize, skip_bad, add, &mut decoded)?;
        }
    }

    fn open(&self, path: &Path, resize: Resize, planes: &mut [u8]) -> Result<[u32; 2]> {
        match self.packed.get(path) {
            Some(packed) => read_resized(&packed.read()?, path, resize, planes),
            None => open_resized(path, resize, planes),
        }
    }

    /// Decodes the images at `places` on all cores, and adds them in this order.
    fn decode_at(
        &self,
        places: &[usize],
        resize: Resize,
        skip_bad: bool,
        add: &mut Add,
        decoded: &mut Decoded,
    ) -> Result<()> {
        let shape = resize.shape()?;
        let bar = bars::images(places.len() as u64);
        let open = |(planes, &place): (&mut [u8], &usize)| {
            let read = signals::check().and_then(|()| self.open(&self.files[place].0, resize, planes));
            bar.inc(1);
            Ok((read?, Digest::of(planes, shape)))
        };
        let at_a_time = (BYTES_AT_A_TIME / shape.len()).clamp(1, places.len());
        let mut pixels = vec![0; at_a_time * shape.len()];
        for places in places.chunks(at_a_time) {
            let images: Vec<Result<([u32; 2], Digest)>> =
                pixels.par_chunks_exact_mut(shape.len()).zip(places).map(open).collect();
            signals::check()?;
            if !skip_bad {
                refuse_first_bad(places, &images)?;
            }
            for ((&place, image), bytes) in places.iter().zip(images).zip(pixels.chunks_exact(shape.len())) {
                match image {
                    Ok((size, digest)) => {
                        add(bytes, digest)?;
                        decoded.images.push((place as u32, size));
                    }
                    Err(error) => drop(decoded.bad.insert(place as u32, format!("{error:#}"))),
                }
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Checks that no class is left without an image where those at the places in `bad` are left out.
    fn check_classes(&self, bad: &BTreeMap<u32, String>) -> Result<()> {
        let mut left: HashMap<u16, usize> = HashMap::new();
        for (_, class) in &self.files {
            *left.entry(*class).or_default() += 1;
        }
        for &place in bad.keys() {
            let (path, class) = &self.files[place as usize];
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
        if let Some(row) = self.first_mixed() {
            bail!(
                "{} says that {} is mixed, and images to score are of one class; remove those that are mixed",
                root.join(LABELS).display(),
                row.file
            );
        }
        Ok(())
    }

    /// What the image at `place` shows, with `region` of it that of another one.
    fn contents(&self, place: usize, region: Option<Region>, names: &mut Names) -> Contents {
        let (path, class) = &self.files[place];
        let second = region.and_then(|_| self.second_class(path)).unwrap_or(*class);
        let origins = self.origins(path).map(|origin| origin.map(|name| names.number(name)));
        Contents { classes: [*class, second], region, origins }
    }

    /// Number of `images`, which were read from here, that were made of what an image of `train` shows, by the tables of both, and are not among
    /// `train_images` byte for byte: those are counted anyway.
    fn shown_in(&self, train: &Self, images: &Dataset, train_images: &Dataset) -> Result<usize> {
        let shown: HashSet<Origin<String>> = train.files.iter().flat_map(|(path, _)| train.origins(path)).collect();
        let copies = shared(images, train_images)?;
        let is_shown = |path: &Path| self.rows.get(path).is_some_and(|row| shown.contains(&row.origins()[0]));
        let shown =
            self.files.iter().enumerate().filter(|(place, (path, _))| !copies.contains(place) && is_shown(path));
        Ok(shown.count())
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

/// Of the files at `places` that are no whole images, names the one that is listed first.
fn refuse_first_bad<T>(places: &[usize], images: &[Result<T>]) -> Result<()> {
    let bad = places.iter().zip(images).filter_map(|(place, image)| Some((place, image.as_ref().err()?)));
    match bad.min_by_key(|(place, _)| *place) {
        Some((_, error)) => bail!("{error:#}; replace or remove it, or leave such files out with --skip-bad"),
        None => Ok(()),
    }
}

/// Numbers for the names of images.
#[derive(Default)]
struct Names(HashMap<String, u32>);

impl Names {
    fn number(&mut self, name: String) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(name).or_insert(next)
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

/// Reads the images of the [`Parts`] of `dir` as the sides that `resize` says in three planes, red, green, blue; and a line on
/// each file that was left out because of `skip_bad`. Where there are no test images, the share `test` of the training images takes their place.
///
/// # Errors
///
/// As [`Parts::of`], [`Listing::of`] and [`Listing::read`], if there is one class only, a part has a class that `train` has not, or there is a mixed
/// image to score. Parts to score may lack classes. If too few images are left to train on.
pub fn load(dir: &Path, resize: impl Into<Resize>, skip_bad: bool, test: f64) -> Result<(Split, Vec<String>)> {
    load_first(dir, resize.into(), skip_bad, test, STRETCH, [None, None], &CacheSettings::off())
}

/// As [`load`], so many training images and so many test images, if there are limits, an image of each class in turn; no others are decoded, unless
/// test images are split off first. Of frames of a device that is done in stretches of `stretch` instead of [`STRETCH`].
///
/// # Errors
///
/// As [`load`], and if a limit exceeds the files there are, which is found out before any of them is decoded.
pub fn load_first(
    dir: &Path,
    resize: Resize,
    skip_bad: bool,
    test: f64,
    stretch: NonZeroU32,
    limits: [Option<usize>; 2],
    cache: &CacheSettings,
) -> Result<(Split, Vec<String>)> {
    let parts = Parts::of(dir, test)?;
    let mut train = Listing::of(&parts.train)?;
    refuse_one_class(&train)?;
    let part = |folder: &Option<PathBuf>| folder.as_ref().map(|folder| scored_part(folder, &train)).transpose();
    let (mut validation, mut tests) = (part(&parts.validation)?, part(&parts.test)?);
    // What is split off comes from all images.
    let [train_limit, test_limit] = if tests.is_some() { limits } else { [None, None] };
    let there = [(train_limit, Some(&train), "--train-limit"), (test_limit, tests.as_ref(), "--test-limit")];
    for (limit, listing, flag) in there {
        if let (Some(limit), Some(listing)) = (limit, listing) {
            check_limit(limit, listing.files.len(), flag)?;
        }
    }

    let (train_images, mut skipped) = train.read_in_turn(resize, skip_bad, train_limit, cache)?;
    let mut read = |listing: &mut Listing, limit| -> Result<(Dataset, usize)> {
        let (images, more) = listing.read_in_turn(resize, skip_bad, limit, cache)?;
        skipped.extend(more);
        let seen = listing.shown_in(&train, &images, &train_images)?;
        Ok((images, seen))
    };
    let tests = tests.as_mut().map(|tests| read(tests, test_limit)).transpose()?;
    let validation = validation.as_mut().map(|validation| read(validation, None)).transpose()?;
    let mut split = match tests {
        Some((images, seen)) => {
            let mut split = Split::new(train_images, images, train.classes.clone())?;
            split.seen_test_images += seen;
            split
        }
        None => Split::by_share(&train_images, test, stretch, train.classes.clone())?,
    };
    if let Some((images, seen)) = validation {
        split = split.with_validation(images)?;
        split.seen_validation_images += seen;
    }
    Ok((split, skipped))
}

/// The images in `folder`, none of which may be mixed, of the classes of `train`.
fn scored_part(folder: &Path, train: &Listing) -> Result<Listing> {
    let mut part = Listing::of(folder)?;
    part.refuse_mixed(folder)?;
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
