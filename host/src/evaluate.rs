//! Scores the networks of a finished run again, class by class.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;

use crate::data::Split;
use crate::device::{self, DeviceChoice};
use crate::finished::{Choice, Network};
use crate::progress::Console;
use crate::train::{Arm, Score, evaluate};

/// `host evaluate`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Which networks: all of the run, unless told otherwise.
    #[command(flatten)]
    choice: Choice,
    /// Score the test images in this folder, instead of those that the run was scored on
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to compute [default: what the run asked for]
    #[arg(long, value_enum)]
    device: Option<DeviceChoice>,
    /// Print a JSON array on standard output, a network an element
    #[arg(long)]
    json: bool,
}

/// What a network does on the test images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How it was trained.
    pub arm: Arm,
    /// The seed that it was trained with.
    pub seed: u64,
    /// The device that computed this.
    pub device: String,
    /// Test images.
    pub images: usize,
    /// Over all of them.
    pub test: Score,
    /// One entry a class, in the order of the network's outputs.
    pub classes: Vec<ClassReport>,
    /// Test images of class r that were taken for class c, in row r and column c.
    pub confusion: Vec<Vec<u32>>,
}

/// What a network makes of one class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassReport {
    /// Its name.
    pub class: String,
    /// Test images of it.
    pub images: u32,
    /// Share of them that are taken for it; none where there are none.
    pub recall: Option<f64>,
    /// Share of the images taken for it that are of it; none where none was taken for it.
    pub precision: Option<f64>,
    /// The other class that its images are most often taken for, and how many are.
    pub taken_for: Option<(String, u32)>,
}

impl Args {
    /// Scores what was chosen, and prints the tables.
    ///
    /// # Errors
    ///
    /// If a network is not trained to its end or cannot be loaded, the images are missing or of other classes, or the
    /// device is not there.
    pub fn run(self) -> Result<()> {
        let networks = self.choice.all()?;
        let first = networks.first().context("a run without networks")?;
        let mut config = first.config.clone();
        if self.data.is_some() {
            // The run's limits are about the run's images.
            (config.data, config.train_limit, config.test_limit) = (self.data, None, None);
        }
        let source = config.load_data()?;
        let device = device::select(self.device.unwrap_or(config.device))?;
        let mut reports = Vec::new();
        for network in &networks {
            // Whatever was held out is not looked at here.
            let report = report(network, &source.split(0.0, network.seed), &device)?;
            if !self.json {
                Console::Person.say(&table(&report, &network.title()));
            }
            reports.push(report);
        }
        if self.json {
            Console::Person.say(&serde_json::to_string_pretty(&reports)?);
        }
        Ok(())
    }
}

/// Scores `network` on the test images of `split`.
///
/// # Errors
///
/// If the images are of other classes or another size than it was trained on, it cannot be loaded, or the device fails.
pub fn report(network: &Network, split: &Split, device: &device::Selected) -> Result<Report> {
    let Network { info, seed, arm, .. } = network;
    if let Some(class) = split.classes.iter().find(|class| !info.classes.contains(class)) {
        bail!(
            "there are images of the class {class:?}, which the network does not know; give it images of its own classes"
        );
    }
    ensure!(
        split.classes == info.classes,
        "the images are of {} classes, and the network knows {}; give it images of its own classes, in the same order",
        split.classes.len(),
        info.classes.len()
    );
    let (shape, [width, height]) = (split.test.shape(), info.size);
    ensure!(
        [shape.width(), shape.height()] == info.size,
        "the network takes {width}×{height} pixels, and the images have {}×{}",
        shape.width(),
        shape.height()
    );
    let model = network.load(&device.device)?;
    let evaluation = evaluate(&model, &split.test, info.classes.len(), &info.normalization, &device.device)?;
    let confusion = evaluation.confusion(&split.test, info.classes.len());
    Ok(Report {
        arm: *arm,
        seed: *seed,
        device: device.name.clone(),
        images: split.test.len(),
        test: evaluation.score,
        classes: by_class(&info.classes, &confusion),
        confusion,
    })
}

/// What a confusion matrix, test images of class r that were taken for class c in row r and column c, says of each class.
#[must_use]
pub fn by_class(classes: &[String], confusion: &[Vec<u32>]) -> Vec<ClassReport> {
    let share = |part: u32, of: u32| (of > 0).then(|| f64::from(part) / f64::from(of));
    let of_class = |(class, row): (usize, &Vec<u32>)| {
        let images = row.iter().sum();
        let predicted = confusion.iter().map(|row| row[class]).sum();
        // Of several as frequent, the first one.
        let others = row.iter().enumerate().filter(|&(other, &count)| other != class && count > 0);
        let taken_for = others.rev().max_by_key(|&(_, count)| count);
        ClassReport {
            class: classes[class].clone(),
            images,
            recall: share(row[class], images),
            precision: share(row[class], predicted),
            taken_for: taken_for.map(|(other, &count)| (classes[other].clone(), count)),
        }
    };
    confusion.iter().enumerate().map(of_class).collect()
}

fn table(report: &Report, title: &str) -> String {
    let Report { images, test, classes, device, .. } = report;
    let width = classes.iter().map(|class| class.class.chars().count()).max().unwrap_or(0).max("class".len());
    let mut table = format!(
        "{title}: accuracy {:.2} %, loss {:.3}, on {images} test images ({device})\n\n{:<width$} {:>7} {:>9} {:>11}  most \
         often taken for\n",
        100.0 * test.accuracy,
        test.loss,
        "class",
        "images",
        "recall",
        "precision",
    );
    for ClassReport { class, images, recall, precision, taken_for } in classes {
        let taken_for = taken_for.as_ref().map_or("–".to_owned(), |(other, count)| format!("{other} ({count})"));
        let (recall, precision) = (percent(*recall), percent(*precision));
        let _ = writeln!(table, "{class:<width$} {images:>7} {recall:>9} {precision:>11}  {taken_for}");
    }
    table
}

/// `62.0 %`, or a dash where there is no such share.
#[must_use]
pub fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}
