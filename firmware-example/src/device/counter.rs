//! Counts instructions. Under `-icount shift=0` QEMU's machines take a nanosecond for each; a real chip's cycles are others.

#[cfg(target_arch = "arm")]
pub use arm::Counter;
#[cfg(target_arch = "riscv32")]
pub use riscv::Counter;

#[cfg(target_arch = "arm")]
mod arm {
    use cortex_m::Peripherals;
    use cortex_m::peripheral::SYST;
    use cortex_m::peripheral::syst::SystClkSource;

    /// `SysTick` has 24 bits, and then starts again.
    const WRAP: u32 = 1 << 24;

    /// Picoseconds of a tick: of 25 MHz, or of the microbit's 16 MHz.
    const TICK: u64 = if cfg!(large_frames) { 40_000 } else { 62_500 };

    /// `SysTick`, the one clock that every Cortex-M has.
    pub struct Counter(SYST);

    impl Counter {
        /// None if it was taken before.
        pub fn new() -> Option<Self> {
            let mut clock = Peripherals::take()?.SYST;
            clock.set_clock_source(SystClkSource::Core);
            clock.set_reload(WRAP - 1);
            clock.clear_current();
            clock.enable_counter();
            Some(Self(clock))
        }

        /// Thousandths of the instructions of `work`, which must be fewer than 600 million.
        pub fn count(&mut self, mut work: impl FnMut()) -> u64 {
            let start = self.0.cvr.read();
            work();
            let ticks = start.wrapping_sub(self.0.cvr.read()) % WRAP; // it counts down
            u64::from(ticks) * TICK
        }
    }
}

#[cfg(target_arch = "riscv32")]
mod riscv {
    use ::riscv::register::minstret;

    /// The processor's own count.
    pub struct Counter;

    impl Counter {
        /// Always there.
        #[allow(clippy::unnecessary_wraps)] // as Cortex-M's, which may be taken
        pub fn new() -> Option<Self> {
            Some(Self)
        }

        /// Thousandths of the instructions of `work`.
        #[allow(clippy::unused_self)] // as Cortex-M's
        pub fn count(&mut self, mut work: impl FnMut()) -> u64 {
            let start = minstret::read64();
            work();
            minstret::read64().wrapping_sub(start) * 1000
        }
    }
}
