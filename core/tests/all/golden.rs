//! Plans are promised to be the same for a seed on every machine: this compares them with those that were written down.

use std::{env, fs};

#[path = "../../../tests/golden/plans.rs"]
mod plans;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/plans.txt");

#[test]
fn plans_are_those_written_down() {
    let mut found = String::new();
    plans::write(&mut found).unwrap();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(PATH, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(PATH).unwrap();
    for (line, (found, expected)) in (1..).zip(found.lines().zip(expected.lines())) {
        assert!(
            found == expected,
            "tests/golden/plans.txt, line {line}, says\n  {expected}\nbut the core now gives\n  {found}\n\
             Same seed, other pixels: a value-breaking change. If that is meant, say so in the changelog and run\n  \
             UPDATE_GOLDEN=1 cargo test -p cutmix-core golden"
        );
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "tests/golden/plans.txt has lines too many or too few");
}
