use core::fmt::Write;

use cutmix_core::{BetaError, CutMix, Plan, Stream, paste_strided};

use crate::{ALPHA, Buffers, Camera, Fault, PADDING, PLANS, Record, Size, digest};

const CAMERA_SEED: u64 = 1;
const CUTMIX_SEED: u64 = 42;

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

    /// The whole job: [`Size::frames`] frames from the camera through the mix to `link`, a line each, then a line that stands
    /// for [`PLANS`] plans.
    ///
    /// # Errors
    ///
    /// [`Fault`], the first there is.
    pub fn run<const BYTES: usize, const N: usize>(
        &self,
        buffers: &mut Buffers<BYTES, N>,
        link: &mut impl Write,
    ) -> Result<(), Fault> {
        let camera = Camera { seed: CAMERA_SEED, size: self.size };
        for number in 0..self.size.frames {
            let class = camera.capture(number, &mut buffers.frame);
            let record = self.augment(class, buffers)?;
            writeln!(link, "{} {record}", self.size)?;
        }
        let plans = (0..PLANS).map(|sample| self.plan(sample));
        let bounds = plans.map(Plan::patch).flat_map(|patch| [patch.x0(), patch.y0(), patch.x1(), patch.y1()]);
        writeln!(link, "{} {PLANS} plans, digest {:016x}", self.size, digest(bounds.flat_map(u16::to_le_bytes)))?;
        Ok(())
    }

    /// Mixes the frame of `buffers`, of `class`, in place. Its partner is any frame seen, itself included.
    ///
    /// # Errors
    ///
    /// [`Fault`] if the buffers do not fit the size, or a byte beside the pixels changed.
    pub fn augment<const BYTES: usize, const N: usize>(
        &self,
        class: u16,
        buffers: &mut Buffers<BYTES, N>,
    ) -> Result<Record, Fault> {
        let Buffers { frame, pool } = buffers;
        let Size { shape, stride, .. } = self.size;
        let mut stream = Stream::new(CUTMIX_SEED, 0, frame.number.into());

        // Partners must be frames as the camera saw them, so this one is remembered before it is changed.
        pool.offer(frame, class, &mut stream);
        let (partner, partner_class) = pool.draw(&mut stream).ok_or(Fault::NoPartner)?;

        let plan = self.cutmix.plan(shape, partner.number, &mut stream);
        paste_strided(&mut frame.bytes, stride, &partner.bytes, stride, shape, plan.patch())?;

        for (row, number) in frame.bytes.chunks(stride).zip(0..) {
            if row.iter().skip(shape.row_len()).any(|&byte| byte != PADDING) {
                return Err(Fault::Overrun { row: number });
            }
        }
        let pixels = frame.bytes.chunks(stride).flat_map(|row| row.iter().take(shape.row_len()).copied());
        Ok(Record { number: frame.number, plan, label: plan.label(class, partner_class), digest: digest(pixels) })
    }

    /// The plan of `sample` alone, with nobody as partner: what sampling costs.
    #[must_use]
    pub fn plan(&self, sample: u32) -> Plan {
        self.cutmix.plan(self.size.shape, 0, &mut Stream::new(CUTMIX_SEED, 1, sample.into()))
    }
}
