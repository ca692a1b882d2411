//! Which images come first: one of each class in turn, so that the first so many are of all classes.

use std::collections::HashMap;

/// Places of `labels` in this order: the first of each label, then the second of each, and so on.
pub(super) fn in_turn(labels: impl Iterator<Item = u16>) -> Vec<usize> {
    let mut seen = HashMap::new();
    let rank = |label| {
        let rank = seen.entry(label).or_insert(0_usize);
        *rank += 1;
        *rank
    };
    let ranks: Vec<usize> = labels.map(rank).collect();
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_by_key(|&place| ranks[place]); // which is stable
    order
}
