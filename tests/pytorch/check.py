"""Compares `host predict` with PyTorch, which is given nothing but the file of `host export`.

    pip install torch safetensors numpy pillow    # on Linux, PyPI's torch brings 3 GB of CUDA with it
    python tests/pytorch/check.py HOST RUN     # HOST: the program, target/debug/host say; RUN: the folder of a finished run

Every network of the run gets images of noise, of one color each, and of smooth colors, as PNG files, and with --images also
files of yours that are of the network's size. The logits may differ by what rounding in f32 allows; exits with
failure if they differ by more.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from PIL import Image
from safetensors import safe_open

from resnet import ResNet


def load(file):
    """The network in `file`, and what the file says of it."""
    with safe_open(file, "pt") as tensors:
        description = json.loads(tensors.metadata()["cutmix"])
        weights = {name: tensors.get_tensor(name) for name in tensors.keys()}
    assert description["architecture"] == "resnet-v1" and description["padding"] == "same", description
    network = ResNet(description["depth"], len(description["classes"]), description["norm_epsilon"], description.get("width", 1), len(description["mean"]))
    missing, unexpected = network.load_state_dict(weights, strict=False)
    # PyTorch's count of training steps: of no use any more.
    missing = [name for name in missing if not name.endswith(".num_batches_tracked")]
    assert not missing and not unexpected, (missing, unexpected)
    return network.eval(), description


def draw(folder, size, count):
    """`count` PNG files: noise, one color, smooth colors, in turn."""
    generator = numpy.random.default_rng(42)
    width, height = size
    files = []
    for number in range(count):
        small = [(height, width), (1, 1), (4, 4)][number % 3]
        image = Image.fromarray(generator.integers(0, 256, (*small, 3), dtype=numpy.uint8))
        files.append(folder / f"{number}.png")
        image.resize((width, height), Image.Resampling.BICUBIC).save(files[-1])
    return files


def logits(network, description, images, dtype):
    mean, deviation = (torch.tensor(description[key], dtype=dtype).view(1, -1, 1, 1) for key in ("mean", "deviation"))
    pixels = torch.from_numpy(numpy.stack(images)).permute(0, 3, 1, 2).to(dtype)
    with torch.no_grad():
        return network.to(dtype)((pixels / 255 - mean) / deviation)


def compare(host, run, arm, seed, count, more, folder):
    """The largest difference of a log-probability, and what it may be."""
    chosen = ["--arm", arm, "--seed", str(seed)]
    file = folder / f"{arm}-{seed}.safetensors"
    subprocess.run([host, "export", run, "--safetensors", file, *chosen], check=True, stdout=subprocess.DEVNULL)
    network, description = load(file)
    files = draw(folder, description["size"], count) + more
    command = [host, "predict", run, *files, "--json", "--top", "all", "--device", "cpu", *chosen]
    said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    theirs = []
    for prediction in said:
        probabilities = {guess["class"]: guess["probability"] for guess in prediction["classes"]}
        theirs.append([probabilities[name] for name in description["classes"]])
    theirs = numpy.array(theirs)

    mode = "L" if len(description["mean"]) == 1 else "RGB"
    images = [numpy.array(Image.open(file).convert(mode)).reshape(*reversed(description["size"]), -1) for file in files]
    exact = logits(network, description, images, torch.float64)
    single = logits(network, description, images, torch.float32).double()
    # A probability in f32 has 24 bits, and none below its smallest normal number.
    seen = theirs > 1e-30
    log = torch.log_softmax(exact, 1).numpy()
    difference = numpy.abs(numpy.log(numpy.where(seen, theirs, 1)) - numpy.where(seen, log, 0)).max()
    own = (torch.log_softmax(single, 1) - torch.log_softmax(exact, 1)).abs().max().item()
    # Each layer rounds a few times, by half a unit in the last place of its values: 4 times a layer, of the largest logit.
    allowed = 4 * description["depth"] * 2**-24 * max(1.0, exact.abs().max().item())
    assert (log.argmax(1) == theirs.argmax(1)).all() or difference > allowed, "other classes"
    print(f"{arm}, seed {seed}, {len(files)} images: largest logit {exact.abs().max():.2f}, difference {difference:.2e}, "
          f"allowed {allowed:.2e}; PyTorch's own in f32 {own:.2e}")
    return difference <= allowed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host", type=pathlib.Path)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--images", type=pathlib.Path, nargs="*", default=[])
    arguments = parser.parse_args()
    results = sorted(arguments.run.glob("seed-*/*/result.json"))
    assert results, f"no finished network in {arguments.run}"
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for result in results:
            arm, seed = result.parent.name, int(result.parent.parent.name.removeprefix("seed-"))
            host, place = arguments.host.resolve(), pathlib.Path(folder)
            good &= compare(host, arguments.run, arm, seed, arguments.count, arguments.images, place)
    sys.exit(0 if good else "more than rounding")


main()
