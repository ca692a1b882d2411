//! PyTorch's tensors, where PyTorch is there: it is never imported for somebody who does not use it.

use numpy::PyUntypedArray;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};

/// What is called of it, looked up once.
struct Torch {
    tensor: Py<PyType>,
    to_dlpack: Py<PyAny>,
    from_numpy: Py<PyAny>,
}

static TORCH: PyOnceLock<Torch> = PyOnceLock::new();

/// PyTorch, if `object` is one of its tensors.
fn of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<&'py Torch>> {
    let py = object.py();
    if let Some(torch) = TORCH.get(py) {
        return Ok(object.is_instance(torch.tensor.bind(py))?.then_some(torch));
    }
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    // A tensor comes from a module that was imported, so nothing is imported here.
    let Ok(module) = modules.get_item(intern!(py, "torch")) else { return Ok(None) };
    let Ok(tensor) = module.getattr(intern!(py, "Tensor")) else { return Ok(None) };
    if !object.is_instance(&tensor)? {
        return Ok(None);
    }
    let torch = Torch {
        tensor: tensor.cast_into::<PyType>()?.unbind(),
        to_dlpack: module.getattr("utils")?.getattr("dlpack")?.getattr("to_dlpack")?.unbind(),
        from_numpy: module.getattr("from_numpy")?.unbind(),
    };
    Ok(Some(TORCH.get_or_init(py, || torch)))
}

/// A capsule with where a tensor lies; none if `object` is no tensor.
pub fn to_dlpack<'py>(object: &Bound<'py, PyAny>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(torch) = of(object)? else { return Ok(None) };
    let py = object.py();
    if object.getattr(intern!(py, "requires_grad"))?.is_truthy()? {
        return Err(PyTypeError::new_err(format!(
            "{name}: the tensor requires a gradient, which a change in place would falsify; pass tensor.detach()"
        )));
    }
    match torch.to_dlpack.bind(py).call1((object,)) {
        Ok(capsule) => Ok(Some(capsule)),
        Err(error) => {
            let said = error.value(py).str().unwrap_or_else(|_| PyString::new(py, "it cannot be read"));
            let said = said.to_string_lossy().into_owned();
            let first = said.lines().next().unwrap_or_default();
            Err(PyTypeError::new_err(format!("{name}: PyTorch does not hand over this tensor: {first}")))
        }
    }
}

/// `array`, as a tensor if `like` is one. It shares the memory.
pub fn like<'py>(like: &Bound<'py, PyAny>, array: &Bound<'py, PyUntypedArray>) -> PyResult<Bound<'py, PyAny>> {
    match of(like)? {
        Some(torch) => torch.from_numpy.bind(like.py()).call1((array,)),
        None => Ok(array.as_any().clone()),
    }
}
