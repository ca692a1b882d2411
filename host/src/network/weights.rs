//! Weights, as safetensors files.

use anyhow::{Result, anyhow, bail};
use burn::store::{ModuleSnapshot as _, SafetensorsStore};
use burn::tensor::Device;

use super::resnet::ResNet;
use crate::settings::NetworkSettings;

/// A network of these `ends`, channels and classes, with initial weights drawn by `seed`, as safetensors: the same for both variants and on every device.
///
/// # Errors
///
/// If the depth is not 6n+2, or if the weights cannot be written out.
pub fn initial_weights(settings: &NetworkSettings, ends: [usize; 2], seed: u64) -> Result<Vec<u8>> {
    // Every backend draws other numbers from the same seed, so all start from what flex draws.
    let device = Device::flex();
    device.seed(seed);
    weights(&ResNet::new(settings, ends, &device)?)
}

/// The weights of `model` as a safetensors file.
///
/// # Errors
///
/// If a tensor cannot be read back from its device.
pub fn weights(model: &ResNet) -> Result<Vec<u8>> {
    // The default metadata is written in no fixed order: without it, the same weights are the same bytes.
    let mut store = SafetensorsStore::from_bytes(None).clear_metadata();
    model.save_into(&mut store).map_err(|error| anyhow!("cannot read the weights back: {error}"))?;
    store.get_bytes().map_err(|error| anyhow!("cannot write the weights: {error}"))
}

/// The network of these settings and ends on `device` with the weights in `bytes`, a safetensors file.
///
/// # Errors
///
/// If the weights do not belong to such a network.
pub fn load_weights(settings: &NetworkSettings, ends: [usize; 2], bytes: Vec<u8>, device: &Device) -> Result<ResNet> {
    let mut model = ResNet::new(settings, ends, device)?;
    let network = settings.title();
    // Burn's own error of missing tensors is a drawing of many lines.
    let mut store = SafetensorsStore::from_bytes(Some(bytes)).allow_partial(true);
    let loaded = model.load_from(&mut store);
    let loaded = loaded.map_err(|error| anyhow!("these are not the weights of a {network}: {error}"))?;
    if let Some((first, _)) = loaded.missing.first() {
        bail!("these are not the weights of a {network}: {} are missing, {first} for one", loaded.missing.len());
    }
    Ok(model)
}
