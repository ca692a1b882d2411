use core::fmt::{self, Write};

/// Passes text on as long as it is the text expected.
#[derive(Debug)]
pub struct Checked<'a, W> {
    out: W,
    expected: &'a str,
    /// Bytes written so far, all as expected.
    written: usize,
}

impl<'a, W: Write> Checked<'a, W> {
    /// `expected` is everything that may be written to `out`.
    pub const fn new(out: W, expected: &'a str) -> Self {
        Self { out, expected, written: 0 }
    }

    /// The line that is being written, counted from 1, and what it should be; none once everything is written.
    pub fn due(&self) -> Option<(usize, &'a str)> {
        let (before, rest) = self.expected.split_at_checked(self.written)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.expected.get(start..)?.lines().next()?;
        (!rest.is_empty()).then_some((1 + before.matches('\n').count(), line))
    }
}

impl<W: Write> Write for Checked<'_, W> {
    /// Text that is not as expected is written too, so that it can be seen, and is an error.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_str(text)?;
        if !self.expected.get(self.written..).is_some_and(|rest| rest.starts_with(text)) {
            return Err(fmt::Error);
        }
        self.written += text.len();
        Ok(())
    }
}
