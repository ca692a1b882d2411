use core::fmt;

use cutmix_core::{BetaError, PasteError};
use cutmix_record::{EncodeError, WriteError};

/// Why the loop stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// α was refused.
    Beta(BetaError),
    /// The buffers do not fit the frames.
    Paste(PasteError),
    /// The pool has no room at all.
    NoPartner,
    /// A byte beside the pixels was written.
    Overrun {
        /// Counted from the top.
        row: u16,
    },
    /// A frame is not as its record says.
    Encode(EncodeError),
    /// The link did not take a line, or found that it is not the one expected.
    Link,
    /// A record was not taken.
    Records,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Its own text has floats, which take a third of the program to print.
            Self::Beta(_) => f.write_str("α was refused"),
            Self::Paste(error) => error.fmt(f),
            Self::NoPartner => f.write_str("the pool holds no frame; give it room for one"),
            Self::Overrun { row } => write!(f, "overrun: the padding of row {row} was written"),
            Self::Encode(error) => error.fmt(f),
            Self::Records => f.write_str("a record could not be written; name a folder that exists and has room"),
            Self::Link => f.write_str("the link did not take a line"),
        }
    }
}

impl core::error::Error for Fault {}

impl From<BetaError> for Fault {
    fn from(error: BetaError) -> Self {
        Self::Beta(error)
    }
}

impl From<PasteError> for Fault {
    fn from(error: PasteError) -> Self {
        Self::Paste(error)
    }
}

impl From<EncodeError> for Fault {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl From<WriteError<Self>> for Fault {
    fn from(error: WriteError<Self>) -> Self {
        match error {
            WriteError::Record(error) => error.into(),
            WriteError::Sink(fault) => fault,
        }
    }
}

impl From<fmt::Error> for Fault {
    fn from(_: fmt::Error) -> Self {
        Self::Link
    }
}
