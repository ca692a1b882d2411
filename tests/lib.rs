//! What needs `host` is tested in `tests/`, one concept a file; the core and records are tested where they are.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct ReadmeExamples;
