//! On a computer: the lines, for `golden.txt` to be compared with or written from, and the records, in the folder named.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use firmware_example::{Augmenter, Fault, Kind, LARGE, Large, SENSORS, SMALL, Size, Small};

pub fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let mut lines = String::new();
    let done = run(&mut lines, folder.as_deref());
    print!("{lines}");
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("firmware-example: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(lines: &mut String, folder: Option<&Path>) -> Result<(), Fault> {
    let mut small = Small::new();
    Augmenter::new(SMALL)?.run(&mut small, lines, records(folder, SMALL)?)?;
    for sensor in SENSORS {
        let name = format!("{}.samples", sensor.name);
        let mut file = folder.map(|folder| File::create(folder.join(name))).transpose().map_err(|_| Fault::Records)?;
        sensor.run(&mut small, lines, &mut |piece| {
            file.as_mut().map_or(Ok(()), |file| file.write_all(piece)).map_err(|_| Fault::Records)
        })?;
    }
    Augmenter::new(LARGE)?.run(&mut Large::new(), lines, records(folder, LARGE)?)
}

/// To a file a kind; without a folder, nowhere.
fn records(folder: Option<&Path>, size: Size) -> Result<impl FnMut(Kind, &[u8]) -> Result<(), Fault>, Fault> {
    let mut files = Vec::new();
    if let Some(folder) = folder {
        for kind in Kind::ALL {
            files.push((kind, File::create(folder.join(kind.file(size).to_string())).map_err(|_| Fault::Records)?));
        }
    }
    Ok(move |kind, piece: &[u8]| match files.iter_mut().find(|(of, _)| *of == kind) {
        Some((_, file)) => file.write_all(piece).map_err(|_| Fault::Records),
        None => Ok(()),
    })
}
