"""The network of `host/src/network/resnet.rs` in PyTorch."""

from torch import nn
from torch.nn import functional


class SameConv(nn.Conv2d):
    """Pads so that the output has side ceil(input / stride); where the sum is odd, the extra pixel is right and below."""

    def forward(self, x):
        pads = []
        for side, kernel, stride in zip(reversed(x.shape[2:]), reversed(self.kernel_size), reversed(self.stride)):
            total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(functional.pad(x, pads))


class ConvNorm(nn.Module):
    def __init__(self, inputs, outputs, stride, epsilon):
        super().__init__()
        self.conv = SameConv(inputs, outputs, 3, stride, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=epsilon)

    def forward(self, x):
        return self.norm(self.conv(x))


class Block(nn.Module):
    def __init__(self, inputs, outputs, epsilon):
        super().__init__()
        stride = 1 if inputs == outputs else 2
        self.conv1 = ConvNorm(inputs, outputs, stride, epsilon)
        self.conv2 = ConvNorm(outputs, outputs, 1, epsilon)
        self.projection = None if inputs == outputs else SameConv(inputs, outputs, 1, stride)

    def forward(self, x):
        shortcut = x if self.projection is None else self.projection(x)
        return functional.relu(self.conv2(functional.relu(self.conv1(x))) + shortcut)


class ResNet(nn.Module):
    def __init__(self, depth, classes, epsilon, width=1, channels=3):
        super().__init__()
        first, *_, last = stages = [filters * width for filters in (16, 32, 64)]
        sides = [first] + [filters for filters in stages for _ in range((depth - 2) // 6)]
        self.stem = ConvNorm(channels, first, 1, epsilon)
        self.blocks = nn.ModuleList(Block(*pair, epsilon) for pair in zip(sides, sides[1:]))
        self.dense = nn.Linear(last, classes)

    def forward(self, x):
        x = functional.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.dense(x.mean((2, 3)))
