//! Which processor trains, chosen by the hardware that is there.

use std::fmt;

use anyhow::{Result, bail};
use burn::tensor::Device;

use crate::settings::DeviceChoice;

/// The device that was chosen, and why.
#[derive(Clone, Debug)]
pub struct Selected {
    /// Where tensors live.
    pub device: Device,
    /// Short name, as it stands in `summary.json`.
    pub name: String,
    /// One clause for the user: why this device.
    pub why: String,
}

impl Selected {
    /// What decides how numbers are rounded: the vector instructions of the CPU, or the GPU.
    #[must_use]
    pub fn arithmetic(&self) -> String {
        let name = self.name.split(',').next().unwrap_or_default();
        if resnet_kernels::run_on(&self.device) {
            format!("{name}, {:?}", resnet_kernels::Arch::new())
        } else {
            self.name.clone()
        }
    }
}

impl fmt::Display for Selected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.why)
    }
}

/// Finds the device that `choice` names.
///
/// # Errors
///
/// If a device was named that is not there, or that this binary was built without.
pub fn select(choice: DeviceChoice) -> Result<Selected> {
    select_nth(choice, 0)
}

/// As [`select`], of the GPUs the one of this `number`, from 0: for processes that share a machine.
///
/// # Errors
///
/// As [`select`].
pub fn select_nth(choice: DeviceChoice, number: usize) -> Result<Selected> {
    match choice {
        DeviceChoice::Auto => {
            Ok(wgpu::gpu(number, "a real GPU was found").unwrap_or_else(|reason| cpu(&format!("no GPU: {reason}"))))
        }
        DeviceChoice::Gpu => match wgpu::gpu(number, "as asked") {
            Ok(selected) => Ok(selected),
            Err(reason) => bail!("no GPU: {reason}; use --device cpu, or --device auto to take what there is"),
        },
        DeviceChoice::Cpu => Ok(cpu("as asked")),
        DeviceChoice::Ndarray => ndarray(),
        DeviceChoice::SoftwareGpu => match wgpu::software() {
            Ok(selected) => Ok(selected),
            Err(reason) => bail!("no software GPU: {reason}; install one (Mesa's lavapipe, say), or use --device cpu"),
        },
    }
}

fn cpu(why: &str) -> Selected {
    // Burn and the kernels compute in Rayon's pool.
    let threads = rayon::current_num_threads();
    Selected { device: Device::flex(), name: format!("cpu: flex, {threads} threads"), why: why.to_owned() }
}

#[cfg(feature = "ndarray")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn ndarray() -> Result<Selected> {
    #[allow(deprecated, reason = "deprecated upstream in favor of flex; kept for people who name it")]
    let device = Device::ndarray();
    Ok(Selected { device, name: "cpu: ndarray".to_owned(), why: "as asked".to_owned() })
}

#[cfg(not(feature = "ndarray"))]
fn ndarray() -> Result<Selected> {
    bail!("this binary was built without burn-ndarray; build it with --features ndarray, or use --device cpu")
}

#[cfg(feature = "gpu")]
mod wgpu {
    use burn::tensor::wgpu::WgpuInitError;
    use burn::tensor::{Device, DeviceKind};

    use super::Selected;

    /// A real GPU: discrete, then integrated, then virtual, and of its kind the one of this `number`; never a software renderer.
    pub fn gpu(number: usize, why: &str) -> Result<Selected, String> {
        let kinds =
            [DeviceKind::DiscreteGpu(number), DeviceKind::IntegratedGpu(number), DeviceKind::VirtualGpu(number)];
        let mut reason = "wgpu finds no discrete, integrated or virtual GPU".to_owned();
        if number > 0 {
            reason = format!(
                "{reason} of number {number} for this process; start as many processes on a machine as it has GPUs"
            );
        }
        for kind in kinds {
            match open(kind, why) {
                Ok(selected) => return Ok(selected),
                Err(WgpuInitError::AdapterUnavailable { .. }) => {}
                Err(error) => reason = format!("there is one that cannot be used, {error}"),
            }
        }
        Err(reason)
    }

    /// A software renderer.
    pub fn software() -> Result<Selected, String> {
        open(DeviceKind::Cpu, "as asked").map_err(|error| match error {
            WgpuInitError::AdapterUnavailable { .. } => "wgpu finds no driver of that kind".to_owned(),
            error => error.to_string(),
        })
    }

    fn open(kind: DeviceKind, why: &str) -> Result<Selected, WgpuInitError> {
        // `Device::wgpu` would panic at the first tensor if there were no adapter; this way says so now.
        let sort = if kind == DeviceKind::Cpu { "software gpu" } else { "gpu" };
        let (device, setup) = Device::wgpu_options().device_kind(kind).init_with_setup()?;
        let adapter = setup.adapter.get_info();
        Ok(Selected { device, name: format!("{sort}: {}, {:?}", adapter.name, adapter.backend), why: why.to_owned() })
    }
}

#[cfg(not(feature = "gpu"))]
mod wgpu {
    use super::Selected;

    const REASON: &str = "this binary was built without GPU support (--features gpu)";

    pub fn gpu(_number: usize, _why: &str) -> Result<Selected, String> {
        Err(REASON.to_owned())
    }

    pub fn software() -> Result<Selected, String> {
        Err(REASON.to_owned())
    }
}
