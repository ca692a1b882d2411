//! Where settings come from: a recipe, a file over it, flags over both.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use toml::{Table, Value};

use super::recipe::Recipe;
use super::run::Settings;
use super::toml_text::parse;

/// Settings by name that replace those of a recipe, from the weakest to the strongest, each with where it was given.
#[derive(Clone, Debug, Default)]
pub struct Layers(Vec<(String, String, Value)>);

impl Layers {
    /// All settings in a TOML file's `text`; `name` is the file's.
    ///
    /// # Errors
    ///
    /// If the text is not TOML.
    pub fn file(&mut self, name: &str, text: &str) -> Result<()> {
        let table = parse(text).with_context(|| format!("{name} is not TOML"))?;
        self.0.extend(table.into_iter().map(|(key, value)| (name.to_owned(), key, value)));
        Ok(())
    }

    /// One setting; `from` says where it was given.
    ///
    /// # Errors
    ///
    /// If `value` cannot be a setting.
    pub fn set(&mut self, from: &str, key: &str, value: impl Serialize) -> Result<()> {
        let value = Value::try_from(value).with_context(|| from.to_owned())?;
        self.0.push((from.to_owned(), key.to_owned(), value));
        Ok(())
    }

    /// The setting of the flag `--key`, if it was given.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn flag(&mut self, key: &str, value: Option<impl Serialize>) -> Result<()> {
        value.map_or(Ok(()), |value| self.set(&format!("--{key}"), key, value))
    }

    /// One setting as `KEY=VALUE`; a value that is not TOML is taken for a string.
    ///
    /// # Errors
    ///
    /// If there is no `=` in it.
    pub fn assign(&mut self, assignment: &str) -> Result<()> {
        let (key, value) = assignment
            .split_once('=')
            .with_context(|| format!("--set {assignment} has no =; write --set KEY=VALUE, as in --set epochs=3"))?;
        let (key, value) = (key.trim(), value.trim());
        if value.parse::<u64>().is_ok_and(|value| i64::try_from(value).is_err()) {
            bail!("--set {assignment}: the largest number that a file of settings holds is {}", i64::MAX);
        }
        let table: Result<Table, _> = format!("value = {value}").parse();
        let value = table.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(|| value.into());
        self.set(&format!("--set {assignment}"), key, value)
    }

    /// Where the setting `key` was given, and as what, from the weakest to the strongest.
    pub fn given(&self, key: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().filter(move |(_, name, _)| name == key).map(|(from, _, value)| (from.as_str(), value))
    }

    /// The recipe that fits where none was named: with data, the Keras example's.
    #[must_use]
    pub fn default_recipe(&self) -> Recipe {
        if self.0.iter().any(|(_, key, _)| key == "data") { Recipe::KerasExample } else { Recipe::Embedded }
    }

    /// The settings of `recipe` with these in place of its own.
    ///
    /// # Errors
    ///
    /// One sentence that names where a setting came from and what is wrong with it: no such name, or no such value.
    pub fn over(self, recipe: Recipe) -> Result<Settings> {
        let known = names()?;
        let mut table: Table = recipe.text().parse().context("the recipe")?;
        for (from, key, value) in self.0 {
            if !known.contains(&key) {
                bail!("{from}: there is no setting {key:?}{}", nearest(&key, &known));
            }
            table.insert(key.clone(), value);
            // Checked after each, so that the message can say which one is wrong, and where it came from.
            Settings::from_table(&table).with_context(|| format!("{from}: {key}"))?;
        }
        Settings::from_table(&table)
    }

    /// As [`over`](Self::over), and the settings are [valid](Settings::validate).
    ///
    /// # Errors
    ///
    /// As both; a value that is not valid comes with the file that it stands in.
    pub fn valid(self, recipe: Recipe) -> Result<Settings> {
        let settings = self.clone().over(recipe)?;
        settings.validate().map_err(|error| match self.culprit(recipe) {
            // Of a flag, the sentence has the name already.
            Some(from) if !from.starts_with("--") => error.context(from.to_owned()),
            _ => error,
        })?;
        Ok(settings)
    }

    /// Where the setting was given without which all others would be valid.
    fn culprit(&self, recipe: Recipe) -> Option<&str> {
        let valid_without = |left_out: usize| {
            let mut others = self.clone();
            others.0.remove(left_out);
            others.over(recipe).is_ok_and(|settings| settings.validate().is_ok())
        };
        (0..self.0.len()).find(|&place| valid_without(place)).map(|place| self.0[place].0.as_str())
    }
}

/// The name of every setting.
///
/// # Errors
///
/// Never: what is set here can be written.
pub fn names() -> Result<Vec<String>> {
    let mut all = Recipe::KerasExample.settings();
    // Written only where they are set.
    (all.data.path, all.data.train_limit, all.data.test_limit) = (Some(PathBuf::new()), Some(1), Some(1));
    all.run.init = Some(PathBuf::new());
    Ok(Table::try_from(all)?.into_iter().map(|(name, _)| name).collect())
}

fn nearest(key: &str, known: &[String]) -> String {
    let similar = |known: &&String| strsim::jaro_winkler(key, known);
    let best = known.iter().max_by(|a, b| similar(a).total_cmp(&similar(b)));
    match best {
        Some(best) if similar(&best) > 0.7 => format!("; did you mean {best:?}?"),
        _ => "; --print-config shows them all".to_owned(),
    }
}
