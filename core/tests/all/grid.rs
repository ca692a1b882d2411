//! Boxes on a grid: edges on its lines, λ by the pixels, and every box as likely as that of cells. Their law is in `box_law.rs`.

use cutmix_core::{BoxRule, CutMix, Grid, GridError, Layout, Patch, Shape, Stream};
use proptest::prelude::*;

proptest! {
    /// Pixel by pixel: a cell is in the box or is not.
    #[test]
    fn a_cell_is_cut_whole_or_not_at_all(
        (width, height) in (1_u16..70, 1_u16..70),
        (cell_width, cell_height) in (1_u16..20, 1_u16..20),
        rule in prop_oneof![
            Just(BoxRule::Paper), Just(BoxRule::OddSides), Just(BoxRule::AtLeastOnePixel), Just(BoxRule::Inside),
            Just(BoxRule::MinMax { min: 0.2, max: 0.9 }),
        ],
        alpha in prop_oneof![Just(0.25_f32), Just(1.0), Just(3.0)],
        seed: u64,
    ) {
        let shape = Shape::new(width, height, 3, Layout::Hwc).unwrap();
        let grid = Grid::new(cell_width, cell_height).unwrap();
        let cutmix = CutMix::new(alpha).unwrap().with_rule(rule).unwrap();
        let plan = cutmix.plan_on_grid(shape, grid, 7, &mut Stream::new(seed, 0, 0));
        let patch = plan.patch();
        let inside = |x: u16, y: u16| (patch.x0()..patch.x1()).contains(&x) && (patch.y0()..patch.y1()).contains(&y);
        let mut kept = 0;
        for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
            prop_assert_eq!(inside(x, y), inside(x / cell_width * cell_width, y / cell_height * cell_height), "{},{} of {}", x, y, patch);
            kept += u32::from(!inside(x, y));
        }
        prop_assert!(patch.fits(shape));
        prop_assert_eq!((plan.kept(), plan.total(), plan.partner()), (kept, shape.pixels(), 7));

        // The box of cells is the box of their image.
        let cells = Shape::new(width.div_ceil(cell_width), height.div_ceil(cell_height), 3, Layout::Hwc).unwrap();
        prop_assert_eq!(grid.cells(shape), cells);
        let coarse = cutmix.plan(cells, 7, &mut Stream::new(seed, 0, 0)).patch();
        let up = |edge: u16, cell: u16| edge.div_ceil(cell);
        let rounded = Patch::new(up(patch.x0(), cell_width), up(patch.y0(), cell_height), up(patch.x1(), cell_width), up(patch.y1(), cell_height));
        prop_assert_eq!(rounded, Ok(coarse));
    }
}

/// A cell of a pixel is no grid: the same plans as without.
#[test]
fn cells_of_a_pixel_change_nothing() {
    let shape = Shape::new(31, 17, 1, Layout::Chw).unwrap();
    let (cutmix, grid) = (CutMix::new(0.5).unwrap().with_probability(0.7).unwrap(), Grid::new(1, 1).unwrap());
    for index in 0..2000 {
        let (mut stream, mut other) = (Stream::new(3, 0, index), Stream::new(3, 0, index));
        assert_eq!(cutmix.plan_on_grid(shape, grid, 1, &mut stream), cutmix.plan(shape, 1, &mut other));
        assert_eq!(stream, other);
    }
}

#[test]
fn extremes() {
    for (width, height) in [(0, 1), (1, 0), (0, 0)] {
        let error = Grid::new(width, height).unwrap_err();
        assert_eq!(error, GridError { width, height });
        assert!(error.to_string().contains(&format!("{width}×{height} pixels is empty")), "{error}");
    }
    // A cell that is larger than the image: one cell, of which no rule but one makes a box, and that takes the whole image.
    let shape = Shape::new(10, 10, 1, Layout::Hwc).unwrap();
    let grid = Grid::new(u16::MAX, 11).unwrap();
    let paper = CutMix::new(1.0).unwrap();
    assert!(!paper.can_mix(grid.cells(shape)));
    assert_eq!(paper.plan_on_grid(shape, grid, 0, &mut Stream::new(1, 0, 0)).kept(), 100);
    let keras = paper.with_rule(BoxRule::AtLeastOnePixel).unwrap();
    assert_eq!(keras.plan_on_grid(shape, grid, 0, &mut Stream::new(1, 0, 0)).kept(), 0);
    // Edges beyond 16 bits: the image ends before.
    let wide = Shape::new(u16::MAX, 3, 1, Layout::Hwc).unwrap();
    let grid = Grid::new(40_000, 1).unwrap();
    for index in 0..200 {
        let patch = keras.plan_on_grid(wide, grid, 0, &mut Stream::new(2, 0, index)).patch();
        assert!([0, 40_000].contains(&patch.x0()) && [40_000, u16::MAX].contains(&patch.x1()), "{patch}");
    }
}
