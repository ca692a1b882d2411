//! Other things that a box is filled with, pixel by pixel.

use cutmix_core::{Layout, PasteError, Patch, PatchError, Shape, erase, paste_resized};
use proptest::prelude::*;
use proptest::sample::Index;

fn place(shape: Shape, x: u16, y: u16, channel: u16) -> usize {
    let [width, height, channels] = [shape.width(), shape.height(), shape.channels()].map(usize::from);
    let [x, y, channel] = [x, y, channel].map(usize::from);
    if shape.layout() == Layout::Hwc {
        (y * width + x) * channels + channel
    } else {
        (channel * height + y) * width + x
    }
}

fn shapes() -> impl Strategy<Value = (u16, u16, bool)> {
    (1_u16..12, 1_u16..12, any::<bool>())
}

fn shape((width, height, planes): (u16, u16, bool), channels: u16) -> Shape {
    Shape::new(width, height, channels, if planes { Layout::Chw } else { Layout::Hwc }).unwrap()
}

fn patch(shape: Shape, edges: [Index; 4]) -> Patch {
    let [a, b, c, d] = edges;
    let [x0, x1] = [a, b].map(|edge| edge.index(usize::from(shape.width()) + 1) as u16);
    let [y0, y1] = [c, d].map(|edge| edge.index(usize::from(shape.height()) + 1) as u16);
    Patch::new(x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)).unwrap()
}

proptest! {
    #[test]
    fn what_is_erased_is_the_box(of in shapes(), channels in 1_u16..4, edges: [Index; 4]) {
        let shape = shape(of, channels);
        let patch = patch(shape, edges);
        let mut image = vec![7_u16; shape.len()];
        let mut next = 100;
        erase(&mut image, shape, patch, || { next += 1; next }).unwrap();
        prop_assert_eq!(u32::from(next) - 100, patch.area() * u32::from(channels));
        // In the order of memory: row by row, in planes plane by plane.
        let mut expected = 100;
        for (at, &value) in image.iter().enumerate() {
            let inside = (0..channels).any(|channel| (patch.x0()..patch.x1()).any(|x| {
                (patch.y0()..patch.y1()).any(|y| place(shape, x, y, channel) == at)
            }));
            expected += u16::from(inside);
            prop_assert_eq!(value, if inside { expected } else { 7 });
        }
    }

    /// The pixel whose center is looked at: the definition, in exact fractions.
    #[test]
    fn a_resized_partner_shows_the_pixels_under_its_centers(
        (of, from) in (shapes(), shapes()),
        channels in 1_u16..4,
        edges: [Index; 4],
    ) {
        let (shape, src_shape) = (shape(of, channels), shape(from, channels));
        let patch = patch(shape, edges);
        let src: Vec<u16> = (0..src_shape.len() as u16).collect();
        let mut image = vec![u16::MAX; shape.len()];
        paste_resized(&mut image, shape, patch, &src, src_shape).unwrap();
        let under = |at: u16, to: u16, side: u16| ((2 * u64::from(at) + 1) * u64::from(side) / (2 * u64::from(to))) as u16;
        let mut expected = vec![u16::MAX; shape.len()];
        for y in patch.y0()..patch.y1() {
            for x in patch.x0()..patch.x1() {
                for channel in 0..channels {
                    let from_x = under(x - patch.x0(), patch.x1() - patch.x0(), src_shape.width());
                    let from_y = under(y - patch.y0(), patch.y1() - patch.y0(), src_shape.height());
                    expected[place(shape, x, y, channel)] = src[place(src_shape, from_x, from_y, channel)];
                }
            }
        }
        prop_assert_eq!(image, expected);
    }
}

/// Numbers as large as sides can be.
#[test]
fn the_largest_sides_do_not_overflow() {
    let long = Shape::new(u16::MAX, 1, 1, Layout::Hwc).unwrap();
    let src: Vec<u16> = (0..u16::MAX).collect();
    let whole = Patch::new(0, 0, u16::MAX, 1).unwrap();
    let mut image = vec![0; src.len()];
    paste_resized(&mut image, long, whole, &src, long).unwrap();
    assert_eq!(image, src);
    let short = Patch::new(0, 0, u16::MAX - 1, 1).unwrap();
    paste_resized(&mut image, long, short, &src, long).unwrap();
    for (at, &value) in image[..usize::from(u16::MAX) - 1].iter().enumerate() {
        assert_eq!(usize::from(value), (2 * at + 1) * 65_535 / (2 * 65_534));
    }
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let (shape, small) = (Shape::new(4, 3, 2, Layout::Hwc).unwrap(), Shape::new(2, 2, 2, Layout::Chw).unwrap());
    let inside = Patch::new(0, 0, 2, 2).unwrap();
    let outside = Patch::new(0, 0, 5, 2).unwrap();
    let length = |image, expected, actual| PasteError::Length { image, expected, actual };
    let out = PasteError::Patch(PatchError::Outside { patch: outside, shape });
    for (len, patch, error) in [(23, inside, length("destination", 24, 23)), (24, outside, out)] {
        let mut image = vec![7; len];
        assert_eq!(erase(&mut image, shape, patch, || 0), Err(error));
        assert_eq!(paste_resized(&mut image, shape, patch, &[0; 8], small), Err(error));
        assert!(image.iter().all(|&value| value == 7));
    }
    let mut image = [7; 24];
    assert_eq!(paste_resized(&mut image, shape, inside, &[0; 7], small), Err(length("source", 8, 7)));
    let gray = Shape::new(2, 2, 1, Layout::Hwc).unwrap();
    assert_eq!(
        paste_resized(&mut image, shape, inside, &[0; 4], gray),
        Err(PasteError::Channels { expected: 2, actual: 1 })
    );
    assert_eq!(image, [7; 24]);
}
