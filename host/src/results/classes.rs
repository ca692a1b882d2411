//! What a network makes of each class.

use serde::Serialize;

/// What a network makes of one class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassScores {
    /// Its name.
    pub class: String,
    /// Test images of it.
    pub images: u32,
    /// Share of them that are predicted as it; none where there are none.
    pub recall: Option<f64>,
    /// Share of the images predicted as it that are of it; none where none was.
    pub precision: Option<f64>,
    /// The other class that its images are most often predicted as, and how many are.
    pub taken_for: Option<(String, u32)>,
}

/// Images of class r that were predicted as class c, in row r and column c: from the `labels` of the images and what a network predicted.
#[must_use]
pub fn confusion(labels: impl Iterator<Item = u16>, predictions: &[u16], classes: usize) -> Vec<Vec<u32>> {
    let mut confusion = vec![vec![0; classes]; classes];
    for (label, &predicted) in labels.zip(predictions) {
        confusion[usize::from(label)][usize::from(predicted)] += 1;
    }
    confusion
}

/// What a confusion matrix, test images of class r that were predicted as class c in row r and column c, says of each class.
#[must_use]
pub fn by_class(classes: &[String], confusion: &[Vec<u32>]) -> Vec<ClassScores> {
    let share = |part: u32, of: u32| (of > 0).then(|| f64::from(part) / f64::from(of));
    let of_class = |(class, row): (usize, &Vec<u32>)| {
        let images = row.iter().sum();
        let predicted = confusion.iter().map(|row| row[class]).sum();
        // Of several as frequent, the first one.
        let others = row.iter().enumerate().filter(|&(other, &count)| other != class && count > 0);
        let taken_for = others.rev().max_by_key(|&(_, count)| count);
        ClassScores {
            class: classes[class].clone(),
            images,
            recall: share(row[class], images),
            precision: share(row[class], predicted),
            taken_for: taken_for.map(|(other, &count)| (classes[other].clone(), count)),
        }
    };
    confusion.iter().enumerate().map(of_class).collect()
}

/// `62.0 %`, or a dash where there is no such share.
#[must_use]
pub fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}
