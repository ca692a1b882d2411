//! What is written is read again, and what cannot be is refused.

use cutmix_core::{
    Blend, BoxRule, Choice, CutMix, Grid, Held, Label, Layout, Mix, MixUp, Partners, Patch, Plan, Shape, Stream,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn again<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value, "{text}");
    text
}

#[test]
fn values_come_back() {
    let shape = Shape::new(32, 24, 3, Layout::Chw).unwrap();
    assert_eq!(again(&shape), r#"{"width":32,"height":24,"channels":3,"layout":"Chw"}"#);
    again(&Grid::new(8, 4).unwrap());
    again(&BoxRule::MinMax { min: 0.25, max: 0.75 });
    again(&Partners::RandomCycle);
    again(&Held { slot: 2, number: 9, class: 3 });
    let choice = Choice::new(CutMix::new(1.0).unwrap(), MixUp::new(0.4).unwrap(), 0.5).unwrap();
    for index in 0..200 {
        let mix = choice.plan(shape, 7, &mut Stream::new(1, 0, index));
        again(&mix);
        again(&mix.label(3, 5));
        match mix {
            Mix::Paste(plan) => drop(again(&plan)),
            Mix::Blend(blend) => drop(again(&blend)),
        }
    }
    let whole = Plan::new(1, Patch::new(0, 0, 32, 24).unwrap(), shape).unwrap();
    assert_eq!(again(&whole), r#"{"partner":1,"patch":{"x0":0,"y0":0,"x1":32,"y1":24},"width":32,"height":24}"#);
}

#[test]
fn what_cannot_be_is_refused() {
    fn refused<T: DeserializeOwned>(text: &str, words: &str) {
        let error = serde_json::from_str::<T>(text).err().expect("it was read").to_string();
        assert!(error.contains(words), "{error}");
    }
    refused::<Shape>(r#"{"width":0,"height":24,"channels":3,"layout":"Chw"}"#, "every side must be at least 1");
    refused::<Patch>(r#"{"x0":3,"y0":0,"x1":2,"y1":1}"#, "3..2");
    refused::<Grid>(r#"{"width":0,"height":1}"#, "0×1");
    let plan = |width: u32, height: u32| {
        format!(r#"{{"partner":1,"patch":{{"x0":0,"y0":0,"x1":32,"y1":24}},"width":{width},"height":{height}}}"#)
    };
    refused::<Plan>(&plan(0, 24), "every side must be at least 1");
    refused::<Plan>(&plan(65_535, 65_535), "is too large");
    refused::<Plan>(&plan(31, 24), "reaches out of an image of 31×24");
    refused::<Plan>(&plan(32, 23), "reaches out of an image of 32×23");
    assert_eq!(serde_json::from_str::<Plan>(&plan(32, 24)).unwrap().kept(), 0);
    for (kept, total) in [(0_u64, 0_u64), (8, 7), (1, 1 << 31)] {
        refused::<Label>(
            &format!(r#"{{"first":1,"second":2,"kept":{kept},"total":{total}}}"#),
            "a label has 1 to 2147483647 pixels",
        );
    }
    refused::<Blend>(r#"{"partner":1,"kept":65537}"#, "65536 parts");
}
