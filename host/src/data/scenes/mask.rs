//! A mask: a value for each pixel of an image, mostly the number of a class.

use std::borrow::Cow;
use std::io::Cursor;

use anyhow::{Context as _, Result, bail, ensure};
use cutmix_core::{Layout, Patch, Plan, Shape, paste_resized};
use png::{BitDepth, ColorType, Decoder, Encoder, Transformations};

use crate::data::placement::Placement;

/// Bytes that a mask may take.
const LIMIT: usize = 512 << 20;

/// The class of nothing, where a mask has numbers of 8 bits: PyTorch's `ignore_index` as most set it, and the void of Pascal VOC.
const NOTHING: u8 = 255;

/// What the values of a PNG mean.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    color: ColorType,
    /// Of a value: 8 or 16 bits.
    wide: bool,
    /// Colors of the numbers, and how transparent they are.
    palette: Option<Vec<u8>>,
    transparency: Option<Vec<u8>>,
}

/// A mask, with its values as the file has them: numbers of a palette stay numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    kind: Kind,
    width: u32,
    height: u32,
    values: Vec<u8>,
}

impl Kind {
    fn bytes(&self) -> usize {
        self.color.samples() * if self.wide { 2 } else { 1 }
    }
}

impl Mask {
    /// The mask in `bytes`, a PNG file, of an image of this width and height.
    ///
    /// # Errors
    ///
    /// If it is none, has other sides, is too large, or has a number that its palette has no color for.
    pub fn decode(bytes: &[u8], size: [u32; 2]) -> Result<Self> {
        let mut decoder = Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(Transformations::IDENTITY);
        let mut reader = decoder.read_info().context("it is no PNG file, and masks are")?;
        let (width, height) = (reader.info().width, reader.info().height);
        ensure!(
            [width, height] == size,
            "it has {width}×{height} pixels, and its image {}×{}; a mask has a value for each pixel",
            size[0],
            size[1]
        );
        let length =
            reader.output_buffer_size().filter(|&length| length <= LIMIT).context("it takes more than 512 MiB")?;
        let mut packed = vec![0; length];
        reader
            .next_frame(&mut packed)
            .context("it is not a whole PNG file; replace it, or remove it with its image")?;
        let info = reader.info();
        let owned = |bytes: &Cow<'_, [u8]>| bytes.to_vec();
        let kind = Kind {
            color: info.color_type,
            wide: info.bit_depth == BitDepth::Sixteen,
            palette: info.palette.as_ref().map(owned),
            transparency: info.trns.as_ref().map(owned),
        };
        let bits = match info.bit_depth {
            BitDepth::One => 1,
            BitDepth::Two => 2,
            BitDepth::Four => 4,
            BitDepth::Eight | BitDepth::Sixteen => 8,
        };
        let values = if bits == 8 { packed } else { unpacked(&packed, info.width as usize, bits) };
        let mask = Self { kind, width: info.width, height: info.height, values };
        ensure!(mask.values.len() == mask.len(), "it has not a value for each pixel");
        if mask.kind.color == ColorType::Indexed {
            let colors = mask.kind.palette.as_ref().context("it has numbers of a palette, and no palette")?.len() / 3;
            let most = mask.values.iter().max().map_or(0, |&most| usize::from(most));
            ensure!(most < colors, "it has the number {most}, and its palette {colors} colors, counted from 0");
        }
        Ok(mask)
    }

    /// As a PNG file, with a byte for each number that had fewer bits.
    ///
    /// # Errors
    ///
    /// If it cannot be encoded.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(self.kind.color);
        encoder.set_depth(if self.kind.wide { BitDepth::Sixteen } else { BitDepth::Eight });
        if let Some(palette) = &self.kind.palette {
            encoder.set_palette(palette.clone());
        }
        if let Some(transparency) = &self.kind.transparency {
            encoder.set_trns(transparency.clone());
        }
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.values)?;
        writer.finish()?;
        Ok(file)
    }

    /// Whether values of the other mean the same: a palette, say, has the same colors.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind
    }

    /// As its image is resized, but each pixel has a value of one that was there: that in which its center lies.
    ///
    /// # Errors
    ///
    /// If black bars would come in, and there is no value for nothing.
    pub fn placed(&self, placement: &Placement) -> Result<Self> {
        match self.kind.bytes() {
            1 => self.placed_as::<1>(placement),
            2 => self.placed_as::<2>(placement),
            3 => self.placed_as::<3>(placement),
            4 => self.placed_as::<4>(placement),
            6 => self.placed_as::<6>(placement),
            8 => self.placed_as::<8>(placement),
            bytes => bail!("masks of {bytes} bytes a pixel are not known here"),
        }
    }

    fn placed_as<const BYTES: usize>(&self, placement: &Placement) -> Result<Self> {
        let Placement { from: [left, top, wide, high], to: [x, y, to_wide, to_high], size } = *placement;
        ensure!(
            placement.fills() || BYTES == 1,
            "--fit pad: what is black around an image gets the class {NOTHING}, and this mask has no numbers of 8 bits; take crop or stretch"
        );
        let values = self.values.as_chunks::<BYTES>().0;
        let rows = values.chunks_exact(self.width as usize).skip(top as usize).take(high as usize);
        let taken: Vec<[u8; BYTES]> =
            rows.flat_map(|row| row[left as usize..][..wide as usize].iter().copied()).collect();
        let shape = Shape::new(size.width, size.height, 1, Layout::Hwc)?;
        let taken_shape = Shape::new(u16::try_from(wide)?, u16::try_from(high)?, 1, Layout::Hwc)?;
        let mut placed = vec![[NOTHING; BYTES]; shape.len()];
        paste_resized(&mut placed, shape, Patch::new(x, y, x + to_wide, y + to_high)?, &taken, taken_shape)?;
        let (width, height) = (size.width.into(), size.height.into());
        Ok(Self { kind: self.kind.clone(), width, height, values: placed.into_flattened() })
    }

    /// Gives it the partner's values in the box of `plan`.
    ///
    /// # Errors
    ///
    /// If one of them is of another size than the plan.
    pub fn paste(&mut self, partner: &Self, plan: Plan) -> Result<()> {
        // A byte a channel: all of a value go where it goes.
        let shape =
            Shape::new(u16::try_from(self.width)?, u16::try_from(self.height)?, self.kind.bytes() as u16, Layout::Hwc)?;
        Ok(plan.paste(&mut self.values, &partner.values, shape)?)
    }

    /// The color in which pixel `at`, counted row by row, is shown to people: that of a palette or of the mask itself, and of plain numbers one of `colors`
    /// in turn. None for class 0 and for nothing.
    #[must_use]
    pub fn tint(&self, at: usize, colors: &[[u8; 3]]) -> Option<[u8; 3]> {
        let bytes = self.kind.bytes();
        let value = self.values.get(at * bytes..(at + 1) * bytes)?;
        if value.iter().all(|&byte| byte == 0) || value == [NOTHING] {
            return None;
        }
        match (&self.kind.palette, value) {
            (Some(palette), &[number]) => palette.as_chunks::<3>().0.get(usize::from(number)).copied(),
            (None, &[red, green, blue]) => Some([red, green, blue]),
            (_, value) => {
                let number = value.iter().fold(0, |number, &byte| number << 8 | usize::from(byte));
                colors.get((number - 1) % colors.len().max(1)).copied()
            }
        }
    }

    fn len(&self) -> usize {
        self.width as usize * self.height as usize * self.kind.bytes()
    }
}

/// Numbers of fewer than 8 bits, a byte each: rows begin with a byte, and the highest bits come first.
fn unpacked(packed: &[u8], width: usize, bits: usize) -> Vec<u8> {
    let row = (width * bits).div_ceil(8);
    let number = |row: &[u8], at: usize| row[at * bits / 8] >> (8 - bits - at * bits % 8) & ((1 << bits) - 1) as u8;
    packed.chunks_exact(row).flat_map(|row| (0..width).map(move |at| number(row, at))).collect()
}
