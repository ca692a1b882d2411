use core::hint::black_box;
use core::num::NonZeroU32;

use cutmix_core::{
    BalancedReservoir, Beta, Blend, BoxRule, ByClass, Choice, CutMix, Grid, Label, Layout, Mix, MixUp, Partners, Patch,
    Plan, Pool, Reservoir, Ring, Shape, Slots, Stream, Visible, apply_batch, apply_images, erase, mix_batch,
    mix_batch_scratch, paste, paste_resized, paste_strided, reservoir_slot, reservoir_window, swap, uniform_below,
};
use cutmix_record::{
    Element, Header, Key, PIECE, PLAN_CAPACITY, Pixels, SampleWriter, encode_plan, encode_sample, part, sample_capacity,
};
use rand_core::Rng;

/// Stops early where something is refused, which the optimizer cannot know either.
pub fn all() -> Option<()> {
    black_box(Stream::new_in_a_loop(any(), any(), any()));
    let mut stream = black_box(Stream::new(any(), any(), any()));
    black_box((stream.next_u32(), stream.next_u64(), uniform_below(any(), &mut stream)));
    stream.fill_bytes(black_box(&mut [0_u8; 9][..]));

    let shape = shape()?;
    black_box((shape.width(), shape.height(), shape.channels(), shape.layout()));
    black_box((shape.pixels(), shape.row_len(), shape.rows(), shape.len()));
    black_box(shape.check_stride(any(), any())).ok()?;

    let patch = black_box(Patch::new(any(), any(), any(), any()).ok()?);
    black_box((patch.x0(), patch.y0(), patch.x1(), patch.y1(), patch.area(), patch.fits(shape)));

    let beta = black_box(Beta::new(any(), any()).ok()?);
    black_box(beta.sample(&mut stream));

    plan(black_box(Plan::unmixed(any(), shape)))?;
    plan(black_box(Plan::new(any(), patch, shape).ok()?))?;
    for rule in rules() {
        let given = CutMix::with_parameters(any(), any()).ok()?.with_probability(any()).ok()?;
        let given = black_box(given.with_rule(rule).ok()?);
        black_box((given.can_mix(shape), given.plan(shape, any(), &mut stream)));
        let grid = black_box(Grid::new(any(), any()).ok()?);
        black_box((grid.cells(shape), given.plan_on_grid(shape, grid, any(), &mut stream)));
    }
    black_box(CutMix::new(any()).ok()?.plan(shape, any(), &mut stream));

    let uniform = black_box(CutMix::uniform().with_probability(any()).ok()?);
    for rule in rules() {
        black_box(uniform.with_rule(rule).ok()?.plan(shape, any(), &mut stream));
    }

    black_box((<CutMix>::from(uniform), black_box(CutMix::new(any()).ok()?).to_uniform()));

    let grid = if any() { Some(Grid::new(any(), any()).ok()?) } else { None };
    black_box(black_box(CutMix::new(any()).ok()?).plan_uniform(shape, black_box(grid), any(), &mut stream));

    let blend = black_box(black_box(MixUp::new(any()).ok()?).plan(any(), &mut stream));
    black_box((blend.partner(), blend.lambda(), blend.lambda_q16()));
    label(black_box(blend.label(any(), any())))?;
    blend.apply_u8(slice(&mut [0; 8]), slice(&mut [0; 8])).ok()?;
    blend.apply_i8(slice(&mut [0; 8]), slice(&mut [0; 8])).ok()?;
    blend.apply_u16(slice(&mut [0; 8]), slice(&mut [0; 8])).ok()?;
    blend.apply_i16(slice(&mut [0; 8]), slice(&mut [0; 8])).ok()?;
    blend.apply_f32(slice(&mut [0.0; 8]), slice(&mut [0.0; 8])).ok()?;
    blend.apply_f16(slice(&mut [0; 8]), slice(&mut [0; 8])).ok()?;
    blend.apply_bf16(slice(&mut [0; 8]), slice(&mut [0; 8])).ok()?;

    let mixup = black_box(MixUp::with_parameters(any(), any()).ok()?.with_probability(any()).ok()?);
    let choice = black_box(Choice::new(CutMix::new(any()).ok()?, mixup, any()).ok()?);
    let mixes = &mut [choice.plan(shape, any(), &mut stream); 8];
    let mix: Mix = black_box(if any() { Mix::from(blend) } else { Mix::from(Plan::unmixed(any(), shape)) });
    black_box((mix.plan(), mix.partner(), mix.patch(), mix.lambda(), mix.label(any(), any())));
    apply_batch(slice(&mut [0; 8]), shape, slice(mixes), slice(&mut [0; 8]), Blend::apply_u8).ok()?;
    apply_batch(slice(&mut [0; 8]), shape, slice(mixes), slice(&mut [0; 8]), Blend::apply_bf16).ok()?;
    let (mut one, mut other) = ([0_u16; 4], [0_u16; 4]);
    let apart = &mut [slice(&mut one), slice(&mut other)];
    apply_images(slice(apart), shape, slice(mixes), slice(&mut [0; 8]), Blend::apply_u16).ok()?;

    images::<()>(shape, patch)?;
    images::<u8>(shape, patch)?;
    images::<u16>(shape, patch)?;
    images::<[u8; 3]>(shape, patch)?;
    images::<f32>(shape, patch)?;
    images::<f64>(shape, patch)?;
    records(shape, patch)?;
    pools::<[u8; 4], _>(&mut stream)?;
    pools::<f32, _>(&mut stream)?;
    any_generator(black_box(&mut stream), shape)
}

/// Generators of one's own are known by their trait alone: what they do is theirs.
fn any_generator(rng: &mut dyn Rng, shape: Shape) -> Option<()> {
    black_box((uniform_below(any(), rng), Beta::new(any(), any()).ok()?.sample(rng)));
    black_box(MixUp::new(any()).ok()?.plan(any(), rng));
    for rule in rules() {
        black_box(CutMix::new(any()).ok()?.with_rule(rule).ok()?.plan(shape, any(), rng));
    }
    Partners::RandomCycle.assign(slice(&mut [0; 8]), rng).ok()?;
    pools::<u16, dyn Rng>(rng)
}

/// A value that the optimizer cannot know.
pub fn any<T: Default>() -> T {
    black_box(T::default())
}

/// A slice whose length the optimizer cannot know.
fn slice<T>(elements: &mut [T]) -> &mut [T] {
    black_box(elements)
}

pub fn shape() -> Option<Shape> {
    let layout = if any() { Layout::Hwc } else { Layout::Chw };
    Some(black_box(Shape::new(any(), any(), any(), layout).ok()?))
}

fn rules() -> [BoxRule; 5] {
    let min_max = BoxRule::MinMax { min: any(), max: any() };
    black_box([BoxRule::Paper, BoxRule::OddSides, BoxRule::AtLeastOnePixel, BoxRule::Inside, min_max])
}

fn plan(plan: Plan) -> Option<()> {
    black_box((plan.partner(), plan.patch(), plan.kept(), plan.total(), plan.lambda()));
    plan.mix_soft(slice(&mut [0.0; 8]), slice(&mut [0.0; 8])).ok()?;
    plan.unite(slice(&mut [0.0; 8]), slice(&mut [0.0; 8]), any()).ok()?;
    let other = black_box(Patch::new(any(), any(), any(), any()).ok()?);
    black_box((plan.regions(other, other), other.intersection(plan.patch()), other.without(plan.patch())));
    for visible in black_box([plan.left_of(other), plan.pasted_of(other)]) {
        let visible: Visible = visible;
        black_box((visible.kept(), visible.total(), visible.share(), visible.patch(), visible.is_visible_by(any())));
    }
    let there = plan.at(shape()?);
    black_box(there.fits(shape()?));
    there.paste(slice(&mut [0; 8]), slice(&mut [0; 8]), shape()?).ok()?;
    label(black_box(plan.label(any(), any())))
}

fn label(label: Label) -> Option<()> {
    black_box((label.first(), label.second(), label.lambda(), label.weights_q16()));
    label.write_soft(slice(&mut [0.0; 8])).ok()?;
    label.write_smoothed(slice(&mut [0.0; 8]), any()).ok()?;
    label.write_one_hot(slice(&mut [0.0; 8]), slice(&mut [0.0; 8])).ok()
}

fn images<T: Copy + Default>(shape: Shape, patch: Patch) -> Option<()> {
    let (first, second) = (&mut [T::default(); 8], &mut [T::default(); 8]);
    paste(slice(first), slice(second), shape, patch).ok()?;
    swap(slice(first), slice(second), shape, patch).ok()?;
    paste_strided(slice(first), any(), slice(second), any(), shape, patch).ok()?;

    erase(slice(first), shape, patch, || any()).ok()?;
    paste_resized(slice(first), shape, patch, slice(second), black_box(shape)).ok()?;

    let partners = &mut [0; 8];
    let partners = slice(partners);
    for rule in black_box([Partners::RandomCycle, Partners::Shuffle, Partners::Roll, Partners::Reverse]) {
        rule.assign(partners, &mut Stream::new(any(), any(), any())).ok()?;
    }
    let plans = &mut [Plan::unmixed(any(), shape); 8];
    let plans = slice(plans);
    black_box(mix_batch_scratch(shape, plans));
    mix_batch(slice(first), shape, plans, slice(second)).ok()
}

fn records(shape: Shape, patch: Patch) -> Option<()> {
    let key = black_box(Key { seed: any(), epoch: any(), index: any() });
    black_box(key.stream());
    black_box(part(any(), NonZeroU32::new(any())?));
    let header = Header { key, shape: black_box(shape), plan: Plan::new(any(), patch, shape).ok()?, classes: any() };
    label(black_box(header.label()))?;
    let (bytes, words) = (&mut [0; 8], &mut [0; 8]);
    let (bytes, words) = (&*slice(bytes), &*slice(words));
    let (values, signed, floats) = (&mut [0; 8], &mut [0; 8], &mut [0.0; 8]);
    let every = [
        Pixels::U8(bytes),
        Pixels::Rgb565(words),
        Pixels::Rgb565Swapped(words),
        Pixels::I8 { values: slice(values), zero_point: any() },
        Pixels::U16(words),
        Pixels::I16(slice(signed)),
        Pixels::F32(slice(floats)),
        Pixels::Bytes(Element::Yuyv, bytes),
    ];
    for pixels in black_box(every) {
        let element: Element = pixels.element();
        black_box((element.size(), sample_capacity(shape, element)));
        element.check(shape, patch).ok()?;
        encode_sample(&header, pixels, any(), slice(&mut [0; 256])).ok()?;
    }
    encode_plan(&header, slice(&mut [0; PLAN_CAPACITY])).ok()?;

    let sink = |piece: &[u8]| if black_box(piece).is_empty() { Err(()) } else { Ok(()) };
    let element = if any() { Element::U8 } else { Element::Rgb565 };
    let piece = &mut [0; PIECE];
    let mut writer = SampleWriter::new(&header, element, piece, sink).ok()?;
    for pixels in black_box(every) {
        writer.rows(pixels, any()).ok()?;
    }
    writer.finish().ok()?;
    Some(())
}

fn pools<F: Copy + Default, R: Rng + ?Sized>(stream: &mut R) -> Option<()> {
    let frames = black_box([F::default(); 4]);
    let pool = &mut if any() { Pool::new(frames) } else { Pool::with_half_life(frames, any()) };
    *black_box(&mut *pool).offer(any(), any(), stream)? = any();
    black_box((pool.get(any())?, pool.draw(stream)?));
    black_box(pool.held().len());
    black_box(&mut *pool).clear();
    by_class(stream)?;
    reservoirs(stream)
}

fn reservoirs<R: Rng + ?Sized>(stream: &mut R) -> Option<()> {
    let mut reservoir = if any() { Reservoir::<4>::default() } else { Reservoir::with_half_life(any()) };
    black_box(reservoir.offer(any(), any(), stream))?;
    slots(black_box(reservoir.held()), stream);
    black_box(&mut reservoir).clear();
    slots(Reservoir::<4>::new().held(), stream);
    black_box(reservoir_slot(any(), any(), reservoir_window(any(), any()), stream)?);

    let mut ring = if any() { Ring::<4>::new() } else { Ring::default() };
    black_box(ring.offer(any(), any()))?;
    slots(black_box(ring.held()), stream);
    black_box(&mut ring).clear();

    let mut balanced = if any() { BalancedReservoir::<4, 3>::new() } else { BalancedReservoir::default() };
    black_box(balanced.offer(any(), any(), stream).ok()?)?;
    slots(black_box(balanced.held()), stream);
    black_box(&mut balanced).clear();
    Some(())
}

fn by_class<R: Rng + ?Sized>(rng: &mut R) -> Option<()> {
    let (labels, order, starts) = (&mut [0; 8], &mut [0; 8], &mut [0; 4]);
    let by_class = black_box(ByClass::new(slice(labels), slice(order), slice(starts)).ok()?);
    black_box((by_class.same(any(), rng), by_class.other(any(), rng), by_class.of_any_class(rng)));
    Some(())
}

fn slots<R: Rng + ?Sized>(held: &Slots<4>, stream: &mut R) {
    black_box((held.len(), held.is_empty(), held.seen(), held.get(any()), held.draw(stream)));
}
