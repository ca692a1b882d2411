//! Lines of text for a person, or for the program that reads standard output.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

/// Where a command prints. Results for another program go to standard output, and then everything else goes to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// To a person, on standard output.
    Person,
    /// Standard output is for a program.
    Machine,
}

impl Console {
    /// Prints a line. A reader that went away, as `| head` does, is no reason to stop a training.
    pub fn say(self, line: &str) {
        let _ = match self {
            Self::Person => writeln!(io::stdout(), "{line}"),
            Self::Machine => writeln!(io::stderr(), "{line}"),
        };
    }
}

/// Set where another process says the same.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on only [errors](report) are printed: another process of the run says the rest.
pub fn leave_to_another() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Prints a line on standard error, whether or not anybody reads it. What would end the line or speak to the terminal, and may come from a
/// file's name or from what is in it, is written as `\n` or `\u{1b}`.
pub fn complain(line: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        report(line);
    }
}

/// As [`complain`], of what ends the program.
pub fn report(line: &str) {
    let mut plain = String::with_capacity(line.len());
    for c in line.chars() {
        if c.is_control() { plain.extend(c.escape_debug()) } else { plain.push(c) }
    }
    let _ = writeln!(io::stderr(), "{plain}");
}
