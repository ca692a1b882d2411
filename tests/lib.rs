//! Holds no code: the tests of `cutmix-core` and `host` are in `tests/`, one concept a file.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct ReadmeExamples;
