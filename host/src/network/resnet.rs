//! ResNet for 32×32 images (He et al. 2015, arXiv 1512.03385, section 4.2), version 1, as the Keras example has it.

use anyhow::Result;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use resnet_kernels as kernels;

use crate::settings::NetworkSettings;

/// Filters of the three stages of a network of width 1; each stage after the first halves the image's sides.
const FILTERS: [usize; 3] = [16, 32, 64];

/// Keras's; PyTorch and Burn have 1e-5.
pub const NORM_EPSILON: f64 = 1e-3;

/// A residual network of depth 6n+2: a convolution, three stages of n blocks, average pooling, a dense layer.
#[derive(Module, Debug)]
pub struct ResNet {
    stem: ConvNorm,
    blocks: Vec<Block>,
    dense: Linear,
}

/// Two convolutions and the way around them.
#[derive(Module, Debug)]
struct Block {
    conv1: ConvNorm,
    conv2: ConvNorm,
    /// 1×1 where the shape changes, so that the sum fits.
    projection: Option<Conv2d>,
}

/// A 3×3 convolution and batch normalization. The example's bias is left out: the mean that the normalization subtracts
/// takes it away again, so the function and its training are the same.
#[derive(Module, Debug)]
struct ConvNorm {
    conv: Conv2d,
    norm: BatchNorm,
}

/// He-normal: variance 2 ÷ fan-in (He et al. 2015, arXiv 1502.01852).
fn he_normal() -> Initializer {
    Initializer::KaimingNormal { gain: 2.0_f64.sqrt(), fan_out_only: false }
}

/// Keras pads asymmetrically at stride 2, as Burn's `Same` does.
fn conv(channels: [usize; 2], kernel: usize, stride: usize) -> Conv2dConfig {
    Conv2dConfig::new(channels, [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Same)
        .with_initializer(he_normal())
}

impl ConvNorm {
    fn new(channels: [usize; 2], stride: usize, norm_momentum: f64, device: &Device) -> Self {
        // Burn counts momentum from the other end.
        let norm = BatchNormConfig::new(channels[1]).with_epsilon(NORM_EPSILON).with_momentum(1.0 - norm_momentum);
        Self { conv: conv(channels, 3, stride).with_bias(false).init(device), norm: norm.init(device) }
    }

    /// The rectified sum with `shortcut`.
    fn forward(&self, x: Tensor<4>, shortcut: Option<Tensor<4>>) -> Tensor<4> {
        if kernels::run_on(&x.device()) {
            return kernels::norm_relu_of(&self.norm, kernels::conv(&self.conv, x), shortcut);
        }
        let x = self.norm.forward(self.conv.forward(x));
        relu(match shortcut {
            Some(shortcut) => x + shortcut,
            None => x,
        })
    }
}

impl Block {
    fn new(channels: [usize; 2], norm_momentum: f64, device: &Device) -> Self {
        let [from, to] = channels;
        let stride = if from == to { 1 } else { 2 };
        Self {
            conv1: ConvNorm::new([from, to], stride, norm_momentum, device),
            conv2: ConvNorm::new([to, to], 1, norm_momentum, device),
            projection: (from != to).then(|| conv([from, to], 1, stride).init(device)),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let residual = self.conv1.forward(x.clone(), None);
        let shortcut = match &self.projection {
            Some(projection) if kernels::run_on(&x.device()) => kernels::conv(projection, x),
            Some(projection) => projection.forward(x),
            None => x,
        };
        self.conv2.forward(residual, Some(shortcut))
    }
}

impl ResNet {
    /// A network for images of so many channels, with so many classes as outputs: the two `ends`.
    ///
    /// # Errors
    ///
    /// If its depth is not 8, 14, 20, …, that is 6n+2 with n ≥ 1.
    pub fn new(settings: &NetworkSettings, ends: [usize; 2], device: &Device) -> Result<Self> {
        settings.validate()?;
        let [channels, classes] = ends;
        let NetworkSettings { depth, width, norm_momentum } = *settings;
        let filters = FILTERS.map(|filters| filters * width);
        let per_stage = (depth - 2) / 6;
        let mut blocks = Vec::with_capacity(3 * per_stage);
        let mut from = filters[0];
        for to in filters {
            for _ in 0..per_stage {
                blocks.push(Block::new([from, to], norm_momentum, device));
                from = to;
            }
        }
        let dense = LinearConfig::new(from, classes).with_initializer(he_normal());
        Ok(Self {
            stem: ConvNorm::new([channels, filters[0]], 1, norm_momentum, device),
            blocks,
            dense: dense.init(device),
        })
    }

    /// This network with the last layer of `other`, which may have other classes.
    #[must_use]
    pub fn with_last_layer_of(self, other: Self) -> Self {
        Self { dense: other.dense, ..self }
    }

    /// Logits, `[batch, classes]`, of images `[batch, channels, height, width]` with values 0 to 1.
    #[must_use]
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let ours = kernels::run_on(&images.device());
        let mut x = self.stem.forward(if ours { images.permute([0, 2, 3, 1]) } else { images }, None);
        for block in &self.blocks {
            x = block.forward(x);
        }
        if ours {
            x = x.permute([0, 3, 1, 2]);
        }
        let pooled = x.mean_dim(3).mean_dim(2).flatten(1, 3);
        self.dense.forward(pooled)
    }
}
