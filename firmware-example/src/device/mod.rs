//! On a chip in QEMU. Semihosting stands for the UART, and its exit code for a watchdog: whatever goes wrong is not 0.

mod costs;
mod counter;
mod records;
mod stack;

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::ptr::addr_of_mut;

use firmware_example::{Augmenter, Checked, Fault, SENSORS, SMALL, Small};
#[cfg(large_frames)]
use firmware_example::{LARGE, Large};
use semihosting::io::{self, Write as _};
use semihosting::{eprintln, println, process};

use counter::Counter;

/// What every machine must write. A chip that has no room for large frames writes the lines of the small ones, the first.
const GOLDEN: &str = include_str!("../../golden.txt");

static mut SMALL_BUFFERS: Small = Small::new();
#[cfg(large_frames)]
static mut LARGE_BUFFERS: Large = Large::new();

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    stack::paint();
    // SAFETY: this is the only place that names them, it runs once, and nothing else runs.
    #[allow(unsafe_code)]
    let small = unsafe { &mut *addr_of_mut!(SMALL_BUFFERS) };
    // SAFETY: as above.
    #[cfg(large_frames)]
    #[allow(unsafe_code)]
    let large = unsafe { &mut *addr_of_mut!(LARGE_BUFFERS) };

    let expected = if cfg!(large_frames) { GOLDEN } else { GOLDEN.split("96×96").next().unwrap_or(GOLDEN) };
    let mut link = Checked::new(Uart, expected);
    let done = (|| {
        Augmenter::new(SMALL)?.run(small, &mut link, records::to_files(SMALL)?)?;
        for sensor in SENSORS {
            sensor.run(small, &mut link, &mut records::to_file(&sensor)?)?;
        }
        #[cfg(large_frames)]
        Augmenter::new(LARGE)?.run(large, &mut link, records::to_files(LARGE)?)?;
        Ok(())
    })();
    let stack = stack::deepest();
    match (done, link.due()) {
        (Err(Fault::Link), Some((number, due))) => fail(format_args!("line {number} should be\n{due}")),
        (Err(fault), _) => fail(format_args!("{fault}")),
        (Ok(()), Some((number, due))) => fail(format_args!("line {number} is missing:\n{due}")),
        (Ok(()), None) => {}
    }
    let Some(stack) = stack else { fail(format_args!("overrun: the stack reached the buffers")) };

    println!("# stack of the loop, with what formats its lines: {stack} bytes");
    let Some(mut counter) = Counter::new() else { fail(format_args!("the counter is taken")) };
    let costs = (|| {
        costs::print(SMALL, small, &mut counter)?;
        #[cfg(large_frames)]
        costs::print(LARGE, large, &mut counter)?;
        Ok::<_, Fault>(())
    })();
    match costs {
        Ok(()) => process::exit(0),
        Err(fault) => fail(format_args!("{fault}")),
    }
}

/// Says why, and ends the program with what is not 0.
fn fail(why: fmt::Arguments) -> ! {
    eprintln!("\nfirmware-example: {why}");
    process::exit(1)
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    fail(format_args!("{info}"))
}

/// A fault of the processor, such as an access to memory that is not there.
#[cfg(target_arch = "arm")]
#[cortex_m_rt::exception]
#[allow(unsafe_code)]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    fail(format_args!("hard fault at {:#x}", frame.pc()))
}

/// A fault of the processor, such as an access to memory that is not there.
#[cfg(target_arch = "riscv32")]
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
extern "C" fn ExceptionHandler(_: &riscv_rt::TrapFrame) -> ! {
    fail(format_args!("exception"))
}

/// Where the lines go.
struct Uart;

impl Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        io::stdout().and_then(|mut out| out.write_all(text.as_bytes())).map_err(|_| fmt::Error)
    }
}
