//! `host augment` of images with masks or objects: whatever belongs to an image is cut along the same box.

use std::path::Path;

use anyhow::{Result, anyhow};
use cutmix_core::{CutMix, Plan};
use rayon::prelude::*;
use serde::Serialize;

use super::copy::png_of;
use crate::data::labels::{LABELS, Share};
use crate::data::scenes::{
    ANNOTATIONS, Annotations, CLASSES, CocoImage, IMAGES, MASKS, Object, Scene, Scenes, YOLO, yolo,
};
use crate::files;
use crate::pipeline::{self, Mixing, Sample};
use crate::settings::{Augmentation, PartnersName, Resize, Size};
use crate::terminal::console::{Console, complain};
use crate::terminal::{bars, signals};

/// The columns of `labels.csv` before the box: the copy `file` shows `source`, and in its box what `partner` has there.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    source: &'a str,
    partner: &'a str,
}

/// Which copies to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copies {
    /// Copies of each image.
    pub(super) of_each: u32,
    /// Of boxes and partners.
    pub(super) seed: u64,
    /// Of all images.
    pub(super) resize: Resize,
    /// The share of an object that must be seen for the copy to have it.
    pub(super) visible: f64,
}

/// Objects of all copies.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    kept: usize,
    left_out: usize,
}

/// Reads the scenes in `source`, and writes copies of them to `destination`, in the same form.
///
/// # Errors
///
/// As [`Scenes::read`], and if a file cannot be written: `labels.csv` is not there then.
pub(super) fn run(source: &Path, destination: &Path, policy: CutMix, copies: Copies) -> Result<()> {
    let scenes = Scenes::read(source, copies.resize)?;
    if scenes.without_labels > 0 {
        complain(&format!("Images without a file in {YOLO}/, taken as without objects: {}", scenes.without_labels));
    }
    if let Annotations::Coco(coco) = &scenes.annotations
        && coco.outlines > 0
    {
        complain(&format!("Objects whose outlines are left out, since boxes alone are mixed: {}", coco.outlines));
    }
    let left = format!("{} is incomplete and without {LABELS}, so remove it before another try", destination.display());
    signals::when_stopped(&left);
    let mixing = Mixing { partners: PartnersName::RandomCycle, ..policy.into() };
    let count = write(&scenes, destination, &mixing, copies).map_err(|error| signals::explain(error, &left))?;
    let images = scenes.images.len() as u64 * u64::from(copies.of_each);
    let of_objects = match scenes.annotations {
        Annotations::None => String::new(),
        _ => format!(
            " Of their objects {} are there, and {} are not, since less than {} of each can be seen.",
            count.kept, count.left_out, copies.visible
        ),
    };
    Console::Person.say(&format!(
        "{images} images are in {0}/{IMAGES}, their boxes in {0}/{LABELS}.{of_objects}",
        destination.display()
    ));
    Ok(())
}

fn write(scenes: &Scenes, destination: &Path, mixing: &Mixing, copies: Copies) -> Result<Count> {
    let Copies { of_each, seed, resize: Resize { size, .. }, visible } = copies;
    let has_masks = scenes.scenes.iter().any(|scene| scene.mask.is_some());
    let folder = |name: &str| destination.join(name);
    files::make_folder(&folder(IMAGES))?;
    if has_masks {
        files::make_folder(&folder(MASKS))?;
    }
    if let Annotations::Yolo(classes) = &scenes.annotations {
        files::make_folder(&folder(YOLO))?;
        if let Some(classes) = classes {
            files::write_new(&folder(CLASSES), classes.as_bytes())?;
        }
    }
    let bar = bars::images(scenes.images.len() as u64 * u64::from(of_each));
    let mut table = csv::Writer::from_writer(Vec::new());
    let (mut count, mut annotated) = (Count::default(), Vec::new());
    for copy in 0..of_each {
        let mut samples = pipeline::epoch(
            &vec![0; scenes.images.len()],
            scenes.images.shape(),
            Some(mixing),
            Augmentation::default(),
            seed,
            copy,
        );
        samples.sort_unstable_by_key(|sample| sample.index);
        let written: Vec<Vec<Object>> = samples
            .par_iter()
            .map(|sample| {
                signals::check()?;
                let objects = write_copy(scenes, sample, destination, copy, size, visible)?;
                bar.inc(1);
                Ok::<_, anyhow::Error>(objects)
            })
            .collect::<Result<_>>()?;
        for (sample, objects) in samples.iter().zip(written) {
            let (plan, scene, partner) = parts(scenes, sample);
            let file = format!("{IMAGES}/{}-{copy}.png", scene.name);
            let line = Line { file: &file, source: &scene.name, partner: &partner.name };
            table.serialize((line, Share::of(plan)))?;
            let there = scene.objects.len() + if plan.patch().area() > 0 { partner.objects.len() } else { 0 };
            count.kept += objects.len();
            count.left_out += there - objects.len();
            annotated.push((format!("{}-{copy}.png", scene.name), objects));
        }
    }
    bar.finish_and_clear();
    if let Annotations::Coco(coco) = &scenes.annotations {
        let (width, height) = (size.width.into(), size.height.into());
        let images = annotated.into_iter().zip(1..);
        let images = images.map(|((file_name, objects), id)| (CocoImage { id, file_name, width, height }, objects));
        files::write_new(&folder(ANNOTATIONS), &coco.write(images.collect())?)?;
    }
    files::sync_all_in(destination)?;
    files::write(&folder(LABELS), &table.into_inner().map_err(|error| anyhow!("{error}"))?)?;
    Ok(count)
}

/// The box of a sample, the scene that it is pasted into, and that which it is cut from.
fn parts<'a>(scenes: &'a Scenes, sample: &Sample) -> (Plan, &'a Scene, &'a Scene) {
    let plan = sample.mix.plan().expect("CutMix alone was asked for");
    (plan, &scenes.scenes[sample.index], &scenes.scenes[plan.partner() as usize])
}

/// Writes a copy's image, mask and text, and returns the objects that can be seen on it.
fn write_copy(
    scenes: &Scenes,
    sample: &Sample,
    destination: &Path,
    copy: u32,
    size: Size,
    visible: f64,
) -> Result<Vec<Object>> {
    let (plan, scene, partner) = parts(scenes, sample);
    let name = format!("{}-{copy}", scene.name);
    files::write_new(&destination.join(IMAGES).join(format!("{name}.png")), &png_of(&scenes.images, sample)?)?;
    let (mask, objects) = scene.mixed(partner, plan, visible)?;
    if let Some(mask) = mask {
        files::write_new(&destination.join(MASKS).join(format!("{name}.png")), &mask.encode()?)?;
    }
    if let Annotations::Yolo(_) = scenes.annotations {
        let text = yolo::write(&objects, [size.width, size.height]);
        files::write_new(&destination.join(YOLO).join(format!("{name}.txt")), text.as_bytes())?;
    }
    Ok(objects)
}
