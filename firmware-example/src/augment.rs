use core::fmt::Write;
use core::hash::Hasher as _;

use cutmix_core::{BetaError, CutMix, Plan, Stream, paste_strided};
use cutmix_record::{
    Element, Header, Key, PIECE, PLAN_CAPACITY, Part, Pixels, STRETCH, SampleWriter, encode_plan, part,
};
use fnv::FnvHasher;

use crate::{ALPHA, Buffers, Camera, Fault, Frame, Kind, Mixed, PADDING, PLANS, Size};

const CAMERA_SEED: u64 = 1;
const CUTMIX_SEED: u64 = 42;

fn key(number: u32) -> Key {
    Key { seed: CUTMIX_SEED, epoch: 0, index: number }
}

/// Mixes each frame with one that it has seen.
#[derive(Clone, Copy, Debug)]
pub struct Augmenter {
    cutmix: CutMix,
    size: Size,
}

impl Augmenter {
    /// For frames of `size`.
    ///
    /// # Errors
    ///
    /// [`BetaError`] if [`ALPHA`] were none.
    pub fn new(size: Size) -> Result<Self, BetaError> {
        Ok(Self { cutmix: CutMix::new(ALPHA)?, size })
    }

    /// The whole job: [`Size::frames`] frames from the camera through the mix. Of each, a line goes to `lines`, and to `send`, in pieces, the
    /// records of those kinds that the host has a use for ([`Kind`]); then come two lines that stand for all records and for
    /// [`PLANS`] plans.
    ///
    /// Frames to test on are never mixed, nor those in the gap next to them: the host would have to throw such samples away.
    ///
    /// # Errors
    ///
    /// [`Fault`], the first there is.
    pub fn run<const BYTES: usize, const N: usize>(
        &self,
        buffers: &mut Buffers<BYTES, N>,
        lines: &mut impl Write,
        mut send: impl FnMut(Kind, &[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let camera = Camera { seed: CAMERA_SEED, size: self.size };
        let (mut digest, mut bytes) = (FnvHasher::default(), 0);
        let mut send = |kind, piece: &[u8]| {
            digest.write(piece);
            bytes += piece.len();
            send(kind, piece)
        };
        for number in 0..self.size.frames {
            let class = camera.capture(number, &mut buffers.frame);
            let unmixed = self.unmixed(number, class);
            self.send(&unmixed, &buffers.frame, &mut |piece| send(Kind::Frame, piece))?;
            match part(number, STRETCH) {
                Part::Train => {
                    let mixed = self.augment(class, buffers)?;
                    writeln!(lines, "{} {mixed}", self.size)?;
                    self.send(&mixed.header, &buffers.frame, &mut |piece| send(Kind::Mixed, piece))?;
                    send(Kind::Plan, encode_plan(&mixed.header, &mut [0; PLAN_CAPACITY])?)?;
                }
                Part::Gap => writeln!(lines, "{} frame {number:2}, class {class}, next to test frames", self.size)?,
                Part::Test => {
                    writeln!(lines, "{} frame {number:2}, class {class}, to test on", self.size)?;
                    self.send(&unmixed, &buffers.frame, &mut |piece| send(Kind::Mixed, piece))?;
                }
            }
        }
        let frames = self.size.frames;
        writeln!(lines, "{} records of {frames} frames, {bytes} bytes, digest {:016x}", self.size, digest.finish())?;
        let mut drawn = FnvHasher::default();
        for patch in (0..PLANS).map(|sample| self.plan(sample).patch()) {
            for bound in [patch.x0(), patch.y0(), patch.x1(), patch.y1()] {
                drawn.write(&bound.to_le_bytes());
            }
        }
        writeln!(lines, "{} {PLANS} plans, digest {:016x}", self.size, drawn.finish())?;
        Ok(())
    }

    /// Mixes the frame of `buffers`, of `class`, in place. Its partner is any frame that was mixed before, or itself.
    ///
    /// # Errors
    ///
    /// [`Fault`] if the buffers do not fit the size, or a byte beside the pixels changed.
    pub fn augment<const BYTES: usize, const N: usize>(
        &self,
        class: u16,
        buffers: &mut Buffers<BYTES, N>,
    ) -> Result<Mixed, Fault> {
        let Buffers { frame, pool, .. } = buffers;
        let Size { shape, stride, .. } = self.size;
        let key = key(frame.number);
        let mut stream = key.stream();

        // Partners must be frames as the camera saw them, so this one is remembered before it is changed.
        if let Some(kept) = pool.offer(frame.number, class, &mut stream) {
            kept.copy_from_slice(&frame.bytes);
        }
        let (partner, bytes) = pool.draw(&mut stream).ok_or(Fault::NoPartner)?;

        let plan = self.cutmix.plan(shape, partner.number, &mut stream);
        paste_strided(&mut frame.bytes, stride, bytes, stride, shape, plan.patch())?;

        let mut digest = FnvHasher::default();
        for (row, number) in frame.bytes.chunks(stride).zip(0..) {
            let (pixels, padding) = row.split_at_checked(shape.row_len()).unwrap_or((row, &[]));
            if padding.iter().any(|&byte| byte != PADDING) {
                return Err(Fault::Overrun { row: number });
            }
            digest.write(pixels);
        }
        let header = Header { key, shape, plan, classes: [class, partner.class] };
        Ok(Mixed { header, digest: digest.finish() })
    }

    /// The header of frame `number` as the camera saw it.
    #[must_use]
    pub fn unmixed(&self, number: u32, class: u16) -> Header {
        let shape = self.size.shape;
        Header { key: key(number), shape, plan: Plan::unmixed(number, shape), classes: [class; 2] }
    }

    /// Sends `frame` as a record, without its padding, in pieces of up to 256 bytes.
    ///
    /// # Errors
    ///
    /// [`Fault::Encode`] if the frame does not fit the size, and what `send` reports.
    #[inline(never)] // once in the program, not once for each kind of record
    pub fn send<const BYTES: usize>(
        &self,
        header: &Header,
        frame: &Frame<BYTES>,
        send: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut piece = [0; PIECE];
        let mut sample = SampleWriter::new(header, Element::U8, &mut piece, send)?;
        sample.rows(Pixels::U8(&frame.bytes), self.size.stride)?;
        Ok(sample.finish()?)
    }

    /// The plan of `sample` alone, with nobody as partner: what sampling costs.
    #[must_use]
    pub fn plan(&self, sample: u32) -> Plan {
        self.cutmix.plan(self.size.shape, 0, &mut Stream::new(CUTMIX_SEED, 1, sample.into()))
    }
}
