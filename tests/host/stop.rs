//! The first ctrl-C or SIGTERM, wherever it finds the program: it ends within a second, keeps what is whole, and says how to go on.
#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::tempdir;

use crate::program::{SHORT, command, host, metrics_of};

/// A second, and what a busy machine takes to start a process and to end one.
const SOON: Duration = Duration::from_secs(3);

fn start(line: &str, folder: &Path) -> Child {
    let words: Vec<&str> = line.split_whitespace().collect();
    command(&words, folder).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Sends `signal`, and expects an end in order with exit status 130.
#[track_caller]
fn stop(child: Child, signal: &str) -> String {
    let sent = Instant::now();
    assert!(Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap().success());
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    let (message, took) = (String::from_utf8_lossy(&stderr).into_owned(), sent.elapsed());
    assert_eq!(status.code(), Some(130), "{message}");
    assert!(took < SOON, "it took {took:?}: {message}");
    assert!(message.contains("stopped") && !message.contains("error") && !message.contains("panicked"), "{message}");
    message
}

#[track_caller]
fn wait_until(mut happened: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !happened() {
        assert!(Instant::now() < deadline, "nothing happened for a minute");
        sleep(Duration::from_millis(2));
    }
}

/// Two classes of `images` large pictures each: one file, under many names.
fn pictures(folder: &Path, images: usize) {
    fs::create_dir_all(folder).unwrap();
    let value = |x: u32, y: u32| image::Rgb([x * y % 251, x * x % 241, y].map(|value| value as u8));
    let file = folder.join("picture.png");
    image::RgbImage::from_fn(1200, 1200, value).save(&file).unwrap();
    for class in ["a", "b"] {
        let class = folder.join("train").join(class);
        fs::create_dir_all(&class).unwrap();
        for number in 0..images {
            fs::hard_link(&file, class.join(format!("{number}.png"))).unwrap();
        }
    }
}

#[test]
fn while_images_are_read() {
    let folder = tempdir().unwrap();
    pictures(&folder.path().join("data"), 1000);
    fs::create_dir_all(folder.path().join("data/test")).unwrap();
    fs::rename(folder.path().join("data/train/b"), folder.path().join("data/test/a")).unwrap();
    fs::create_dir_all(folder.path().join("data/train/b")).unwrap();
    fs::copy(folder.path().join("data/picture.png"), folder.path().join("data/train/b/0.png")).unwrap();
    for (signal, more) in [("INT", ""), ("TERM", " --skip-bad")] {
        let child = start(&format!("compare --data data --device cpu --out run{more}"), folder.path());
        sleep(Duration::from_millis(500));
        assert!(stop(child, signal).contains("nothing is lost"));
        assert!(!folder.path().join("run").exists());
    }
}

#[test]
fn while_copies_are_written() {
    let folder = tempdir().unwrap();
    pictures(&folder.path().join("data"), 2);
    let child = start("augment data copies --copies 100000 --size 128", folder.path());
    wait_until(|| fs::read_dir(folder.path().join("copies/a")).is_ok_and(|files| files.count() > 20));
    let message = stop(child, "INT");
    assert!(message.contains("copies is incomplete") && message.contains("remove it"), "{message}");
    assert!(!folder.path().join("copies/labels.csv").exists());
}

/// A server that accepts and says nothing: the program waits for it.
#[test]
fn while_a_server_is_silent() {
    let folder = tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/archive", listener.local_addr().unwrap());
    let child = start(&format!("fetch cifar10 data --url {url}"), folder.path());
    let _connection = listener.accept().unwrap();
    assert!(stop(child, "TERM").contains("give the same command again"));
}

/// Many more test images than training images: the signal comes while they are scored. The run goes on and ends as if nothing had happened.
#[test]
fn while_a_network_is_scored() {
    let folder = tempdir().unwrap();
    let line =
        "train --train-limit 64 --test-limit 12000 --epochs 1 --batch-size 16 --device cpu --set validation=0 --out";
    let words: Vec<&str> = line.split(' ').collect();
    assert!(host(&[&words[..], &["whole"]].concat(), folder.path()).status.success());
    let child = start(&format!("{line} run"), folder.path());
    let arm = folder.path().join("run/seed-42/cutmix");
    wait_until(|| arm.join("metrics.jsonl").exists());
    sleep(Duration::from_millis(700)); // 4 steps take less
    let message = stop(child, "INT");
    assert!(message.contains("stopped in epoch 1, after step 4;"), "{message}");
    assert_eq!(fs::metadata(arm.join("metrics.jsonl")).unwrap().len(), 0, "it was scored before");

    // What the message says works as it is typed.
    let resume = message.trim().rsplit_once("go on with: ").unwrap().1;
    let again = Command::new("sh").args(["-c", resume]).current_dir(folder.path()).output().unwrap();
    assert!(again.status.success(), "{resume}: {}", String::from_utf8_lossy(&again.stderr));
    assert_eq!(metrics_of(&folder.path().join("run"), "42"), metrics_of(&folder.path().join("whole"), "42"));
    let model = |run: &str| fs::read(folder.path().join(run).join("seed-42/cutmix/model.safetensors")).unwrap();
    assert!(model("run") == model("whole"));
}

#[test]
fn while_pictures_are_predicted_and_networks_evaluated() {
    let folder = tempdir().unwrap();
    assert!(host(&[&SHORT[..], &["--out", "run"]].concat(), folder.path()).status.success());
    pictures(&folder.path().join("data"), 1);
    let picture = " data/picture.png".repeat(2000);
    let child = start(&format!("predict run{picture}"), folder.path());
    sleep(Duration::from_millis(500));
    assert!(stop(child, "INT").contains("nothing is lost"));

    let settings = folder.path().join("run/config.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("test-limit = 32", "test-limit = 200000")).unwrap();
    let child = start("evaluate run", folder.path());
    sleep(Duration::from_millis(500));
    assert!(stop(child, "TERM").contains("nothing is lost"));
}
