//! YOLO's annotations: a text file an image, a line an object: class, then center and size as shares of the image.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};

use super::object::Object;

/// Folder of the text files.
pub const YOLO: &str = "labels";

/// File of the classes' names, a line each; there need be none.
pub const CLASSES: &str = "classes.txt";

/// The objects in `text`, on an image of `width` × `height` pixels.
///
/// # Errors
///
/// If a line is none of an object, or its class is none of so many; the message says which line.
pub fn read(text: &str, [width, height]: [u32; 2], classes: Option<usize>) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        objects.push(object(line, [width, height], classes).with_context(|| format!("line {number}"))?);
    }
    Ok(objects)
}

fn object(line: &str, [width, height]: [u32; 2], classes: Option<usize>) -> Result<Object> {
    let words: Vec<&str> = line.split_whitespace().collect();
    ensure!(
        words.len() == 5,
        "there are {} numbers, and a box has five: class, center x, center y, width, height; outlines are not mixed here",
        words.len()
    );
    let class: u64 = words[0].parse().with_context(|| format!("{:?} is no number of a class", words[0]))?;
    if let Some(classes) = classes {
        ensure!(class < classes as u64, "there is no class {class} in {CLASSES}, which has {classes}, counted from 0");
    }
    let mut shares = [0.0_f64; 4];
    for (share, word) in shares.iter_mut().zip(&words[1..]) {
        *share = word.parse().with_context(|| format!("{word:?} is no number"))?;
        ensure!((0.0..=1.0).contains(share), "{word} is no share of an image; it must lie in 0 to 1");
    }
    let [x, y, wide, high] = shares;
    let (width, height) = (f64::from(width), f64::from(height));
    let edges =
        [(x - wide / 2.0) * width, (y - high / 2.0) * height, (x + wide / 2.0) * width, (y + high / 2.0) * height];
    Ok(Object { class, crowd: false, edges })
}

/// The text of these objects on an image of `width` × `height` pixels.
#[must_use]
pub fn write(objects: &[Object], [width, height]: [u16; 2]) -> String {
    let (width, height) = (f64::from(width), f64::from(height));
    let mut text = String::new();
    for Object { class, edges: [x0, y0, x1, y1], .. } in objects {
        let [x, y] = [(x0 + x1) / 2.0 / width, (y0 + y1) / 2.0 / height];
        let [wide, high] = [(x1 - x0) / width, (y1 - y0) / height];
        let _ = writeln!(text, "{class} {x:.8} {y:.8} {wide:.8} {high:.8}");
    }
    text
}
