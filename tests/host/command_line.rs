//! The program as its user meets it.

use std::fs;
use std::process::Stdio;

use tempfile::tempdir;

use crate::program::{SHORT, assert_fails, command, host, metrics_of};

#[test]
fn the_experiment_prints_a_table_and_leaves_a_complete_folder() {
    let folder = tempdir().unwrap();
    let output = host(&SHORT, folder.path());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for word in [
        "test accuracy",
        "covered",
        "test loss",
        "calibration",
        "seconds",
        "images/s",
        "\nwithout CutMix",
        "\nwith CutMix",
    ] {
        assert!(text.contains(word), "no {word:?} in: {text}");
    }

    let run = folder.path().join("runs/1");
    for name in ["preview.png", "curves.png"] {
        assert!(fs::read(run.join(name)).unwrap().starts_with(b"\x89PNG"), "{name}");
    }
    for name in ["initial.safetensors", "baseline/model.safetensors", "cutmix/model.safetensors"] {
        assert!(fs::metadata(run.join("seed-42").join(name)).unwrap().len() > 100_000, "{name}");
    }
    let json =
        |name: &str| -> serde_json::Value { serde_json::from_slice(&fs::read(run.join(name)).unwrap()).unwrap() };
    assert!(fs::read_to_string(run.join("config.toml")).unwrap().contains("\nalpha = 1.0\n"));
    let summary = json("summary.json");
    assert_eq!(summary["seeds"], serde_json::json!([42]));
    assert!(summary["device"].as_str().unwrap().starts_with("cpu"));
    for arm in ["baseline", "cutmix"] {
        for number in ["test_accuracy", "test_loss", "images_per_second", "seconds"] {
            assert!(summary["arms"][arm][number].as_f64().unwrap().is_finite(), "{arm} {number}");
        }
    }
    for arm in ["baseline", "cutmix"] {
        let folder = run.join("seed-42").join(arm);
        let metrics = fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
        assert_eq!(metrics.lines().count(), 2, "two epochs");
        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 5, "metrics, predictions, result, weights and matrix, no checkpoint: {left:?}");
    }
}

#[test]
fn the_same_seed_writes_the_same_metrics_with_any_number_of_threads() {
    let folder = tempdir().unwrap();
    let metrics = |out: &str, seed: &str, threads: &str| -> String {
        let mut command = command(&SHORT, folder.path());
        let output = command.args(["--seed", seed, "--out", out]).env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        metrics_of(&folder.path().join(out), seed)
    };
    let first = metrics("a", "7", "1");
    assert_eq!(first, metrics("b", "7", "2"));
    assert_ne!(first, metrics("c", "8", "2"));
}

/// The arms are what they are called: α is nothing to the one without CutMix, and moves the one with it.
#[test]
fn one_arm_alone_is_the_same_as_in_the_comparison() {
    let folder = tempdir().unwrap();
    assert!(host(&SHORT, folder.path()).status.success());
    let both = metrics_of(&folder.path().join("runs/1"), "42");
    let train = |out: &str, flags: &[&str]| {
        let arguments = [&["train"], &SHORT[1..], flags, &["--out", out]].concat();
        assert!(host(&arguments, folder.path()).status.success());
        metrics_of(&folder.path().join(out), "42")
    };
    let baseline = train("baseline", &["--no-cutmix", "--alpha", "0.25"]);
    let cutmix = train("cutmix", &[]);
    assert_eq!(baseline.clone() + &cutmix, both);
    assert!(baseline.contains("\"baseline\"") && cutmix.contains("\"cutmix\""));
    assert_ne!(cutmix, train("other", &["--alpha", "0.25"]));
}

/// Standard output is the summary and nothing else; what a person reads is on standard error.
#[test]
fn json_is_for_machines() {
    let folder = tempdir().unwrap();
    let arguments = [&SHORT[..], &["--json", "--repeat", "2", "--out", "run"]].concat();
    let output = command(&arguments, folder.path()).env("RUST_LOG", "host=debug").output().unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let file = fs::read(folder.path().join("run/summary.json")).unwrap();
    assert_eq!(summary, serde_json::from_slice::<serde_json::Value>(&file).unwrap());
    assert_eq!(summary["seeds"], serde_json::json!([42, 43]));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("epoch   2/2") && message.contains("confidence interval, 2 seeds"), "{message}");
    assert!(message.contains("checkpoint written"), "RUST_LOG says nothing: {message}");

    // The mean and the standard deviation of two accuracies, by hand.
    let arm = &summary["arms"]["cutmix"];
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let [one, two] = [0, 1].map(|seed| number(&arm["test_accuracies"][seed]));
    assert!((number(&arm["test_accuracy"]) - f64::midpoint(one, two)).abs() < 1e-12);
    assert!((number(&arm["test_accuracy_deviation"]) - (one - two).abs() / 2.0_f64.sqrt()).abs() < 1e-12);
}

/// `host … | head -1` must not stop a training.
#[test]
fn a_reader_that_goes_away_stops_nothing() {
    let folder = tempdir().unwrap();
    let mut child = command(&SHORT, folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(folder.path().join("runs/1/summary.json").exists());

    // Nor must an error become a panic.
    let mut child = command(&["evaluate", "nowhere"], folder.path()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn shells_get_their_completions() {
    let folder = tempdir().unwrap();
    for (shell, word) in [("bash", "complete -F _host"), ("zsh", "#compdef host"), ("fish", "complete -c host")] {
        let output = host(&["completions", shell], folder.path());
        assert!(String::from_utf8_lossy(&output.stdout).contains(word), "{shell}");
    }
    assert_fails(&host(&["completions", "dos"], folder.path()), &["possible values"]);
}

/// With validation images the test images are scored once, in the end, and the lines say which is which.
#[test]
fn validation_images_stand_in_for_the_test_images_until_the_end() {
    let folder = tempdir().unwrap();
    let output = host(&[&SHORT[..], &["--set", "validation=0.25", "--out", "run"]].concat(), folder.path());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("validation loss") && text.contains("36 training, 12 validation and 32 test images"),
        "{text}"
    );
    let metrics = metrics_of(&folder.path().join("run"), "42");
    assert!(metrics.contains("\"validation\"") && !metrics.contains("\"test\""), "{metrics}");
    let summary = fs::read(folder.path().join("run/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!((summary["train_images"].as_u64(), summary["validation_images"].as_u64()), (Some(36), Some(12)));
    assert_eq!(summary["test_images"], 32);

    let nothing_left = ["train", "--train-limit", "1", "--set", "validation=0.9", "--device", "cpu", "--out", "none"];
    assert_fails(&host(&nothing_left, folder.path()), &["validation = 0.9", "--train-limit"]);
    assert!(!folder.path().join("none").exists(), "a run folder without a run");
}

#[test]
fn preview_writes_a_picture() {
    let folder = tempdir().unwrap();
    assert!(host(&["preview", "--out", "grid.png"], folder.path()).status.success());
    let first = fs::read(folder.path().join("grid.png")).unwrap();
    assert!(first.starts_with(b"\x89PNG"));
    assert!(host(&["preview", "--out", "other.png", "--seed", "43"], folder.path()).status.success());
    assert_ne!(first, fs::read(folder.path().join("other.png")).unwrap());
    assert_fails(&host(&["preview", "--out", "no/such/folder.png"], folder.path()), &["no/such/folder.png"]);
}

/// Every plan of an epoch, so that the law can be checked from outside.
#[test]
fn plan_prints_an_epoch() {
    let folder = tempdir().unwrap();
    let arguments = ["plan", "--width", "48", "--height", "20", "--alpha", "1", "--count", "100", "--json"];
    let output = host(&arguments, folder.path());
    assert!(output.status.success());
    let lines: Vec<serde_json::Value> = String::from_utf8(output.stdout.clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let number =
        |line: &serde_json::Value, key: &str| line[key].as_u64().unwrap_or_else(|| panic!("no {key} in {line}"));
    for key in ["index", "partner"] {
        let mut seen: Vec<u64> = lines.iter().map(|line| number(line, key)).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>(), "{key}");
    }
    for line in &lines {
        let [x0, y0, x1, y1] = ["x0", "y0", "x1", "y1"].map(|key| number(line, key));
        assert!(x0 <= x1 && x1 <= 48 && y0 <= y1 && y1 <= 20, "{line}");
        assert_eq!(number(line, "kept") + (x1 - x0) * (y1 - y0), 960, "{line}");
        assert_eq!(number(line, "total"), 960);
    }
    let with = |flags: &[&str]| host(&[&arguments[..], flags].concat(), folder.path()).stdout;
    assert_eq!(with(&[]), output.stdout);
    for other in [["--seed", "1"], ["--epoch", "1"], ["--box-rule", "inside"], ["--box-rule", "min-max:0.2,0.8"]] {
        assert_ne!(with(&other), output.stdout, "{other:?}");
    }

    let mixed = |probability: &str| {
        let lines = String::from_utf8(with(&["--count", "10000", "--probability", probability])).unwrap();
        lines.lines().filter(|line| !line.contains("\"kept\":960,")).count()
    };
    assert_eq!(mixed("0"), 0);
    // At α = 1 a box is empty as seldom as its sides are; half as many images are mixed, within 5 standard deviations of 50.
    let (all, half) = (mixed("1"), mixed("0.5"));
    assert!((2 * half).abs_diff(all) < 500, "{half} of {all}");
    assert_fails(&host(&["plan", "--probability", "1.5"], folder.path()), &["--probability"]);
    assert_fails(&host(&["plan", "--alpha", "0"], folder.path()), &["--alpha", "greater than zero", "--probability 0"]);

    assert_fails(&host(&["plan", "--box-rule", "round"], folder.path()), &["--box-rule", "at-least-one-pixel"]);
    assert_fails(
        &host(&["plan", "--box-rule", "min-max:0.8,0.2"], folder.path()),
        &["--box-rule", "0 ≤ min < max ≤ 1"],
    );
    assert_fails(&host(&["plan", "--alpha", "NaN"], folder.path()), &["--alpha", "greater than zero"]);
    assert_fails(&host(&["plan", "--width", "0"], folder.path()), &["0×32"]);
}

/// Of shapes that no box fits, one sentence; of a row or a column of pixels, none.
#[test]
fn plan_says_what_cannot_be_mixed() {
    let folder = tempdir().unwrap();
    let said = |width: &str, height: &str, rule: &str| {
        let output = host(&["plan", "--width", width, "--height", height, "--box-rule", rule], folder.path());
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let message = said("64", "2", "paper");
    assert!(message.starts_with("No plan mixes images of 64×2 pixels by this box rule"), "{message}");
    assert_eq!(message.lines().count(), 1);
    for (width, height, rule) in
        [("64", "1", "paper"), ("1", "64", "inside"), ("64", "2", "odd-sides"), ("64", "3", "paper")]
    {
        assert_eq!(said(width, height, rule), "", "{width}×{height}, {rule}");
    }
}

/// On a machine with a GPU the command must take it; on one without it must say so.
#[test]
fn a_gpu_that_is_not_there_is_an_error() {
    let folder = tempdir().unwrap();
    let mut gpu = SHORT;
    gpu[8] = "gpu";
    let output = host(&gpu, folder.path());
    if output.status.success() {
        let summary = fs::read_to_string(folder.path().join("runs/1/summary.json")).unwrap();
        assert!(summary.contains("\"device\": \"gpu: "), "{summary}");
    } else {
        assert_fails(&output, &["no GPU", "--device cpu"]);
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "more than a sentence");
        assert!(!folder.path().join("runs").exists(), "a run folder was left behind");
    }
}

#[test]
fn wrong_settings_are_named() {
    let folder = tempdir().unwrap();
    for alpha in ["NaN", "0", "-1", "inf"] {
        assert_fails(&host(&["compare", "--alpha", alpha], folder.path()), &["--alpha", "greater than zero"]);
    }
    assert_fails(&host(&["compare", "--alpha", "0"], folder.path()), &["train --no-cutmix", "--set probability=0"]);
    assert_fails(&host(&["compare", "--depth", "9"], folder.path()), &["--depth", "6n+2"]);
    for flag in ["--epochs", "--batch-size", "--train-limit", "--test-limit", "--repeat"] {
        assert_fails(&host(&["compare", flag, "0"], folder.path()), &[&flag[2..], "at least 1"]);
    }
    assert_fails(&host(&["compare", "--epoch", "3"], folder.path()), &["--epoch", "--epochs"]);
    assert_fails(&host(&["compare", "--device", "tpu"], folder.path()), &["tpu", "auto"]);
    assert_fails(&host(&["compare", "--data", "nowhere"], folder.path()), &["nowhere", "data_batch_1.bin"]);
    assert!(!folder.path().join("runs").exists(), "a run folder was left behind");
}

/// What does not need the images is said before they are decoded: these cannot be.
#[test]
fn a_full_folder_and_a_missing_device_are_named_before_images_are_read() {
    let folder = tempdir().unwrap();
    for name in ["data/train/a", "data/train/b", "data/test/a", "full"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("0.png"), "no image").unwrap();
    }
    let compare = |more: &[&str]| host(&[&["compare", "--data", "data"], more].concat(), folder.path());
    assert_fails(&compare(&["--device", "cpu", "--out", "full"]), &["the folder full is not empty"]);
    if !cfg!(feature = "ndarray") {
        assert_fails(&compare(&["--device", "ndarray", "--out", "new"]), &["without burn-ndarray"]);
    }
    assert_fails(&compare(&["--device", "cpu", "--out", "new"]), &["0.png is not a whole image"]);
}

/// Layers are joined before they are checked: a folder may come from a file or from --set, and a path is absolute wherever it comes from.
#[test]
fn a_folder_of_images_may_be_named_anywhere() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("mine.toml"), "data = \"pictures\"\n").unwrap();
    let printed = |flags: &str| {
        let line = format!("compare --print-config {flags}");
        let output = host(&line.split_whitespace().collect::<Vec<_>>(), folder.path());
        assert!(output.status.success(), "{flags}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let absolute = folder.path().canonicalize().unwrap().join("pictures");
    for flags in ["--data pictures", "--set data=pictures", "--config mine.toml"] {
        let text = printed(&format!("{flags} --size 64 --skip-bad"));
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["data"].as_str(), absolute.to_str(), "{flags}");
        assert_eq!((table["size"].as_integer(), table["skip-bad"].as_bool()), (Some(64), Some(true)), "{flags}");
    }
    for flags in [&["--size", "64"][..], &["--set", "size=64"], &["--skip-bad"], &["--set", "skip-bad=true"]] {
        let flag = if flags.concat().contains("size") { "--size 64" } else { "--skip-bad" };
        for command in [&["compare", "--print-config"][..], &["preview", "--out", "p.png"]] {
            assert_fails(&host(&[command, flags].concat(), folder.path()), &[flag, "--data"]);
        }
    }
}

/// The command says which arms there are; who asks for others is told.
#[test]
fn arms_that_the_command_does_not_train_are_not_passed_over() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("mine.toml"), "arms = [\"cutmix\"]\n").unwrap();
    let print = |flags: &[&str]| host(&[flags, &["--print-config"]].concat(), folder.path());
    let set = ["--set", "arms=[\"cutmix\"]"];
    assert_fails(&print(&["compare", set[0], set[1]]), &["--set arms=", "trains baseline and cutmix", "take compare"]);
    assert_fails(&print(&["train", "--no-cutmix", set[0], set[1]]), &["trains baseline;"]);
    for (flags, complaint) in [
        (&["train", set[0], set[1]][..], ""),
        (&["train", "--config", "mine.toml"], ""),
        (
            &["compare", "--config", "mine.toml"],
            "mine.toml names the arms [\"cutmix\"], but the command decides that: it trains baseline and cutmix.\n",
        ),
    ] {
        let output = print(flags);
        assert!(output.status.success(), "{flags:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), complaint, "{flags:?}");
    }
    let resumed = host(&["train", "--no-cutmix", "--resume", "run"], folder.path());
    assert_fails(&resumed, &["--no-cutmix", "--resume", "cannot be used with"]);
}

/// A seed is a number in a TOML file, which holds none above 2⁶³ − 1.
#[test]
fn seeds_that_no_file_holds_are_refused() {
    let folder = tempdir().unwrap();
    let print = |flags: [&str; 2]| host(&[&["train", "--print-config"], &flags[..]].concat(), folder.path());
    let most = i64::MAX.to_string();
    assert!(String::from_utf8_lossy(&print(["--seed", &most]).stdout).contains(&most));
    assert_fails(&print(["--seed", "9223372036854775808"]), &["--seed", &most]);
    assert_fails(&print(["--set", "seed=9223372036854775808"]), &["--set seed=9223372036854775808", &most]);
}

/// The number of threads is that of those that compute.
#[test]
fn the_summary_counts_the_threads_that_computed() {
    let folder = tempdir().unwrap();
    for threads in ["1", "3"] {
        let line = format!("train --train-limit 16 --test-limit 8 --epochs 1 --device cpu --out run-{threads}");
        let mut command = command(&line.split(' ').collect::<Vec<_>>(), folder.path());
        assert!(command.env("RAYON_NUM_THREADS", threads).output().unwrap().status.success());
        let summary = fs::read_to_string(folder.path().join(format!("run-{threads}/summary.json"))).unwrap();
        assert!(summary.contains(&format!("\"cpu: flex, {threads} threads\"")), "{summary}");
    }
}

/// However large the share that is held out, each class keeps an image to train on; or a sentence says how many there are.
#[test]
fn as_many_images_as_classes_are_left_to_train_on() {
    let folder = tempdir().unwrap();
    let train = |limit: &str| {
        let line = [
            "train",
            "--test-limit",
            "8",
            "--epochs",
            "1",
            "--device",
            "cpu",
            "--set",
            "validation=0.5",
            "--train-limit",
            limit,
        ];
        host(&[&line[..], &["--out", limit]].concat(), folder.path())
    };
    assert!(train("16").status.success());
    assert_fails(&train("15"), &["holds out 8 of 15 training images", "8 classes needs one"]);
}

/// The picture of `host preview` is the run's own.
#[test]
fn preview_shows_what_the_run_shows() {
    let folder = tempdir().unwrap();
    for (number, flags) in [
        &["--train-limit", "48"][..],
        &["--train-limit", "48", "--recipe", "strong", "--seed", "7", "--set", "validation=0.25", "--alpha", "0.5"],
    ]
    .into_iter()
    .enumerate()
    {
        let (run, picture) = (format!("run-{number}"), format!("{number}.png"));
        let more = ["--test-limit", "8", "--epochs", "1", "--device", "cpu", "--out", &run];
        assert!(host(&[&["train"], flags, &more].concat(), folder.path()).status.success());
        assert!(host(&[&["preview"], flags, &["--out", &picture]].concat(), folder.path()).status.success());
        let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert!(bytes(&picture) == bytes(&format!("{run}/preview.png")), "{flags:?}");
    }
}

#[test]
fn an_earlier_run_is_never_overwritten() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("summary.json"), "precious").unwrap();
    let arguments: Vec<&str> = SHORT.into_iter().chain(["--out", "."]).collect();
    assert_fails(&host(&arguments, folder.path()), &["not empty", "--out"]);
    assert_eq!(fs::read_to_string(folder.path().join("summary.json")).unwrap(), "precious");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
