/// The version of the header: major * 65536 + minor * 256 + patch.
pub const CUTMIX_VERSION: u32 = 0x0000_0100;

const _: () = {
    let [major, minor, patch] =
        [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")];
    let version = number(major) << 16 | number(minor) << 8 | number(patch);
    assert!(version == CUTMIX_VERSION, "CUTMIX_VERSION is not that of Cargo.toml");
};

const fn number(digits: &str) -> u32 {
    match u32::from_str_radix(digits, 10) {
        Ok(number) => number,
        Err(_) => panic!("a version has numbers"),
    }
}

/// The version of the library; another one than CUTMIX_VERSION if the header is of another.
#[unsafe(no_mangle)]
pub extern "C" fn cutmix_version() -> u32 {
    CUTMIX_VERSION
}
