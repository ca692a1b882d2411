"""README's experiment in PyTorch: ResNet-20 on CIFAR-10 without CutMix and with it, with the settings of `keras-example`.

    pip install torch numpy    # on Linux, PyPI's torch brings 3 GB of CUDA with it
    python tests/pytorch/cifar.py DIR     # DIR: what `host fetch cifar10 DIR` wrote, or the folder of its .bin files

Adam (1e-3, epsilon 1e-7), L2 1e-4 on convolution kernels, batches of 32, values 0 to 1, no other augmentation; alpha 0.25, the Keras
example's box, and partners from a second shuffle, as there. The first 10,000 training images, 10 epochs, all test images. Both arms
start from the same weights; these are PyTorch's random numbers, so other ones than those of `host`. With several seeds, the mean.
Every epoch prints a line; half an hour on two cores.
"""

import argparse
import math
import pathlib
import statistics

import numpy
import torch
from torch import nn
from torch.nn import functional

from resnet import ResNet

SIDE, CLASSES = 32, 10


def read(folder, names, limit=None):
    """Pixels 0 to 1, [images, 3, 32, 32], and classes."""
    inner = folder / "cifar-10-batches-bin"
    folder = inner if inner.is_dir() else folder
    pixels, labels, left = [], [], limit
    for name in names:
        records = numpy.fromfile(folder / name, dtype=numpy.uint8, count=-1 if left is None else left * 3073).reshape(-1, 3073)
        labels.append(records[:, 0])
        pixels.append(records[:, 1:])
        if left is not None:
            left -= len(records)
            if left == 0:
                break
    pixels = torch.from_numpy(numpy.concatenate(pixels)).view(-1, 3, SIDE, SIDE)
    return pixels.float() / 255, torch.from_numpy(numpy.concatenate(labels)).long()


def network():
    """He-normal kernels, as in the example; its momentum 0.99 is 0.01 here."""
    made = ResNet(20, CLASSES, 1e-3)
    for layer in made.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight, mode="fan_in", nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.01
    return made


def side(center, cut):
    """The example's `get_box` along one axis: clipped, and a side without pixels becomes one pixel long."""
    first, end = max(center - cut // 2, 0), min(center + cut // 2, SIDE)
    return (first, end) if end > first else (first, first + 1)


def cutmix(images, soft, partners, partner_soft, alpha, generator):
    """A box and a share for each image."""
    images, soft = images.clone(), soft.clone()
    for at in range(len(images)):
        cut = int(SIDE * math.sqrt(1 - generator.beta(alpha, alpha)))
        (x0, x1), (y0, y1) = (side(int(generator.integers(SIDE)), cut) for _ in range(2))
        images[at, :, y0:y1, x0:x1] = partners[at, :, y0:y1, x0:x1]
        kept = 1 - (x1 - x0) * (y1 - y0) / SIDE**2
        soft[at] = kept * soft[at] + (1 - kept) * partner_soft[at]
    return images, soft


def l2(model):
    return 1e-4 * sum(layer.weight.square().sum() for layer in model.modules() if isinstance(layer, nn.Conv2d))


def score(model, images, labels):
    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in zip(images.split(250), labels.split(250)))
    model.train()
    return right / len(labels)


def train(mixed, seed, epochs, data, test):
    """The test accuracy after the last epoch."""
    torch.manual_seed(seed)
    generator = numpy.random.default_rng(seed)
    images, labels = data
    soft = functional.one_hot(labels, CLASSES).float()
    model = network().train()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, eps=1e-7)
    accuracy = 0.0
    for epoch in range(1, epochs + 1):
        order, partners = (torch.from_numpy(generator.permutation(len(images))) for _ in range(2))
        total = 0.0
        for own, other in zip(order.split(32), partners.split(32)):
            x, y = images[own], soft[own]
            if mixed:
                x, y = cutmix(x, y, images[other], soft[other], 0.25, generator)
            loss = -(functional.log_softmax(model(x), 1) * y).sum(1).mean()
            optimizer.zero_grad()
            (loss + l2(model)).backward()
            optimizer.step()
            total += loss.item() * len(own)
        accuracy = score(model, *test)
        name = "with CutMix   " if mixed else "without CutMix"
        print(f"seed {seed} {name} epoch {epoch:2}/{epochs}  train loss {total / len(images):.3f}  test accuracy {accuracy:7.2%}", flush=True)
    return accuracy


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--test-images", type=int)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[42])
    arguments = parser.parse_args()
    data = read(arguments.dir, [f"data_batch_{number}.bin" for number in range(1, 6)], arguments.images)
    test = read(arguments.dir, ["test_batch.bin"], arguments.test_images)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, {len(data[0])} training and {len(test[0])} test images")
    for name, mixed in [("without CutMix", False), ("with CutMix", True)]:
        reached = [train(mixed, seed, arguments.epochs, data, test) for seed in arguments.seeds]
        spread = f" ± {statistics.stdev(reached):.2%}" if len(reached) > 1 else ""
        print(f"{name}: {statistics.mean(reached):.2%}{spread}")


if __name__ == "__main__":
    main()
