//! `labels.csv`, the table of what mixed images show.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use cutmix_core::{Label, Layout, Patch, Plan, Shape};
use serde::{Deserialize, Serialize};

use crate::files;

/// The table's name, in the folder of the class folders. It is written last: it is there when everything is.
pub const LABELS: &str = "labels.csv";

/// The columns that say what an image shows: `class_a`, and in the half-open box `x0..x1` × `y0..y1` of its own pixels
/// `class_b`. It keeps `kept` of its `total` pixels; `lambda` is their ratio, the weight of `class_a`, and the rest
/// that of `class_b`. Where it is 1 nothing of the partner shows.
#[derive(Serialize)]
pub struct Shown<'a> {
    class_a: &'a str,
    class_b: &'a str,
    lambda: f64,
    kept: u32,
    total: u32,
    x0: u16,
    y0: u16,
    x1: u16,
    y1: u16,
}

impl<'a> Shown<'a> {
    /// What `plan` makes of an image of the first class and a partner of the second.
    #[must_use]
    pub fn new(plan: Plan, [class_a, class_b]: [&'a str; 2]) -> Self {
        let patch = plan.patch();
        Self {
            class_a,
            class_b,
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
}

/// The columns without which a table is another program's.
const COLUMNS: [&str; 9] = ["file", "class_a", "class_b", "kept", "total", "x0", "y0", "x1", "y1"];

impl Row {
    /// Whether any pixel of the second class shows.
    #[must_use]
    pub const fn is_mixed(&self) -> bool {
        self.kept < self.total
    }

    /// The label of the middle square of the image, which has `width` × `height` pixels.
    ///
    /// # Errors
    ///
    /// If the box is none in such an image, or `kept` and `total` are not what it leaves.
    pub fn label(&self, classes: [u16; 2], width: u32, height: u32) -> Result<Label> {
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
        Ok(label_of_middle(shape, patch, classes))
    }
}

/// The table in `folder`, by the images' paths; none if there is no table, or one of another program with other
/// columns.
///
/// # Errors
///
/// If it cannot be read, a line lacks a value or has none of that kind, two lines are about one image, or a class has a name that no folder has.
pub fn read(folder: &Path) -> Result<HashMap<PathBuf, Row>> {
    let mut rows = HashMap::new();
    for row in read_rows::<Row>(folder, &COLUMNS)?.unwrap_or_default() {
        let table = folder.join(LABELS);
        ensure!(
            is_class_name(&row.class_b),
            "{} says that {} shows the class {:?}, which is not the name of a folder; put the table right",
            table.display(),
            row.file,
            row.class_b
        );
        if let Some(Row { file, .. }) = rows.insert(folder.join(&row.file), row) {
            bail!("{} has two lines for {file}; put the table right", table.display());
        }
    }
    Ok(rows)
}

/// Whether `name` can be that of a class: of one folder, and in a line of text that says nothing else to a terminal.
#[must_use]
pub fn is_class_name(name: &str) -> bool {
    !name.contains(|c: char| c.is_control() || c == '/')
        && is_within(Path::new(name))
        && Path::new(name).iter().count() == 1
}

/// Whether `path`, as a table names it, leads to something within the table's folder.
#[must_use]
pub fn is_within(path: &Path) -> bool {
    !path.as_os_str().is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// The lines of the table in `folder`, if it has these columns.
///
/// # Errors
///
/// As [`read`].
pub fn read_rows<R: for<'de> Deserialize<'de>>(folder: &Path, columns: &[&str]) -> Result<Option<Vec<R>>> {
    let path = folder.join(LABELS);
    let Some(bytes) = files::read_if_there(&path)? else { return Ok(None) };
    let mut table = csv::Reader::from_reader(&*bytes);
    let named = table.headers().map(|header| columns.iter().all(|column| header.iter().any(|name| name == *column)));
    if !named.unwrap_or(false) {
        return Ok(None);
    }
    let rows: Result<Vec<R>, _> = table.deserialize().collect();
    rows.map(Some).with_context(|| format!("{} is damaged; make it anew, or remove it", path.display()))
}

/// Left edge, top edge and side of the largest square in the middle of an image.
#[must_use]
pub fn middle(width: u32, height: u32) -> [u32; 3] {
    let side = width.min(height);
    [(width - side) / 2, (height - side) / 2, side]
}

/// The label of the middle square of an image of `shape` into which `patch` was pasted.
///
/// # Panics
///
/// Never: a square in an image is one, and so is a box in the square.
#[must_use]
pub fn label_of_middle(shape: Shape, patch: Patch, [first, second]: [u16; 2]) -> Label {
    let [left, top, side] = middle(shape.width().into(), shape.height().into()).map(|edge| edge as u16);
    let [x0, x1] = [patch.x0(), patch.x1()].map(|x| x.clamp(left, left + side) - left);
    let [y0, y1] = [patch.y0(), patch.y1()].map(|y| y.clamp(top, top + side) - top);
    let seen = Patch::new(x0, y0, x1, y1).expect("the edges stay in order");
    let square = Shape::new(side, side, 1, Layout::Hwc).expect("a part of an image");
    Plan::new(0, seen, square).expect("the box was clipped").label(first, second)
}
