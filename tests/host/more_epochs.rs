//! More epochs for a run that is done.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

use crate::program::{assert_fails, files, host};

const RUN: &str = "compare --train-limit 48 --test-limit 32 --device cpu --batch-size 16 --set average-weights=0.9";

fn run(line: &str, folder: &Path) {
    let output = host(&line.split_whitespace().collect::<Vec<_>>(), folder);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

fn assert_same(folder: &Path, one: &str, other: &str) {
    for arm in ["baseline", "cutmix"] {
        for name in ["model.safetensors", "metrics.jsonl", "predictions.csv"] {
            let of = |run: &str| fs::read(folder.join(run).join("seed-42").join(arm).join(name)).unwrap();
            assert!(of(one) == of(other), "{arm}/{name} of {one} is not that of {other}");
        }
    }
}

/// Two epochs, then two more, are four: bit for bit, and however often it is asked for.
#[test]
fn a_run_that_is_done_goes_on() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    run(&format!("{RUN} --set schedule=constant --epochs 4 --out whole"), path);
    run(&format!("{RUN} --set schedule=constant --epochs 2 --out parts"), path);
    run("compare --resume parts", path);
    run("compare --resume parts --epochs 2", path);
    run("compare --resume parts --epochs 4", path);
    assert_same(path, "parts", "whole");
    let config = |run: &str| fs::read_to_string(path.join(run).join("config.toml")).unwrap();
    assert_eq!(config("parts"), config("whole"));

    // Killed on its way: the second variant has had two epochs still.
    run(&format!("{RUN} --set schedule=constant --epochs 2 --out killed"), path);
    fs::write(path.join("killed/config.toml"), config("whole")).unwrap();
    run("compare --resume killed", path);
    assert_same(path, "killed", "whole");

    assert_fails(&host(&["compare", "--resume", "parts", "--epochs", "3"], path), &["--epochs 3", "has 4 already"]);
}

/// Whatever would have made the first epochs others is said, and nothing is touched.
#[test]
fn a_run_whose_epochs_would_have_been_others_does_not() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    let refused = |name: &str, settings: &str, words: &[&str]| {
        run(&format!("{RUN} {settings} --epochs 2 --out {name}"), path);
        let before = files(&path.join(name));
        let output = host(&["compare", "--resume", name, "--epochs", "4"], path);
        assert_fails(&output, &[&["--epochs 4"], words].concat());
        assert!(files(&path.join(name)) == before, "{name} was touched");
    };
    refused("cosine", "--set schedule=cosine", &["cosine", "--init"]);
    refused("share", "--set schedule=constant --set mix-until=0.5", &["mix-until is a share", "--init"]);

    // Of an earlier version, which kept no checkpoint.
    run(&format!("{RUN} --set schedule=constant --epochs 2 --out old"), path);
    for arm in ["baseline", "cutmix"] {
        let checkpoint = path.join("old/seed-42").join(arm).join("step-000000006.checkpoint");
        fs::remove_file(&checkpoint).unwrap();
    }
    let output = host(&["compare", "--resume", "old", "--epochs", "4"], path);
    assert_fails(&output, &["has no checkpoint", "--init"]);
}

/// Where mixing ends at a number of epochs, more of them change nothing before.
#[test]
fn a_number_of_mixed_epochs_stays() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    let settings = "--set schedule=constant --set mix-until=2";
    run(&format!("{RUN} {settings} --epochs 4 --out whole"), path);
    run(&format!("{RUN} {settings} --epochs 3 --out parts"), path);
    run("compare --resume parts --epochs 4", path);
    assert_same(path, "parts", "whole");
}
