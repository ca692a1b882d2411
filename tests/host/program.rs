//! The program under test, as its user starts it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

pub fn host(arguments: &[&str], folder: &Path) -> Output {
    command(arguments, folder).output().expect("the program starts")
}

pub fn command(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-under-test"));
    // Without this, Mesa's drivers print a line of their own.
    command.args(arguments).current_dir(folder).env("XDG_RUNTIME_DIR", folder);
    command
}

/// A run that takes seconds: the default experiment with fewer images.
pub const SHORT: [&str; 9] =
    ["compare", "--train-limit", "48", "--test-limit", "32", "--epochs", "2", "--device", "cpu"];

/// The metrics of all arms of a run, one after the other.
pub fn metrics_of(run: &Path, seed: &str) -> String {
    let of = |arm: &str| fs::read_to_string(run.join(format!("seed-{seed}/{arm}/metrics.jsonl"))).unwrap_or_default();
    of("baseline") + &of("cutmix")
}

/// Every file below `folder` with its bytes, by its path there.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(dir) = folders.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

#[track_caller]
pub fn assert_fails(output: &Output, words: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it succeeded");
    assert!(message.starts_with("error: ") && !message.contains("panicked"), "{message}");
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}
