//! `host completions`.

use clap::Args;
use clap_complete::Shell;

use crate::terminal::console::Console;

/// For which shell.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints the script for `command`.
    pub fn run(self, mut command: clap::Command) {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "host", &mut script);
        Console::Person.say(String::from_utf8_lossy(&script).trim_end());
    }
}
