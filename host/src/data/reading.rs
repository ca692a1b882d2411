//! The images of a listing, decoded or from the cache of those that were.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use rayon::prelude::*;

use super::cache::{self, Add, Chosen, Decoded, FileKey, Key};
use super::dataset::{Contents, Dataset};
use super::digest::Digest;
use super::image_file::{open_resized, read_resized};
use super::in_turn::in_turn;
use super::listing::Listing;
use super::region::Region;
use crate::files;
use crate::settings::{CacheSettings, Resize};
use crate::terminal::{bars, signals};

/// Pixels of the images that are decoded at a time, in bytes: few enough to stop soon after a broken one, enough for every thread.
const BYTES_AT_A_TIME: usize = 64 << 20;

impl Listing {
    /// Decodes all images to the sides that `resize` says by [`decode`](super::image_file::decode), on all cores. Images keep their order and the bytes are
    /// the same whatever the number of threads, and whether they are decoded or come from `cache`.
    ///
    /// With `skip_bad`, a file that is not a whole image is left out, and its name with what is wrong comes back; the
    /// files that are left are those of `self.files` afterwards, one an image.
    ///
    /// # Errors
    ///
    /// If a file is not a whole image, and `skip_bad` is not set; the message names the first such file. If every image
    /// of a class was left out. If there are no images of that size. If the table [`LABELS`](super::labels::LABELS) does not describe an image. If the cache cannot be read or written.
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

    /// What the image at `place` shows, with `region` of it that of another one.
    fn contents(&self, place: usize, region: Option<Region>, names: &mut Names) -> Contents {
        let (path, class) = &self.files[place];
        let second = region.and_then(|_| self.second_class(path)).unwrap_or(*class);
        let origins = self.origins(path).map(|origin| origin.map(|name| names.number(name)));
        Contents { classes: [*class, second], region, origins }
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
