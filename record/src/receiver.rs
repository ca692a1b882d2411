use core::mem::take;

use crate::decode::{Damage, Reason, Record, decode};

/// Takes the records out of what arrives in pieces, from a serial port or a socket: for a gateway, or a host that does not wait for the end.
///
/// It finds what [`Records`](crate::Records) finds in all pieces together, wherever they are cut. Its memory is a buffer of the caller's, as long as the
/// longest record that is expected: [`sample_capacity`](crate::sample_capacity), or [`PLAN_CAPACITY`](crate::PLAN_CAPACITY) where only plans come.
///
/// ```
/// use cutmix_core::{Layout, Plan, Shape};
/// use cutmix_record::{Header, Key, PLAN_CAPACITY, Receiver, Record, encode_plan};
///
/// let shape = Shape::new(32, 32, 3, Layout::Hwc)?;
/// let key = Key { seed: 42, epoch: 0, index: 7 };
/// let header = Header { key, shape, plan: Plan::unmixed(7, shape), classes: [3, 3] };
/// let mut out = [0; PLAN_CAPACITY];
/// let sent = encode_plan(&header, &mut out)?;
///
/// let mut buffer = [0; PLAN_CAPACITY];
/// let mut receiver = Receiver::new(&mut buffer);
/// let mut plans = 0;
/// for piece in sent.chunks(5) { // as they come
///     let mut piece = &piece[..];
///     while let Some(record) = receiver.next(&mut piece) {
///         match record {
///             Ok(Record::Plan { header: arrived, .. }) => assert_eq!(arrived, header),
///             other => panic!("{other:?}"),
///         }
///         plans += 1;
///     }
/// }
/// assert_eq!(plans, 1);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Receiver<'b> {
    buffer: &'b mut [u8],
    /// Bytes since the last zero, of which the buffer has the first.
    bytes: usize,
    /// Where they begin.
    offset: usize,
}

impl<'b> Receiver<'b> {
    /// Before the first byte.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, bytes: 0, offset: 0 }
    }

    /// Takes bytes from the front of `arrived`, up to the end of a record, and returns that; `None` once all are taken. To be called until then.
    ///
    /// What is no record comes as [`Damage`]. What is longer than the buffer, too: nothing of it can be read.
    pub fn next(&mut self, arrived: &mut &[u8]) -> Option<Result<Record<'_>, Damage>> {
        loop {
            let bytes = *arrived;
            let zero = bytes.iter().position(|&byte| byte == 0);
            let (taken, rest) = bytes.split_at(zero.unwrap_or(bytes.len()));
            for (to, from) in self.buffer.iter_mut().skip(self.bytes).zip(taken) {
                *to = *from;
            }
            self.bytes = self.bytes.saturating_add(taken.len());
            *arrived = rest.get(1..).unwrap_or_default();
            zero?;
            if self.bytes > 0 {
                return self.end();
            }
            self.offset = self.offset.wrapping_add(1);
        }
    }

    /// What has arrived since the last record, where nothing more will come; `None` if nothing has. Another record may follow.
    pub fn end(&mut self) -> Option<Result<Record<'_>, Damage>> {
        let (bytes, offset) = (take(&mut self.bytes), self.offset);
        self.offset = offset.wrapping_add(bytes).wrapping_add(1);
        if bytes == 0 {
            return None;
        }
        let capacity = self.buffer.len();
        let stretch = self.buffer.get_mut(..bytes).ok_or(Reason::TooLong { capacity });
        Some(stretch.and_then(|stretch| decode(stretch, offset)).map_err(|reason| Damage { offset, bytes, reason }))
    }
}
