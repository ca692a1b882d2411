//! How many bytes a record takes.

use cutmix_core::{CutMix, Layout, Patch, Plan, Shape};
use cutmix_record::{Header, Key, PLAN_CAPACITY, Pixels, encode_plan, encode_sample, sample_capacity};

/// Keys, partners and classes as long as they can be, and no zero to save a byte: what is promised is hardly more.
#[test]
fn capacities_are_enough_and_tight() {
    let worst = |width, height, channels| {
        let shape = Shape::new(width, height, channels, Layout::Chw).unwrap();
        let patch = Patch::new(width - 1, height - 1, width, height).unwrap();
        let key = Key { seed: u64::MAX, epoch: u32::MAX, index: u32::MAX };
        Header { key, shape, plan: Plan::new(u32::MAX, patch, shape).unwrap(), classes: [u16::MAX; 2] }
    };
    let mut out = vec![0; 150_000];
    for (width, height, channels) in
        (2..=300).map(|width| (width, 2, 1)).chain([(32, 32, 3), (129, 130, 2), (9, 7, 200)])
    {
        let header = worst(width, height, channels);
        let pixels = vec![0xFFFF; header.shape.len()];
        let bytes = vec![0xFF; header.shape.len()];
        let quantized = vec![-1; header.shape.len()];
        let floats = vec![f32::from_bits(u32::MAX); header.shape.len()];
        for pixels in [
            Pixels::U8(&bytes),
            Pixels::Rgb565(&pixels),
            Pixels::I8 { values: &quantized, zero_point: -1 },
            Pixels::F32(&floats),
        ] {
            let capacity = sample_capacity(header.shape, pixels.element());
            if pixels.element().check(header.shape, header.plan.patch()).is_err() {
                continue;
            }
            let length = encode_sample(&header, pixels, header.shape.row_len(), &mut out[..capacity]).unwrap().len();
            assert!(capacity - length <= 1, "{length} of {capacity} bytes for {width}×{height}×{channels}");
        }
    }
    let header = worst(u16::MAX, 32_767, 1);
    let length = encode_plan(&header, &mut out[..PLAN_CAPACITY]).unwrap().len();
    assert_eq!((length, PLAN_CAPACITY), (70, 72), "channels have a byte, not three, in so large an image");
}

/// What the documentation says that a plan takes.
#[test]
fn a_plan_takes_a_few_bytes() {
    let mut out = [0; PLAN_CAPACITY];
    let (mut small, mut large, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for side in [32, 96] {
        let shape = Shape::new(side, side, 3, Layout::Hwc).unwrap();
        let policy = CutMix::new(1.0).unwrap();
        for index in 0..5000 {
            for (seed, first, lengths) in [(42, 0, &mut small), (u64::MAX, 0, &mut large), (42, 16_384 + 9, &mut late)]
            {
                let index = first + index;
                let key = Key { seed, epoch: 3, index };
                let plan = policy.plan(shape, index.saturating_sub(9), &mut key.stream());
                let header = Header { key, shape, plan, classes: [3, 5] };
                lengths.push(encode_plan(&header, &mut out).unwrap().len());
            }
        }
    }
    let range = |lengths: &[usize]| (*lengths.iter().min().unwrap(), *lengths.iter().max().unwrap());
    assert_eq!((range(&small), range(&large)), ((27, 29), (36, 38)));
    assert_eq!(range(&late), (30, 31));
}
