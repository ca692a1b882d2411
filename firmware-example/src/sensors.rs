use core::fmt::Write;
use core::hash::Hasher as _;

use cutmix_core::{CutMix, Grid, Layout, PasteError, Patch, Plan, Shape, Stream, Uniform, paste, uniform_below};
use cutmix_record::{Element, Header, Key, PIECE, Pixels, SampleWriter};
use fnv::FnvHasher;

use crate::{Buffers, Fault, Mixed};

const SENSOR_SEED: u64 = 2;
const CUTMIX_SEED: u64 = 43;

/// Samples of each sensor.
const SAMPLES: u32 = 4;

/// α = 1, so that the program needs no logarithms for it.
const CUTMIX: CutMix<Uniform> = CutMix::uniform();

/// What else a device may have than RGB: stands in for its driver, whose DMA leaves bytes.
#[derive(Clone, Copy, Debug)]
pub struct Sensor {
    /// For lines and files.
    pub name: &'static str,
    /// Of a sample.
    pub shape: Shape,
    /// What its bytes are.
    pub element: Element,
    /// Where boxes may have their edges.
    pub grid: Option<Grid>,
}

/// All of them. Their samples fit where [`SMALL`](crate::SMALL) frames do.
pub const SENSORS: [Sensor; 4] = [
    // Time is the width of a window, and a channel an axis: of acceleration three, and of rotation three.
    Sensor { name: "accelerometer", shape: shape(128, 1, 6), element: Element::I16, grid: None },
    Sensor { name: "rgb565", shape: shape(32, 32, 1), element: Element::Rgb565HighFirst, grid: None },
    Sensor { name: "yuyv", shape: shape(32, 32, 1), element: Element::Yuyv, grid: Some(PAIRS) },
    Sensor { name: "quantized", shape: shape(32, 32, 3), element: Element::I8 { zero_point: -128 }, grid: None },
];

const PAIRS: Grid = match Grid::new(2, 1) {
    Ok(grid) => grid,
    Err(_) => panic!("a grid has cells"),
};

const fn shape(width: u16, height: u16, channels: u16) -> Shape {
    match Shape::new(width, height, channels, Layout::Hwc) {
        Ok(shape) => shape,
        Err(_) => panic!("no sample has this shape"),
    }
}

impl Sensor {
    /// The same loop as for frames: samples are kept, mixed in place and sent, each as it was measured and then as it was mixed. Of each, a line goes
    /// to `lines`.
    ///
    /// # Errors
    ///
    /// [`Fault`], the first there is.
    pub fn run<const BYTES: usize, const N: usize>(
        &self,
        buffers: &mut Buffers<BYTES, N>,
        lines: &mut impl Write,
        send: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let Buffers { frame, pool } = buffers;
        let shape = self.shape;
        pool.clear();
        for index in 0..SAMPLES {
            let key = Key { seed: CUTMIX_SEED, epoch: 0, index };
            let too_short =
                Fault::Paste(PasteError::Length { image: self.name, expected: self.bytes(), actual: BYTES });
            let class = self.measure(index, frame.bytes.get_mut(..self.bytes()).ok_or(too_short)?);
            let measured = Header { key, shape, plan: Plan::unmixed(index, shape), classes: [class; 2] };
            self.send(&measured, &frame.bytes, send)?;

            let mut stream = key.stream();
            if let Some(kept) = pool.offer(index, class, &mut stream) {
                kept.copy_from_slice(&frame.bytes);
            }
            let (partner, bytes) = pool.draw(&mut stream).ok_or(Fault::NoPartner)?;
            let plan = match self.grid {
                Some(grid) => CUTMIX.plan_on_grid(shape, grid, partner.number, &mut stream),
                None => CUTMIX.plan(shape, partner.number, &mut stream),
            };
            self.paste(&mut frame.bytes, bytes, plan.patch())?;

            let header = Header { plan, classes: [class, partner.class], ..measured };
            let mut digest = FnvHasher::default();
            let digesting = &mut |piece: &[u8]| {
                digest.write(piece);
                send(piece)
            };
            self.send(&header, &frame.bytes, digesting)?;
            writeln!(lines, "{} {}", self.name, Mixed { header, digest: digest.finish() })?;
        }
        Ok(())
    }

    const fn bytes(&self) -> usize {
        self.shape.len() * self.element.size()
    }

    /// Bytes are pasted as they lie there, all bytes of an element together.
    fn paste(&self, frame: &mut [u8], partner: &[u8], patch: Patch) -> Result<(), PasteError> {
        let frame = frame.get_mut(..self.bytes()).unwrap_or_default();
        let partner = partner.get(..self.bytes()).unwrap_or_default();
        match self.element.size() {
            2 => paste(frame.as_chunks_mut::<2>().0, partner.as_chunks().0, self.shape, patch),
            _ => paste(frame, partner, self.shape, patch),
        }
    }

    fn send(
        &self,
        header: &Header,
        frame: &[u8],
        send: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut piece = [0; PIECE];
        let mut sample = SampleWriter::new(header, self.element, &mut piece, send)?;
        let pixels = Pixels::Bytes(self.element, frame.get(..self.bytes()).unwrap_or_default());
        sample.rows(pixels, self.shape.row_len() * self.element.size())?;
        Ok(sample.finish()?)
    }

    /// Measures sample `index` into `bytes`, and returns its class: how fast it swings, under noise.
    fn measure(&self, index: u32, bytes: &mut [u8]) -> u16 {
        let mut noise = Stream::new(SENSOR_SEED, 0, index.into());
        let class = uniform_below(4, &mut noise);
        let channels = usize::from(self.shape.channels());
        let swing = |at: usize, height: u32| (at as u32 * (class + 1) * 37) % height;
        if self.element == Element::I16 {
            for (value, at) in bytes.as_chunks_mut().0.iter_mut().zip(0..) {
                let swing = (swing(at / channels, 4000) as u16).wrapping_sub(2000);
                let axis = (at % channels * 500) as u16;
                *value = swing.wrapping_add(axis + uniform_below(64, &mut noise) as u16).to_le_bytes();
            }
        } else {
            for (value, at) in bytes.iter_mut().zip(0..) {
                *value = (swing(at, 192) + uniform_below(64, &mut noise)) as u8;
            }
        }
        class as u16
    }
}
