"""Training speed of `host` beside PyTorch's: the same network, batch, images and threads, in turns.

    pip install torch numpy    # on Linux, PyPI's torch brings 3 GB of CUDA with it
    python tests/pytorch/speed.py HOST     # HOST: the program, target/debug/host say

Both train ResNet-20 with Adam, both take the embedded pictures' shape, 32x32x3 and 8 classes, and neither time includes loading or
evaluation. PyTorch is given finished batches; `host` makes its own, with CutMix. The median of the rounds, and the ratio.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time

import torch
from torch.nn import functional

from resnet import ResNet


def pytorch(images, batch):
    """Images per second."""
    network = ResNet(20, 8, 1e-3).train()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, eps=1e-7)
    batches = [(torch.rand(batch, 3, 32, 32), torch.softmax(torch.randn(batch, 8), 1)) for _ in range(8)]

    def steps(count):
        for step in range(count):
            pixels, soft = batches[step % len(batches)]
            loss = -(functional.log_softmax(network(pixels), 1) * soft).sum(1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    steps(5)
    started = time.perf_counter()
    steps(images // batch)
    return images / (time.perf_counter() - started)


def ours(host, images, batch):
    """Images per second."""
    command = f"train --recipe keras-example --train-limit {images} --test-limit 8 --epochs 1 --batch-size {batch} --device cpu"
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run(
            [host, *command.split(), "--json", "--out", folder], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    return json.loads(said.stdout)["arms"]["cutmix"]["images_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host")
    parser.add_argument("--images", type=int, default=3200)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
    for batch in (32, 128):
        rounds = [(ours(arguments.host, arguments.images, batch), pytorch(arguments.images, batch)) for _ in range(arguments.rounds)]
        we, they = (statistics.median(side) for side in zip(*rounds))
        print(f"batch {batch:>3}: host {we:.0f} images/s, PyTorch {they:.0f}, ratio {we / they:.2f}")


if __name__ == "__main__":
    main()
