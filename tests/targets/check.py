#!/usr/bin/env python3
"""Holds `host augment` on masks and objects to a count of pixels: `tests/targets/check.py target/debug/host`. Takes NumPy, Pillow and pycocotools.

Each case is a folder that is made here. The box of a copy is read from labels.csv, and all else is done again: masks with NumPy, objects as sets
of pixels by pycocotools, for which pixel i of a row reaches from i to i + 1; of pixels so small that the edges of all boxes lie between them."""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

VISIBLE = 0.3


def pixels_of(box, width, height):
    """The set of pixels of a box [left, top, width, height], which may reach out of the image."""
    padded = [box[0] + width, box[1] + height, box[2], box[3]]
    whole = coco_mask.decode(coco_mask.frPyObjects(np.array([padded], float), 3 * height, 3 * width))[..., 0].astype(bool)
    return whole[height : 2 * height, width : 2 * width], whole.sum()


def nearest(values, placement, size, nothing):
    """Each pixel gets the value of that in which its center lies."""
    (left, top, width, height), (x, y, to_width, to_height) = placement
    rows = [top + (2 * at + 1) * height // (2 * to_height) for at in range(to_height)]
    columns = [left + (2 * at + 1) * width // (2 * to_width) for at in range(to_width)]
    out = np.full((size[1], size[0]) + values.shape[2:], nothing, values.dtype)
    out[y : y + to_height, x : x + to_width] = values[rows][:, columns]
    return out


def make(folder, rng, mode):
    """Images of several sizes, their masks and objects."""
    for name in ["images", "masks"]:
        (folder / name).mkdir(parents=True)
    images, objects, masks = {}, {}, {}
    for number in range(14):
        width, height = (int(side) for side in rng.integers(12, 30, 2))
        name = f"image-{number}"
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(folder / "images" / f"{name}.png")
        values = rng.integers(0, 2 if mode == "1" else 65536 if mode == "I;16" else 256, (height, width, 3) if mode == "RGB" else (height, width))
        values = values.astype(np.uint16 if mode == "I;16" else np.uint8)
        if mode == "1":
            picture = Image.fromarray(values * 255).convert("1")
        elif mode == "P":
            picture = Image.fromarray(values, mode="P")
            picture.putpalette([channel for color in range(256) for channel in (color, 255 - color, color // 2)])
        else:
            picture = Image.fromarray(values)
        picture.save(folder / "masks" / f"{name}.png")
        boxes = []
        for _ in range(rng.integers(0, 6)):
            x0, x1 = sorted(int(edge) for edge in rng.integers(0, width + 1, 2))
            y0, y1 = sorted(int(edge) for edge in rng.integers(0, height + 1, 2))
            boxes.append((int(rng.integers(0, 3)), [x0, y0, x1 - x0, y1 - y0]))
        images[name], objects[name], masks[name] = (width, height), boxes, values
    return images, objects, masks


def write_coco(folder, images, objects):
    file = {"images": [], "annotations": [], "categories": [{"id": 10 * at + 3, "name": f"class {at}"} for at in range(3)]}
    for at, (name, (width, height)) in enumerate(images.items()):
        file["images"].append({"id": 50 + at, "file_name": f"{name}.png", "width": width, "height": height})
        for category, box in objects[name]:
            number = len(file["annotations"]) + 1
            file["annotations"].append({"id": number, "image_id": 50 + at, "category_id": 10 * category + 3, "bbox": box, "iscrowd": number % 2, "area": 1})
    (folder / "annotations.json").write_text(json.dumps(file))


def write_yolo(folder, images, objects):
    (folder / "labels").mkdir()
    (folder / "classes.txt").write_text("one\ntwo\nthree\n")
    for name, (width, height) in images.items():
        lines = [
            f"{category} {(x + w / 2) / width!r} {(y + h / 2) / height!r} {w / width!r} {h / height!r}\n" for category, (x, y, w, h) in objects[name]
        ]
        (folder / "labels" / f"{name}.txt").write_text("".join(lines))


def read_coco(folder, size):
    coco = COCO(str(folder / "annotations.json"))
    found = {}
    for image in coco.loadImgs(coco.getImgIds()):
        assert (image["width"], image["height"]) == size
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
        found[image["file_name"]] = [((note["category_id"] - 3) // 10, note["bbox"]) for note in annotations]
        assert all(abs(note["area"] - note["bbox"][2] * note["bbox"][3]) < 1e-9 for note in annotations)
    return found


def read_yolo(folder, size):
    found = {}
    for file in (folder / "labels").iterdir():
        boxes = []
        for line in file.read_text().splitlines():
            category, x, y, w, h = line.split()
            x, y, w, h = float(x) * size[0], float(y) * size[1], float(w) * size[0], float(h) * size[1]
            boxes.append((int(category), [x - w / 2, y - h / 2, w, h]))
        found[file.stem + ".png"] = boxes
    return found


def case(host, rng, form, mode, size, fit):
    width_to, height_to = size

    def placement_of(width, height):
        if fit == "stretch":
            return (0, 0, width, height), (0, 0, width_to, height_to)
        if fit == "crop":
            cut_width, cut_height = min(width, height * width_to // height_to), min(height, width * height_to // width_to)
            return ((width - cut_width) // 2, (height - cut_height) // 2, cut_width, cut_height), (0, 0, width_to, height_to)
        fitted = (width_to, (2 * height * width_to + width) // (2 * width))  # to the nearest, halves up
        wide, high = fitted if width * height_to > height * width_to else ((2 * width * height_to + height) // (2 * height), height_to)
        return (0, 0, width, height), ((width_to - wide) // 2, (height_to - high) // 2, wide, high)

    with tempfile.TemporaryDirectory() as scratch:
        source, copies = Path(scratch) / "in", Path(scratch) / "out"
        images, objects, masks = make(source, rng, mode)
        (write_coco if form == "coco" else write_yolo)(source, images, objects)
        command = [host, "augment", source, copies, "--copies", "3", "--alpha", "1", "--size", f"{width_to}x{height_to}", "--fit", fit]
        subprocess.run(command + ["--visible", str(VISIBLE)], check=True, capture_output=True)
        found = (read_coco if form == "coco" else read_yolo)(copies, size)
        rows = list(csv.DictReader(open(copies / "labels.csv")))
        assert len(rows) == len(found) == 42
        pixels = kept = left_out = 0
        for row in rows:
            x0, y0, x1, y1 = (int(row[edge]) for edge in ["x0", "y0", "x1", "y1"])
            inside = np.zeros((height_to, width_to), bool)
            inside[y0:y1, x0:x1] = True
            assert int(row["kept"]) == (~inside).sum() and int(row["total"]) == inside.size
            name = Path(row["file"]).name
            nothing = 255 if fit == "pad" else 0
            placed = [nearest(masks[which], placement_of(*images[which]), size, nothing) for which in (row["source"], row["partner"])]
            wanted = np.where(inside[..., None] if mode == "RGB" else inside, placed[1], placed[0])
            mask = Image.open(copies / "masks" / name)
            assert mask.mode == {"1": "L", "I;16": "I;16"}.get(mode, mode), mask.mode
            assert mode != "P" or mask.getpalette()[:9] == [0, 255, 0, 1, 254, 0, 2, 253, 1]
            assert (np.asarray(mask) == wanted).all(), f"{row['file']}: {(np.asarray(mask) != wanted).sum()} values differ"
            assert Image.open(copies / "images" / name).size == size
            pixels += wanted.size

            expected = []
            for which, shows_inside in [(row["source"], False), (row["partner"], True)]:
                (left, top, width, height), (to_x, to_y, to_width, to_height) = placement_of(*images[which])
                # Cells of which a pixel has as many along each side as were taken: all edges are whole there.
                cells = (width_to * width, height_to * height)
                region = np.zeros((cells[1], cells[0]), bool)
                region[y0 * height : y1 * height, x0 * width : x1 * width] = True
                shows = region if shows_inside else ~region
                frame = np.zeros_like(shows)
                frame[to_y * height : (to_y + to_height) * height, to_x * width : (to_x + to_width) * width] = True
                for category, (x, y, w, h) in objects[which]:
                    box = [to_x * width + (x - left) * to_width, to_y * height + (y - top) * to_height, w * to_width, h * to_height]
                    of_object, whole = pixels_of(box, *cells) if w * h else (np.zeros_like(shows), 1)
                    seen = of_object & frame & shows
                    if seen.any() and seen.sum() / whole >= VISIBLE:
                        lines, columns = np.where(seen.any(1))[0], np.where(seen.any(0))[0]
                        at = [columns[0] / width, lines[0] / height, (columns[-1] + 1 - columns[0]) / width, (lines[-1] + 1 - lines[0]) / height]
                        expected.append((category, at))
                        kept += 1
                    else:
                        left_out += 1
            have = found[name]
            assert [category for category, _ in have] == [category for category, _ in expected], (name, have, expected)
            for (_, box), (_, wanted) in zip(have, expected):
                assert np.allclose(box, wanted, atol=1e-5), (name, box, wanted)
        assert kept > 20 and left_out > 20, (kept, left_out)
        print(f"{form}, masks {mode}, {fit} to {width_to}×{height_to}: {pixels} values of masks, {kept} objects kept and {left_out} left out")
        return np.array([pixels, kept + left_out])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    rng, total = np.random.default_rng(1), np.zeros(2, int)
    for form, mode, size, fit in [
        ("coco", "P", (24, 16), "crop"),
        ("yolo", "L", (20, 28), "crop"),
        ("coco", "L", (33, 24), "stretch"),
        ("yolo", "P", (24, 24), "pad"),
        ("coco", "RGB", (24, 16), "crop"),
        ("yolo", "I;16", (32, 24), "stretch"),
        ("coco", "1", (32, 20), "pad"),
    ]:
        total += case(sys.argv[1], rng, form, mode, size, fit)
    print(f"all: {total[0]} values of masks, {total[1]} objects")


main()
