"""CutMix from Python: ours, torchvision's and timm's, of the same batches, in turns.

    pip install -r benches/peers/requirements.txt    # on Linux, PyPI's torch brings 3 GB of CUDA with it
    pip install ./bindings/python
    python benches/peers/python.py                   # 5 minutes

Batches of 32 and 128 images, images and labels of 10 classes mixed, four batches rotate; tensors, as a data loader hands them over, and for ours NumPy's
arrays too. Everything that a call does is in its time. Ours and timm's "elem" draw a box for each sample; torchvision and timm's "batch" draw one for the
whole batch. torchvision returns new images, the others write into the old ones. On one core, then on all.

Prints microseconds a batch, the median of the rounds, and how many times ours that is; then the images a second of whole loaders, and how many times
torchvision's that is.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

BATCHES, CLASSES, SAMPLES = 4, 10, 50_000
WORKLOADS = [(batch, side, element) for side in (32, 224) for batch in (32, 128) for element in ("u8", "f32")]
LOADER = 20_000


def peers():
    """Name to what mixes a batch of tensors; its last argument are the indices."""
    from timm.data.mixup import Mixup
    from torchvision.transforms import v2

    import cutmix

    ours = cutmix.CutMix(num_classes=CLASSES, seed=42)
    torchvision = v2.CutMix(num_classes=CLASSES)
    batch, elem = (
        Mixup(mixup_alpha=0, cutmix_alpha=1, mode=mode, label_smoothing=0, num_classes=CLASSES) for mode in ("batch", "elem")
    )
    return {
        "ours": lambda images, labels, indices: ours(images, labels, epoch=0, indices=indices),
        "torchvision CutMix": lambda images, labels, indices: torchvision(images, labels),
        "timm Mixup, batch": lambda images, labels, indices: batch(images, labels),
        "timm Mixup, elem": lambda images, labels, indices: elem(images, labels),
    }


def timed(call, arguments, budget):
    """Microseconds of a call: the median of those that fit into the budget, in seconds, three at least, after one to warm up."""
    call(*arguments[0])
    times, started = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - started < budget:
        before = time.perf_counter_ns()
        call(*arguments[len(times) % len(arguments)])
        times.append(time.perf_counter_ns() - before)
    return statistics.median(times) / 1e3


def calls(rounds, budget):
    """[workload, name, microseconds]."""
    import torch

    measured = []
    for batch, side, element in WORKLOADS:
        tensors = []
        for turn in range(BATCHES):
            images = torch.randint(0, 256, (batch, 3, side, side), dtype=torch.uint8)
            images = images if element == "u8" else images.float() / 255
            tensors.append((images, torch.randint(0, CLASSES, (batch,)), torch.randperm(SAMPLES)[:batch]))
        arrays = [tuple(tensor.numpy() for tensor in tensors_) for tensors_ in tensors]
        mixes = peers()
        times = {name: [] for name in ("ours", "ours, NumPy", *mixes)}
        for _ in range(rounds):
            for name in times:
                given = arrays if name == "ours, NumPy" else tensors
                times[name].append(timed(mixes[name.split(", NumPy")[0]], given, budget))
        measured += [[[batch, side, element], name, statistics.median(found)] for name, found in times.items()]
    return measured


class Images:
    """A data set in memory, of 32x32x3 bytes."""

    def __init__(self):
        import torch

        self.images = torch.randint(0, 256, (LOADER, 3, 32, 32), dtype=torch.uint8)
        self.classes = torch.randint(0, CLASSES, (LOADER,))

    def __len__(self):
        return LOADER

    def __getitem__(self, index):
        return self.images[index], self.classes[index]


class By:
    """Collates, then mixes, as torchvision's documentation has it."""

    def __init__(self, name):
        self.mix = {"torchvision CutMix": peers()["torchvision CutMix"], "timm Mixup, elem": peers()["timm Mixup, elem"]}[name]

    def __call__(self, samples):
        from torch.utils.data import default_collate

        return self.mix(*default_collate(samples), None)


def loaders(rounds, workers):
    """[batch, name, images a second]."""
    from torch.utils.data import DataLoader, default_collate

    import cutmix

    measured = []
    for batch in (32, 128):
        ours = cutmix.Collate(cutmix.CutMix(num_classes=CLASSES, seed=42))
        ours.set_epoch(0)
        given = {
            "ours": (cutmix.Indexed(Images()), ours),
            "torchvision CutMix": (Images(), By("torchvision CutMix")),
            "timm Mixup, elem": (Images(), By("timm Mixup, elem")),
            "nothing mixed": (Images(), default_collate),
        }
        options = dict(num_workers=workers, persistent_workers=True, multiprocessing_context="fork") if workers else {}
        made = {name: DataLoader(data, batch, shuffle=True, collate_fn=collate, **options) for name, (data, collate) in given.items()}
        speeds = {name: [] for name in made}
        for round in range(rounds + 1):  # the first starts the workers
            for name, loader in made.items():
                started = time.perf_counter()
                for _ in loader:
                    pass
                speeds[name].append(LOADER / (time.perf_counter() - started))
        measured += [[batch, name, statistics.median(found[1:])] for name, found in speeds.items()]
    return measured


def child(arguments):
    """Measures on so many cores, and prints JSON."""
    cores = sorted(os.sched_getaffinity(0))[-arguments.cores :]
    os.sched_setaffinity(0, cores)
    import torch

    torch.set_num_threads(arguments.cores)
    found = {"calls": calls(arguments.rounds, arguments.budget), "loaders": loaders(arguments.rounds, arguments.cores - 1 and arguments.cores)}
    print(json.dumps(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=0.1, help="seconds for a peer, a workload and a round")
    parser.add_argument("--cores", type=int, help="on so many alone, as JSON")
    arguments = parser.parse_args()
    if arguments.cores:
        return child(arguments)

    import timm
    import torch
    import torchvision

    import cutmix

    versions = [f"{module.__name__} {module.__version__.split('+')[0]}" for module in (cutmix, torchvision, timm, torch)]
    load = os.getloadavg()[0]
    print(f"{', '.join(versions)}; load average {load:.1f}" + (", so these figures are not worth much" if load > 0.5 else ""))
    for cores in sorted({1, len(os.sched_getaffinity(0))}):
        options = ["--rounds", str(arguments.rounds), "--budget", str(arguments.budget), "--cores", str(cores)]
        found = json.loads(subprocess.check_output([sys.executable, __file__, *options]))
        times = {(*workload, name): time for workload, name, time in found["calls"]}
        names = list(dict.fromkeys(name for _, name, _ in found["calls"]))
        print(f"\nmicroseconds a batch, {cores} core{'s' * (cores > 1)}\n")
        print("| | " + " | ".join(f"{batch} × {side}×{side} {element}" for batch, side, element in WORKLOADS) + " |")
        print("|---|" + "---|" * len(WORKLOADS))
        for name in names:
            cells = []
            for workload in WORKLOADS:
                ratio = times[(*workload, name)] / times[(*workload, "ours")]
                cells.append(f"{times[(*workload, name)]:,.1f}" + (f" ({ratio:.{1 if ratio < 10 else 0}f}×)" if name != "ours" else ""))
            print(f"| {name} | " + " | ".join(cells) + " |")
        speeds = {(batch, name): speed for batch, name, speed in found["loaders"]}
        print(f"\nimages a second of a DataLoader of 32×32 u8, {cores if cores > 1 else 'no'} workers\n")
        print("| | batches of 32 | batches of 128 |\n|---|---|---|")
        for name in dict.fromkeys(name for _, name in speeds):
            cells = [f"{speeds[batch, name]:,.0f} ({speeds[batch, name] / speeds[batch, 'torchvision CutMix']:.2f}×)" for batch in (32, 128)]
            print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
