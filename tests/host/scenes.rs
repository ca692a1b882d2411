//! Images with masks or objects: pairs that do not go together are named, and nothing is written. What is written, and how it is counted,
//! `tests/targets/check.py` holds to a count of pixels in Python.

use std::fs;
use std::path::Path;

use cutmix_core::Patch;
use host::data::scenes::{Coco, Mask, Object, yolo};
use image::{GrayImage, Luma, Rgb, RgbImage};
use tempfile::{TempDir, tempdir};

use crate::device::{fails, succeeds};
use crate::image_file::turned;
use crate::program::{files, host};

const AUGMENT: [&str; 9] = ["augment", "in", "out", "--copies", "2", "--alpha", "1", "--size", "16x12"];

/// Three images of 20×15 pixels in `in/images`.
fn images() -> TempDir {
    let folder = tempdir().unwrap();
    fs::create_dir_all(folder.path().join("in/images")).unwrap();
    for number in 0..3 {
        let image = RgbImage::from_fn(20, 15, |x, y| Rgb([(x * 9) as u8, (y * 13) as u8, number * 90]));
        image.save(folder.path().join(format!("in/images/{number}.png"))).unwrap();
    }
    folder
}

fn with_masks() -> TempDir {
    let folder = images();
    fs::create_dir(folder.path().join("in/masks")).unwrap();
    for number in 0..3 {
        mask(folder.path(), &number.to_string(), 20, 15, number);
    }
    folder
}

fn mask(folder: &Path, name: &str, width: u32, height: u32, class: u8) {
    GrayImage::from_pixel(width, height, Luma([class])).save(folder.join(format!("in/masks/{name}.png"))).unwrap();
}

fn with_yolo() -> TempDir {
    let folder = images();
    fs::create_dir(folder.path().join("in/labels")).unwrap();
    fs::write(folder.path().join("in/classes.txt"), "cat\ndog\n").unwrap();
    for number in 0..2 {
        fs::write(folder.path().join(format!("in/labels/{number}.txt")), "0 0.5 0.5 0.4 0.4\n\n1 0.2 0.3 0.1 0.2\n")
            .unwrap();
    }
    folder
}

fn with_coco(change: impl Fn(&mut serde_json::Value)) -> TempDir {
    let folder = images();
    let image = |id: u64| serde_json::json!({"id": id, "file_name": format!("{id}.png"), "width": 20, "height": 15});
    let mut file = serde_json::json!({
        "images": [image(0), image(1), image(2)],
        "annotations": [{"id": 1, "image_id": 0, "category_id": 4, "bbox": [2, 3, 10.5, 8], "iscrowd": 1, "segmentation": [[2, 3, 4, 5, 6, 7]]}],
        "categories": [{"id": 4, "name": "cat", "supercategory": "animal"}],
        "info": {"year": 2026},
    });
    change(&mut file);
    fs::write(folder.path().join("in/annotations.json"), file.to_string()).unwrap();
    folder
}

#[track_caller]
fn refused(folder: &TempDir, arguments: &[&str], words: &[&str]) {
    let output = host(&[&AUGMENT[..], arguments].concat(), folder.path());
    fails(&output, words);
    assert!(!folder.path().join("out").exists(), "something was written");
}

/// Leaves the file at `path` without its last 20 bytes; returns it whole.
fn cut_off(path: &Path) -> Vec<u8> {
    let whole = fs::read(path).unwrap();
    fs::write(path, &whole[..whole.len() - 20]).unwrap();
    whole
}

#[test]
fn pairs_that_do_not_go_together_are_named() {
    let folder = with_masks();
    fs::remove_file(folder.path().join("in/masks/1.png")).unwrap();
    refused(&folder, &[], &["in/images/1.png has no mask in/masks/1.png; add it"]);
    mask(folder.path(), "1", 20, 16, 1);
    refused(&folder, &[], &["the mask in/masks/1.png: it has 20×16 pixels, and its image 20×15"]);
    fs::write(folder.path().join("in/masks/1.png"), "no mask").unwrap();
    refused(&folder, &[], &["the mask in/masks/1.png: it is no PNG file, and masks are"]);
    mask(folder.path(), "1", 20, 15, 1);
    let whole = cut_off(&folder.path().join("in/masks/1.png"));
    refused(&folder, &[], &["the mask in/masks/1.png: it is not a whole PNG file; replace it"]);
    fs::write(folder.path().join("in/masks/1.png"), whole).unwrap();
    let whole = cut_off(&folder.path().join("in/images/1.png"));
    refused(&folder, &[], &["in/images/1.png is not a whole image; replace it"]);
    fs::write(folder.path().join("in/images/1.png"), whole).unwrap();
    RgbImage::new(20, 15).save(folder.path().join("in/masks/1.png")).unwrap();
    refused(&folder, &[], &["the mask of in/images/1.png is of another kind than that of in/images/0.png"]);
    mask(folder.path(), "1", 20, 15, 1);
    mask(folder.path(), "7", 20, 15, 1);
    refused(&folder, &[], &["in/masks/7.png belongs to no image in images/"]);
    fs::remove_file(folder.path().join("in/masks/7.png")).unwrap();
    refused(&folder, &["--skip-bad"], &["--skip-bad leaves out images of classes"]);
    refused(&folder, &["--visible", "1.5"], &["--visible 1.5 is no share"]);
    // Upside down, it has the size of its mask, and is another image.
    let image = fs::read(folder.path().join("in/images/1.png")).unwrap();
    fs::write(folder.path().join("in/images/1.png"), turned(RgbImage::new(20, 15), 3)).unwrap();
    refused(
        &folder,
        &[],
        &["in/images/1.png is turned by its EXIF data, and whether its mask and objects are cannot be told"],
    );
    fs::write(folder.path().join("in/images/1.png"), image).unwrap();
    fs::copy(folder.path().join("in/images/0.png"), folder.path().join("in/images/0.jpg")).unwrap();
    refused(&folder, &[], &["in/images/0.jpg and in/images/0.png have one name"]);
    fs::remove_file(folder.path().join("in/images/0.jpg")).unwrap();
    fs::write(folder.path().join("in/images/notes.txt"), "notes").unwrap();
    refused(&folder, &[], &["in/images/notes.txt is no image"]);
    fs::remove_file(folder.path().join("in/images/notes.txt")).unwrap();
    succeeds(&AUGMENT, folder.path());
    let written: Vec<String> = files(&folder.path().join("out")).into_keys().collect();
    assert_eq!(written.len(), 1 + 2 * 6, "{written:?}");
    // Where all of an image is one class, the mask's share of the partner's is that of the box.
    let table = fs::read_to_string(folder.path().join("out/labels.csv")).unwrap();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let mask =
            image::open(folder.path().join("out").join(cells[0].replace("images", "masks"))).unwrap().into_luma8();
        let of = |class: &str| mask.pixels().filter(|pixel| pixel.0[0].to_string() == class).count();
        assert_eq!((of(cells[1]).to_string().as_str(), of(cells[2])), (cells[4], 192 - of(cells[1])), "{line}");
    }
    assert!(table.starts_with("file,source,partner,lambda,kept,total,x0,y0,x1,y1\n"), "{table}");

    let colors = images();
    fs::create_dir(colors.path().join("in/masks")).unwrap();
    for number in 0..3 {
        RgbImage::new(20, 15).save(colors.path().join(format!("in/masks/{number}.png"))).unwrap();
    }
    let output = host(&["augment", "in", "out", "--copies", "1", "--fit", "pad", "--size", "16"], colors.path());
    fails(&output, &["the mask in/masks/0.png: --fit pad: what is black around an image"]);
    assert!(!colors.path().join("out").exists());
    succeeds(&AUGMENT, colors.path());
}

#[test]
fn text_files_that_are_wrong_are_named() {
    let folder = with_yolo();
    let label = |text: &str| fs::write(folder.path().join("in/labels/1.txt"), text).unwrap();
    for (text, words) in [
        ("0 0.5 0.5 0.4", "line 1: there are 4 numbers, and a box has five"),
        ("0 0.5 0.5 0.4 0.4\n1 0.1 0.1 0.2 0.2 0.3 0.3 0.1", "line 2: there are 8 numbers"),
        ("2 0.5 0.5 0.4 0.4", "line 1: there is no class 2 in classes.txt, which has 2, counted from 0"),
        ("-1 0.5 0.5 0.4 0.4", "line 1: \"-1\" is no number of a class"),
        ("0 0.5 wide 0.4 0.4", "line 1: \"wide\" is no number"),
        ("0 0.5 1.5 0.4 0.4", "line 1: 1.5 is no share of an image"),
        ("0 0.5 NaN 0.4 0.4", "line 1: NaN is no share of an image"),
    ] {
        label(text);
        refused(&folder, &[], &["in/labels/1.txt: ", words]);
    }
    label("0 0.5 0.5 0.4 0.4\n");
    fs::write(folder.path().join("in/labels/9.txt"), "").unwrap();
    refused(&folder, &[], &["in/labels/9.txt belongs to no image in images/"]);
    fs::remove_file(folder.path().join("in/labels/9.txt")).unwrap();
    fs::write(folder.path().join("in/annotations.json"), "{}").unwrap();
    refused(&folder, &[], &["in has both labels/ and annotations.json"]);
    fs::remove_file(folder.path().join("in/annotations.json")).unwrap();
    let (text, message) = succeeds(&[&AUGMENT[..], &["--probability", "0"]].concat(), folder.path());
    assert_eq!(message, "Images without a file in labels/, taken as without objects: 1\n");
    assert!(
        text.ends_with("Of their objects 6 are there, and 0 are not, since less than 0.5 of each can be seen.\n"),
        "{text}"
    );
    assert_eq!(fs::read_to_string(folder.path().join("out/classes.txt")).unwrap(), "cat\ndog\n");
    assert_eq!(fs::read_to_string(folder.path().join("out/labels/2-1.txt")).unwrap(), "");
    // Drawn, an object has an outline in the color of its class.
    succeeds(
        &[
            "preview",
            "--data",
            "in",
            "--size",
            "40x30",
            "--out",
            "p.png",
            "--recipe",
            "keras-example",
            "--set",
            "probability=0",
        ],
        folder.path(),
    );
    let picture = image::open(folder.path().join("p.png")).unwrap().into_rgb8();
    let count = |color: [u8; 3]| picture.pixels().filter(|pixel| pixel.0 == color).count();
    assert!(count([230, 159, 0]) > 100 && count([86, 180, 233]) > 100 && count([0, 158, 115]) == 0);
    // The middle of a box in the middle stays there.
    assert_eq!(
        fs::read_to_string(folder.path().join("out/labels/1-0.txt")).unwrap(),
        "0 0.50000000 0.50000000 0.40000000 0.40000000\n"
    );
}

#[test]
fn a_json_file_that_is_wrong_is_named() {
    let file = |change: fn(&mut serde_json::Value)| with_coco(change);
    refused(
        &file(|file| file["annotations"][0]["image_id"] = 9.into()),
        &[],
        &["in/annotations.json: annotation 1 is of image 9, which is not there"],
    );
    refused(
        &file(|file| file["annotations"][0]["category_id"] = 9.into()),
        &[],
        &["annotation 1 is of category 9, which is not there"],
    );
    refused(
        &file(|file| file["annotations"][0]["bbox"][2] = (-1).into()),
        &[],
        &["the bbox of annotation 1, [2, 3, -1, 8], is no box"],
    );
    refused(
        &file(|file| file["images"][1]["width"] = 21.into()),
        &[],
        &["in/images/1.png has 20×15 pixels, and 21×15 in annotations.json"],
    );
    refused(
        &file(|file| file["images"][1]["file_name"] = "9.png".into()),
        &[],
        &["in/annotations.json names the image \"9.png\", which is not in images/"],
    );
    refused(&file(|file| file["images"][1]["id"] = 0.into()), &[], &["two images have the id 0"]);
    refused(&file(|file| file["images"][1]["file_name"] = "0.png".into()), &[], &["two images are called 0.png"]);
    refused(
        &file(|file| {
            file["images"].as_array_mut().unwrap().pop();
        }),
        &[],
        &["in/images/2.png is not in annotations.json"],
    );
    refused(&file(|file| *file = serde_json::json!([])), &[], &["in/annotations.json: "]);

    let whole = file(|_| {});
    let (_, message) = succeeds(&[&AUGMENT[..], &["--probability", "0"]].concat(), whole.path());
    assert_eq!(message, "Objects whose outlines are left out, since boxes alone are mixed: 1\n");
    let text = fs::read_to_string(whole.path().join("out/annotations.json")).unwrap();
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(written["categories"], serde_json::json!([{"id": 4, "name": "cat", "supercategory": "animal"}]));
    assert_eq!(written["images"][5], serde_json::json!({"id": 6, "file_name": "2-1.png", "width": 16, "height": 12}));
    let annotation = &written["annotations"][1];
    assert_eq!(
        (annotation["id"].as_u64(), annotation["image_id"].as_u64(), annotation["iscrowd"].as_u64()),
        (Some(2), Some(4), Some(1))
    );
    for (have, want) in annotation["bbox"].as_array().unwrap().iter().zip([1.6, 2.4, 8.4, 6.4]) {
        assert!((have.as_f64().unwrap() - want).abs() < 1e-9, "{annotation}");
    }
    assert!(Coco::read(&text).is_ok(), "it cannot be read again");
}

/// On whole pixels it is what the core says of the same boxes.
#[test]
fn objects_are_cut_as_the_core_cuts_them() {
    let shape = cutmix_core::Shape::new(6, 5, 1, cutmix_core::Layout::Hwc).unwrap();
    let spans = |side: u16| (0..=side).flat_map(move |from| (from..=side).map(move |to| (from, to)));
    let boxes: Vec<Patch> = spans(6)
        .flat_map(|x| spans(5).map(move |y| (x, y)))
        .map(|(x, y)| Patch::new(x.0, y.0, x.1, y.1).unwrap())
        .collect();
    let edges = |patch: Patch| [patch.x0(), patch.y0(), patch.x1(), patch.y1()].map(f64::from);
    for &patch in &boxes {
        let plan = cutmix_core::Plan::new(1, patch, shape).unwrap();
        for &of in &boxes {
            let object = Object { class: 0, crowd: false, edges: edges(of) };
            let frame = [0.0, 0.0, 6.0, 5.0];
            for (have, want) in
                [(object.left_of(frame, patch), plan.left_of(of)), (object.pasted_of(frame, patch), plan.pasted_of(of))]
            {
                let exact = if want.total() == 0 { 0.0 } else { f64::from(want.kept()) / f64::from(want.total()) };
                assert!((have.share - exact).abs() < 1e-12, "{of} by {patch}: {have:?}, {want:?}");
                assert!(
                    want.kept() == 0 || have.edges.map(f64::to_bits) == edges(want.patch()).map(f64::to_bits),
                    "{of} by {patch}: {have:?}, {want:?}"
                );
            }
        }
    }
}

/// Numbers of fewer than 8 bits are numbers, not shades of gray; written by the crate `png`, which reads them back.
#[test]
fn masks_of_few_bits_keep_their_numbers() {
    for (depth, bits) in [(png::BitDepth::One, 1), (png::BitDepth::Two, 2), (png::BitDepth::Four, 4)] {
        let (width, height) = (7_usize, 3_usize);
        let numbers: Vec<u8> = (0..width * height).map(|at| (at * 5 % (1 << bits)) as u8).collect();
        let mut packed = Vec::new();
        for row in numbers.chunks(width) {
            let mut line = vec![0_u8; (width * bits).div_ceil(8)];
            for (at, number) in row.iter().enumerate() {
                line[at * bits / 8] |= number << (8 - bits - at * bits % 8);
            }
            packed.extend(line);
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(depth);
        encoder.set_palette((0..3 * (1 << bits)).map(|at| at as u8 * 5).collect::<Vec<u8>>());
        encoder.write_header().unwrap().write_image_data(&packed).unwrap();
        let mask = Mask::decode(&file, [7, 3]).unwrap();
        let again = mask.encode().unwrap();
        assert_eq!(Mask::decode(&again, [7, 3]).unwrap(), mask);
        let mut reader = png::Decoder::new(std::io::Cursor::new(&again)).read_info().unwrap();
        assert_eq!(reader.info().color_type, png::ColorType::Indexed);
        let colors = reader.info().palette.clone().unwrap();
        assert_eq!((colors.len(), colors[4]), (3 << bits, 20));
        let mut values = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut values).unwrap();
        assert_eq!(values, numbers, "{bits} bits");
    }
    assert!(Mask::decode(b"", [7, 3]).is_err());
    assert_eq!(yolo::read("\n\n", [9, 9], None).unwrap(), []);
}

/// Folders called images and masks are no classes, which any network could tell apart.
#[test]
fn nothing_is_trained_on_masks_by_mistake() {
    let folder = with_masks();
    for more in [&[][..], &["--set", "test=0.3"]] {
        let arguments =
            [&["train", "--data", "in", "--no-cutmix", "--depth", "8", "--device", "cpu", "--out", "run"], more]
                .concat();
        fails(
            &host(&arguments, folder.path()),
            &["/in holds images with masks or objects, and the networks here are for classes", " augment`"],
        );
        assert!(!folder.path().join("run").exists());
    }
    let output = host(&["preview", "--data", "in", "--out", "p.png", "--set", "switch=0.5"], folder.path());
    fails(&output, &["switch is 0.5, and what belongs to an image is cut along a box"]);
}
