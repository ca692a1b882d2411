//! `labels.csv` as it comes back from a spreadsheet, and with lines that are not there.

use std::fs;
use std::path::{Path, PathBuf};

use cutmix_core::Stream;
use host::data::folder;
use image::{Rgb, RgbImage};
use tempfile::{TempDir, tempdir};

use crate::image_file::mutated;
use crate::program::host;

/// Copies that `augment` made of ten images, some of them mixed, and an image to test on.
fn copies() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    for number in 0..10_u8 {
        let dir = folder.path().join("src").join(["cat, \"tabby\"", "dog"][usize::from(number % 2)]);
        fs::create_dir_all(&dir).unwrap();
        RgbImage::from_pixel(16, 16, Rgb([number; 3])).save(dir.join(format!("{number}.png"))).unwrap();
    }
    let output =
        host(&["augment", "src", "data/train", "--copies", "3", "--size", "16", "--alpha", "1"], folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::create_dir_all(folder.path().join("data/test/dog")).unwrap();
    fs::copy(folder.path().join("src/dog/1.png"), folder.path().join("data/test/dog/1.png")).unwrap();
    let data = folder.path().join("data");
    (folder, data)
}

fn mixed(data: &Path) -> usize {
    folder::load(data, 16, false, 0.0).unwrap().0.train.mixed()
}

fn error(data: &Path) -> String {
    let message = format!("{:#}", folder::load(data, 16, false, 0.0).expect_err("it was loaded"));
    assert!(!message.contains('\n'), "more than a line: {message}");
    message
}

/// Commas, semicolons and tabs, with and without a byte order mark, in UTF-8 and UTF-16, lines that end as on Windows, backslashes: one table.
#[test]
fn a_table_that_a_spreadsheet_saved_is_the_same_table() {
    let (_folder, data) = copies();
    let path = data.join("train/labels.csv");
    let expected = folder::load(&data, 16, false, 0.0).unwrap().0.train;
    assert!(expected.mixed() > 10);
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let header = reader.headers().unwrap().clone();
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for (separator, end) in [(b',', "\r\n"), (b';', "\n"), (b';', "\r\n"), (b'\t', "\n")] {
        for backslashes in [false, true] {
            let mut table = csv::WriterBuilder::new()
                .delimiter(separator)
                .terminator(if end == "\n" { csv::Terminator::Any(b'\n') } else { csv::Terminator::CRLF })
                .from_writer(Vec::new());
            table.write_record(&header).unwrap();
            for line in &lines {
                let line =
                    line.iter().map(|field| if backslashes { field.replace('/', "\\") } else { field.to_owned() });
                table.write_record(line).unwrap();
            }
            let text = String::from_utf8(table.into_inner().unwrap()).unwrap();
            let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
                [mark].into_iter().chain(text.encode_utf16().map(bytes)).flatten().collect()
            };
            let encodings: [Vec<u8>; 4] = [
                text.clone().into_bytes(),
                [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
                utf16([0xFF, 0xFE], u16::to_le_bytes),
                utf16([0xFE, 0xFF], u16::to_be_bytes),
            ];
            for (number, bytes) in encodings.iter().enumerate() {
                fs::write(&path, bytes).unwrap();
                let split = folder::load(&data, 16, false, 0.0).unwrap().0;
                assert!(split.train == expected, "{:?}, {backslashes}, encoding {number}", separator as char);
            }
        }
    }
}

/// What would train a mixed image with a hard label is an error that names it, or with --skip-bad is left out and counted.
#[test]
fn a_line_without_its_image_and_an_image_without_its_line_are_named() {
    let (_folder, data) = copies();
    let path = data.join("train/labels.csv");
    let good = fs::read_to_string(&path).unwrap();
    let images = mixed(&data);
    assert!(images > 10);

    // Rows cut off.
    let lines: Vec<&str> = good.lines().collect();
    fs::write(&path, lines[..20].join("\n")).unwrap();
    let message = error(&data);
    assert!(
        message.contains("labels.csv has no line for ") && message.contains('-') && message.contains("(11 such"),
        "{message}"
    );
    let (split, skipped) = folder::load(&data, 16, true, 0.0).unwrap();
    assert_eq!((split.train.len(), skipped.len()), (19, 11));
    fs::write(&path, &good).unwrap();

    // An image renamed, and one converted.
    let file =
        data.join("train/dog").join(fs::read_dir(data.join("train/dog")).unwrap().next().unwrap().unwrap().file_name());
    for other in ["photo.png", "000001-0.bmp"] {
        let renamed = file.with_file_name(other);
        image::open(&file).unwrap().save(&renamed).unwrap();
        fs::rename(&file, data.join("kept")).unwrap();
        let message = error(&data);
        assert!(message.contains(&file.display().to_string()) && message.contains("which is not there"), "{message}");
        fs::remove_file(renamed).unwrap();
        fs::rename(data.join("kept"), &file).unwrap();
    }
    assert_eq!(mixed(&data), images);

    // An image of one's own beside them needs no line.
    RgbImage::from_pixel(16, 16, Rgb([200; 3])).save(data.join("train/dog/mine.png")).unwrap();
    assert_eq!(mixed(&data), images);

    // A table of ours that lost a column is not another program's.
    fs::write(&path, good.replacen("kept", "keptt", 1)).unwrap();
    let message = error(&data);
    assert!(message.contains("labels.csv is damaged") && message.contains("its header lacks kept"), "{message}");
}

/// A table that was damaged anywhere says so in a sentence, or is read; with `--skip-bad`, what cannot be trusted is left out and named. It never makes the
/// program panic, and an image whose line is gone is never trained on as if it were whole.
#[test]
fn a_damaged_table_is_a_sentence_or_a_table() {
    let (_folder, data) = copies();
    let path = data.join("train/labels.csv");
    let whole = fs::read(&path).unwrap();
    let mut rng = Stream::new(6, 0, 0);
    let (mut read, mut refused) = (0, 0);
    for number in 0..600 {
        fs::write(&path, mutated(&whole, &mut rng)).unwrap();
        for skip_bad in [false, true] {
            match folder::load(&data, 16, skip_bad, 0.0) {
                Ok((split, skipped)) => {
                    read += 1;
                    assert!(split.train.len() + skipped.len() >= 30 || skip_bad, "table {number}: {skipped:?}");
                    for line in skipped {
                        assert!(!line.contains(char::is_control), "table {number}: {line:?}");
                    }
                }
                Err(error) => {
                    let message = format!("{error:#}");
                    refused += 1;
                    assert!(!message.contains(char::is_control), "table {number}: {message:?}");
                    assert!(message.contains("labels.csv") || message.contains("train"), "table {number}: {message}");
                }
            }
        }
    }
    assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
}
