//! A training that starts from the network of an earlier run.

use std::fs;
use std::path::Path;

use host::network::{initial_weights, load_weights, weights};
use host::settings::Settings;
use image::{Rgb, RgbImage};
use safetensors::SafeTensors;
use tempfile::tempdir;

use crate::program::{assert_fails, host};
use crate::training::ALONE;

fn run(line: &str, folder: &Path) -> (String, Vec<u8>) {
    let output = host(&line.split(' ').collect::<Vec<_>>(), folder);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.stdout)
}

const FIRST: &str = "compare --train-limit 32 --test-limit 8 --epochs 1 --device cpu --out first";

/// Of the same classes, all weights are those of the earlier network with CutMix, running statistics too; a resumed run does not need it any more.
#[test]
fn the_same_classes_go_on() {
    let folder = tempdir().unwrap();
    run(FIRST, folder.path());
    let line = "train --train-limit 32 --test-limit 8 --epochs 2 --device cpu --seed 7 --init first --out second";
    let (said, _) = run(line, folder.path());
    assert!(
        said.contains("Starts from the network with CutMix, seed 42 in ") && !said.contains("drawn anew"),
        "{said}"
    );
    let bytes = |path: &str| fs::read(folder.path().join(path)).unwrap();
    assert!(bytes("second/seed-7/initial.safetensors") == bytes("first/seed-42/cutmix/model.safetensors"));
    assert!(bytes("second/seed-7/initial.safetensors") != bytes("first/seed-42/baseline/model.safetensors"));
    let trained = bytes("second/seed-7/cutmix/model.safetensors");
    // It begins with what the earlier one knows: the first epoch of random weights is worse.
    let loss = |run: &str, seed: u64| {
        let text = fs::read_to_string(folder.path().join(format!("{run}/seed-{seed}/cutmix/metrics.jsonl"))).unwrap();
        let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        line["train"]["loss"].as_f64().unwrap()
    };
    assert!(loss("second", 7) < loss("first", 42), "{} and {}", loss("second", 7), loss("first", 42));

    fs::remove_file(folder.path().join("second/seed-7/cutmix/result.json")).unwrap();
    fs::remove_dir_all(folder.path().join("first")).unwrap();
    run("train --resume second", folder.path());
    assert!(bytes("second/seed-7/cutmix/model.safetensors") == trained);
}

/// Of other classes, all but the last layer, which is as random weights of the seed have it.
#[test]
fn other_classes_get_a_last_layer_of_their_own() {
    let folder = tempdir().unwrap();
    run(FIRST, folder.path());
    for part in ["train", "test"] {
        for (number, class) in ["ant", "bee", "cat"].into_iter().enumerate() {
            let dir = folder.path().join("data").join(part).join(class);
            fs::create_dir_all(&dir).unwrap();
            for shade in 0..4 {
                let color = [(number * 80) as u8, shade * 20, 9];
                RgbImage::from_pixel(32, 32, Rgb(color)).save(dir.join(format!("{shade}.png"))).unwrap();
            }
        }
    }
    let line = "train --recipe embedded --data data --epochs 1 --device cpu --seed 7 --set validation=0 --init first --out second";
    let (said, _) = run(line, folder.path());
    assert!(said.contains("its last layer is drawn anew, since its classes are others"), "{said}");
    let settings = Settings::from_text(&fs::read_to_string(folder.path().join("second/config.toml")).unwrap()).unwrap();
    assert_eq!(settings.run.init.as_deref(), Some(&*folder.path().canonicalize().unwrap().join("first")));
    let random = {
        let _alone = ALONE.lock().unwrap();
        let bytes = initial_weights(&settings.network, [3, 3], 7).unwrap();
        let network = load_weights(&settings.network, [3, 3], bytes, &burn::tensor::Device::flex()).unwrap();
        weights(&network).unwrap()
    };
    let earlier = fs::read(folder.path().join("first/seed-42/cutmix/model.safetensors")).unwrap();
    let initial = fs::read(folder.path().join("second/seed-7/initial.safetensors")).unwrap();
    let [random, earlier, initial] =
        [&random, &earlier, &initial].map(|bytes| SafeTensors::deserialize(bytes).unwrap());
    let mut dense = 0;
    for name in initial.names() {
        let from = if name.starts_with("dense") { &random } else { &earlier };
        dense += usize::from(name.starts_with("dense"));
        assert!(initial.tensor(name).unwrap() == from.tensor(name).unwrap(), "{name}");
    }
    assert_eq!((dense, initial.names().len()), (2, earlier.names().len()));
}

#[test]
fn what_cannot_be_started_from_is_named() {
    let folder = tempdir().unwrap();
    run(FIRST, folder.path());
    let refused = |more: &str, words: &[&str]| {
        let line = format!("train --train-limit 32 --test-limit 8 --epochs 1 --device cpu --out second {more}");
        assert_fails(&host(&line.split(' ').collect::<Vec<_>>(), folder.path()), words);
        assert!(!folder.path().join("second").exists());
    };
    refused("--init nowhere", &["nowhere"]);
    refused("--init first --depth 14", &["its network is a ResNet-8", "this one is a ResNet-14", "take --depth 8"]);
    refused("--init first --set width=2", &["a ResNet-8 of width 2", "--set width=1"]);
    fs::remove_file(folder.path().join("first/seed-42/cutmix/result.json")).unwrap();
    refused("--init first", &["not finished"]);
}
