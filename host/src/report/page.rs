//! A run on one page, `report.html`: it holds its own pictures, so that it can be sent to somebody as it is.
//!
//! The page is well-formed XML too, and every text in it is escaped: a class is called what its folder is called.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use super::canvas::drawn;
use super::confusion::confusion_matrix;
use super::contrast::Contrast;
use crate::data::DataInfo;
use crate::results::{ClassScores, Confusion, Summary, Variant, VariantResult, by_class, other_differences, percent};
use crate::settings::Settings;

/// The page, with gaps.
const TEMPLATE: &str = include_str!("report.html");

/// Rows of a table of classes: so many make a page of one megabyte.
const CLASSES: usize = 1000;

/// What fills the page.
pub struct Report<'a> {
    /// The run's settings.
    pub settings: &'a Settings,
    /// What was trained on.
    pub info: &'a DataInfo,
    /// What every variant reached.
    pub summary: &'a Summary,
    /// What every variant reached, a seed each.
    pub results: &'a BTreeMap<Variant, Vec<VariantResult>>,
    /// `curves.png`, if it could be drawn.
    pub curves: Option<&'a [u8]>,
    /// `calibration.png`, if it could be drawn.
    pub calibration: Option<&'a [u8]>,
    /// `preview.png`, if it could be drawn.
    pub preview: Option<&'a [u8]>,
    /// Test images that only one of two networks gets right.
    pub contrasts: &'a [Contrast],
}

#[derive(Serialize)]
struct Page {
    title: &'static str,
    network: String,
    data: String,
    device: String,
    classes: usize,
    train_images: usize,
    mixed_images: usize,
    left_out: usize,
    seen_test_images: usize,
    validation_images: usize,
    test_images: usize,
    epochs: u32,
    variants: Vec<VariantPart>,
    headline: String,
    verdict: Option<String>,
    others: Option<String>,
    contrasts: Vec<ContrastPart>,
    seeds: Vec<SeedRow>,
    curves: Option<String>,
    calibration: Option<String>,
    preview: Option<String>,
    settings: Vec<Setting>,
}

#[derive(Serialize)]
struct VariantPart {
    title: &'static str,
    accuracy: String,
    loss: String,
    covered: String,
    calibration_error: String,
    seconds: String,
    images_per_second: String,
    confusion: Option<String>,
    classes: Vec<ClassRow>,
    /// Classes that are not among them.
    left_out: usize,
}

#[derive(Serialize)]
struct ContrastPart {
    title: String,
    picture: Option<String>,
}

impl ContrastPart {
    fn new(Contrast { right, seed, images, of, picture }: &Contrast) -> Self {
        Self {
            title: format!("Right only {}: {images} of {of} test images, seed {seed}", right.title()),
            picture: picture.as_ref().map(|picture| STANDARD.encode(picture)),
        }
    }
}

#[derive(Serialize)]
struct ClassRow {
    name: String,
    images: u32,
    recall: String,
    precision: String,
    taken_for: String,
}

#[derive(Serialize)]
struct SeedRow {
    seed: u64,
    accuracies: Vec<String>,
}

#[derive(Serialize)]
struct Setting {
    name: String,
    value: String,
}

impl Report<'_> {
    /// The page.
    ///
    /// # Errors
    ///
    /// Never, but for a mistake in the page's template: a picture that cannot be drawn is left out, with a warning.
    pub fn html(&self) -> Result<String> {
        let mut environment = Environment::empty();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        // A gap without its filling is a mistake in the program, not an empty place on the page.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_filter("length", |value: &Value| value.len().unwrap_or(0));
        environment.add_template("report.html", TEMPLATE).context("the page's template")?;
        let template = environment.get_template("report.html").context("the page's template")?;
        template.render(Serde(self.page()?)).context("cannot fill the page")
    }

    fn page(&self) -> Result<Page> {
        let Self { settings, info, summary, curves, calibration, preview, contrasts, .. } = *self;
        let accuracy = |seed: usize| {
            self.results
                .values()
                .map(|results| percent(results.get(seed).map(|result| result.test.accuracy.into())))
                .collect()
        };
        let seeds = summary.seeds.iter().enumerate();
        let table = toml::Table::try_from(settings).context("cannot write the settings out")?;
        Ok(Page {
            title: if settings.run.variants.len() > 1 { "With CutMix and without" } else { "A network trained" },
            network: settings.network.title(),
            data: settings.data.title(),
            device: summary.device.clone(),
            classes: info.classes.len(),
            train_images: info.train_images,
            mixed_images: info.mixed_images,
            left_out: info.left_out,
            seen_test_images: info.seen_test_images,
            validation_images: info.validation_images,
            test_images: info.test_images,
            epochs: settings.training.epochs,
            variants: self
                .results
                .iter()
                .map(|(&variant, results)| self.variant(variant, results))
                .collect::<Result<_>>()?,
            headline: self.headline(),
            verdict: summary.difference.as_ref().map(|difference| difference.verdict(summary.seeds.len())),
            others: other_differences(summary),
            contrasts: contrasts.iter().map(ContrastPart::new).collect(),
            seeds: seeds.map(|(number, &seed)| SeedRow { seed, accuracies: accuracy(number) }).collect(),
            curves: curves.map(|picture| STANDARD.encode(picture)),
            calibration: calibration.map(|picture| STANDARD.encode(picture)),
            preview: preview.map(|picture| STANDARD.encode(picture)),
            settings: table.into_iter().map(|(name, value)| Setting { name, value: value.to_string() }).collect(),
        })
    }

    /// What was compared, on what and how often, and what came of it.
    fn headline(&self) -> String {
        let Self { settings, info, summary, .. } = *self;
        let reached = self.results.keys().filter_map(|variant| {
            let accuracy = 100.0 * summary.variants.get(variant.name())?.test_accuracy;
            Some(format!("{accuracy:.1} % {}", variant.title()))
        });
        let seeds = match summary.seeds.len() {
            1 => "one seed".to_owned(),
            seeds => format!("means of {seeds} seeds"),
        };
        format!(
            "Trained on {} images of {} classes for {} epochs{}, a {} gets this share of {} test images right: {} ({seeds}).",
            info.train_images,
            info.classes.len(),
            settings.training.epochs,
            if settings.training.stop_early > 0 { " at most, with the weights of the best by validation" } else { "" },
            settings.network.title(),
            info.test_images,
            reached.collect::<Vec<_>>().join(", ")
        )
    }

    fn variant(&self, variant: Variant, results: &[VariantResult]) -> Result<VariantPart> {
        let classes = &self.info.classes;
        let mut confusion = Confusion::of(classes.len());
        for result in results {
            confusion.merge(&result.confusion);
        }
        let reached = self.summary.variants.get(variant.name()).context("a variant that is not in the summary")?;
        let deviation = reached.test_accuracy_deviation.map_or(String::new(), |by| format!(" ± {:.2}", 100.0 * by));
        let row = |class: ClassScores| ClassRow {
            name: class.class,
            images: class.images,
            recall: percent(class.recall),
            precision: percent(class.precision),
            taken_for: class.taken_for.map_or("–".to_owned(), |(other, count)| format!("{other} ({count})")),
        };
        Ok(VariantPart {
            title: variant.title(),
            accuracy: format!("{:.2}{deviation} %", 100.0 * reached.test_accuracy),
            loss: format!("{:.3}", reached.test_loss),
            covered: percent(reached.covered_accuracy),
            calibration_error: percent(reached.calibration_error),
            seconds: format!("{:.1}", reached.seconds),
            images_per_second: format!("{:.0}", reached.images_per_second),
            confusion: drawn("the confusion matrix", || confusion_matrix(variant, classes, &confusion))
                .map(|picture| STANDARD.encode(picture)),
            classes: by_class(classes, &confusion).into_iter().take(CLASSES).map(row).collect(),
            left_out: classes.len().saturating_sub(CLASSES),
        })
    }
}
