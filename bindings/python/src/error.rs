//! Errors of the core, as Python's.

use std::fmt::Display;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A `ValueError` with the sentence of `error`.
pub fn value(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The same, of the argument `name`.
pub fn of(name: &str) -> impl Fn(&dyn Display) -> PyErr + '_ {
    move |error| PyValueError::new_err(format!("{name}: {error}"))
}

/// What was given, for a message of one line.
pub fn shown(object: &Bound<'_, PyAny>) -> String {
    let repr = object.repr().map(|repr| repr.to_string_lossy().into_owned());
    let short = repr.ok().filter(|repr| repr.len() <= 60 && !repr.contains(char::is_control));
    short.unwrap_or_else(|| object.get_type().name().map_or_else(|_| "an object".into(), |name| format!("a {name}")))
}
