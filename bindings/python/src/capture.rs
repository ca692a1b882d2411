//! Records of a device, as Python sees them.

use std::num::NonZeroU32;

use cutmix_core::{Layout, paste};
use cutmix_record::{Element, Header, Part, Records, part};
use numpy::{PyArray1, PyArrayMethods as _};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::value;
use crate::numbers::Count;

#[doc = include_str!("docs/Record.txt")]
#[pyclass(frozen, module = "cutmix")]
pub struct Record {
    header: Header,
    /// None of a plan.
    content: Option<(Element, Vec<u8>)>,
}

#[pymethods]
impl Record {
    #[doc = include_str!("docs/Record.seed.txt")]
    #[getter]
    const fn seed(&self) -> u64 {
        self.header.key.seed
    }

    #[doc = include_str!("docs/Record.epoch.txt")]
    #[getter]
    const fn epoch(&self) -> u32 {
        self.header.key.epoch
    }

    #[doc = include_str!("docs/Record.index.txt")]
    #[getter]
    const fn index(&self) -> u32 {
        self.header.key.index
    }

    #[doc = include_str!("docs/Record.shape.txt")]
    #[getter]
    const fn shape(&self) -> (u16, u16, u16) {
        let shape = self.header.shape;
        (shape.height(), shape.width(), shape.channels())
    }

    #[doc = include_str!("docs/Record.layout.txt")]
    #[getter]
    const fn layout(&self) -> &'static str {
        match self.header.shape.layout() {
            Layout::Hwc => "HWC",
            Layout::Chw => "CHW",
        }
    }

    #[doc = include_str!("docs/Record.box.txt")]
    #[getter]
    const fn r#box(&self) -> (u16, u16, u16, u16) {
        let patch = self.header.plan.patch();
        (patch.x0(), patch.y0(), patch.x1(), patch.y1())
    }

    #[doc = include_str!("docs/Record.partner.txt")]
    #[getter]
    const fn partner(&self) -> u32 {
        self.header.plan.partner()
    }

    #[doc = include_str!("docs/Record.kept.txt")]
    #[getter]
    const fn kept(&self) -> u32 {
        self.header.plan.kept()
    }

    #[doc = include_str!("docs/Record.total.txt")]
    #[getter]
    const fn total(&self) -> u32 {
        self.header.plan.total()
    }

    #[doc = include_str!("docs/Record.lam.txt")]
    #[getter]
    const fn lam(&self) -> f32 {
        self.header.plan.lambda()
    }

    #[doc = include_str!("docs/Record.classes.txt")]
    #[getter]
    const fn classes(&self) -> (u16, u16) {
        (self.header.classes[0], self.header.classes[1])
    }

    #[doc = include_str!("docs/Record.mixed.txt")]
    #[getter]
    const fn mixed(&self) -> bool {
        self.header.plan.patch().area() > 0
    }

    #[doc = include_str!("docs/Record.element.txt")]
    #[getter]
    fn element(&self) -> Option<&'static str> {
        self.content.as_ref().map(|(element, _)| name_of(*element))
    }

    #[doc = include_str!("docs/Record.zero_point.txt")]
    #[getter]
    const fn zero_point(&self) -> Option<i8> {
        match self.content {
            Some((Element::I8 { zero_point }, _)) => Some(zero_point),
            _ => None,
        }
    }

    #[doc = include_str!("docs/Record.image.txt")]
    #[getter]
    fn image<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some((element, bytes)) = &self.content else { return Ok(None) };
        let shape = self.header.shape;
        let [height, width, channels] = [shape.height(), shape.width(), shape.channels()].map(usize::from);
        let sides = match shape.layout() {
            Layout::Hwc => [height, width, channels],
            Layout::Chw => [channels, height, width],
        };
        let pairs = || bytes.as_chunks::<2>().0.iter();
        Ok(Some(match element {
            Element::I8 { .. } => {
                PyArray1::from_iter(py, bytes.iter().map(|byte| byte.cast_signed())).reshape(sides)?.into_any()
            }
            Element::Rgb565 | Element::Yuyv | Element::U16 => {
                PyArray1::from_iter(py, pairs().map(|pair| u16::from_le_bytes(*pair))).reshape(sides)?.into_any()
            }
            Element::Rgb565HighFirst | Element::U16HighFirst => {
                PyArray1::from_iter(py, pairs().map(|pair| u16::from_be_bytes(*pair))).reshape(sides)?.into_any()
            }
            Element::I16 => {
                PyArray1::from_iter(py, pairs().map(|pair| i16::from_le_bytes(*pair))).reshape(sides)?.into_any()
            }
            Element::F32 => {
                let fours = bytes.as_chunks::<4>().0.iter();
                PyArray1::from_iter(py, fours.map(|four| f32::from_le_bytes(*four))).reshape(sides)?.into_any()
            }
            _ => PyArray1::from_slice(py, bytes).reshape(sides)?.into_any(),
        }))
    }

    #[doc = include_str!("docs/Record.part.txt")]
    #[pyo3(signature = (stretch=Count(50)), text_signature = "(self, stretch=50)")]
    fn part(&self, stretch: Count) -> PyResult<&'static str> {
        let stretch = u32::try_from(stretch.0).ok().and_then(NonZeroU32::new);
        let stretch = stretch.ok_or_else(|| PyValueError::new_err("stretch: it must lie in 1 to 2³² − 1"))?;
        let of = |index| part(index, stretch);
        let parts = if self.mixed() { [of(self.index()), of(self.partner())] } else { [of(self.index()); 2] };
        // What shows a frame that must not be seen must not be seen either.
        Ok(match parts {
            [Part::Train, Part::Train] => "train",
            [Part::Test, Part::Test] if !self.mixed() => "test",
            _ => "gap",
        })
    }

    #[doc = include_str!("docs/Record.replay.txt")]
    fn replay(&self, frame: &Self, partner: &Self) -> PyResult<Self> {
        let header = self.header;
        let (element, bytes) = self.source("frame", frame, self.index(), header.classes[0])?;
        let mut bytes = bytes.clone();
        if self.mixed() {
            let (other, other_bytes) = self.source("partner", partner, self.partner(), header.classes[1])?;
            if element != other {
                return Err(PyValueError::new_err(format!(
                    "the frames are of {element} and of {other}, which cannot be mixed"
                )));
            }
            element.check(header.shape, header.plan.patch()).map_err(value)?;
            let (shape, patch) = (header.shape, header.plan.patch());
            // All bytes of an element go where it goes.
            match element.size() {
                1 => paste(&mut bytes, other_bytes, shape, patch),
                2 => paste(bytes.as_chunks_mut::<2>().0, other_bytes.as_chunks().0, shape, patch),
                _ => paste(bytes.as_chunks_mut::<4>().0, other_bytes.as_chunks().0, shape, patch),
            }
            .map_err(value)?;
        }
        Ok(Self { header, content: Some((*element, bytes)) })
    }

    fn __repr__(&self) -> String {
        let what = if self.content.is_some() { "sample" } else { "plan" };
        let (height, width, channels) = self.shape();
        format!("<Record: {what} of frame {} of session {}, {width}×{height}×{channels}>", self.index(), self.seed())
    }
}

impl Record {
    /// The pixels of `frame`, which must be number `index` of this session as the camera saw it.
    fn source<'a>(&self, name: &str, frame: &'a Self, index: u32, class: u16) -> PyResult<&'a (Element, Vec<u8>)> {
        let wrong = |what: String| Err(PyValueError::new_err(format!("{name}: {what}")));
        let Some(content) = &frame.content else { return wrong("a plan has no pixels; pass a sample".into()) };
        if frame.mixed() {
            return wrong("it is mixed already; pass the frame as the camera saw it".into());
        }
        if (frame.seed(), frame.index()) != (self.seed(), index) {
            let (seed, number) = (frame.seed(), frame.index());
            return wrong(format!(
                "frame {number} of session {seed}, and the plan is for frame {index} of session {}",
                self.seed()
            ));
        }
        if frame.header.shape != self.header.shape {
            return wrong(format!(
                "its shape is {:?}, and the plan is for {:?}",
                frame.header.shape, self.header.shape
            ));
        }
        if frame.header.classes[0] != class {
            return wrong(format!("it is of class {}, and of class {class} to the plan", frame.header.classes[0]));
        }
        Ok(content)
    }
}

const fn name_of(element: Element) -> &'static str {
    match element {
        Element::U8 => "u8",
        Element::Rgb565 | Element::Rgb565HighFirst => "rgb565",
        Element::Bgr => "bgr",
        Element::Yuyv => "yuyv",
        Element::I8 { .. } => "i8",
        Element::U16 | Element::U16HighFirst => "u16",
        Element::I16 => "i16",
        Element::F32 => "f32",
        _ => "unknown",
    }
}

/// A stretch that is no record: where it begins, how long it is, and what is wrong with it.
pub type Damage = (usize, usize, String);

/// The samples and the plans of a capture, each in their order, and what of it is no record.
pub fn read(capture: &Bound<'_, PyBytes>) -> PyResult<(Vec<Record>, Vec<Record>, Vec<Damage>)> {
    let mut bytes = capture.as_bytes().to_vec();
    let (mut samples, mut plans, mut damages) = (Vec::new(), Vec::new(), Vec::new());
    for record in Records::new(&mut bytes) {
        match record {
            Ok(cutmix_record::Record::Sample { header, element, pixels, .. }) => {
                if name_of(element) == "unknown" {
                    return Err(PyValueError::new_err(format!(
                        "elements of {element} are not known here; update cutmix"
                    )));
                }
                samples.push(Record { header, content: Some((element, pixels.to_vec())) });
            }
            Ok(cutmix_record::Record::Plan { header, .. }) => plans.push(Record { header, content: None }),
            Err(damage) => damages.push((damage.offset, damage.bytes, damage.reason.to_string())),
        }
    }
    Ok((samples, plans, damages))
}
