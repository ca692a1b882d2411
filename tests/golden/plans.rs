//! Writes what `plans.txt` holds. Needs neither std nor a heap, so that a firmware can write the same lines.

use core::fmt::{Result, Write};
use core::hash::Hasher as _;

use cutmix_core::{
    BalancedReservoir, Beta, BoxRule, Choice, CutMix, Grid, Held, Layout, Mix, MixUp, Partners, Reservoir, Shape,
    Stream, paste,
};
use fnv::FnvHasher;
use rand_core::Rng;

/// Both ends of every key, and neighbors.
const KEYS: [(u64, u32, u64); 5] = [(0, 0, 0), (42, 0, 0), (42, 0, 1), (42, 1, 0), (u64::MAX, u32::MAX, u64::MAX)];

/// A pair for every algorithm, and in both orders where it matters.
const PARAMETERS: [(f32, f32); 9] =
    [(1.0, 1.0), (0.2, 0.2), (0.01, 0.01), (0.5, 0.9), (2.0, 2.0), (3.5, 1.5), (0.3, 2.0), (5.0, 0.7), (0.001, 5.0)];

const SHAPES: [(u16, u16, u16, Layout); 3] =
    [(32, 32, 3, Layout::Chw), (48, 20, 3, Layout::Hwc), (7, 5, 1, Layout::Hwc)];

/// Elements of the largest shape.
const LARGEST: usize = 32 * 32 * 3;

/// All lines, each ended by a line feed.
pub fn write(out: &mut impl Write) -> Result {
    writeln!(out, "# What cutmix-core draws, bit for bit, on every machine. A change is a value-breaking release.")?;
    writeln!(out, "# Written by plans.rs beside it: UPDATE_GOLDEN=1 cargo test -p cutmix-core golden")?;

    draws(out)?;
    plans(out)?;
    grids(out)?;
    partners(out)?;
    mixes(out)?;
    pools(out)
}

fn draws(out: &mut impl Write) -> Result {
    writeln!(out, "\n# stream seed epoch index -> the first words")?;
    for (seed, epoch, index) in KEYS {
        write!(out, "stream {seed} {epoch} {index} ->")?;
        let mut stream = Stream::new(seed, epoch, index);
        for _ in 0..4 {
            write!(out, " {:08x}", stream.next_u32())?;
        }
        writeln!(out)?;
    }

    writeln!(out, "\n# beta a b -> the bits of the first draws of stream 42 0 0")?;
    for (a, b) in PARAMETERS {
        write!(out, "beta {a} {b} ->")?;
        let mut stream = Stream::new(42, 0, 0);
        if let Ok(beta) = Beta::new(a, b) {
            for _ in 0..6 {
                write!(out, " {:08x}", beta.sample(&mut stream).to_bits())?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn plans(out: &mut impl Write) -> Result {
    writeln!(
        out,
        "\n# plan seed epoch index width height channels layout alpha rule -> x0 y0 x1 y1 kept total digest"
    )?;
    writeln!(
        out,
        "# The digest is FNV-1a of the pasted image: byte i is 6i in the destination, 10i + 1 in the source."
    )?;
    for shape in SHAPES {
        for alpha in [0.2, 1.0, 3.5] {
            for rule in [BoxRule::Paper, BoxRule::AtLeastOnePixel] {
                for key in KEYS {
                    write_plan(out, key, shape, alpha, rule)?;
                }
            }
        }
    }
    for shape in SHAPES {
        for rule in [BoxRule::OddSides, BoxRule::Inside, BoxRule::MinMax { min: 0.2, max: 0.8 }] {
            for key in &KEYS[..3] {
                write_plan(out, *key, shape, 1.0, rule)?;
            }
        }
    }
    Ok(())
}

fn grids(out: &mut impl Write) -> Result {
    writeln!(
        out,
        "\n# grid seed epoch index width height cell width, cell height -> x0 y0 x1 y1 kept total, by alpha 1 and the paper's rule"
    )?;
    for (seed, epoch, index) in KEYS {
        for (width, height, cell_width, cell_height) in [(32, 32, 2, 1), (48, 20, 8, 8), (97, 61, 16, 4)] {
            write!(out, "grid {seed} {epoch} {index} {width} {height} {cell_width} {cell_height} ->")?;
            let (Ok(shape), Ok(grid), Ok(cutmix)) =
                (Shape::new(width, height, 1, Layout::Hwc), Grid::new(cell_width, cell_height), CutMix::new(1.0))
            else {
                return writeln!(out, " refused");
            };
            let plan = cutmix.plan_on_grid(shape, grid, 0, &mut Stream::new(seed, epoch, index));
            let [x0, y0, x1, y1] =
                [plan.patch().x0(), plan.patch().y0(), plan.patch().x1(), plan.patch().y1()].map(u32::from);
            write_numbers(out, [x0, y0, x1, y1, plan.kept(), plan.total()])?;
        }
    }
    Ok(())
}

fn partners(out: &mut impl Write) -> Result {
    writeln!(out, "\n# partners seed epoch index rule -> those of eight images")?;
    for (seed, epoch, index) in KEYS {
        for rule in [Partners::RandomCycle, Partners::Shuffle] {
            write!(out, "partners {seed} {epoch} {index} {rule:?} ->")?;
            let mut partners = [0; 8];
            let assigned = rule.assign(&mut partners, &mut Stream::new(seed, epoch, index));
            write_numbers(out, assigned.iter().flat_map(|()| partners))?;
        }
    }
    Ok(())
}

fn mixes(out: &mut impl Write) -> Result {
    writeln!(out, "\n# mixup alpha -> the first λ of stream 42 0 0, in units of 1 / 65536")?;
    for alpha in [0.2, 1.0, 3.5] {
        write!(out, "mixup {alpha} ->")?;
        let mut stream = Stream::new(42, 0, 0);
        let mixup = MixUp::new(alpha);
        let lambdas = mixup.iter().flat_map(|mixup| [(); 6].map(|()| mixup.plan(0, &mut stream).lambda_q16()));
        write_numbers(out, lambdas)?;
    }

    writeln!(
        out,
        "\n# choice seed epoch index -> a box x0 y0 x1 y1 kept of 32×24 pixels by alpha 1, or a λ by alpha 0.4, which has half"
    )?;
    for (seed, epoch, index) in KEYS {
        write!(out, "choice {seed} {epoch} {index} ->")?;
        let (Ok(shape), Ok(cutmix), Ok(mixup)) =
            (Shape::new(32, 24, 1, Layout::Hwc), CutMix::new(1.0), MixUp::new(0.4))
        else {
            return writeln!(out, " refused");
        };
        let mut stream = Stream::new(seed, epoch, index);
        let choice = Choice::new(cutmix, mixup, 0.5);
        match choice.map(|choice| choice.plan(shape, 0, &mut stream)) {
            Ok(Mix::Paste(plan)) => {
                let [x0, y0, x1, y1] =
                    [plan.patch().x0(), plan.patch().y0(), plan.patch().x1(), plan.patch().y1()].map(u32::from);
                write_numbers(out, [x0, y0, x1, y1, plan.kept()])?;
            }
            Ok(Mix::Blend(blend)) => write_numbers(out, [blend.lambda_q16()])?,
            Err(_) => writeln!(out, " refused")?,
        }
    }

    writeln!(out, "\n# blend λ -> in units of 1 / 65536, of one i8, u16, i16, f16 and bf16 with another")?;
    if let Ok(mixup) = MixUp::new(1.0) {
        for index in 0..4 {
            let blend = mixup.plan(0, &mut Stream::new(42, 0, index));
            let (mut byte, mut word, mut sample, mut half, mut brain) =
                ([-100_i8], [60_000_u16], [-30_000_i16], [0x3C01_u16], [0x3F81_u16]);
            let blended = [
                blend.apply_i8(&mut byte, &[101]),
                blend.apply_u16(&mut word, &[7]),
                blend.apply_i16(&mut sample, &[12_345]),
                blend.apply_f16(&mut half, &[0xC500]),
                blend.apply_bf16(&mut brain, &[0xC0A0]),
            ];
            if blended.iter().any(core::result::Result::is_err) {
                return writeln!(out, "blend refused");
            }
            write!(out, "blend {} ->", blend.lambda_q16())?;
            writeln!(out, " {} {} {} {:04x} {:04x}", byte[0], word[0], sample[0], half[0], brain[0])?;
        }
    }
    Ok(())
}

fn pools(out: &mut impl Write) -> Result {
    writeln!(out, "\n# pool seed epoch index -> the four frames held of 0 to 19")?;
    writeln!(out, "# balanced seed epoch index -> the same, where every fifth frame is of another class")?;
    for (seed, epoch, index) in KEYS {
        let mut pool: Reservoir<4> = Reservoir::new();
        let mut balanced: BalancedReservoir<4, 2> = BalancedReservoir::new();
        let (mut stream, mut balanced_stream) = (Stream::new(seed, epoch, index), Stream::new(seed, epoch, index));
        for frame in 0..20 {
            let _ = pool.offer(frame, 0, &mut stream);
            let _ = balanced.offer(frame, u16::from(frame % 5 == 0), &mut balanced_stream);
        }
        let slots = 0..pool.held().len();
        let number = |held: Held| held.number;
        write!(out, "pool {seed} {epoch} {index} ->")?;
        write_numbers(out, slots.clone().filter_map(|slot| pool.held().get(slot)).map(number))?;
        write!(out, "balanced {seed} {epoch} {index} ->")?;
        write_numbers(out, slots.filter_map(|slot| balanced.held().get(slot)).map(number))?;
    }
    Ok(())
}

fn write_numbers(out: &mut impl Write, numbers: impl IntoIterator<Item = u32>) -> Result {
    for number in numbers {
        write!(out, " {number}")?;
    }
    writeln!(out)
}

fn write_plan(
    out: &mut impl Write,
    (seed, epoch, index): (u64, u32, u64),
    (width, height, channels, layout): (u16, u16, u16, Layout),
    alpha: f32,
    rule: BoxRule,
) -> Result {
    write!(out, "plan {seed} {epoch} {index} {width} {height} {channels} {layout:?} {alpha} {rule:?} -> ")?;
    let (Ok(shape), Ok(Ok(cutmix))) =
        (Shape::new(width, height, channels, layout), CutMix::new(alpha).map(|cutmix| cutmix.with_rule(rule)))
    else {
        return writeln!(out, "refused");
    };
    let plan = cutmix.plan(shape, 0, &mut Stream::new(seed, epoch, index));

    // Even bytes into which odd ones are pasted, so every byte tells where it is from.
    let mut dst: [u8; LARGEST] = core::array::from_fn(|i| (6 * i) as u8);
    let src: [u8; LARGEST] = core::array::from_fn(|i| (10 * i + 1) as u8);
    let (Some(dst), Some(src)) = (dst.get_mut(..shape.len()), src.get(..shape.len())) else {
        return writeln!(out, "too large");
    };
    if let Err(error) = paste(dst, src, shape, plan.patch()) {
        return writeln!(out, "{error}");
    }
    let mut digest = FnvHasher::default();
    digest.write(dst);
    let patch = plan.patch();
    let (kept, total, digest) = (plan.kept(), plan.total(), digest.finish());
    writeln!(out, "{} {} {} {} {kept} {total} {digest:016x}", patch.x0(), patch.y0(), patch.x1(), patch.y1())
}
