//! The rooms of `host`, and which may use which: no `use` goes up.

use std::fs;
use std::path::{Path, PathBuf};

/// From the top down. Each may use those behind it; `results` and all below are used by everybody.
const ROOMS: [&str; 12] = [
    "commands",
    "experiment",
    "report",
    "training",
    "network",
    "pipeline",
    "data",
    "settings",
    "results",
    "files",
    "ranks",
    "terminal",
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort_unstable();
    found
}

/// The rooms that a file's code names after `crate::`; comments do not count, since they may point anywhere.
fn used(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let name = |rest: &str| rest.chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect();
    let mut rooms = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            // `use crate::{a, b::c}`; no room's path is nested deeper in one of these.
            Some(group) => {
                rooms.extend(group.split('}').next().unwrap_or_default().split(',').map(|path| name(path.trim())));
            }
            None => rooms.push(name(rest)),
        }
    }
    rooms
}

#[test]
fn no_room_uses_one_above_it() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/src");
    let room = |path: &Path| {
        let first = path.strip_prefix(&sources).unwrap().components().next().unwrap();
        Path::new(first.as_os_str()).file_stem().unwrap().to_str().unwrap().to_owned()
    };
    let place = |name: &str| ROOMS.iter().position(|room| room == &name);
    let mut uses = 0;
    for path in rust_files(&sources) {
        let here = room(&path);
        if ["main", "lib"].contains(&here.as_str()) {
            continue;
        }
        let at = place(&here).unwrap_or_else(|| panic!("{here} is no room that is known here: say where it stands"));
        for other in used(&fs::read_to_string(&path).unwrap()) {
            let below = place(&other).unwrap_or_else(|| panic!("{} uses {other}, which is no room", path.display()));
            assert!(below >= at, "{} uses {other}, which stands above {here}", path.display());
            uses += usize::from(below > at);
        }
    }
    assert!(uses > 100, "only {uses} uses were found: the files are read wrongly");
}

#[test]
fn uses_are_found() {
    let text = "//! crate::commands\nuse crate::data::{a, b};\nuse crate::{files, report::x};\nfn f() { crate::settings::g() }";
    assert_eq!(used(text), ["data", "files", "report", "settings"]);
}
