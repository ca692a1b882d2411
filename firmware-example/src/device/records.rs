//! Records leave by semihosting, into files of the computer that QEMU runs on: stands for the link of a real board.

use core::ffi::CStr;
use core::fmt::Write as _;

use firmware_example::{Fault, Kind, Size};
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
    let arguments = env::args::<PATH>().map_err(|_| Fault::Records)?;
    // The first is the program.
    if let Some(folder) = (&arguments).nth(1) {
        let folder = folder.map_err(|_| Fault::Records)?;
        for (file, kind) in files.iter_mut().zip(Kind::ALL) {
            *file = Some((kind, create(folder, kind, size)?));
        }
    }
    Ok(move |kind, piece: &[u8]| match files.iter_mut().flatten().find(|(of, _)| *of == kind) {
        Some((_, file)) => file.write_all(piece).map_err(|_| Fault::Records),
        None => Ok(()),
    })
}

fn create(folder: &str, kind: Kind, size: Size) -> Result<File, Fault> {
    let mut path = String::<PATH>::new();
    write!(path, "{folder}/{}\0", kind.file(size)).map_err(|_| Fault::Records)?;
    let path = CStr::from_bytes_with_nul(path.as_bytes()).map_err(|_| Fault::Records)?;
    File::create(path).map_err(|_| Fault::Records)
}
