//! `labels.csv`, the table of what mixed images show.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use cutmix_core::{Layout, Patch, Plan, Shape};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::origin::Origin;
use super::region::Region;
use super::table;
use crate::files;
use crate::settings::Resize;

/// The table's name, in the folder of the class folders. It is written last: it is there when everything is.
pub const LABELS: &str = "labels.csv";

/// The columns that say which classes an image shows: `class_a`, and in the box `class_b`.
#[derive(Serialize)]
pub struct Classes<'a> {
    class_a: &'a str,
    class_b: &'a str,
}

/// The columns that say where: in the half-open box `x0..x1` × `y0..y1` of its own pixels an image shows its partner. It keeps `kept` of its `total`
/// pixels; `lambda` is their ratio, the weight of `class_a`, and the rest that of `class_b`. Where it is 1 nothing of the partner shows.
#[derive(Serialize)]
pub struct Share {
    lambda: f64,
    kept: u32,
    total: u32,
    x0: u16,
    y0: u16,
    x1: u16,
    y1: u16,
}

impl Share {
    /// What `plan` leaves of an image.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        let patch = plan.patch();
        Self {
            lambda: f64::from(plan.kept()) / f64::from(plan.total()),
            kept: plan.kept(),
            total: plan.total(),
            x0: patch.x0(),
            y0: patch.y0(),
            x1: patch.x1(),
            y1: patch.y1(),
        }
    }
}

/// What `plan` makes of an image of the first class and a partner of the second, as columns.
#[must_use]
pub fn shown(plan: Plan, [class_a, class_b]: [&str; 2]) -> (Classes<'_>, Share) {
    (Classes { class_a, class_b }, Share::of(plan))
}

/// One line, as it is read. Other columns are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// Path of the image in the table's folder, with slashes.
    pub file: String,
    /// Class of the image.
    pub class_a: String,
    /// Class of what is in the box.
    pub class_b: String,
    /// Pixels outside the box.
    pub kept: u32,
    /// All pixels.
    pub total: u32,
    x0: u16,
    y0: u16,
    x1: u16,
    y1: u16,
    /// Image that it was made of: where `augment` wrote the table.
    source: Option<String>,
    /// Image, or number of the frame, that is in the box.
    partner: Option<String>,
    /// Number of the frame that it was made of, and seed of its session.
    number: Option<u64>,
    seed: Option<u64>,
    /// The same of the partner, where `augment` wrote the table.
    partner_number: Option<u64>,
    partner_seed: Option<u64>,
}

/// The columns without which a table is another program's.
const COLUMNS: [&str; 9] = ["file", "class_a", "class_b", "kept", "total", "x0", "y0", "x1", "y1"];

impl Row {
    /// Whether any pixel of the second class shows.
    #[must_use]
    pub const fn is_mixed(&self) -> bool {
        self.kept < self.total
    }

    /// Whether `name`, of an image without a line, is one that only the program that wrote the table gives: so the line is missing.
    #[must_use]
    pub fn should_list(&self, name: &str) -> bool {
        let Some((stem, "png")) = name.rsplit_once('.') else { return false };
        let is_number =
            |text: &str, digits: usize| text.len() >= digits && text.bytes().all(|byte| byte.is_ascii_digit());
        match stem.split_once('-') {
            Some((image, copy)) => self.source.is_some() && is_number(image, 6) && is_number(copy, 1),
            None => self.source.is_none() && self.number.is_some() && is_number(stem, 6),
        }
    }

    /// What the image was made of: the same for the same image, whatever it was mixed with.
    #[must_use]
    pub fn origins(&self) -> [Origin<String>; 2] {
        let frame = |seed: Option<u64>, number: Option<u64>| {
            number.map(|number| Origin::Frame { seed: seed.unwrap_or_default(), number })
        };
        let image = |path: &String| Origin::Image(own_name(path).to_owned());
        let own = frame(self.seed, self.number).unwrap_or_else(|| image(self.source.as_ref().unwrap_or(&self.file)));
        let partner = self.partner.as_ref().filter(|partner| self.is_mixed() && !partner.is_empty());
        let partner = partner.map(|partner| match &self.source {
            Some(_) => frame(self.partner_seed, self.partner_number).unwrap_or_else(|| image(partner)),
            None => frame(self.seed, partner.parse().ok()).unwrap_or_else(|| image(partner)),
        });
        [own.clone(), partner.unwrap_or(own)]
    }

    /// Where the image, which has `width` × `height` pixels, shows the second class after it was resized; none where it does not.
    ///
    /// # Errors
    ///
    /// If the box is none in such an image, or `kept` and `total` are not what it leaves.
    pub fn region(&self, width: u32, height: u32, resize: Resize) -> Result<Option<Region>> {
        let Self { file, kept, total, x0, y0, x1, y1, .. } = self;
        let plan = || {
            let shape = Shape::new(u16::try_from(width)?, u16::try_from(height)?, 1, Layout::Hwc)?;
            let plan = Plan::new(0, Patch::new(*x0, *y0, *x1, *y1)?, shape)?;
            ensure!(
                (plan.kept(), plan.total()) == (*kept, *total),
                "its box leaves {} of {} pixels, not {kept} of {total}",
                plan.kept(),
                plan.total()
            );
            Ok((shape, plan.patch()))
        };
        let (shape, patch) = plan()
            .with_context(|| format!("{LABELS} does not describe {file}, an image of {width}×{height} pixels"))?;
        Ok(Region::of(shape, patch, resize))
    }
}

/// The columns that only a table of ours has: beside them, none may be missing.
const TELLTALE: [&str; 3] = ["file", "class_a", "class_b"];

/// The table in `folder`, by the images' paths; none if there is no table, or one of another program with other
/// columns.
///
/// # Errors
///
/// If it cannot be read, a line lacks a value or has none of that kind, two lines are about one image, an image lies elsewhere, or a class has a
/// name that no folder has.
pub fn read(folder: &Path) -> Result<Option<HashMap<PathBuf, Row>>> {
    let Some(rows) = read_rows::<Row>(folder, &COLUMNS, &TELLTALE)? else { return Ok(None) };
    let path_of = |file: &str| {
        let path = folder.join(file);
        // As another system writes it, unless there is a file with such a name.
        if path.exists() { path } else { folder.join(file.replace('\\', "/")) }
    };
    let table = folder.join(LABELS);
    let mut by_path = HashMap::new();
    for row in rows {
        let Row { file, class_a, class_b, .. } = &row;
        ensure!(is_within(file), "{} has a line for {file:?}, which is not in its folder", table.display());
        if let Some(class) = [class_a, class_b].into_iter().find(|class| !is_class_name(class)) {
            bail!(
                "{} says that {file} shows the class {class:?}, which is not the name of a folder; put the table right",
                table.display()
            );
        }
        if let Some(Row { file, .. }) = by_path.insert(path_of(file), row) {
            bail!("{} has two lines for {file}; put the table right", table.display());
        }
    }
    Ok(Some(by_path))
}

/// Whether `name` can be that of a class: of one folder, and in a line of text that says nothing else to a terminal.
#[must_use]
pub fn is_class_name(name: &str) -> bool {
    let path = Path::new(name);
    !name.contains(|c: char| c.is_control() || c == '/')
        && path.components().all(|part| matches!(part, Component::Normal(_)))
        && path.components().count() == 1
}

/// Whether `file`, as a table names it, leads to something within the table's folder, with the slashes of any system, and can stand in a line of text.
#[must_use]
pub fn is_within(file: &str) -> bool {
    let file = file.replace('\\', "/");
    !file.is_empty()
        && !file.contains(char::is_control)
        && Path::new(&file).components().all(|part| matches!(part, Component::Normal(_)))
}

/// The lines of the table in `folder`, if it has these `columns`; where it has the `telltale` ones alone, it is damaged.
///
/// # Errors
///
/// As [`read`].
pub fn read_rows<R: DeserializeOwned>(folder: &Path, columns: &[&str], telltale: &[&str]) -> Result<Option<Vec<R>>> {
    let path = folder.join(LABELS);
    let Some(bytes) = files::read_if_there(&path)? else { return Ok(None) };
    let rows = table::rows(&bytes, columns, telltale);
    rows.with_context(|| format!("{} is damaged; make it anew, or remove it", path.display()))
}

/// The name of an image of a data set in its folder of classes: `augment` may have read that folder or the one above.
fn own_name(path: &str) -> &str {
    path.strip_prefix("train/").unwrap_or(path)
}
