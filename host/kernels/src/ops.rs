//! The kernels as operations of Burn: on flex, and with gradients.
//!
//! Images are `[batch, height, width, channels]`.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata as _, backend_extension};
use burn::tensor::{Shape, Tensor, TensorData};
use pulp::Arch;

use crate::conv::Conv;
use crate::norm;

type FlexTensor = FloatTensor<Flex>;

/// What a residual network is made of.
#[backend_extension(Flex, Autodiff)]
pub trait ResidualOps: Backend {
    /// Convolution of `x`, `[batch, height, width, inputs]`, with `kernel`, `[outputs, inputs, side, side]`, padded as
    /// Keras's `same`.
    fn conv_same(x: FloatTensor<Self>, kernel: FloatTensor<Self>, stride: usize) -> FloatTensor<Self>;

    /// Batch normalization by the statistics of `x`, then `ReLU`; mean and biased variance beside it.
    fn norm_relu(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// The same with `shortcut` added before `ReLU`.
    fn norm_add_relu(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl ResidualOps for Flex {
    fn conv_same(x: FlexTensor, kernel: FlexTensor, stride: usize) -> FlexTensor {
        let (conv, x, kernel) = conv_inputs(x, kernel, stride);
        conv_forward(&conv, &x, &kernel)
    }

    fn norm_relu(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f64,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let norm = Norm::new(x, &gamma, epsilon);
        let [mean, variance] = norm.statistics();
        (norm.forward(&beta, None), mean, variance)
    }

    fn norm_add_relu(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        shortcut: FlexTensor,
        epsilon: f64,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let norm = Norm::new(x, &gamma, epsilon);
        let [mean, variance] = norm.statistics();
        (norm.forward(&beta, Some(shortcut)), mean, variance)
    }
}

fn conv_inputs(x: FlexTensor, kernel: FlexTensor, stride: usize) -> (Conv, FlexTensor, FlexTensor) {
    let x = dense(x);
    let kernel = dense(kernel);
    let [images, height, width, inputs] = x.shape().dims();
    let [outputs, kernel_inputs, side, other_side] = kernel.shape().dims();
    assert!(inputs == kernel_inputs && side == other_side, "the kernel does not fit the images");
    (Conv { images, height, width, inputs, outputs, kernel: side, stride }, x, kernel)
}

fn conv_forward(conv: &Conv, x: &FlexTensor, kernel: &FlexTensor) -> FlexTensor {
    let [rows, columns] = conv.output_sides();
    let y = conv.forward(Arch::new(), floats(x), floats(kernel));
    from_values(y, [conv.images, rows, columns, conv.outputs])
}

/// What the gradient of a convolution needs.
type ConvState = (Conv, FlexTensor, FlexTensor);

#[derive(Debug)]
struct ConvBackward;

impl Backward<Flex, 2> for ConvBackward {
    type State = ConvState;

    fn backward(self, ops: Ops<ConvState, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let mut dy = dense(grads.consume::<Flex>(&ops.node));
        let (conv, x, kernel) = ops.state;
        let [parent_x, parent_kernel] = ops.parents;
        if let Some(parent) = parent_kernel {
            let gradient = conv.kernel_gradient(Arch::new(), floats(&x), floats(&dy));
            grads.register::<Flex>(parent.id, from_values(gradient, kernel.shape()));
        }
        if let Some(parent) = parent_x {
            // Where the shape stays, the gradient of the result is overwritten: clearing new memory takes as long as a pass.
            let dx = if x.shape() == dy.shape() {
                conv.input_gradient(Arch::new(), floats(&kernel), dy.storage_mut(), None);
                dy
            } else {
                let mut dx = vec![0.0; floats(&x).len()];
                conv.input_gradient(Arch::new(), floats(&kernel), dy.storage_mut(), Some(&mut dx));
                from_values(dx, x.shape())
            };
            grads.register::<Flex>(parent.id, dx);
        }
    }
}

/// A normalization, and what its gradient needs but for the result.
#[derive(Clone, Debug)]
struct Norm {
    x: FlexTensor,
    gamma: Vec<f32>,
    inverse_deviation: Vec<f32>,
    statistics: norm::Statistics,
}

impl Norm {
    fn new(x: FlexTensor, gamma: &FlexTensor, epsilon: f64) -> Self {
        let x = dense(x);
        let [_, height, width, channels] = x.shape().dims();
        let statistics = norm::statistics(Arch::new(), floats(&x), height * width * channels, channels);
        let inverse = |&variance: &f32| (1.0 / (f64::from(variance) + epsilon).sqrt()) as f32;
        let inverse_deviation = statistics.variance.iter().map(inverse).collect();
        Self { x, gamma: floats(&dense(gamma.clone())).to_vec(), inverse_deviation, statistics }
    }

    fn statistics(&self) -> [FlexTensor; 2] {
        [&self.statistics.mean, &self.statistics.variance].map(|values| vector(values.clone()))
    }

    fn sides(&self) -> [usize; 4] {
        self.x.shape().dims()
    }

    /// Floats in an image.
    fn image(&self) -> usize {
        self.sides()[1..].iter().product()
    }

    fn forward(&self, beta: &FlexTensor, shortcut: Option<FlexTensor>) -> FlexTensor {
        let scale: Vec<f32> = self.gamma.iter().zip(&self.inverse_deviation).map(|(a, b)| a * b).collect();
        let (beta, shortcut) = (dense(beta.clone()), shortcut.map(dense));
        let per_channel = [&self.statistics.mean[..], &scale, floats(&beta)];
        let shortcut = shortcut.as_ref().map(floats);
        let y = norm::relu_of_norm(Arch::new(), floats(&self.x), self.image(), per_channel, shortcut);
        from_values(y, self.sides())
    }
}

/// Of x, gamma and beta; with four parents also of the shortcut.
#[derive(Debug)]
struct NormBackward;

impl<const N: usize> Backward<Flex, N> for NormBackward {
    /// And the result of the forward pass.
    type State = (Norm, FlexTensor);

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        // Overwritten in place where nobody else has it, which is always so in a residual network.
        let mut dy = dense(grads.consume::<Flex>(&ops.node));
        let (norm, y) = ops.state;
        let mut dx = ops.parents.get(3).is_some_and(Option::is_some).then(|| vec![0.0; floats(&y).len()]);
        let [gamma, beta] = norm::backward(
            Arch::new(),
            [floats(&norm.x), floats(&y)],
            dy.storage_mut(),
            dx.as_deref_mut(),
            norm.image(),
            [&norm.statistics.mean[..], &norm.inverse_deviation, &norm.gamma],
        );
        let (x, shortcut) = match dx {
            Some(dx) => (from_values(dx, norm.sides()), Some(dy)),
            None => (dy, None),
        };
        let all = [Some(x), Some(vector(gamma)), Some(vector(beta)), shortcut];
        for (parent, gradient) in ops.parents.into_iter().zip(all) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<Flex>(parent.id, gradient);
            }
        }
    }
}

impl<C: CheckpointStrategy> ResidualOps for Autodiff<Flex, C> {
    fn conv_same(x: FloatTensor<Self>, kernel: FloatTensor<Self>, stride: usize) -> FloatTensor<Self> {
        let prepared = ConvBackward.prepare::<C>([x.node(), kernel.node()]).compute_bound().stateful();
        let state = conv_inputs(x.into_primitive(), kernel.into_primitive(), stride);
        let y = conv_forward(&state.0, &state.1, &state.2);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(state, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn norm_relu(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [x.node(), gamma.node(), beta.node()];
        tracked_norm::<C, 3>(nodes, [x, gamma, beta], None, epsilon)
    }

    fn norm_add_relu(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [x.node(), gamma.node(), beta.node(), shortcut.node()];
        tracked_norm::<C, 4>(nodes, [x, gamma, beta], Some(shortcut), epsilon)
    }
}

type Tracked = FloatTensor<Autodiff<Flex>>;

fn tracked_norm<C: CheckpointStrategy, const N: usize>(
    nodes: [NodeGuard; N],
    [x, gamma, beta]: [Tracked; 3],
    shortcut: Option<Tracked>,
    epsilon: f64,
) -> (Tracked, Tracked, Tracked) {
    let norm = Norm::new(x.into_primitive(), gamma.primitive(), epsilon);
    let [mean, variance] = norm.statistics().map(Tracked::new);
    let y = norm.forward(beta.primitive(), shortcut.map(Tracked::into_primitive));
    let y = match NormBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish((norm, y.clone()), y),
        OpsKind::UnTracked(prepared) => prepared.finish(y),
    };
    (y, mean, variance)
}

/// `ReLU` of `shortcut` plus the normalization of `x` by gamma, beta, mean and variance. Not differentiable.
///
/// # Panics
///
/// If the shapes differ, or the device is not flex or has autodiff.
pub fn norm_relu_by(x: Tensor<4>, per_channel: [Tensor<1>; 4], shortcut: Option<Tensor<4>>, epsilon: f64) -> Tensor<4> {
    let x = dense(on_flex(x));
    let [images, height, width, channels] = x.shape().dims();
    let [gamma, beta, mean, variance] = per_channel.map(|values| dense(on_flex(values)));
    let scale = |(gamma, variance): (&f32, &f32)| (f64::from(*gamma) / (f64::from(*variance) + epsilon).sqrt()) as f32;
    let scale: Vec<f32> = floats(&gamma).iter().zip(floats(&variance)).map(scale).collect();
    let shortcut = shortcut.map(|shortcut| dense(on_flex(shortcut)));
    let per_channel = [floats(&mean), &scale, floats(&beta)];
    let image = height * width * channels;
    let y = norm::relu_of_norm(Arch::new(), floats(&x), image, per_channel, shortcut.as_ref().map(floats));
    Tensor::from_primitive::<Flex>(from_values(y, [images, height, width, channels]))
}

fn on_flex<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    tensor.try_into_primitive::<Flex>().expect("only called on flex without autodiff")
}

/// The same values in a piece of memory of their own, copied only if they are not.
#[allow(clippy::needless_pass_by_value, reason = "a second owner would make writing to the result copy it")]
fn dense(tensor: FlexTensor) -> FlexTensor {
    tensor.to_contiguous()
}

fn from_values(values: Vec<f32>, sides: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, sides.into()))
}

fn vector(values: Vec<f32>) -> FlexTensor {
    let length = values.len();
    from_values(values, [length])
}

fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("made dense when it came in, and f32 is the only float here")
}
