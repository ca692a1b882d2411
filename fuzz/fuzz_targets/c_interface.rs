//! The C interface, called with whatever C may pass: pointers that are null, misaligned or to the same bytes, structs of any bytes, lengths of any number. A
//! status says so, and then not one byte has changed; after a success only what the function writes has, and pixels are where a second implementation
//! puts them.

#![no_main]
#![allow(unsafe_code, reason = "functions of C take pointers")]
#![allow(clippy::wildcard_imports, clippy::too_many_lines, reason = "every function of the interface, in turn")]

use core::ffi::{c_int, c_void};
use core::mem::size_of;
use core::ops::Range;

use arbitrary::Arbitrary;
use cutmix_c::*;
use cutmix_core::{Layout, Patch, Shape};
use fuzz::{Number, elements};
use libfuzzer_sys::fuzz_target;

/// Bytes of the memory that all pointers are into.
const MEMORY: usize = 4096;

/// A pointer to what is usually at place number `USUAL`: there, somewhere else, or null.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Place<const USUAL: u8> {
    Usual,
    Beside(i8),
    Other(u8),
    Null,
    Any(u16),
}

impl<const USUAL: u8> From<Place<USUAL>> for Spot {
    fn from(place: Place<USUAL>) -> Self {
        let at = |number: u8| usize::from(number % 32) * 96;
        Self(match place {
            Place::Usual => Some(at(USUAL)),
            Place::Beside(bytes) => Some(at(USUAL).saturating_add_signed(bytes.into())),
            Place::Other(number) => Some(at(number)),
            Place::Null => None,
            Place::Any(at) => Some(usize::from(at) % (MEMORY - 256)),
        })
    }
}

/// Where in the memory a pointer points; nowhere if it is null.
#[derive(Clone, Copy)]
struct Spot(Option<usize>);

impl Spot {
    fn at(self) -> Option<usize> {
        self.0
    }
}

const SHAPE: u8 = 0;
const PLAN: u8 = 1;
const POLICY: u8 = 2;
const STREAM: u8 = 3;
const RESERVOIR: u8 = 4;
const RING: u8 = 5;
const HEADER: u8 = 6;
const NUMBER: u8 = 7;
const OTHER_NUMBER: u8 = 8;
const SOFT: u8 = 9;
const DST: u8 = 10;
const SRC: u8 = 20;

/// A length in bytes or elements.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Length {
    /// What the shape says.
    Right,
    /// Or so much more, with padding.
    More(u8),
    Any(u16),
    Absurd(u16),
}

impl Length {
    fn get(self, right: usize) -> usize {
        match self {
            Self::Right => right,
            Self::More(more) => right.saturating_add(usize::from(more % 16)),
            Self::Any(length) => length.into(),
            Self::Absurd(less) => usize::MAX - usize::from(less),
        }
    }
}

#[derive(Arbitrary, Debug)]
enum Call {
    Bytes(Place<DST>, [u8; 8]),
    Shape(Place<SHAPE>, [u8; 5]),
    PolicyInit(Place<POLICY>, Number, Option<Number>),
    PolicyUniform(Place<POLICY>),
    SetRule(Place<POLICY>, u8),
    SetMinMax(Place<POLICY>, Number, Number),
    SetProbability(Place<POLICY>, Number),
    CanMix(Place<POLICY>, Place<SHAPE>, Place<NUMBER>),
    StreamInit(Place<STREAM>, u64, u32, u64),
    Below(Place<STREAM>, u32, Place<NUMBER>),
    PlanInit(Place<PLAN>, Place<SHAPE>, u32, [u8; 4]),
    Draw(Place<POLICY>, Place<SHAPE>, Option<[u8; 2]>, bool, Place<STREAM>, Place<PLAN>),
    Kept(Place<PLAN>, Place<NUMBER>, Place<OTHER_NUMBER>),
    Lambda(Place<PLAN>, Place<NUMBER>),
    LabelQ16(Place<PLAN>, Place<NUMBER>, Place<OTHER_NUMBER>),
    Soft(Place<PLAN>, [u8; 2], Option<Number>, Place<SOFT>, Length),
    Paste(Place<DST>, Length, Place<SRC>, Length, Place<SHAPE>, Place<PLAN>),
    PasteStrided(Place<DST>, [Length; 2], Place<SRC>, [Length; 2], Place<SHAPE>, Place<PLAN>),
    Swap(Place<DST>, Length, Place<SRC>, Length, Place<SHAPE>, Place<PLAN>),
    ReservoirInit(Place<RESERVOIR>, u32, Option<u32>),
    Offer(Place<RESERVOIR>, Place<STREAM>, Place<NUMBER>),
    DrawSlot(Place<RESERVOIR>, Place<STREAM>, Place<NUMBER>),
    RingInit(Place<RING>, u32),
    RingOffer(Place<RING>, Place<NUMBER>),
    RingDraw(Place<RING>, Place<STREAM>, Place<NUMBER>),
    Part(u32, u32, Place<NUMBER>),
    Header(Place<HEADER>, Place<SHAPE>, Place<PLAN>, u8),
    Record(Place<HEADER>, Place<SRC>, Length, Length, bool, u8),
    RecordPlan(Place<HEADER>, bool, u8),
    Message(u32),
}

/// The memory, and where in it policies and streams are as the library left them: their bytes are its own.
struct World {
    memory: Box<[u64; MEMORY / 8]>,
    left: Vec<(usize, Vec<u8>)>,
}

impl World {
    fn bytes(&self) -> Vec<u8> {
        self.memory.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    fn pointer<T>(&mut self, place: impl Into<Spot>) -> *mut T {
        place
            .into()
            .at()
            .map_or(core::ptr::null_mut(), |at| unsafe { self.memory.as_mut_ptr().cast::<u8>().add(at).cast() })
    }

    /// What is there, if anything.
    fn read<T: Copy>(&mut self, place: impl Into<Spot>) -> Option<T> {
        let place = place.into();
        place.at().map(|_| unsafe { self.pointer::<T>(place).read_unaligned() })
    }

    /// Whether a `T` that is there is as the library left it, or does not say that it is set up.
    fn is_honest<T>(&mut self, place: impl Into<Spot>, state: usize, set_up: u32) -> bool {
        let Some(at) = place.into().at() else { return true };
        let bytes = self.bytes();
        let word = bytes[at + state..at + state + 4].try_into().expect("4 bytes");
        u32::from_ne_bytes(word) != set_up || self.left.contains(&(at, bytes[at..at + size_of::<T>()].to_vec()))
    }

    fn is_honest_policy(&mut self, place: impl Into<Spot>) -> bool {
        self.is_honest::<cutmix_policy>(place, 48, 0x9e37_79b9)
    }

    fn is_honest_stream(&mut self, place: impl Into<Spot>) -> bool {
        self.is_honest::<cutmix_stream>(place, 16, 0x85eb_ca6b)
    }

    /// After the library wrote a `T` there.
    fn remember<T>(&mut self, place: impl Into<Spot>) {
        if let Some(at) = place.into().at() {
            self.left.retain(|(of, bytes)| *of != at || bytes.len() != size_of::<T>());
            let bytes = self.bytes()[at..at + size_of::<T>()].to_vec();
            self.left.push((at, bytes));
        }
    }

    /// After a function drew from the stream there and then wrote to `output`, which may be part of it.
    fn drew(&mut self, status: cutmix_status, stream: impl Into<Spot>, output: Range<usize>) {
        let (stream, of) = (stream.into(), range::<cutmix_stream>);
        if status == cutmix_status::Ok && (output.end <= of(stream).start || of(stream).end <= output.start) {
            self.remember::<cutmix_stream>(stream);
        }
    }

    /// A length that the memory behind `place` has, or that no image has.
    fn honest(place: impl Into<Spot>, length: usize) -> usize {
        let there = place.into().at().map_or(0, |at| MEMORY - at);
        if length > usize::MAX / 2 { length } else { length.min(there) }
    }

    /// Elements of a row, elements of all, bytes of one: of the shape that is there, if it is one.
    fn shape(&mut self, place: impl Into<Spot>) -> Option<(Shape, usize)> {
        let of: cutmix_shape = self.read(place)?;
        let layout = if of.layout == 0 { Layout::Hwc } else { Layout::Chw };
        Some((Shape::new(of.width, of.height, of.channels, layout).ok()?, of.element_bytes.into()))
    }

    fn lengths(&mut self, place: impl Into<Spot>) -> (usize, usize) {
        self.shape(place).map_or((0, 0), |(shape, size)| (shape.row_len(), shape.len().saturating_mul(size)))
    }
}

/// The bytes of a `T` there.
fn range<T>(place: impl Into<Spot>) -> Range<usize> {
    place.into().at().map_or(0..0, |at| at..at + size_of::<T>())
}

struct Sink {
    fails: bool,
    taken: usize,
}

unsafe extern "C" fn sink(context: *mut c_void, bytes: *const u8, length: usize) -> c_int {
    let sink = unsafe { &mut *context.cast::<Sink>() };
    assert!(length > 0 && length <= 256 && !bytes.is_null());
    sink.taken += length;
    c_int::from(sink.fails)
}

fuzz_target!(|calls: Vec<Call>| {
    let mut world = World { memory: Box::new([0; MEMORY / 8]), left: Vec::new() };
    // Set up once, so that calls seldom find nothing.
    let usual = [
        Call::Shape(Place::Usual, [8, 6, 2, 0, 0]),
        Call::PlanInit(Place::Usual, Place::Usual, 5, [1, 2, 6, 5]),
        Call::PolicyUniform(Place::Usual),
        Call::StreamInit(Place::Usual, 42, 0, 7),
        Call::ReservoirInit(Place::Usual, 3, None),
        Call::RingInit(Place::Usual, 3),
        Call::Header(Place::Usual, Place::Usual, Place::Usual, 7),
    ];
    for call in usual.iter().chain(&calls) {
        let before = world.bytes();
        let Some((status, written)) = run(call, &mut world) else { continue };
        assert_ne!(status, cutmix_status::Internal, "{call:?}");
        let after = world.bytes();
        for (at, (before, after)) in before.iter().zip(&after).enumerate() {
            let may = status == cutmix_status::Ok && written.iter().any(|range| range.contains(&at));
            assert!(before == after || may, "{call:?} returned {status:?} and wrote byte {at}");
        }
    }
});

/// What the function returned, and which bytes it may write; nothing if it was not called.
fn run(call: &Call, w: &mut World) -> Option<(cutmix_status, Vec<Range<usize>>)> {
    Some(match *call {
        // What a program itself writes.
        Call::Bytes(place, bytes) => {
            if Spot::from(place).at().is_some() {
                unsafe { w.pointer::<[u8; 8]>(place).write_unaligned(bytes) };
            }
            return None;
        }
        Call::Shape(place, [width, height, channels, layout, element]) => {
            // Mostly those that the plan is for.
            let [width, height] = [(width, 8), (height, 6)]
                .map(|(side, usual)| u16::from(if side > 23 || side == usual { usual } else { side / 2 }));
            let channels = u16::from(channels % 5);
            let element_bytes = [1, 2, 4, 8, 3][usize::from(element % 5)];
            let shape = cutmix_shape { width, height, channels, layout: layout % 3, element_bytes };
            if Spot::from(place).at().is_some() {
                unsafe { w.pointer::<cutmix_shape>(place).write_unaligned(shape) };
                let status = unsafe { cutmix_shape_check(w.pointer(place)) };
                let right = width > 0 && height > 0 && channels > 0 && element_bytes != 3 && layout % 3 != 2;
                assert_eq!(status == cutmix_status::Ok, right && w.pointer::<u16>(place).is_aligned());
            }
            return None;
        }
        Call::Header(place, shape, plan, element) => {
            let (shape, plan) = (w.read::<cutmix_shape>(shape)?, w.read::<cutmix_plan>(plan)?);
            let [element, zero_point] = [element % 12, element];
            let (seed, epoch, index, first, second) = (1, 2, 3, 4, 5);
            let zero_point = zero_point.cast_signed();
            let header = cutmix_header { seed, epoch, index, shape, plan, first, second, element, zero_point };
            if Spot::from(place).at().is_some() {
                unsafe { w.pointer::<cutmix_header>(place).write_unaligned(header) };
            }
            return None;
        }
        Call::Message(status) => {
            let text = unsafe { core::ffi::CStr::from_ptr(cutmix_status_message(status)) };
            assert!(!text.is_empty());
            return None;
        }
        Call::PolicyInit(policy, a, b) => {
            let pointer = w.pointer(policy);
            let status = match b {
                None => unsafe { cutmix_policy_init(pointer, a.get()) },
                Some(b) => unsafe { cutmix_policy_init_beta(pointer, a.get(), b.get()) },
            };
            if status == cutmix_status::Ok {
                w.remember::<cutmix_policy>(policy);
            }
            (status, vec![range::<cutmix_policy>(policy)])
        }
        Call::PolicyUniform(policy) => {
            let status = unsafe { cutmix_policy_init_uniform(w.pointer(policy)) };
            if status == cutmix_status::Ok {
                w.remember::<cutmix_policy>(policy);
            }
            (status, vec![range::<cutmix_policy>(policy)])
        }
        Call::SetRule(policy, ..) | Call::SetMinMax(policy, ..) | Call::SetProbability(policy, ..) => {
            if !w.is_honest_policy(policy) {
                return None;
            }
            let pointer = w.pointer(policy);
            let status = match *call {
                Call::SetRule(_, rule) => unsafe { cutmix_policy_set_rule(pointer, (rule % 7).into()) },
                Call::SetMinMax(_, min, max) => unsafe { cutmix_policy_set_min_max(pointer, min.get(), max.get()) },
                Call::SetProbability(_, probability) => unsafe {
                    cutmix_policy_set_probability(pointer, probability.get())
                },
                _ => return None,
            };
            if status == cutmix_status::Ok {
                w.remember::<cutmix_policy>(policy);
            }
            (status, vec![range::<cutmix_policy>(policy)])
        }
        Call::CanMix(policy, shape, answer) => {
            if !w.is_honest_policy(policy) {
                return None;
            }
            let status = unsafe { cutmix_policy_can_mix(w.pointer(policy), w.pointer(shape), w.pointer(answer)) };
            (status, vec![range::<bool>(answer)])
        }
        Call::StreamInit(stream, seed, epoch, index) => {
            let status = unsafe { cutmix_stream_init(w.pointer(stream), seed, epoch, index) };
            if status == cutmix_status::Ok {
                w.remember::<cutmix_stream>(stream);
            }
            (status, vec![range::<cutmix_stream>(stream)])
        }
        Call::Below(stream, bound, value) => {
            if !w.is_honest_stream(stream) {
                return None;
            }
            let status = unsafe { cutmix_stream_below(w.pointer(stream), bound, w.pointer(value)) };
            if status == cutmix_status::Ok {
                assert!(
                    w.read::<u32>(value)? < bound.max(1)
                        || range::<cutmix_stream>(stream).contains(&Spot::from(value).at()?)
                );
            }
            w.drew(status, stream, range::<u32>(value));
            (status, vec![range::<cutmix_stream>(stream), range::<u32>(value)])
        }
        Call::PlanInit(plan, shape, partner, edges) => {
            let [x0, y0, x1, y1] = edges.map(|edge| u16::from(edge % 13));
            let status = unsafe { cutmix_plan_init(w.pointer(plan), w.pointer(shape), partner, x0, y0, x1, y1) };
            (status, vec![range::<cutmix_plan>(plan)])
        }
        Call::Draw(policy, shape, grid, uniform, stream, plan) => {
            if !w.is_honest_stream(stream) {
                return None;
            }
            if !w.is_honest_policy(policy) {
                return None;
            }
            let (policy, of, rng, to) = (w.pointer(policy), w.pointer(shape), w.pointer(stream), w.pointer(plan));
            let status = match (grid, uniform) {
                (None, false) => unsafe { cutmix_plan_draw(policy, of, 5, rng, to) },
                (None, true) => unsafe { cutmix_plan_draw_uniform(policy, of, 5, rng, to) },
                (Some([wide, high]), uniform) => {
                    let (wide, high) = ((wide % 9).into(), (high % 9).into());
                    if uniform {
                        unsafe { cutmix_plan_draw_uniform_on_grid(policy, of, wide, high, 5, rng, to) }
                    } else {
                        unsafe { cutmix_plan_draw_on_grid(policy, of, wide, high, 5, rng, to) }
                    }
                }
            };
            w.drew(status, stream, range::<cutmix_plan>(plan));
            (status, vec![range::<cutmix_stream>(stream), range::<cutmix_plan>(plan)])
        }
        Call::Kept(plan, kept, total) => {
            let status = unsafe { cutmix_plan_kept(w.pointer(plan), w.pointer(kept), w.pointer(total)) };
            (status, vec![range::<u32>(kept), range::<u32>(total)])
        }
        Call::Lambda(plan, lambda) => {
            let status = unsafe { cutmix_plan_lambda(w.pointer(plan), w.pointer(lambda)) };
            if status == cutmix_status::Ok {
                assert!((0.0..=1.0).contains(&w.read::<f32>(lambda)?));
            }
            (status, vec![range::<f32>(lambda)])
        }
        Call::LabelQ16(plan, first, second) => {
            let status = unsafe { cutmix_label_q16(w.pointer(plan), w.pointer(first), w.pointer(second)) };
            (status, vec![range::<u32>(first), range::<u32>(second)])
        }
        Call::Soft(plan, [first, second], epsilon, soft, classes) => {
            let [first, second] = [first, second].map(|class| u16::from(class % 12));
            let length = classes.get(10);
            let classes = if length > 1 << 16 { length } else { World::honest(soft, length * 4) / 4 };
            let (plan, to) = (w.pointer(plan), w.pointer(soft));
            let status = match epsilon {
                None => unsafe { cutmix_label_soft(plan, first, second, to, classes) },
                Some(epsilon) => unsafe { cutmix_label_smoothed(plan, first, second, epsilon.get(), to, classes) },
            };
            let end = if status == cutmix_status::Ok { classes * 4 } else { 0 };
            (status, vec![Spot::from(soft).at().map_or(0..0, |at| at..at + end)])
        }
        Call::Paste(dst, dst_bytes, src, src_bytes, shape, plan)
        | Call::Swap(dst, dst_bytes, src, src_bytes, shape, plan) => {
            let (row, right) = w.lengths(shape);
            let (dst_bytes, src_bytes) =
                (World::honest(dst, dst_bytes.get(right)), World::honest(src, src_bytes.get(right)));
            let swaps = matches!(call, Call::Swap(..));
            let expected = expected(
                w,
                [dst.into(), src.into()],
                [row; 2],
                [dst_bytes, src_bytes],
                shape.into(),
                plan.into(),
                swaps,
            );
            let (a, b, shape, plan) = (w.pointer(dst), w.pointer::<c_void>(src), w.pointer(shape), w.pointer(plan));
            let status = if swaps {
                unsafe { cutmix_swap(a, dst_bytes, b, src_bytes, shape, plan) }
            } else {
                unsafe { cutmix_paste(a, dst_bytes, b, src_bytes, shape, plan) }
            };
            compare(w, status, expected);
            (status, vec![image(dst, dst_bytes), if swaps { image(src, src_bytes) } else { 0..0 }])
        }
        Call::PasteStrided(dst, [dst_bytes, dst_stride], src, [src_bytes, src_stride], shape, plan) => {
            let (row, _) = w.lengths(shape);
            let strides = [dst_stride.get(row), src_stride.get(row)];
            let (rows, size) = w.shape(shape).map_or((0, 0), |(shape, size)| (shape.rows(), size));
            let right = strides.map(|stride| stride.saturating_mul(rows).saturating_mul(size));
            let (dst_bytes, src_bytes) =
                (World::honest(dst, dst_bytes.get(right[0])), World::honest(src, src_bytes.get(right[1])));
            let expected = expected(
                w,
                [dst.into(), src.into()],
                strides,
                [dst_bytes, src_bytes],
                shape.into(),
                plan.into(),
                false,
            );
            let (a, b, shape, plan) = (w.pointer(dst), w.pointer::<c_void>(src), w.pointer(shape), w.pointer(plan));
            let status =
                unsafe { cutmix_paste_strided(a, dst_bytes, strides[0], b, src_bytes, strides[1], shape, plan) };
            compare(w, status, expected);
            (status, vec![image(dst, dst_bytes)])
        }
        Call::ReservoirInit(reservoir, slots, half_life) => {
            let pointer = w.pointer(reservoir);
            let status = match half_life {
                None => unsafe { cutmix_reservoir_init(pointer, slots) },
                Some(frames) => unsafe { cutmix_reservoir_init_half_life(pointer, slots, frames) },
            };
            (status, vec![range::<cutmix_reservoir>(reservoir)])
        }
        Call::Offer(reservoir, stream, slot) => {
            if !w.is_honest_stream(stream) {
                return None;
            }
            let status = unsafe { cutmix_reservoir_offer(w.pointer(reservoir), w.pointer(stream), w.pointer(slot)) };
            w.drew(status, stream, range::<u32>(slot));
            (status, vec![range::<cutmix_reservoir>(reservoir), range::<cutmix_stream>(stream), range::<u32>(slot)])
        }
        Call::DrawSlot(reservoir, stream, slot) => {
            if !w.is_honest_stream(stream) {
                return None;
            }
            let status = unsafe { cutmix_reservoir_draw(w.pointer(reservoir), w.pointer(stream), w.pointer(slot)) };
            w.drew(status, stream, range::<u32>(slot));
            (status, vec![range::<cutmix_reservoir>(reservoir), range::<cutmix_stream>(stream), range::<u32>(slot)])
        }
        Call::RingInit(ring, slots) => {
            (unsafe { cutmix_ring_init(w.pointer(ring), slots) }, vec![range::<cutmix_ring>(ring)])
        }
        Call::RingOffer(ring, slot) => {
            let slots = w.read::<cutmix_ring>(ring).map_or(0, |ring| ring.slots);
            let status = unsafe { cutmix_ring_offer(w.pointer(ring), w.pointer(slot)) };
            if status == cutmix_status::Ok && !range::<cutmix_ring>(ring).contains(&Spot::from(slot).at()?) {
                assert!(w.read::<u32>(slot)? < slots);
            }
            (status, vec![range::<cutmix_ring>(ring), range::<u32>(slot)])
        }
        Call::RingDraw(ring, stream, slot) => {
            if !w.is_honest_stream(stream) {
                return None;
            }
            let status = unsafe { cutmix_ring_draw(w.pointer(ring), w.pointer(stream), w.pointer(slot)) };
            w.drew(status, stream, range::<u32>(slot));
            (status, vec![range::<cutmix_ring>(ring), range::<cutmix_stream>(stream), range::<u32>(slot)])
        }
        Call::Part(index, stretch, part) => {
            (unsafe { cutmix_part_of(index, stretch, w.pointer(part)) }, vec![range::<u32>(part)])
        }
        Call::Record(header, frame, bytes, stride, fails, without) => {
            let of: Option<cutmix_header> = w.read(header);
            let right = of.and_then(|of| {
                Shape::new(
                    of.shape.width,
                    of.shape.height,
                    of.shape.channels,
                    if of.shape.layout == 0 { Layout::Hwc } else { Layout::Chw },
                )
                .ok()
            });
            let stride = stride.get(right.map_or(0, Shape::row_len));
            let size = of.map_or(0, |of| usize::from(of.shape.element_bytes));
            let bytes = bytes.get(stride.saturating_mul(right.map_or(0, Shape::rows)).saturating_mul(size));
            let bytes = World::honest(frame, bytes);
            let mut to = Sink { fails, taken: 0 };
            let take: cutmix_sink = if without == 0 { None } else { Some(sink) };
            let (header, frame) = (w.pointer(header), w.pointer::<c_void>(frame));
            let status = unsafe { cutmix_record_sample(header, frame, bytes, stride, take, (&raw mut to).cast()) };
            assert_eq!(to.taken > 0, matches!(status, cutmix_status::Ok | cutmix_status::Sink), "{status:?}");
            (status, vec![])
        }
        Call::RecordPlan(header, fails, without) => {
            let mut to = Sink { fails, taken: 0 };
            let take: cutmix_sink = if without == 0 { None } else { Some(sink) };
            let status = unsafe { cutmix_record_plan(w.pointer(header), take, (&raw mut to).cast()) };
            assert_eq!(to.taken > 0, matches!(status, cutmix_status::Ok | cutmix_status::Sink));
            (status, vec![])
        }
    })
}

fn image(place: impl Into<Spot>, bytes: usize) -> Range<usize> {
    place.into().at().map_or(0..0, |at| at..at.saturating_add(bytes).min(MEMORY))
}

/// The whole memory as it is when so much was pasted or exchanged, by a second implementation; nothing if it is to be refused.
fn expected(
    w: &mut World,
    images: [Spot; 2],
    strides: [usize; 2],
    bytes: [usize; 2],
    shape: Spot,
    plan: Spot,
    swaps: bool,
) -> Option<Vec<u8>> {
    if !w.pointer::<cutmix_shape>(shape).is_aligned() || !w.pointer::<cutmix_plan>(plan).is_aligned() {
        return None;
    }
    let (of, plan) = (w.read::<cutmix_shape>(shape)?, w.read::<cutmix_plan>(plan)?);
    let (shape, size) = w.shape(shape)?;
    if of.layout > 1 || !matches!(size, 1 | 2 | 4 | 8) || [plan.width, plan.height] != [of.width, of.height] {
        return None;
    }
    let patch = Patch::new(plan.x0, plan.y0, plan.x1, plan.y1).ok().filter(|patch| patch.fits(shape))?;
    for (stride, bytes) in strides.into_iter().zip(bytes) {
        let least = (shape.rows() - 1).checked_mul(stride)?.checked_add(shape.row_len())?.checked_mul(size)?;
        let most = shape.rows().saturating_mul(stride).saturating_mul(size);
        if stride < shape.row_len() || bytes < least || bytes > most || bytes % size != 0 || bytes > MEMORY {
            return None;
        }
    }
    let [dst, src] = [images[0].at()?, images[1].at()?];
    if dst < src + bytes[1] && src < dst + bytes[0] {
        return None;
    }
    let mut memory = w.bytes();
    for (to, from) in elements(shape, patch, strides[0]).zip(elements(shape, patch, strides[1])) {
        for byte in 0..size {
            let (to, from) = (dst + to * size + byte, src + from * size + byte);
            if swaps {
                memory.swap(to, from);
            } else {
                memory[to] = memory[from];
            }
        }
    }
    Some(memory)
}

fn compare(w: &World, status: cutmix_status, expected: Option<Vec<u8>>) {
    assert_eq!(status == cutmix_status::Ok, expected.is_some(), "{status:?}");
    if let Some(expected) = expected {
        assert!(w.bytes() == expected, "other bytes are pasted");
    }
}
