//! Images in rows, enlarged, with captions.

use anyhow::Result;
use cutmix_core::{Layout, Shape};
use plotters::prelude::*;

use super::canvas::{broken, png, text};

/// An enlarged image of a data set, and what is said of it.
pub struct Tile {
    /// Its bytes.
    pub image: Vec<u8>,
    /// Their arrangement; a single channel is gray.
    pub shape: Shape,
    /// Lines of text below it.
    pub caption: Vec<Line>,
}

/// A line below a tile: where it is wider than the tile, its text is cut short, and its ending stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Of any length.
    pub text: String,
    /// A few letters, a number say.
    pub ending: String,
}

impl Line {
    /// As wide as it is written.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self { text, ending: String::new() }
    }

    /// Whether nothing of this has to be cut.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.width(self.text.chars().count()) <= TILE
    }

    /// Of so many letters of the text, and the ending.
    fn width(&self, letters: usize) -> u32 {
        let line = self.cut(letters);
        let guess = line.chars().count() as u32 * SIZE;
        text(SIZE).font.box_size(&line).map_or(guess, |(width, _)| width)
    }

    fn cut(&self, letters: usize) -> String {
        if letters >= self.text.chars().count() {
            return format!("{}{}", self.text, self.ending);
        }
        self.text.chars().take(letters).chain(['…']).chain(self.ending.chars()).collect()
    }

    /// As much of it as a tile is wide.
    fn fitted(&self) -> String {
        // More letters than this never fit, however long the text.
        let mut letters = self.text.chars().count().min(TILE as usize);
        while letters > 0 && self.width(letters) > TILE {
            letters -= 1;
        }
        self.cut(letters)
    }
}

/// Screen pixels of the longer side of an image, and of a line of text below it.
const TILE: u32 = 224;
const LINE: u32 = 26;
const MARGIN: u32 = 12;

/// Of the letters.
const SIZE: u32 = 19;

/// Images in rows of `columns`, each with its caption. A PNG file.
///
/// # Errors
///
/// If the picture cannot be drawn.
pub fn tiles(columns: usize, tiles: &[Tile]) -> Result<Vec<u8>> {
    let lines = tiles.iter().map(|tile| tile.caption.len()).max().unwrap_or(0) as u32;
    let highest = tiles.iter().map(|tile| tile.sides()[1]).max().unwrap_or(TILE);
    let cell = (TILE + MARGIN, highest + lines * LINE + MARGIN + 8);
    let rows = tiles.len().div_ceil(columns);
    png(cell.0 * columns as u32 + MARGIN, cell.1 * rows as u32 + MARGIN, |canvas| {
        for (position, tile) in tiles.iter().enumerate() {
            let left = (MARGIN + cell.0 * (position % columns) as u32) as i32;
            let top = (MARGIN + cell.1 * (position / columns) as u32) as i32;
            let [wide, high] = tile.sides();
            for (x, y) in (0..high).flat_map(|y| (0..wide).map(move |x| (x, y))) {
                canvas.draw_pixel((left + x as i32, top + y as i32), &tile.pixel(x, y)).map_err(broken)?;
            }
            for (number, line) in tile.caption.iter().enumerate() {
                let below = top + (highest + number as u32 * LINE) as i32 + 8;
                canvas.draw(&Text::new(line.fitted(), (left, below), text(SIZE))).map_err(broken)?;
            }
        }
        Ok(())
    })
}

impl Tile {
    /// Width and height of the enlargement.
    fn sides(&self) -> [u32; 2] {
        let [width, height] = [self.shape.width(), self.shape.height()].map(u32::from);
        [width, height].map(|side| (TILE * side / width.max(height)).max(1))
    }

    /// The color at (`x`, `y`) of the enlargement: that of the nearest pixel, so that nothing is smoothed over.
    fn pixel(&self, x: u32, y: u32) -> RGBColor {
        let (width, height) = (usize::from(self.shape.width()), usize::from(self.shape.height()));
        let [wide, high] = self.sides().map(|side| side as usize);
        let (x, y) = (x as usize * width / wide, y as usize * height / high);
        let channels = usize::from(self.shape.channels());
        let [r, g, b] = [0, 1, 2].map(|channel: usize| {
            let channel = channel.min(channels - 1);
            match self.shape.layout() {
                Layout::Chw => self.image[(channel * height + y) * width + x],
                Layout::Hwc => self.image[(y * width + x) * channels + channel],
            }
        });
        RGBColor(r, g, b)
    }
}
