//! How what `cutmix-core` made on a device gets home: `no_std`, no allocation.
//!
//! Two kinds of records leave a device. A *sample* is a frame with its [`Header`]: its [`Key`], its shape, what was
//! pasted into it, two classes and so the label. A frame as the camera saw it is one with an empty box. A *plan* is the
//! header alone: a host that has both frames makes the sample of it again, byte for byte.
//!
//! ```
//! use cutmix_core::{Layout, Patch, Plan, Shape};
//! use cutmix_record::{Element, Header, Key, PLAN_CAPACITY, Pixels, Record, Records};
//! use cutmix_record::{encode_plan, encode_sample, sample_capacity};
//!
//! const SHAPE: Shape = match Shape::new(3, 2, 1, Layout::Hwc) {
//!     Ok(shape) => shape,
//!     Err(_) => panic!("no frame has this shape"),
//! };
//! let dma = b"abc--def--"; // rows of 3 pixels, 5 bytes apart
//! let header = Header {
//!     key: Key { seed: 42, epoch: 0, index: 7 },
//!     shape: SHAPE,
//!     plan: Plan::new(5, Patch::new(1, 0, 3, 1)?, SHAPE)?, // 2 of the 6 pixels are frame 5's
//!     classes: [3, 4],
//! };
//! let mut out = [0; sample_capacity(SHAPE, Element::U8)];
//! let sample = encode_sample(&header, Pixels::U8(dma), 5, &mut out)?;
//! let mut out = [0; PLAN_CAPACITY];
//! let plan = encode_plan(&header, &mut out)?;
//!
//! let mut capture = [sample, plan].concat(); // what the host got
//! let mut records = Records::new(&mut capture);
//! let Some(Ok(Record::Sample { header: arrived, pixels, .. })) = records.next() else { panic!("no sample") };
//! assert_eq!((arrived, pixels), (header, &b"abcdef"[..]));
//! let Some(Ok(Record::Plan { header: arrived, .. })) = records.next() else { panic!("no plan") };
//! assert_eq!(arrived, header);
//! assert!(records.next().is_none());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # What it takes
//!
//! A plan for frames of 32×32 or 96×96 pixels takes 27 to 29 bytes, 9 more if the seed has 64 bits, up to 31 from frame
//! 16,384 on; at most [`PLAN_CAPACITY`], 72. A sample takes 2 or 3 more, its pixels, and one more for every 254 bytes:
//! [`sample_capacity`] is the most that it can be.
//!
//! # Sessions and parts
//!
//! A frame is known by its session's seed and its number: let every session, from power-on to power-off say, have a seed
//! of its own, and count from 0. [`part`] says which frames of a session are for training and which for testing.
//!
//! # The format
//!
//! `FORMAT.md` beside this crate's manifest describes it byte by byte, for other languages, and says what a reader does with a newer version;
//! `vectors/` has records to test against. The sample above:
//!
//! ```
//! # use cutmix_core::{Layout, Patch, Plan, Shape};
//! # use cutmix_record::{Header, Key, Pixels, encode_sample};
//! # let shape = Shape::new(3, 2, 1, Layout::Hwc)?;
//! # let plan = Plan::new(5, Patch::new(1, 0, 3, 1)?, shape)?;
//! # let header = Header { key: Key { seed: 42, epoch: 0, index: 7 }, shape, plan, classes: [3, 4] };
//! # let mut out = [0; 128];
//! let record = encode_sample(&header, Pixels::U8(b"abc--def--"), 5, &mut out)?;
//! let expected: &[&[u8]] = &[
//!     &[0],             // in front
//!     &[3],             // COBS: 2 bytes, then a zero
//!     &[1, 42],         // version, seed
//!     &[5],             // instead of the epoch, which is 0: 4 bytes, then a zero
//!     &[7, 3, 2, 1],    // index, width, height, channels
//!     &[3],             // instead of the layout
//!     &[5, 1],          // partner, x0
//!     &[19],            // instead of y0: 18 bytes, then the end
//!     &[3, 1, 4, 6],    // x1, y1, kept, total
//!     &[3, 4],          // classes
//!     &[1, 6],          // bytes, 6 of them
//!     b"abcdef",        // the pixels
//!     &[165, 237, 32, 73], // the CRC-32 of the 25 bytes 1, 42, 0, 7, ..., b'f' is 0x4920_eda5
//!     &[0],             // behind
//! ];
//! assert_eq!(record, expected.concat());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

#![no_std]
#![forbid(unsafe_code)]

mod decode;
mod element;
mod encode;
mod frame;
mod header;
mod part;
mod receiver;
mod wire;
mod writer;

pub use decode::{Damage, Reason, Record, Records};
pub use element::{Element, ElementError, Pixels};
pub use encode::{EncodeError, PLAN_CAPACITY, encode_plan, encode_sample, sample_capacity};
pub use frame::PIECE;
pub use header::{Header, Key};
pub use part::{Part, STRETCH, part};
pub use receiver::Receiver;
pub use writer::{SampleWriter, WriteError};
