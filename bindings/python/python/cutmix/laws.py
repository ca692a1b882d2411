"""Laws of CutMix's box, as the papers have them and as they have been got wrong, in NumPy: what `audit` compares with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Callable

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Law:
    """How boxes are drawn. `draw(random, count, height, width, alpha)` returns `count` of them, x0, y0, x1, y1."""

    name: str
    draw: Callable[[np.random.Generator, int, int, int, float], Array]


def _beta(random: np.random.Generator, count: int, alpha: float) -> Array:
    return random.beta(alpha, alpha, count)


def _around(random: np.random.Generator, count: int, height: int, width: int, cut: Array, *, root: bool = True, extra: int = 0, least: int = 0) -> Array:
    """rand_bbox of the paper's code: ⌊W·√(1−λ)⌋ by ⌊H·√(1−λ)⌋, half of it to each side of a center anywhere, clipped."""
    side = np.sqrt(cut) if root else cut
    half_width, half_height = (width * side).astype(int) // 2, (height * side).astype(int) // 2
    x, y = random.integers(0, width, count), random.integers(0, height, count)
    ends = np.maximum(half_width, least) + extra, np.maximum(half_height, least) + extra
    return np.column_stack(
        [np.clip(x - half_width, 0, width), np.clip(y - half_height, 0, height), np.clip(x + ends[0], 0, width), np.clip(y + ends[1], 0, height)]
    )


def _paper(random: np.random.Generator, count: int, height: int, width: int, alpha: float) -> Array:
    return _around(random, count, height, width, 1 - _beta(random, count, alpha))


def _odd_sides(random: np.random.Generator, count: int, height: int, width: int, alpha: float) -> Array:
    side = np.sqrt(1 - _beta(random, count, alpha))
    cut_width, cut_height = (width * side).astype(int), (height * side).astype(int)
    x0, y0 = random.integers(0, width, count) - cut_width // 2, random.integers(0, height, count) - cut_height // 2
    return np.column_stack(
        [np.clip(x0, 0, width), np.clip(y0, 0, height), np.clip(x0 + cut_width, 0, width), np.clip(y0 + cut_height, 0, height)]
    )


def _at_least_one_pixel(random: np.random.Generator, count: int, height: int, width: int, alpha: float) -> Array:
    return _around(random, count, height, width, 1 - _beta(random, count, alpha), least=1)


def _inside(random: np.random.Generator, count: int, height: int, width: int, alpha: float) -> Array:
    side = np.sqrt(1 - _beta(random, count, alpha))
    cut_width, cut_height = (width * side).astype(int), (height * side).astype(int)
    x, y = random.integers(0, width - cut_width + 1), random.integers(0, height - cut_height + 1)
    return np.column_stack([x, y, x + cut_width, y + cut_height])


def _off_by_one(random: np.random.Generator, count: int, height: int, width: int, alpha: float) -> Array:
    return _around(random, count, height, width, 1 - _beta(random, count, alpha), extra=1)


def _swapped(random: np.random.Generator, count: int, height: int, width: int, alpha: float) -> Array:
    """Each axis drawn for the length of the other; what reaches out of the image is cut off when it is pasted."""
    boxes = _paper(random, count, width, height, alpha)
    clipped: Array = np.minimum(boxes, [width, height, width, height])
    return clipped


def _no_root(random: np.random.Generator, count: int, height: int, width: int, alpha: float) -> Array:
    return _around(random, count, height, width, 1 - _beta(random, count, alpha), root=False)


def _uniform(random: np.random.Generator, count: int, height: int, width: int, alpha: float) -> Array:
    return _around(random, count, height, width, random.random(count))


def _alpha_and_one(random: np.random.Generator, count: int, height: int, width: int, alpha: float) -> Array:
    return _around(random, count, height, width, 1 - random.beta(alpha, 1, count))


def _one_and_alpha(random: np.random.Generator, count: int, height: int, width: int, alpha: float) -> Array:
    return _around(random, count, height, width, 1 - random.beta(1, alpha, count))


#: The box rules of this package, by their names here.
RULES = {
    "paper": Law("the paper's rule", _paper),
    "odd-sides": Law("the paper's rule with odd sides kept", _odd_sides),
    "at-least-one-pixel": Law("the Keras example's rule", _at_least_one_pixel),
    "inside": Law("a box kept inside the image", _inside),
}

#: What has been drawn in their place.
MISTAKES = [
    Law("box off by one", _off_by_one),
    Law("W and H swapped", _swapped),
    Law("sides without the root", _no_root),
    Law("λ uniform, whatever α", _uniform),
    Law("λ ~ Beta(α, 1)", _alpha_and_one),
    Law("λ ~ Beta(1, α)", _one_and_alpha),
]

#: Boxes drawn of each law to compare with.
DRAWS = 100_000


def _features(boxes: Array, height: int, width: int) -> dict[str, Array]:
    x0, y0, x1, y1 = boxes.T
    across, down = x1 - x0, y1 - y0
    return {
        "area": across * down,
        "width": across,
        "height": down,
        "left": x0,
        "top": y0,
        "right": x1,
        "bottom": y1,
        "aspect": across * height - down * width,
        # A length that this law does not have, inside or at an edge, shows at once in these.
        "lengths across": across * 4 + (x0 == 0) + (x1 == width) * 2,
        "lengths down": down * 4 + (y0 == 0) + (y1 == height) * 2,
    }


def _with_pixels(boxes: Array) -> Array:
    return boxes[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])]


@lru_cache(maxsize=32)
def _drawn(law: Law, size: tuple[int, int], alpha: float) -> tuple[dict[str, Array], float]:
    """What boxes of a law have, each sorted, and the share that has no pixel."""
    boxes = _with_pixels(law.draw(np.random.default_rng(0), DRAWS, *size, alpha))
    return {name: np.sort(values.astype(np.int32)) for name, values in _features(boxes, *size).items()}, 1 - len(boxes) / DRAWS


def distance(observed: Array, law: Law, size: tuple[int, int], alpha: float) -> tuple[float, str, float]:
    """How far the boxes that were seen are from a law: the largest Kolmogorov-Smirnov distance over what a box has, of what, and the critical one.

    A law is refused above the critical distance, once in a million where it is the right one. Only boxes with pixels are looked at, since an image that
    met itself shows none either.
    """
    observed = _with_pixels(observed)
    if not len(observed):
        return 1.0, "pixels: no box has any", 0.0
    ours, (theirs, empty) = _features(observed, *size), _drawn(law, size, alpha)
    count, draws = len(observed), DRAWS * (1 - empty)
    critical = np.sqrt(np.log(2 * len(ours) / 1e-6) / 2 * (count + draws) / (count * draws))
    worst, of = 0.0, "area"
    for name, values in ours.items():
        values, other = np.sort(values), theirs[name]
        at = np.unique(values)
        if name.startswith("lengths"):
            # In units of the critical distance: one in a hundred may be of a kind that was not drawn.
            apart = 1 - np.isin(values, other[np.searchsorted(other, at).clip(max=len(other) - 1)]).mean()
            apart *= critical / 0.01
        else:
            # At the values that were seen, and right before them.
            sides = [
                np.abs(np.searchsorted(values, at, side) / count - np.searchsorted(other, at, side) / draws).max() for side in ("left", "right")
            ]
            apart = max(sides)
        if apart > worst:
            worst, of = float(apart), name
    return worst, of, float(critical)


def empty_share(law: Law, size: tuple[int, int], alpha: float) -> float:
    """How many of a law's boxes have no pixel."""
    return _drawn(law, size, alpha)[1]
