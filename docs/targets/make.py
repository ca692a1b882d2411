#!/usr/bin/env python3
"""Draws a few scenes with masks and objects, for the picture of docs/targets.md: `docs/targets/make.py FOLDER`. Takes Pillow."""

import json
import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw

folder, draw_from = Path(sys.argv[1]), random.Random(4)
for name in ["images", "masks"]:
    (folder / name).mkdir(parents=True)
file = {"images": [], "annotations": [], "categories": [{"id": 0, "name": "ball"}, {"id": 1, "name": "box"}]}
for number in range(9):
    sky = [draw_from.randrange(120, 230) for _ in range(3)]
    image, mask = Image.new("RGB", (192, 128), tuple(sky)), Image.new("L", (192, 128), 0)
    ImageDraw.Draw(image).rectangle([0, 84, 192, 128], tuple(value * 2 // 3 for value in sky))
    for _ in range(draw_from.randrange(2, 4)):
        kind, side = draw_from.randrange(2), draw_from.randrange(30, 60)
        x, y = draw_from.randrange(0, 192 - side), draw_from.randrange(10, 128 - side)
        box = [x, y, x + side - 1, y + side - 1]
        for canvas, color in [(image, tuple(draw_from.randrange(40, 220) for _ in range(3))), (mask, kind + 1)]:
            (ImageDraw.Draw(canvas).ellipse if kind == 0 else ImageDraw.Draw(canvas).rectangle)(box, color)
        file["annotations"].append({"id": len(file["annotations"]) + 1, "image_id": number, "category_id": kind, "bbox": [x, y, side, side]})
    image.save(folder / "images" / f"scene {number}.png")
    mask.save(folder / "masks" / f"scene {number}.png")
    file["images"].append({"id": number, "file_name": f"scene {number}.png", "width": 192, "height": 128})
(folder / "annotations.json").write_text(json.dumps(file))
