//! Stopping early, and the weights of the epoch that was the best by validation.

use std::fs;
use std::path::Path;

use cutmix_core::{Stream, uniform_below};
use host::results::{EpochScores, Score, Variant};
use host::training::{best_epoch, stops_early};
use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::tempdir;

use crate::program::{assert_fails, host};

fn epochs(validation: &[(f32, f32)]) -> Vec<EpochScores> {
    let scores = |(epoch, &(accuracy, loss)): (u32, &(f32, f32))| EpochScores {
        variant: Variant::Cutmix,
        epoch,
        train: Score { loss: 1.0, accuracy: 0.5 },
        validation: Some(Score { loss, accuracy }),
        test: None,
    };
    (1..).zip(validation).map(scores).collect()
}

/// Against brute force: the first of those that no other one beats. Few different scores, so that there are many equal ones.
#[test]
fn the_best_epoch_is_beaten_by_none() {
    let mut rng = Stream::new(1, 0, 0);
    for _ in 0..2000 {
        let mut draw = |values| uniform_below(values, &mut rng) as f32 / 4.0;
        let scores: Vec<(f32, f32)> = (0..7).map(|_| (draw(4), draw(3))).collect();
        let beats = |a: &(f32, f32), b: &(f32, f32)| a.0 > b.0 || (a.0 - b.0).abs() < 0.1 && a.1 < b.1;
        let unbeaten = scores.iter().position(|one| !scores.iter().any(|other| beats(other, one))).unwrap();
        let all = epochs(&scores);
        assert_eq!(best_epoch(&all), Some(unbeaten as u32 + 1), "{scores:?}");
        for patience in 1..9 {
            assert_eq!(stops_early(&all, patience), 6 - unbeaten as u32 >= patience, "{scores:?}, {patience}");
        }
    }
    assert_eq!(best_epoch(&[]), None);
    assert!(!stops_early(&[], 1));
    let mut unvalidated = epochs(&[(0.5, 1.0), (0.4, 1.0)]);
    for epoch in &mut unvalidated {
        epoch.validation = None;
    }
    assert_eq!(best_epoch(&unvalidated), None, "a test score must not choose");
    assert!(!stops_early(&unvalidated, 1));
}

/// By hand: the mean of the last five, and nothing where one of them is missing.
#[test]
fn the_last_five_epochs() {
    let mut all = epochs(&[(0.9, 1.0); 7]);
    assert_eq!(EpochScores::last_test_accuracy(&all), None, "validation scores are no test scores");
    for (epoch, accuracy) in all.iter_mut().zip([1.0, 1.0, 0.25, 0.5, 0.75, 0.5, 0.5]) {
        epoch.test = Some(Score { loss: 9.0, accuracy });
    }
    assert_eq!(EpochScores::last_test_accuracy(&all), Some(0.5));
    assert_eq!(EpochScores::last_test_accuracy(&all[..5]), Some(0.7));
    assert_eq!(EpochScores::last_test_accuracy(&all[..4]), None);
    all[3].test = None;
    assert_eq!(EpochScores::last_test_accuracy(&all), None);
}

const RUN: &str = "compare --train-limit 64 --test-limit 40 --device cpu --set validation=0.5 --set schedule=constant --batch-size 16";

fn run(more: &str, folder: &Path) -> String {
    let line = format!("{RUN} {more}");
    let output = host(&line.split_whitespace().collect::<Vec<_>>(), folder);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// With a constant learning rate, the network of epoch n is that of a run of n epochs: the same bytes.
#[test]
fn it_stops_with_the_weights_of_the_best_epoch() {
    let folder = tempdir().unwrap();
    let said = run("--epochs 40 --set stop-early=2 --out early", folder.path());
    for arm in ["baseline", "cutmix"] {
        let early = folder.path().join("early/seed-42").join(arm);
        let text = fs::read_to_string(early.join("metrics.jsonl")).unwrap();
        let lines: Vec<EpochScores> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.iter().all(|line| line.validation.is_some() && line.test.is_none()));
        let accuracy = |line: &EpochScores| line.validation.unwrap().accuracy;
        let highest = lines.iter().map(accuracy).fold(0.0, f32::max);
        let best = best_epoch(&lines).unwrap();
        assert_eq!(accuracy(&lines[best as usize - 1]).to_bits(), highest.to_bits());
        assert!(lines.len() < 40 && lines.len() as u32 == best + 2, "{arm}: {} epochs, the best {best}", lines.len());
        let result: Value = serde_json::from_slice(&fs::read(early.join("result.json")).unwrap()).unwrap();
        assert_eq!((&result["epochs"], &result["best_epoch"]), (&(best + 2).into(), &best.into()));
        assert!(said.contains(&format!("of {} epochs, the network of epoch {best} is kept", best + 2)), "{said}");

        run(&format!("--epochs {best} --out until-{arm}"), folder.path());
        let until = folder.path().join(format!("until-{arm}/seed-42")).join(arm);
        for name in ["model.safetensors", "predictions.csv"] {
            assert!(fs::read(early.join(name)).unwrap() == fs::read(until.join(name)).unwrap(), "{arm}: {name}");
        }
    }
    // Done is done.
    let before = fs::read(folder.path().join("early/summary.json")).unwrap();
    assert!(host(&["compare", "--resume", "early"], folder.path()).status.success());
    assert!(fs::read(folder.path().join("early/summary.json")).unwrap() == before);
    let output = host(&["compare", "--resume", "early", "--epochs", "50"], folder.path());
    assert_fails(&output, &["--epochs 50", "stops early", "--init"]);
}

/// By test images nothing may be chosen.
#[test]
fn without_validation_images_it_does_not_stop_early() {
    let folder = tempdir().unwrap();
    let output = host(&["train", "--set", "stop-early=2", "--set", "validation=0"], folder.path());
    assert_fails(&output, &["stop-early is 2", "no validation images", "--set validation=0.1"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a run folder was made");

    // Images that come as validation images are some, whatever share is held out.
    for part in ["train", "val", "test"] {
        for (class, shade) in [("ant", 40), ("bee", 200)] {
            let dir = folder.path().join("data").join(part).join(class);
            fs::create_dir_all(&dir).unwrap();
            for number in 0..4 {
                let color = Rgb([shade, 10 * number, part.len() as u8]);
                RgbImage::from_pixel(8, 8, color).save(dir.join(format!("{number}.png"))).unwrap();
            }
        }
    }
    let line = "train --data data --size 8 --depth 8 --epochs 2 --device cpu --set stop-early=1 --out run";
    let output = host(&line.split(' ').collect::<Vec<_>>(), folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(folder.path().join("run/seed-42/cutmix/metrics.jsonl")).unwrap();
    assert!(text.lines().all(|line| line.contains("validation")), "{text}");
}
