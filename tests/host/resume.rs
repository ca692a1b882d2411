//! A run that is stopped, whatever stops it, goes on and ends as if nothing had happened: bit for bit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cutmix_core::{Stream, uniform_below};
use tempfile::tempdir;

use crate::program::{SHORT, assert_fails, command, host};

/// Two arms of two epochs, 10 steps each, with everything that has a state: SGD's momentum, a schedule, views, validation, averaged weights, the
/// best epoch's weights.
const RUN: &str = "compare --recipe strong --depth 8 --train-limit 168 --test-limit 32 --epochs 2 --batch-size 16 \
                   --device cpu --set checkpoint-steps=3 \
                   --set average-weights=0.9 --set stop-early=2 --set clip-gradient=2";

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn start(folder: &Path, out: &str, more: &[&str]) -> Command {
    let mut command = command(&words(RUN), folder);
    command.args(more).args(["--out", out]).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// What a run leaves that must not depend on how often it was stopped.
fn outcome(run: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for arm in ["baseline", "cutmix"] {
        for name in ["metrics.jsonl", "model.safetensors"] {
            let path = Path::new("seed-42").join(arm).join(name);
            let bytes = fs::read(run.join(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            files.push((path, bytes));
        }
    }
    files
}

#[track_caller]
fn assert_same(run: &Path, expected: &Path) {
    for ((path, bytes), (_, wanted)) in outcome(run).into_iter().zip(outcome(expected)) {
        assert!(bytes == wanted, "{} is another than in the run that was never stopped", path.display());
    }
    assert!(checkpoints(&run.join("seed-42/cutmix")).is_empty(), "checkpoints were left behind");
}

fn checkpoints(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "checkpoint"))
        .collect();
    paths.sort();
    paths
}

/// Waits until `happened`, and fails if that takes longer than a minute.
#[track_caller]
fn wait_until(mut happened: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !happened() {
        assert!(Instant::now() < deadline, "nothing happened for a minute");
        sleep(Duration::from_millis(2));
    }
}

/// A run that ended by itself, and one that was killed after its second checkpoint of the second arm.
fn whole_and_killed(folder: &Path) -> (PathBuf, PathBuf) {
    let (whole, killed) = (folder.join("whole"), folder.join("killed"));
    assert!(start(folder, "whole", &[]).status().unwrap().success());
    let mut child = start(folder, "killed", &[]).spawn().unwrap();
    wait_until(|| checkpoints(&killed.join("seed-42/cutmix")).len() == 2);
    child.kill().unwrap();
    child.wait().unwrap();
    (whole, killed)
}

#[test]
fn killed_at_any_moment_it_ends_the_same() {
    let folder = tempdir().unwrap();
    let run = folder.path().join("killed");
    let begun = Instant::now();
    assert!(start(folder.path(), "whole", &[]).status().unwrap().success());
    let whole_time = begun.elapsed();

    let mut rng = Stream::new(42, 0, 0);
    let mut child = start(folder.path(), "killed", &[]).spawn().unwrap();
    wait_until(|| run.join("config.toml").exists());
    let (mut kills, mut with_checkpoint) = (0, 0);
    while kills < 8 {
        if kills == 0 {
            // One of them during training, however busy the machine.
            wait_until(|| !checkpoints(&run.join("seed-42/baseline")).is_empty());
        } else {
            // From at once to half of what the whole run takes.
            sleep(whole_time.mul_f64(f64::from(uniform_below(1000, &mut rng)) / 2000.0));
        }
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        let arms = ["baseline", "cutmix"].map(|arm| run.join("seed-42").join(arm));
        with_checkpoint += usize::from(arms.iter().any(|arm| !checkpoints(arm).is_empty()));
        let mut again = command(&["compare", "--resume", "killed"], folder.path());
        child = again.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
    }
    assert!(child.wait().unwrap().success());
    assert!(kills > 0 && with_checkpoint > 0, "{kills} kills, {with_checkpoint} of them during training");
    assert_same(&run, &folder.path().join("whole"));
}

#[test]
fn a_damaged_checkpoint_is_passed_over_for_the_one_before() {
    let folder = tempdir().unwrap();
    let (whole, killed) = whole_and_killed(folder.path());
    let arm = killed.join("seed-42/cutmix");
    let newest = checkpoints(&arm).pop().unwrap();
    let good = fs::read(&newest).unwrap();
    // Cut short, empty, one bit in the weights, one bit in the header, none of ours.
    let mut flipped = good.clone();
    let last = flipped.len() - 100_000;
    flipped[last] ^= 1;
    let mut header = good.clone();
    header[60] ^= 4;
    for damaged in [&good[..good.len() / 2], &[], &flipped, &header, b"something else\n"] {
        fs::write(&newest, damaged).unwrap();
        let copy = tempdir().unwrap();
        copy_folder(&killed, &copy.path().join("run"));
        let output = host(&["compare", "--resume", "run"], copy.path());
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{message}");
        let name = newest.file_name().unwrap().to_str().unwrap();
        assert!(message.contains(name) && message.contains("cannot be used"), "it was not said: {message}");
        assert_same(&copy.path().join("run"), &whole);
    }
    // With none left, that arm begins anew.
    for path in checkpoints(&arm) {
        fs::write(path, "").unwrap();
    }
    assert!(host(&["compare", "--resume", "killed"], folder.path()).status.success());
    assert_same(&killed, &whole);
}

/// Of another Burn, or of this program's first format: the records would not fit, and beginning anew would lose what was learned.
#[test]
fn a_checkpoint_of_another_version_is_kept_and_named() {
    let folder = tempdir().unwrap();
    let (_, killed) = whole_and_killed(folder.path());
    let newest = checkpoints(&killed.join("seed-42/cutmix")).pop().unwrap();
    let good = fs::read(&newest).unwrap();
    let end = good.iter().position(|&byte| byte == b'\n').unwrap();
    let (first, rest) = (std::str::from_utf8(&good[..end]).unwrap(), &good[end..]);
    let (version, sum) = first.strip_prefix("cutmix checkpoint ").unwrap().split_once(", crc32 ").unwrap();
    assert!(version.starts_with("3, Burn 0."), "{version}");
    for (first, named) in [
        (format!("cutmix checkpoint 3, Burn 0.1.0, crc32 {sum}"), "format 3, Burn 0.1.0,"),
        (format!("cutmix checkpoint 1 crc32 {sum}"), "format 1,"),
    ] {
        let other = [first.as_bytes(), rest].concat();
        fs::write(&newest, &other).unwrap();
        let output = host(&["compare", "--resume", "killed"], folder.path());
        assert_fails(&output, &[newest.file_name().unwrap().to_str().unwrap(), named, version, "begin a new one"]);
        assert!(fs::read(&newest).unwrap() == other, "it was touched");
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn a_run_that_is_done_stays_as_it_is() {
    let folder = tempdir().unwrap();
    assert!(start(folder.path(), "run", &[]).status().unwrap().success());
    let run = folder.path().join("run");
    let before = outcome(&run);
    let output = host(&["compare", "--resume", "run"], folder.path());
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("test accuracy"), "no table");
    assert!(outcome(&run) == before);
}

/// Killed after the result was written and before the checkpoints were removed: the next program removes them.
#[test]
fn checkpoints_of_a_training_that_is_done_are_removed() {
    let folder = tempdir().unwrap();
    assert!(start(folder.path(), "run", &[]).status().unwrap().success());
    let run = folder.path().join("run");
    let before = outcome(&run);
    fs::write(run.join("seed-42/baseline/step-000000010.checkpoint"), "whatever").unwrap();
    assert!(host(&["compare", "--resume", "run"], folder.path()).status.success());
    assert!(checkpoints(&run.join("seed-42/baseline")).is_empty() && outcome(&run) == before);
}

/// With --device auto the hardware may be another one after a stop.
#[test]
fn another_device_after_a_resume_is_named() {
    let folder = tempdir().unwrap();
    let (_, killed) = whole_and_killed(folder.path());
    let devices = killed.join("device.txt");
    let resume = || {
        let output = host(&["compare", "--resume", "killed"], folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let summary = fs::read_to_string(killed.join("summary.json")).unwrap();
        (String::from_utf8_lossy(&output.stdout).contains("Until now gpu: X, Vulkan trained this run"), summary)
    };
    let first = fs::read_to_string(&devices).unwrap();
    assert!(first.starts_with("cpu: flex, "), "{first}");
    fs::write(&devices, "gpu: X, Vulkan\n").unwrap();
    let (said, summary) = resume();
    assert!(said && summary.contains("\"gpu: X, Vulkan, then cpu: flex, "), "{summary}");
    // What is done is not trained again, by whatever device; and threads make no other device.
    assert!(!resume().0);
    fs::write(&devices, "cpu: flex, 64 threads\n").unwrap();
    fs::remove_file(killed.join("seed-42/cutmix/result.json")).unwrap();
    let output = host(&["compare", "--resume", "killed"], folder.path());
    assert!(!String::from_utf8_lossy(&output.stdout).contains("Until now"));
}

/// The checksum of the images guards it; the run folder names the new place only if they are the same.
#[test]
fn a_run_goes_on_where_its_images_were_moved() {
    let folder = tempdir().unwrap();
    let write = |data: &str, salt: u8| {
        for (part, count) in [("train", 12_u8), ("test", 4)] {
            for (class, name) in [(0, "a"), (1, "b")] {
                let dir = folder.path().join(data).join(part).join(name);
                fs::create_dir_all(&dir).unwrap();
                for number in 0..count {
                    let value =
                        |x: u32, y: u32| image::Rgb([x as u8 * (class * 9 + 3), y as u8 * 7, number * 11 + salt]);
                    image::RgbImage::from_fn(8, 8, value).save(dir.join(format!("{number}.png"))).unwrap();
                }
            }
        }
    };
    write("old", 0);
    write("other", 1);
    let line = "compare --data old --size 8 --depth 8 --epochs 1 --batch-size 8 --device cpu --out run";
    assert!(host(&words(line), folder.path()).status.success());
    let before = outcome(&folder.path().join("run"));
    fs::remove_file(folder.path().join("run/seed-42/cutmix/result.json")).unwrap();
    fs::rename(folder.path().join("old"), folder.path().join("new")).unwrap();

    let settings = || fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    let was = settings();
    let resume = |more: &[&str]| host(&[&["compare", "--resume", "run"], more].concat(), folder.path());
    assert_fails(&resume(&[]), &["old"]);
    assert_fails(&resume(&["--data", "other"]), &["not those that the run was begun with"]);
    assert_eq!(settings(), was, "another place was written down");
    assert!(resume(&["--data", "new"]).status.success());
    let new = folder.path().canonicalize().unwrap().join("new");
    assert!(settings().contains(&format!("data = \"{}\"", new.display())), "{}", settings());
    assert!(outcome(&folder.path().join("run")) == before);
    assert!(resume(&[]).status.success(), "the new place is not known");

    assert!(host(&[&["train"], &SHORT[1..], &["--out", "drawn"]].concat(), folder.path()).status.success());
    let drawn = host(&["train", "--resume", "drawn", "--data", "new"], folder.path());
    assert_fails(&drawn, &["draws its images itself", "--data"]);
}

/// Ctrl-C ends the step, saves, and says how to go on.
#[cfg(unix)]
#[test]
fn an_interrupt_saves_first() {
    let folder = tempdir().unwrap();
    assert!(start(folder.path(), "whole", &[]).status().unwrap().success());
    for (number, signal) in ["INT", "TERM"].into_iter().enumerate() {
        let out = format!("stopped-{number}");
        let run = folder.path().join(&out);
        // Without checkpoints between epochs, so that what is there comes from the interrupt.
        let mut command = start(folder.path(), &out, &["--set", "checkpoint-steps=1000"]);
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        wait_until(|| run.join("seed-42/baseline/metrics.jsonl").exists());
        assert!(
            Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap().success()
        );
        let output = child.wait_with_output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{message}");
        let resume = format!("go on with: {} compare --resume {out}", env!("CARGO_BIN_EXE_host-under-test"));
        assert!(message.contains("stopped in epoch") && message.contains(&resume), "{message}");
        assert_eq!(checkpoints(&run.join("seed-42/baseline")).len(), 1);
        assert!(host(&["compare", "--resume", &out], folder.path()).status.success());
        assert_same(&run, &folder.path().join("whole"));
    }
}

/// A step of a second or two: the second ctrl-C does not wait for its end.
#[cfg(unix)]
#[test]
fn a_second_interrupt_leaves_at_once() {
    let folder = tempdir().unwrap();
    let line = "train --depth 20 --train-limit 1000 --batch-size 1000 --test-limit 8 --device cpu --out run";
    let child = command(&words(line), folder.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| folder.path().join("run/seed-42/cutmix/metrics.jsonl").exists());
    for _ in 0..2 {
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        sleep(Duration::from_millis(50)); // or the two would be one
    }
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130));
    assert!(message.contains("once more to leave at once") && !message.contains("stopped in epoch"), "{message}");
    assert!(checkpoints(&folder.path().join("run/seed-42/cutmix")).is_empty());
}

#[test]
fn a_panic_in_a_driver_ends_in_a_sentence() {
    let broken = |work: fn() -> anyhow::Result<()>| {
        format!("{:#}", host::experiment::guarded("gpu: X", "host train --resume r", work).unwrap_err())
    };
    let message = broken(|| panic!("device {} lost", 7));
    assert_eq!(
        message,
        "training on gpu: X broke down: device 7 lost; go on from the last checkpoint with: host train --resume r"
    );
    assert!(broken(|| std::panic::panic_any(1)).contains("no reason was given"));
    assert_eq!(broken(|| anyhow::bail!("a usual error")), "a usual error");
}

/// A limit on the size of a file stands for a full disk: the checkpoint is larger, all else is smaller.
#[cfg(unix)]
#[test]
fn a_full_disk_loses_nothing() {
    let folder = tempdir().unwrap();
    assert!(start(folder.path(), "whole", &[]).status().unwrap().success());
    // 512-byte blocks; the signal would end the program, and on a full disk there is none.
    let script = "trap '' XFSZ; ulimit -f 900; exec \"$0\" \"$@\"";
    let mut limited = Command::new("sh");
    limited.args(["-c", script, env!("CARGO_BIN_EXE_host-under-test")]).args(words(RUN)).args(["--out", "full"]);
    let output = limited.current_dir(folder.path()).output().unwrap();
    assert_fails(
        &output,
        &["compare --resume full", "cannot write", "full/seed-42/baseline/step-000000003.checkpoint"],
    );
    let arm = folder.path().join("full/seed-42/baseline");
    let left: Vec<_> = fs::read_dir(&arm).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["metrics.jsonl"], "something half written was left behind");
    assert!(host(&["compare", "--resume", "full"], folder.path()).status.success());
    assert_same(&folder.path().join("full"), &folder.path().join("whole"));
}

#[test]
fn what_cannot_go_on_is_named() {
    let folder = tempdir().unwrap();
    let resume = |run: &str| host(&["compare", "--resume", run], folder.path());
    assert_fails(&resume("nowhere"), &["nowhere", "not a run folder"]);

    assert!(start(folder.path(), "run", &[]).status().unwrap().success());
    let run = folder.path().join("run");
    fs::remove_file(run.join("seed-42/cutmix/result.json")).unwrap();
    let data = run.join("seed-42/data.json");
    let good = fs::read_to_string(&data).unwrap();
    fs::write(&data, good.replace("\"train_images\": ", "\"train_images\": 1")).unwrap();
    assert_fails(&resume("run"), &["not those that the run was begun with", "data.json"]);
    fs::write(&data, &good[..100]).unwrap();
    assert_fails(&resume("run"), &["data.json is damaged"]);
    fs::write(&data, good).unwrap();

    let lock = fs::File::create(run.join(".lock")).unwrap();
    lock.lock().unwrap();
    assert_fails(&resume("run"), &["another process"]);
    lock.unlock().unwrap();

    let settings = fs::read_to_string(run.join("config.toml")).unwrap();
    fs::write(run.join("config.toml"), "epochs = \"many\"\n").unwrap();
    assert_fails(&resume("run"), &["config.toml"]);
    fs::write(run.join("config.toml"), format!("{settings}surprise = 1\n")).unwrap();
    assert_fails(&resume("run"), &["config.toml", "no setting \"surprise\""]);
    assert_fails(&host(&["compare", "--resume", "run", "--depth", "14"], folder.path()), &["--resume", "--depth"]);
}

/// Weights are looked at where they are saved, losses at every step; whichever comes first says so.
#[test]
fn a_loss_or_a_weight_that_is_no_number_stops_the_run() {
    for (checkpoint_steps, what) in [(4, "the loss is"), (1, "a weight is not finite after step")] {
        let folder = tempdir().unwrap();
        let line = format!(
            "train --no-cutmix --train-limit 64 --test-limit 32 --batch-size 4 --device cpu --out run --set optimizer=sgd \
             --set momentum=1 --set schedule=constant --set learning-rate=1 --set l2=1 --set checkpoint-steps={checkpoint_steps}"
        );
        let output = host(&words(&line), folder.path());
        let words = ["diverged", what, "learning rate of 1;", "begin a new run", "--set learning-rate=0.1,", "--seed"];
        assert_fails(&output, &words);
        // Whoever resumes cannot change the rate.
        assert!(!String::from_utf8_lossy(&output.stderr).contains(".checkpoint"));
        assert!(!folder.path().join("run/summary.json").exists());
    }
}
