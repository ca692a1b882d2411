"""Judges any CutMix by what it does to images that say where each of their pixels comes from."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np

from . import laws, marked
from ._cutmix import Mixer

Array = np.ndarray

#: Weights of a label are floats of 32 bits, made in a few steps.
ROUNDING = 1e-5


@dataclass(frozen=True)
class Finding:
    """One question, and its answer.

    Attributes:
        check: what was asked.
        verdict: `"yes"`, `"no"`, or `"-"` for what is no question of right and wrong.
        evidence: what was seen, with numbers.
        mistake: the name of a known mistake, where it is one.
    """

    check: str
    verdict: str
    evidence: str
    mistake: str | None = None


@dataclass(frozen=True)
class Audit:
    """What `audit` found. `str(audit)` is a table."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def mistakes(self) -> list[str]:
        """Names of known mistakes."""
        return [finding.mistake for finding in self.findings if finding.mistake]

    def __getitem__(self, check: str) -> Finding:
        for finding in self.findings:
            if finding.check == check:
                return finding
        raise KeyError(check)

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {"name": self.name, "findings": [dataclasses.asdict(finding) for finding in self.findings]}

    def __str__(self) -> str:
        lines = [self.name]
        for finding in self.findings:
            said = f"{finding.mistake}: {finding.evidence}" if finding.mistake else finding.evidence
            first, *rest = textwrap.wrap(said, 84) or [""]
            lines.append(f"  {finding.check:<34} {finding.verdict:<4} {first}")
            lines += [" " * 42 + line for line in rest]
        return "\n".join(lines)


def audit(
    make: Callable[..., Any],
    *,
    name: str = "CutMix",
    alpha: float = 0.4,
    p: float | None = 0.5,
    rule: str = "paper",
    batch: int = 16,
    batches: int = 1500,
    size: tuple[int, int] = (24, 40),
    layout: str = "NCHW",
    dtype: str = "uint8",
    show: bool = True,
) -> Audit:
    """Judges a CutMix, this package's or any other.

    It is given batches of marked images, whose pixels say where they come from, with a class for each image. What comes out is compared with what the
    labels say, and the boxes with their law.

    Args:
        make: called as `make(alpha=…, p=…, seed=…, num_classes=…)`, it returns the CutMix: a `CutMix` of this package, or a function
            `mix(images, labels, indices)` that returns the mixed images and their labels, either soft labels [N, classes] or a tuple (a, b, λ).
            Images are an array of shape [N, 3, H, W] ([N, H, W, 3] with `layout="NHWC"`), labels are class numbers [N], both NumPy's; indices are
            the numbers of the samples, which most do not look at.
        name: the title of the table.
        alpha: of Beta(α, α).
        p: a probability to try; `None` if it has none.
        rule: the box rule that it should have: `"paper"`, `"odd-sides"`, `"at-least-one-pixel"` or `"inside"`.
        batch: images a batch; even, 8 to 256.
        batches: how many are drawn. Once in a million audits the right law is called wrong, whatever the number; wrong ones are found by more.
        size: height and width of the images, up to 256 each. Different ones show where they are taken for each other.
        layout: `"NCHW"` or `"NHWC"`.
        dtype: of the images: `"uint8"` or `"float32"`.
        show: whether to print the table.

    Returns:
        The findings, as data. `findings` is a list of questions with a verdict, `mistakes` names what is a known mistake.

    Example:
        >>> import cutmix
        >>> found = cutmix.audit(lambda **options: cutmix.CutMix(**options), batches=100, show=False)
        >>> found.mistakes
        []
        >>> found["λ is the share of pixels"].verdict
        'yes'
    """
    if rule not in laws.RULES:
        raise ValueError(f"rule is {rule!r}; take one of {', '.join(laws.RULES)}")
    if not (8 <= batch <= 256 and batch % 2 == 0):
        raise ValueError(f"batch is {batch}; it must be even, and lie in 8 to 256")
    if not all(4 <= side <= 256 for side in size):
        raise ValueError(f"size is {size}; sides must lie in 4 to 256")
    subject = _Subject(make, batch, size, layout, dtype)
    seen = subject.draw(batches, alpha=alpha, p=1.0, seed=1)
    uniform = subject.draw(batches, alpha=1.0, p=1.0, seed=2)
    per_batch = seen.one_box_per_batch()
    # Whatever the rule for boxes is, λ may obey its own law.
    box_law, found = _box_law(uniform, rule, size, per_batch)
    law = found or laws.RULES[rule]
    findings = [
        _lambda(seen, size),
        _second_class(seen),
        _pixels(seen),
        Finding("a box per", "-", "batch" if per_batch else "sample"),
        box_law,
        _law("Beta law", seen, alpha, law, size, per_batch),
        _probability(subject, seen, alpha, p, batches),
        _fixed_points(uniform, law if found else None, size, per_batch),
        _callers(subject, alpha),
        _seeded(subject, alpha),
        _workers(subject, alpha),
        _batch_size(subject, alpha),
        _count(subject, alpha, batch - 1, "an odd batch"),
        _count(subject, alpha, 1, "a batch of one"),
        _parameter(subject, math.nan, "α = NaN"),
        _parameter(subject, 0.0, "α = 0"),
        _parameter(subject, 1e-3, "α = 0.001"),
    ]
    result = Audit(name, tuple(findings))
    if show:
        print(result)
    return result


@dataclass
class _Many:
    """Many batches: an element an image, batch after batch."""

    count: int
    boxes: Array
    partners: Array
    cut: Array
    own: Array
    other: Array
    second: Array
    total: Array
    troubles: list[str]

    @property
    def mixed(self) -> Array:
        return self.cut > 0

    def batches(self, values: Array) -> Array:
        grouped: Array = values.reshape(-1, self.count, *values.shape[1:])
        return grouped

    def one_box_per_batch(self) -> bool:
        """Whether all images of a batch have the same box, but for those that met themselves."""
        same, of = 0, 0
        for boxes, mixed in zip(self.batches(self.boxes), self.batches(self.mixed)):
            if mixed.sum() > 1:
                of += 1
                same += len(np.unique(boxes[mixed], axis=0)) == 1
        return of > 0 and same > 0.9 * of

    def drawn(self, per_batch: bool) -> Array:
        """The boxes, each that was drawn once."""
        if not per_batch:
            return self.boxes
        mixed = self.batches(self.mixed)
        first: Array = self.batches(self.boxes)[np.arange(len(mixed)), mixed.argmax(1)]
        return first


class _Subject:
    """The CutMix under test."""

    def __init__(self, make: Callable[..., Any], batch: int, size: tuple[int, int], layout: str, dtype: str) -> None:
        self.make_it, self.batch, self.size, self.layout, self.dtype = make, batch, size, layout, dtype

    def make(self, **options: Any) -> Callable[[Array, Array, Array], tuple[Any, Any]]:
        made: Any = self.make_it(**{"p": 1.0, "seed": 0, "num_classes": self.batch, **options})
        if not isinstance(made, Mixer):
            other: Callable[[Array, Array, Array], tuple[Any, Any]] = made
            return other

        def mix(images: Array, labels: Array, indices: Array) -> tuple[Any, Any]:
            return images, made.mix(images, labels, epoch=0, indices=indices)

        return mix

    def images(self, count: int) -> Array:
        return marked.images(count, self.size, self.layout, self.dtype)

    def once(self, mix: Callable[..., tuple[Any, Any]], first: int = 0, count: int | None = None) -> marked.Seen:
        """A batch of `count` samples, the first of which has the number `first`."""
        count = self.batch if count is None else count
        images = self.images(count)
        mixed, labels = mix(images, np.arange(count), np.arange(first, first + count))
        return marked.read(mixed, labels, count, self.size, self.layout)

    def draw(self, batches: int, **options: Any) -> _Many:
        mix = self.make(**options)
        seen = [self.once(mix, number * self.batch) for number in range(batches)]
        parts = {
            field: np.concatenate([getattr(batch, field) for batch in seen])
            for field in ("boxes", "partners", "cut", "own", "other", "second", "total")
        }
        return _Many(self.batch, troubles=[batch.trouble for batch in seen if batch.trouble], **parts)


def _lambda(seen: _Many, size: tuple[int, int]) -> Finding:
    check = "λ is the share of pixels"
    pixels = size[0] * size[1]
    share = 1 - seen.cut / pixels
    error = np.abs(seen.own - share)
    if error.max() <= ROUNDING:
        return Finding(check, "yes", f"of {len(error):,} images the largest difference is {error.max():.1g}")
    wrong = f"{(error > ROUNDING).mean():.0%} of the labels are wrong, by {error[error > ROUNDING].mean():.2f} on average"
    x0, y0, x1, y1 = seen.boxes.T
    mixed = seen.mixed

    def nearly(weights: Array) -> bool:
        """Of nearly all that are mixed, that is the label."""
        return bool((np.abs(seen.own - weights)[mixed] <= ROUNDING).mean() > 0.99)

    by_batch = seen.batches(seen.own)
    if nearly(seen.cut / pixels):
        return Finding(check, "no", wrong, "λ inverted")
    spread = np.ptp(by_batch, axis=1).max()
    if spread <= ROUNDING and np.ptp(seen.batches(share), axis=1).max() > ROUNDING:
        return Finding(check, "no", f"all labels of a batch have one λ, and its images other shares; {wrong}", "label of the batch, not of the sample")
    for step, meaning in [(1, "one pixel longer than"), (-1, "one pixel shorter than")]:
        label_area = (x1 - x0 + step) * (y1 - y0 + step)
        if nearly(np.clip(1 - label_area / pixels, 0, 1)):
            return Finding(check, "no", f"it is that of sides {meaning} those pasted; {wrong}", "box off by one")
    at_edge = (x0 == 0) | (y0 == 0) | (x1 == size[1]) | (y1 == size[0])
    if mixed.any() and error[mixed & ~at_edge].max(initial=0) <= ROUNDING and error[mixed & at_edge].mean() > ROUNDING:
        return Finding(check, "no", f"where the box is clipped, it is that of all of it; {wrong}", "λ of the box before it is clipped")
    whole = np.isin(seen.own, [0, 1])
    if whole.all():
        return Finding(check, "no", wrong, "λ cut to a whole number")
    # Sides that are no whole numbers are rounded when they are pasted, by less than a pixel at each end.
    if (error[mixed] * pixels < ((x1 - x0) + (y1 - y0) + 1)[mixed]).all() and error[~mixed].max(initial=0) * pixels < size[0] + size[1]:
        return Finding(check, "no", wrong, "λ of a box that is not of whole pixels")
    if not mixed.any():
        return Finding(check, "no", "no image shows another one, and labels are mixed", "labels without pixels")
    return Finding(check, "no", wrong, "λ of something else")


def _second_class(seen: _Many) -> Finding:
    check = "its label is the partner's"
    labelled = seen.mixed & (seen.second >= 0)
    wrong = labelled & (seen.second != seen.partners)
    if wrong.any():
        return Finding(check, "no", f"{wrong.sum() / max(labelled.sum(), 1):.0%} of the labels name an image that does not show", "label of another image")
    sums = np.abs(seen.total - 1).max()
    if not sums <= ROUNDING:
        return Finding(check, "no", f"weights of a label add up to 1 ± {sums:.2g}", "weights that do not add up")
    return Finding(check, "yes", f"of {labelled.sum():,} mixed images; weights add up to 1")


def _pixels(seen: _Many) -> Finding:
    check = "a box of the partner's pixels"
    if seen.troubles:
        return Finding(check, "no", f"{seen.troubles[0]}, in {len(seen.troubles)} batches", "pixels")
    return Finding(check, "yes", "copied unchanged to where they were")


def _box_law(seen: _Many, rule: str, size: tuple[int, int], per_batch: bool) -> tuple[Finding, laws.Law | None]:
    """The finding, and by which rule the boxes are drawn, if it is a known one."""
    expected = laws.RULES[rule]
    finding = _law("box law", seen, 1.0, expected, size, per_batch)
    if finding.verdict == "yes":
        return finding, expected
    others = [law for law in laws.RULES.values() if law.name == finding.mistake]
    if not others:
        return finding, None
    # Another rule, and by that as it should be.
    return Finding("box law", "-", f"{others[0].name}, not {expected.name}: {finding.evidence}"), others[0]


def _law(check: str, seen: _Many, alpha: float, expected: laws.Law, size: tuple[int, int], per_batch: bool) -> Finding:
    boxes = seen.drawn(per_batch)
    apart, of, critical = laws.distance(boxes, expected, size, alpha)
    evidence = f"α = {alpha:g}, distance {apart:.3f} from {expected.name}, by {of}; {critical:.3f} is critical"
    if apart <= critical:
        return Finding(check, "yes", f"{expected.name}: {evidence}")
    others = [law for law in [*laws.MISTAKES, *laws.RULES.values()] if law != expected]
    distances = [laws.distance(boxes, law, size, alpha)[0] for law in others]
    if min(distances) <= critical:
        return Finding(check, "no", evidence, others[int(np.argmin(distances))].name)
    cut = seen.cut.mean() / (size[0] * size[1])
    return Finding(check, "no", f"{evidence}; {cut:.1%} of the pixels are cut", "another law")


def _probability(subject: _Subject, seen: _Many, alpha: float, p: float | None, batches: int) -> Finding:
    check = "p is the share of mixed images"
    if p is None:
        return Finding(check, "-", "it has no p")
    some = subject.draw(batches, alpha=alpha, p=p, seed=3)

    shares, errors = [], []
    for many in (some, seen):
        # What is drawn may be an image or a whole batch: the spread from batch to batch holds for both.
        by_batch = many.batches(many.mixed).mean(1)
        shares.append(float(by_batch.mean()))
        errors.append(float(by_batch.std(ddof=1)) / math.sqrt(len(by_batch)))
    if not shares[1]:
        return Finding(check, "no", "with p = 1 no image shows another", "another p")
    ratio = shares[0] / shares[1]
    # Five standard deviations of a quotient.
    deviation = 5 * math.hypot(errors[0], ratio * errors[1]) / shares[1]
    evidence = f"{ratio:.3f} of what p = 1 mixes, where p = {p:g} was asked for (± {deviation:.3f})"
    if abs(ratio - p) <= deviation:
        return Finding(check, "yes", evidence)
    return Finding(check, "no", evidence, "p applied twice" if abs(ratio - p * p) <= deviation else "another p")


def _fixed_points(seen: _Many, rule: laws.Law | None, size: tuple[int, int], per_batch: bool) -> Finding:
    check = "images that meet themselves"
    mixed = seen.batches(seen.mixed)
    if per_batch:
        # A box that others of the batch have, and this one has not.
        alone = 1 - mixed[mixed.any(1)].mean()
        return Finding(check, "-", "none" if alone == 0 else f"{alone:.1%} of the images")
    left = 1 - mixed.mean()
    if rule is None:
        return Finding(check, "-", f"{left:.1%} of the images show no other, which a box without pixels may be the reason of, too")
    empty = laws.empty_share(rule, size, 1.0)
    excess = (left - empty) / (1 - empty)
    deviation = 5 * math.sqrt(max(empty, 1e-3) / seen.mixed.size)
    return Finding(check, "-", "none" if excess <= deviation else f"{excess:.1%} of the images")


def _callers(subject: _Subject, alpha: float) -> Finding:
    check = "the caller's arrays"
    images, labels = subject.images(subject.batch), np.arange(subject.batch)
    before, labels_before = images.copy(), labels.copy()
    mix = subject.make(alpha=alpha)
    shared = False
    for _ in range(20):
        mixed, _ = mix(images, labels, np.arange(subject.batch))
        shared = shared or np.shares_memory(marked.as_array(mixed), images)
        if (images != before).any():
            break
    if (labels != labels_before).any():
        return Finding(check, "no", "the labels that were passed are others afterwards", "the caller's labels are changed")
    if not (images != before).any():
        return Finding(check, "-", "stay as they were; the mixed images are new ones")
    if shared:
        return Finding(check, "-", "the images are mixed in place")
    return Finding(check, "no", "the images that were passed are others afterwards, and the mixed ones are new", "the caller's images are changed")


def _same(first: list[marked.Seen], second: list[marked.Seen]) -> bool:
    return all(
        (a.boxes == b.boxes).all() and (a.partners == b.partners).all() and np.array_equal(a.own, b.own) for a, b in zip(first, second)
    )


def _run(subject: _Subject, alpha: float, seed: int, numbers: list[int]) -> list[marked.Seen]:
    mix = subject.make(alpha=alpha, seed=seed)
    return [subject.once(mix, number * subject.batch) for number in numbers]


def _seeded(subject: _Subject, alpha: float) -> Finding:
    check = "the same from the same seed"
    first, again, other = (_run(subject, alpha, seed, list(range(8))) for seed in (5, 5, 6))
    if not _same(first, again):
        return Finding(check, "no", "two runs of one seed differ", "not reproducible")
    if _same(first, other):
        return Finding(check, "no", "another seed makes no difference", "the seed is not looked at")
    return Finding(check, "yes", "two runs of 8 batches")


def _workers(subject: _Subject, alpha: float) -> Finding:
    check = "the same with two workers"
    alone = _run(subject, alpha, 5, list(range(8)))
    halves = [_run(subject, alpha, 5, list(range(worker, 8, 2))) for worker in range(2)]
    shared = [halves[number % 2][number // 2] for number in range(8)]
    if _same(alone, shared):
        return Finding(check, "yes", "8 batches, each by the worker whose turn it is")
    return Finding(check, "no", "what a batch gets depends on which batches its worker had before")


def _batch_size(subject: _Subject, alpha: float) -> Finding:
    check = "the same boxes in other batches"
    mix = subject.make(alpha=alpha, seed=5)
    whole = [subject.once(mix, number * subject.batch) for number in range(4)]
    mix = subject.make(alpha=alpha, seed=5)
    half = subject.batch // 2
    parts = [subject.once(mix, number * half, half) for number in range(8)]
    boxes = [np.concatenate([seen.boxes for seen in run]) for run in (whole, parts)]
    if (boxes[0] == boxes[1]).all():
        return Finding(check, "yes", f"of {4 * subject.batch} samples, by {subject.batch} and by {half}")
    return Finding(check, "no", "a sample's box depends on the batch that it is in")


def _short(error: BaseException) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0][:100] if lines else ''}"


def _count(subject: _Subject, alpha: float, count: int, what: str) -> Finding:
    check = what
    try:
        mix = subject.make(alpha=alpha)
        seen = [subject.once(mix, number * count, count) for number in range(20)]
    except Exception as error:  # noqa: BLE001 - whatever a library raises is what is to be told
        return Finding(check, "no", f"is refused: {_short(error)}")
    pixels = subject.size[0] * subject.size[1]
    off = max(np.abs(batch.own - (1 - batch.cut / pixels)).max() for batch in seen)
    if not off <= ROUNDING:
        return Finding(check, "no", f"λ is off by up to {off:.2f}")
    mixed = np.mean([(batch.cut > 0).mean() for batch in seen])
    return Finding(check, "yes", f"λ is right; {mixed:.0%} of the images show another" if count > 1 else "λ is right; the image stays as it is")


def _parameter(subject: _Subject, alpha: float, what: str) -> Finding:
    try:
        mix = subject.make(alpha=alpha)
        seen = [subject.once(mix, number * subject.batch) for number in range(20)]
    except Exception as error:  # noqa: BLE001 - as above
        verdict = "-" if not alpha > 0 else "no"
        return Finding(what, verdict, f"is refused: {_short(error)}")
    weights = np.concatenate([batch.own for batch in seen])
    if not np.isfinite(weights).all():
        return Finding(what, "no", "is taken, and labels are NaN", "NaN in labels")
    mixed = np.mean([(batch.cut > 0).mean() for batch in seen])
    if alpha > 0:
        return Finding(what, "yes", f"{mixed:.0%} of the images show another, no label is NaN")
    return Finding(what, "no" if math.isnan(alpha) else "-", f"is taken; {mixed:.0%} of the images show another")
