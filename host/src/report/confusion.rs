//! Which class was predicted for which, as a picture.

use std::cmp::Reverse;

use anyhow::Result;
use plotters::prelude::*;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{broken, color, png, text};
use crate::results::{Confusion, Variant};

/// Of more than [`Confusion::DENSE`] classes, so many are shown.
const SHOWN: usize = 40;

/// Side of a cell of the confusion matrix, in pixels: numbers fit in, unless there are very many classes.
const CELL: std::ops::RangeInclusive<usize> = 16..=64;

/// Side that the cells of the confusion matrix share, in pixels, where [`CELL`] allows it.
const MATRIX: usize = 720;

/// Longest name of a class in a picture.
const NAME: usize = 24;

/// Images of class r that were predicted as class c, in row r and column c; the darker, the greater the share of the row. Of more than
/// [`Confusion::DENSE`] classes, the 40 that are most confused with others, and the picture says so. A PNG file.
///
/// # Errors
///
/// If the picture cannot be drawn.
pub fn confusion_matrix(variant: Variant, classes: &[String], confusion: &Confusion) -> Result<Vec<u8>> {
    let shown = shown(confusion);
    let names: Vec<String> = shown.iter().map(|&class| shortened(&classes[usize::from(class)])).collect();
    let cell = (MATRIX / shown.len().max(1)).clamp(*CELL.start(), *CELL.end()) as u32;
    let name_size = (cell * 9 / 10).min(18);
    let most = confusion.cells().map(|(.., count)| count).max().map_or(1, |count| count.to_string().len()) as u32;
    // A digit is a little wider than half its height.
    let count_size = (cell * 17 / 10 / most.max(2)).min(20);

    let widest = names.iter().map(|name| width(name, name_size)).max().unwrap_or(0);
    let left_out = shown.len() < confusion.classes();
    let (title, header, gap) = (if left_out { 66 } else { 40 }, 30, 10);
    let (left, top) = (header + widest + gap, title + header + widest + gap);
    let side = cell * shown.len() as u32;
    // Room for the title, however few the classes.
    let (wide, high) = ((left + side + gap).max(440), top + side + gap);
    png(wide, high, |canvas| {
        let write = |words: &str, at: (u32, u32), style: TextStyle| {
            canvas.draw(&Text::new(words.to_owned(), (at.0 as i32, at.1 as i32), style)).map_err(broken)
        };
        let at = |horizontal, vertical| Pos::new(horizontal, vertical);
        let centered = at(HPos::Center, VPos::Center);
        write(&format!("Confusion {}, images", variant.title()), (gap, gap), text(24))?;
        if left_out {
            let line = format!("{} of {} classes: those most often confused", shown.len(), confusion.classes());
            write(&line, (gap, gap + 28), text(19))?;
        }
        write("predicted class", (left + side / 2, title + header / 2), text(19).pos(centered))?;
        let upright = text(19).transform(FontTransform::Rotate270).pos(centered);
        write("true class", (header / 2, top + side / 2), upright)?;
        for (number, name) in names.iter().enumerate() {
            let middle = number as u32 * cell + cell / 2;
            let right = at(HPos::Right, VPos::Center);
            write(name, (left - gap / 2, top + middle), text(name_size).pos(right))?;
            let upright = text(name_size).transform(FontTransform::Rotate270).pos(at(HPos::Left, VPos::Center));
            write(name, (left + middle, top - gap / 2), upright)?;
        }
        for (row, &class) in (0..).zip(&shown) {
            let images = confusion.row(class).map(|(_, count)| u64::from(count)).sum::<u64>().max(1);
            for (column, &predicted) in (0..).zip(&shown) {
                let count = confusion.get(class, predicted);
                let share = f64::from(count) / images as f64;
                let (x, y) = (left + column * cell, top + row * cell);
                let corners = [(x as i32, y as i32), ((x + cell - 1) as i32, (y + cell - 1) as i32)];
                let fill = shade(color(variant), share).filled();
                canvas.draw(&Rectangle::new(corners, fill)).map_err(broken)?;
                if count > 0 && count_size >= 9 {
                    let ink = if share > 0.5 { WHITE } else { BLACK };
                    let style = text(count_size).color(&ink).pos(centered);
                    write(&count.to_string(), (x + cell / 2, y + cell / 2), style)?;
                }
            }
        }
        Ok(())
    })
}

/// The classes that the picture shows, in their order: all, or of too many those whose images are most often predicted as another class, or
/// others as theirs; of several as often, the first.
fn shown(confusion: &Confusion) -> Vec<u16> {
    let classes = confusion.classes();
    let mut wrong: Vec<(u64, u16)> = (0..classes).map(|class| (0, class as u16)).collect();
    if classes <= Confusion::DENSE {
        return wrong.into_iter().map(|(_, class)| class).collect();
    }
    for (row, column, count) in confusion.cells().filter(|(row, column, _)| row != column) {
        for class in [row, column] {
            wrong[usize::from(class)].0 += u64::from(count);
        }
    }
    wrong.sort_by_key(|&(wrong, _)| Reverse(wrong)); // which is stable
    let mut shown: Vec<u16> = wrong.into_iter().take(SHOWN).map(|(_, class)| class).collect();
    shown.sort_unstable();
    shown
}

/// Between a gray that is nearly white, for none, and `color`, for all.
fn shade(color: RGBColor, share: f64) -> RGBColor {
    let mix = |to: u8| (243.0 + (f64::from(to) - 243.0) * share).round() as u8;
    RGBColor(mix(color.0), mix(color.1), mix(color.2))
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

/// In pixels; a guess where the font has no such letters.
fn width(name: &str, size: u32) -> u32 {
    let guess = name.chars().count() as u32 * size * 6 / 10;
    text(size).font.box_size(name).map_or(guess, |(width, _)| width)
}
