//! Benches of `cutmix-core`: `cargo bench -p benches`. Every time is printed beside its limit.
