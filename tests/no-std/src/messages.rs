use core::error::Error;
use core::fmt::{self, Write};
use core::hint::black_box;

use cutmix_core::{
    BetaError, ByClassError, ClassesError, GridError, LabelError, MinMaxError, MixBatchError, Partners, PartnersError,
    PasteError, Patch, PatchError, Plan, ProbabilityError, ShapeError, SizeError, StrideError, UnknownClass,
};
use cutmix_record::{Element, ElementError, EncodeError, WriteError};

use crate::probe::{any, shape};

pub fn all() -> Option<()> {
    let (patch, shape, image) = (Patch::EMPTY, shape()?, any());
    let errors: [&dyn Error; _] = [
        &ShapeError::Zero { width: any(), height: any(), channels: any() },
        &ShapeError::TooLarge { elements: any() },
        &StrideError::Stride { row: any(), stride: any() },
        &StrideError::Length { stride: any(), expected: any(), actual: any() },
        &PatchError::Inverted { patch },
        &PatchError::Outside { patch, shape },
        &BetaError { parameter: any() },
        &GridError { width: any(), height: any() },
        &ProbabilityError { probability: any() },
        &MinMaxError { min: any(), max: any() },
        &PasteError::Length { image, expected: any(), actual: any() },
        &PasteError::Plan(SizeError { plan: Plan::unmixed(any(), shape), shape }),
        &ByClassError::Memory { images: any(), order: any(), starts: any() },
        &ByClassError::Class { class: any(), classes: any() },
        &PasteError::Rows { image, stride: any(), expected: any(), actual: any() },
        &PasteError::Stride { image, row: any(), stride: any() },
        &MixBatchError::Partner { partner: any(), images: any() },
        &MixBatchError::Scratch { needed: any(), actual: any() },
        &PartnersError { rule: Partners::Roll, images: any() },
        &LabelError::Class { class: any(), classes: any() },
        &LabelError::Smoothing { epsilon: any() },
        &ClassesError { expected: any(), actual: any() },
        &UnknownClass { class: any(), classes: any() },
        &EncodeError::Unfit(ElementError::Channels { element: Element::I8 { zero_point: any() }, channels: any() }),
        &EncodeError::Unfit(ElementError::HalfPair { patch }),
        &EncodeError::Length { stride: any(), expected: any(), actual: any() },
        &EncodeError::Room { needed: any(), actual: any() },
        &WriteError::<fmt::Error>::Record(EncodeError::Rows { expected: any(), actual: any() }),
    ];
    errors.iter().try_for_each(|error| write!(Nowhere, "{error} {error:?}")).ok()
}

/// Takes the text and leaves it at that.
struct Nowhere;

impl Write for Nowhere {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        Ok(())
    }
}
