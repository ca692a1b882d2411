//! `host augment`: mixed copies of a folder of images, as files, for whoever trains with something else.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use clap::Args;
use cutmix_core::CutMix;
use rayon::prelude::*;
use serde::Serialize;

use super::augment_scenes::{self, Copies};
use super::cache_args::CacheArgs;
use super::copy::png_of;
use crate::data::folder::Listing;
use crate::data::labels::{LABELS, shown};
use crate::data::scenes::Scenes;
use crate::data::{Dataset, Origin, is_part, report_skipped};
use crate::files;
use crate::pipeline::{self, Mixing, Sample};
use crate::settings::{Augmentation, CacheSettings, Fit, PartnersName, Resize, SIDE, Size};
use crate::terminal::console::Console;
use crate::terminal::{bars, signals};

/// What to mix, and where the copies go.
#[derive(Args, Clone, Debug)]
pub struct Augment {
    /// Folder with images in CLASS/, or in train/CLASS/; or with images/ and, beside it, masks/, YOLO's labels/, or COCO's annotations.json
    #[arg(value_name = "SRC")]
    pub source: PathBuf,
    /// Folder to write, new or empty: CLASS/IMAGE-COPY.png by the class of the first image, and labels.csv; or as SRC has it
    #[arg(value_name = "DST")]
    pub destination: PathBuf,
    /// Mixed copies of each image
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub copies: u32,
    /// λ ~ Beta(A, A)
    #[arg(long, value_name = "A", default_value_t = 0.25, allow_negative_numbers = true)]
    pub alpha: f32,
    /// Share of the copies that are mixed; the others are the image alone
    #[arg(long, value_name = "P", default_value_t = 1.0, allow_negative_numbers = true)]
    pub probability: f32,
    /// Seed of boxes and partners
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
    /// Size of the copies in pixels: a side, or two sides as in 96x64
    #[arg(long, value_name = "N|WxH", default_value_t = Size::square(SIDE))]
    pub size: Size,
    /// How images of other proportions become that
    #[arg(long, value_enum, default_value_t)]
    pub fit: Fit,
    /// Leave image files out that cannot be decoded, and list them
    #[arg(long)]
    pub skip_bad: bool,
    /// Where decoded images are kept.
    #[command(flatten)]
    pub cache: CacheArgs,
    /// Of an object, the share that must be seen for a copy to have it
    #[arg(long, value_name = "S", default_value_t = 0.5, allow_negative_numbers = true)]
    pub visible: f64,
}

/// The first columns of `labels.csv`, before those of [`shown`]: the copy `file` shows `source`, and in its box what `partner`
/// has there.
///
/// `file` is relative to the folder that was written, `source` and `partner` to the one that was read, all with slashes.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    source: &'a str,
    partner: &'a str,
}

/// Columns that follow where `import` made images of a device's frames: which frames they are, so that frames next to each other are held out
/// together. They are empty for images that are no frames.
#[derive(Serialize)]
struct Frames {
    number: Option<u64>,
    seed: Option<u64>,
    partner_number: Option<u64>,
    partner_seed: Option<u64>,
}

/// Path of an image in the folder that was read, with slashes, and what it is.
type Name = (String, Origin<String>);

impl Frames {
    fn of(own: &Origin<String>, partner: &Origin<String>) -> Self {
        let frame = |origin: &Origin<String>| match *origin {
            Origin::Frame { seed, number } => (Some(seed), Some(number)),
            Origin::Image(_) => (None, None),
        };
        let ((seed, number), (partner_seed, partner_number)) = (frame(own), frame(partner));
        Self { number, seed, partner_number, partner_seed }
    }
}

impl Augment {
    /// Reads the images, writes the copies, then `labels.csv`, and says so.
    ///
    /// Images are numbered in the order of [`Listing::files`]. Copy k is what [`pipeline::epoch`] makes of them in epoch k:
    /// every image once, and once as another one's partner, each box from (seed, k, number of the image).
    ///
    /// # Errors
    ///
    /// If the destination holds anything, a setting is not valid, or the images cannot be read; nothing is written then.
    /// If a file cannot be written, on a full disk say: `labels.csv` is not there then.
    pub fn run(&self) -> Result<()> {
        self.size.check()?;
        let policy = CutMix::new(self.alpha).context("--alpha")?;
        let policy = policy.with_probability(self.probability).context("--probability")?;
        files::refuse_unless_empty(&self.destination, "name another, or remove it first")?;
        ensure!(
            !is_inside(&self.destination, &self.source)?,
            "{} lies in {}, whose folders are classes, so the next run would take it for one; name a folder elsewhere",
            self.destination.display(),
            self.source.display()
        );

        if Scenes::are_in(&self.source) {
            return self.run_on_scenes(policy);
        }
        let root = root(&self.source);
        let mut listing = Listing::of(&root)?;
        ensure!(
            listing.first_mixed().is_none(),
            "{} says that images there are mixed already, and a copy shows two images, not four; remove those that are mixed",
            root.join(LABELS).display()
        );
        if let Some(part) = listing.classes.iter().find(|class| is_part(class)) {
            bail!(
                "{} looks like a part of a data set rather than a class; name the folder of the classes, or rename it",
                root.join(part).display()
            );
        }
        let resize = Resize { size: self.size, fit: self.fit, channels: 3 };
        let cache = CacheSettings { place: self.cache.given()?.unwrap_or_default(), ..CacheSettings::default() };
        let (images, skipped) = listing.read(resize, self.skip_bad, &cache)?;
        report_skipped(&skipped);
        ensure!(images.len() > 1, "{} holds a single image, and a partner must be another; add some", root.display());
        let name = |(path, _): &(PathBuf, u16)| Ok((relative(path, &self.source)?, listing.origins(path)[0].clone()));
        let names: Vec<Name> = listing.files.iter().map(name).collect::<Result<_>>()?;

        let left = format!(
            "{} is incomplete and without {LABELS}, so remove it before another try",
            self.destination.display()
        );
        signals::when_stopped(&left);
        let mixing = Mixing { partners: PartnersName::RandomCycle, ..policy.into() };
        self.write(&images, &listing.classes, &names, &mixing).map_err(|error| signals::explain(error, &left))?;
        Console::Person.say(&format!(
            "{} images are in {}, their labels in its {LABELS}.",
            images.len() as u64 * u64::from(self.copies),
            self.destination.display()
        ));
        Ok(())
    }

    fn run_on_scenes(&self, policy: CutMix) -> Result<()> {
        ensure!(
            !self.skip_bad,
            "--skip-bad leaves out images of classes; mend or remove those of {}",
            self.source.display()
        );
        ensure!((0.0..=1.0).contains(&self.visible), "--visible {} is no share; it must lie in 0 to 1", self.visible);
        let resize = Resize { size: self.size, fit: self.fit, channels: 3 };
        let copies = Copies { of_each: self.copies, seed: self.seed, resize, visible: self.visible };
        augment_scenes::run(&self.source, &self.destination, policy, copies)
    }

    fn write(&self, images: &Dataset, classes: &[String], names: &[Name], mixing: &Mixing) -> Result<()> {
        for class in classes {
            files::make_folder(&self.destination.join(class))?;
        }
        let has_frames = names.iter().any(|(_, origin)| matches!(origin, Origin::Frame { .. }));
        let bar = bars::images(images.len() as u64 * u64::from(self.copies));
        let mut table = csv::Writer::from_writer(Vec::new());
        let labels: Vec<u16> = images.labels().collect();
        for copy in 0..self.copies {
            let mut samples =
                pipeline::epoch(&labels, images.shape(), Some(mixing), Augmentation::default(), self.seed, copy);
            samples.sort_unstable_by_key(|sample| sample.index);
            let class = |index: usize| classes[usize::from(images.label(index))].as_str();
            let file = |index: usize| format!("{}/{index:06}-{copy}.png", class(index));
            samples.par_iter().try_for_each(|sample| {
                signals::check()?;
                files::write_new(&self.destination.join(file(sample.index)), &png_of(images, sample)?)?;
                bar.inc(1);
                Ok::<(), anyhow::Error>(())
            })?;
            for Sample { index, mix, .. } in samples {
                let plan = mix.plan().expect("CutMix alone was asked for");
                let partner = plan.partner() as usize;
                let [(source, own), (other, others)] = [&names[index], &names[partner]];
                let line = Line { file: &file(index), source, partner: other };
                let shown = shown(plan, [class(index), class(partner)]);
                if has_frames {
                    table.serialize((line, Frames::of(own, others), shown))?;
                } else {
                    table.serialize((line, shown))?;
                }
            }
        }
        bar.finish_and_clear();
        files::sync_all_in(&self.destination)?;
        files::write(&self.destination.join(LABELS), &table.into_inner().map_err(|error| anyhow!("{error}"))?)
    }
}

/// `source/train` if there are folders in it; else that name is a class's, and the classes are in `source` itself.
fn root(source: &Path) -> PathBuf {
    let train = source.join("train");
    let holds_folders = files::list(&train).is_ok_and(|entries| entries.iter().any(|path| path.is_dir()));
    if holds_folders { train } else { source.to_owned() }
}

/// Whether `path`, which may not be there yet, lies in `folder`.
fn is_inside(path: &Path, folder: &Path) -> Result<bool> {
    let absolute = |path: &Path| -> Result<PathBuf> {
        let whole = std::path::absolute(path).with_context(|| path.display().to_string())?;
        // Of what is there, without links; the rest follows.
        let there = whole.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(&whole);
        let real = there.canonicalize().with_context(|| there.display().to_string())?;
        Ok(real.join(whole.strip_prefix(there)?))
    };
    Ok(absolute(path)?.starts_with(absolute(folder)?))
}

/// `path`, which lies in `folder`, with slashes between its parts.
fn relative(path: &Path, folder: &Path) -> Result<String> {
    let parts = path.strip_prefix(folder)?.components().map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let parts: Option<Vec<&str>> = parts.collect();
    let parts =
        parts.with_context(|| format!("{} has no UTF-8 name, so no table can hold it; rename it", path.display()))?;
    Ok(parts.join("/"))
}
