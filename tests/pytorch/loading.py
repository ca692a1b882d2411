"""How `host` reads image files, beside Pillow: the speed of JPEG files on one core, and the values of resized pictures.

    pip install pillow
    python tests/pytorch/loading.py HOST     # HOST: the program, target/debug/host say

Speed: the same 256x256 JPEG files to 224x224 pixels, by turns. `host` has one thread; what it takes for a folder of four images is
subtracted, since that is its start and the drawing of the preview. Pillow opens, converts to RGB, resizes with BILINEAR, which is
antialiased, and hands out the bytes. Values: pictures of several sizes as PNG, so that both resize the same pixels.
"""

import argparse
import csv
import os
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SIDE = 224


def picture(width, height, seed):
    """Soft shapes with a little noise, which compress about as photographs do."""
    draw = random.Random(seed)
    image = Image.new("RGB", (width, height), tuple(draw.randrange(256) for _ in range(3)))
    pen = ImageDraw.Draw(image)
    for _ in range(40):
        x, y, size = draw.randrange(width), draw.randrange(height), draw.randrange(4, max(5, width // 3))
        pen.ellipse((x, y, x + size, y + size), fill=tuple(draw.randrange(256) for _ in range(3)))
    noise = Image.frombytes("RGB", (width, height), draw.randbytes(3 * width * height))
    return Image.blend(image.filter(ImageFilter.GaussianBlur(1)), noise, 0.08)


def pillow(path, side):
    """What `host` promises to come near: the middle square, resized."""
    with Image.open(path) as image:
        image = image.convert("RGB")
        short = min(image.size)
        left, top = (image.width - short) // 2, (image.height - short) // 2
        return image.crop((left, top, left + short, top + short)).resize((side, side), Image.Resampling.BILINEAR)


def host(program, *arguments):
    """Seconds that it takes on one core."""
    environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
    started = time.perf_counter()
    subprocess.run([program, *map(str, arguments)], check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def speed(program, folder, images, rounds):
    paths = []
    for data, count in ("few", 0), ("many", images):
        for number in range(count):
            path = folder / data / "train" / "ab"[number % 2] / f"{number:05}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture(256, 256, number % 50).save(path, quality=90)
            paths.append(path)
        for path in (folder / data / part / name / "0.jpg" for part in ("train", "test") for name in "ab"):
            path.parent.mkdir(parents=True, exist_ok=True)
            picture(256, 256, 0).save(path)
    preview = ["preview", "--size", SIDE, "--out", folder / "preview.png", "--data"]
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(host(program, *preview, folder / "many") - host(program, *preview, folder / "few"))
        started = time.perf_counter()
        for path in paths:
            pillow(path, SIDE).tobytes()
        theirs.append(time.perf_counter() - started)
    ours, theirs = (images / statistics.median(seconds) for seconds in (ours, theirs))
    print(f"images/s on one core: host {ours:.0f}, Pillow {theirs:.0f}, ratio {ours / theirs:.2f}")


def largest_difference(program, folder, suffix):
    """Between the values of `host` and of Pillow, over pictures that grow and shrink."""
    source, copies = folder / suffix, folder / f"{suffix}-copies"
    for number, (width, height) in enumerate([(256, 256), (500, 375), (375, 500), (1600, 1200), (100, 100), (225, 224), (31, 64)]):
        path = source / "ab"[number % 2] / f"{number}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(width, height, number).save(path)
    host(program, "augment", source, copies, "--copies", 1, "--probability", 0, "--size", SIDE)
    worst = 0
    with open(copies / "labels.csv", newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            with Image.open(copies / row["file"]) as copy:
                pairs = zip(copy.convert("RGB").tobytes(), pillow(source / row["source"], SIDE).tobytes(), strict=True)
                worst = max(worst, max(abs(one - other) for one, other in pairs))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    program = str(Path(arguments.host).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        print(f"largest difference of a value, of 255: {largest_difference(program, folder, 'png')}")
        print(f"with two decoders of JPEG: {largest_difference(program, folder, 'jpg')}")
        speed(program, folder, arguments.images, arguments.rounds)


if __name__ == "__main__":
    main()
