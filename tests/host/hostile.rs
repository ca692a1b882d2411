//! Hostile files: each of `tests/hostile/` comes in by its door, and what `README.md` there says must happen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::{TempDir, tempdir};

use crate::program::{SHORT, command, files, host};

/// Long enough for a busy machine; whatever is read here takes a fraction of a second.
const TIME: Duration = Duration::from_secs(20);

/// In KiB, of addresses: a file that declares gigabytes must not get them.
const MEMORY: u32 = 4 << 20;

/// Folders of `tests/hostile/`, a door each.
const DOORS: [&str; 18] = [
    "images",
    "captures",
    "plans",
    "labels",
    "frames",
    "masks",
    "yolo",
    "coco",
    "settings",
    "cifar",
    "shards",
    "run/model.safetensors",
    "run/initial.safetensors",
    "run/data.json",
    "run/result.json",
    "run/metrics.jsonl",
    "run/predictions.csv",
    "run/checkpoint",
];

/// What the others lie beside.
const HARMLESS: &str = "harmless";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile")
}

fn harmless(name: &str) -> PathBuf {
    folder().join(HARMLESS).join(name)
}

#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    Refused,
    PassedOver,
}

/// A line of `README.md`.
#[derive(Clone, Debug)]
struct Rule {
    path: PathBuf,
    outcome: Outcome,
    words: String,
}

impl Rule {
    fn name(&self) -> &str {
        self.path.file_name().unwrap().to_str().unwrap()
    }
}

/// The tables of `README.md`: what must happen, by the file's path. Of what is harmless, nothing.
fn rules() -> BTreeMap<String, Option<Rule>> {
    let text = fs::read_to_string(folder().join("README.md")).unwrap();
    let mut rules = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [path, _, outcome] = cells[..] else { panic!("{line} has not three cells") };
        let path = path.trim_matches('`').to_owned();
        let rule = match outcome.split_once(": ") {
            None if outcome == "read" => None,
            Some((outcome, words)) => Some(Rule {
                path: folder().join(&path),
                outcome: match outcome {
                    "refused" => Outcome::Refused,
                    "passed over" => Outcome::PassedOver,
                    other => panic!("{other} is not known to happen"),
                },
                words: words.strip_prefix('`').and_then(|words| words.strip_suffix('`')).unwrap().to_owned(),
            }),
            None => panic!("{line} does not say what must happen"),
        };
        assert!(rules.insert(path, rule).is_none(), "{line} is there twice");
    }
    rules
}

/// The rules of the files in the folder `door`.
#[track_caller]
fn rules_of(door: &str) -> Vec<Rule> {
    assert!(DOORS.contains(&door));
    let in_folder = |path: &str| Path::new(path).parent() == Some(Path::new(door));
    let rules: Vec<Rule> =
        rules().into_iter().filter(|(path, _)| in_folder(path)).filter_map(|(_, rule)| rule).collect();
    assert!(!rules.is_empty(), "no file came in by {door}");
    rules
}

#[test]
fn every_file_has_a_rule_and_a_door() {
    let there: BTreeSet<String> =
        files(&folder()).into_keys().filter(|path| path != "README.md" && path != "make.py").collect();
    let listed: BTreeSet<String> = rules().into_keys().collect();
    let without: Vec<_> = there.difference(&listed).collect();
    assert!(without.is_empty(), "no line of README.md says what must happen to {without:?}");
    let missing: Vec<_> = listed.difference(&there).collect();
    assert!(missing.is_empty(), "README.md has a line for {missing:?}, which is not there");
    for (path, rule) in rules() {
        let folder = path.rsplit_once('/').unwrap().0;
        assert!(
            if rule.is_some() { DOORS.contains(&folder) } else { folder == HARMLESS },
            "{path} lies in no folder that has a door"
        );
    }
}

/// The program under limits of time and memory.
#[track_caller]
fn limited(arguments: &[&str], folder: &Path) -> Output {
    let program = command(arguments, folder);
    let mut limited = if cfg!(target_os = "linux") {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"")]).arg(program.get_program());
        shell.args(program.get_args());
        // One arena of the allocator for all threads, or it would reserve more addresses than this on many cores.
        shell.env("MALLOC_ARENA_MAX", "1");
        shell
    } else {
        program
    };
    limited.current_dir(folder).env("XDG_RUNTIME_DIR", folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = limited.spawn().unwrap();
    let (stdout, stderr) = (drain(child.stdout.take().unwrap()), drain(child.stderr.take().unwrap()));
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > TIME {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{arguments:?} took longer than {TIME:?}");
        }
        thread::sleep(Duration::from_millis(5));
    };
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// The program must refuse the file, which is called `name` where it lies, in a sentence with these words.
#[track_caller]
fn refuses(rule: &Rule, name: &str, words: &str, arguments: &[&str], folder: &Path) {
    let before = (files(folder), folders(folder));
    let output = limited(arguments, folder);
    let message = String::from_utf8_lossy(&output.stderr);
    let what = format!("{} {arguments:?}: {:?}, {message}", rule.path.display(), output.status);
    assert_eq!(output.status.code(), Some(1), "{what}");
    assert!(message.starts_with("error: ") && !message.contains("panicked"), "{what}");
    assert_eq!(message.lines().count(), 1, "more than a sentence: {what}");
    assert!(!message.trim_end_matches('\n').contains(char::is_control), "it speaks to the terminal: {what}");
    assert!(message.contains(name), "{name} is not named: {what}");
    assert!(message.contains(words), "no {words:?}: {what}");
    assert!((files(folder), folders(folder)) == before, "something was written: {what}");
}

/// The program must do its work without the file, and say so on a line of its own.
#[track_caller]
fn passes_over(rule: &Rule, name: &str, arguments: &[&str], folder: &Path) {
    let output = limited(arguments, folder);
    let message = String::from_utf8_lossy(&output.stderr);
    let what = format!("{} {arguments:?}: {:?}, {message}", rule.path.display(), output.status);
    assert!(output.status.success() && !message.contains("panicked"), "{what}");
    let lines: Vec<&str> = message.lines().filter(|line| line.contains(name)).collect();
    assert_eq!(lines.len(), 1, "not one line names it: {what}");
    assert!(lines[0].contains(&rule.words), "no {:?}: {what}", rule.words);
}

/// All folders below `folder`.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    while let Some(next) = found.get(at) {
        let entries = fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path());
        let below: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
        found.extend(below);
        at += 1;
    }
    found.sort_unstable();
    found
}

/// A folder in which the file lies at `place`, and those of `beside` at theirs.
fn scene(rule: &Rule, place: &str, beside: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    let copy = |from: &Path, place: &str| {
        let to = folder.path().join(place);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    };
    for (name, place) in beside {
        copy(&harmless(name), place);
    }
    copy(&rule.path, place);
    folder
}

/// Short, should a file be taken for good.
const TRAIN: [&str; 9] = ["train", "--depth", "8", "--epochs", "1", "--device", "cpu", "--out", "out"];

#[track_caller]
fn refuses_to_train(rule: &Rule, name: &str, data: &str, folder: &Path) {
    refuses(rule, name, &rule.words, &[&TRAIN[..], &["--data", data]].concat(), folder);
}

/// A run that is done, in `run`.
fn finished() -> TempDir {
    let folder = tempdir().unwrap();
    let output = host(&[&SHORT[..], &["--out", "run"]].concat(), folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

#[test]
fn images() {
    let finished = finished();
    let run = finished.path().join("run");
    for rule in rules_of("images") {
        let name = rule.name();
        let places = ["train/a/picture.png", "train/a/another.png", "train/b/picture.png", "test/a/picture.png"]
            .map(|place| format!("data/{place}"));
        let beside: Vec<(&str, &str)> = places.iter().map(|place| ("picture.png", place.as_str())).collect();
        let scene = scene(&rule, &format!("data/train/a/{name}"), &beside);
        let folder = scene.path();
        refuses_to_train(&rule, name, "data", folder);
        let augment = ["augment", "data", "out", "--copies", "1"];
        refuses(&rule, name, &rule.words, &augment, folder);
        let image = format!("data/train/a/{name}");
        refuses(&rule, name, &rule.words, &["predict", run.to_str().unwrap(), &image], folder);
        passes_over(&rule, name, &[&augment[..], &["--skip-bad"]].concat(), folder);
        let written: Vec<String> = files(&folder.join("out")).into_keys().collect();
        assert_eq!(written, ["a/000000-0.png", "a/000001-0.png", "b/000002-0.png", "labels.csv"], "{name}");
    }
}

#[test]
fn captures() {
    for rule in rules_of("captures") {
        let name = rule.name();
        let scene = scene(&rule, name, &[]);
        refuses(&rule, name, &rule.words, &["import", name, "out"], scene.path());
        refuses_to_train(&rule, name, name, scene.path());
    }
}

#[test]
fn plans() {
    for rule in rules_of("plans") {
        let name = rule.name();
        let scene = scene(&rule, name, &[("capture.bin", "capture")]);
        refuses(&rule, name, &rule.words, &["replay", name, "--data", "capture", "out"], scene.path());
    }
}

#[test]
fn labels() {
    for rule in rules_of("labels") {
        let places = ["data/train/a/hostile.png", "data/train/b/picture.png", "data/test/a/picture.png"];
        let beside = places.map(|place| ("picture.png", place));
        let scene = scene(&rule, "data/train/labels.csv", &beside);
        refuses_to_train(&rule, "labels.csv", "data", scene.path());
    }
}

#[test]
fn frames() {
    for rule in rules_of("frames") {
        let beside =
            [("picture.png", "data/train/0/picture.png"), ("picture.png", "outside.png"), ("plans.bin", "plans")];
        let scene = scene(&rule, "data/train/labels.csv", &beside);
        let replay = ["replay", "plans", "--data", "data", "out"];
        refuses(&rule, "labels.csv", &rule.words, &replay, scene.path());
    }
}

/// The file in the place of one of two images' masks, label files, or of their annotations.
fn refuses_to_augment(door: &str, place: &str, name: &str, others: &[(&str, &str)]) {
    for rule in rules_of(door) {
        let images = [("picture.png", "in/images/picture.png"), ("picture.png", "in/images/another.png")];
        let scene = scene(&rule, place, &[&images[..], others].concat());
        let augment = ["augment", "in", "out", "--copies", "1", "--size", "8"];
        refuses(&rule, name, &rule.words, &augment, scene.path());
    }
}

#[test]
fn masks() {
    let other = [("mask.png", "in/masks/another.png")];
    refuses_to_augment("masks", "in/masks/picture.png", "picture.png", &other);
}

#[test]
fn yolo() {
    refuses_to_augment("yolo", "in/labels/picture.txt", "picture.txt", &[]);
}

#[test]
fn coco() {
    refuses_to_augment("coco", "in/annotations.json", "annotations.json", &[]);
}

#[test]
fn settings() {
    for rule in rules_of("settings") {
        let name = rule.name();
        let first = scene(&rule, name, &[]);
        refuses(&rule, name, &rule.words, &[&["train", "--config", name], &TRAIN[5..]].concat(), first.path());
        let run = scene(&rule, "run/config.toml", &[]);
        for arguments in [["evaluate", "run"], ["export", "run"], ["compare", "--resume"]] {
            let more = if arguments[0] == "export" { vec!["--safetensors", "out"] } else { vec![] };
            let more = if arguments[0] == "compare" { vec!["run"] } else { more };
            refuses(&rule, "config.toml", "", &[&arguments[..], &more].concat(), run.path());
        }
    }
}

#[test]
fn cifar() {
    let names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
    let places = names.map(|name| format!("cifar/{name}.bin"));
    let beside: Vec<(&str, &str)> = places.iter().map(|place| ("batch.bin", place.as_str())).collect();
    for rule in rules_of("cifar") {
        for place in [&places[0], &places[5]] {
            let scene = scene(&rule, place, &beside);
            refuses_to_train(&rule, place, "cifar", scene.path());
        }
    }
}

#[test]
fn shards() {
    for rule in rules_of("shards") {
        let scene = scene(&rule, "data/train/hostile.tar", &[("picture.png", "data/test/0/picture.png")]);
        refuses_to_train(&rule, "hostile.tar", "data", scene.path());
    }
}

/// The commands that ask a finished run's network.
const ASK: [&[&str]; 3] =
    [&["evaluate", "run"], &["predict", "run", "picture.png"], &["export", "run", "--safetensors", "out"]];

const RESUME: &[&str] = &["compare", "--resume", "run"];

/// Puts each file of the folder `run/NAME` to `place` in a copy of the run in `finished`, for the commands that read it there.
fn in_a_run(finished: &Path, door: &str, place: &str, commands: &[&[&str]]) {
    let run = files(finished);
    for rule in rules_of(door) {
        for arguments in commands {
            let scene = scene(&rule, &format!("run/{place}"), &[("picture.png", "picture.png")]);
            for (path, bytes) in &run {
                let to = scene.path().join(path);
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                if !to.exists() {
                    fs::write(to, bytes).unwrap();
                }
            }
            let name = Path::new(place).file_name().unwrap().to_str().unwrap();
            match rule.outcome {
                Outcome::Refused => refuses(&rule, name, &rule.words, arguments, scene.path()),
                Outcome::PassedOver => passes_over(&rule, name, arguments, scene.path()),
            }
        }
    }
}

#[test]
fn weights_and_what_they_were_trained_on() {
    let finished = finished();
    in_a_run(finished.path(), "run/model.safetensors", "seed-42/cutmix/model.safetensors", &ASK);
    in_a_run(finished.path(), "run/data.json", "seed-42/data.json", &[&ASK[..], &[RESUME]].concat());
}

#[test]
fn results() {
    let finished = finished();
    for name in ["result.json", "metrics.jsonl", "predictions.csv"] {
        in_a_run(finished.path(), &format!("run/{name}"), &format!("seed-42/cutmix/{name}"), &[RESUME]);
    }
}

#[test]
fn what_a_training_goes_on_from() {
    let finished = finished();
    // As a training leaves it that was stopped in its first epoch.
    let arm = finished.path().join("run/seed-42/cutmix");
    for name in ["result.json", "model.safetensors", "predictions.csv", "confusion.png"] {
        fs::remove_file(arm.join(name)).unwrap();
    }
    fs::write(arm.join("metrics.jsonl"), "").unwrap();
    in_a_run(finished.path(), "run/initial.safetensors", "seed-42/initial.safetensors", &[RESUME]);
    in_a_run(finished.path(), "run/checkpoint", "seed-42/cutmix/step-000000001.checkpoint", &[RESUME]);
}
