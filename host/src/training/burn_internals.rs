//! Everything else that leans on parts of Burn that it does not promise to keep; the other place is the package `resnet-kernels`.
//!
//! | what | what a new Burn is likely to do to it |
//! |---|---|
//! | `DynOptimizer`, `StateSink`, `StateSource`, `BridgeTensor` | it does not compile |
//! | a module's and an optimizer's record as bytes | checkpoints of the Burn before cannot be read: [`BURN`] stands in their first line |
//! | `valid` takes in the last update of the running statistics, a record of the training network does not have it | `resume.rs` of the tests fails |

use anyhow::{Result, anyhow};
use burn::module::Module as _;
use burn::optim::{DynOptimizer, DynState, ModuleOptimizer, StateSink, StateSource};
use burn::store::ModuleRecord;
use burn::tensor::kind::BridgeTensor;
use burn::tensor::{Bytes, Device};

use crate::network::ResNet;

/// The Burn that this is built with. A test compares it with `Cargo.toml`.
pub const BURN: &str = "0.22.1";

/// A network as Burn's record; `model` has no autodiff.
///
/// Burn keeps the last update of the running statistics apart, out of reach of a record, until `valid` takes it in.
pub fn model_record(model: ResNet) -> Result<Vec<u8>> {
    let record = model.into_record().into_bytes();
    Ok(record.map_err(|error| anyhow!("cannot read the weights back: {error}"))?.to_vec())
}

/// `model` with the weights in `record`.
pub fn with_record(model: ResNet, record: Vec<u8>) -> Result<ResNet> {
    let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(record)).map_err(unusable)?;
    model.try_load_record(record).map_err(unusable)
}

/// An optimizer's state as Burn's record; it refers to the parameters of its network by their identities.
pub fn optimizer_record(optimizer: &ModuleOptimizer) -> Result<Vec<u8>> {
    let record = optimizer.into_bytes();
    Ok(record.map_err(|error| anyhow!("cannot read the weights back: {error}"))?.to_vec())
}

/// `optimizer` with the state in `record`.
pub fn with_optimizer_record(optimizer: ModuleOptimizer, record: Vec<u8>) -> Result<ModuleOptimizer> {
    optimizer.from_bytes(Bytes::from_bytes_vec(record)).map_err(unusable)
}

fn unusable(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("it belongs to another network: {error}")
}

/// An optimizer that loads its state to the device that trains.
///
/// Burn's own load it to the default device, which is chosen by what was compiled in: a GPU even where there is none.
#[derive(Clone)]
pub struct OnDevice<O> {
    /// Which one.
    pub optimizer: O,
    /// Where its state goes.
    pub device: Device,
}

impl<O: burn::optim::Optimizer> DynOptimizer for OnDevice<O> {
    fn step_dyn(
        &self,
        rank: usize,
        rate: f64,
        tensor: BridgeTensor,
        gradient: BridgeTensor,
        state: Option<DynState>,
    ) -> (BridgeTensor, Option<DynState>) {
        self.optimizer.step_dyn(rank, rate, tensor, gradient, state)
    }

    fn to_device_dyn(&self, state: DynState, device: &Device) -> DynState {
        self.optimizer.to_device_dyn(state, device)
    }

    fn state_flatten(&self, prefix: &str, state: &DynState, out: &mut StateSink) {
        self.optimizer.state_flatten(prefix, state, out);
    }

    fn state_unflatten(&self, rank: usize, prefix: &str, src: &mut StateSource, _default: &Device) -> Option<DynState> {
        self.optimizer.state_unflatten(rank, prefix, src, &self.device)
    }
}
