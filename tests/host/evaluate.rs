//! `evaluate` against what the run itself wrote, and what is said where it cannot be done.

use std::fs;
use std::path::Path;

use host::results::{Confusion, by_class};
use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::tempdir;

use crate::program::{SHORT, assert_fails, host};

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn numbers(row: &Value) -> Vec<u64> {
    row.as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect()
}

#[test]
fn it_comes_to_what_the_run_came_to() {
    let folder = tempdir().unwrap();
    let run = [&SHORT[..], &["--repeat", "2", "--set", "standardise=true", "--out", "run"]].concat();
    assert!(host(&run, folder.path()).status.success());
    let output = host(&["evaluate", "run", "--json"], folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let reports: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reports.len(), 4, "two seeds of two arms");
    for report in &reports {
        let arm = report["arm"].as_str().unwrap();
        let result = json(&folder.path().join(format!("run/seed-{}/{arm}/result.json", report["seed"])));
        for key in ["test", "confusion"] {
            assert_eq!(report[key], result[key], "{key} of {arm}, seed {}", report["seed"]);
        }
        // The embedded set has its eight classes in turn.
        let rows: Vec<Vec<u64>> = report["confusion"].as_array().unwrap().iter().map(numbers).collect();
        let sums: Vec<u64> = rows.iter().map(|row| row.iter().sum()).collect();
        assert_eq!(sums, [4; 8]);
        let right: u64 = (0..8).map(|class| rows[class][class]).sum();
        assert_eq!(report["test"]["accuracy"].as_f64().map(f64::to_bits), Some((right as f64 / 32.0).to_bits()));
        for (class, row) in report["classes"].as_array().unwrap().iter().zip(&rows) {
            assert_eq!(class["images"], row.iter().sum::<u64>());
        }
    }

    let one = host(&["evaluate", "run", "--arm", "baseline", "--seed", "43"], folder.path());
    let text = String::from_utf8_lossy(&one.stdout);
    assert!(text.starts_with("without CutMix, seed 43: accuracy ") && !text.contains("with CutMix"), "{text}");
    for word in ["recall", "precision", "\npenguin "] {
        assert!(text.contains(word), "no {word:?} in: {text}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_named() {
    let folder = tempdir().unwrap();
    assert_fails(&host(&["evaluate", "nowhere"], folder.path()), &["nowhere", "not a run folder"]);

    let run = [&["train"], &SHORT[1..], &["--out", "run"]].concat();
    assert!(host(&run, folder.path()).status.success());
    let evaluate = |more: &[&str]| host(&[&["evaluate", "run"], more].concat(), folder.path());
    assert_fails(&evaluate(&["--arm", "baseline"]), &["--arm baseline", "cutmix only"]);
    assert_fails(&evaluate(&["--seed", "7"]), &["--seed 7", "seed 42 only"]);
    assert_fails(&evaluate(&["--data", "empty"]), &["empty"]);

    // Other classes than the run has.
    let cifar = folder.path().join("cifar");
    fs::create_dir(&cifar).unwrap();
    for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"] {
        fs::write(cifar.join(name).with_extension("bin"), [0; 3073]).unwrap();
    }
    assert_fails(&evaluate(&["--data", "cifar"]), &["\"airplane\"", "does not know"]);

    let weights = folder.path().join("run/seed-42/cutmix/model.safetensors");
    let good = fs::read(&weights).unwrap();
    fs::write(&weights, &good[..good.len() / 2]).unwrap();
    assert_fails(&evaluate(&[]), &["model.safetensors is damaged"]);
    fs::remove_file(&weights).unwrap();
    assert_fails(&evaluate(&[]), &["cannot read", "model.safetensors"]);
    fs::remove_file(weights.with_file_name("result.json")).unwrap();
    assert_fails(&evaluate(&[]), &["not finished", "train --resume run"]);
}

/// A run on three colors, scored on folders that hold less, and none of its training images.
#[test]
fn other_images_are_scored_by_the_names_of_their_classes() {
    let folder = tempdir().unwrap();
    let colors = [("blue", [10, 10, 200]), ("green", [10, 200, 10]), ("red", [200, 10, 10])];
    let put = |name: String, color: [u8; 3]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        RgbImage::from_pixel(8, 8, Rgb(color)).save(path).unwrap();
    };
    for (class, color) in colors {
        for number in 0..6 {
            put(format!("data/train/{class}/{number}.png"), color);
        }
        put(format!("data/test/{class}/0.png"), color);
        // As if they were ours: none of these is whole.
        fs::create_dir_all(folder.path().join("others/train").join(class)).unwrap();
        fs::write(folder.path().join("others/train").join(class).join("0.png"), "bad").unwrap();
    }
    for number in 0..3 {
        put(format!("others/test/red/{number}.png"), colors[2].1);
    }
    put("others/test/blue/0.png".to_owned(), colors[0].1);
    let run =
        ["train", "--data", "data", "--size", "8", "--depth", "8", "--epochs", "1", "--device", "cpu", "--out", "run"];
    let output = host(&run, folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let evaluate = |data: &str| host(&["evaluate", "run", "--json", "--data", data], folder.path());
    let report = |data: &str| -> Value {
        let output = evaluate(data);
        assert!(output.status.success(), "{data}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()[0].clone()
    };
    let report_of_folder = report("others/test");
    assert_eq!(report("others"), report_of_folder, "DIR/test and DIR itself");
    let sums: Vec<u64> =
        report_of_folder["confusion"].as_array().unwrap().iter().map(|row| numbers(row).iter().sum()).collect();
    assert_eq!((report_of_folder["images"].as_u64(), sums), (Some(4), vec![1, 0, 3]), "in the order of the network");
    // The same images as in the run give the same scores.
    assert_eq!(report("data")["test"], json(&folder.path().join("run/seed-42/cutmix/result.json"))["test"]);

    put("others/test/pink/0.png".to_owned(), [250, 150, 150]);
    assert_fails(&evaluate("others"), &["\"pink\"", "does not know"]);
    fs::remove_dir_all(folder.path().join("others/test")).unwrap();
    assert_fails(&evaluate("others"), &["others has no folder test/", "others/train"]);
}

/// By hand: 5 cats of which 3 are taken for cats and 2 for dogs; 4 dogs, 1 taken for a cat and 3 for birds; no bird.
#[test]
fn classes_by_hand() {
    let classes = ["cat", "dog", "bird"].map(str::to_owned);
    let report = by_class(&classes, &Confusion::from_rows(&[vec![3, 2, 0], vec![1, 0, 3], vec![0, 0, 0]]));
    let recalls: Vec<_> = report.iter().map(|class| class.recall).collect();
    assert_eq!(recalls, [Some(0.6), Some(0.0), None]);
    let precisions: Vec<_> = report.iter().map(|class| class.precision).collect();
    assert_eq!(precisions, [Some(0.75), Some(0.0), Some(0.0)]);
    let taken_for: Vec<_> = report.into_iter().map(|class| class.taken_for).collect();
    assert_eq!(taken_for, [Some(("dog".to_owned(), 2)), Some(("bird".to_owned(), 3)), None]);
    // Nothing was taken for a dog; and of two as frequent, the first is named.
    let report = by_class(&classes, &Confusion::from_rows(&[vec![1, 0, 0], vec![2, 0, 2], vec![0, 0, 0]]));
    assert_eq!(report[1].precision, None);
    assert_eq!(report[1].taken_for, Some(("cat".to_owned(), 2)));
}
