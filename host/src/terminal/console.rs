//! Lines of text for a person, or for the program that reads standard output.

use std::io::{self, Write as _};

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

/// Prints a line on standard error, whether or not anybody reads it.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
