//! Records that a device might send, drawn at random.

use std::ops::Range;

use cutmix_core::{Layout, Patch, Plan, Shape};
use cutmix_record::{Damage, Element, Header, Key, Pixels, Record, Records, encode_plan, encode_sample};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

/// What a device might send.
#[derive(Clone, Debug)]
pub struct Case {
    pub header: Header,
    /// None for a plan alone.
    pub element: Option<Element>,
    /// In elements.
    pub stride: usize,
    /// Rows with their padding, an element a number, of which the low bits count.
    pub memory: Vec<u32>,
    /// Given as bytes, not as numbers.
    pub as_bytes: bool,
}

impl Case {
    /// What was written, as a case of its own.
    pub fn again(header: Header, sample: Option<(Element, Vec<u8>)>, as_bytes: bool) -> Self {
        let (element, bytes) = sample.unzip();
        let size = element.map_or(1, Element::size);
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte));
        let memory = bytes.unwrap_or_default().chunks(size).map(number).collect();
        Self { header, element, stride: header.shape.row_len(), memory, as_bytes }
    }

    /// Hands pixels of the elements in `range`, and what its stride is, to `take`.
    pub fn with_pixels<R>(
        &self,
        element: Element,
        range: Range<usize>,
        take: impl FnOnce(Pixels<'_>, usize) -> R,
    ) -> R {
        let (numbers, stride) = (&self.memory[range], self.stride);
        let words: Vec<u16> = numbers.iter().map(|&number| number as u16).collect();
        match element {
            _ if self.as_bytes => {}
            Element::U8 => return take(Pixels::U8(&bytes_of(element, numbers)), stride),
            Element::Rgb565 => return take(Pixels::Rgb565(&words), stride),
            Element::Rgb565HighFirst => return take(Pixels::Rgb565Swapped(&words), stride),
            Element::U16 => return take(Pixels::U16(&words), stride),
            Element::I8 { zero_point } => {
                let values: Vec<i8> = numbers.iter().map(|&number| number as i8).collect();
                return take(Pixels::I8 { values: &values, zero_point }, stride);
            }
            Element::I16 => {
                let values: Vec<i16> = numbers.iter().map(|&number| number as i16).collect();
                return take(Pixels::I16(&values), stride);
            }
            Element::F32 => {
                let values: Vec<f32> = numbers.iter().map(|&number| f32::from_bits(number)).collect();
                return take(Pixels::F32(&values), stride);
            }
            _ => {}
        }
        take(Pixels::Bytes(element, &bytes_of(element, numbers)), stride * element.size())
    }

    pub fn record(&self) -> Vec<u8> {
        let mut out = vec![0xEE; 4000];
        let header = &self.header;
        let record = match self.element {
            None => encode_plan(header, &mut out),
            Some(element) => self.with_pixels(element, 0..self.memory.len(), |pixels, stride| {
                assert_eq!(pixels.element(), element);
                encode_sample(header, pixels, stride, &mut out)
            }),
        };
        let written = record.unwrap().to_vec();
        assert!(out[written.len()..].iter().all(|&byte| byte == 0xEE), "more was written than came back");
        written
    }

    pub fn arrived(&self) -> Arrived {
        let row = self.header.shape.row_len();
        let pixels =
            |element| self.memory.chunks(self.stride).flat_map(|numbers| bytes_of(element, &numbers[..row])).collect();
        Arrived { header: self.header, sample: self.element.map(|element| (element, pixels(element))) }
    }
}

/// The low bytes of each number, the lowest first.
fn bytes_of(element: Element, numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes().into_iter().take(element.size())).collect()
}

/// A record that arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrived {
    pub header: Header,
    pub sample: Option<(Element, Vec<u8>)>,
}

prop_compose! {
    fn headers()(
        sides in (1_u16..=10, 1_u16..=7, 1_u16..=4, any::<bool>()),
        edges in any::<[Index; 4]>(),
        key in (number(), any::<u32>(), any::<u32>(), 0..32_u32),
        partner in any::<u32>(),
        classes in any::<[u16; 2]>(),
    ) -> Header {
        let (width, height, channels, planes) = sides;
        let shape = Shape::new(width, height, channels, if planes { Layout::Chw } else { Layout::Hwc }).unwrap();
        let [a, b, c, d] = edges;
        let [x0, x1] = [a, b].map(|edge| edge.index(usize::from(width) + 1) as u16);
        let [y0, y1] = [c, d].map(|edge| edge.index(usize::from(height) + 1) as u16);
        let patch = Patch::new(x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)).unwrap();
        let (seed, epoch, index, shift) = key;
        Header { key: Key { seed, epoch, index: index >> shift }, shape, plan: Plan::new(partner, patch, shape).unwrap(), classes }
    }
}

pub fn elements() -> impl Strategy<Value = Element> {
    prop_oneof![
        Just(Element::U8),
        Just(Element::Rgb565),
        Just(Element::Rgb565HighFirst),
        Just(Element::Bgr),
        Just(Element::Yuyv),
        any::<i8>().prop_map(|zero_point| Element::I8 { zero_point }),
        Just(Element::U16),
        Just(Element::U16HighFirst),
        Just(Element::I16),
        Just(Element::F32),
    ]
}

/// Of every length in bits.
fn number() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64).prop_map(|(number, shift)| number >> shift)
}

prop_compose! {
    pub fn cases()(
        header in headers(),
        element in option::of(elements()),
        unmixed in any::<bool>(),
        padding in 0_usize..4,
        whole in any::<bool>(),
        as_bytes in any::<bool>(),
        memory in vec(prop_oneof![Just(0_u32), any::<u32>(), Just(u32::MAX)], 7 * 4 * 44),
    ) -> Case {
        let mut header = header;
        if unmixed {
            header.plan = Plan::unmixed(header.key.index, header.shape);
        }
        let shape = header.shape;
        let element = element.filter(|element| element.check(shape, header.plan.patch()).is_ok());
        let stride = shape.row_len() + padding;
        let length = stride * shape.rows() - if whole { 0 } else { padding };
        Case { header, element, stride, memory: memory[..length].to_vec(), as_bytes }
    }
}

pub fn read(mut capture: Vec<u8>) -> (Vec<Arrived>, Vec<Damage>) {
    let (mut arrived, mut damages) = (Vec::new(), Vec::new());
    for record in Records::new(&mut capture) {
        match record {
            Ok(Record::Sample { header, element, pixels, .. }) => {
                arrived.push(Arrived { header, sample: Some((element, pixels.to_vec())) });
            }
            Ok(Record::Plan { header, .. }) => arrived.push(Arrived { header, sample: None }),
            Err(damage) => damages.push(damage),
        }
    }
    (arrived, damages)
}
