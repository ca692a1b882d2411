//! `host export`: a network of a finished run as one file that needs nothing else, for PyTorch or any other reader of safetensors.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot as _, SafetensorsStore};
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use crate::experiment::Network;
use crate::files;
use crate::network::NORM_EPSILON;
use crate::terminal::console::Console;

/// The key of the file's metadata that holds [`Description`] as JSON. There is one key only, since the order of several
/// would be another each time.
pub const KEY: &str = "cutmix";

/// Which network, and where to.
#[derive(clap::Args, Debug)]
pub struct Export {
    /// Which network: of the first seed and with CutMix, unless told otherwise.
    #[command(flatten)]
    choice: Choice,
    /// File to write: names and layouts of the tensors are PyTorch's
    #[arg(long, value_name = "FILE")]
    safetensors: PathBuf,
}

/// What the file says of its network, beside the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// `resnet-v1`: a residual network of depth 6n+2 with `width` times 16, 32 and 64 filters, 1×1 projections, and average pooling.
    pub architecture: String,
    /// Its layers.
    pub depth: usize,
    /// How many times as many filters as 16, 32 and 64; files of older versions do not say it, and have 1.
    pub width: usize,
    /// Name of each class, in the order of the outputs.
    pub classes: Vec<String>,
    /// Width and height of the images in pixels; three planes, red, green and blue, or a gray one where there is one mean.
    pub size: [u16; 2],
    /// The input is (value ÷ 255 − mean) ÷ deviation, a channel each.
    pub mean: Vec<f32>,
    /// Of each channel.
    pub deviation: Vec<f32>,
    /// `same`: a convolution of stride 2 pads one pixel less at the top and on the left, where the sum is odd.
    pub padding: String,
    /// Of batch normalization.
    pub norm_epsilon: f64,
    /// How it was trained.
    pub arm: String,
    /// The seed that it was trained with.
    pub seed: u64,
}

impl Export {
    /// Writes the file.
    ///
    /// # Errors
    ///
    /// If the network is not trained to its end or cannot be loaded, or the file cannot be written.
    pub fn run(self) -> Result<()> {
        let network = self.choice.one()?;
        files::write(&self.safetensors, &safetensors(&network)?)?;
        Console::Person.say(&format!("{}: {}", self.safetensors.display(), network.title()));
        Ok(())
    }
}

/// `network` as a safetensors file; the same network is the same bytes.
///
/// # Errors
///
/// If its weights cannot be read.
pub fn safetensors(network: &Network) -> Result<Vec<u8>> {
    let Network { settings, info, seed, variant, .. } = network;
    let description = Description {
        architecture: "resnet-v1".to_owned(),
        depth: settings.network.depth,
        width: settings.network.width,
        classes: info.classes.clone(),
        size: info.size,
        mean: info.normalization.mean.clone(),
        deviation: info.normalization.deviation.clone(),
        padding: "same".to_owned(),
        norm_epsilon: NORM_EPSILON,
        arm: variant.name().to_owned(),
        seed: *seed,
    };
    let description = serde_json::to_string(&description).context("cannot describe the network")?;
    let model = network.load(&Device::flex())?;
    let mut store = SafetensorsStore::from_bytes(None)
        .clear_metadata()
        .metadata(KEY, description)
        .with_to_adapter(BurnToPyTorchAdapter);
    model.save_into(&mut store).map_err(|error| anyhow!("cannot read the weights back: {error}"))?;
    store.get_bytes().map_err(|error| anyhow!("cannot write the weights: {error}"))
}
