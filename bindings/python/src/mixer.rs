//! `CutMix`, `MixUp` and `Choice`, as Python sees them.

use std::sync::Arc;

use cutmix_core::{BoxRule, Choice, CutMix, Grid, MixUp, Partners};
use numpy::{PyArray1, PyArray2, PyArrayMethods as _};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::draw::{Class, Kept, Policy, Rule};
use crate::error;
use crate::images::{Axes, Images, Mixes};
use crate::labels::Labels;
use crate::numbers::{self, Count, Float};
use crate::plans::{Plans, Size, lambdas};
use crate::torch;
use crate::view::View;

/// What a mix gives for the labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// One soft label.
    Soft,
    /// Both labels and λ.
    Pair,
}

/// All but how it is drawn.
#[derive(Clone, PartialEq)]
struct Settings {
    seed: u64,
    form: Form,
    classes: Option<usize>,
    smoothing: f32,
    partners: Rule,
    axes: Axes,
}

#[doc = include_str!("docs/Mixer.txt")]
#[pyclass(subclass, frozen, module = "cutmix", name = "Mixer")]
pub struct Mixer {
    policy: Policy,
    settings: Settings,
    kept: Kept,
    /// What it was made with, for a copy in another process.
    arguments: Py<PyTuple>,
    keywords: Py<PyDict>,
}

/// Bytes of images for which a thread more is started where nobody said how many: less is mixed before it has begun.
const BYTES_A_THREAD: usize = 32 << 20;

#[pymethods]
impl Mixer {
    #[doc = include_str!("docs/Mixer.mix.txt")]
    #[pyo3(signature = (images, labels, *, epoch, indices, threads=None))]
    fn mix<'py>(
        &self,
        py: Python<'py>,
        images: &Bound<'py, PyAny>,
        labels: &Bound<'py, PyAny>,
        epoch: &Bound<'py, PyAny>,
        indices: &Bound<'py, PyAny>,
        threads: Option<Count>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let threads = threads.map(|threads| threads.0);
        if threads == Some(0) {
            return Err(PyValueError::new_err("threads is 0; take 1 or more, or None for all cores"));
        }
        let Settings { seed, form, classes, smoothing, ref partners, axes } = self.settings;
        let (epoch, indices, given) = (numbers::epoch(epoch)?, numbers::indices(indices)?, Labels::of(labels)?);
        // Behind all that may call code of Python's, which could give the array other memory.
        let view = View::of(images, "images")?;
        view.check_writable("images")?;
        let batch = Images::of(&view, axes, "images")?;
        batch.check_apart("images")?;
        same_length("indices", indices.len(), batch.len())?;
        same_length("labels", given.len(), batch.len())?;

        let mixes = self.policy.draw_within(batch.shape(), partners, seed, epoch, &indices)?;
        batch.check_kind(&mixes, "images")?;
        // Whatever may be refused is refused before the first pixel changes.
        let result = match form {
            Form::Soft => {
                let classes = given.classes(classes)?;
                soft_labels(py, labels, &given, &mixes, |_, mix| mix.partner() as usize, smoothing, classes)?
            }
            Form::Pair => pair(py, labels, &given, &mixes)?,
        };
        let threads = threads_for(threads, view.bytes());
        // SAFETY: `view` keeps the memory alive, which may be written and whose elements lie apart; the documentation asks that nobody else uses the
        // batch meanwhile, as NumPy does of its own functions.
        py.detach(|| unsafe { batch.mix(&mixes, threads) }).map_err(error::value)?;
        Ok(result)
    }

    /// The same as `mix`.
    #[pyo3(signature = (images, labels, *, epoch, indices, threads=None))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        images: &Bound<'py, PyAny>,
        labels: &Bound<'py, PyAny>,
        epoch: &Bound<'py, PyAny>,
        indices: &Bound<'py, PyAny>,
        threads: Option<Count>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.mix(py, images, labels, epoch, indices, threads)
    }

    #[doc = include_str!("docs/Mixer.plan.txt")]
    #[pyo3(signature = (indices, shape, *, epoch, dataset_size=None))]
    fn plan(
        &self,
        indices: &Bound<'_, PyAny>,
        shape: Size,
        epoch: &Bound<'_, PyAny>,
        dataset_size: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Plans> {
        let (epoch, indices) = (numbers::epoch(epoch)?, numbers::indices(indices)?);
        let shape = shape.0;
        let Settings { seed, ref partners, axes, .. } = self.settings;
        let Some(images) = dataset_size else {
            let mixes = self.policy.draw_within(shape, partners, seed, epoch, &indices)?;
            return Ok(Plans::new(mixes, shape, axes, true));
        };
        let images: u32 = numbers::one(images, "dataset_size", "0 to 2³² − 1")?;
        if let Some(index) = indices.iter().find(|&&index| index >= images.into()) {
            return Err(PyValueError::new_err(format!(
                "an index is {index}, and the data set has {images} images, counted from 0"
            )));
        }
        let all = self.kept.partners(images, partners, seed, epoch)?;
        let partners: Vec<u32> = indices.iter().filter_map(|&index| all.get(index as usize).copied()).collect();
        Ok(Plans::new(self.policy.draw(shape, seed, epoch, &indices, &partners), shape, axes, false))
    }

    #[doc = include_str!("docs/Mixer.seed.txt")]
    #[getter]
    const fn seed(&self) -> u64 {
        self.settings.seed
    }

    #[doc = include_str!("docs/Mixer.num_classes.txt")]
    #[getter]
    const fn num_classes(&self) -> Option<usize> {
        self.settings.classes
    }

    #[doc = include_str!("docs/Mixer.labels.txt")]
    #[getter]
    const fn labels(&self) -> &'static str {
        match self.settings.form {
            Form::Soft => "soft",
            Form::Pair => "pair",
        }
    }

    #[doc = include_str!("docs/Mixer.smoothing.txt")]
    #[getter]
    const fn smoothing(&self) -> f32 {
        self.settings.smoothing
    }

    #[doc = include_str!("docs/Mixer.layout.txt")]
    #[getter]
    const fn layout(&self) -> &'static str {
        match self.settings.axes {
            Axes::Nchw => "NCHW",
            Axes::Nhwc => "NHWC",
        }
    }

    fn __getnewargs_ex__(&self, py: Python<'_>) -> (Py<PyTuple>, Py<PyDict>) {
        (self.arguments.clone_ref(py), self.keywords.clone_ref(py))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let mixer = slf.get();
        let mut said: Vec<String> = Vec::new();
        for argument in mixer.arguments.bind(slf.py()) {
            said.push(error::shown(&argument));
        }
        for (name, argument) in mixer.keywords.bind(slf.py()) {
            said.push(format!("{name}={}", error::shown(&argument)));
        }
        Ok(format!("{}({})", slf.get_type().name()?, said.join(", ")))
    }
}

impl Mixer {
    fn new(policy: Policy, settings: Settings, arguments: &Bound<'_, PyTuple>, keywords: &Bound<'_, PyDict>) -> Self {
        Self {
            policy,
            settings,
            kept: Kept::default(),
            arguments: arguments.clone().unbind(),
            keywords: keywords.clone().unbind(),
        }
    }
}

#[doc = include_str!("docs/CutMix.txt")]
#[pyclass(extends = Mixer, frozen, module = "cutmix", name = "CutMix")]
pub struct PyCutMix {
    cutmix: CutMix,
    on_grid: bool,
}

#[pymethods]
impl PyCutMix {
    #[new]
    #[pyo3(signature = (
        alpha=Float(1.0), *, seed, p=Float(1.0), rule="paper", grid=None, partners="random-cycle", dataset_labels=None, labels="soft", num_classes=None, smoothing=Float(0.0),
        layout="NCHW"
    ), text_signature = "(alpha=1.0, *, seed, p=1.0, rule='paper', grid=None, partners='random-cycle', dataset_labels=None, labels='soft', num_classes=None, smoothing=0.0, layout='NCHW')")]
    #[allow(clippy::too_many_arguments, reason = "keywords of Python")]
    fn new<'py>(
        py: Python<'py>,
        alpha: Float,
        seed: &Bound<'py, PyAny>,
        p: Float,
        rule: &str,
        grid: Option<(Count, Count)>,
        partners: &str,
        dataset_labels: Option<&Bound<'py, PyAny>>,
        labels: &str,
        num_classes: Option<Count>,
        smoothing: Float,
        layout: &str,
    ) -> PyResult<PyClassInitializer<Self>> {
        let cutmix = CutMix::new(alpha.0 as f32)
            .map_err(|error| error::of("alpha")(&error))?
            .with_probability(p.0 as f32)
            .map_err(|error| error::of("p")(&error))?
            .with_rule(rule_of(rule)?)
            .map_err(|error| error::of("rule")(&error))?;
        let side = |side: Count| {
            u16::try_from(side.0)
                .map_err(|_| PyValueError::new_err(format!("grid: a side of {}; at most 65535 is possible", side.0)))
        };
        let sides = grid.map(|(height, width)| Ok::<_, PyErr>((side(height)?, side(width)?))).transpose()?;
        let cells = sides
            .map(|(height, width)| Grid::new(width, height))
            .transpose()
            .map_err(|error| error::of("grid")(&error))?;
        let settings = settings_of(seed, partners, dataset_labels, labels, num_classes, smoothing.0, layout)?;
        let keywords = keywords(py, seed, &settings, partners, labels, layout)?;
        keywords.set_item("dataset_labels", dataset_labels)?;
        keywords.set_item("p", p.0)?;
        keywords.set_item("rule", rule)?;
        keywords.set_item("grid", sides)?;
        let policy = Policy::CutMix { cutmix, grid: cells };
        let mixer = Mixer::new(policy, settings, &PyTuple::new(py, [alpha.0])?, &keywords);
        Ok(PyClassInitializer::from(mixer).add_subclass(Self { cutmix, on_grid: grid.is_some() }))
    }

    #[doc = include_str!("docs/CutMix.can_mix.txt")]
    fn can_mix(&self, shape: Size) -> bool {
        self.cutmix.can_mix(shape.0)
    }
}

#[doc = include_str!("docs/MixUp.txt")]
#[pyclass(extends = Mixer, frozen, module = "cutmix", name = "MixUp")]
pub struct PyMixUp {
    mixup: MixUp,
}

#[pymethods]
impl PyMixUp {
    #[new]
    #[pyo3(signature = (
        alpha=Float(1.0), *, seed, p=Float(1.0), partners="random-cycle", dataset_labels=None, labels="soft", num_classes=None, smoothing=Float(0.0), layout="NCHW"
    ), text_signature = "(alpha=1.0, *, seed, p=1.0, partners='random-cycle', dataset_labels=None, labels='soft', num_classes=None, smoothing=0.0, layout='NCHW')")]
    #[allow(clippy::too_many_arguments, reason = "keywords of Python")]
    fn new<'py>(
        py: Python<'py>,
        alpha: Float,
        seed: &Bound<'py, PyAny>,
        p: Float,
        partners: &str,
        dataset_labels: Option<&Bound<'py, PyAny>>,
        labels: &str,
        num_classes: Option<Count>,
        smoothing: Float,
        layout: &str,
    ) -> PyResult<PyClassInitializer<Self>> {
        let mixup = MixUp::new(alpha.0 as f32)
            .map_err(|error| error::of("alpha")(&error))?
            .with_probability(p.0 as f32)
            .map_err(|error| error::of("p")(&error))?;
        let settings = settings_of(seed, partners, dataset_labels, labels, num_classes, smoothing.0, layout)?;
        let keywords = keywords(py, seed, &settings, partners, labels, layout)?;
        keywords.set_item("dataset_labels", dataset_labels)?;
        keywords.set_item("p", p.0)?;
        let mixer = Mixer::new(Policy::MixUp(mixup), settings, &PyTuple::new(py, [alpha.0])?, &keywords);
        Ok(PyClassInitializer::from(mixer).add_subclass(Self { mixup }))
    }
}

#[doc = include_str!("docs/Choice.txt")]
#[pyclass(extends = Mixer, frozen, module = "cutmix", name = "Choice")]
pub struct PyChoice;

#[pymethods]
impl PyChoice {
    #[new]
    #[pyo3(signature = (cutmix, mixup, *, switch_prob=Float(0.5)), text_signature = "(cutmix, mixup, *, switch_prob=0.5)")]
    fn new<'py>(
        py: Python<'py>,
        cutmix: &Bound<'py, PyCutMix>,
        mixup: &Bound<'py, PyMixUp>,
        switch_prob: Float,
    ) -> PyResult<PyClassInitializer<Self>> {
        if cutmix.get().on_grid {
            return Err(PyValueError::new_err("a CutMix with a grid cannot switch with MixUp; take one without"));
        }
        let [settings, other] = [cutmix.as_super().get(), mixup.as_super().get()].map(|mixer| mixer.settings.clone());
        if settings != other {
            return Err(PyValueError::new_err(
                "cutmix and mixup differ in more than alpha and p; give both the same seed, partners, dataset_labels, labels, num_classes, smoothing and layout",
            ));
        }
        let choice = Choice::new(cutmix.get().cutmix, mixup.get().mixup, switch_prob.0 as f32)
            .map_err(|error| error::of("switch_prob")(&error))?;
        let arguments = PyTuple::new(py, [cutmix.as_any(), mixup.as_any()])?;
        let keywords = PyDict::new(py);
        keywords.set_item("switch_prob", switch_prob.0)?;
        let mixer = Mixer::new(Policy::Choice(choice), settings, &arguments, &keywords);
        Ok(PyClassInitializer::from(mixer).add_subclass(Self))
    }
}

/// Soft labels, as an array or a tensor like `like`.
pub fn soft_labels<'py>(
    py: Python<'py>,
    like: &Bound<'py, PyAny>,
    given: &Labels,
    mixes: &Mixes,
    partner: impl Fn(usize, cutmix_core::Mix) -> usize,
    smoothing: f32,
    classes: usize,
) -> PyResult<Bound<'py, PyAny>> {
    if classes > 1 << 24 {
        return Err(PyValueError::new_err(format!(
            "num_classes is {classes}; soft labels have at most 65536, take labels=\"pair\""
        )));
    }
    let soft = PyArray2::<f32>::zeros(py, [mixes.len(), classes], false);
    // SAFETY: the array was made here, so nobody else reads or writes it; it is contiguous.
    let weights = unsafe { soft.as_slice_mut() }?;
    given.mix_into(mixes, partner, smoothing, classes, weights)?;
    torch::like(like, soft.as_untyped())
}

/// Both labels, and λ: the first as it was given.
fn pair<'py>(
    py: Python<'py>,
    labels: &Bound<'py, PyAny>,
    given: &Labels,
    mixes: &Mixes,
) -> PyResult<Bound<'py, PyAny>> {
    let partner = |mix: cutmix_core::Mix| mix.partner() as usize;
    let second = match given {
        Labels::Classes(classes) => {
            let second = mixes.iter().map(|mix| classes.get(partner(mix)).copied().unwrap_or_default());
            let array = PyArray1::from_iter(py, second);
            torch::like(labels, array.as_untyped())?
        }
        Labels::Soft { weights, classes } => {
            let rows = mixes.iter().flat_map(|mix| {
                weights.get(partner(mix) * classes..(partner(mix) + 1) * classes).unwrap_or_default().iter().copied()
            });
            let array = PyArray1::from_iter(py, rows).reshape([mixes.len(), *classes])?;
            torch::like(labels, array.as_untyped())?
        }
    };
    let lambda = torch::like(labels, lambdas(py, mixes).as_untyped())?;
    Ok(PyTuple::new(py, [labels.clone(), second, lambda])?.into_any())
}

/// Refuses arrays of different lengths.
pub fn same_length(name: &str, length: usize, images: usize) -> PyResult<()> {
    if length == images {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("{name}: {length} of them, for a batch of {images} images; pass one an image")))
}

fn threads_for(asked: Option<usize>, bytes: usize) -> usize {
    asked.unwrap_or_else(|| {
        let useful = bytes / BYTES_A_THREAD;
        if useful < 2 { 1 } else { useful.min(std::thread::available_parallelism().map_or(1, Into::into)) }
    })
}

fn settings_of(
    seed: &Bound<'_, PyAny>,
    partners: &str,
    dataset_labels: Option<&Bound<'_, PyAny>>,
    labels: &str,
    classes: Option<Count>,
    smoothing: f64,
    layout: &str,
) -> PyResult<Settings> {
    let wrong =
        |name: &str, given: &str, known: &str| Err(PyValueError::new_err(format!("{name} is {given:?}; take {known}")));
    let partners = match partners {
        "random-cycle" => Rule::Permuted(Partners::RandomCycle),
        "shuffle" => Rule::Permuted(Partners::Shuffle),
        "roll" => Rule::Permuted(Partners::Roll),
        "reverse" => Rule::Permuted(Partners::Reverse),
        "same-class" => Rule::ByClass(Class::Same, classes_of(dataset_labels)?),
        "other-class" => Rule::ByClass(Class::Other, classes_of(dataset_labels)?),
        "any-class" => Rule::ByClass(Class::Any, classes_of(dataset_labels)?),
        other => {
            return wrong(
                "partners",
                other,
                "random-cycle, shuffle, roll, reverse, same-class, other-class or any-class",
            );
        }
    };
    if dataset_labels.is_some() && matches!(partners, Rule::Permuted(_)) {
        return Err(PyValueError::new_err(
            "dataset_labels are for partners by class; leave them out, or take same-class, other-class or any-class",
        ));
    }
    let form = match labels {
        "soft" => Form::Soft,
        "pair" => Form::Pair,
        other => return wrong("labels", other, "soft or pair"),
    };
    let axes = match layout {
        "NCHW" => Axes::Nchw,
        "NHWC" => Axes::Nhwc,
        other => return wrong("layout", other, "NCHW or NHWC"),
    };
    if !(0.0..=1.0).contains(&smoothing) {
        return Err(PyValueError::new_err(format!("smoothing is {smoothing}; it must lie in 0 to 1")));
    }
    if form == Form::Pair && smoothing > 0.0 {
        return Err(PyValueError::new_err("smoothing needs soft labels; with labels=\"pair\" give it to the loss"));
    }
    let classes = classes.map(|classes| classes.0);
    Ok(Settings { seed: numbers::seed(seed)?, form, classes, smoothing: smoothing as f32, partners, axes })
}

fn classes_of(labels: Option<&Bound<'_, PyAny>>) -> PyResult<Arc<[u16]>> {
    let labels = labels.ok_or_else(|| {
        PyValueError::new_err("partners by class need the class of each image of the data set; pass dataset_labels")
    })?;
    let class = |number: i64| {
        u16::try_from(number).map_err(|_| {
            PyValueError::new_err(format!("dataset_labels: a label is {number}; it must lie in 0 to 65535"))
        })
    };
    numbers::integers(labels, "dataset_labels")?.into_iter().map(class).collect()
}

fn keywords<'py>(
    py: Python<'py>,
    seed: &Bound<'py, PyAny>,
    settings: &Settings,
    partners: &str,
    labels: &str,
    layout: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let keywords = PyDict::new(py);
    keywords.set_item("seed", seed)?;
    keywords.set_item("partners", partners)?;
    keywords.set_item("labels", labels)?;
    keywords.set_item("num_classes", settings.classes)?;
    keywords.set_item("smoothing", settings.smoothing)?;
    keywords.set_item("layout", layout)?;
    Ok(keywords)
}

fn rule_of(name: &str) -> PyResult<BoxRule> {
    Ok(match name {
        "paper" => BoxRule::Paper,
        "odd-sides" => BoxRule::OddSides,
        "at-least-one-pixel" => BoxRule::AtLeastOnePixel,
        "inside" => BoxRule::Inside,
        _ => {
            let shares = name.strip_prefix("min-max:").and_then(|shares| shares.split_once(','));
            let shares = shares.and_then(|(min, max)| Some((min.trim().parse().ok()?, max.trim().parse().ok()?)));
            let (min, max) = shares.ok_or_else(|| {
                PyValueError::new_err(format!(
                    "rule is {name:?}; take paper, odd-sides, at-least-one-pixel, inside or min-max:MIN,MAX"
                ))
            })?;
            BoxRule::MinMax { min, max }
        }
    })
}
