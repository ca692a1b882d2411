//! What of `cutmix-core` and `cutmix-record` Python calls. The package `cutmix` around it has the documentation, in `_cutmix.pyi`.

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

/// The module `cutmix._cutmix`.
#[pymodule]
mod _cutmix {
    use super::{Bound, PyAny, PyArray1, PyResult, Python, draw, numbers, pyfunction};

    #[pymodule_export]
    use super::mixer::{Mixer, PyChoice, PyCutMix, PyMixUp};
    #[pymodule_export]
    use super::plans::Plans;

    /// Order of an epoch's images.
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
