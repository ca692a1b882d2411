//! Labels of mixed images: the core's, for a batch of Python's.

use cutmix_core::Mix;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::error::value;
use crate::images::Mixes;
use crate::numbers;
use crate::view::{Kind, View};

/// Labels of a batch before it is mixed.
pub enum Labels {
    /// A class an image.
    Classes(Vec<i64>),
    /// A weight for each class, an image after the other.
    Soft { weights: Vec<f32>, classes: usize },
}

impl Labels {
    /// Class numbers, an array [N] or a sequence, or soft labels, an array [N, classes] of float32.
    pub fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        const NAME: &str = "labels";
        if object.is_instance_of::<pyo3::types::PyList>() || object.is_instance_of::<pyo3::types::PyTuple>() {
            return numbers::integers(object, NAME).map(Self::Classes);
        }
        let view = View::of(object, NAME)?;
        match (view.shape(), view.kind()) {
            ([_], _) => numbers::signed(&view, NAME).map(Self::Classes),
            (&[_, classes], Kind::F32) => Ok(Self::Soft { weights: view.read(), classes }),
            ([_, _], kind) => {
                Err(PyTypeError::new_err(format!("labels: soft labels are {}; pass float32", kind.name())))
            }
            (shape, _) => Err(PyValueError::new_err(format!(
                "labels: an array of shape {shape:?}; pass class numbers [N], or soft labels [N, classes]"
            ))),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Soft { weights, classes } => weights.len().checked_div(*classes).unwrap_or(0),
        }
    }

    /// The same with `others` behind them.
    pub fn append(&mut self, others: Self) -> PyResult<()> {
        match (self, others) {
            (Self::Classes(classes), Self::Classes(others)) => classes.extend(others),
            (Self::Soft { weights, classes }, Self::Soft { weights: others, classes: other }) if *classes == other => {
                weights.extend(others);
            }
            _ => {
                return Err(PyValueError::new_err(
                    "labels and those of the partners differ in their form; pass both alike",
                ));
            }
        }
        Ok(())
    }

    /// How many classes the soft labels have, given what the caller said.
    pub fn classes(&self, given: Option<usize>) -> PyResult<usize> {
        match (self, given) {
            (Self::Soft { classes, .. }, Some(given)) if *classes != given => Err(PyValueError::new_err(format!(
                "labels: soft labels of {classes} classes, and num_classes is {given}"
            ))),
            (Self::Soft { classes, .. }, _) => Ok(*classes),
            (Self::Classes(_), Some(given)) => Ok(given),
            (Self::Classes(_), None) => Err(PyValueError::new_err(
                "soft labels need the number of classes; pass num_classes, or take labels=\"pair\"",
            )),
        }
    }

    /// Writes the soft label of each mixed image to `soft`, `classes` weights each. `partner` says which image's label is the second.
    pub fn mix_into(
        &self,
        mixes: &Mixes,
        partner: impl Fn(usize, Mix) -> usize,
        smoothing: f32,
        classes: usize,
        soft: &mut [f32],
    ) -> PyResult<()> {
        if classes == 0 {
            return Err(PyValueError::new_err("num_classes is 0; a soft label has an element for each class"));
        }
        match self {
            Self::Classes(numbers) => {
                let class = |image: usize| {
                    let number = numbers.get(image).copied().unwrap_or(-1);
                    u16::try_from(number)
                        .ok()
                        .filter(|&class| usize::from(class) < classes)
                        .ok_or_else(|| no_class(number, classes))
                };
                for (image, (row, mix)) in soft.chunks_exact_mut(classes).zip(mixes.iter()).enumerate() {
                    let label = mix.label(class(image)?, class(partner(image, mix))?);
                    label.write_smoothed(row, smoothing).map_err(value)?;
                }
            }
            Self::Soft { .. } if smoothing > 0.0 => {
                return Err(PyValueError::new_err(
                    "smoothing is for class numbers, and these labels are soft already; take smoothing=0",
                ));
            }
            Self::Soft { weights, .. } => {
                let row_of = |image: usize| weights.get(image * classes..(image + 1) * classes).unwrap_or_default();
                for (image, (row, mix)) in soft.chunks_exact_mut(classes).zip(mixes.iter()).enumerate() {
                    row.copy_from_slice(row_of(image));
                    let other = row_of(partner(image, mix));
                    match mix {
                        Mix::Paste(plan) => plan.mix_soft(row, other).map_err(value)?,
                        // The same sum, of weights in place of pixels.
                        Mix::Blend(blend) => blend.apply_f32(row, other).map_err(value)?,
                    }
                }
            }
        }
        Ok(())
    }
}

fn no_class(number: i64, classes: usize) -> PyErr {
    PyValueError::new_err(if classes > usize::from(u16::MAX) + 1 {
        format!("num_classes is {classes}; soft labels have at most 65536, take labels=\"pair\"")
    } else {
        format!("a label is {number}, and there are {classes} classes, counted from 0")
    })
}
