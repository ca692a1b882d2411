//! CutMix on your chip: copy this folder, and fill in the three functions at the end, and `memory.x`.

#![no_std]
#![no_main]

#[cfg(not(target_os = "none"))]
compile_error!("this is for a chip: cargo build --release --target thumbv6m-none-eabi, or whatever your chip is");

use core::convert::Infallible;

use cutmix_core::{CutMix, Layout, Plan, Pool, Shape, Uniform, paste};
use cutmix_record::{Element, Header, Key, PIECE, Part, Pixels, STRETCH, SampleWriter, part};
use panic_halt as _;

const SHAPE: Shape = match Shape::new(32, 32, 3, Layout::Hwc) {
    Ok(shape) => shape,
    Err(_) => panic!("no image has this shape"),
};
/// λ is uniform, α = 1. For another α there is `CutMix::new`.
const CUTMIX: CutMix<Uniform> = CutMix::uniform();

type Frame = [u8; SHAPE.len()];

#[cortex_m_rt::entry]
fn main() -> ! {
    static mut FRAME: Frame = [0; SHAPE.len()];
    static mut POOL: Pool<Frame, 2> = Pool::new([[0; SHAPE.len()]; 2]);
    let seed = seed();
    for index in 0.. {
        let class = capture(FRAME);
        // What cannot be mixed or sent costs this frame alone; count it, or show it by a light.
        let _ = mix_and_send(FRAME, class, POOL, Key { seed, epoch: 0, index });
    }
    panic!("all frame numbers are used: start again with another seed")
}

fn mix_and_send(frame: &mut Frame, class: u16, pool: &mut Pool<Frame, 2>, key: Key) -> Option<()> {
    match part(key.index, STRETCH) {
        Part::Train => {}
        // The host has no use for frames next to those to test on, which come as they are and are no partners.
        Part::Gap => return None,
        Part::Test => return record(frame, [class; 2], Plan::unmixed(key.index, SHAPE), key),
    }
    let mut stream = key.stream();
    // Partners must be frames as the camera saw them, so this one is remembered before it is changed.
    if let Some(kept) = pool.offer(key.index, class, &mut stream) {
        kept.copy_from_slice(frame);
    }
    let (partner, pixels) = pool.draw(&mut stream)?;
    let plan = CUTMIX.plan(SHAPE, partner.number, &mut stream);
    paste(frame, pixels, SHAPE, plan.patch()).ok()?;

    record(frame, [class, partner.class], plan, key)
}

fn record(frame: &Frame, classes: [u16; 2], plan: Plan, key: Key) -> Option<()> {
    let header = Header { key, shape: SHAPE, plan, classes };
    let mut piece = [0; PIECE];
    let mut sample = SampleWriter::new(&header, Element::U8, &mut piece, send).ok()?;
    sample.rows(Pixels::U8(frame), SHAPE.row_len()).ok()?;
    sample.finish().ok()
}

/// Yours: of each start another, from the chip's random number generator, or its unique id and a counter of starts.
fn seed() -> u64 {
    42
}

/// Yours: waits for the camera's next frame, and says of what class it is.
fn capture(frame: &mut Frame) -> u16 {
    frame.fill(7);
    0
}

/// Yours: sends up to 256 bytes.
fn send(_piece: &[u8]) -> Result<(), Infallible> {
    Ok(())
}
