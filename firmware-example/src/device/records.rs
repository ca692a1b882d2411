//! Records leave by semihosting, into files of the computer that QEMU runs on: stands for the link of a real board.

use core::ffi::CStr;
use core::fmt::{self, Write as _};

use firmware_example::{Fault, Kind, Sensor, Size};
use heapless::String;
use semihosting::experimental::env;
use semihosting::fs::File;
use semihosting::io::Write as _;

/// Bytes of a path, at most.
const PATH: usize = 256;

/// Takes records of `size` to files in the folder that the program was started with; without one, nowhere.
#[inline(never)] // the path shall not lie on the stack while the loop runs
pub fn to_files(size: Size) -> Result<impl FnMut(Kind, &[u8]) -> Result<(), Fault>, Fault> {
    let mut files = [const { None }; Kind::ALL.len()];
    for (file, kind) in files.iter_mut().zip(Kind::ALL) {
        *file = create(format_args!("{}", kind.file(size)))?.map(|file| (kind, file));
    }
    Ok(move |kind, piece: &[u8]| match files.iter_mut().flatten().find(|(of, _)| *of == kind) {
        Some((_, file)) => file.write_all(piece).map_err(|_| Fault::Records),
        None => Ok(()),
    })
}

/// Takes what `sensor` sends likewise.
#[inline(never)]
pub fn to_file(sensor: &Sensor) -> Result<impl FnMut(&[u8]) -> Result<(), Fault>, Fault> {
    let mut file = create(format_args!("{}.samples", sensor.name))?;
    Ok(move |piece: &[u8]| file.as_mut().map_or(Ok(()), |file| file.write_all(piece).map_err(|_| Fault::Records)))
}

/// A new file in the folder that the program was started with, if it was.
fn create(name: fmt::Arguments) -> Result<Option<File>, Fault> {
    let arguments = env::args::<PATH>().map_err(|_| Fault::Records)?;
    // The first is the program.
    let Some(folder) = (&arguments).nth(1) else { return Ok(None) };
    let folder = folder.map_err(|_| Fault::Records)?;
    let mut path = String::<PATH>::new();
    write!(path, "{folder}/{name}\0").map_err(|_| Fault::Records)?;
    let path = CStr::from_bytes_with_nul(path.as_bytes()).map_err(|_| Fault::Records)?;
    File::create(path).map(Some).map_err(|_| Fault::Records)
}
