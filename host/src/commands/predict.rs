//! `host predict`: asks a network of a finished run what is on pictures that it has never seen.

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, Result, anyhow, bail};
use burn::tensor::Device;
use burn::tensor::activation::softmax;
use cutmix_core::Shape;
use serde::Serialize;

use super::choice::Choice;
use crate::data::image_file::decode;
use crate::data::{Normalization, image_files};
use crate::experiment::Network;
use crate::files;
use crate::network::{ResNet, device, images_to_device};
use crate::settings::{DeviceChoice, Resize};
use crate::terminal::console::Console;
use crate::terminal::signals;

/// Which network, and what to ask it.
#[derive(clap::Args, Debug)]
pub struct Predict {
    /// Which network: of the first seed and with CutMix, unless told otherwise.
    #[command(flatten)]
    choice: Choice,
    /// Image files, folders with all images in them, or - for a list on standard input, a path a line; each is resized
    /// as the images that the network was trained on
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<PathBuf>,
    /// Name the N likeliest classes, or all
    #[arg(long, value_name = "N", default_value = "3")]
    top: Top,
    /// Where to compute [default: what the run asked for]
    #[arg(long, value_enum)]
    device: Option<DeviceChoice>,
    /// Print a JSON array on standard output, an image an element
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print a CSV table on standard output, a class a row, with its rank, or with what is wrong with the image
    #[arg(long)]
    csv: bool,
}

/// How many classes to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Top(usize);

impl FromStr for Top {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(number) if number > 0 => Ok(Self(number)),
            _ if text == "all" => Ok(Self(usize::MAX)),
            _ => Err("take a number from 1, or all".to_owned()),
        }
    }
}

/// What a network says of an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The file.
    pub image: String,
    /// Classes, the likeliest first.
    pub classes: Vec<Guess>,
}

/// What there is to say of an image.
#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Predicted(Prediction),
    Failed { image: String, error: String },
}

/// A row of the CSV table.
#[derive(Serialize)]
struct Row<'a> {
    image: &'a str,
    rank: Option<usize>,
    class: Option<&'a str>,
    probability: Option<f32>,
    error: Option<&'a str>,
}

/// A class, and how likely the network takes it to be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guess {
    /// Its name.
    pub class: String,
    /// 0 to 1; the sum over all classes is 1.
    pub probability: f32,
}

impl Predict {
    /// Predicts image after image, and prints what the network says.
    ///
    /// # Errors
    ///
    /// If the network is not trained to its end or cannot be loaded, or the device is not there. If an image cannot be read:
    /// after all others.
    pub fn run(self) -> Result<()> {
        let network = self.choice.one()?;
        let images = image_files(&self.images, &mut io::stdin().lock())?;
        let device = device::select(self.device.unwrap_or(network.settings.run.device))?;
        let predictor = Predictor::new(&network, &device.device)?;
        let width = images.iter().map(|path| path.display().to_string().chars().count()).max().unwrap_or(0);
        let mut outcomes = Vec::new();
        let mut failures = Vec::new();
        for path in &images {
            signals::check()?;
            outcomes.push(match predictor.predict(path) {
                Ok(mut prediction) => {
                    prediction.classes.truncate(self.top.0);
                    if !self.json && !self.csv {
                        Console::Person.say(&line(&prediction, width));
                    }
                    Outcome::Predicted(prediction)
                }
                Err(error) => {
                    failures.push(format!("{error:#}"));
                    Outcome::Failed { image: path.display().to_string(), error: format!("{error:#}") }
                }
            });
        }
        if self.json {
            Console::Person.say(&serde_json::to_string_pretty(&outcomes)?);
        } else if self.csv {
            Console::Person.say(table(&outcomes)?.trim_end());
        }
        match &failures[..] {
            [] => Ok(()),
            [error] => bail!("{error}"),
            errors => bail!("{} of {} images are left out: {}", errors.len(), images.len(), errors.join("; ")),
        }
    }
}

fn table(outcomes: &[Outcome]) -> Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for outcome in outcomes {
        match outcome {
            Outcome::Predicted(Prediction { image, classes }) => {
                for (rank, Guess { class, probability }) in (1..).zip(classes) {
                    let (rank, class, probability) = (Some(rank), Some(class.as_str()), Some(*probability));
                    table.serialize(Row { image, rank, class, probability, error: None })?;
                }
            }
            Outcome::Failed { image, error } => {
                table.serialize(Row { image, rank: None, class: None, probability: None, error: Some(error) })?;
            }
        }
    }
    Ok(String::from_utf8(table.into_inner().map_err(|error| anyhow!("{error}"))?)?)
}

fn line(prediction: &Prediction, width: usize) -> String {
    let guess = |guess: &Guess| format!("{} {:.1} %", guess.class, 100.0 * guess.probability);
    let guesses: Vec<String> = prediction.classes.iter().map(guess).collect();
    format!("{:<width$}  {}", prediction.image, guesses.join(" · "))
}

/// A network and all that it takes to ask it about image files.
pub struct Predictor<'a> {
    model: ResNet,
    device: &'a Device,
    classes: &'a [String],
    normalization: &'a Normalization,
    shape: Shape,
    resize: Resize,
}

impl<'a> Predictor<'a> {
    /// Loads `network` to `device`.
    ///
    /// # Errors
    ///
    /// If its weights cannot be read.
    pub fn new(network: &'a Network, device: &'a Device) -> Result<Self> {
        let resize = network.info.resize();
        Ok(Self {
            model: network.load(device)?,
            device,
            classes: &network.info.classes,
            normalization: &network.info.normalization,
            shape: resize.shape()?,
            resize,
        })
    }

    /// What the network says of the image in the file at `path`, all classes of it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is not an image; the message names it.
    pub fn predict(&self, path: &Path) -> Result<Prediction> {
        let bytes = files::read_regular(path)?;
        let image = decode(&bytes, self.resize).with_context(|| format!("{} is not a whole image", path.display()))?;
        let probabilities = self.probabilities(image)?;
        let guess = |(class, probability): (&String, f32)| Guess { class: class.clone(), probability };
        let mut classes: Vec<Guess> = self.classes.iter().zip(probabilities).map(guess).collect();
        classes.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        Ok(Prediction { image: path.display().to_string(), classes })
    }

    /// Of each class, for `image`: a plane a channel. An image at a time, so that the others cannot change its result.
    fn probabilities(&self, image: Vec<u8>) -> Result<Vec<f32>> {
        let image = images_to_device(image, self.shape, self.normalization, self.device);
        let data = softmax(self.model.forward(image), 1).try_into_data();
        let data = data.context("cannot read a result back from the device")?;
        data.try_to_vec().map_err(|error| anyhow!("cannot read a result back: {error:?}"))
    }
}
