//! What a run says of itself on the terminal, before and after.

use std::fmt::Write as _;

use crate::data::Split;
use crate::network::device::Selected;
use crate::results::{Summary, other_differences, percent};
use crate::settings::{RunSettings, Settings, TrainingSettings};

/// What is going to be trained.
pub fn describe(settings: &Settings, split: &Split, device: &Selected) -> String {
    let RunSettings { seed, repeat, .. } = &settings.run;
    let TrainingSettings { epochs, batch_size, .. } = &settings.training;
    let (network, alpha) = (settings.network.title(), settings.mixing.alpha);
    let held_out = split.validation.as_ref().map_or(String::new(), |images| format!(", {} validation", images.len()));
    let mixed = match split.train.mixed() {
        0 => String::new(),
        mixed => format!(" ({mixed} of them mixed)"),
    };
    let mut text = format!(
        "{network} on {}: {} training{mixed}{held_out} and {} test images, {} classes\n",
        settings.data.title(),
        split.train.len(),
        split.test.len(),
        split.classes.len()
    );
    if split.left_out > 0 {
        let _ = writeln!(
            text,
            "Training images left out, since they show a validation or test image, or a frame next to one: {}",
            split.left_out
        );
    }
    if split.seen_test_images > 0 {
        let _ = writeln!(
            text,
            "Test images that are training or validation images too: {}; the test accuracy is not of unseen images alone",
            split.seen_test_images
        );
    }
    if split.seen_validation_images > 0 {
        let _ = writeln!(text, "Validation images that are training images too: {}", split.seen_validation_images);
    }
    let seeds = if *repeat == 1 { format!("seed {seed}") } else { format!("{repeat} seeds from {seed}") };
    let _ = write!(text, "{epochs} epochs in batches of {batch_size}, α = {alpha}, {seeds}\nDevice: {device}\n");
    text
}

/// What every variant reached. *Covered* is the accuracy with the middle of each image covered, *calibration* the expected calibration error.
pub fn table(settings: &RunSettings, summary: &Summary) -> String {
    let mut table = format!(
        "{:<14} {:>16} {:>9} {:>10} {:>12} {:>9} {:>9}\n",
        "", "test accuracy", "covered", "test loss", "calibration", "seconds", "images/s"
    );
    for variant in &settings.variants {
        let Some(reached) = summary.variants.get(variant.name()) else { continue };
        let mut accuracy = format!("{:.2}", 100.0 * reached.test_accuracy);
        if let Some(deviation) = reached.test_accuracy_deviation {
            let _ = write!(accuracy, " ± {:.2}", 100.0 * deviation);
        }
        let _ = writeln!(
            table,
            "{:<14} {accuracy:>14} % {:>9} {:>10.3} {:>12} {:>9.1} {:>9.0}",
            variant.title(),
            percent(reached.covered_accuracy),
            reached.test_loss,
            percent(reached.calibration_error),
            reached.seconds,
            reached.images_per_second
        );
    }
    if summary.seeds.len() > 1 {
        table.push_str("± is the standard deviation from seed to seed.\n");
    }
    let last = settings.variants.iter().filter_map(|variant| {
        let accuracy = summary.variants.get(variant.name())?.last_epochs_accuracy?;
        Some(format!("{:.2} % {}", 100.0 * accuracy, variant.title()))
    });
    let last: Vec<String> = last.collect();
    if !last.is_empty() {
        let _ = writeln!(table, "Mean test accuracy of the last five epochs: {}.", last.join(", "));
    }
    if let Some(difference) = &summary.difference {
        let _ = writeln!(table, "\n{}", difference.verdict(summary.seeds.len()));
    }
    if let Some(others) = other_differences(summary) {
        let _ = writeln!(table, "{others}");
    }
    table
}
