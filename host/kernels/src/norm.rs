//! Batch normalization (Ioffe and Szegedy 2015, arXiv 1502.03167), the addition of a shortcut and rectification in one,
//! channels last.
//!
//! Such layers wait for the memory, so each pass over it does all that it can. Sums are taken over one image at a time and
//! added up in the images' order, in f64: the same with any number of threads.

use pulp::{Arch, Scalar, Simd, WithSimd};
use rayon::prelude::*;

/// Statistics of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// One a channel.
    pub mean: Vec<f32>,
    /// One a channel: of the batch, that is divided by its size.
    pub variance: Vec<f32>,
}

/// Mean and variance of each channel of `x`, `[images, pixels, channels]`, with `image` floats an image.
#[must_use]
pub fn statistics(arch: Arch, x: &[f32], image: usize, channels: usize) -> Statistics {
    let parts: Vec<Vec<f32>> = x.par_chunks(image).map(|x| arch.dispatch(Moments { x, channels })).collect();
    let pixels = (image / channels) as f64;
    let images = parts.len() as f64;
    let (mut mean, mut variance) = (Vec::with_capacity(channels), Vec::with_capacity(channels));
    for channel in 0..channels {
        let part = |part: &Vec<f32>| (f64::from(part[channel]), f64::from(part[channels + channel]));
        let center = parts.iter().map(|p| part(p).0).sum::<f64>() / images;
        // Chan, Golub and LeVeque 1983: squares around each image's mean, and around the common one.
        let squares: f64 =
            parts.iter().map(part).map(|(mean, squares)| squares + pixels * (mean - center).powi(2)).sum();
        mean.push(center as f32);
        variance.push((squares / (pixels * images)) as f32);
    }
    Statistics { mean, variance }
}

/// `max(0, (x − center)·scale + shift + shortcut)`, of `[images, pixels, channels]`, with `image` floats an image; the
/// others have one number a channel.
///
/// # Panics
///
/// If the lengths differ.
#[must_use]
pub fn relu_of_norm(
    arch: Arch,
    x: &[f32],
    image: usize,
    [center, scale, shift]: [&[f32]; 3],
    shortcut: Option<&[f32]>,
) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    let images = y.par_chunks_mut(image).zip(x.par_chunks(image)).enumerate();
    images.for_each(|(index, (y, x))| {
        let shortcut = shortcut.map(|shortcut| &shortcut[index * image..][..image]);
        arch.dispatch(Affine { x, center, scale, shift, shortcut, y });
    });
    y
}

/// The gradients of gamma and beta; those of `x` and of the shortcut in place of that of the result.
///
/// `x` and the result `y` are those of [`relu_of_norm`] with `scale` = gamma ÷ deviation. `dy`, the gradient of `y`, becomes
/// that of the shortcut, and that of `x` is written to `dx`; without `dx`, `dy` becomes that of `x`.
///
/// # Panics
///
/// If the lengths differ.
#[must_use]
pub fn backward(
    arch: Arch,
    [x, y]: [&[f32]; 2],
    dy: &mut [f32],
    dx: Option<&mut [f32]>,
    image: usize,
    [mean, inverse_deviation, gamma]: [&[f32]; 3],
) -> [Vec<f32>; 2] {
    assert!(x.len() == y.len() && y.len() == dy.len(), "gradients of other shapes");
    let channels = mean.len();
    let parts: Vec<Vec<f32>> = (x.par_chunks(image), y.par_chunks(image), dy.par_chunks_mut(image))
        .into_par_iter()
        .map(|(x, y, dz)| arch.dispatch(GradientSums { x, y, dz, mean }))
        .collect();
    let total = |index: usize| parts.iter().map(|part| f64::from(part[index])).sum::<f64>();
    let [mut dgamma, mut dbeta] = [const { Vec::new() }; 2];
    // dx = gain·dz + slope·(x − mean) + offset
    let [mut gain, mut slope, mut offset] = [const { Vec::new() }; 3];
    let count = (x.len() / channels) as f64;
    for channel in 0..channels {
        let inverse = f64::from(inverse_deviation[channel]);
        let (beta, gamma_gradient) = (total(channel), total(channels + channel) * inverse);
        let scale = f64::from(gamma[channel]) * inverse;
        gain.push(scale as f32);
        slope.push((-scale * gamma_gradient * inverse / count) as f32);
        offset.push((-scale * beta / count) as f32);
        dgamma.push(gamma_gradient as f32);
        dbeta.push(beta as f32);
    }
    let images = x.par_chunks(image).zip(dy.par_chunks_mut(image));
    let gradient = |x, dz, dx| {
        arch.dispatch(InputGradient { x, dz, mean, gain: &gain, slope: &slope, offset: &offset, dx });
    };
    match dx {
        Some(dx) => images.zip(dx.par_chunks_mut(image)).for_each(|((x, dz), dx)| gradient(x, dz, Some(dx))),
        None => images.for_each(|(x, dz)| gradient(x, dz, None)),
    }
    [dgamma, dbeta]
}

/// Calls `$kernel` by vectors where they divide the channels, else by single channels.
macro_rules! by_width {
    ($simd:ident: $S:ident, $channels:expr, $self:ident.$kernel:ident) => {
        if $channels.is_multiple_of($S::F32_LANES) { $self.$kernel($simd) } else { $self.$kernel(Scalar::new()) }
    };
}

/// Pixels that are summed side by side, so that one sum does not wait for the other.
const SIDE_BY_SIDE: usize = 4;

/// Of one image: each channel's mean, then each channel's sum of squares around it.
struct Moments<'a> {
    x: &'a [f32],
    channels: usize,
}

impl WithSimd for Moments<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        by_width!(simd: S, self.channels, self.moments)
    }
}

impl Moments<'_> {
    #[inline(always)]
    fn moments<S: Simd>(self, simd: S) -> Vec<f32> {
        let mut moments = vec![0.0; 2 * self.channels];
        let vectors = self.channels / S::F32_LANES;
        let x = S::as_simd_f32s(self.x).0;
        let (means, squares) = moments.split_at_mut(self.channels);
        let (means, squares) = (S::as_mut_simd_f32s(means).0, S::as_mut_simd_f32s(squares).0);
        let share = simd.splat_f32s(1.0 / (x.len() / vectors) as f32);
        for (vector, (mean, squares)) in means.iter_mut().zip(squares).enumerate() {
            let mut sums = [simd.splat_f32s(0.0); SIDE_BY_SIDE];
            for pixels in x.chunks(SIDE_BY_SIDE * vectors) {
                for (pixel, sum) in pixels.chunks_exact(vectors).zip(&mut sums) {
                    *sum = simd.add_f32s(*sum, pixel[vector]);
                }
            }
            *mean = simd.mul_f32s(total(simd, sums), share);
            let mut sums = [simd.splat_f32s(0.0); SIDE_BY_SIDE];
            for pixels in x.chunks(SIDE_BY_SIDE * vectors) {
                for (pixel, sum) in pixels.chunks_exact(vectors).zip(&mut sums) {
                    let difference = simd.sub_f32s(pixel[vector], *mean);
                    *sum = simd.mul_add_e_f32s(difference, difference, *sum);
                }
            }
            *squares = total(simd, sums);
        }
        moments
    }
}

#[inline(always)]
fn total<S: Simd>(simd: S, sums: [S::f32s; SIDE_BY_SIDE]) -> S::f32s {
    let [a, b, c, d] = sums;
    simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d))
}

/// [`relu_of_norm`] of one image.
struct Affine<'a> {
    x: &'a [f32],
    center: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    shortcut: Option<&'a [f32]>,
    y: &'a mut [f32],
}

impl WithSimd for Affine<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        by_width!(simd: S, self.center.len(), self.affine);
    }
}

impl Affine<'_> {
    #[inline(always)]
    fn affine<S: Simd>(self, simd: S) {
        let center = S::as_simd_f32s(self.center).0;
        let (scale, shift) =
            (&S::as_simd_f32s(self.scale).0[..center.len()], &S::as_simd_f32s(self.shift).0[..center.len()]);
        let x = S::as_simd_f32s(self.x).0.chunks_exact(center.len());
        let y = S::as_mut_simd_f32s(self.y).0.chunks_exact_mut(center.len());
        let zero = simd.splat_f32s(0.0);
        if let Some(shortcut) = self.shortcut {
            let shortcut = S::as_simd_f32s(shortcut).0.chunks_exact(center.len());
            for ((x, y), shortcut) in x.zip(y).zip(shortcut) {
                for v in 0..center.len() {
                    let shift = simd.add_f32s(shift[v], shortcut[v]);
                    let sum = simd.mul_add_e_f32s(simd.sub_f32s(x[v], center[v]), scale[v], shift);
                    y[v] = simd.max_f32s(zero, sum);
                }
            }
        } else {
            for (x, y) in x.zip(y) {
                for v in 0..center.len() {
                    let sum = simd.mul_add_e_f32s(simd.sub_f32s(x[v], center[v]), scale[v], shift[v]);
                    y[v] = simd.max_f32s(zero, sum);
                }
            }
        }
    }
}

/// Of one image: each channel's sum of dz, then each channel's sum of dz·(x − mean). `dz` holds the gradient of `y`, then
/// that before `ReLU`.
struct GradientSums<'a> {
    x: &'a [f32],
    y: &'a [f32],
    dz: &'a mut [f32],
    mean: &'a [f32],
}

impl WithSimd for GradientSums<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        by_width!(simd: S, self.mean.len(), self.sums)
    }
}

impl GradientSums<'_> {
    #[inline(always)]
    fn sums<S: Simd>(self, simd: S) -> Vec<f32> {
        let mut result = vec![0.0; 2 * self.mean.len()];
        let (plain, products) = result.split_at_mut(self.mean.len());
        let (plain, products) = (S::as_mut_simd_f32s(plain).0, S::as_mut_simd_f32s(products).0);
        let mean = S::as_simd_f32s(self.mean).0;
        let vectors = mean.len();
        let [x, y] = [self.x, self.y].map(|all| S::as_simd_f32s(all).0);
        let dz = S::as_mut_simd_f32s(self.dz).0;
        let zero = simd.splat_f32s(0.0);
        let span = SIDE_BY_SIDE * vectors;
        for vector in 0..vectors {
            let (mut sums, mut product_sums) = ([zero; SIDE_BY_SIDE], [zero; SIDE_BY_SIDE]);
            for ((x, y), dz) in x.chunks(span).zip(y.chunks(span)).zip(dz.chunks_mut(span)) {
                let pixels = x.chunks_exact(vectors).zip(y.chunks_exact(vectors)).zip(dz.chunks_exact_mut(vectors));
                for (((x, y), dz), (sum, product)) in pixels.zip(sums.iter_mut().zip(&mut product_sums)) {
                    let passed = simd.greater_than_f32s(y[vector], zero);
                    dz[vector] = simd.select_f32s(passed, dz[vector], zero);
                    *sum = simd.add_f32s(*sum, dz[vector]);
                    let difference = simd.sub_f32s(x[vector], mean[vector]);
                    *product = simd.mul_add_e_f32s(dz[vector], difference, *product);
                }
            }
            plain[vector] = total(simd, sums);
            products[vector] = total(simd, product_sums);
        }
        result
    }
}

/// `gain·dz + slope·(x − mean) + offset` of one image, in `dx`, or else in place of `dz`.
struct InputGradient<'a> {
    x: &'a [f32],
    dz: &'a mut [f32],
    mean: &'a [f32],
    gain: &'a [f32],
    slope: &'a [f32],
    offset: &'a [f32],
    dx: Option<&'a mut [f32]>,
}

impl WithSimd for InputGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        by_width!(simd: S, self.mean.len(), self.gradient);
    }
}

impl InputGradient<'_> {
    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S) {
        let [mean, gain, slope, offset] =
            [self.mean, self.gain, self.slope, self.offset].map(|all| S::as_simd_f32s(all).0);
        let n = mean.len();
        let (gain, slope, offset) = (&gain[..n], &slope[..n], &offset[..n]);
        let x = S::as_simd_f32s(self.x).0.chunks_exact(n);
        let dz = S::as_mut_simd_f32s(self.dz).0.chunks_exact_mut(n);
        if let Some(dx) = self.dx {
            for ((x, dz), dx) in x.zip(dz).zip(S::as_mut_simd_f32s(dx).0.chunks_exact_mut(n)) {
                for v in 0..n {
                    let rest = simd.mul_add_e_f32s(slope[v], simd.sub_f32s(x[v], mean[v]), offset[v]);
                    dx[v] = simd.mul_add_e_f32s(gain[v], dz[v], rest);
                }
            }
        } else {
            for (x, dz) in x.zip(dz) {
                for v in 0..n {
                    let rest = simd.mul_add_e_f32s(slope[v], simd.sub_f32s(x[v], mean[v]), offset[v]);
                    dz[v] = simd.mul_add_e_f32s(gain[v], dz[v], rest);
                }
            }
        }
    }
}
