//! A folder of images with their masks or objects.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use cutmix_core::Plan;
use rayon::prelude::*;

use super::coco::{ANNOTATIONS, Coco};
use super::mask::Mask;
use super::object::Object;
use super::yolo::{self, CLASSES, YOLO};
use crate::data::class_folder::{is_image, visible};
use crate::data::dataset::Dataset;
use crate::data::image_file::open_unturned;
use crate::data::placement::Placement;
use crate::files;
use crate::settings::Resize;
use crate::terminal::{bars, signals};

/// Folder of the images.
pub const IMAGES: &str = "images";

/// Folder of the masks, which are called as their images are.
pub const MASKS: &str = "masks";

/// An image's name, and what is on it, resized with it.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Name of its file, without the ending.
    pub name: String,
    /// If there are masks.
    pub mask: Option<Mask>,
    /// If there are annotations.
    pub objects: Vec<Object>,
    /// The part of the image that shows something: left, top, right and bottom edge in pixels.
    pub frame: [f64; 4],
}

impl Scene {
    /// What is on it once `plan` has been carried out with `partner`: its mask, and the objects of both of which at least the share `visible` can be seen.
    ///
    /// # Errors
    ///
    /// If a mask is of another size than the plan.
    pub fn mixed(&self, partner: &Self, plan: Plan, visible: f64) -> Result<(Option<Mask>, Vec<Object>)> {
        let mut mask = self.mask.clone();
        if let (Some(mask), Some(other)) = (&mut mask, &partner.mask) {
            mask.paste(other, plan)?;
        }
        let left = self.objects.iter().map(|object| (*object, object.left_of(self.frame, plan.patch())));
        let pasted = partner.objects.iter().map(|object| (*object, object.pasted_of(partner.frame, plan.patch())));
        let seen = left.chain(pasted).filter(|(_, seen)| seen.share > 0.0 && seen.share >= visible);
        Ok((mask, seen.map(|(object, seen)| Object { edges: seen.edges, ..object }).collect()))
    }
}

/// Images that are read at a time: few enough to stop soon after one that is wrong, enough for every thread.
const AT_A_TIME: usize = 256;

/// What objects were read from, and so what they are written to.
#[derive(Clone, Debug)]
pub enum Annotations {
    /// No objects.
    None,
    /// YOLO's text files, with the lines of `classes.txt`, if there is one.
    Yolo(Option<String>),
    /// COCO's file.
    Coco(Coco),
}

/// All images of a folder, and what is on them, in the order of their names.
#[derive(Clone, Debug)]
pub struct Scenes {
    /// Their pixels; labels say nothing.
    pub images: Dataset,
    /// What is on them.
    pub scenes: Vec<Scene>,
    /// Where objects come from.
    pub annotations: Annotations,
    /// Images without a text file, taken for ones without objects.
    pub without_labels: usize,
}

impl Scenes {
    /// Whether `folder` is such a folder, and not one of classes.
    #[must_use]
    pub fn are_in(folder: &Path) -> bool {
        folder.join(IMAGES).is_dir()
            && (folder.join(MASKS).is_dir() || folder.join(YOLO).is_dir() || folder.join(ANNOTATIONS).is_file())
    }

    /// Reads all that is in `folder`, resized.
    ///
    /// # Errors
    ///
    /// If there is no image, an image or its mask cannot be read, a mask, an image or its annotations are missing or of another size, two images or masks
    /// cannot go together, an image is turned by its EXIF data, or annotations are wrong; the message names the file.
    pub fn read(folder: &Path, resize: Resize) -> Result<Self> {
        let paths = images(&folder.join(IMAGES))?;
        let masks = folder.join(MASKS).is_dir().then(|| folder.join(MASKS));
        let annotations = annotations(folder, &paths)?;
        if let Some(masks) = &masks {
            check_names(masks, &paths, "an image")?;
        }
        if let Annotations::Yolo(_) = annotations {
            check_names(&folder.join(YOLO), &paths, "an image")?;
        }
        let shape = resize.shape()?;
        let mut images = Dataset::with_capacity(shape, paths.len());
        let bar = bars::images(paths.len() as u64);
        let open = |path: &PathBuf| -> Result<(Vec<u8>, Scene, bool)> {
            signals::check()?;
            let mut planes = vec![0; shape.len()];
            let size = open_unturned(path, resize, &mut planes)?;
            let (scene, has_labels) = scene(path, size, resize, folder, masks.as_deref(), &annotations)?;
            bar.inc(1);
            Ok((planes, scene, has_labels))
        };
        let mut read = Vec::with_capacity(paths.len());
        for paths in paths.chunks(AT_A_TIME) {
            // Of several that are wrong the first one is named, whichever thread found the other.
            let some: Vec<Result<_>> = paths.par_iter().map(open).collect();
            for image in some {
                read.push(image?);
            }
        }
        bar.finish_and_clear();
        let without_labels = read.iter().filter(|(_, _, has_labels)| !has_labels).count();
        let mut scenes: Vec<Scene> = Vec::with_capacity(read.len());
        for ((planes, scene, _), path) in read.into_iter().zip(&paths) {
            if let (Some(first), Some(mask)) = (scenes.first().and_then(|scene| scene.mask.as_ref()), &scene.mask) {
                ensure!(
                    mask.is_like(first),
                    "the mask of {} is of another kind than that of {}: other colors, channels or bits, so that their values mean something else",
                    path.display(),
                    paths[0].display()
                );
            }
            images.push(&planes, 0);
            scenes.push(scene);
        }
        Ok(Self { images, scenes, annotations, without_labels })
    }
}

/// The images in `folder`, sorted by their names, of which no two are alike but for the ending.
fn images(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for path in visible(folder)? {
        ensure!(!path.is_dir(), "{} lies in {IMAGES}/, which holds images only; move its images up", path.display());
        ensure!(is_image(&path), "{} is no image; remove it", path.display());
        paths.push(path);
    }
    ensure!(
        paths.len() > 1,
        "{} holds {} images, and a partner must be another; add some",
        folder.display(),
        paths.len()
    );
    let mut names = HashMap::new();
    for path in &paths {
        if let Some(other) = names.insert(stem(path)?, path) {
            anyhow::bail!(
                "{} and {} have one name, and so one mask or annotation; rename one",
                other.display(),
                path.display()
            );
        }
    }
    Ok(paths)
}

fn annotations(folder: &Path, images: &[PathBuf]) -> Result<Annotations> {
    let (labels, json) = (folder.join(YOLO), folder.join(ANNOTATIONS));
    ensure!(
        !(labels.is_dir() && json.is_file()),
        "{} has both {YOLO}/ and {ANNOTATIONS}; take one of them out of it",
        folder.display()
    );
    if labels.is_dir() {
        let classes = folder.join(CLASSES);
        return Ok(Annotations::Yolo(classes.is_file().then(|| files::read_text(&classes)).transpose()?));
    }
    if !json.is_file() {
        return Ok(Annotations::None);
    }
    let coco = Coco::read(&files::read_text(&json)?).with_context(|| json.display().to_string())?;
    let there: BTreeSet<&OsStr> = images.iter().filter_map(|path| path.file_name()).collect();
    for name in coco.images.keys().collect::<BTreeSet<_>>() {
        ensure!(
            there.contains(OsStr::new(name)),
            "{} names the image {name:?}, which is not in {IMAGES}/",
            json.display()
        );
    }
    Ok(Annotations::Coco(coco))
}

/// Checks that every file in `folder` belongs to an image.
fn check_names(folder: &Path, images: &[PathBuf], whose: &str) -> Result<()> {
    let names: BTreeSet<String> = images.iter().map(|path| stem(path)).collect::<Result<_>>()?;
    for path in visible(folder)? {
        ensure!(
            names.contains(&stem(&path)?),
            "{} belongs to no image in {IMAGES}/; add {whose} of that name, or remove it",
            path.display()
        );
    }
    Ok(())
}

/// What is on the image at `path`, which has `size` pixels, and whether anything is said of its objects.
fn scene(
    path: &Path,
    size: [u32; 2],
    resize: Resize,
    folder: &Path,
    masks: Option<&Path>,
    annotations: &Annotations,
) -> Result<(Scene, bool)> {
    let name = stem(path)?;
    let placement = Placement::of(resize, size[0], size[1]);
    let mask = masks.map(|masks| mask(&masks.join(format!("{name}.png")), path, size, &placement)).transpose()?;
    let mut has_labels = true;
    let objects = match annotations {
        Annotations::None => Vec::new(),
        Annotations::Yolo(classes) => {
            let file = folder.join(YOLO).join(format!("{name}.txt"));
            let classes =
                classes.as_ref().map(|classes| classes.lines().filter(|line| !line.trim().is_empty()).count());
            let text = files::read_if_there(&file)?.map(String::from_utf8).transpose();
            let text = text.with_context(|| format!("{} is no text", file.display()))?;
            has_labels = text.is_some();
            let objects = text.map(|text| yolo::read(&text, size, classes)).transpose();
            objects.with_context(|| file.display().to_string())?.unwrap_or_default()
        }
        Annotations::Coco(coco) => {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let (image, objects) = coco
                .images
                .get(file.as_ref())
                .with_context(|| format!("{} is not in {ANNOTATIONS}; add it there, or remove it", path.display()))?;
            ensure!(
                [image.width, image.height] == size,
                "{} has {}×{} pixels, and {}×{} in {ANNOTATIONS}",
                path.display(),
                size[0],
                size[1],
                image.width,
                image.height
            );
            objects.clone()
        }
    };
    let objects = objects.into_iter().map(|object| object.placed(&placement)).collect();
    let [x, y, width, height] = placement.to.map(f64::from);
    Ok((Scene { name, mask, objects, frame: [x, y, x + width, y + height] }, has_labels))
}

fn mask(path: &Path, image: &Path, size: [u32; 2], placement: &Placement) -> Result<Mask> {
    let bytes = files::read_if_there(path)?;
    let bytes = bytes.with_context(|| format!("{} has no mask {}; add it", image.display(), path.display()))?;
    let read = || Mask::decode(&bytes, size)?.placed(placement);
    read().with_context(|| format!("the mask {}", path.display()))
}

/// The name of a file without its ending.
fn stem(path: &Path) -> Result<String> {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    Ok(stem.with_context(|| format!("the name of {} is no text", path.display()))?.to_owned())
}
