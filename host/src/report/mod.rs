//! What a person looks at after a run: one page, and the pictures on it.
//!
//! Uses results, settings, data, the terminal for warnings, and batches for the images that a network was shown. Writes no file: it gives their bytes.

mod calibration;
mod canvas;
mod confusion;
mod contrast;
mod curves;
mod page;
mod preview;
mod scenes;
mod tiles;

pub use calibration::reliability;
pub use canvas::drawn;
pub use confusion::confusion_matrix;
pub use contrast::{Contrast, contrasts, only_right_picture};
pub use curves::curves;
pub use page::Report;
pub use preview::preview;
pub use scenes::preview_scenes;
pub use tiles::{Line, Tile, tiles};
