//! Convolution with Keras's `same` padding, channels last.
//!
//! Direct, without im2col: a padded copy of one image at a time stays in the cache, and a tile of pixels × output channels
//! stays in registers while it sums over taps and input channels (Georganas et al. 2018, arXiv 1808.05567). A vector holds
//! neighboring output channels, so padding and stride cost nothing in the inner loop.

use std::array;

use pulp::{Arch, Scalar, Simd, WithSimd};
use rayon::prelude::*;

/// Input channels of the smallest tile of [`KernelGradient`]; a padded copy rounds its channels up to them.
const SMALLEST: usize = 4;

/// Images whose weight gradients are summed before the groups are: fixed, so that the sum is the same with any number of
/// threads.
const GROUP: usize = 2;

/// Floats of the gradient's rows that stay in the first-level cache while all taps use them.
const CACHED: usize = 2048;

/// The block for each number below `$end`, at most 16, one after the other. The compiler does not always unroll such a loop,
/// and then the sums in it are in memory.
macro_rules! unrolled {
    ($number:ident < $end:ident, $block:block) => {
        unrolled!($number < $end, $block, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    ($number:ident < $end:ident, $block:block, $($each:literal)*) => {
        $(if $each < $end {
            let $number = $each;
            $block
        })*
    };
}

/// The sizes of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Images in the batch.
    pub images: usize,
    /// Rows of an input image.
    pub height: usize,
    /// Columns of an input image.
    pub width: usize,
    /// Channels of an input image.
    pub inputs: usize,
    /// Channels of an output image.
    pub outputs: usize,
    /// Side of the square kernel.
    pub kernel: usize,
    /// Steps between windows, the same along both sides.
    pub stride: usize,
}

/// One of the two sides of the images.
#[derive(Clone, Copy)]
struct Side {
    /// Of the output: ⌈input ÷ stride⌉.
    output: usize,
    /// Zeros before the input.
    before: usize,
    /// The input with all its zeros.
    padded: usize,
}

/// Where one weight of the kernel's window meets the padded image.
#[derive(Clone, Copy)]
struct Tap {
    /// Floats from the window's start.
    image: usize,
    /// Row-major number in the window.
    number: usize,
}

impl Conv {
    /// Rows and columns of an output image.
    #[must_use]
    pub fn output_sides(&self) -> [usize; 2] {
        [self.side(self.height).output, self.side(self.width).output]
    }

    fn side(&self, length: usize) -> Side {
        let output = length.div_ceil(self.stride);
        let padding = ((output - 1) * self.stride + self.kernel).saturating_sub(length);
        // An odd zero goes behind, as in Keras.
        Side { output, before: padding / 2, padded: length + padding }
    }

    fn taps(&self) -> usize {
        self.kernel * self.kernel
    }

    /// `y[n, h, w, o] = Σ x[n, h·stride + i, w·stride + j, c] · kernel[o, c, i, j]`.
    ///
    /// `x` is `[images, height, width, inputs]`, `kernel` is `[outputs, inputs, side, side]`, and the result is
    /// `[images, ⌈height ÷ stride⌉, ⌈width ÷ stride⌉, outputs]`.
    ///
    /// # Panics
    ///
    /// If the lengths are not those.
    #[must_use]
    pub fn forward(&self, arch: Arch, x: &[f32], kernel: &[f32]) -> Vec<f32> {
        let [rows, columns] = self.output_sides();
        self.check(x, kernel);
        let padding = Padding::of_input(self);
        let kernel = by_tap(kernel, [self.outputs, self.inputs, self.taps()], padding.channels);
        let taps = self.window(&padding);
        let mut y = vec![0.0; self.images * rows * columns * self.outputs];
        let images = x.par_chunks(self.height * self.width * self.inputs);
        images.zip(y.par_chunks_mut(rows * columns * self.outputs)).for_each_init(
            || padding.zeros(),
            |padded, (x, y)| {
                padding.fill(padded, x);
                arch.dispatch(Correlation {
                    image: padded,
                    row: self.stride * padding.row(),
                    pixel: self.stride * padding.channels,
                    taps: &taps,
                    channels: padding.channels,
                    kernel: &kernel,
                    outputs: self.outputs,
                    sides: [rows, columns],
                    y,
                    y_start: 0,
                    y_row: columns * self.outputs,
                    y_pixel: self.outputs,
                });
            },
        );
        y
    }

    /// The gradient of `kernel` from `dy`, that of the result of [`forward`](Self::forward).
    ///
    /// # Panics
    ///
    /// If the lengths are not those of [`forward`](Self::forward).
    #[must_use]
    pub fn kernel_gradient(&self, arch: Arch, x: &[f32], dy: &[f32]) -> Vec<f32> {
        let [rows, columns] = self.output_sides();
        let (x_image, y_image) = (self.height * self.width * self.inputs, rows * columns * self.outputs);
        assert!(x.len() == self.images * x_image && dy.len() == self.images * y_image, "images of another shape");
        let padding = Padding::of_input(self);
        let taps = self.window(&padding);
        let groups = x.par_chunks(GROUP * x_image).zip(dy.par_chunks(GROUP * y_image));
        let sums: Vec<Vec<f32>> = groups
            .map(|(x, dy)| {
                let mut sums = vec![0.0; self.taps() * padding.channels * self.outputs];
                let mut padded = padding.zeros();
                for (x, dy) in x.chunks(x_image).zip(dy.chunks(y_image)) {
                    padding.fill(&mut padded, x);
                    arch.dispatch(KernelGradient {
                        image: &padded,
                        row: self.stride * padding.row(),
                        pixel: self.stride * padding.channels,
                        taps: &taps,
                        channels: padding.channels,
                        dy,
                        columns,
                        outputs: self.outputs,
                        sums: &mut sums,
                    });
                }
                sums
            })
            .collect();
        from_taps(&sums, [self.outputs, self.inputs, self.taps()], padding.channels)
    }

    /// The gradient of `x` from `dy`, that of the result of [`forward`](Self::forward), in `dx`; without `dx`, in place of
    /// `dy`, which is as long if the convolution changes no shape.
    ///
    /// # Panics
    ///
    /// If the lengths are not those of [`forward`](Self::forward).
    pub fn input_gradient(&self, arch: Arch, kernel: &[f32], dy: &mut [f32], dx: Option<&mut [f32]>) {
        let [rows, columns] = self.output_sides();
        let (x_image, y_image) = (self.height * self.width * self.inputs, rows * columns * self.outputs);
        assert_eq!(dy.len(), self.images * y_image, "gradient of another shape");
        assert_eq!(dx.as_ref().map_or(dy.len(), |dx| dx.len()), self.images * x_image, "gradient of another shape");
        let transposed = Transposed::new(self, kernel);
        let zeros = || transposed.padding.zeros();
        if let Some(dx) = dx {
            dy.par_chunks(y_image).zip(dx.par_chunks_mut(x_image)).for_each_init(zeros, |padded, (dy, dx)| {
                transposed.padding.fill(padded, dy);
                transposed.input_gradient(arch, padded, dx);
            });
        } else {
            dy.par_chunks_mut(y_image).for_each_init(zeros, |padded, image| {
                transposed.padding.fill(padded, image);
                transposed.input_gradient(arch, padded, image);
            });
        }
    }

    fn check(&self, x: &[f32], kernel: &[f32]) {
        assert_eq!(x.len(), self.images * self.height * self.width * self.inputs, "images of another shape");
        assert_eq!(kernel.len(), self.outputs * self.inputs * self.taps(), "kernel of another shape");
    }

    fn window(&self, padding: &Padding) -> Vec<Tap> {
        let tap = |number| Tap {
            image: number / self.kernel * padding.row() + number % self.kernel * padding.channels,
            number,
        };
        (0..self.taps()).map(tap).collect()
    }
}

/// The frame of zeros around one image.
struct Padding {
    /// Rows and columns of the image.
    sides: [usize; 2],
    /// Zeros above and to the left.
    before: [usize; 2],
    /// Rows and columns with the frame.
    padded: [usize; 2],
    /// Channels of the image.
    from: usize,
    /// Channels with the zeros that make them a multiple of [`SMALLEST`].
    channels: usize,
}

impl Padding {
    fn of_input(conv: &Conv) -> Self {
        let (rows, columns) = (conv.side(conv.height), conv.side(conv.width));
        Self {
            sides: [conv.height, conv.width],
            before: [rows.before, columns.before],
            padded: [rows.padded, columns.padded],
            from: conv.inputs,
            channels: conv.inputs.next_multiple_of(SMALLEST),
        }
    }

    fn row(&self) -> usize {
        self.padded[1] * self.channels
    }

    fn zeros(&self) -> Vec<f32> {
        vec![0.0; self.padded[0] * self.row()]
    }

    /// Copies an image into `padded`; what is around it stays as it is.
    fn fill(&self, padded: &mut [f32], image: &[f32]) {
        let rows = padded.chunks_mut(self.row()).skip(self.before[0]);
        for (to, from) in rows.zip(image.chunks(self.sides[1] * self.from)) {
            let to = &mut to[self.before[1] * self.channels..][..self.sides[1] * self.channels];
            if self.from == self.channels {
                to.copy_from_slice(from);
            } else {
                for (to, from) in to.chunks_mut(self.channels).zip(from.chunks(self.from)) {
                    to[..self.from].copy_from_slice(from);
                }
            }
        }
    }
}

/// The gradient of the input: also a correlation, of the padded gradient of the output, one for each phase of the stride.
struct Transposed {
    padding: Padding,
    /// `[tap, output, input]`.
    kernel: Vec<f32>,
    phases: Vec<Phase>,
    inputs: usize,
    stride: usize,
    width: usize,
}

/// The input pixels `first + stride·[row, column]`.
struct Phase {
    first: [usize; 2],
    sides: [usize; 2],
    taps: Vec<Tap>,
}

impl Transposed {
    fn new(conv: &Conv, kernel: &[f32]) -> Self {
        let stride = conv.stride;
        let (rows, columns) = (conv.side(conv.height), conv.side(conv.width));
        // Output row r, tap i and input row h meet where r·stride + i = h + before.
        let before = [rows, columns].map(|side| (conv.kernel - 1 - side.before).div_ceil(stride));
        let sides = [rows.output, columns.output];
        let last =
            [(conv.height, rows), (conv.width, columns)].map(|(length, side)| (length - 1 + side.before) / stride);
        let padding = Padding {
            sides,
            before,
            padded: array::from_fn(|axis| before[axis] + sides[axis].max(last[axis] + 1)),
            from: conv.outputs,
            channels: conv.outputs.next_multiple_of(SMALLEST),
        };
        let mut phases = Vec::new();
        for first in (0..stride.min(conv.height)).flat_map(|y| (0..stride.min(conv.width)).map(move |x| [y, x])) {
            let from = [first[0] + rows.before + stride * before[0], first[1] + columns.before + stride * before[1]];
            let tap = |number| {
                let [y, x] = [from[0] - number / conv.kernel, from[1] - number % conv.kernel];
                let image = y / stride * padding.row() + x / stride * padding.channels;
                (y % stride == 0 && x % stride == 0).then_some(Tap { image, number })
            };
            let taps = (0..conv.taps()).filter_map(tap).collect();
            let sides = [(conv.height - first[0]).div_ceil(stride), (conv.width - first[1]).div_ceil(stride)];
            phases.push(Phase { first, sides, taps });
        }
        let kernel = by_tap_transposed(kernel, [conv.outputs, conv.inputs, conv.taps()], padding.channels);
        Self { padding, kernel, phases, inputs: conv.inputs, stride, width: conv.width }
    }

    fn input_gradient(&self, arch: Arch, dy: &[f32], dx: &mut [f32]) {
        for phase in &self.phases {
            arch.dispatch(Correlation {
                image: dy,
                row: self.padding.row(),
                pixel: self.padding.channels,
                taps: &phase.taps,
                channels: self.padding.channels,
                kernel: &self.kernel,
                outputs: self.inputs,
                sides: phase.sides,
                y: dx,
                y_start: (phase.first[0] * self.width + phase.first[1]) * self.inputs,
                y_row: self.stride * self.width * self.inputs,
                y_pixel: self.stride * self.inputs,
            });
        }
    }
}

/// `[output, input, tap]` to `[tap, input, output]`, with zeros for inputs up to `channels`.
fn by_tap(kernel: &[f32], [outputs, inputs, taps]: [usize; 3], channels: usize) -> Vec<f32> {
    let mut arranged = vec![0.0; taps * channels * outputs];
    arranged.par_chunks_mut(channels * outputs).enumerate().for_each(|(tap, arranged)| {
        for (input, arranged) in arranged.chunks_mut(outputs).take(inputs).enumerate() {
            let weights = kernel[input * taps + tap..].iter().step_by(inputs * taps);
            for (to, weight) in arranged.iter_mut().zip(weights) {
                *to = *weight;
            }
        }
    });
    arranged
}

/// `[output, input, tap]` to `[tap, output, input]`, with zeros for outputs up to `channels`.
fn by_tap_transposed(kernel: &[f32], [_, inputs, taps]: [usize; 3], channels: usize) -> Vec<f32> {
    let mut arranged = vec![0.0; taps * channels * inputs];
    arranged.par_chunks_mut(channels * inputs).enumerate().for_each(|(tap, arranged)| {
        for (to, weight) in arranged.iter_mut().zip(kernel[tap..].iter().step_by(taps)) {
            *to = *weight;
        }
    });
    arranged
}

/// The sum of gradients `[tap, input, output]`, in their order, as `[output, input, tap]`.
fn from_taps(groups: &[Vec<f32>], [outputs, inputs, taps]: [usize; 3], channels: usize) -> Vec<f32> {
    let tap = channels * outputs;
    let mut sums = vec![0.0; taps * tap];
    sums.par_chunks_mut(tap).enumerate().for_each(|(number, sums)| {
        for group in groups {
            for (sum, part) in sums.iter_mut().zip(&group[number * tap..]) {
                *sum += part;
            }
        }
    });
    let mut kernel = vec![0.0; outputs * inputs * taps];
    kernel.par_chunks_mut(inputs * taps).enumerate().for_each(|(output, kernel)| {
        for (input, kernel) in kernel.chunks_mut(taps).enumerate() {
            for (weight, sum) in kernel.iter_mut().zip(sums[input * outputs + output..].iter().step_by(tap)) {
                *weight = *sum;
            }
        }
    });
    kernel
}

/// Whether the vectors of `S` divide `channels`; where they don't, one channel at a time is right, if slow.
fn fits<S: Simd>(channels: usize) -> bool {
    channels.is_multiple_of(S::F32_LANES)
}

/// `y[row, column, o] = Σ image[row, column, tap, c] · kernel[tap, c, o]`, of one padded image.
struct Correlation<'a> {
    image: &'a [f32],
    /// Floats from a window to the one below.
    row: usize,
    /// Floats from a window to the one at its right.
    pixel: usize,
    taps: &'a [Tap],
    /// A multiple of [`SMALLEST`].
    channels: usize,
    kernel: &'a [f32],
    outputs: usize,
    /// Rows and columns that are written.
    sides: [usize; 2],
    y: &'a mut [f32],
    y_start: usize,
    y_row: usize,
    y_pixel: usize,
}

impl WithSimd for Correlation<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As many sums as registers hold, next to the weights.
        let many = S::REGISTER_COUNT >= 32;
        if !fits::<S>(self.outputs) {
            self.tiles::<Scalar, 4, 1>(Scalar::new());
        } else if self.outputs.is_multiple_of(2 * S::F32_LANES) {
            if many { self.tiles::<S, 8, 2>(simd) } else { self.tiles::<S, 4, 2>(simd) }
        } else {
            self.tiles::<S, 8, 1>(simd);
        }
    }
}

impl Correlation<'_> {
    /// Tiles of `PIXELS` × `VECTORS`.
    #[inline(always)]
    fn tiles<S: Simd, const PIXELS: usize, const VECTORS: usize>(mut self, simd: S) {
        let [rows, columns] = self.sides;
        for output in (0..self.outputs / S::F32_LANES).step_by(VECTORS) {
            for row in 0..rows {
                let mut column = 0;
                while column + PIXELS <= columns {
                    self.tile::<S, PIXELS, VECTORS>(simd, output, row, column);
                    column += PIXELS;
                }
                // The last tile may overlap the one before, and then writes the same once more.
                if column < columns && columns > PIXELS {
                    self.tile::<S, PIXELS, VECTORS>(simd, output, row, columns - PIXELS);
                } else {
                    for column in column..columns {
                        self.tile::<S, 1, VECTORS>(simd, output, row, column);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const PIXELS: usize, const VECTORS: usize>(
        &mut self,
        simd: S,
        output: usize,
        row: usize,
        column: usize,
    ) {
        let start = row * self.row + column * self.pixel;
        let vectors = self.outputs / S::F32_LANES;
        let kernel = S::as_simd_f32s(self.kernel).0;
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; PIXELS];
        for tap in self.taps {
            let window = &self.image[start + tap.image..];
            let kernel = &kernel[tap.number * self.channels * vectors..][..self.channels * vectors];
            let mut x = [&window[..self.channels]; PIXELS];
            unrolled!(pixel < PIXELS, {
                x[pixel] = &window[pixel * self.pixel..][..self.channels];
            });
            for channel in 0..self.channels {
                let weights = &kernel[channel * vectors + output..][..VECTORS];
                unrolled!(pixel < PIXELS, {
                    let x = simd.splat_f32s(x[pixel][channel]);
                    unrolled!(vector < VECTORS, {
                        sums[pixel][vector] = simd.mul_add_e_f32s(x, weights[vector], sums[pixel][vector]);
                    });
                });
            }
        }
        let y = &mut self.y[self.y_start + row * self.y_row + column * self.y_pixel + output * S::F32_LANES..];
        unrolled!(pixel < PIXELS, {
            let y = S::as_mut_simd_f32s(&mut y[pixel * self.y_pixel..][..VECTORS * S::F32_LANES]).0;
            unrolled!(vector < VECTORS, {
                y[vector] = sums[pixel][vector];
            });
        });
    }
}

/// `sums[tap, c, o] += Σ image[row, column, tap, c] · dy[row, column, o]` over the pixels of one image.
struct KernelGradient<'a> {
    image: &'a [f32],
    /// Floats from a window to the one below.
    row: usize,
    /// Floats from a window to the one at its right.
    pixel: usize,
    taps: &'a [Tap],
    /// A multiple of [`SMALLEST`].
    channels: usize,
    dy: &'a [f32],
    columns: usize,
    outputs: usize,
    sums: &'a mut [f32],
}

impl WithSimd for KernelGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let many = S::REGISTER_COUNT >= 32;
        if !fits::<S>(self.outputs) {
            self.tiles::<Scalar, 4, 1>(Scalar::new());
        } else if self.outputs.is_multiple_of(2 * S::F32_LANES) {
            if many && self.channels.is_multiple_of(8) {
                self.tiles::<S, 8, 2>(simd);
            } else {
                self.tiles::<S, 4, 2>(simd);
            }
        } else if many && self.channels.is_multiple_of(16) {
            self.tiles::<S, 16, 1>(simd);
        } else {
            self.tiles::<S, 4, 1>(simd);
        }
    }
}

impl KernelGradient<'_> {
    /// Tiles of `CHANNELS` × `VECTORS`.
    #[inline(always)]
    fn tiles<S: Simd, const CHANNELS: usize, const VECTORS: usize>(mut self, simd: S) {
        let line = self.columns * self.outputs;
        let rows = (CACHED / line).max(1);
        for (block, dy) in self.dy.chunks(rows * line).enumerate() {
            for tap in self.taps {
                let image = &self.image[block * rows * self.row + tap.image..];
                for channel in (0..self.channels).step_by(CHANNELS) {
                    for output in (0..self.outputs / S::F32_LANES).step_by(VECTORS) {
                        let sums = (tap.number * self.channels + channel) * self.outputs;
                        self.tile::<S, CHANNELS, VECTORS>(simd, &image[channel..], dy, output, sums);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const CHANNELS: usize, const VECTORS: usize>(
        &mut self,
        simd: S,
        image: &[f32],
        dy: &[f32],
        output: usize,
        sums_start: usize,
    ) {
        let vectors = self.outputs / S::F32_LANES;
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; CHANNELS];
        for (row, dy) in dy.chunks_exact(self.columns * self.outputs).enumerate() {
            let dy = S::as_simd_f32s(dy).0;
            for (x, dy) in image[row * self.row..].chunks(self.pixel).zip(dy.chunks_exact(vectors)) {
                let x = &x[..CHANNELS];
                let dy = &dy[output..output + VECTORS];
                unrolled!(channel < CHANNELS, {
                    let x = simd.splat_f32s(x[channel]);
                    unrolled!(vector < VECTORS, {
                        sums[channel][vector] = simd.mul_add_e_f32s(x, dy[vector], sums[channel][vector]);
                    });
                });
            }
        }
        let to = S::as_mut_simd_f32s(&mut self.sums[sums_start..]).0;
        unrolled!(channel < CHANNELS, {
            let to = &mut to[channel * vectors + output..][..VECTORS];
            unrolled!(vector < VECTORS, {
                to[vector] = simd.add_f32s(to[vector], sums[channel][vector]);
            });
        });
    }
}
