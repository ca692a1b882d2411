//! The other backend on the CPU, where it is built in: `cargo test -p tests --no-default-features --features ndarray ndarray`.

use std::fs;

use serde_json::Value;
use tempfile::tempdir;

use crate::program::host;

/// From the same weights, burn-ndarray's own operations come to the loss that our kernels come to, before and after a step.
#[test]
fn ndarray_and_flex_learn_the_same() {
    let folder = tempdir().unwrap();
    let losses = |device: &str| -> Vec<f64> {
        let settings = "train --depth 8 --train-limit 6 --test-limit 2 --batch-size 6 --epochs 1 --set validation=0.0 --set optimizer=sgd --set momentum=0 --device";
        let arguments: Vec<&str> = settings.split(' ').chain([device, "--out", device]).collect();
        let output = host(&arguments, folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let run = folder.path().join(device);
        let summary: Value = serde_json::from_slice(&fs::read(run.join("summary.json")).unwrap()).unwrap();
        assert!(summary["device"].as_str().unwrap().contains(if device == "cpu" { "flex" } else { "ndarray" }));
        let line: Value = serde_json::from_slice(&fs::read(run.join("seed-42/cutmix/metrics.jsonl")).unwrap()).unwrap();
        ["train", "test"].map(|part| line[part]["loss"].as_f64().unwrap()).to_vec()
    };
    for (ours, other) in losses("cpu").into_iter().zip(losses("ndarray")) {
        // As in `same-first-step`, 16 roundings a layer forward, for the second loss 16 back and 16 forward once more, and none that Adam's signs
        // would blow up.
        let allowed = 3.0 * 16.0 * 8.0 * f64::from(f32::EPSILON) / 2.0 * ours.abs();
        assert!((ours - other).abs() <= allowed, "{ours} and {other}, {allowed} allowed");
    }
}
