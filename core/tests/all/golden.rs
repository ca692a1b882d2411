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
        // A variable that lies around must not turn the test into one that accepts whatever is drawn.
        assert!(env::var_os("CI").is_none(), "UPDATE_GOLDEN is set, and CI too: nothing is rewritten there; unset one");
        fs::write(PATH, found).unwrap();
        panic!(
            "tests/golden/plans.txt is rewritten, and nothing was compared: look at its changes, then run this without UPDATE_GOLDEN"
        );
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
