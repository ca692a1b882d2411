//! What the tests share. They themselves are in `tests/`, one concept a file.

pub mod script;
pub mod statistics;

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct ReadmeExamples;
