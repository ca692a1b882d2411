//! The run that nothing was said about.

use anyhow::Result;

use crate::experiment;
use crate::ranks::Ranks;
use crate::settings::Recipe;
use crate::terminal::console::Console;

/// Several, so that it can be said whether the difference is more than chance.
const SEEDS: u32 = 5;

/// What `compare --repeat 5` does.
pub fn run() -> Result<()> {
    let mut settings = Recipe::Embedded.settings();
    settings.run.repeat = SEEDS;
    Console::Person.say(&format!(
        "Trains the same small network without CutMix and with it, {SEEDS} times each, and scores it on pictures that it \
         never saw:\nabout a minute on two cores.\n"
    ));
    experiment::run(&settings, None, Console::Person, Ranks::ALONE).map(drop)
}
