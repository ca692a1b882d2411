//! The frame around a record: its checksum and COBS, between zeros.

use crc::{Digest, Table};

use crate::wire::CRC;

/// The most bytes between the codes of COBS.
const BLOCK: usize = 254;

/// The most bytes of a piece of a record that is written [by rows](crate::SampleWriter): a zero, and a whole block of COBS.
pub const PIECE: usize = BLOCK + 2;

/// A place for a frame.
pub trait Place {
    /// Why there is none any more.
    type Error;

    /// Puts `bytes` behind what is there, in COBS.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Ends the frame.
    fn end(&mut self) -> Result<(), Self::Error>;
}

/// A block of COBS that is being filled: a byte for its code, then bytes that are not zero.
#[derive(Clone, Copy)]
struct Block {
    /// Where its code goes.
    code: usize,
    /// Where its next byte goes.
    next: usize,
}

/// What became of a block.
enum Filled {
    /// All bytes are in it, and there may be more.
    Open,
    /// It is whole: a zero came, which its code stands for, or it is full. So many bytes are in it or stood for.
    Whole(usize),
    /// It ends before the memory that it lies in has room for it.
    NoRoom,
}

impl Block {
    const fn at(code: usize) -> Self {
        Self { code, next: code + 1 }
    }

    /// Puts bytes from the front of `bytes` into the block, which lies in `memory`.
    // One loop: a search for the zero and a copy up to it take as many instructions a byte, and more for each zero.
    #[inline(never)]
    fn fill(&mut self, memory: &mut [u8], bytes: &[u8]) -> Filled {
        let room = BLOCK + 1 - (self.next - self.code);
        let Some(free) = memory.get_mut(self.next..) else { return Filled::NoRoom };
        let mut copied = 0;
        for (to, byte) in free.iter_mut().take(room).zip(bytes) {
            if *byte == 0 {
                break;
            }
            *to = *byte;
            copied += 1;
        }
        self.next += copied;
        if copied == room {
            return self.close(memory).map_or(Filled::NoRoom, |()| Filled::Whole(copied));
        }
        match bytes.get(copied) {
            None => Filled::Open,
            Some(0) => self.close(memory).map_or(Filled::NoRoom, |()| Filled::Whole(copied + 1)),
            Some(_) => Filled::NoRoom,
        }
    }

    /// Writes the code of the last block, and a zero behind it.
    fn end(&mut self, memory: &mut [u8]) -> Option<()> {
        let end = self.next;
        self.close(memory)?;
        *memory.get_mut(end)? = 0;
        Some(())
    }

    /// Writes the code, and begins the block behind.
    fn close(&mut self, memory: &mut [u8]) -> Option<()> {
        *memory.get_mut(self.code)? = (self.next - self.code) as u8;
        *self = Self::at(self.next);
        Some(())
    }
}

/// A buffer for the whole frame.
pub struct Whole<'o> {
    out: &'o mut [u8],
    block: Block,
}

/// The buffer is too short.
pub struct NoRoom;

impl<'o> Whole<'o> {
    pub fn new(out: &'o mut [u8]) -> Result<Self, NoRoom> {
        *out.first_mut().ok_or(NoRoom)? = 0;
        Ok(Self { out, block: Block::at(1) })
    }

    /// What was written.
    pub fn written(self) -> Option<&'o mut [u8]> {
        self.out.get_mut(..self.block.next)
    }
}

impl Place for Whole<'_> {
    type Error = NoRoom;

    fn end(&mut self) -> Result<(), NoRoom> {
        self.block.end(self.out).ok_or(NoRoom)
    }

    fn put(&mut self, mut bytes: &[u8]) -> Result<(), NoRoom> {
        loop {
            match self.block.fill(self.out, bytes) {
                Filled::Open => return Ok(()),
                Filled::Whole(filled) => bytes = bytes.get(filled..).unwrap_or_default(),
                Filled::NoRoom => return Err(NoRoom),
            }
        }
    }
}

/// Memory for one block, from which whole blocks go to `sink`.
pub struct Pieces<'p, F> {
    piece: &'p mut [u8; PIECE],
    block: Block,
    sink: F,
}

impl<'p, F> Pieces<'p, F> {
    pub fn new(piece: &'p mut [u8; PIECE], sink: F) -> Self {
        // The zero in front goes with the first block.
        if let Some(front) = piece.first_mut() {
            *front = 0;
        }
        Self { piece, block: Block::at(1), sink }
    }
}

impl<E, F: FnMut(&[u8]) -> Result<(), E>> Place for Pieces<'_, F> {
    type Error = E;

    fn end(&mut self) -> Result<(), E> {
        // An open block and a byte behind it fit in.
        let _ = self.block.end(self.piece);
        (self.sink)(self.piece.get(..self.block.next).unwrap_or_default())
    }

    fn put(&mut self, mut bytes: &[u8]) -> Result<(), E> {
        // There is room for a block.
        while let Filled::Whole(filled) = self.block.fill(self.piece, bytes) {
            (self.sink)(self.piece.get(..self.block.code).unwrap_or_default())?;
            self.block = Block::at(0);
            bytes = bytes.get(filled..).unwrap_or_default();
        }
        Ok(())
    }
}

/// A frame that is being written: what goes in is added to the checksum.
pub struct Frame<P> {
    place: P,
    checksum: Digest<'static, u32, Table<1>>,
}

impl<P: Place> Frame<P> {
    pub fn new(place: P) -> Self {
        Self { place, checksum: CRC.digest() }
    }

    // In one place of the program instead of one for each field.
    #[inline(never)]
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), P::Error> {
        self.checksum.update(bytes);
        self.place.put(bytes)
    }

    /// Ends the frame: with the checksum, and a zero.
    pub fn end(&mut self) -> Result<(), P::Error> {
        let checksum = self.checksum.clone().finalize();
        self.place.put(&checksum.to_le_bytes())?;
        self.place.end()
    }

    /// Where it was written.
    pub fn place(self) -> P {
        self.place
    }
}
