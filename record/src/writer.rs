use core::fmt;

use crate::encode::{EncodeError, begin, check_element, check_plan, put_rows};
use crate::frame::{Frame, PIECE, Pieces};
use crate::{Element, Header, Pixels};

/// Writes a sample row by row, for a device that has no memory for a second frame: it takes a buffer of [`PIECE`] bytes.
///
/// The bytes are those of [`encode_sample`](crate::encode_sample), in pieces, each handed to a sink as soon as it is whole. A sink is a closure that sends
/// them, and may fail: with `embedded_io`, `|piece| uart.write_all(piece)`.
///
/// A record that is not [finished](Self::finish) arrives as damage. It costs no other record, since the next begins with a zero.
///
/// ```
/// use core::convert::Infallible;
///
/// use cutmix_core::{Layout, Plan, Shape};
/// use cutmix_record::{Element, Header, Key, PIECE, Pixels, Record, Records, SampleWriter};
///
/// let shape = Shape::new(4, 3, 1, Layout::Hwc)?;
/// let key = Key { seed: 42, epoch: 0, index: 7 };
/// let header = Header { key, shape, plan: Plan::unmixed(7, shape), classes: [3, 3] };
///
/// let mut sent = Vec::new(); // a serial port, say
/// let mut piece = [0; PIECE];
/// let mut sample = SampleWriter::new(&header, Element::U8, &mut piece, |piece: &[u8]| {
///     sent.extend_from_slice(piece);
///     Ok::<_, Infallible>(())
/// })?;
/// for line in [b"abcd--", b"efgh--", b"ijkl--"] {
///     sample.rows(Pixels::U8(line), 6)?; // a line of the camera at a time, 2 bytes of padding each
/// }
/// sample.finish()?;
///
/// let Some(Ok(Record::Sample { pixels, .. })) = Records::new(&mut sent).next() else { panic!("no sample") };
/// assert_eq!(pixels, b"abcdefghijkl");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct SampleWriter<'p, F> {
    frame: Frame<Pieces<'p, F>>,
    header: Header,
    element: Element,
    /// That were written.
    rows: usize,
}

impl<'p, E, F: FnMut(&[u8]) -> Result<(), E>> SampleWriter<'p, F> {
    /// Begins a sample: with the header, which goes to `sink` with the first pixels. `piece` is overwritten.
    ///
    /// # Errors
    ///
    /// [`WriteError::Record`] if the plan is none for the shape, or no image of the shape is made of such elements.
    pub fn new(header: &Header, element: Element, piece: &'p mut [u8; PIECE], sink: F) -> Result<Self, WriteError<E>> {
        check_plan(header)?;
        check_element(header, element)?;
        let mut frame = Frame::new(Pieces::new(piece, sink));
        begin(&mut frame, header, Some(element)).map_err(WriteError::Sink)?;
        Ok(Self { frame, header: *header, element, rows: 0 })
    }

    /// Writes the next rows, one or more of them. `stride` is the number of items of the slice from the start of one to the start of the next, as in
    /// [`encode_sample`](crate::encode_sample); padding is not written, and that of the last row may be left out.
    ///
    /// Where the channels are planes, a plane's rows come after those of the plane before.
    ///
    /// # Errors
    ///
    /// [`WriteError::Record`] if these are no whole rows, more than the shape has, or of another element: then nothing of them was written.
    /// [`WriteError::Sink`] if the sink failed; the record cannot be finished then.
    pub fn rows(&mut self, pixels: Pixels<'_>, stride: usize) -> Result<(), WriteError<E>> {
        let (row, actual) = (pixels.row_len(self.header.shape), pixels.element());
        if actual != self.element {
            return Err(EncodeError::Element { expected: self.element, actual }.into());
        }
        if stride < row {
            return Err(EncodeError::Stride { row, stride }.into());
        }
        // Not zero, since no row is empty.
        let (whole, rest) =
            (pixels.len().checked_div(stride).unwrap_or(0), pixels.len().checked_rem(stride).unwrap_or(0));
        if rest != 0 && rest != row {
            return Err(EncodeError::PartOfRow { row, actual: rest }.into());
        }
        let rows = self.rows.saturating_add(whole).saturating_add(usize::from(rest != 0));
        self.check_rows(rows, rows <= self.header.shape.rows())?;
        put_rows(&mut self.frame, pixels, stride, self.header.shape).map_err(WriteError::Sink)?;
        self.rows = rows;
        Ok(())
    }

    /// Ends the record: with the checksum and a zero.
    ///
    /// # Errors
    ///
    /// [`WriteError::Record`] if rows are missing, [`WriteError::Sink`] if the sink failed.
    pub fn finish(mut self) -> Result<(), WriteError<E>> {
        self.check_rows(self.rows, self.rows == self.header.shape.rows())?;
        self.frame.end().map_err(WriteError::Sink)
    }

    fn check_rows(&self, actual: usize, right: bool) -> Result<(), WriteError<E>> {
        let expected = self.header.shape.rows();
        if right { Ok(()) } else { Err(EncodeError::Rows { expected, actual }.into()) }
    }
}

/// Why a sample was not written to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum WriteError<E> {
    /// It is none.
    Record(EncodeError),
    /// What the sink says.
    Sink(E),
}

impl<E> From<EncodeError> for WriteError<E> {
    fn from(error: EncodeError) -> Self {
        Self::Record(error)
    }
}

impl<E: fmt::Display> fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(error) => error.fmt(f),
            Self::Sink(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for WriteError<E> {}
