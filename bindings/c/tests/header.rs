//! `include/cutmix.h` is what cbindgen makes of the sources.
//!
//! `UPDATE_HEADER=1 cargo test --test header` writes it, and then fails, since nothing was compared; where `CI` is set it writes nothing.

use std::path::Path;
use std::{env, fs};

#[test]
fn the_header_is_that_of_the_sources() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).expect("its settings");
    let mut made = Vec::new();
    cbindgen::Builder::new().with_crate(folder).with_config(config).generate().expect("a header").write(&mut made);
    let made = String::from_utf8(made).expect("text");
    let file = folder.join("include/cutmix.h");
    if env::var_os("UPDATE_HEADER").is_some() && env::var_os("CI").is_none() {
        fs::write(&file, &made).expect("a file that can be written");
        panic!("the header was written; run the test again to compare it");
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == made, "include/cutmix.h is not that of the sources: UPDATE_HEADER=1 cargo test --test header");
}
