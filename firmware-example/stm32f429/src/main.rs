//! The skeleton of a real board: a NUCLEO-F429ZI with a parallel camera that sends 96×96 pixels in RGB565, high byte first: an
//! OV2640 as it comes, say.
//!
//! A camera's DMA and CutMix never touch the same frame: there are two, and a channel without copies passes them to and fro.
//! While the DMA fills one and its interrupt is yet to come, the other is offered to the pool, mixed in place and sent:
//!
//! ```text
//! DCMI ─DMA─► frame ─► pool, plan, paste in place ─► record ─DMA─► UART
//!   ▲  interrupt: full                        interrupt: sent  │
//!   └──────────────────────── frame, empty again ◄─────────────┘
//! ```
//!
//! It is here to be read and to be compiled; it was not run. The registers of the sensor itself are missing.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use bytemuck::{cast_slice, cast_slice_mut};
use cutmix_core::rand_core::Rng as _;
use cutmix_core::{CutMix, Layout, Plan, Pool, Shape, Stream, paste};
use cutmix_record::{Element, Header, Key, Part, Pixels, STRETCH, encode_sample, part, sample_capacity};
use embassy_executor::Spawner;
use embassy_stm32::dcmi::{self, Dcmi};
use embassy_stm32::gpio::{Input, Pull};
use embassy_stm32::mode::Async;
use embassy_stm32::rcc::{Mco, Mco1Source, McoConfig};
use embassy_stm32::rtc::{Rtc, RtcConfig};
use embassy_stm32::uid::uid;
use embassy_stm32::usart::{self, UartTx};
use embassy_stm32::{bind_interrupts, dma, peripherals};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::zerocopy_channel::{Channel, Receiver, Sender};
use static_cell::{ConstStaticCell, StaticCell};

const SHAPE: Shape = match Shape::new(96, 96, 1, Layout::Hwc) {
    Ok(shape) => shape,
    Err(_) => panic!("no frame has this shape"),
};

/// Two frames of 18 KiB for the DMA, four in the pool, and one record: 130 of the chip's 192 KiB.
static FRAMES: ConstStaticCell<[Frame; 2]> = ConstStaticCell::new([const { Frame::new() }; 2]);
static POOL: ConstStaticCell<Pool<Words, 4>> = ConstStaticCell::new(Pool::new([[0; _]; 4]));
static RECORD: ConstStaticCell<[u8; RECORD_CAPACITY]> = ConstStaticCell::new([0; RECORD_CAPACITY]);
const RECORD_CAPACITY: usize = sample_capacity(SHAPE, Element::Rgb565HighFirst);

/// As the DMA writes them: words of two pixels.
type Words = [u32; SHAPE.len() / 2];

struct Frame {
    number: u32,
    class: u16,
    words: Words,
}

impl Frame {
    #[allow(clippy::large_stack_arrays, reason = "made when compiled, for statics")]
    const fn new() -> Self {
        Self { number: 0, class: 0, words: [0; SHAPE.len() / 2] }
    }
}

bind_interrupts!(struct Interrupts {
    DCMI => dcmi::InterruptHandler<peripherals::DCMI>;
    DMA2_STREAM1 => dma::InterruptHandler<peripherals::DMA2_CH1>;
    DMA1_STREAM3 => dma::InterruptHandler<peripherals::DMA1_CH3>;
});

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_stm32::init(embassy_stm32::Config::default());
    // The sensor's clock.
    let _clock = Mco::new(p.MCO1, p.PA8, Mco1Source::HSI, McoConfig::default());
    let dcmi = Dcmi::new_8bit(
        p.DCMI,
        p.DMA2_CH1,
        Interrupts, // the next three lines are the data
        p.PC6,
        p.PC7,
        p.PE0,
        p.PE1, // 0 to 3
        p.PE4,
        p.PD3,
        p.PE5,
        p.PE6, // 4 to 7
        p.PB7,
        p.PA4,
        p.PA6, // frame, row and pixel
        dcmi::Config::default(),
    );
    // What the camera is shown is what the switches say.
    let switches = [Input::new(p.PF12, Pull::Up), Input::new(p.PF13, Pull::Up)];
    let Ok(link) = UartTx::new(p.USART3, p.PD8, p.DMA1_CH3, Interrupts, usart::Config::default()) else {
        panic!("the UART cannot have its baud rate")
    };

    let (clock, _) = Rtc::new(p.RTC, RtcConfig::default());
    let seed = seed_of_this_start(&clock);

    static CHANNEL: StaticCell<Channel<'static, NoopRawMutex, Frame>> = StaticCell::new();
    let (empty, full) = CHANNEL.init(Channel::new(FRAMES.take())).split();
    let Ok(task) = capture(dcmi, switches, empty) else { panic!("the task was started before") };
    spawner.spawn(task);
    augment(full, link, seed).await
}

/// Frames are known by their seed and their number, and numbers begin at 0 with every start; so every start of every chip has another seed: of the
/// chip's id and a count of starts, which a backup register keeps as long as its battery lasts.
fn seed_of_this_start(clock: &Rtc) -> u64 {
    let starts = clock.read_backup_register(0).unwrap_or_default();
    clock.write_backup_register(0, starts.wrapping_add(1));
    let [a, b, c, d, e, f, g, h, rest @ ..] = uid();
    let (id, rest) = (u64::from_le_bytes([a, b, c, d, e, f, g, h]), u32::from_le_bytes(rest));
    Stream::new(id, starts, rest.into()).next_u64()
}

/// Fills one frame after the other. A frame that the camera or the DMA broke is taken again.
#[embassy_executor::task]
async fn capture(
    mut dcmi: Dcmi<'static, peripherals::DCMI>,
    switches: [Input<'static>; 2],
    mut empty: Sender<'static, NoopRawMutex, Frame>,
) {
    for number in 0.. {
        let frame = empty.send().await;
        while dcmi.capture(&mut frame.words).await.is_err() {}
        frame.number = number;
        frame.class = switches.iter().fold(0, |class, switch| 2 * class + u16::from(switch.is_low()));
        empty.send_done();
    }
}

/// Mixes each with one that was seen, unless it is to be tested on, and sends it. The frame is free again as soon as its record is made.
async fn augment(mut full: Receiver<'static, NoopRawMutex, Frame>, mut link: UartTx<'static, Async>, seed: u64) -> ! {
    let Ok(cutmix) = CutMix::new(0.25) else { panic!("no α of Beta(α, α)") };
    let (pool, buffer) = (POOL.take(), RECORD.take());
    loop {
        let frame = full.receive().await;
        let key = Key { seed, epoch: 0, index: frame.number };
        let record = mix(frame, key, &cutmix, pool, buffer);
        full.receive_done();
        if let Some(record) = record {
            // What does not arrive whole is found by the reader, and costs this record alone.
            let _ = link.write(record).await;
        }
    }
}

/// The record of a frame; none of one next to test frames, which the host has no use for.
fn mix<'b>(
    frame: &mut Frame,
    key: Key,
    cutmix: &CutMix,
    pool: &mut Pool<Words, 4>,
    buffer: &'b mut [u8],
) -> Option<&'b mut [u8]> {
    let (plan, partner_class) = match part(frame.number, STRETCH) {
        Part::Gap => return None,
        // Neither mixed nor ever a partner: what is tested on is seen in no training.
        Part::Test => (Plan::unmixed(frame.number, SHAPE), frame.class),
        Part::Train => {
            let mut stream = key.stream();
            // Partners must be frames as the camera saw them, so this one is remembered before it is changed.
            if let Some(kept) = pool.offer(frame.number, frame.class, &mut stream) {
                kept.copy_from_slice(&frame.words);
            }
            let (partner, words) = pool.draw(&mut stream)?;
            let plan = cutmix.plan(SHAPE, partner.number, &mut stream);
            let pixels: &mut [u16] = cast_slice_mut(&mut frame.words);
            paste(pixels, cast_slice(words), SHAPE, plan.patch()).ok()?;
            (plan, partner.class)
        }
    };
    let header = Header { key, shape: SHAPE, plan, classes: [frame.class, partner_class] };
    let pixels: &[u16] = cast_slice(&frame.words);
    // Words as this chip reads what came byte by byte.
    encode_sample(&header, Pixels::Rgb565Swapped(pixels), SHAPE.row_len(), buffer).ok()
}

/// In the field nobody looks: start again.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}
