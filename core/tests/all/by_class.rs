//! Partners by their classes: against the definition, and their law.

use crate::statistics::assert_uniform;
use cutmix_core::{ByClass, ByClassError, Stream};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    /// Nobody is left out, nobody is of the wrong class, and nobody meets itself among its own.
    #[test]
    fn partners_are_of_the_class_that_was_asked_for(labels in vec(0_u16..5, 0..40), seed: u64) {
        let (mut order, mut starts) = (vec![9; labels.len()], [9; 6]);
        let by_class = ByClass::new(&labels, &mut order, &mut starts).unwrap();
        let mut stream = Stream::new(seed, 0, 0);
        for (image, &class) in labels.iter().enumerate() {
            let of_class = labels.iter().filter(|&&other| other == class).count();
            for _ in 0..5 {
                let same = by_class.same(image as u32, &mut stream).map(|partner| partner as usize);
                prop_assert!(same.is_none_or(|partner| partner != image && labels[partner] == class));
                prop_assert_eq!(same.is_none(), of_class == 1);
                let other = by_class.other(image as u32, &mut stream).map(|partner| partner as usize);
                prop_assert!(other.is_none_or(|partner| labels[partner] != class));
                prop_assert_eq!(other.is_none(), of_class == labels.len());
                prop_assert!(by_class.of_any_class(&mut stream).is_some_and(|partner| (partner as usize) < labels.len()));
            }
        }
        prop_assert_eq!(by_class.same(labels.len() as u32, &mut stream), None);
        prop_assert_eq!(by_class.other(u32::MAX, &mut stream), None);
        prop_assert_eq!(by_class.of_any_class(&mut stream).is_none(), labels.is_empty());
        let mut sorted = order.clone();
        sorted.sort_unstable();
        prop_assert!(sorted.into_iter().eq(0..labels.len() as u32));
    }
}

/// Classes of 12, 3 and 1 images, and one without any between them.
#[test]
fn every_one_that_may_be_is_equally_likely() {
    const DRAWS: usize = 60_000;
    let labels = [0, 0, 2, 0, 0, 3, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0];
    let (mut order, mut starts) = ([0; 16], [0; 5]);
    let by_class = ByClass::new(&labels, &mut order, &mut starts).unwrap();
    let count = |draw: &dyn Fn(&mut Stream) -> Option<u32>| {
        let mut counts = [0_u32; 16];
        let mut stream = Stream::new(11, 0, 0);
        for _ in 0..DRAWS {
            counts[draw(&mut stream).unwrap() as usize] += 1;
        }
        counts
    };
    let some = |counts: [u32; 16], may: &dyn Fn(usize) -> bool, what: &str| {
        let those: Vec<u32> = (0..16).filter(|&image| may(image)).map(|image| counts[image]).collect();
        assert_eq!(those.iter().sum::<u32>() as usize, DRAWS, "{what}: others came up");
        assert_uniform(&those, 40, what);
    };
    for image in [0, 1, 15] {
        some(
            count(&|stream| by_class.same(image, stream)),
            &|other| other as u32 != image && labels[other] == 0,
            "same",
        );
    }
    some(count(&|stream| by_class.same(8, stream)), &|other| other == 2 || other == 12, "same of three");
    for image in [0, 2, 5] {
        let class = labels[image as usize];
        some(count(&|stream| by_class.other(image, stream)), &|other| labels[other] != class, "other");
    }
    // A third each, and within a class alike.
    let counts = count(&|stream| by_class.of_any_class(stream));
    let of =
        |class: u16| (0..16).filter(|&image| labels[image] == class).map(|image| counts[image]).collect::<Vec<_>>();
    assert_uniform(&[0, 2, 3].map(|class| of(class).iter().sum()), 40, "classes");
    assert_uniform(&of(0), 40, "images of the first");
    assert_uniform(&of(2), 40, "images of the third");
}

#[test]
fn memory_of_another_length_and_labels_of_no_class_are_refused() {
    let refused = |labels: &[u16], order: usize, starts: usize| {
        ByClass::new(labels, &mut vec![0; order], &mut vec![0; starts]).unwrap_err()
    };
    for (order, starts) in [(2, 3), (4, 3), (3, 0), (3, 65_538)] {
        assert_eq!(refused(&[0, 1, 0], order, starts), ByClassError::Memory { images: 3, order, starts });
    }
    assert_eq!(refused(&[0, 2, 1], 3, 3), ByClassError::Class { class: 2, classes: 2 });
    let (mut order, mut starts) = ([0; 1], vec![0; 65_537]);
    let by_class = ByClass::new(&[u16::MAX], &mut order, &mut starts).unwrap();
    assert_eq!(by_class.of_any_class(&mut Stream::new(0, 0, 0)), Some(0));
}
