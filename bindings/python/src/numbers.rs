//! Whole numbers from Python: single ones, and arrays of them.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyTuple};

use crate::error::shown;
use crate::view::{Kind, View};

/// One number. Python's own error for one out of range would be an `OverflowError` that does not say of what.
pub fn one<'py, T>(object: &Bound<'py, PyAny>, name: &str, range: &str) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    let wrong = || {
        let shown = shown(object);
        if object.hasattr("__index__").unwrap_or(false) && !object.is_instance_of::<PyBool>() {
            PyValueError::new_err(format!("{name} is {shown}; it must lie in {range}"))
        } else {
            PyTypeError::new_err(format!("{name} is {shown}; it must be a whole number"))
        }
    };
    if object.is_instance_of::<PyBool>() {
        return Err(wrong());
    }
    object.extract().map_err(|_| wrong())
}

/// An argument that is a float. Of a whole number that none holds, Python says `OverflowError`.
#[derive(Clone, Copy)]
pub struct Float(pub f64);

impl<'py> FromPyObject<'_, 'py> for Float {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(number) = object.extract() {
            return Ok(Self(number));
        }
        Err(if object.hasattr("__index__")? {
            PyValueError::new_err("a whole number is too large for a float")
        } else {
            PyTypeError::new_err(format!("{} is no number", shown(&object)))
        })
    }
}

/// An argument that counts something.
#[derive(Clone, Copy)]
pub struct Count(pub usize);

impl<'py> FromPyObject<'_, 'py> for Count {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        one(&object, "a count", "0 to 2⁶⁴ − 1").map(Self)
    }
}

/// The seed of a run.
pub fn seed(object: &Bound<'_, PyAny>) -> PyResult<u64> {
    one(object, "seed", "0 to 2⁶⁴ − 1")
}

/// The number of an epoch.
pub fn epoch(object: &Bound<'_, PyAny>) -> PyResult<u32> {
    one(object, "epoch", "0 to 2³² − 1")
}

/// Numbers of samples, which are not negative: an array of one dimension, or a sequence.
pub fn indices(object: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
    const NAME: &str = "indices";
    if is_sequence(object) {
        return object.try_iter()?.map(|index| one(&index?, "an index", "0 to 2⁶⁴ − 1")).collect();
    }
    let view = View::of(object, NAME)?;
    if view.kind() == Kind::U64 {
        check_line(&view, NAME)?;
        return Ok(view.read());
    }
    let signed = signed(&view, NAME)?;
    if let Some(negative) = signed.iter().find(|&&index| index < 0) {
        return Err(PyValueError::new_err(format!("an index is {negative}; samples are counted from 0")));
    }
    Ok(signed.into_iter().map(|index| index as u64).collect())
}

/// Whole numbers of any sign and up to 64 bits, of an array of one dimension or a sequence.
pub fn integers(object: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<i64>> {
    if is_sequence(object) {
        return object.try_iter()?.map(|number| one(&number?, name, "−2⁶³ to 2⁶³ − 1")).collect();
    }
    signed(&View::of(object, name)?, name)
}

/// The numbers of an array of one dimension.
pub fn signed(view: &View<'_>, name: &str) -> PyResult<Vec<i64>> {
    check_line(view, name)?;
    widened(view, name)
}

/// The numbers of an array of up to two dimensions, row by row.
pub fn widened(view: &View<'_>, name: &str) -> PyResult<Vec<i64>> {
    fn wide<T: Into<i64>>(numbers: Vec<T>) -> Vec<i64> {
        numbers.into_iter().map(Into::into).collect()
    }
    Ok(match view.kind() {
        Kind::U8 => wide::<u8>(view.read()),
        Kind::I8 => wide::<i8>(view.read()),
        Kind::U16 => wide::<u16>(view.read()),
        Kind::I16 => wide::<i16>(view.read()),
        Kind::U32 => wide::<u32>(view.read()),
        Kind::I32 => wide::<i32>(view.read()),
        Kind::I64 => view.read::<i64>(),
        Kind::U64 => view
            .read::<u64>()
            .into_iter()
            .map(|number| {
                i64::try_from(number).map_err(|_| PyValueError::new_err(format!("{name}: {number} is too large")))
            })
            .collect::<PyResult<_>>()?,
        kind => {
            return Err(PyTypeError::new_err(format!("{name}: elements are {}; pass whole numbers", kind.name())));
        }
    })
}

fn is_sequence(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() || is_range(object)
}

fn is_range(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<pyo3::types::PyRange>()
}

fn check_line(view: &View<'_>, name: &str) -> PyResult<()> {
    match view.shape() {
        [_] => Ok(()),
        shape => Err(PyValueError::new_err(format!("{name}: an array of shape {shape:?}; pass one of shape [N]"))),
    }
}
