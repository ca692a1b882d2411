//! What shapes, patches and plans refuse, at the last value that passes and the first that does not.

use cutmix_core::{Layout, Patch, PatchError, Plan, Shape, ShapeError, StrideError, paste_strided};

#[test]
fn a_shape_has_no_empty_side() {
    for (width, height, channels) in [(0, 4, 3), (8, 0, 3), (8, 4, 0)] {
        let error = Shape::new(width, height, channels, Layout::Hwc).unwrap_err();
        assert_eq!(error, ShapeError::Zero { width, height, channels });
    }
    assert_eq!(Shape::new(1, 1, 1, Layout::Hwc).unwrap().len(), 1);
}

#[test]
fn a_shape_has_at_most_2_147_483_647_elements() {
    // 2³¹ − 1 is prime, so no shape has exactly as many.
    let shape = Shape::new(u16::MAX, 32_767, 1, Layout::Chw).unwrap();
    assert_eq!((shape.pixels(), shape.len()), (2_147_385_345, 2_147_385_345));
    for (width, height, channels) in [(32_768, 32_768, 2), (u16::MAX, u16::MAX, u16::MAX)] {
        let elements = u64::from(width) * u64::from(height) * u64::from(channels);
        let error = Shape::new(width, height, channels, Layout::Chw).unwrap_err();
        assert_eq!(error, ShapeError::TooLarge { elements });
    }
}

#[test]
fn padded_rows_have_a_length() {
    // Three rows of 8 in one layout, six of 4 in the other.
    for (layout, row, rows) in [(Layout::Hwc, 8, 3), (Layout::Chw, 4, 6)] {
        let shape = Shape::new(4, 3, 2, layout).unwrap();
        assert_eq!(shape.check_stride(row - 1, 24), Err(StrideError::Stride { row, stride: row - 1 }));
        for stride in row..row + 4 {
            let (unpadded, expected) = (stride * (rows - 1) + row, stride * rows);
            for actual in 0..=expected + 1 {
                let fits = (unpadded..=expected).contains(&actual);
                let error = StrideError::Length { stride, expected, actual };
                assert_eq!(shape.check_stride(stride, actual), if fits { Ok(()) } else { Err(error) });
            }
        }
        // No slice is so long; its length is not one that wrapped around.
        for stride in [usize::MAX, usize::MAX / 2 + 1] {
            let error = StrideError::Length { stride, expected: usize::MAX, actual: 24 };
            assert_eq!(shape.check_stride(stride, 24), Err(error));
        }
    }
}

/// 52 elements of 16 bits take 104 bytes: what a driver calls the stride is named, and what to pass instead.
#[test]
fn a_stride_in_bytes_is_said_to_be_one() {
    let shape = Shape::new(52, 40, 1, Layout::Hwc).unwrap();
    for (stride, len, remedy) in [
        (104, 52 * 40, "if the stride is in bytes, pass 52"),
        (208, 52 * 40, "if the stride is in bytes, pass 52"),
        (128, 64 * 40, "if the stride is in bytes, pass 64"),
        (104, 52 * 40 - 1, "pass just the image, and its stride in elements"),
        (60, 52 * 40, "pass just the image, and its stride in elements"),
    ] {
        let text = shape.check_stride(stride, len).unwrap_err().to_string();
        let (image, slice) = (stride * 40, format!("the slice has {len}"));
        assert!(
            text.starts_with(&format!("a stride of {stride} elements makes an image of {image}, and {slice}; ")),
            "{text}"
        );
        assert!(text.ends_with(remedy), "{text}");
        let (mut dst, src) = (vec![0_u16; len], vec![0; 52 * 40]);
        let error = paste_strided(&mut dst, stride, &src, 52, shape, Patch::EMPTY).unwrap_err();
        assert_eq!(error.to_string(), format!("the destination: {text}"));
    }
}

#[test]
fn a_patch_is_not_inverted() {
    for (x0, y0, x1, y1) in [(3, 0, 2, 4), (0, 3, 4, 2)] {
        let error = Patch::new(x0, y0, x1, y1).unwrap_err();
        assert!(matches!(error, PatchError::Inverted { patch } if (patch.x0(), patch.y1()) == (x0, y1)));
    }
    assert_eq!(Patch::new(3, 2, 3, 2).unwrap().area(), 0);
    assert_eq!(Patch::new(0, 0, u16::MAX, u16::MAX).unwrap().area(), 4_294_836_225);
}

#[test]
fn a_plan_stays_in_its_image() {
    let shape = Shape::new(8, 4, 3, Layout::Hwc).unwrap();
    let whole = Patch::new(0, 0, 8, 4).unwrap();
    assert_eq!(Plan::new(0, whole, shape).unwrap().kept(), 0);
    for (x1, y1) in [(9, 4), (8, 5), (4, 8)] {
        let patch = Patch::new(0, 0, x1, y1).unwrap();
        assert_eq!(Plan::new(0, patch, shape).unwrap_err(), PatchError::Outside { patch, shape });
    }
}

#[test]
fn an_unmixed_plan_keeps_everything() {
    let plan = Plan::unmixed(5, Shape::new(8, 4, 3, Layout::Hwc).unwrap());
    assert_eq!((plan.partner(), plan.patch(), plan.kept(), plan.total()), (5, Patch::EMPTY, 32, 32));
}
