//! Errors of the core, as Python's.

use std::fmt::Display;

use pyo3::PyErr;
use pyo3::exceptions::PyValueError;

/// A `ValueError` with the sentence of `error`.
pub fn value(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The same, of the argument `name`.
pub fn of(name: &str) -> impl Fn(&dyn Display) -> PyErr + '_ {
    move |error| PyValueError::new_err(format!("{name}: {error}"))
}
