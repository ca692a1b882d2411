//! Which epoch was the best, and when to stop waiting for a better one.

use crate::results::EpochScores;

/// The epoch with the highest validation accuracy, counted from 1; of several the one with the lowest validation loss, and of these the first. None
/// where no epoch has validation scores.
#[must_use]
pub fn best_epoch(epochs: &[EpochScores]) -> Option<u32> {
    let mut best: Option<&EpochScores> = None;
    for epoch in epochs {
        let Some(score) = epoch.validation else { continue };
        let better = best.and_then(|best| best.validation).is_none_or(|best| {
            score.accuracy > best.accuracy
                || (score.accuracy.to_bits() == best.accuracy.to_bits() && score.loss < best.loss)
        });
        if better {
            best = Some(epoch);
        }
    }
    best.map(|best| best.epoch)
}

/// Whether `patience` epochs have brought none that is better than the best before them.
#[must_use]
pub fn stops_early(epochs: &[EpochScores], patience: u32) -> bool {
    let last = epochs.last().map_or(0, |last| last.epoch);
    best_epoch(epochs).is_some_and(|best| last - best >= patience)
}
