//! The same results by their definitions, in f64, one loop a sum; and how far f32 may be from them.
//!
//! A rounding in f32 moves a result by at most [`ROUNDING`] of it. Where a few roundings follow one another, their bounds add up
//! ([`Near`]). A long sum rounds its terms and every partial sum, up and down by chance: uniform within the bound, the variance of
//! one is a third of its square ([`Sum`]).

use std::ops::{Add, Mul, Sub};

use resnet_kernels::conv::Conv;

/// Relative rounding error of one operation in f32: 2⁻²⁴.
const ROUNDING: f64 = f32::EPSILON as f64 / 2.0;

/// Deviations of a sum's error that are allowed. Of normal numbers, one in 5·10⁸ lies beyond six.
const DEVIATIONS: f64 = 6.0;

/// A number, and how far from it f32 may end.
#[derive(Clone, Copy, Debug)]
pub struct Near {
    pub value: f64,
    pub error: f64,
}

impl From<f32> for Near {
    /// One that is given is exact.
    fn from(value: f32) -> Self {
        Self { value: value.into(), error: 0.0 }
    }
}

impl Near {
    /// What f32 makes of `value` that is off by `error` already.
    pub fn rounded(value: f64, error: f64) -> Self {
        Self { value, error: error + ROUNDING * (value.abs() + error) }
    }

    pub fn rectified(self) -> Self {
        Self { value: self.value.max(0.0), ..self }
    }
}

impl Add for Near {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::rounded(self.value + other.value, self.error + other.error)
    }
}

impl Sub for Near {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::rounded(self.value - other.value, self.error + other.error)
    }
}

impl Mul for Near {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let error = self.error * other.value.abs() + other.error * self.value.abs() + self.error * other.error;
        Self::rounded(self.value * other.value, error)
    }
}

/// A sum of many terms.
#[derive(Clone, Copy, Default)]
pub struct Sum {
    pub total: f64,
    squares: f64,
    terms: f64,
}

impl Sum {
    pub fn add(&mut self, term: f64) {
        self.total += term;
        self.squares += term * term;
        self.terms += 1.0;
    }

    /// Its error where at most `run` terms are added up in f32 in a row, in an order without a pattern, and `roundings` come before
    /// a term is added. Of n terms with the total S and the squares Q, the first k have the expected square
    /// (k ÷ n)·Q + (k ÷ n)²·S² at most; over all k that is n·(Q ÷ 2 + S² ÷ 3), to which the terms add Q a rounding. Runs are added
    /// up in as many steps as there are of them.
    pub fn error(&self, run: usize, roundings: usize) -> f64 {
        let run = (run as f64).min(self.terms);
        let runs = (self.terms / run).max(1.0);
        let partial = run * (self.squares / 2.0 + self.total.powi(2) / (3.0 * runs));
        let of_runs = (runs - 1.0) * (self.squares / 2.0 + self.total.powi(2) / 3.0);
        let variance = (partial + of_runs + (1.0 + roundings as f64) * self.squares) / 3.0;
        DEVIATIONS * ROUNDING * variance.sqrt()
    }

    pub fn near(&self, run: usize, roundings: usize) -> Near {
        Near::rounded(self.total, self.error(run, roundings))
    }
}

/// Every element of `ours` is as near to the exact result as rounding allows.
#[track_caller]
pub fn assert_near(what: &str, ours: &[f32], exact: &[Near]) {
    assert_eq!(ours.len(), exact.len(), "{what}");
    for (at, (ours, exact)) in ours.iter().zip(exact).enumerate() {
        let Near { value, error } = exact;
        let apart = (f64::from(*ours) - value).abs();
        assert!(apart <= *error, "{what}, element {at}: {ours} is {apart:.2e} from {value}, {error:.2e} allowed");
    }
}

/// The result, the gradient of `x` and that of the kernel, of all `[.., channels]`.
pub fn convolution(conv: &Conv, x: &[f32], kernel: &[f32], dy: &[f32]) -> [Vec<Near>; 3] {
    let Conv { images, height, width, inputs, outputs, kernel: side, stride } = *conv;
    let [rows, columns] = [height, width].map(|length| length.div_ceil(stride));
    // Keras's `same`: an odd zero goes behind.
    let before = |length: usize, output: usize| ((output - 1) * stride + side).saturating_sub(length) / 2;
    let (above, left) = (before(height, rows), before(width, columns));
    let mut y = vec![Sum::default(); images * rows * columns * outputs];
    let mut dx = vec![Sum::default(); x.len()];
    let mut dkernel = vec![Sum::default(); kernel.len()];
    for image in 0..images {
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            for (i, j) in (0..side).flat_map(|i| (0..side).map(move |j| (i, j))) {
                let (Some(h), Some(w)) =
                    ((row * stride + i).checked_sub(above), (column * stride + j).checked_sub(left))
                else {
                    continue;
                };
                if h >= height || w >= width {
                    continue;
                }
                for output in 0..outputs {
                    let to = ((image * rows + row) * columns + column) * outputs + output;
                    for input in 0..inputs {
                        let from = ((image * height + h) * width + w) * inputs + input;
                        let weight = ((output * inputs + input) * side + i) * side + j;
                        let [of_x, of_kernel, of_y] = [x[from], kernel[weight], dy[to]].map(f64::from);
                        y[to].add(of_x * of_kernel);
                        dx[from].add(of_y * of_kernel);
                        dkernel[weight].add(of_x * of_y);
                    }
                }
            }
        }
    }
    [y, dx, dkernel].map(|sums| sums.iter().map(|sum| sum.near(usize::MAX, 1)).collect())
}

/// `of` channel `channel`, in the images' order, an image a slice.
fn channel(
    values: &[f32],
    image: usize,
    channels: usize,
    channel: usize,
) -> impl Iterator<Item = impl Iterator<Item = f64>> {
    values.chunks(image).map(move |values| values[channel..].iter().step_by(channels).map(|value| f64::from(*value)))
}

/// Mean and variance of each channel. Sums run over an image.
pub fn statistics(x: &[f32], image: usize, channels: usize) -> [Vec<Near>; 2] {
    let (pixels, count) = (image / channels, (x.len() / channels) as f64);
    let of = |number: usize| {
        let (mut sum, mut squares) = (Sum::default(), Sum::default());
        channel(x, image, channels, number).flatten().for_each(|x| sum.add(x));
        let mean = sum.total / count;
        channel(x, image, channels, number).flatten().for_each(|x| squares.add((x - mean).powi(2)));
        // Each image's squares are taken around its own mean, which is off, and its distance from the common one is then off too.
        let between: f64 = channel(x, image, channels, number)
            .map(|x| {
                let mut own = Sum::default();
                x.for_each(|x| own.add(x));
                let (own_mean, error) = (own.total / pixels as f64, own.near(pixels, 0).error / pixels as f64);
                let error = error + ROUNDING * own_mean.abs();
                pixels as f64 * (2.0 * (own_mean - mean).abs() * error + error * error)
            })
            .sum();
        let mean = Near::rounded(mean, (sum.error(pixels, 0) + 2.0 * ROUNDING * sum.total.abs()) / count);
        (mean, Near::rounded(squares.total / count, (squares.error(pixels, 2) + between) / count))
    };
    let (mean, variance) = (0..channels).map(of).unzip();
    [mean, variance]
}

/// `max(0, (x − center)·scale + shift + shortcut)`.
pub fn relu_of_norm(x: &[f32], [center, scale, shift]: [&[Near]; 3], shortcut: Option<&[f32]>) -> Vec<Near> {
    let of = |(at, x): (usize, &f32)| {
        let channel = at % center.len();
        let shift = shortcut.map_or(shift[channel], |shortcut| shift[channel] + shortcut[at].into());
        ((Near::from(*x) - center[channel]) * scale[channel] + shift).rectified()
    };
    x.iter().enumerate().map(of).collect()
}

/// The gradients of `x`, the shortcut, gamma and beta. `y` says where the rectifier lets through.
pub fn backward([x, y, dy]: [&[f32]; 3], image: usize, [mean, inverse, gamma]: [&[Near]; 3]) -> [Vec<Near>; 4] {
    let (channels, pixels) = (mean.len(), image / mean.len());
    let count = (x.len() / channels) as f64;
    let dz: Vec<f32> = y.iter().zip(dy).map(|(y, dy)| if *y > 0.0 { *dy } else { 0.0 }).collect();
    let (mut dgamma, mut dbeta) = (Vec::new(), Vec::new());
    for number in 0..channels {
        let (mut plain, mut products) = (Sum::default(), Sum::default());
        let dz = channel(&dz, image, channels, number).flatten();
        for (x, dz) in channel(x, image, channels, number).flatten().zip(dz) {
            plain.add(dz);
            products.add(dz * (x - mean[number].value));
        }
        // All terms are off by the mean's error in the same direction.
        let error = products.error(pixels, 2) + plain.total.abs() * mean[number].error;
        dgamma.push(Near { value: products.total, error } * inverse[number]);
        dbeta.push(plain.near(pixels, 0));
    }
    let of = |(at, (x, dz)): (usize, (&f32, &f32))| {
        let channel = at % channels;
        let scale = gamma[channel] * inverse[channel];
        let share = |sum: Near| Near::rounded(sum.value / count, sum.error / count);
        let slope = scale * share(dgamma[channel] * inverse[channel]);
        let offset = scale * share(dbeta[channel]);
        let rest = slope * (Near::from(*x) - mean[channel]) + offset;
        scale * Near::from(*dz) - rest
    };
    let dx = x.iter().zip(&dz).enumerate().map(of).collect();
    [dx, dz.iter().map(|dz| Near::from(*dz)).collect(), dgamma, dbeta]
}
