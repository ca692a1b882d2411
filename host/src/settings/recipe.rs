//! Complete sets of settings to start from.

use clap::ValueEnum;

use super::run::Settings;

/// A complete set of settings to start from. `host/recipes/` has the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Recipe {
    /// The Keras example's settings, unchanged
    KerasExample,
    /// A small network for the embedded data set: standardized pixels, Adam on a cosine, CutMix on every image
    Embedded,
    /// Standardized pixels, flips and shifts, SGD on a cosine with warm-up, CutMix on half of the images
    Strong,
}

impl Recipe {
    /// The recipe's file.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::KerasExample => include_str!("../../recipes/keras-example.toml"),
            Self::Embedded => include_str!("../../recipes/embedded.toml"),
            Self::Strong => include_str!("../../recipes/strong.toml"),
        }
    }

    /// The recipe's settings, without a data folder.
    ///
    /// # Panics
    ///
    /// Never: the files are part of the program, and tests read them all.
    #[must_use]
    pub fn settings(self) -> Settings {
        Settings::from_text(self.text()).expect("recipes are complete")
    }
}
