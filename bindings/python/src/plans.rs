//! Plans of a batch: arrays of what was drawn, and everything that follows from them.

use cutmix_core::{Layout, Mix, Patch, Plan, Shape};
use numpy::{PyArray1, PyArray2, PyArrayMethods as _};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyTuple};

use crate::error::{shown, value};
use crate::images::{Axes, Images, Mixes};
use crate::labels::Labels;
use crate::mixer::{same_length, soft_labels};
use crate::numbers::{self, Count, Float};
use crate::torch;
use crate::view::{Kind, View};

#[doc = include_str!("docs/Plans.txt")]
#[pyclass(frozen, module = "cutmix")]
pub struct Plans {
    mixes: Mixes,
    shape: Shape,
    axes: Axes,
    /// Whether partners are images of the batch, and not of a data set.
    within: bool,
}

impl Plans {
    pub const fn new(mixes: Mixes, shape: Shape, axes: Axes, within: bool) -> Self {
        Self { mixes, shape, axes, within }
    }

    fn check_within(&self, what: &str) -> PyResult<()> {
        if self.within {
            return Ok(());
        }
        Err(PyValueError::new_err(format!(
            "partners are numbers of the data set, not of this batch; pass {what} of the partners, an element an image"
        )))
    }

    /// Only boxes say which pixels are the partner's.
    fn boxes_only(&self) -> PyResult<Vec<Plan>> {
        self.mixes
            .iter()
            .map(|mix| {
                mix.plan().ok_or_else(|| PyValueError::new_err("some images are blended by MixUp, and have no box"))
            })
            .collect()
    }
}

#[pymethods]
impl Plans {
    #[doc = include_str!("docs/Plans.boxes.txt")]
    #[getter]
    fn boxes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<i64>>> {
        let edges = self.mixes.iter().flat_map(|mix| edges(mix.patch()));
        PyArray1::from_iter(py, edges).reshape([self.mixes.len(), 4])
    }

    #[doc = include_str!("docs/Plans.partners.txt")]
    #[getter]
    fn partners<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        PyArray1::from_iter(py, self.mixes.iter().map(|mix| mix.partner().into()))
    }

    #[doc = include_str!("docs/Plans.lam.txt")]
    #[getter]
    fn lam<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        lambdas(py, &self.mixes)
    }

    #[doc = include_str!("docs/Plans.kept.txt")]
    #[getter]
    fn kept<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        PyArray1::from_iter(py, self.mixes.iter().map(|mix| ratio(mix)[0]))
    }

    #[doc = include_str!("docs/Plans.total.txt")]
    #[getter]
    fn total<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        PyArray1::from_iter(py, self.mixes.iter().map(|mix| ratio(mix)[1]))
    }

    #[doc = include_str!("docs/Plans.blended.txt")]
    #[getter]
    fn blended<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        PyArray1::from_iter(py, self.mixes.iter().map(|mix| matches!(mix, Mix::Blend(_))))
    }

    #[doc = include_str!("docs/Plans.shape.txt")]
    #[getter]
    const fn shape(&self) -> (u16, u16) {
        (self.shape.height(), self.shape.width())
    }

    fn __len__(&self) -> usize {
        self.mixes.len()
    }

    /// Boxes, partners and λ, so that `boxes, partners, lam = plans` unpacks them.
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let parts = [self.boxes(py)?.into_any(), self.partners(py).into_any(), self.lam(py).into_any()];
        PyTuple::new(py, parts)?.try_iter()
    }

    fn __repr__(&self) -> String {
        format!("<Plans of {} images of {}×{} pixels>", self.mixes.len(), self.shape.width(), self.shape.height())
    }

    #[doc = include_str!("docs/Plans.at.txt")]
    fn at(&self, shape: Size) -> Self {
        let shape = shape.0;
        let mixes = match &self.mixes {
            Mixes::Boxes(plans) => Mixes::Boxes(plans.iter().map(|plan| plan.at(shape)).collect()),
            Mixes::Either(mixes) => Mixes::Either(
                mixes.iter().map(|mix| mix.plan().map_or(*mix, |plan| Mix::Paste(plan.at(shape)))).collect(),
            ),
        };
        Self { mixes, shape, axes: self.axes, within: self.within }
    }

    #[doc = include_str!("docs/Plans.apply.txt")]
    #[pyo3(signature = (images, partners=None))]
    fn apply(&self, py: Python<'_>, images: &Bound<'_, PyAny>, partners: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let others_view = partners.map(|partners| View::of(partners, "partners")).transpose()?;
        let view = View::of(images, "images")?;
        view.check_writable("images")?;
        let batch = Images::of(&view, self.axes, "images")?;
        batch.check_apart("images")?;
        batch.check_kind(&self.mixes, "images")?;
        same_length("images", batch.len(), self.mixes.len())?;
        batch.check_size(self.shape)?;
        let Some(others_view) = others_view else {
            self.check_within("images")?;
            // SAFETY: `view` keeps the memory alive, which may be written and whose elements lie apart; the documentation asks that nobody else uses
            // the batch meanwhile.
            return py.detach(|| unsafe { batch.mix(&self.mixes, 1) }).map_err(value);
        };
        let others = Images::of(&others_view, self.axes, "partners")?;
        batch.check_like(&others)?;
        batch.check_apart_from(&others)?;
        // SAFETY: as above, of both; they share no memory and have the same sides and elements.
        py.detach(|| unsafe { batch.mix_from(&others, &self.mixes) }).map_err(value)
    }

    #[doc = include_str!("docs/Plans.soft_labels.txt")]
    #[pyo3(signature = (labels, num_classes=None, *, partners=None, smoothing=Float(0.0)), text_signature = "(self, labels, num_classes=None, *, partners=None, smoothing=0.0)")]
    fn soft_labels<'py>(
        &self,
        py: Python<'py>,
        labels: &Bound<'py, PyAny>,
        num_classes: Option<Count>,
        partners: Option<&Bound<'py, PyAny>>,
        smoothing: Float,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut given = Labels::of(labels)?;
        let images = self.mixes.len();
        same_length("labels", given.len(), images)?;
        let classes = given.classes(num_classes.map(|classes| classes.0))?;
        let Some(partners) = partners else {
            self.check_within("labels")?;
            return soft_labels(
                py,
                labels,
                &given,
                &self.mixes,
                |_, mix| mix.partner() as usize,
                smoothing.0 as f32,
                classes,
            );
        };
        let others = Labels::of(partners)?;
        same_length("partners", others.len(), images)?;
        given.append(others)?;
        soft_labels(py, labels, &given, &self.mixes, |image, _| images + image, smoothing.0 as f32, classes)
    }

    #[doc = include_str!("docs/Plans.unite.txt")]
    #[pyo3(signature = (labels, *, least=Float(0.0)), text_signature = "(self, labels, *, least=0.0)")]
    fn unite<'py>(&self, py: Python<'py>, labels: &Bound<'py, PyAny>, least: Float) -> PyResult<Bound<'py, PyAny>> {
        self.check_within("labels")?;
        let plans = self.boxes_only()?;
        let Labels::Soft { weights, classes } = Labels::of(labels)? else {
            return Err(PyValueError::new_err("multi-hot labels are an array [N, classes] of float32"));
        };
        if classes == 0 {
            return Err(PyValueError::new_err("multi-hot labels have an element for each class, and these have none"));
        }
        same_length("labels", weights.len() / classes, plans.len())?;
        let mut united = weights.clone();
        for (row, plan) in united.chunks_exact_mut(classes).zip(&plans) {
            let partner = plan.partner() as usize;
            let other = weights.get(partner * classes..(partner + 1) * classes).unwrap_or_default();
            plan.unite(row, other, least.0 as f32).map_err(value)?;
        }
        let united = PyArray1::from_vec(py, united).reshape([plans.len(), classes])?;
        torch::like(labels, united.as_untyped())
    }

    #[doc = include_str!("docs/Plans.objects.txt")]
    #[pyo3(signature = (boxes, images, *, least=Float(0.5)), text_signature = "(self, boxes, images, *, least=0.5)")]
    fn objects<'py>(
        &self,
        py: Python<'py>,
        boxes: &Bound<'py, PyAny>,
        images: &Bound<'py, PyAny>,
        least: Float,
    ) -> PyResult<Bound<'py, PyTuple>> {
        self.check_within("objects")?;
        let plans = self.boxes_only()?;
        let patches = patches(boxes)?;
        let owners = numbers::integers(images, "images")?;
        same_length("images", owners.len(), patches.len())?;
        let mut of_image = vec![Vec::new(); plans.len()];
        for (row, owner) in owners.iter().enumerate() {
            let slot = usize::try_from(*owner).ok().and_then(|owner| of_image.get_mut(owner));
            let Some(slot) = slot else {
                return Err(PyValueError::new_err(format!(
                    "an object is of image {owner}, and the batch has {}",
                    plans.len()
                )));
            };
            slot.push(row);
        }
        let (mut found, mut shares, mut numbers, mut rows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (image, plan) in plans.iter().enumerate() {
            let own = of_image.get(image).into_iter().flatten().map(|row| (row, false));
            let partner = plan.partner() as usize;
            // Of a partner that is the image itself nothing comes over: it is there.
            let theirs =
                of_image.get(partner).filter(|_| partner != image).into_iter().flatten().map(|row| (row, true));
            for (row, pasted) in own.chain(theirs) {
                let Some(&object) = patches.get(*row) else { continue };
                let seen = match (pasted, partner == image) {
                    (true, _) => plan.pasted_of(object),
                    (false, false) => plan.left_of(object),
                    (false, true) => Plan::unmixed(plan.partner(), self.shape).left_of(object),
                };
                if seen.is_visible_by(least.0 as f32) {
                    found.extend(edges(seen.patch()));
                    shares.push(seen.share());
                    numbers.push(image as i64);
                    rows.push(*row as i64);
                }
            }
        }
        let count = numbers.len();
        let parts = [
            torch::like(boxes, PyArray1::from_vec(py, found).reshape([count, 4])?.as_untyped())?,
            torch::like(boxes, PyArray1::from_vec(py, numbers).as_untyped())?,
            torch::like(boxes, PyArray1::from_vec(py, rows).as_untyped())?,
            torch::like(boxes, PyArray1::from_vec(py, shares).as_untyped())?,
        ];
        PyTuple::new(py, parts)
    }
}

/// λ of each image.
pub fn lambdas<'py>(py: Python<'py>, mixes: &Mixes) -> Bound<'py, PyArray1<f32>> {
    PyArray1::from_iter(py, mixes.iter().map(Mix::lambda))
}

/// Python's (height, width), as an image of one channel.
#[derive(Clone, Copy)]
pub struct Size(pub Shape);

impl<'py> FromPyObject<'_, 'py> for Size {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let sides: PyResult<Vec<Bound<'py, PyAny>>> = object.extract();
        let Ok([height, width]) = sides.as_deref() else {
            let shown = shown(&object);
            return Err(PyTypeError::new_err(format!(
                "a shape is (height, width), not {shown}; of an array [N, C, H, W] it is array.shape[-2:]"
            )));
        };
        let side = |side, name| numbers::one(side, name, "0 to 65535");
        Shape::new(side(width, "the width")?, side(height, "the height")?, 1, Layout::Hwc).map(Self).map_err(value)
    }
}

fn edges(patch: Patch) -> [i64; 4] {
    [patch.x0(), patch.y0(), patch.x1(), patch.y1()].map(i64::from)
}

fn ratio(mix: Mix) -> [i64; 2] {
    match mix {
        Mix::Paste(plan) => [plan.kept(), plan.total()].map(i64::from),
        Mix::Blend(blend) => [blend.lambda_q16().into(), 1 << 16],
    }
}

fn patches(boxes: &Bound<'_, PyAny>) -> PyResult<Vec<Patch>> {
    let view = View::of(boxes, "boxes")?;
    let &[_, 4] = view.shape() else {
        return Err(PyValueError::new_err(format!(
            "boxes: an array of shape {:?}; pass x0, y0, x1, y1 for each, [M, 4]",
            view.shape()
        )));
    };
    if matches!(view.kind(), Kind::F16 | Kind::Bf16 | Kind::F32 | Kind::F64) {
        return Err(PyTypeError::new_err(
            "boxes: edges are counted in whole pixels, and these are floats; round them first",
        ));
    }
    let numbers = numbers::widened(&view, "boxes")?;
    let edge = |edge: i64| {
        u16::try_from(edge)
            .map_err(|_| PyValueError::new_err(format!("boxes: an edge is {edge}; it must lie in 0 to 65535")))
    };
    let mut patches = Vec::with_capacity(numbers.len() / 4);
    for row in numbers.chunks_exact(4) {
        if let [x0, y0, x1, y1] = *row {
            patches.push(Patch::new(edge(x0)?, edge(y0)?, edge(x1)?, edge(y1)?).map_err(value)?);
        }
    }
    Ok(patches)
}
