//! A run's network in use elsewhere: what `predict` says of image files, and what `export` leaves, read by another reader.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use host::data::embedded;
use image::{Rgb, RgbImage};
use safetensors::SafeTensors;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::program::{SHORT, assert_fails, command, host};

fn train(folder: &Path) {
    let run = [&SHORT[..], &["--set", "standardise=true", "--out", "run"]].concat();
    assert!(host(&run, folder).status.success());
}

fn predictions(arguments: &[&str], folder: &Path) -> Vec<Value> {
    let output = host(&[arguments, &["--json"]].concat(), folder);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The test images as files get the classes that the run gave them when it scored itself.
#[test]
fn predict_agrees_with_the_runs_own_scores() {
    let folder = tempdir().unwrap();
    train(folder.path());
    let split = embedded::load(1, 0, 32, 42);
    let names: Vec<String> = (0..32).map(|index| format!("{index}.png")).collect();
    for (index, name) in names.iter().enumerate() {
        let planes = split.test.image(index).unwrap();
        let at = |x: u32, y: u32, plane: usize| planes[(plane * 32 + y as usize) * 32 + x as usize];
        let image = RgbImage::from_fn(32, 32, |x, y| Rgb([at(x, y, 0), at(x, y, 1), at(x, y, 2)]));
        image.save(folder.path().join(name)).unwrap();
    }
    let arguments: Vec<&str> =
        ["predict", "run", "--top", "all"].into_iter().chain(names.iter().map(String::as_str)).collect();
    for arm in ["baseline", "cutmix"] {
        let mut confusion = vec![vec![0; 8]; 8];
        for (index, prediction) in
            predictions(&[&arguments[..], &["--arm", arm]].concat(), folder.path()).iter().enumerate()
        {
            assert_eq!(prediction["image"], names[index]);
            let classes = prediction["classes"].as_array().unwrap();
            let probability = |class: &Value| class["probability"].as_f64().unwrap();
            assert_eq!(classes.len(), 8);
            // Each share is rounded a few times by half a unit in the last place: of the exponential, the sum and the quotient.
            let rounding = f64::from(f32::EPSILON) / 2.0;
            assert!((classes.iter().map(probability).sum::<f64>() - 1.0).abs() <= 2.0 * 8.0 * rounding);
            assert!(classes.is_sorted_by(|a, b| probability(a) >= probability(b)), "{classes:?}");
            let class = split.classes.iter().position(|class| classes[0]["class"] == **class).unwrap();
            confusion[usize::from(split.test.label(index))][class] += 1;
        }
        let result = fs::read(folder.path().join(format!("run/seed-42/{arm}/result.json"))).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&result).unwrap()["confusion"], json!(confusion), "{arm}");
    }

    // Without --arm it is the one with CutMix, and three classes.
    let default = predictions(&["predict", "run", "0.png"], folder.path());
    let cutmix = predictions(&["predict", "run", "0.png", "--arm", "cutmix", "--top", "3"], folder.path());
    assert_eq!(default, cutmix);
    assert_eq!(default[0]["classes"].as_array().unwrap().len(), 3);
    assert_ne!(default, predictions(&["predict", "run", "0.png", "--arm", "baseline"], folder.path()));
    // Alone or among others, an image is the same.
    assert_eq!(default[0], predictions(&["predict", "run", "1.png", "0.png"], folder.path())[1]);
}

#[test]
fn an_image_that_cannot_be_read_spoils_no_other() {
    let folder = tempdir().unwrap();
    train(folder.path());
    RgbImage::from_pixel(50, 40, Rgb([200, 30, 30])).save(folder.path().join("good.jpg")).unwrap();
    fs::write(folder.path().join("bad.png"), "no picture").unwrap();
    let predict = |images: &[&str]| host(&[&["predict", "run"], images].concat(), folder.path());

    let one = predict(&["bad.png", "good.jpg"]);
    assert_fails(&one, &["bad.png is not a whole image"]);
    assert_eq!(String::from_utf8_lossy(&one.stderr).lines().count(), 1);
    let text = String::from_utf8_lossy(&one.stdout);
    assert!(text.starts_with("good.jpg") && text.matches('%').count() == 3 && text.lines().count() == 1, "{text}");

    let two = predict(&["bad.png", "good.jpg", "missing.png"]);
    assert_fails(&two, &["2 of 3 images", "bad.png is not a whole image", "cannot read missing.png"]);
    assert!(String::from_utf8_lossy(&two.stdout).contains("good.jpg"));
    a_folder_a_list_and_a_table(&folder);
    assert_fails(&predict(&["good.jpg", "--seed", "7"]), &["--seed 7", "seed 42 only"]);
    let zero = predict(&["good.jpg", "--top", "0"]);
    assert!(!zero.status.success() && String::from_utf8_lossy(&zero.stderr).contains("a number from 1, or all"));
}

#[test]
fn the_exported_file_says_all_that_is_needed_and_is_the_same_each_time() {
    let folder = tempdir().unwrap();
    train(folder.path());
    let export = |file: &str, more: &[&str]| {
        let output = host(&[&["export", "run", "--safetensors", file], more].concat(), folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read(folder.path().join(file)).unwrap()
    };
    let bytes = export("a.safetensors", &[]);
    assert!(bytes == export("b.safetensors", &["--arm", "cutmix", "--seed", "42"]), "another file the second time");
    assert!(bytes != export("c.safetensors", &["--arm", "baseline"]), "the arms have the same weights");

    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let metadata = metadata.metadata().clone().unwrap();
    assert_eq!(metadata.len(), 1, "keys are written in no fixed order: {metadata:?}");
    let description: Value = serde_json::from_str(&metadata["cutmix"]).unwrap();
    let data: Value = serde_json::from_slice(&fs::read(folder.path().join("run/seed-42/data.json")).unwrap()).unwrap();
    for key in ["classes", "size"] {
        assert_eq!(description[key], data[key], "{key}");
    }
    for key in ["mean", "deviation"] {
        assert_eq!(description[key], data["normalization"][key], "{key}");
    }
    assert_eq!(
        (&description["depth"], &description["width"], &description["arm"], &description["seed"]),
        (&json!(8), &json!(1), &json!("cutmix"), &json!(42))
    );

    // A wide network says how wide it is, and the first screen does.
    let wide = "train --train-limit 16 --test-limit 8 --epochs 1 --device cpu --set width=2 --out wide";
    let output = host(&wide.split(' ').collect::<Vec<_>>(), folder.path());
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("ResNet-8 of width 2 on "));
    assert!(host(&["export", "wide", "--safetensors", "wide.safetensors"], folder.path()).status.success());
    let wide = fs::read(folder.path().join("wide.safetensors")).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&wide).unwrap();
    let wide_description: Value = serde_json::from_str(&metadata.metadata().clone().unwrap()["cutmix"]).unwrap();
    assert_eq!(wide_description["width"], 2);
    assert_eq!(SafeTensors::deserialize(&wide).unwrap().tensor("dense.weight").unwrap().shape(), [8, 128]);

    // What PyTorch's own modules are called and shaped like: Linear is [out, in], batch normalization has weight and bias.
    let exported = SafeTensors::deserialize(&bytes).unwrap();
    let shapes: BTreeMap<String, Vec<usize>> =
        exported.iter().map(|(name, view)| (name.to_owned(), view.shape().to_vec())).collect();
    assert_eq!(shapes["dense.weight"], [8, 64]);
    assert_eq!(shapes["stem.conv.weight"], [16, 3, 3, 3]);
    assert_eq!(shapes["blocks.1.projection.weight"], [32, 16, 1, 1]);
    for name in ["weight", "bias", "running_mean", "running_var"] {
        assert_eq!(shapes[&format!("blocks.2.conv2.norm.{name}")], [64], "{name}");
    }
    // 9 kernels, 7 normalizations of 4, the biases of 2 projections, and the dense layer's 2.
    assert_eq!(shapes.len(), 9 + 7 * 4 + 2 + 2, "{:?}", shapes.keys());

    let own = fs::read(folder.path().join("run/seed-42/cutmix/model.safetensors")).unwrap();
    let own = SafeTensors::deserialize(&own).unwrap();
    let (ours, theirs) = (own.tensor("dense.weight").unwrap(), exported.tensor("dense.weight").unwrap());
    assert_eq!(ours.shape(), [64, 8]);
    for (row, column) in [(0, 0), (63, 7), (5, 6), (40, 2)] {
        let (at, turned) = ((row * 8 + column) * 4, (column * 64 + row) * 4);
        assert_eq!(ours.data()[at..at + 4], theirs.data()[turned..turned + 4], "{row}, {column}");
    }

    let nowhere = host(&["export", "run", "--safetensors", "no/such/folder.safetensors"], folder.path());
    assert_fails(&nowhere, &["cannot write no/such/folder.safetensors"]);
}

/// A folder's images in the order of their names; a list on standard input; what failed is in the output; two formats say the same.
fn a_folder_a_list_and_a_table(folder: &TempDir) {
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("photos/more")).unwrap();
    for name in ["photos/b.jpg", "photos/a", "photos/more/c.jpg"] {
        fs::copy(at("good.jpg"), at(name)).unwrap();
    }
    fs::write(at("photos/d.png"), "bad").unwrap();
    fs::write(at("photos/notes.txt"), "notes").unwrap();
    let with = |more: &[&str]| host(&[&["predict", "run", "photos", "--top", "2"], more].concat(), folder.path());
    let output = with(&["--json"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && message.contains("1 file of type .txt in photos was not read"), "{message}");
    let json: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let images: Vec<&str> = json.iter().map(|image| image["image"].as_str().unwrap()).collect();
    assert_eq!(images, ["photos/a", "photos/b.jpg", "photos/d.png", "photos/more/c.jpg"]);
    assert!(json[2]["error"].as_str().unwrap().contains("photos/d.png is not a whole image"), "{}", json[2]);
    assert!(json[2].get("classes").is_none() && json[0].get("error").is_none());
    assert_eq!(json[0]["classes"], json[3]["classes"]);

    let output = with(&["--csv"]);
    let rows: Vec<Vec<String>> = csv::Reader::from_reader(&output.stdout[..])
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    assert!(output.stdout.starts_with(b"image,rank,class,probability,error\n"));
    assert_eq!(rows.len(), 7, "two classes of each image, and a failure");
    assert_eq!(rows[0][..3], ["photos/a", "1", json[0]["classes"][0]["class"].as_str().unwrap()]);
    assert_eq!(rows[4][..4], ["photos/d.png", "", "", ""]);
    assert!(rows[4][4].contains("photos/d.png"));

    fs::write(at("list"), "good.jpg\nphotos/more\n").unwrap();
    let listed = |list: &str| {
        let mut command = command(&["predict", "run", "-", "--json"], folder.path());
        command.stdin(fs::File::open(at(list)).unwrap()).output().unwrap()
    };
    let json: Vec<Value> = serde_json::from_slice(&listed("list").stdout).unwrap();
    let images: Vec<&str> = json.iter().map(|image| image["image"].as_str().unwrap()).collect();
    assert_eq!(images, ["good.jpg", "photos/more/c.jpg"]);
    fs::write(at("list"), "\n").unwrap();
    assert_fails(&listed("list"), &["standard input names no image"]);
    fs::create_dir(at("nothing")).unwrap();
    assert_fails(&host(&["predict", "run", "nothing"], folder.path()), &["nothing holds no image"]);
}
