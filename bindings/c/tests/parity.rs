//! Random calls through the C interface, and the same of the Rust one: plans, pixels, labels, slots and records are equal, bit for bit.

use core::ffi::{CStr, c_int, c_void};
use core::mem::MaybeUninit;
use std::collections::HashSet;

use cutmix_c::*;
use cutmix_core::{BoxRule, CutMix, Grid, Layout, Patch, Plan, Reservoir, Ring, Shape, Stream, uniform_below};
use cutmix_record::{Element, Header, Key, PLAN_CAPACITY, Pixels, encode_plan, encode_sample, part, sample_capacity};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

const OK: cutmix_status = cutmix_status::Ok;

/// What `call` writes to its last argument.
fn get<T>(call: impl FnOnce(*mut T) -> cutmix_status) -> T {
    let mut value = MaybeUninit::uninit();
    assert_eq!(call(value.as_mut_ptr()), OK);
    // SAFETY: it was written, since the status is that of success.
    unsafe { value.assume_init() }
}

#[derive(Clone, Debug)]
struct Policy {
    parameters: (f32, f32),
    rule: BoxRule,
    probability: f32,
}

impl Policy {
    fn rust(&self) -> CutMix {
        let cutmix = CutMix::with_parameters(self.parameters.0, self.parameters.1).unwrap();
        cutmix.with_rule(self.rule).unwrap().with_probability(self.probability).unwrap()
    }

    fn c(&self) -> cutmix_policy {
        let (a, b) = self.parameters;
        // SAFETY: the pointers are of what they say.
        unsafe {
            let mut policy = get(|policy| match (a.to_bits() == b.to_bits(), a.to_bits() == 1.0_f32.to_bits()) {
                (true, true) => cutmix_policy_init_uniform(policy),
                (true, false) => cutmix_policy_init(policy, a),
                (false, _) => cutmix_policy_init_beta(policy, a, b),
            });
            let policy = &raw mut policy;
            let done = match self.rule {
                BoxRule::MinMax { min, max } => cutmix_policy_set_min_max(policy, min, max),
                BoxRule::OddSides => cutmix_policy_set_rule(policy, cutmix_rule::OddSides as u32),
                BoxRule::AtLeastOnePixel => cutmix_policy_set_rule(policy, cutmix_rule::AtLeastOnePixel as u32),
                BoxRule::Inside => cutmix_policy_set_rule(policy, cutmix_rule::Inside as u32),
                _ => cutmix_policy_set_rule(policy, cutmix_rule::Paper as u32),
            };
            assert_eq!((done, cutmix_policy_set_probability(policy, self.probability)), (OK, OK));
            *policy
        }
    }
}

fn policies() -> impl Strategy<Value = Policy> {
    let parameter = || prop_oneof![Just(1.0_f32), Just(0.25), 0.01_f32..20.0];
    let parameters = prop_oneof![parameter().prop_map(|alpha| (alpha, alpha)), (parameter(), parameter())];
    let rule = prop_oneof![
        Just(BoxRule::Paper),
        Just(BoxRule::OddSides),
        Just(BoxRule::AtLeastOnePixel),
        Just(BoxRule::Inside),
        (0.0_f32..0.5, 0.51_f32..=1.0).prop_map(|(min, max)| BoxRule::MinMax { min, max }),
    ];
    let probability = prop_oneof![Just(1.0_f32), 0.0_f32..=1.0];
    (parameters, rule, probability).prop_map(|(parameters, rule, probability)| Policy { parameters, rule, probability })
}

/// A shape, and the bytes of one of its elements.
fn shapes(longest: u16) -> impl Strategy<Value = (Shape, u8)> {
    let layout = prop_oneof![Just(Layout::Hwc), Just(Layout::Chw)];
    (1..=longest, 1..=longest, 1..5_u16, layout, 0..4_u32).prop_map(|(width, height, channels, layout, shift)| {
        (Shape::new(width, height, channels, layout).unwrap(), 1 << shift)
    })
}

fn c_shape(shape: Shape, element_bytes: u8) -> cutmix_shape {
    let layout = u8::from(shape.layout() == Layout::Chw);
    cutmix_shape { width: shape.width(), height: shape.height(), channels: shape.channels(), layout, element_bytes }
}

fn assert_same(c: cutmix_plan, rust: Plan, shape: Shape) {
    let patch = rust.patch();
    assert_eq!(
        (c.partner, [c.x0, c.y0, c.x1, c.y1], [c.width, c.height]),
        (rust.partner(), [patch.x0(), patch.y0(), patch.x1(), patch.y1()], [shape.width(), shape.height()])
    );
}

/// The plan of a box that lies somewhere in the shape.
fn plan_of(shape: Shape, edges: [u16; 4]) -> (cutmix_plan, Plan) {
    let [a, b, c, d] = edges;
    let (width, height) = (shape.width() + 1, shape.height() + 1);
    let (x0, x1, y0, y1) = (a % width, b % width, c % height, d % height);
    let patch = Patch::new(x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)).unwrap();
    let of = c_shape(shape, 1);
    let [x0, y0, x1, y1] = [patch.x0(), patch.y0(), patch.x1(), patch.y1()];
    // SAFETY: the pointers are of what they say.
    let c = get(|plan| unsafe { cutmix_plan_init(plan, &raw const of, 5, x0, y0, x1, y1) });
    (c, Plan::new(5, patch, shape).unwrap())
}

/// Pastes with the type that has so many bytes.
fn paste_typed(dst: &mut [u8], dst_stride: usize, src: &[u8], src_stride: usize, size: u8, shape: Shape, patch: Patch) {
    fn typed<const N: usize>(dst: &mut [u8], d: usize, src: &[u8], s: usize, shape: Shape, patch: Patch) {
        cutmix_core::paste_strided(dst.as_chunks_mut::<N>().0, d, src.as_chunks().0, s, shape, patch).unwrap();
    }
    match size {
        1 => typed::<1>(dst, dst_stride, src, src_stride, shape, patch),
        2 => typed::<2>(dst, dst_stride, src, src_stride, shape, patch),
        4 => typed::<4>(dst, dst_stride, src, src_stride, shape, patch),
        _ => typed::<8>(dst, dst_stride, src, src_stride, shape, patch),
    }
}

/// Bytes that differ from place to place.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut stream = Stream::new(seed, 0, 0);
    (0..length).map(|_| uniform_below(256, &mut stream) as u8).collect()
}

unsafe extern "C" fn collect(context: *mut c_void, bytes: *const u8, length: usize) -> c_int {
    // SAFETY: the context is such a vector, and the library promises so many bytes.
    unsafe { (*context.cast::<Vec<u8>>()).extend_from_slice(core::slice::from_raw_parts(bytes, length)) };
    0
}

proptest! {
    #![proptest_config(Config { cases: 2_000, rng_seed: RngSeed::Fixed(0), failure_persistence: None, ..Config::default() })]

    #[test]
    fn plans(
        policy in policies(), (shape, element) in shapes(200), cells in (1..20_u16, 1..20_u16), partner: u32,
        seed: u64, epoch: u32, index: u64,
    ) {
        let (rust, c, shape_c) = (policy.rust(), policy.c(), c_shape(shape, element));
        let (of, shape_c, (wide, high)) = (&raw const c, &raw const shape_c, cells);
        let grid = Grid::new(wide, high).unwrap();
        let mut stream = Stream::new(seed, epoch, index);
        // SAFETY: the pointers are of what they say.
        unsafe {
            let mut same = get(|stream| cutmix_stream_init(stream, seed, epoch, index));
            let same = &raw mut same;
            for _ in 0..3 {
                let bound = u32::from(shape.width());
                assert_eq!(get(|value| cutmix_stream_below(same, bound, value)), uniform_below(bound, &mut stream));
                let drawn = get(|plan| cutmix_plan_draw(of, shape_c, partner, same, plan));
                assert_same(drawn, rust.plan(shape, partner, &mut stream), shape);
                let drawn = get(|plan| cutmix_plan_draw_on_grid(of, shape_c, wide, high, partner, same, plan));
                assert_same(drawn, rust.plan_on_grid(shape, grid, partner, &mut stream), shape);
                if policy.parameters == (1.0, 1.0) {
                    let drawn = get(|plan| cutmix_plan_draw_uniform(of, shape_c, partner, same, plan));
                    assert_same(drawn, rust.plan(shape, partner, &mut stream), shape);
                    let drawn =
                        get(|plan| cutmix_plan_draw_uniform_on_grid(of, shape_c, wide, high, partner, same, plan));
                    assert_same(drawn, rust.plan_on_grid(shape, grid, partner, &mut stream), shape);
                }
            }
            assert_eq!(get(|answer| cutmix_policy_can_mix(of, shape_c, answer)), rust.can_mix(shape));
        }
    }

    #[test]
    fn pixels(
        (shape, element) in shapes(9), edges: [u16; 4], paddings in (0..4_usize, 0..4_usize), cut_off: [bool; 2],
        seed: u64,
    ) {
        let (of, size, row) = (c_shape(shape, element), usize::from(element), shape.row_len());
        let (plan, same) = plan_of(shape, edges);
        let (of, plan, patch, packed) = (&raw const of, &raw const plan, same.patch(), shape.len() * size);
        let (mut dst, mut src) = (noise(packed, seed), noise(packed, !seed));
        let (mut dst_c, mut src_c) = (dst.clone(), src.clone());
        // SAFETY: the pointers are of what they say.
        unsafe {
            let (first, second) = (dst_c.as_mut_ptr().cast(), src_c.as_mut_ptr().cast());
            assert_eq!(cutmix_paste(first, packed, second, packed, of, plan), OK);
            paste_typed(&mut dst, row, &src, row, element, shape, patch);
            assert_eq!((&dst_c, &src_c), (&dst, &src));

            // Two pastes are a swap.
            dst.copy_from_slice(&noise(packed, seed));
            dst_c.copy_from_slice(&dst);
            let (first, second) = (dst_c.as_mut_ptr().cast(), src_c.as_mut_ptr().cast());
            assert_eq!(cutmix_swap(first, packed, second, packed, of, plan), OK);
            let before = dst.clone();
            paste_typed(&mut dst, row, &src, row, element, shape, patch);
            paste_typed(&mut src, row, &before, row, element, shape, patch);
            assert_eq!((&dst_c, &src_c), (&dst, &src));

            let strides = [row + paddings.0, row + paddings.1];
            // The padding of the last row may be left out.
            let length = |at: usize| {
                let padding = if cut_off[at] { strides[at] - row } else { 0 };
                (strides[at] * shape.rows() - padding) * size
            };
            let (mut dst, src) = (noise(length(0), seed), noise(length(1), !seed));
            let mut dst_c = dst.clone();
            let (first, second) = (dst_c.as_mut_ptr().cast(), src.as_ptr().cast());
            let done = cutmix_paste_strided(first, dst.len(), strides[0], second, src.len(), strides[1], of, plan);
            paste_typed(&mut dst, strides[0], &src, strides[1], element, shape, patch);
            assert_eq!((done, dst_c), (OK, dst));
        }
    }

    #[test]
    fn labels(
        (shape, _) in shapes(300), edges: [u16; 4], classes in 1..12_usize, which: [u16; 2], epsilon in 0.0_f32..=1.0,
    ) {
        let (plan, same) = plan_of(shape, edges);
        let plan = &raw const plan;
        let [first, second] = which.map(|class| class % classes as u16);
        let label = same.label(first, second);
        let (mut soft_c, mut soft) = (vec![7.0; classes], vec![7.0; classes]);
        let (mut kept, mut total, mut weights) = (0, 0, [0; 2]);
        // SAFETY: the pointers are of what they say.
        unsafe {
            assert_eq!(cutmix_plan_kept(plan, &raw mut kept, &raw mut total), OK);
            assert_eq!((kept, total), (same.kept(), same.total()));
            assert_eq!(get(|lambda| cutmix_plan_lambda(plan, lambda)).to_bits(), same.lambda().to_bits());
            let [a, b] = &mut weights;
            assert_eq!(cutmix_label_q16(plan, a, b), OK);
            assert_eq!(weights, label.weights_q16());
            assert_eq!(cutmix_label_soft(plan, first, second, soft_c.as_mut_ptr(), classes), OK);
            label.write_soft(&mut soft).unwrap();
            assert_eq!(soft_c, soft);
            assert_eq!(cutmix_label_smoothed(plan, first, second, epsilon, soft_c.as_mut_ptr(), classes), OK);
            label.write_smoothed(&mut soft, epsilon).unwrap();
            assert_eq!(soft_c, soft);
        }
    }

    #[test]
    fn slots(seed: u64, half_life in prop_oneof![Just(None), (1..200_u32).prop_map(Some)], draws: [bool; 32]) {
        let mut reservoir = half_life.map_or_else(Reservoir::<7>::new, Reservoir::with_half_life);
        let mut ring = Ring::<7>::new();
        let mut stream = Stream::new(seed, 0, 0);
        // SAFETY: the pointers are of what they say.
        unsafe {
            let mut same = get(|stream| cutmix_stream_init(stream, seed, 0, 0));
            let same = &raw mut same;
            let mut reservoir_c = get(|reservoir| match half_life {
                None => cutmix_reservoir_init(reservoir, 7),
                Some(frames) => cutmix_reservoir_init_half_life(reservoir, 7, frames),
            });
            let mut ring_c = get(|ring| cutmix_ring_init(ring, 7));
            let (reservoir_c, ring_c) = (&raw mut reservoir_c, &raw mut ring_c);
            for (number, draw) in (0..).zip(draws) {
                let slot = reservoir.offer(number, 0, &mut stream).map_or(CUTMIX_NOT_KEPT, |slot| slot as u32);
                assert_eq!(get(|slot| cutmix_reservoir_offer(reservoir_c, same, slot)), slot);
                assert_eq!(get(|slot| cutmix_ring_offer(ring_c, slot)), ring.offer(number, 0).unwrap() as u32);
                if draw {
                    let slot = reservoir.held().draw(&mut stream).unwrap().slot as u32;
                    assert_eq!(get(|slot| cutmix_reservoir_draw(reservoir_c, same, slot)), slot);
                    let slot = ring.held().draw(&mut stream).unwrap().slot as u32;
                    assert_eq!(get(|slot| cutmix_ring_draw(ring_c, same, slot)), slot);
                }
            }
        }
    }

    #[test]
    fn records(
        (shape, _) in shapes(20), edges: [u16; 4], kind in 1..11_u8, zero_point: i8, padding in 0..4_usize,
        key: (u64, u32, u32), classes: [u16; 2], noise_seed: u64, stretch in 1..100_u32,
    ) {
        let elements = [
            Element::U8, Element::Rgb565, Element::Rgb565HighFirst, Element::Bgr, Element::Yuyv,
            Element::I8 { zero_point }, Element::U16, Element::U16HighFirst, Element::I16, Element::F32,
        ];
        let element = elements[usize::from(kind) - 1];
        let (plan_c, plan) = plan_of(shape, edges);
        let (seed, epoch, index) = key;
        let header = Header { key: Key { seed, epoch, index }, shape, plan, classes };
        let [first, second] = classes;
        let shape_c = c_shape(shape, element.size() as u8);
        let c = cutmix_header {
            seed, epoch, index, shape: shape_c, plan: plan_c, first, second, element: kind, zero_point,
        };
        let stride = shape.row_len() + padding;
        let frame = noise(stride * shape.rows() * element.size(), noise_seed);
        let mut sent: Vec<u8> = Vec::new();
        let (c, context) = (&raw const c, (&raw mut sent).cast());
        // SAFETY: the pointers are of what they say.
        unsafe {
            let done = cutmix_record_sample(c, frame.as_ptr().cast(), frame.len(), stride, Some(collect), context);
            let mut out = vec![0; sample_capacity(shape, element)];
            match encode_sample(&header, Pixels::Bytes(element, &frame), stride * element.size(), &mut out) {
                Ok(record) => assert_eq!((done, &sent[..]), (OK, &*record)),
                Err(error) => {
                    let expected = match element {
                        Element::Yuyv if shape.channels() == 1 && shape.width() % 2 == 1 => cutmix_status::OddWidth,
                        Element::Yuyv if shape.channels() == 1 => cutmix_status::HalfPair,
                        _ => cutmix_status::Channels,
                    };
                    assert_eq!((done, sent.len()), (expected, 0), "{error}");
                }
            }
            sent.clear();
            assert_eq!(cutmix_record_plan(c, Some(collect), context), OK);
            assert_eq!(sent, encode_plan(&header, &mut [0; PLAN_CAPACITY]).unwrap());
            let of = match part(index, stretch.try_into().unwrap()) {
                cutmix_record::Part::Train => cutmix_part::Train,
                cutmix_record::Part::Gap => cutmix_part::Gap,
                cutmix_record::Part::Test => cutmix_part::Test,
            };
            assert_eq!(get(|answer| cutmix_part_of(index, stretch, answer)), of as u32);
        }
    }
}

/// A text of its own each, in ASCII for whatever terminal, and without a full stop, as those of the crates.
#[test]
fn every_status_has_a_text() {
    let text = |status| {
        // SAFETY: it is a string of the program.
        unsafe { CStr::from_ptr(cutmix_status_message(status)) }.to_str().unwrap()
    };
    let last = cutmix_status::Internal as u32;
    let texts: HashSet<_> = (0..=last + 1).map(text).collect();
    assert_eq!(texts.len(), last as usize + 2);
    assert!(texts.iter().all(|text| text.is_ascii() && !text.ends_with('.')));
    assert_eq!(text(u32::MAX), text(last + 1));
}
