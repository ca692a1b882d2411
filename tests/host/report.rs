//! The page and the pictures that a run leaves.

use std::collections::BTreeMap;
use std::fs;

use cutmix_core::{Layout, Shape};
use host::data::{DataInfo, Normalization};
use host::report::{Line, Report, Tile, confusion_matrix, curves, drawn, tiles};
use host::results::{Confusion, Difference, EpochScores, Score, Summary, Variant, VariantResult, VariantSummary};
use host::settings::{Fit, Recipe};
use roxmltree::{Document, Node, ParsingOptions};
use tempfile::tempdir;

use crate::program::{SHORT, host};

/// Parses as XML, which forgives nothing: a text that is not escaped ends it.
fn parse(html: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(html, options).unwrap_or_else(|error| panic!("{error}"))
}

fn named<'a>(page: &'a Document, tag: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    page.descendants().filter(move |node| node.has_tag_name(tag))
}

fn text(node: Node) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// The cells of each row below a heading.
fn rows(page: &Document) -> Vec<Vec<String>> {
    let cells =
        |row: Node| row.children().filter(|cell| ["th", "td"].contains(&cell.tag_name().name())).map(text).collect();
    named(page, "tbody").flat_map(|body| body.children()).filter(|row| row.has_tag_name("tr")).map(cells).collect()
}

fn cells(page: &Document) -> Vec<String> {
    named(page, "td").chain(named(page, "th")).map(text).collect()
}

#[test]
fn a_run_leaves_a_page_that_needs_nothing_else() {
    let folder = tempdir().unwrap();
    let run = [&SHORT[..], &["--repeat", "2", "--out", "run"]].concat();
    let output = host(&run, folder.path());
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("report.html"), "it is not said where");
    let run = folder.path().join("run");
    let html = fs::read_to_string(run.join("report.html")).unwrap();
    let page = parse(&html);

    // The pictures that are files too hold the same bytes there.
    let pictures: Vec<Vec<u8>> = named(&page, "img")
        .map(|image| decoded(image.attribute("src").unwrap().strip_prefix("data:image/png;base64,").unwrap()))
        .collect();
    for name in ["curves.png", "calibration.png", "preview.png", "seed-42/baseline/confusion.png"] {
        let file = fs::read(run.join(name)).unwrap();
        // The page's matrices are of all seeds, the files' of one.
        assert_eq!(pictures.contains(&file), !name.contains("seed"), "{name}");
    }
    for image in named(&page, "img") {
        assert!(image.attribute("alt").is_some_and(|alt| !alt.is_empty()));
    }
    assert_eq!(named(&page, "script").count() + named(&page, "link").count(), 0);
    assert!(!html.contains("http"), "it asks for something from elsewhere");

    // A value counts in the row that has its name.
    let rows = rows(&page);
    let row = |name: &str| {
        let found: Vec<_> = rows.iter().filter(|row| row[0] == name).collect();
        assert_eq!(found.len(), 1, "rows of {name}: {found:?}");
        &found[0][1..]
    };
    let summary: serde_json::Value = serde_json::from_slice(&fs::read(run.join("summary.json")).unwrap()).unwrap();
    for (at, (arm, title)) in [("baseline", "without CutMix"), ("cutmix", "with CutMix")].into_iter().enumerate() {
        let reached = &summary["arms"][arm];
        let number = |key: &str| reached[key].as_f64().unwrap();
        let percent = |key: &str| 100.0 * number(key);
        let accuracy = format!("{:.2} ± {:.2} %", percent("test_accuracy"), percent("test_accuracy_deviation"));
        let share = |key: &str| format!("{:.1} %", percent(key));
        let loss = format!("{:.3}", number("test_loss"));
        assert_eq!(row(title)[..4], [accuracy, share("covered_accuracy"), loss, share("calibration_error")], "{arm}");
        for (seed, accuracy) in [42, 43].into_iter().zip(reached["test_accuracies"].as_array().unwrap()) {
            let accuracy = format!("{:.1} %", 100.0 * accuracy.as_f64().unwrap());
            assert_eq!(row(&seed.to_string())[at], accuracy, "{arm}, seed {seed}");
        }
    }
    let settings: toml::Table = fs::read_to_string(run.join("config.toml")).unwrap().parse().unwrap();
    for (name, value) in settings {
        assert_eq!(row(&name), [value.to_string()], "{name}");
    }
    assert!(named(&page, "p").any(|paragraph| text(paragraph).contains("points of test accuracy")));

    for seed in [42, 43] {
        for arm in ["baseline", "cutmix"] {
            let png = fs::read(run.join(format!("seed-{seed}/{arm}/confusion.png"))).unwrap();
            assert!(png.starts_with(b"\x89PNG"));
        }
    }
}

/// By the definition, six bits a letter; the page's own way is a crate's.
fn decoded(base64: &str) -> Vec<u8> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for letter in base64.trim_end_matches('=').chars() {
        bits = (bits << 6 | alphabet.find(letter).unwrap() as u32) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}

fn result(confusion: &[Vec<u32>]) -> VariantResult {
    let test = Score { loss: 1.0, accuracy: 0.5 };
    let confusion = Confusion::from_rows(confusion);
    VariantResult {
        epochs: None,
        best_epoch: None,
        test,
        covered: None,
        calibration: None,
        confusion,
        seconds: 1.0,
        images_per_second: 2.0,
        last_epochs: None,
    }
}

/// A class is called what its folder is called, and a folder may be called anything.
#[test]
fn no_text_can_become_markup() {
    let hostile =
        ["<script>alert(1)</script>", "\"><img src=x onerror='alert(1)'>", "{{ 7 * 7 }}{% if %}", "a & b &lt; c"];
    let classes = hostile.map(str::to_owned).to_vec();
    let matrix = vec![vec![1, 2, 0, 0], vec![0, 1, 2, 0], vec![0, 0, 1, 2], vec![2, 0, 0, 1]];
    let mut settings = Recipe::Embedded.settings();
    settings.data.path = Some("/data/<b>\"bold\"</b> & more".into());
    let info = DataInfo {
        classes: classes.clone(),
        size: [32, 32],
        fit: Fit::Crop,
        normalization: Normalization::none(3),
        train_images: 4,
        validation_images: 0,
        test_images: 12,
        mixed_images: 0,
        left_out: 0,
        seen_test_images: 0,
        seen_validation_images: 0,
        train_crc32: 0,
        train_labels_crc32: None,
        scored_crc32: None,
    };
    let variant = VariantSummary {
        test_accuracy: 0.5,
        test_accuracy_deviation: None,
        test_loss: 1.0,
        covered_accuracy: Some(0.5),
        calibration_error: None,
        last_epochs_accuracy: None,
        seconds: 1.0,
        images_per_second: 2.0,
        test_accuracies: vec![0.5],
    };
    let summary = Summary {
        device: "cpu <i>fast</i>".to_owned(),
        seeds: vec![42],
        train_images: 4,
        validation_images: 0,
        test_images: 12,
        epochs: 1,
        variants: BTreeMap::from([("baseline".to_owned(), variant.clone()), ("cutmix".to_owned(), variant)]),
        difference: Some(Difference::between(&[0.5], &[0.5])),
        other_differences: BTreeMap::new(),
    };
    let results =
        BTreeMap::from([(Variant::Baseline, vec![result(&matrix)]), (Variant::Cutmix, vec![result(&matrix)])]);
    let report = Report {
        settings: &settings,
        info: &info,
        summary: &summary,
        results: &results,
        curves: Some(b"curves"),
        calibration: Some(b"calibration"),
        preview: Some(b"preview"),
        contrasts: &[],
    };
    let html = report.html().unwrap();
    let page = parse(&html);
    for tag in ["script", "b", "i"] {
        assert_eq!(named(&page, tag).count(), 0, "{tag}");
    }
    assert_eq!(named(&page, "img").count(), 5);
    let cells = cells(&page);
    for class in hostile {
        assert_eq!(cells.iter().filter(|cell| **cell == class).count(), 2, "{class} once an arm");
    }
    assert!(text(page.root_element()).contains("/data/<b>\"bold\"</b> & more"));
    assert!(text(page.root_element()).contains("cpu <i>fast</i>"));
}

/// From two classes to a hundred, with names of any length and letters that no font has.
#[test]
fn confusion_matrices_of_any_size_can_be_drawn() {
    for classes in [2, 10, 37, 100] {
        let names: Vec<String> = (0..classes).map(|class| format!("class {class}")).collect();
        let matrix = Confusion::from_rows(&vec![vec![1234; classes]; classes]);
        let png = confusion_matrix(Variant::Cutmix, &names, &matrix).unwrap();
        let image = image::load_from_memory(&png).unwrap();
        let (least, most) = (200.max(14 * classes as u32), 2000);
        assert!((least..most).contains(&image.height()) && (least..most).contains(&image.width()), "{classes}");
    }
    let names = ["", "很长的名字", &"a very long name ".repeat(30)].map(str::to_owned);
    let matrix = Confusion::from_rows(&[vec![0, 0, 0], vec![u32::MAX, 0, 0], vec![0, 1, 0]]);
    confusion_matrix(Variant::Baseline, &names, &matrix).unwrap();
}

/// Of 3,000 classes the picture shows 40, and among them the two that are taken for each other, wherever they stand.
#[test]
fn of_thousands_of_classes_the_most_confused_are_shown() {
    let classes = 3000;
    let names: Vec<String> = (0..classes).map(|class| format!("class {class}")).collect();
    let right: Vec<u16> = (0..classes as u16).flat_map(|class| [class; 10]).collect();
    let draw = |confused: [u16; 2]| {
        let mut predicted = right.clone();
        for (label, guess) in right.iter().zip(&mut predicted) {
            if let Some(at) = confused.iter().position(|class| class == label) {
                *guess = confused[1 - at];
            }
        }
        let matrix = Confusion::count(right.iter().copied(), &predicted, classes);
        image::load_from_memory(&confusion_matrix(Variant::Cutmix, &names, &matrix).unwrap()).unwrap().into_rgb8()
    };
    let (first, last) = (draw([0, 1]), draw([2998, 2999]));
    // Cells of 18 pixels, names and title: no picture of 3,000 rows.
    assert!(first.height() < 1200 && first.width() < 1200, "{}×{}", first.width(), first.height());
    // Where the one full cell of each row begins.
    let columns = |image: &image::RgbImage| {
        let full =
            |y: u32| (0..image.width()).filter(|&x| image.get_pixel(x, y).0 == [0, 114, 178]).collect::<Vec<_>>();
        let mut columns: Vec<u32> =
            (0..image.height()).map(full).filter(|full| full.len() >= 2).map(|full| full[0]).collect();
        columns.dedup();
        columns
    };
    for (image, swapped) in [(first, 0), (last, 38)] {
        let mut columns = columns(&image);
        assert_eq!(columns.len(), 40);
        columns.swap(swapped, swapped + 1);
        assert!(columns.is_sorted(), "{columns:?}: the two that are confused are not shown");
    }
}

/// A picture is not worth a run: what goes wrong while it is drawn leaves a warning and no picture.
#[test]
fn a_picture_that_cannot_be_drawn_is_left_out() {
    assert_eq!(drawn("a test's picture", || Ok(7)), Some(7));
    assert_eq!(drawn::<u8>("a test's picture", || anyhow::bail!("no room")), None);
    assert_eq!(drawn::<u8>("a test's picture", || panic!("a library breaks down")), None);
    // A picture of more than 30 million pixels is refused before memory is asked for.
    let tile = |caption| Tile { image: vec![0; 3], shape: Shape::new(1, 1, 3, Layout::Hwc).unwrap(), caption };
    let lines = vec![Line::new(String::new()); 6000];
    let error = tiles(1, &[tile(lines)]).unwrap_err().to_string();
    assert!(error.contains("too large"), "{error}");
}

/// Up to a hundred classes as ever, row by row; more of them without their zeros. Both are read, whatever the number.
#[test]
fn a_confusion_matrix_is_written_without_zeros_when_there_are_many_classes() {
    let small = Confusion::from_rows(&[vec![5, 1], vec![0, 6]]);
    assert_eq!(serde_json::to_string(&small).unwrap(), "[[5,1],[0,6]]");
    let large = Confusion::count([3, 3, 3, 900].into_iter(), &[3, 17, 3, 900], 1000);
    let text = r#"{"classes":1000,"counts":{"3":{"3":2,"17":1},"900":{"900":1}}}"#;
    assert_eq!(serde_json::to_string(&large).unwrap(), text);
    assert_eq!(serde_json::from_str::<Confusion>(text).unwrap(), large);
    for classes in [2, 100, 101, 300] {
        let rows: Vec<Vec<u32>> =
            (0..classes).map(|row| (0..classes).map(|column| u32::from((row * column) % 7 == 3)).collect()).collect();
        let matrix = Confusion::from_rows(&rows);
        let dense = serde_json::to_string(&rows).unwrap();
        assert_eq!(serde_json::from_str::<Confusion>(&dense).unwrap(), matrix, "{classes}, as it was written before");
        let text = serde_json::to_string(&matrix).unwrap();
        assert_eq!(text == dense, classes <= 100);
        assert_eq!(serde_json::from_str::<Confusion>(&text).unwrap(), matrix, "{classes}");
    }
    for damaged in [
        "[[1,2],[3]]",
        r#"{"classes":2,"counts":{"0":{"2":1}}}"#,
        r#"{"classes":2}"#,
        "7",
        r#"{"classes":70000,"counts":{}}"#,
    ] {
        assert!(serde_json::from_str::<Confusion>(damaged).is_err(), "{damaged}");
    }
}

/// The program with more classes than a picture has pixels for: every training is done, and what it leaves is small.
#[test]
fn thousands_of_classes_end_well() {
    let folder = tempdir().unwrap();
    let classes = 2400;
    for class in 0..classes {
        for (number, part) in ["train", "test"].into_iter().enumerate() {
            let dir = folder.path().join(format!("data/{part}/class-{class:05}"));
            fs::create_dir_all(&dir).unwrap();
            let value = |x: u32, y: u32| {
                image::Rgb([class, x * 9 + number as u32, x * y * 5 + class / 256].map(|value| value as u8))
            };
            image::RgbImage::from_fn(8, 8, value).save(dir.join("0.png")).unwrap();
        }
    }
    let line = "compare --data data --size 8 --depth 8 --epochs 1 --batch-size 240 --device cpu --out run";
    let output = host(&line.split(' ').collect::<Vec<_>>(), folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let run = folder.path().join("run");
    for (file, most) in [
        ("seed-42/baseline/result.json", 200_000),
        ("seed-42/cutmix/result.json", 200_000),
        ("seed-42/cutmix/confusion.png", 300_000),
        ("report.html", 2_000_000),
    ] {
        let bytes = fs::metadata(run.join(file)).unwrap().len();
        assert!(bytes < most, "{file} has {bytes} bytes");
    }
    let html = fs::read_to_string(run.join("report.html")).unwrap();
    let page = parse(&html);
    assert!(text(page.root_element()).contains("And 1400 classes more"));
}

/// Captions of two tiles side by side, one far too long: the margin between them stays white.
#[test]
fn captions_never_run_into_each_other() {
    let shape = Shape::new(1, 1, 3, Layout::Hwc).unwrap();
    let draw = |lines: Vec<Line>| {
        let tile = || Tile { image: vec![0; 3], shape, caption: lines.clone() };
        image::load_from_memory(&tiles(2, &[tile(), tile()]).unwrap()).unwrap().into_rgb8()
    };
    let long = "W".repeat(200);
    let image = draw(vec![Line::new(long.clone()), Line { text: long, ending: " 0.25".to_owned() }]);
    // 12 pixels of margin, 224 of a tile, 12, 224, 12.
    assert_eq!(image.width(), 484);
    let ink = |columns: std::ops::Range<u32>, image: &image::RgbImage| {
        columns.filter(|&x| (0..image.height()).any(|y| image.get_pixel(x, y).0 != [255; 3])).count()
    };
    assert_eq!(ink(237..248, &image) + ink(473..484, &image), 0);
    // What fits is drawn as it is.
    assert_eq!(
        draw(vec![Line::new("dog 0.75".to_owned())]),
        draw(vec![Line { text: "dog".to_owned(), ending: " 0.75".to_owned() }])
    );
}

/// The diagonal of a network that is always right is the arm's full color; where nothing is, it is light.
#[test]
fn shading_is_by_the_share_of_the_row() {
    let names = ["a", "b"].map(str::to_owned);
    let pixels = |matrix: &[Vec<u32>]| {
        let png = confusion_matrix(Variant::Cutmix, &names, &Confusion::from_rows(matrix)).unwrap();
        image::load_from_memory(&png).unwrap().into_rgb8()
    };
    let count = |image: &image::RgbImage, color: [u8; 3]| image.pixels().filter(|pixel| pixel.0 == color).count();
    let full = [0, 114, 178];
    let (right, half) = (pixels(&[vec![9, 0], vec![0, 2]]), pixels(&[vec![9, 0], vec![1, 1]]));
    assert!(count(&right, full) > 2 * 60 * 60, "two full cells");
    assert!((60 * 60..2 * 60 * 60).contains(&count(&half, full)), "one full cell");
}

/// The thick line of two seeds runs through the middle of their values.
#[test]
fn curves_of_several_seeds_show_their_mean() {
    let run = |accuracy: f32| -> Vec<EpochScores> {
        let line = |epoch| {
            // The training score fixes the scale.
            let (train, test) = (Score { loss: 1.0, accuracy: 1.0 }, Score { loss: 1.0, accuracy });
            EpochScores { variant: Variant::Cutmix, epoch, train, validation: None, test: Some(test) }
        };
        (1..=3).map(line).collect()
    };
    // The rows of the left half in which the arm's color is longer than in the legend, below the training score.
    let rows = |accuracies: &[f32]| -> Vec<u32> {
        let runs: Vec<Vec<EpochScores>> = accuracies.iter().map(|&accuracy| run(accuracy)).collect();
        let runs: Vec<(Variant, Vec<EpochScores>)> = runs.into_iter().map(|run| (Variant::Cutmix, run)).collect();
        let image = image::load_from_memory(&curves(&runs).unwrap()).unwrap().into_rgb8();
        let blue = |y: u32| (0..640).filter(|&x| image.get_pixel(x, y).0 == [0, 114, 178]).count();
        (110..image.height()).filter(|&y| blue(y) > 200).collect()
    };
    let middle = rows(&[0.6]);
    assert!(!middle.is_empty());
    assert_eq!(rows(&[0.4, 0.8]), middle);
    assert_ne!(rows(&[0.4, 0.7]), middle);
}

/// Of several seeds there is one entry an arm: so the legend of many seeds is as large as that of one.
#[test]
fn more_seeds_make_no_larger_legend() {
    let line = |accuracy: f32| {
        let score = Score { loss: 1.0, accuracy };
        EpochScores { variant: Variant::Cutmix, epoch: 1, train: score, validation: None, test: Some(score) }
    };
    let runs = [(); 3].map(|()| (Variant::Cutmix, vec![line(0.5)]));
    let height = |runs: &[(Variant, Vec<EpochScores>)]| {
        let image = image::load_from_memory(&curves(runs).unwrap()).unwrap().into_rgb8();
        // Legend lines are 22 pixels of the arm's color in a row.
        let blue = |x, y| image.get_pixel(x, y).0 == [0, 114, 178];
        (0..image.height()).filter(|&y| (0..image.width() - 22).any(|x| (0..22).all(|step| blue(x + step, y)))).count()
    };
    assert_eq!(height(&runs), height(&runs[..1]));
}
