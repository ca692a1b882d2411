"""Training speed of `host` beside PyTorch's: the same network, batch, images and threads, in turns.

    pip install torch numpy    # on Linux, PyPI's torch brings 3 GB of CUDA with it
    python tests/pytorch/speed.py HOST     # HOST: the program, target/debug/host say

Both train ResNet-20 with Adam and the L2 term on convolution kernels, both on images of the embedded pictures' shape, 32x32x3 and 8
classes, and neither time includes loading or evaluation. PyTorch is given finished batches in memory; `host` makes its own, with CutMix.
PyTorch is run eagerly, with its tensors channels last, and so compiled (which needs a C++ compiler), and the fastest counts. The median of
the rounds, and the ratio. With --device gpu, `host` computes through wgpu and PyTorch through CUDA; there, what the first epoch takes is left out of
both, since kernels are compiled in it.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time

import torch
from torch import nn
from torch.nn import functional

from resnet import ResNet


def l2(network):
    return 1e-4 * sum(layer.weight.square().sum() for layer in network.modules() if isinstance(layer, nn.Conv2d))


def pytorch(way, images, batch, device):
    """Images per second."""
    network = ResNet(20, 8, 1e-3).train()
    layout = torch.contiguous_format if way == "eager" else torch.channels_last
    network = network.to(device, memory_format=layout)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, eps=1e-7)
    batches = [
        (torch.rand(batch, 3, 32, 32).to(device, memory_format=layout), torch.softmax(torch.randn(batch, 8), 1).to(device))
        for _ in range(8)
    ]

    def loss_of(pixels, soft):
        return -(functional.log_softmax(network(pixels), 1) * soft).sum(1).mean() + l2(network)

    if way == "compiled":
        loss_of = torch.compile(loss_of)

    def steps(count):
        for step in range(count):
            loss = loss_of(*batches[step % len(batches)])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss.item()  # waits

    steps(20)  # and compiles
    started = time.perf_counter()
    steps(images // batch)
    return images / (time.perf_counter() - started)


def seconds(host, images, batch, device, epochs):
    """What `host` takes to train."""
    command = f"train --recipe keras-example --train-limit {images} --test-limit 8 --epochs {epochs} --batch-size {batch} --device {device}"
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run(
            [host, *command.split(), "--json", "--out", folder], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    return epochs * images / json.loads(said.stdout)["arms"]["cutmix"]["images_per_second"]


def ours(host, images, batch, device):
    """Images per second."""
    if device == "cpu":
        return images / seconds(host, images, batch, device, 1)
    return 2 * images / (seconds(host, images, batch, device, 3) - seconds(host, images, batch, device, 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host")
    parser.add_argument("--images", type=int, default=3200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu")
    arguments = parser.parse_args()
    device = "cuda" if arguments.device == "gpu" else "cpu"
    on = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads"
    print(f"PyTorch {torch.__version__}, {on}")
    for batch in (32, 128):
        host, peers = [], {"eager": [], "channels last": [], "compiled": []}
        for _ in range(arguments.rounds):
            host.append(ours(arguments.host, arguments.images, batch, arguments.device))
            for way in list(peers):
                try:
                    peers[way].append(pytorch(way, arguments.images, batch, device))
                except Exception as error:  # a way that does not work here is left out, and it is said
                    print(f"batch {batch:>3}: PyTorch {way} left out: {str(error).splitlines()[0]}")
                    del peers[way]
        we, they = statistics.median(host), {way: statistics.median(rounds) for way, rounds in peers.items()}
        best = max(they, key=they.get)
        all_ways = ", ".join(f"{way} {speed:.0f}" for way, speed in they.items())
        print(f"batch {batch:>3}: host {we:.0f} images/s, PyTorch {all_ways}; best is {best}, ratio {we / they[best]:.2f}")


if __name__ == "__main__":
    main()
