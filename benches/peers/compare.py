"""CutMix elsewhere beside ours: the same workloads, on one core, in turns.

    pip install -r benches/peers/requirements.txt    # on Linux, PyPI's torch brings 3 GB of CUDA with it
    python benches/peers/compare.py                  # 3 minutes; needs cargo and a C compiler too

Batches of 32 images, images and labels of 10 classes mixed; four batches rotate. Ours is `everything` of `cargo bench -p benches`: a
box for each sample. torchvision and timm's "batch" draw one box for the whole batch; torchvision, kornia and Keras return new
images, the others write into the old ones. All draw lambda from Beta(1, 1), save Keras's layer, which draws Beta's parameter too,
and the Keras example with its 0.25, beside ours with 0.25.

C is baseline.c, which samples from one generator, checks nothing and makes no labels. It stands beside `plan+paste` of the same bench,
which makes none either.

The example is https://keras.io/examples/vision/cutmix/ from its zipped datasets to its batches, without its shuffles and its scaling.

Prints ns per image: the median of the rounds, and how many times ours that is, in the same layout and with the same alpha.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# For this process and those that it starts, and before a library counts the cores.
CORE = max(os.sched_getaffinity(0))
os.sched_setaffinity(0, {CORE})

import numpy as np

# PyTorch before TensorFlow: both bring an LLVM, and the other way about they do not bear each other.
import torch
import torchvision
import kornia
import timm
from timm.data.mixup import Mixup
from torchvision.transforms import v2

import tensorflow as tf
import keras

HERE = pathlib.Path(__file__).resolve().parent
BATCH, BATCHES, CLASSES = 32, 4, 10
WORKLOADS = [(side, element) for side in (32, 224) for element in ("u8", "f32")]


def batches(side, element, first):
    """Images and classes in numpy, channels first or last."""
    random = np.random.default_rng(42)
    shape = (BATCHES, BATCH, 3, side, side) if first else (BATCHES, BATCH, side, side, 3)
    images = random.integers(0, 256, shape, dtype=np.uint8)
    return images if element == "u8" else images.astype(np.float32) / 255, random.integers(0, CLASSES, shape[:2])


def in_torch(mix):
    """Peers that are called with a batch of tensors."""

    def prepare(side, element):
        images, classes = batches(side, element, first=True)
        rotating = [(torch.from_numpy(images[i]), torch.from_numpy(classes[i])) for i in range(BATCHES)]
        return lambda turn: mix(*rotating[turn % BATCHES])

    return prepare


def keras_layer(side, element):
    images, classes = batches(side, element, first=False)
    one_hot = np.eye(CLASSES, dtype=np.float32)[classes]
    rotating = [{"images": tf.constant(images[i]), "labels": tf.constant(one_hot[i])} for i in range(BATCHES)]
    layer = keras.layers.CutMix(seed=42)
    mix = tf.function(lambda batch: layer(batch, training=True))
    return lambda turn: mix(rotating[turn % BATCHES])


def keras_example(side, element):
    images, classes = batches(side, element, first=False)
    images, one_hot = images.reshape(-1, side, side, 3), np.eye(CLASSES, dtype=np.float32)[classes.reshape(-1)]

    def beta(alpha):
        first, second = tf.random.gamma([1], [alpha])[0][0], tf.random.gamma([1], [alpha])[0][0]
        return first / (first + second)

    def box(share):
        cut = tf.cast(side * tf.sqrt(1.0 - share), tf.int32)
        center = [tf.random.uniform([1], maxval=side, dtype=tf.int32)[0] for _ in range(2)]
        start = [tf.clip_by_value(at - cut // 2, 0, side) for at in center]
        end = [tf.clip_by_value(at + cut // 2, 0, side) for at in center]
        # A side without pixels becomes one pixel long.
        return start, [tf.maximum(after - before, 1) for before, after in zip(start, end)]

    def alone(image, start, size):
        """The box of an image, black around it."""
        cropped = tf.image.crop_to_bounding_box(image, start[1], start[0], size[1], size[0])
        return tf.image.pad_to_bounding_box(cropped, start[1], start[0], side, side)

    def mix(one, two):
        (image, label), (partner, partner_label) = one, two
        start, size = box(beta(0.25))
        image = image - alone(image, start, size) + alone(partner, start, size)
        share = 1 - tf.cast(size[0] * size[1], tf.float32) / (side * side)
        return image, share * label + (1 - share) * partner_label

    def dataset():
        return tf.data.Dataset.from_tensor_slices((images, one_hot)).repeat()

    mixed = tf.data.Dataset.zip((dataset(), dataset().skip(BATCH))).map(mix).batch(BATCH)
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    batch = iter(mixed.with_options(options))
    return lambda turn: next(batch)


def timm_in(mode):
    return in_torch(Mixup(mixup_alpha=0, cutmix_alpha=1, mode=mode, label_smoothing=0, num_classes=CLASSES))


def kornia_mix():
    mix = kornia.augmentation.RandomCutMixV2(p=1.0, data_keys=["input", "class"], use_correct_lambda=True)
    return in_torch(mix)


# Name, layout, who draws a box, alpha of ours to compare with, what prepares it.
PEERS = [
    ("torchvision CutMix", "Chw", "batch", "1", in_torch(v2.CutMix(num_classes=CLASSES))),
    ("timm Mixup, batch", "Chw", "batch", "1", timm_in("batch")),
    ("timm Mixup, elem", "Chw", "sample", "1", timm_in("elem")),
    ("kornia RandomCutMixV2", "Chw", "sample", "1", kornia_mix()),
    ("Keras CutMix, tf.function", "Hwc", "sample", "1", keras_layer),
    ("Keras example, tf.data", "Hwc", "sample", "0.25", keras_example),
]


def timed(call, budget):
    """ns an image: the median of the calls that fit into the budget, in seconds, three at least."""
    times, started = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - started < budget:
        before = time.perf_counter_ns()
        call(len(times))
        times.append(time.perf_counter_ns() - before)
    return statistics.median(times) / BATCH


def ours():
    """The lines of the bench, by name."""
    said = subprocess.run(
        ["cargo", "bench", "--quiet", "-p", "benches", "--", "everything", "plan+paste"],
        cwd=HERE,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = json.loads(pathlib.Path(said.stdout.split()[-1]).read_text())
    return {line["name"]: line["ns"] for line in lines}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=0.5, help="seconds for a peer, a workload and a round")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

    prepared = {}
    for name, _, _, _, prepare in PEERS:
        for side, element in WORKLOADS:
            call = prepare(side, element)
            try:
                timed(call, 0)
            except (RuntimeError, TypeError, ValueError) as error:
                print(f"{name}: no {element}: {str(error).splitlines()[0]}")
                continue
            prepared[name, side, element] = call

    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        baseline = pathlib.Path(folder, "baseline")
        subprocess.run(["cc", "-O3", "-march=native", "-o", baseline, HERE / "baseline.c", "-lm"], check=True)
        for _ in range(arguments.rounds):
            times = {f"ours {name}": ns for name, ns in ours().items()}
            times |= {f"C {name}": ns for name, ns in json.loads(subprocess.check_output([baseline])).items()}
            times |= {key: timed(call, arguments.budget) for key, call in prepared.items()}
            rounds.append(times)
    median = {key: statistics.median(times[key] for times in rounds) for key in rounds[0]}

    def our(layout, alpha, side, element, work="everything(32)"):
        return median[f"ours {work} {element} {side}x{side}x3 {layout} alpha={alpha}"]

    versions = {module.__name__: module.__version__ for module in (torchvision, timm, kornia, keras, tf)}
    print(f"ns per image, one core; {', '.join(f'{name} {version}' for name, version in versions.items())}\n")
    print("| | layout | a box per | " + " | ".join(f"{side}×{side}×3 {element}" for side, element in WORKLOADS) + " |")
    print("|---|---|---|" + "---|" * len(WORKLOADS))

    def row(name, layout, box, alpha, ns_of, work="everything(32)"):
        print(f"| {name}, α = {alpha} | {layout} | {box}", end="")
        for workload in WORKLOADS:
            ns = ns_of(*workload)
            ratio = ns and ns / our(layout, alpha, *workload, work)
            print(" | refused" if ns is None else f" | {ns:,.0f} ({ratio:,.{2 if ratio < 10 else 0}f}×)", end="")
        print(" |")

    for layout in ("Hwc", "Chw"):
        for alpha in ("1", "0.25"):
            row("ours", layout, "sample", alpha, lambda *workload: our(layout, alpha, *workload))
    for alpha in ("1", "0.25"):
        row("ours, no labels", "Hwc", "sample", alpha, lambda *workload: our("Hwc", alpha, *workload, "plan+paste"), "plan+paste")
        c = lambda side, element: median[f"C {element} {side} alpha={alpha}"]
        row("C, no labels", "Hwc", "sample", alpha, c, "plan+paste")
    for name, layout, box, alpha, _ in PEERS:
        row(name, layout, box, alpha, lambda *workload: median.get((name, *workload)))


if __name__ == "__main__":
    main()
