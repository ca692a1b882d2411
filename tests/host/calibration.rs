//! Expected calibration error, against its definition and where it is known.

use cutmix_core::{Stream, uniform_below};
use host::results::{Calibration, Confusion, Score, Variant, VariantResult, VariantSummary, differences};

/// Three bins, by hand: 0.5 is in bin 8 of 15, right once of twice; 1 in the last, right three times of four; 0.1 in the second, wrong.
#[test]
fn the_error_by_hand() {
    let said = [(0.5, true), (0.5, false), (1.0, true), (1.0, true), (1.0, true), (1.0, false), (0.1, false)];
    let calibration = Calibration::of(said.into_iter());
    let filled: Vec<usize> = (0..15).filter(|&bin| calibration.bins()[bin].images > 0).collect();
    assert_eq!(filled, [1, 7, 14]);
    let expected = (0.0 + 1.0 + f64::from(0.1_f32)) / 7.0;
    assert!((calibration.error() - expected).abs() < 1e-15, "{}", calibration.error());
    calibration.check(7).unwrap();
    assert!(calibration.check(8).is_err());
    assert!(Calibration::default().check(0).is_err());
}

/// Fifteen of them, of equal width. On an edge between two, m ÷ 15, no f32 can lie.
#[test]
fn bins_are_of_equal_width() {
    let bin = |confidence: f32| {
        let calibration = Calibration::of([(confidence, true)].into_iter());
        calibration.bins().iter().position(|bin| bin.images == 1).unwrap()
    };
    assert_eq!([0.0, 1e-9, 0.066, 0.067, 0.999, 1.0].map(bin), [0, 0, 0, 1, 14, 14]);
    for edge in 1..15_u16 {
        let edge = f32::from(edge) / 15.0;
        assert_eq!(bin(edge.next_up().next_up()), bin(edge.next_down().next_down()) + 1);
    }
}

/// Whoever is right just as often as it says has no error but chance; who says it is sure, the share of its mistakes.
#[test]
fn an_honest_network_has_none() {
    let images = 200_000_u32;
    let said = |honest: bool| {
        let mut rng = Stream::new(1, 0, 0);
        let said: Vec<(f32, bool)> = (0..images)
            .map(|_| {
                let confidence = (1 + uniform_below(100, &mut rng)) as f32 / 100.0;
                let right = (uniform_below(1_000_000, &mut rng) as f32) < confidence * 1e6;
                (if honest { confidence } else { 1.0 }, right)
            })
            .collect();
        Calibration::of(said.into_iter())
    };
    // Of n images in a bin, the share that is right is off by at most √(1 ÷ 4n) in the mean.
    let bins = said(true);
    let chance: f64 = bins.bins().iter().map(|bin| (bin.images as f64).sqrt() / 2.0).sum::<f64>() / f64::from(images);
    assert!(bins.error() < 2.0 * chance, "{} of {chance}", bins.error());
    // The mean of 1 to 100 percent is 50.5.
    let off = said(false).error() - 0.495;
    assert!(off.abs() < 4.0 * 0.5 / f64::from(images).sqrt(), "{off}");
}

/// Seeds that are put together are one large set of predictions.
#[test]
fn merged_seeds_are_all_their_predictions() {
    let said = |seed: u64| -> Vec<(f32, bool)> {
        let mut rng = Stream::new(seed, 0, 0);
        (0..1000).map(|_| (uniform_below(1024, &mut rng) as f32 / 1024.0, uniform_below(2, &mut rng) == 0)).collect()
    };
    let mut merged = Calibration::default();
    merged.merge(&Calibration::of(said(1).into_iter()));
    merged.merge(&Calibration::of(said(2).into_iter()));
    assert_eq!(merged, Calibration::of(said(1).into_iter().chain(said(2))));
}

/// A result that an older version wrote has none, and is read all the same.
#[test]
fn results_of_older_versions_are_read() {
    let text = r#"{"test": {"loss": 1.0, "accuracy": 0.5}, "confusion": [[1, 0], [1, 0]], "seconds": 1.0, "images_per_second": 2.0}"#;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("result.json"), text).unwrap();
    let result = VariantResult::read(folder.path(), 2, 2).unwrap().unwrap();
    assert!(result.covered.is_none() && result.calibration.is_none());
    let picture = host::report::reliability(&[(Variant::Cutmix, vec![result])].into_iter().collect()).unwrap();
    assert_eq!(picture, None);
}

/// The summary's means and differences are of the measure whose name they have, pair by pair.
#[test]
fn every_measure_is_its_own() {
    let result = |accuracy: f32, covered: f32, loss: f32, sure: f32| VariantResult {
        epochs: Some(1),
        best_epoch: None,
        test: Score { loss, accuracy },
        covered: Some(Score { loss: 9.0, accuracy: covered }),
        calibration: Some(Calibration::of([(sure, true)].into_iter())),
        confusion: Confusion::from_rows(&[vec![1]]),
        seconds: 1.0,
        images_per_second: 1.0,
        last_epochs: Some(f64::from(accuracy) / 2.0),
    };
    // All of them fractions that are exact; two seeds.
    let without = vec![result(0.5, 0.25, 2.0, 0.5), result(0.75, 0.125, 3.0, 0.25)];
    let with = vec![result(0.875, 0.5, 1.0, 1.0), result(0.75, 0.5, 1.5, 0.5)];
    let results = [(Variant::Baseline, without), (Variant::Cutmix, with)].into_iter().collect();
    let summaries = VariantSummary::all(&results);
    let sixteenths = |value: f64| (16.0 * value) as i32;
    let means = |name: &str| {
        let summary = &summaries[name];
        [
            summary.test_accuracy,
            summary.covered_accuracy.unwrap(),
            summary.test_loss,
            summary.calibration_error.unwrap(),
            summary.last_epochs_accuracy.unwrap(),
        ]
        .map(sixteenths)
    };
    assert_eq!(means("baseline"), [10, 3, 40, 10, 5]);
    assert_eq!(means("cutmix"), [13, 8, 20, 4, 6]);
    let (accuracy, others) = differences(&results);
    let names = ["covered_accuracy", "test_loss", "calibration_error", "last_epochs_accuracy"];
    let others = names.map(|name| sixteenths(others[name].mean));
    assert_eq!((sixteenths(accuracy.unwrap().mean), others), (3, [5, -20, -6, 1]));
}
