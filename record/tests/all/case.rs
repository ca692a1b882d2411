//! Records that a device might send, drawn at random.

use cutmix_core::{Layout, Patch, Plan, Shape};
use cutmix_record::{Damage, Element, Header, Key, Pixels, Record, Records, encode_plan, encode_sample};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// What a device might send.
#[derive(Clone, Debug)]
pub struct Case {
    pub header: Header,
    /// None for a plan alone.
    pub element: Option<Element>,
    pub stride: usize,
    /// Rows with their padding; of bytes, the low ones count.
    pub memory: Vec<u16>,
}

impl Case {
    pub fn bytes(&self) -> Vec<u8> {
        self.memory.iter().map(|&element| element as u8).collect()
    }

    pub fn record(&self) -> Vec<u8> {
        let mut out = vec![0xEE; 4000];
        let (bytes, header) = (self.bytes(), &self.header);
        let record = match self.element {
            None => encode_plan(header, &mut out),
            Some(Element::Rgb565) => encode_sample(header, Pixels::Rgb565(&self.memory), self.stride, &mut out),
            Some(_) => encode_sample(header, Pixels::U8(&bytes), self.stride, &mut out),
        };
        let written = record.unwrap().to_vec();
        assert!(out[written.len()..].iter().all(|&byte| byte == 0xEE), "more was written than came back");
        written
    }

    pub fn arrived(&self) -> Arrived {
        let shape = self.header.shape;
        let elements = self.memory.chunks(self.stride).flat_map(|row| row[..shape.row_len()].iter().copied());
        let pixels = |element: Element| match element {
            Element::Rgb565 => elements.flat_map(u16::to_le_bytes).collect(),
            _ => elements.map(|element| element as u8).collect(),
        };
        Arrived { header: self.header, sample: self.element.map(|element| (element, pixels(element))) }
    }
}

/// A record that arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrived {
    pub header: Header,
    pub sample: Option<(Element, Vec<u8>)>,
}

prop_compose! {
    fn headers()(
        sides in (1_u16..=9, 1_u16..=7, 1_u16..=4, any::<bool>()),
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

/// Of every length in bits.
fn number() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64).prop_map(|(number, shift)| number >> shift)
}

prop_compose! {
    pub fn cases()(
        header in headers(),
        kind in 0..5,
        padding in 0_usize..4,
        whole in any::<bool>(),
        memory in vec(prop_oneof![Just(0_u16), any::<u16>(), Just(0xFFFF)], 7 * 4 * 40),
    ) -> Case {
        let (mut header, mut element) = (header, None);
        if kind > 2 && header.shape.channels() == 1 {
            element = Some(Element::Rgb565);
        } else if kind > 0 {
            element = Some(Element::U8);
        }
        if kind == 1 {
            header.plan = Plan::unmixed(header.key.index, header.shape);
        }
        let shape = header.shape;
        let stride = shape.row_len() + padding;
        let length = stride * shape.rows() - if whole { 0 } else { padding };
        Case { header, element, stride, memory: memory[..length].to_vec() }
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
