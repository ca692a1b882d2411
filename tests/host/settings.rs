//! Settings: recipes, a file over them, flags over both; and what they turn into.

use std::fs;

use clap::ValueEnum as _;
use cutmix_core::BoxRule;
use host::settings::{Augmentation, DeviceChoice, Layers, Optimizer, Recipe, Settings, names};
use host::training::learning_rates;
use tempfile::tempdir;

use crate::program::{assert_fails, host};

#[test]
fn recipes_are_valid_and_name_every_setting_but_the_data() {
    for recipe in Recipe::value_variants() {
        recipe.settings().validate().unwrap();
        let table: toml::Table = recipe.text().parse().unwrap();
        let mut named: Vec<&str> =
            table.keys().map(String::as_str).chain(["data", "init", "train-limit", "test-limit"]).collect();
        named.sort_unstable();
        assert_eq!(named, names().unwrap(), "{recipe:?}");
    }
}

/// The settings that the example's page states: <https://keras.io/examples/vision/cutmix/>.
#[test]
fn the_keras_example_is_what_the_example_says() {
    let Settings { data, mixing, network, training, .. } = Recipe::KerasExample.settings();
    assert_eq!((network.depth, training.epochs, training.batch_size), (20, 15, 32));
    assert_eq!((mixing.alpha, mixing.probability), (0.25, 1.0));
    // Its `get_box`: "a side without pixels becomes one pixel long".
    assert_eq!(mixing.box_rule.0, BoxRule::AtLeastOnePixel);
    assert_eq!((training.optimizer.learning_rate, training.optimizer.l2, data.validation), (1e-3, 1e-4, 0.0));
    assert_eq!((mixing.augmentation, data.standardise), (Augmentation::default(), false));
}

fn over(settings: &[&str]) -> Result<Settings, String> {
    let mut layers = Layers::default();
    for setting in settings {
        layers.assign(setting).map_err(|error| format!("{error:#}"))?;
    }
    layers.over(Recipe::Strong).map_err(|error| format!("{error:#}"))
}

#[test]
fn a_later_setting_replaces_an_earlier_one() {
    let settings = over(&["epochs=3", "optimizer=adam", "flip = false", "epochs=4", "alpha=2"]).unwrap();
    let mut expected = Recipe::Strong.settings();
    (expected.training.epochs, expected.training.optimizer.optimizer) = (4, Optimizer::Adam);
    (expected.mixing.augmentation.flip, expected.mixing.alpha) = (false, 2.0);
    assert_eq!(settings, expected);
}

#[test]
fn what_is_wrong_with_a_setting_is_said() {
    for (setting, words) in [
        ("epocs=3", &["--set epocs=3", "\"epochs\""][..]),
        ("zzz=3", &["no setting \"zzz\"", "--print-config"]),
        ("epochs=many", &["--set epochs=many: epochs: ", "invalid type"]),
        ("epochs=-1", &["--set epochs=-1"]),
        ("optimizer=lion", &["lion", "adam", "sgd"]),
        ("epochs", &["KEY=VALUE"]),
        ("box-rule=round", &["--set box-rule=round", "\"round\" is not a box rule", "at-least-one-pixel"]),
    ] {
        let message = over(&[setting]).unwrap_err();
        for word in words {
            assert!(message.contains(word), "{setting}: no {word:?} in: {message}");
        }
    }
}

#[test]
fn impossible_values_are_refused() {
    for setting in [
        "alpha=0",
        "alpha=nan",
        "alpha=1e-60",
        "probability=1.5",
        "probability=nan",
        "depth=21",
        "repeat=0",
        "epochs=0",
        "batch-size=0",
        "checkpoint-steps=0",
        "train-limit=0",
        "validation=1.0",
        "validation=nan",
        "momentum=-0.1",
        "learning-rate=0",
        "learning-rate=2",
        "learning-rate=nan",
        "epsilon=0",
        "warm-up=16",
        "l2=-1",
        "norm-momentum=1.1",
        "box-rule=min-max:0.5,0.4",
        "size=4",
        "size=2000",
        "shift=32",
        "arms=[]",
    ] {
        let error = over(&[setting]).unwrap().validate().expect_err(setting).to_string();
        let name = setting.split('=').next().unwrap();
        assert!(error.contains(name), "{setting}: {error}");
    }
}

#[test]
fn flags_win_over_the_file_and_the_file_over_the_recipe() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("mine.toml"), "epochs = 7\nalpha = 0.5\n").unwrap();
    let print = |flags: &str| {
        let arguments: Vec<&str> = flags.split_whitespace().collect();
        let output = host(&arguments, folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Settings::from_text(&String::from_utf8(output.stdout).unwrap()).unwrap()
    };
    let printed = print("compare --config mine.toml --alpha 0.75 --print-config --recipe strong --device cpu");
    let mut wanted = Recipe::Strong.settings();
    (wanted.training.epochs, wanted.mixing.alpha, wanted.run.device) = (7, 0.75, DeviceChoice::Cpu);
    assert_eq!(printed, wanted);
    assert_eq!(print("compare --print-config"), Recipe::Embedded.settings());
    let with_data = print("train --print-config --data pictures");
    assert_eq!(with_data.data.path, Some(folder.path().canonicalize().unwrap().join("pictures")));
    assert_eq!((with_data.network.depth, with_data.run.variants.len()), (20, 1));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "printing wrote something");

    // What was printed can be read again.
    fs::write(folder.path().join("printed.toml"), with_data.to_text().unwrap()).unwrap();
    assert_eq!(print("train --config printed.toml --print-config"), with_data);

    let fails = |flags: &str, words: &[&str]| {
        assert_fails(&host(&flags.split_whitespace().collect::<Vec<_>>(), folder.path()), words);
    };
    fs::write(folder.path().join("wrong.toml"), "learning_rate = 1.0\n").unwrap();
    fails("compare --config wrong.toml", &["wrong.toml", "\"learning_rate\"", "\"learning-rate\""]);
    fs::write(folder.path().join("broken.toml"), "epochs = = 3\n").unwrap();
    fails("compare --config broken.toml", &["broken.toml is not TOML"]);
    fails("compare --config missing.toml", &["cannot read missing.toml"]);
}

/// Against the closed form: (t+1) ÷ (w+1) of the highest rate over w steps, then half a cosine over the rest.
#[test]
fn the_learning_rate_rises_in_a_line_and_falls_along_a_cosine() {
    let settings = over(&["epochs=4", "warm-up=0.5", "learning-rate=0.1"]).unwrap();
    let mut rates = learning_rates(&settings.training, 20).unwrap();
    for step in 0..80 {
        let expected = if step < 10 {
            0.1 * f64::from(step + 1) / 11.0
        } else {
            0.05 * (1.0 + (std::f64::consts::PI * f64::from(step - 10) / 70.0).cos())
        };
        let rate = rates.step().base();
        assert!((rate - expected).abs() < 1e-12, "step {step}: {rate} is not {expected}");
    }
    let settings = over(&["schedule=constant", "warm-up=0", "learning-rate=0.1"]).unwrap();
    let mut rates = learning_rates(&settings.training, 20).unwrap();
    assert!((0..300).all(|_| (rates.step().base() - 0.1).abs() < 1e-15));
    // A warm-up as long as the whole run leaves a step for the schedule, and no panic.
    assert!(learning_rates(&over(&["epochs=1", "warm-up=1"]).unwrap().training, 1).is_ok());
    // No step at all is an error, and no subtraction below zero.
    let error = learning_rates(&settings.training, 0).err().unwrap().to_string();
    assert!(error.contains("no image to train on"), "{error}");
}
