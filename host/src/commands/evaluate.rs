//! `host evaluate`: scores the networks of a finished run again, class by class.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;

use super::choice::Choice;
use crate::data::{Dataset, Source, Split, load_tests};
use crate::experiment::Network;
use crate::network::device::{self, Selected};
use crate::pipeline::Loader;
use crate::ranks::Ranks;
use crate::results::{Calibration, ClassScores, Confusion, Score, Variant, by_class, percent};
use crate::settings::DeviceChoice;
use crate::terminal::console::Console;
use crate::training::{evaluate, evaluate_covered};

/// Which networks, on which images.
#[derive(clap::Args, Debug)]
pub struct Evaluate {
    /// Which networks: all of the run, unless told otherwise.
    #[command(flatten)]
    choice: Choice,
    /// Score the images in DIR/test/CLASS/, or in DIR/CLASS/, or the test images of CIFAR-10 or of a capture, instead of those that the run
    /// was scored on; classes may be missing
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to compute [default: what the run asked for]
    #[arg(long, value_enum)]
    device: Option<DeviceChoice>,
    /// Print a JSON array on standard output, a network an element
    #[arg(long)]
    json: bool,
}

/// On which images.
enum Images {
    /// Those that the run was scored on.
    OfRun(Source),
    /// Others, with the names of the classes that their labels count.
    Others(Arc<Dataset>, Vec<String>),
}

/// What a network does on the test images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkScores {
    /// How it was trained.
    #[serde(rename = "arm")]
    pub variant: Variant,
    /// The seed that it was trained with.
    pub seed: u64,
    /// The device that computed this.
    pub device: String,
    /// Test images.
    pub images: usize,
    /// Over all of them.
    pub test: Score,
    /// The same with the middle of each covered, half as wide and half as high.
    pub covered: Score,
    /// Expected calibration error, 0 to 1.
    pub calibration_error: f64,
    /// One entry a class, in the order of the network's outputs.
    pub classes: Vec<ClassScores>,
    /// Test images of class r that were predicted as class c.
    pub confusion: Confusion,
}

impl Evaluate {
    /// Scores what was chosen, and prints the tables.
    ///
    /// # Errors
    ///
    /// If a network is not trained to its end or cannot be loaded, the images are missing or of other classes, or the
    /// device is not there.
    pub fn run(self) -> Result<()> {
        let networks = self.choice.all()?;
        let first = networks.first().context("a run without networks")?;
        let mut settings = first.settings.data.clone();
        // Whatever was held out is not looked at here.
        settings.validation = 0.0;
        let device = device::select(self.device.unwrap_or(first.settings.run.device))?;
        let images = match self.data {
            Some(dir) => {
                let classes = &first.info.classes;
                Images::Others(load_tests(&dir, &settings, classes)?, classes.clone())
            }
            None => Images::OfRun(Source::open(&settings, first.settings.run.seed)?),
        };
        let mut all = Vec::new();
        for network in &networks {
            let scores = match &images {
                Images::OfRun(source) => {
                    let Split { test, classes, .. } =
                        source.split(settings.validation, settings.stretch, network.seed)?;
                    score(network, &test, &classes, &device)?
                }
                Images::Others(test, classes) => score(network, test, classes, &device)?,
            };
            if !self.json {
                Console::Person.say(&table(&scores, &network.title()));
            }
            all.push(scores);
        }
        if self.json {
            Console::Person.say(&serde_json::to_string_pretty(&all)?);
        }
        Ok(())
    }
}

/// Scores `network` on `test`, of the classes called `classes`.
///
/// # Errors
///
/// If the images are of other classes or another size than it was trained on, it cannot be loaded, or the device fails.
pub fn score(network: &Network, test: &Arc<Dataset>, classes: &[String], device: &Selected) -> Result<NetworkScores> {
    let Network { info, seed, variant, .. } = network;
    if let Some(class) = classes.iter().find(|class| !info.classes.contains(class)) {
        bail!(
            "there are images of the class {class:?}, which the network does not know; give it images of its own classes"
        );
    }
    ensure!(
        classes == info.classes,
        "the images are of {} classes, and the network knows {}; give it images of its own classes, in the same order",
        classes.len(),
        info.classes.len()
    );
    let (shape, [width, height]) = (test.shape(), info.size);
    ensure!(
        [shape.width(), shape.height()] == info.size,
        "the network takes {width}×{height} pixels, and the images have {}×{}",
        shape.width(),
        shape.height()
    );
    let model = network.load(&device.device)?;
    let (classes, normalization) = (info.classes.len(), info.normalization.clone());
    let loader = Loader { data: test.clone(), classes, normalization };
    let evaluation = evaluate(&model, &loader, network.settings.training.batch_size, &device.device, Ranks::ALONE)?;
    let covered =
        evaluate_covered(&model, &loader, network.settings.training.batch_size, &device.device, Ranks::ALONE)?.score;
    let right = evaluation.predictions.iter().zip(test.labels()).map(|(&predicted, label)| predicted == label);
    let calibration = Calibration::of(evaluation.confidences.iter().copied().zip(right));
    let confusion = Confusion::count(test.labels(), &evaluation.predictions, classes);
    Ok(NetworkScores {
        variant: *variant,
        seed: *seed,
        device: device.name.clone(),
        images: test.len(),
        test: evaluation.score,
        covered,
        calibration_error: calibration.error(),
        classes: by_class(&info.classes, &confusion),
        confusion,
    })
}

fn table(scores: &NetworkScores, title: &str) -> String {
    let NetworkScores { images, test, covered, calibration_error, classes, device, .. } = scores;
    let width = classes.iter().map(|class| class.class.chars().count()).max().unwrap_or(0).max("class".len());
    let mut table = format!(
        "{title}: accuracy {:.2} %, loss {:.3}, calibration error {:.2} %, on {images} test images ({device}); with their middle covered {:.2} %\n\n{:<width$} {:>7} {:>9} {:>11}  most \
         often predicted as\n",
        100.0 * test.accuracy,
        test.loss,
        100.0 * calibration_error,
        100.0 * covered.accuracy,
        "class",
        "images",
        "recall",
        "precision",
    );
    for ClassScores { class, images, recall, precision, taken_for } in classes {
        let taken_for = taken_for.as_ref().map_or("–".to_owned(), |(other, count)| format!("{other} ({count})"));
        let (recall, precision) = (percent(*recall), percent(*precision));
        let _ = writeln!(table, "{class:<width$} {images:>7} {recall:>9} {precision:>11}  {taken_for}");
    }
    table
}
