//! What a network makes of each class.

use serde::Serialize;

use super::confusion::Confusion;

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

/// What `confusion` says of each class.
#[must_use]
pub fn by_class(classes: &[String], confusion: &Confusion) -> Vec<ClassScores> {
    let share = |part: u32, of: u32| (of > 0).then(|| f64::from(part) / f64::from(of));
    let (mut images, mut predicted) = (vec![0_u32; classes.len()], vec![0_u32; classes.len()]);
    let mut taken_for: Vec<Option<(u16, u32)>> = vec![None; classes.len()];
    for (row, column, count) in confusion.cells() {
        images[usize::from(row)] += count;
        predicted[usize::from(column)] += count;
        // Of several as frequent, the first one.
        let most = &mut taken_for[usize::from(row)];
        if row != column && most.is_none_or(|(_, most)| count > most) {
            *most = Some((column, count));
        }
    }
    let of_class = |(class, name): (usize, &String)| {
        let right = confusion.get(class as u16, class as u16);
        ClassScores {
            class: name.clone(),
            images: images[class],
            recall: share(right, images[class]),
            precision: share(right, predicted[class]),
            taken_for: taken_for[class].map(|(other, count)| (classes[usize::from(other)].clone(), count)),
        }
    };
    classes.iter().enumerate().map(of_class).collect()
}

/// `62.0 %`, or a dash where there is no such share.
#[must_use]
pub fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}
