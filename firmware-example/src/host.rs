//! On a computer: the lines, for `golden.txt` to be compared with or written from.

use std::process::ExitCode;

use firmware_example::{Augmenter, Fault, LARGE, Large, SMALL, Small};

pub fn main() -> ExitCode {
    let mut lines = String::new();
    let done = run(&mut lines);
    print!("{lines}");
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("firmware-example: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(lines: &mut String) -> Result<(), Fault> {
    Augmenter::new(SMALL)?.run(&mut Small::new(), lines)?;
    Augmenter::new(LARGE)?.run(&mut Large::new(), lines)
}
