//! A batch of images in Python's memory, and what the core does to it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::{array, panic, slice, thread};

use cutmix_core::{
    Blend, Layout, Mix, MixBatchError, PasteError, Patch, Plan, Shape, apply_batch, apply_images, mix_batch,
    mix_batch_scratch, paste,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::error::value;
use crate::view::{Kind, Plain, View};

/// Blends a second image into a first.
type Blending<T> = fn(Blend, &mut [T], &[T]) -> Result<(), PasteError>;

/// `$body` for elements of a kind, of the type and with the blend that stand for it. Boxes are copied, so there all elements of a size are alike.
macro_rules! by_kind {
    ($kind:expr, |$type:ident, $blend:ident| $body:expr) => {
        by_kind!(@all $kind, $type, $blend, $body,
            Kind::U8 | Kind::Bool => u8, Blend::apply_u8;
            Kind::I8 => i8, Blend::apply_i8;
            Kind::U16 => u16, Blend::apply_u16;
            Kind::I16 => i16, Blend::apply_i16;
            Kind::F16 => u16, Blend::apply_f16;
            Kind::Bf16 => u16, Blend::apply_bf16;
            Kind::F32 => f32, Blend::apply_f32;
            Kind::U32 | Kind::I32 => u32, never;
            Kind::U64 | Kind::I64 | Kind::F64 => u64, never;
        )
    };
    (@all $kind:expr, $type:ident, $blend:ident, $body:expr, $($kinds:pat => $element:ty, $apply:expr;)*) => {
        match $kind {
            $($kinds => {
                type $type = $element;
                let $blend: Blending<$type> = $apply;
                $body
            })*
        }
    };
}

/// What is done to each image of a batch.
#[derive(Clone)]
pub enum Mixes {
    /// A box for each.
    Boxes(Vec<Plan>),
    /// A box or a blend for each.
    Either(Vec<Mix>),
}

impl Mixes {
    pub fn len(&self) -> usize {
        match self {
            Self::Boxes(plans) => plans.len(),
            Self::Either(mixes) => mixes.len(),
        }
    }

    pub fn get(&self, image: usize) -> Option<Mix> {
        match self {
            Self::Boxes(plans) => plans.get(image).copied().map(Mix::Paste),
            Self::Either(mixes) => mixes.get(image).copied(),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Mix> + '_ {
        (0..self.len()).filter_map(|image| self.get(image))
    }

    fn any_blend(&self) -> bool {
        matches!(self, Self::Either(mixes) if mixes.iter().any(|mix| matches!(mix, Mix::Blend(_))))
    }
}

/// The axes of a batch of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axes {
    /// Images, channels, height, width.
    Nchw,
    /// Images, height, width, channels.
    Nhwc,
}

/// A batch of images by its address. Strides are in bytes, in the order images, channels, height, width, whatever the axes of the array.
#[derive(Clone, Copy)]
pub struct Images {
    data: *mut u8,
    kind: Kind,
    count: usize,
    shape: Shape,
    strides: [isize; 4],
}

// SAFETY: it is an address; who reads or writes there sees to it that nobody else does.
unsafe impl Send for Images {}
// SAFETY: as above.
unsafe impl Sync for Images {}

impl Images {
    /// The images of an array of three dimensions, without channels, or four. `axes` says which is which.
    pub fn of(view: &View<'_>, axes: Axes, name: &str) -> PyResult<Self> {
        let ([images, channels, height, width], strides) = match (view.shape(), view.strides(), axes) {
            (&[n, h, w], &[sn, sh, sw], _) => ([n, 1, h, w], [sn, 0, sh, sw]),
            (&[n, c, h, w], &[sn, sc, sh, sw], Axes::Nchw) | (&[n, h, w, c], &[sn, sh, sw, sc], Axes::Nhwc) => {
                ([n, c, h, w], [sn, sc, sh, sw])
            }
            (shape, ..) => {
                let order = if axes == Axes::Nchw { "[N, C, H, W]" } else { "[N, H, W, C]" };
                return Err(PyValueError::new_err(format!(
                    "{name}: an array of shape {shape:?}; a batch is {order}, or [N, H, W] without channels"
                )));
            }
        };
        let side = |side: usize, what| {
            u16::try_from(side)
                .map_err(|_| PyValueError::new_err(format!("{name}: a {what} of {side}; at most 65535 is possible")))
        };
        let shape = Shape::new(
            side(width, "width")?,
            side(height, "height")?,
            side(channels, "number of channels")?,
            Layout::Chw,
        )
        .map_err(value)?;
        if u32::try_from(images).is_err() {
            return Err(PyValueError::new_err(format!(
                "{name}: a batch of {images}; fewer than 2³² images are possible"
            )));
        }
        Ok(Self { data: view.data(), kind: view.kind(), count: images, shape, strides })
    }

    pub const fn len(&self) -> usize {
        self.count
    }

    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Refuses what can be neither copied nor blended.
    pub fn check_kind(&self, mixes: &Mixes, name: &str) -> PyResult<()> {
        let blended =
            matches!(self.kind, Kind::U8 | Kind::I8 | Kind::U16 | Kind::I16 | Kind::F16 | Kind::Bf16 | Kind::F32);
        if mixes.any_blend() && !blended {
            return Err(PyTypeError::new_err(format!(
                "{name}: elements are {}, which MixUp does not blend; pass uint8, int8, uint16, int16, float16, bfloat16 or float32",
                self.kind.name()
            )));
        }
        Ok(())
    }

    /// Refuses images that share memory with each other, since a change of one would change another.
    pub fn check_apart(&self, name: &str) -> PyResult<()> {
        if self.is_empty() || self.apart() {
            return Ok(());
        }
        Err(PyValueError::new_err(format!(
            "{name}: elements of the array lie in the same memory (by broadcasting, say); pass a copy"
        )))
    }

    /// Refuses images of another size than `shape`.
    pub fn check_size(&self, shape: Shape) -> PyResult<()> {
        if (self.shape.width(), self.shape.height()) == (shape.width(), shape.height()) {
            return Ok(());
        }
        Err(PyValueError::new_err(format!(
            "plans for {}×{} pixels do not fit images of {}×{}; pass images of that size, or take the plans to theirs with at()",
            shape.width(),
            shape.height(),
            self.shape.width(),
            self.shape.height()
        )))
    }

    /// Refuses partners of other sides or elements.
    pub fn check_like(&self, others: &Self) -> PyResult<()> {
        if self.sides() == others.sides() && self.kind == others.kind {
            return Ok(());
        }
        Err(PyValueError::new_err("images and partners differ in shape or type; pass an image for each, alike"))
    }

    const fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn sides(&self) -> [usize; 4] {
        let shape = self.shape;
        [self.count, shape.channels().into(), shape.height().into(), shape.width().into()]
    }

    /// Whether no two elements share memory, as far as strides tell: each is longer than all that the shorter ones reach.
    fn apart(&self) -> bool {
        let mut axes: [(usize, usize); 4] =
            array::from_fn(|axis| (self.strides[axis].unsigned_abs(), self.sides()[axis]));
        axes.sort_unstable();
        let mut reach = self.kind.size();
        axes.into_iter().filter(|(_, side)| *side > 1).all(|(stride, side)| {
            let apart = stride >= reach;
            reach = reach.saturating_add(stride.saturating_mul(side - 1));
            apart
        })
    }

    /// The addresses from the first byte to behind the last.
    fn range(&self) -> [usize; 2] {
        let (mut first, mut end) = (self.data.addr(), self.data.addr() + self.kind.size());
        for (stride, side) in self.strides.into_iter().zip(self.sides()) {
            let reach = stride.unsigned_abs().saturating_mul(side.saturating_sub(1));
            if stride < 0 { first = first.saturating_sub(reach) } else { end = end.saturating_add(reach) }
        }
        [first, end]
    }

    /// Refuses images that share memory with `others`.
    pub fn check_apart_from(&self, others: &Self) -> PyResult<()> {
        let ([first, end], [other_first, other_end]) = (self.range(), others.range());
        if self.is_empty() || end <= other_first || other_end <= first {
            return Ok(());
        }
        Err(PyValueError::new_err("images and partners may share memory; pass a copy of the partners"))
    }

    /// How each image lies in memory, if its elements lie side by side and aligned.
    fn packed(&self) -> Option<Layout> {
        let size = self.kind.size() as isize;
        let [_, channels, height, width] = self.sides().map(|side| side as isize);
        let [_, sc, sh, sw] = self.strides;
        let is = |stride: isize, side: isize, expected: isize| side == 1 || stride == expected * size;
        let aligned = self.data.addr().is_multiple_of(size as usize)
            && (self.count < 2 || self.strides[0].unsigned_abs().is_multiple_of(size as usize));
        let planes = is(sw, width, 1) && is(sh, height, width) && is(sc, channels, width * height);
        let pixels = is(sc, channels, 1) && is(sw, width, channels) && is(sh, height, width * channels);
        match (planes, pixels) {
            _ if !aligned => None,
            (true, _) => Some(Layout::Chw),
            (false, true) => Some(Layout::Hwc),
            _ => None,
        }
    }

    /// Carries out `mixes` in place, on so many threads at most.
    ///
    /// # Safety
    ///
    /// The memory is alive, may be written, and nobody else reads or writes it meanwhile; `check_apart` has passed.
    pub unsafe fn mix(&self, mixes: &Mixes, threads: usize) -> Result<(), MixBatchError> {
        if self.is_empty() {
            return Ok(());
        }
        // SAFETY: the caller's promises, and `T` is as large as an element, with any bits a value.
        by_kind!(self.kind, |T, blend| unsafe { self.mix_as::<T>(mixes, threads, blend) })
    }

    /// As [`mix`](Self::mix), where the partner of each image is the one of `others` with its number.
    ///
    /// # Safety
    ///
    /// As [`mix`](Self::mix); `others` has the same sides and elements, is alive, and shares no memory with it.
    pub unsafe fn mix_from(&self, others: &Self, mixes: &Mixes) -> Result<(), PasteError> {
        if self.is_empty() {
            return Ok(());
        }
        // SAFETY: as in `mix`.
        by_kind!(self.kind, |T, blend| unsafe { self.mix_from_as::<T>(others, mixes, blend) })
    }

    /// # Safety
    ///
    /// As [`mix`](Self::mix); `T` is as large as an element.
    unsafe fn mix_as<T: Plain + Default>(
        &self,
        mixes: &Mixes,
        threads: usize,
        blend: Blending<T>,
    ) -> Result<(), MixBatchError> {
        let Some(layout) = self.packed() else {
            let shape = self.shape;
            let mut batch = Vec::with_capacity(self.count.saturating_mul(shape.len()));
            for image in 0..self.count {
                // SAFETY: alive, by the caller's promise.
                unsafe { self.gather(image, &mut batch) };
            }
            mix_packed(&mut batch, shape, mixes, blend)?;
            for (image, (mixed, mix)) in batch.chunks(shape.len()).zip(mixes.iter()).enumerate() {
                // SAFETY: alive and writable, by the caller's promise.
                unsafe { self.scatter(image, mixed, mix) };
            }
            return Ok(());
        };
        let shape = relaid(self.shape, layout);
        let len = shape.len();
        let after_the_other = self.count == 1 || self.strides[0] == (len * size_of::<T>()) as isize;
        if threads < 2 && after_the_other {
            // SAFETY: the images lie one after the other, aligned, in memory that is ours meanwhile.
            let batch = unsafe { slice::from_raw_parts_mut(self.data.cast::<T>(), self.count * len) };
            return mix_packed(batch, shape, mixes, blend);
        }
        let starts = (0..self.count).map(|image| self.start(image).cast::<T>());
        // SAFETY: each image lies side by side and aligned, in memory that is ours meanwhile, and shares none with another.
        let images = starts.map(|start| unsafe { slice::from_raw_parts_mut(start, len) });
        mix_apart(images.collect(), shape, mixes, threads, blend)
    }

    /// # Safety
    ///
    /// As [`mix_from`](Self::mix_from); `T` is as large as an element.
    unsafe fn mix_from_as<T: Plain + Default>(
        &self,
        others: &Self,
        mixes: &Mixes,
        blend: Blending<T>,
    ) -> Result<(), PasteError> {
        let (shape, len) = (self.shape, self.shape.len());
        if let (Some(layout), Some(other)) = (self.packed(), others.packed())
            && layout == other
        {
            let shape = relaid(shape, layout);
            for (image, mix) in mixes.iter().enumerate() {
                let [ours, theirs] = [self, others].map(|of| of.start(image).cast::<T>());
                // SAFETY: side by side and aligned, alive, by the caller's promise writable and apart from the other.
                let ours = unsafe { slice::from_raw_parts_mut(ours, len) };
                // SAFETY: likewise, and nobody writes it meanwhile.
                let theirs = unsafe { slice::from_raw_parts(theirs, len) };
                match mix {
                    Mix::Paste(plan) => paste(ours, theirs, shape, plan.patch())?,
                    Mix::Blend(of) => blend(of, ours, theirs)?,
                }
            }
            return Ok(());
        }
        let (mut ours, mut theirs) = (Vec::with_capacity(len), Vec::with_capacity(len));
        for (image, mix) in mixes.iter().enumerate() {
            if let Mix::Paste(plan) = mix
                && plan.patch().area() == 0
            {
                continue;
            }
            ours.clear();
            theirs.clear();
            // SAFETY: alive, by the caller's promise.
            unsafe { self.gather(image, &mut ours) };
            // SAFETY: as above.
            unsafe { others.gather(image, &mut theirs) };
            match mix {
                Mix::Paste(plan) => paste(&mut ours, &theirs, shape, plan.patch())?,
                Mix::Blend(of) => blend(of, &mut ours, &theirs)?,
            }
            // SAFETY: alive and writable, by the caller's promise.
            unsafe { self.scatter(image, &ours, mix) };
        }
        Ok(())
    }

    /// Appends the elements of an image, channel by channel.
    ///
    /// # Safety
    ///
    /// The memory is alive, and nobody writes it meanwhile; `T` is as large as an element.
    unsafe fn gather<T: Plain>(&self, image: usize, to: &mut Vec<T>) {
        self.each(image, self.whole(), |_, place| {
            // SAFETY: within the array. It need not be aligned.
            to.push(unsafe { place.cast::<T>().read_unaligned() });
        });
    }

    /// Writes what `mix` changed of an image whose elements come channel by channel.
    ///
    /// # Safety
    ///
    /// As [`gather`](Self::gather), and nobody else reads it either.
    unsafe fn scatter<T: Plain>(&self, image: usize, from: &[T], mix: Mix) {
        let changed = mix.plan().map_or(self.whole(), Plan::patch);
        self.each(image, changed, |index, place| {
            if let Some(element) = from.get(index) {
                // SAFETY: within the array. It need not be aligned.
                unsafe { place.cast::<T>().write_unaligned(*element) };
            }
        });
    }

    fn whole(&self) -> Patch {
        Patch::new(0, 0, self.shape.width(), self.shape.height()).unwrap_or(Patch::EMPTY)
    }

    fn start(&self, image: usize) -> *mut u8 {
        self.data.wrapping_offset(self.strides[0] * image as isize)
    }

    /// The number within its image, and the address, of each element in a box, channel by channel.
    fn each(&self, image: usize, patch: Patch, mut visit: impl FnMut(usize, *mut u8)) {
        let [_, channels, height, width] = self.sides();
        let [_, sc, sh, sw] = self.strides;
        let first = self.start(image);
        for channel in 0..channels {
            for y in usize::from(patch.y0())..patch.y1().into() {
                let row = first.wrapping_offset(sc * channel as isize + sh * y as isize);
                for x in usize::from(patch.x0())..patch.x1().into() {
                    visit((channel * height + y) * width + x, row.wrapping_offset(sw * x as isize));
                }
            }
        }
    }
}

/// For elements that no blend reaches: [`Images::check_kind`] has refused it.
#[allow(clippy::unnecessary_wraps, reason = "one of the core's functions")]
fn never<T>(_: Blend, _: &mut [T], _: &[T]) -> Result<(), PasteError> {
    Ok(())
}

fn relaid(shape: Shape, layout: Layout) -> Shape {
    // Sides that were checked once are right in the other layout too.
    Shape::new(shape.width(), shape.height(), shape.channels(), layout).unwrap_or(shape)
}

/// Of images one after the other.
fn mix_packed<T: Plain + Default>(
    batch: &mut [T],
    shape: Shape,
    mixes: &Mixes,
    blend: Blending<T>,
) -> Result<(), MixBatchError> {
    match mixes {
        Mixes::Boxes(plans) => {
            let mut scratch = vec![T::default(); mix_batch_scratch(shape, plans)];
            mix_batch(batch, shape, plans, &mut scratch)
        }
        Mixes::Either(mixes) => apply_batch(batch, shape, mixes, &mut vec![T::default(); shape.len()], blend),
    }
}

/// A stretch of rows of every image, of one channel where channels are planes: nothing in it depends on what another thread does.
struct Part<'a, T> {
    images: Vec<&'a mut [T]>,
    shape: Shape,
    first_row: u16,
}

/// Of images that lie anywhere, each side by side in itself.
fn mix_apart<T: Plain + Default>(
    images: Vec<&mut [T]>,
    shape: Shape,
    mixes: &Mixes,
    threads: usize,
    blend: Blending<T>,
) -> Result<(), MixBatchError> {
    let parts: Vec<_> =
        parts(images, shape, threads).into_iter().map(|part| std::sync::Mutex::new(Some(part))).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let part = part.lock().map_or(None, |mut part| part.take());
            let Some(Part { mut images, shape, first_row }) = part else { continue };
            let mixes: Vec<Mix> = mixes.iter().map(|mix| within(mix, shape, first_row)).collect();
            apply_images(&mut images, shape, &mixes, &mut vec![T::default(); shape.len()], blend)?;
        }
        Ok(())
    };
    // Threads of this call alone, not of a pool: a process that is forked, as a data loader's workers are, has none of a pool's threads.
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(parts.len()))
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mine = work();
        // None of them panics; if one did, it is not to be hidden.
        others
            .into_iter()
            .map(|other| other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)))
            .fold(mine, Result::and)
    })
}

/// Cuts the images into parts for so many threads.
fn parts<T>(images: Vec<&mut [T]>, shape: Shape, threads: usize) -> Vec<Part<'_, T>> {
    let (height, width) = (shape.height(), usize::from(shape.width()));
    let (planes, row) = match shape.layout() {
        Layout::Chw => (shape.channels(), width),
        Layout::Hwc => (1, width * usize::from(shape.channels())),
    };
    // Boxes lie in the middle more often than at the edges, so a few parts each.
    let wanted = if threads < 2 { 1 } else { (4 * threads).div_ceil(planes.into()) };
    let rows = height.div_ceil(u16::try_from(wanted).unwrap_or(height).clamp(1, height));
    let stretches: Vec<u16> = (0..height).step_by(rows.into()).collect();
    let channels = if planes == 1 { shape.channels() } else { 1 };
    let layout = if planes == 1 { shape.layout() } else { Layout::Hwc };
    let mut parts = Vec::with_capacity(stretches.len() * usize::from(planes));
    for _ in 0..planes {
        for &first_row in &stretches {
            let here = rows.min(height - first_row);
            let shape = Shape::new(shape.width(), here, channels, layout).unwrap_or(shape);
            parts.push(Part { images: Vec::with_capacity(images.len()), shape, first_row });
        }
    }
    for image in images {
        let mut rest = image;
        for part in &mut parts {
            let (mine, others) = rest.split_at_mut(usize::from(part.shape.height()) * row);
            part.images.push(mine);
            rest = others;
        }
    }
    parts
}

/// What a mix does to a stretch of rows.
fn within(mix: Mix, shape: Shape, first_row: u16) -> Mix {
    let Mix::Paste(plan) = mix else { return mix };
    let patch = plan.patch();
    let row = |y: u16| y.saturating_sub(first_row).min(shape.height());
    let patch = Patch::new(patch.x0(), row(patch.y0()), patch.x1(), row(patch.y1())).unwrap_or(Patch::EMPTY);
    // Within the stretch by construction.
    Plan::new(plan.partner(), patch, shape).unwrap_or_else(|_| Plan::unmixed(plan.partner(), shape)).into()
}
