"""Images that say where each of their pixels comes from, and what a mixed batch of them shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray


def images(count: int, size: tuple[int, int], layout: str, dtype: str) -> Array:
    """Channel 0 is the number of the image, channel 1 the row, channel 2 the column."""
    height, width = size
    marked = np.zeros((count, 3, height, width), dtype)
    marked[:, 0] = np.arange(count)[:, None, None]
    marked[:, 1] = np.arange(height)[:, None]
    marked[:, 2] = np.arange(width)
    return marked if layout == "NCHW" else np.ascontiguousarray(marked.transpose(0, 2, 3, 1))


def as_array(given: Any) -> Array:
    """A NumPy array of a tensor's values, or of anything else."""
    for name in ("detach", "cpu"):
        if hasattr(given, name):
            given = getattr(given, name)()
    return given.numpy() if hasattr(given, "numpy") else np.asarray(given)


@dataclass
class Seen:
    """What a batch shows: an element an image."""

    #: x0, y0, x1, y1 of what is another image's; zeros where nothing is.
    boxes: Array
    #: Whose pixels they are; the image's own number where there are none.
    partners: Array
    #: Pixels of another image.
    cut: Array
    #: Weight of the image's own class in the label.
    own: Array
    #: Weight of the partner's class.
    other: Array
    #: Class with the most weight but the own one; -1 if none has any.
    second: Array
    #: Sum of the weights.
    total: Array
    #: What is wrong with the pixels, if anything is.
    trouble: str | None


def read(mixed: Any, labels: Any, count: int, size: tuple[int, int], layout: str) -> Seen:
    """Reads a batch back, where image `i` had the class `i`."""
    pixels = as_array(mixed)
    if layout == "NHWC":
        pixels = pixels.transpose(0, 3, 1, 2)
    height, width = size
    if pixels.shape != (count, 3, height, width):
        raise ValueError(f"a mixed batch of shape {pixels.shape}, where {(count, 3, height, width)} went in")
    pixels = pixels.astype(np.float64)
    sources = np.rint(pixels[:, 0]).astype(int)
    trouble = None
    if np.abs(pixels - np.rint(pixels)).max(initial=0) > 1e-3:
        trouble = "pixels are neither image's"
    elif (np.rint(pixels[:, 1]) != np.arange(height)[:, None]).any() or (np.rint(pixels[:, 2]) != np.arange(width)).any():
        trouble = "pixels are pasted elsewhere than they were"
    boxes, partners, cut = np.zeros((count, 4), int), np.arange(count), np.zeros(count, int)
    for image, source in enumerate(sources):
        foreign = source != image
        cut[image] = foreign.sum()
        if not cut[image]:
            continue
        rows, columns = np.flatnonzero(foreign.any(1)), np.flatnonzero(foreign.any(0))
        boxes[image] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        whose = np.unique(source[foreign])
        partners[image] = whose[0]
        if len(whose) > 1:
            trouble = trouble or "an image shows more than two"
        elif len(rows) * len(columns) != cut[image]:
            trouble = trouble or "what is pasted is no box"
    own, other, second, total = _weights(labels, count, partners)
    return Seen(boxes, partners, cut, own, other, second, total, trouble)


def _weights(labels: Any, count: int, partners: Array) -> tuple[Array, Array, Array, Array]:
    if isinstance(labels, tuple) and len(labels) == 3:
        first, second, lam = (as_array(part) for part in labels)
        lam = np.broadcast_to(lam.astype(np.float64), (count,))
        soft = np.zeros((count, max(count, int(max(first.max(initial=0), second.max(initial=0))) + 1)))
        np.add.at(soft, (np.arange(count), first.astype(int)), lam)
        np.add.at(soft, (np.arange(count), second.astype(int)), 1 - lam)
    else:
        soft = as_array(labels).astype(np.float64)
        if soft.ndim != 2 or len(soft) != count or soft.shape[1] < count:
            raise ValueError(f"labels of shape {soft.shape}; return soft labels [N, classes], or (a, b, λ)")
    rest = soft.copy()
    rest[np.arange(count), np.arange(count)] = 0
    second = np.where(rest.max(1, initial=0) > 1e-9, rest.argmax(1) if count else 0, -1)
    return soft[np.arange(count), np.arange(count)], rest[np.arange(count), partners], second, soft.sum(1)
