//! Decoded images in a file, so that they are decoded once, and need not all fit into memory.
//!
//! The file begins with the bytes of all images, one after the other. Behind them comes what they were made of, in postcard's encoding, then the length
//! and the CRC-32 of that, and [`MAGIC`]. It is renamed into place when it is whole. Whoever reads it compares what it was made of, and by which
//! decoders, with what is there now, and each image with its checksum: so nothing is read that is not what decoding would give, as long as a file that
//! changes changes its length or its time.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cutmix_core::Shape;
use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::store::Store;
use crate::files::{self, PartFile};
use crate::settings::{CachePlace, CacheSettings, Fit, Resize};
use crate::terminal::console::complain;
use crate::terminal::signals;

/// The last bytes of a cache; the digit is the version of what stands before them.
const MAGIC: [u8; 8] = *b"CutMix 1";

/// Length of the index, its checksum, [`MAGIC`].
const END: usize = 8 + 4 + MAGIC.len();

/// Sets of so many bytes are decoded within seconds, and not worth a file unless a folder for it was named.
const LEAST: usize = 64 << 20;

/// What decides which pixels a file becomes: the versions of all crates, and the code here. With another one of them, images are decoded anew.
const DECODERS: [&[u8]; 6] = [
    include_bytes!("../../../Cargo.lock"),
    include_bytes!("image_file.rs"),
    include_bytes!("jpeg.rs"),
    include_bytes!("placement.rs"),
    include_bytes!("planes.rs"),
    include_bytes!("resize.rs"),
];

/// What decoded images were made of.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Width, height and channels that they were resized to.
    sides: [u16; 3],
    /// 0 to 2, as [`Fit`] has them.
    fit: u8,
    /// Checksum of [`DECODERS`].
    decoders: u32,
    /// Whether files that are no images were left out.
    skip_bad: bool,
    /// How they were chosen from the files.
    pub chosen: Chosen,
    /// All files that there were, in their order.
    files: Vec<FileKey>,
}

/// Which of the files are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chosen {
    /// All of them.
    All,
    /// So many, one of each class in turn.
    InTurn(u64),
}

/// By what a file is known again.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileKey {
    /// Its path in the folder of the data set.
    pub path: String,
    /// Number of its class.
    pub class: u16,
    /// Its length in bytes.
    pub length: u64,
    /// When it was changed last, in nanoseconds since 1970.
    pub modified: u64,
}

impl Key {
    /// Of `files` of which `chosen` are resized.
    #[must_use]
    pub fn new(resize: Resize, skip_bad: bool, chosen: Chosen, files: Vec<FileKey>) -> Self {
        let fit = match resize.fit {
            Fit::Crop => 0,
            Fit::Pad => 1,
            Fit::Stretch => 2,
        };
        let mut decoders = crc32fast::Hasher::new();
        for source in DECODERS {
            decoders.update(source);
        }
        let sides = [resize.size.width, resize.size.height, resize.channels];
        Self { sides, fit, decoders: decoders.finalize(), skip_bad, chosen, files }
    }
}

/// What came of decoding files, which are called by their places in a listing.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoded {
    /// Place, width and height of each image, in the order of the store.
    pub images: Vec<(u32, [u32; 2])>,
    /// What is wrong with those that are no images.
    pub bad: BTreeMap<u32, String>,
}

#[derive(Serialize, Deserialize)]
struct Index {
    key: Key,
    decoded: Decoded,
    digests: Vec<Digest>,
}

/// Takes an image with its digest.
pub type Add<'a> = dyn FnMut(&[u8], Digest) -> Result<()> + 'a;

/// The images of a data set's folder `root` that `decode` decodes, at most `images` of `shape`: from the cache, if it has them, else by `decode`, which
/// gives them away one by one; and then they are there for the next time. `key` says what they are made of.
///
/// # Errors
///
/// What `decode` reports, and if the cache cannot be written.
pub fn images(
    settings: &CacheSettings,
    root: &Path,
    shape: Shape,
    images: usize,
    key: impl FnOnce() -> Result<Key>,
    decode: impl FnOnce(&mut Add) -> Result<Decoded>,
) -> Result<(Store, Decoded)> {
    let bytes = images * shape.len();
    let folder = match &settings.place {
        CachePlace::Off => None,
        CachePlace::User => (bytes >= LEAST).then(user_folder).transpose()?,
        CachePlace::In(folder) => Some(folder.clone()),
    };
    let Some(folder) = folder else {
        let mut store = Store::with_capacity(shape, images);
        let decoded = decode(&mut |image, digest| {
            store.push(image, digest);
            Ok(())
        })?;
        return Ok((store, decoded));
    };
    let key = key()?;
    files::make_folder(&folder)?;
    let path = folder.join(name(root, &key));
    // Who comes second waits, and finds the file.
    let told = Cell::new(false);
    let wait = || {
        if !told.replace(true) {
            complain(&format!("Waiting for another process, which decodes these images into {}", path.display()));
        }
        signals::check()
    };
    let _lock = files::open_locked_in_turn(&path.with_extension("lock"), wait)?;
    let in_memory = bytes <= (settings.in_memory as usize) << 20;
    let hold = |(store, decoded): (Store, Decoded)| Ok((if in_memory { store.into_memory()? } else { store }, decoded));
    if let Some(found) = read(&path, &key, shape)? {
        match hold(found) {
            Ok(whole) => return Ok(whole),
            Err(error) => complain(&format!("{error:#}. It is made anew now.")),
        }
    }
    complain(&format!("Decoding {images} images into {}", path.display()));
    hold(write(&path, key, shape, decode)?)
}

/// Where programs of this user leave what can be made again.
fn user_folder() -> Result<PathBuf> {
    let folders = etcetera::choose_base_strategy().context(
        "this user has no folder for caches, since there is no home folder; name a folder for decoded images with --cache, or hold them in memory with --no-cache",
    )?;
    Ok(folders.cache_dir().join("cutmix"))
}

/// A name for each folder of a data set and each size: so a cache takes the place of the one that is out of date.
fn name(root: &Path, key: &Key) -> String {
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    let [width, height, channels] = key.sides;
    let told_apart = format!("{} {channels} {} {} {:?}", root.display(), key.fit, key.skip_bad, key.chosen);
    let digest = md5::compute(told_apart.as_bytes());
    let of = |path: Option<&Path>| path.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let [above, folder] = [of(root.parent()), of(Some(&root))];
    format!("{above}-{folder}-{width}x{height}-{digest:x}.images")
}

/// What the cache at `path` holds; none if there is none, it is of other images, or damaged.
fn read(path: &Path, key: &Key, shape: Shape) -> Result<Option<(Store, Decoded)>> {
    let Some(file) = files::open_if_there(path)? else { return Ok(None) };
    let Some(Index { key: made_of, decoded, digests }) = read_index(path, &file, shape)? else {
        complain(&format!("The cache {} is damaged, and made anew.", path.display()));
        return Ok(None);
    };
    Ok((made_of == *key).then(|| (Store::in_file(shape, file, path.to_owned(), digests), decoded)))
}

fn read_index(path: &Path, file: &File, shape: Shape) -> Result<Option<Index>> {
    let length = files::length(path)?;
    let mut end = [0; END];
    let Some(at) = length.checked_sub(END as u64) else { return Ok(None) };
    let cannot_read = || format!("cannot read {}", path.display());
    files::read_exact_at(file, &mut end, at).with_context(cannot_read)?;
    let (index_length, rest) = end.split_at(8);
    let (crc32, magic) = rest.split_at(4);
    let index_length = u64::from_le_bytes(index_length.try_into().unwrap_or_default());
    let Some(at) = at.checked_sub(index_length).filter(|_| magic == MAGIC) else { return Ok(None) };
    let mut bytes = vec![0; index_length as usize];
    files::read_exact_at(file, &mut bytes, at).with_context(cannot_read)?;
    if crc32 != crc32fast::hash(&bytes).to_le_bytes() {
        return Ok(None);
    }
    let index: Option<Index> = postcard::from_bytes(&bytes).ok();
    let fits = |index: &Index| {
        index.digests.len() == index.decoded.images.len() && (index.digests.len() * shape.len()) as u64 == at
    };
    Ok(index.filter(|index| index.key.sides != [shape.width(), shape.height(), shape.channels()] || fits(index)))
}

fn write(
    path: &Path,
    key: Key,
    shape: Shape,
    decode: impl FnOnce(&mut Add) -> Result<Decoded>,
) -> Result<(Store, Decoded)> {
    const REMEDY: &str = "the decoded images cannot be kept; make room, name another folder for them with --cache, or hold all of them in memory with --no-cache";
    let mut part = PartFile::create(path).context(REMEDY)?;
    let mut digests = Vec::new();
    let decoded = decode(&mut |image, digest| {
        digests.push(digest);
        part.write(image).context(REMEDY)
    })?;
    let index = Index { key, decoded, digests };
    let bytes = postcard::to_allocvec(&index).context("an index of images")?;
    let end = [&(bytes.len() as u64).to_le_bytes()[..], &crc32fast::hash(&bytes).to_le_bytes(), &MAGIC].concat();
    part.write(&bytes).and_then(|()| part.write(&end)).context(REMEDY)?;
    let file = part.publish().context(REMEDY)?;
    Ok((Store::in_file(shape, file, path.to_owned(), index.digests), index.decoded))
}
