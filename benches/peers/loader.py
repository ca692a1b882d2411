"""The data path of `host` beside PyTorch's: from bytes in memory to standardized, mixed batches, in turns.

    pip install -r benches/peers/requirements.txt
    cargo build -p host --example pipeline
    python benches/peers/loader.py target/debug/examples/pipeline

Both take 50,000 images of 32x32x3 bytes, shuffle them, mix them by CutMix with alpha = 1, and have as many workers as there are cores.
PyTorch's is a DataLoader whose workers stay from epoch to epoch; its collate function standardises the whole batch, which is faster than
image by image, and calls torchvision's CutMix, which draws one box a batch. The median of the rounds, and the ratio.
"""

import argparse
import json
import os
import statistics
import subprocess
import time

import torch
from torch.utils.data import DataLoader, Dataset, default_collate
from torchvision.transforms import v2

IMAGES, CLASSES = 50_000, 10
MEAN, DEVIATION = ([[[0.49]], [[0.48]], [[0.45]]], [[[0.25]], [[0.24]], [[0.26]]])


class Images(Dataset):
    def __init__(self):
        self.images = torch.randint(0, 256, (IMAGES, 3, 32, 32), dtype=torch.uint8)
        self.classes = torch.randint(0, CLASSES, (IMAGES,))

    def __len__(self):
        return IMAGES

    def __getitem__(self, index):
        return self.images[index], self.classes[index]


class Mix:
    def __init__(self):
        self.cutmix = v2.CutMix(num_classes=CLASSES)
        self.mean, self.deviation = torch.tensor(MEAN) * 255, torch.tensor(DEVIATION) * 255

    def __call__(self, samples):
        images, classes = default_collate(samples)
        return self.cutmix(images.float().sub_(self.mean).div_(self.deviation), classes)


def pytorch(loader):
    """Images per second."""
    started = time.perf_counter()
    for _ in loader:
        pass
    return IMAGES / (time.perf_counter() - started)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipeline")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    loaders = {
        batch: DataLoader(Images(), batch, shuffle=True, num_workers=cores, persistent_workers=True, collate_fn=Mix())
        for batch in (32, 128)
    }
    for loader in loaders.values():
        pytorch(loader)  # starts the workers
    ours, theirs = {batch: [] for batch in loaders}, {batch: [] for batch in loaders}
    for _ in range(arguments.rounds):
        said = json.loads(subprocess.check_output([arguments.pipeline, "--json"]))
        for batch, loader in loaders.items():
            ours[batch] += [line["with"] for line in said["threads"] if (line["threads"], line["batch"]) == (cores, batch)]
            theirs[batch].append(pytorch(loader))
    print(f"PyTorch {torch.__version__}, {cores} workers each")
    for batch in loaders:
        we, they = statistics.median(ours[batch]), statistics.median(theirs[batch])
        print(f"batch {batch:>3}: host {we:,.0f} images/s, PyTorch {they:,.0f}, ratio {we / they:.1f}")


if __name__ == "__main__":
    main()
