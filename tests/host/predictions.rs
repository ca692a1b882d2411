//! What a network said of every test image, and the images that only one of two gets right.

use std::fs;

use cutmix_core::{Layout, Shape};
use host::data::Dataset;
use host::report::only_right_picture;
use host::results::predictions::{self, Prediction, only_wrong};
use host::results::{Calibration, Evaluation, Score, Variant};
use tempfile::tempdir;

use crate::program::{SHORT, host};

fn lines(pairs: &[(&str, &str)]) -> Vec<Prediction> {
    let line = |(image, (class, predicted)): (usize, &(&str, &str))| Prediction {
        image,
        class: (*class).to_owned(),
        predicted: (*predicted).to_owned(),
        confidence: Some(0.5),
    };
    pairs.iter().enumerate().map(line).collect()
}

/// Both right, one right, the other right, both wrong: by hand.
#[test]
fn only_what_the_other_gets_right_is_left() {
    let one = lines(&[("cat", "cat"), ("cat", "dog"), ("dog", "dog"), ("dog", "cat"), ("cat", "dog")]);
    let other = lines(&[("cat", "cat"), ("cat", "cat"), ("dog", "cat"), ("dog", "cat"), ("cat", "cat")]);
    let images = |wrong: Vec<Prediction>| wrong.iter().map(|line| line.image).collect::<Vec<_>>();
    assert_eq!(images(only_wrong(&one, &other).unwrap()), [1, 4]);
    assert_eq!(images(only_wrong(&other, &one).unwrap()), [2]);
    assert_eq!(only_wrong(&one, &other).unwrap()[0].predicted, "dog", "it is not said what it was taken for");
    assert!(only_wrong(&one, &other[1..]).is_err() && only_wrong(&one, &lines(&[("dog", "dog"); 5])).is_err());
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("predictions.csv");
    let shape = Shape::new(2, 2, 3, Layout::Chw).unwrap();
    let mut test = Dataset::with_capacity(shape, 3);
    for class in [0, 1, 1] {
        test.push(&[9; 12], class);
    }
    let classes = ["a, b", "\"c\"\n"].map(str::to_owned);
    let said =
        Evaluation { score: Score { loss: 1.0, accuracy: 0.5 }, predictions: vec![1, 1, 0], confidences: vec![0.5; 3] };
    predictions::write(folder.path(), test.labels(), &said, &classes).unwrap();
    let expected = lines(&[("a, b", "\"c\"\n"), ("\"c\"\n", "\"c\"\n"), ("\"c\"\n", "a, b")]);
    assert_eq!(predictions::read(folder.path(), 3).unwrap(), expected);

    // As an older version wrote it.
    fs::write(&path, "image,class,predicted\n0,a,b\n").unwrap();
    assert_eq!(predictions::read(folder.path(), 1).unwrap()[0].confidence, None);
    fs::write(&path, "image,class\n0,a\n").unwrap();
    assert!(format!("{:#}", predictions::read(folder.path(), 3).unwrap_err()).contains("predictions.csv is damaged"));

    assert_eq!(
        only_right_picture(Variant::Cutmix, Variant::Baseline, &[], &test).unwrap(),
        None,
        "there is nothing to show"
    );
    let width = |wrong: &[Prediction]| {
        let png = only_right_picture(Variant::Cutmix, Variant::Baseline, wrong, &test).unwrap().unwrap();
        image::load_from_memory(&png).unwrap().width()
    };
    assert!(width(&expected[..1]) < width(&expected), "an image each");
}

/// The table, the confusion matrix and the score are of the same predictions; and what the page says of them is so.
#[test]
fn a_run_leaves_the_predictions_that_its_scores_are_made_of() {
    let folder = tempdir().unwrap();
    assert!(host(&[&SHORT[..], &["--repeat", "2", "--out", "run"]].concat(), folder.path()).status.success());
    let run = folder.path().join("run");
    let [without, with] = ["baseline", "cutmix"].map(|arm| {
        let arm = run.join("seed-42").join(arm);
        let lines = predictions::read(&arm, 32).unwrap();
        let result: serde_json::Value = serde_json::from_slice(&fs::read(arm.join("result.json")).unwrap()).unwrap();
        let right = lines.iter().filter(|line| line.class == line.predicted).count();
        assert_eq!(result["test"]["accuracy"].as_f64().map(f64::to_bits), Some((right as f64 / 32.0).to_bits()));
        // Guo et al. 2017, equation 5, from the table: bins of equal width, the sum of |right − confidence| over all of them.
        let mut bins = [0.0_f64; 15];
        for line in &lines {
            let confidence = f64::from(line.confidence.unwrap());
            assert!((1.0 / 8.0 - 1e-6..=1.0).contains(&confidence), "the likeliest of eight classes");
            let right = f64::from(u8::from(line.class == line.predicted));
            bins[(0..15).find(|&bin| confidence <= (bin + 1) as f64 / 15.0).unwrap()] += right - confidence;
        }
        let error = bins.iter().map(|bin| bin.abs()).sum::<f64>() / 32.0;
        let result_error: Calibration = serde_json::from_value(result["calibration"].clone()).unwrap();
        assert!((result_error.error() - error).abs() < 1e-12, "{} is not {error}", result_error.error());
        assert_ne!(result["covered"]["loss"], result["test"]["loss"]);
        let names = host::data::embedded::load(0, 0, 0, 0).classes;
        for (row, class) in names.iter().enumerate() {
            for (column, predicted) in names.iter().enumerate() {
                let count = lines.iter().filter(|line| line.class == *class && line.predicted == *predicted).count();
                assert_eq!(result["confusion"][row][column], count, "{class} taken for {predicted}");
            }
        }
        lines
    });
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    for (arm, one, other) in [("with", &without, &with), ("without", &with, &without)] {
        let count = only_wrong(one, other).unwrap().len();
        let sentence = format!("Right only {arm} CutMix: {count} of 32 test images, seed 42");
        assert!(page.contains(&sentence), "no {sentence:?}");
        assert_eq!(run.join(format!("right-only-{arm}-CutMix.png")).exists(), count > 0);
    }
}
