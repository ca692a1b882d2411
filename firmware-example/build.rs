//! Gives the linker the memory of the board that the target stands for, and the program what fits into it.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=memory");
    println!("cargo:rustc-check-cfg=cfg(large_frames)");
    let target = env::var("TARGET").map_err(io::Error::other)?;
    // 16 KiB hold no frame of 96 × 96.
    if !target.starts_with("thumbv6m") {
        println!("cargo:rustc-cfg=large_frames");
    }
    let board = Path::new("memory").join(format!("{target}.x"));
    // A computer has no such file, and needs none.
    if board.exists() {
        let out = env::var("OUT_DIR").map_err(io::Error::other)?;
        fs::copy(board, Path::new(&out).join("memory.x"))?;
        println!("cargo:rustc-link-search={out}");
    }
    Ok(())
}
