//! How files are written: as a whole or not at all, whatever was there before.

use std::fs;

use cutmix_core::Stream;
use host::files;
use rand_core::Rng as _;
use tempfile::tempdir;

/// A program that was killed while it wrote leaves a `.part`; the next one writes over it, and nothing of it shows.
#[test]
fn what_a_killed_program_left_is_overwritten() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("weights");
    fs::write(&path, "old").unwrap();
    fs::write(files::part(&path), "half of something that is much longer").unwrap();
    files::write(&path, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the .part is left");
}

/// A folder in place of the file cannot be replaced, and one in place of the `.part` cannot be written.
#[test]
fn what_cannot_be_written_leaves_what_was_there() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("curves.png");
    fs::create_dir_all(path.join("in the way")).unwrap();
    let message = format!("{:#}", files::write(&path, b"new").unwrap_err());
    assert!(message.contains("cannot write") && message.contains("curves.png"), "{message}");
    assert!(path.join("in the way").exists() && !files::part(&path).exists());

    let path = folder.path().join("page.html");
    fs::write(&path, "old").unwrap();
    fs::create_dir(files::part(&path)).unwrap();
    assert!(files::write(&path, b"new").is_err());
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

#[test]
fn a_file_is_locked_until_it_is_closed() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("lock");
    let held = files::open_locked(&path, "taken").unwrap();
    assert_eq!(files::open_locked(&path, "somebody has it").unwrap_err().to_string(), "somebody has it");
    drop(held);
    assert!(files::open_locked(&path, "taken").is_ok());
}

#[test]
fn an_image_is_never_written_over_another() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.png");
    files::write_new(&path, b"first").unwrap();
    assert!(files::write_new(&path, b"second").is_err());
    assert_eq!(fs::read(&path).unwrap(), b"first");
}

#[test]
fn numbered_folders_are_the_first_free_ones() {
    let folder = tempdir().unwrap();
    let runs = folder.path().join("runs");
    let next = || files::make_numbered_folder(&runs).unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!([next(), next(), next()], ["1", "2", "3"]);
    fs::remove_dir(runs.join("2")).unwrap();
    assert_eq!([next(), next()], ["2", "4"]);
}

/// All that a table promises is synced before it is written: every file and folder, however deep; one that cannot be is named.
#[test]
fn a_tree_of_files_is_synced() {
    let folder = tempdir().unwrap();
    for name in ["a/b/c", "d"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("x.png"), "x").unwrap();
    }
    files::sync_all_in(folder.path()).unwrap();
    let message = format!("{:#}", files::sync_all_in(&folder.path().join("nowhere")).unwrap_err());
    assert!(message.contains("nowhere"), "{message}");
}

/// A number that was written is read back as it was, to the last bit: a run that goes on writes the same summary. (`serde_json` is a unit in the last
/// place off in about one of ten numbers, unless it is asked not to be.)
#[test]
fn numbers_survive_a_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("numbers.json");
    let rng = &mut Stream::new(1, 0, 0);
    let numbers: Vec<f64> = (0..10_000).map(|_| 10_000.0 * (rng.next_u64() >> 11) as f64 / 2_f64.powi(53)).collect();
    files::write_json(&path, &numbers).unwrap();
    let read: Vec<f64> = files::read_json(&path).unwrap().unwrap();
    let other = numbers.iter().zip(&read).filter(|(one, other)| one.to_bits() != other.to_bits()).count();
    assert_eq!((read.len(), other), (10_000, 0));
}
