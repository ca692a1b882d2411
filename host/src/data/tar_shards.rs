//! Images in tar files, as `WebDataset` lays them out: `000001.jpg` beside `000001.cls`, which holds the number of the class.
//!
//! What a sample is called ends at the first dot of its name (<https://github.com/webdataset/webdataset>). Files are listed from their headers; images
//! are read later, one after the other as they lie in their shard.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use tar::Archive;

use super::class_folder::visible;
use super::image_file::EXTENSIONS;
use super::unread::Unread;
use crate::files;

/// How the name of a class's file ends.
const CLASS: &str = "cls";

/// A tar file is made of blocks of so many bytes.
const BLOCK: u64 = 512;

/// Bytes of a class's file at most: five digits and the end of a line, with room for blanks.
const CLASS_BYTES: u64 = 16;

/// Where an image lies in a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The tar file.
    shard: PathBuf,
    /// Its first byte.
    at: u64,
    /// Bytes.
    pub length: u64,
    /// When the shard was changed last, in nanoseconds since 1970.
    pub modified: u64,
}

impl Packed {
    /// The image's file.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn read(&self) -> Result<Vec<u8>> {
        files::read_part(&self.shard, self.at, self.length)
    }
}

/// An image of a shard: its path, as if the shard were a folder, the name of its class, and where it lies.
pub type PackedImage = (PathBuf, String, Packed);

/// The shards in `root`, in the order of their names; none if it holds none.
///
/// # Errors
///
/// If it cannot be read.
pub fn shards(root: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = visible(root)?;
    paths.retain(|path| path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("tar")) && path.is_file());
    Ok(paths)
}

/// The images in `shards`, and in `unread` all files that are neither an image nor a class.
///
/// # Errors
///
/// If a shard is no whole tar file, a sample lacks its image or its class, or has two of them; the message names it.
pub(super) fn list(shards: &[PathBuf], unread: &mut Unread) -> Result<Vec<PackedImage>> {
    let mut images = Vec::new();
    for shard in shards {
        list_shard(shard, &mut images, unread).with_context(|| format!("the shard {}", shard.display()))?;
    }
    Ok(images)
}

/// What was found of a sample so far.
#[derive(Default)]
struct Sample {
    image: Option<(PathBuf, Packed)>,
    class: Option<String>,
}

/// What a file is called in its shard, without what says nothing: two names of one file must not look like two files.
fn name_of(path: &Path) -> Result<String> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => {
                parts.push(part.to_str().with_context(|| format!("{} has no UTF-8 name", path.display()))?);
            }
            _ => bail!("{} leads out of the shard; pack it without that", path.display()),
        }
    }
    Ok(parts.join("/"))
}

fn list_shard(shard: &Path, images: &mut Vec<PackedImage>, unread: &mut Unread) -> Result<()> {
    let (whole, modified) = files::length_and_time(shard)?;
    let mut archive = Archive::new(BufReader::new(File::open(shard)?));
    // By name, so that the order is that of the names even where the files of a sample lie apart.
    let mut samples: BTreeMap<String, Sample> = BTreeMap::new();
    let mut end = 0;
    for entry in archive.entries_with_seek()? {
        let mut entry = entry.context("it is no whole tar file; fetch it again")?;
        let (at, length) = (entry.raw_file_position(), entry.size());
        let path = entry.path()?.into_owned();
        // A header may declare any length.
        end = length.checked_next_multiple_of(BLOCK).and_then(|length| at.checked_add(length)).unwrap_or(u64::MAX);
        ensure!(at.saturating_add(length) <= whole, "it is cut off within {}; fetch it again", path.display());
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = name_of(&path)?;
        let file = name.rfind('/').map_or(0, |slash| slash + 1);
        let Some((key, ending)) = name[file..].split_once('.').filter(|(key, _)| !key.is_empty()) else {
            unread.add(&path);
            continue;
        };
        let (key, ending) = (format!("{}{key}", &name[..file]), ending.to_lowercase());
        if ending == CLASS {
            let mut text = String::new();
            entry.by_ref().take(CLASS_BYTES).read_to_string(&mut text).with_context(|| format!("{name} is no text"))?;
            let class = text.trim().parse::<u16>().ok().filter(|_| length <= CLASS_BYTES);
            let class =
                class.with_context(|| format!("{name} holds no number of a class, 0 to 65535, but {text:?}"))?;
            let before = samples.entry(key).or_default().class.replace(class.to_string());
            ensure!(before.is_none(), "{name} is there twice; remove one");
        } else if EXTENSIONS.contains(&ending.as_str()) {
            let packed = Packed { shard: shard.to_owned(), at, length, modified };
            if let Some((other, _)) = samples.entry(key).or_default().image.replace((name.clone().into(), packed)) {
                bail!("{} and {name} are images of one sample; remove one", other.display());
            }
        } else {
            unread.add(&path);
        }
    }
    // Zeros end a tar file. Without them, samples may be missing, and nothing else would show it.
    ensure!(end.saturating_add(BLOCK) <= whole, "it is cut off behind its last file; fetch it again");
    ensure!(!samples.is_empty(), "it holds no image; remove it, or fetch it again");
    for (key, sample) in samples {
        match sample {
            Sample { image: Some((path, packed)), class: Some(class) } => {
                images.push((shard.join(path), class, packed));
            }
            Sample { image: None, .. } => bail!("{key}.{CLASS} has no image beside it ({})", EXTENSIONS.join(", ")),
            Sample { class: None, .. } => {
                bail!("the image {key} has no {key}.{CLASS} beside it, with the number of its class")
            }
        }
    }
    Ok(())
}
