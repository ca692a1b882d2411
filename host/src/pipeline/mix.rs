//! The mixed image of a sample, and its soft label.

use anyhow::Result;
use cutmix_core::{Blend, Mix, Patch};

use super::epoch::Sample;
use super::view::View;
use crate::data::{Contents, Dataset, Frame};

/// Writes the mixed image of `sample` to `image`.
///
/// # Errors
///
/// If one of the two images cannot be read.
///
/// # Panics
///
/// If `sample` was planned for another data set, or `image` is not [`Shape::len`](cutmix_core::Shape::len) bytes long.
pub fn mix_into(image: &mut [u8], data: &Dataset, sample: &Sample) -> Result<()> {
    let Sample { index, mix, view, partner_view } = *sample;
    view.show(&data.image(index)?, data.shape(), image);
    let partner = || data.image(mix.partner() as usize);
    match mix {
        Mix::Paste(plan) if plan.patch().area() > 0 => {
            partner_view.paste(&partner()?, data.shape(), plan.patch(), image);
        }
        Mix::Paste(_) => {}
        Mix::Blend(blend) => {
            let mut shown = vec![0; image.len()];
            partner_view.show(&partner()?, data.shape(), &mut shown);
            blend.apply_u8(image, &shown).expect("two images of one shape");
        }
    }
    Ok(())
}

/// Writes the label of the mixed image of `sample` to `soft`, an element a class: the share of pixels that show it.
///
/// Where an image was mixed before it came, on a device say, up to four classes show. Their pixels are counted too: what was pasted first moves with
/// its image, and may be covered. The black that a random crop brings in counts as the image's own class.
///
/// # Panics
///
/// If `sample` was planned for another data set, or a class has no element.
pub fn label_into(soft: &mut [f32], data: &Dataset, sample: &Sample) {
    let Sample { index, mix, view, partner_view } = *sample;
    let plan = match mix {
        Mix::Paste(plan) => plan,
        Mix::Blend(blend) => {
            blended_label_into(soft, data, sample, blend);
            return;
        }
    };
    let (image, partner) = (data.contents(index), data.contents(plan.partner() as usize));
    if !image.is_mixed() && !partner.is_mixed() {
        let label = plan.label(image.classes[0], partner.classes[0]);
        label.write_soft(soft).expect("labels were checked when the data were read");
        return;
    }
    let (total, patch) = (f64::from(plan.total()), f64::from(plan.patch().area()));
    let [all, covered] = first_pasted(image, view, plan.patch());
    let [_, shown] = first_pasted(partner, partner_view, plan.patch());
    let pixels = [
        (image.classes[0], total - patch - (all - covered)),
        (image.classes[1], all - covered),
        (partner.classes[0], patch - shown),
        (partner.classes[1], shown),
    ];
    soft.fill(0.0);
    for (class, _) in pixels {
        // Of one class all pixels are summed before they are rounded, so that a label mixed with itself is exactly 1.
        let of_class: f64 = pixels.iter().filter(|(other, _)| *other == class).map(|(_, pixels)| pixels).sum();
        soft[usize::from(class)] = (of_class / total) as f32;
    }
}

/// As [`label_into`], of an image that is blended: of each class that shows in the image λ of its pixels, and of each in the partner 1 − λ.
fn blended_label_into(soft: &mut [f32], data: &Dataset, sample: &Sample, blend: Blend) {
    let kept = f64::from(blend.lambda_q16()) / f64::from(1 << 16);
    let whole = Patch::new(0, 0, data.shape().width(), data.shape().height()).expect("edges in order");
    let total = f64::from(data.shape().pixels());
    let mut weights = Vec::with_capacity(4);
    for (index, view, weight) in
        [(sample.index, sample.view, kept), (blend.partner() as usize, sample.partner_view, 1.0 - kept)]
    {
        let contents = data.contents(index);
        let [pasted, _] = first_pasted(contents, view, whole);
        weights.push((contents.classes[0], weight * (total - pasted) / total));
        weights.push((contents.classes[1], weight * pasted / total));
    }
    soft.fill(0.0);
    for (class, _) in &weights {
        let of_class: f64 = weights.iter().filter(|(other, _)| other == class).map(|(_, weight)| weight).sum();
        soft[usize::from(*class)] = of_class as f32;
    }
}

/// Pixels of what was pasted into an image before it came, where it is shown by `view`: in all of the image, and in `patch`.
fn first_pasted(image: Contents, view: View, patch: Patch) -> [f64; 2] {
    let frame = Frame { flip: view.flip, shift: [view.dx, view.dy] };
    image.region.map_or([0.0; 2], |region| region.pixels(frame, patch))
}
