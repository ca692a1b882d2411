//! The mixed image of a sample, and its soft label.

use cutmix_core::Label;

use super::epoch::Sample;
use crate::data::Dataset;

/// Writes the mixed image of `sample` to `image`.
///
/// # Panics
///
/// If `sample` was planned for another data set, or `image` is not [`Shape::len`](cutmix_core::Shape::len) bytes long.
pub fn mix_into(image: &mut [u8], data: &Dataset, sample: &Sample) {
    let Sample { index, plan, view, partner_view } = *sample;
    view.show(data.image(index), data.shape(), image);
    if plan.patch().area() > 0 {
        partner_view.paste(data.image(plan.partner() as usize), data.shape(), plan.patch(), image);
    }
}

/// Writes the label of the mixed image of `sample` to `soft`, an element a class; `scratch`, of the same length, is
/// overwritten. Where an image was mixed before, on a device say, up to four classes show.
///
/// # Panics
///
/// If `sample` was planned for another data set, or a class has no element.
pub fn label_into(soft: &mut [f32], scratch: &mut [f32], data: &Dataset, sample: &Sample) {
    const CHECKED: &str = "labels were checked when the data were read";
    let Sample { index, plan, .. } = *sample;
    let (first, second) = (data.mixed_label(index), data.mixed_label(plan.partner() as usize));
    if is_of_one_class(first) && is_of_one_class(second) {
        // Whole pixels are counted here, so that a label mixed with itself is exactly 1.
        plan.label(first.first(), second.first()).write_soft(soft).expect(CHECKED);
    } else {
        first.write_soft(soft).expect(CHECKED);
        second.write_soft(scratch).expect(CHECKED);
        plan.mix_soft(soft, scratch).expect("two labels of as many classes");
    }
}

fn is_of_one_class(label: Label) -> bool {
    label.first() == label.second() || label.lambda() >= 1.0
}
