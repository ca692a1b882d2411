//! What of `cutmix-core` and `cutmix-record` Python calls. The package `cutmix` around it has the documentation, in `_cutmix.pyi`.

mod capture;
mod dlpack;
mod draw;
mod error;
mod images;
mod labels;
mod mixer;
mod numbers;
mod plans;
mod torch;
mod view;

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::capture::Damage;

#[doc = include_str!("docs/read_capture.txt")]
#[pymodule]
mod _cutmix {
    use super::{Bound, Damage, PyAny, PyArray1, PyBytes, PyResult, Python, capture, draw, numbers, pyfunction};

    #[pymodule_export]
    use super::capture::Record;
    #[pymodule_export]
    use super::mixer::{Mixer, PyChoice, PyCutMix, PyMixUp};
    #[pymodule_export]
    use super::plans::Plans;

    #[doc = include_str!("docs/read_capture.txt")]
    #[pyfunction]
    fn read_capture(bytes: &Bound<'_, PyBytes>) -> PyResult<(Vec<Record>, Vec<Record>, Vec<Damage>)> {
        capture::read(bytes)
    }

    #[doc = include_str!("docs/order.txt")]
    #[pyfunction]
    #[pyo3(signature = (images, *, seed, epoch))]
    fn order<'py>(
        py: Python<'py>,
        images: &Bound<'py, PyAny>,
        seed: &Bound<'py, PyAny>,
        epoch: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let images = numbers::one(images, "images", "0 to 2³² − 1")?;
        let order = draw::order(images, numbers::seed(seed)?, numbers::epoch(epoch)?)?;
        Ok(PyArray1::from_iter(py, order.into_iter().map(i64::from)))
    }
}
