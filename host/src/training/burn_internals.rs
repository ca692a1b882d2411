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

/// A network and its optimizer's state as Burn's records, which refer to each other by the identities of the parameters.
pub struct Records {
    /// The network.
    pub model: Vec<u8>,
    /// The optimizer's state.
    pub optimizer: Vec<u8>,
}

impl Records {
    /// Of `model` and `optimizer`.
    pub fn of(model: &ResNet, optimizer: &ModuleOptimizer) -> Result<Self> {
        let unreadable = |error| anyhow!("cannot read the weights back: {error}");
        // Burn keeps the last update of the running statistics apart, out of reach of a record, until `valid` takes it in.
        Ok(Self {
            model: model.valid().into_record().into_bytes().map_err(unreadable)?.to_vec(),
            optimizer: optimizer.into_bytes().map_err(unreadable)?.to_vec(),
        })
    }

    /// `model` and `optimizer` as they were.
    pub fn restore(self, model: ResNet, optimizer: ModuleOptimizer) -> Result<(ResNet, ModuleOptimizer)> {
        let unusable = |error| anyhow!("it belongs to another network: {error}");
        let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(self.model)).map_err(unusable)?;
        let model = model.try_load_record(record).map_err(unusable)?;
        let optimizer = optimizer.from_bytes(Bytes::from_bytes_vec(self.optimizer)).map_err(unusable)?;
        Ok((model, optimizer))
    }
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
