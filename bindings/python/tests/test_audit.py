"""The audit sees what is broken, and nothing in what is not: a CutMix of NumPy, right and with each mistake."""

import json

import numpy as np
import pytest

import cutmix


class Plain:
    """CutMix by the paper's code, a box for each sample, with mistakes to be switched on."""

    def __init__(self, alpha, p, seed, num_classes, broken=None, per_batch=False):
        self.random, self.alpha, self.p, self.classes = np.random.default_rng(seed), alpha, p, num_classes
        self.broken, self.per_batch = broken, per_batch
        if not alpha > 0:
            raise ValueError("alpha must be greater than 0")

    def box(self, height, width):
        lam = self.random.uniform() if self.broken == "uniform" else self.random.beta(self.alpha, self.alpha)
        side = np.sqrt(1 - lam)
        if self.broken == "swapped":
            height, width = width, height
        half_width, half_height = int(width * side) // 2, int(height * side) // 2
        x, y = self.random.integers(width), self.random.integers(height)
        extra = 1 if self.broken in ("off by one", "off by one, label too") else 0
        edges = [x - half_width, y - half_height, x + half_width + extra, y + half_height + extra]
        ends = [width, height, width, height]
        return edges, [int(np.clip(edge, 0, end)) for edge, end in zip(edges, ends)]

    def __call__(self, images, labels, indices):
        count, _, height, width = images.shape
        mixed = images if self.broken == "in place" else images.copy()
        before = images.copy()
        partners = np.roll(np.arange(count), 1)
        if self.broken == "shuffle":
            partners = self.random.permutation(count)
        boxes = [self.box(height, width) for _ in range(count)]
        if self.per_batch:
            boxes = [boxes[0]] * count
        lam = np.ones(count)
        for image, (drawn, (x0, y0, x1, y1)) in enumerate(boxes):
            happens = self.random.uniform() < self.p
            if self.broken == "p twice":
                happens = happens and self.random.uniform() < self.p
            if not happens:
                continue
            mixed[image, :, y0:y1, x0:x1] = before[partners[image], :, y0:y1, x0:x1]
            area = (x1 - x0) * (y1 - y0)
            if self.broken == "not clipped":
                area = (drawn[2] - drawn[0]) * (drawn[3] - drawn[1])
            if self.broken == "off by one" and area:
                area = (x1 - x0 - 1) * (y1 - y0 - 1)
            lam[image] = 1 - area / (height * width)
        if self.broken == "inverted":
            lam = np.where(lam < 1, 1 - lam, 1)
        if self.broken == "of the batch":
            lam[:] = lam.mean()
        second = np.roll(partners, 1) if self.broken == "another label" else partners
        eye = np.eye(self.classes)
        soft = lam[:, None] * eye[labels] + (1 - lam)[:, None] * eye[labels[second]]
        if self.broken == "labels changed":
            labels[:] = labels[partners]
        if self.broken == "moved":
            mixed = np.roll(mixed, 1, axis=3)
        if self.broken == "images changed":
            images[...] = mixed
        return mixed, soft.astype(np.float32)


def run(broken=None, **options):
    per_batch = options.pop("per_batch", False)
    make = lambda **given: Plain(**given, broken=broken, per_batch=per_batch)  # noqa: E731
    return cutmix.audit(make, show=False, **{"batches": 400, **options})


@pytest.mark.parametrize("per_batch", [False, True])
def test_nothing_is_wrong_with_a_right_one(per_batch):
    found = run(per_batch=per_batch)
    assert found.mistakes == [], str(found)
    assert found["a box per"].evidence == ("batch" if per_batch else "sample")
    for check in ("λ is the share of pixels", "its label is the partner's", "Beta law", "box law", "p is the share of mixed images"):
        assert found[check].verdict == "yes", str(found)
    # What no stream of one order can give.
    assert found["the same with two workers"].verdict == "no"
    assert found["the caller's arrays"].evidence.startswith("stay as they were")


@pytest.mark.parametrize(
    "broken, check, mistake",
    [
        ("inverted", "λ is the share of pixels", "λ inverted"),
        ("of the batch", "λ is the share of pixels", "label of the batch, not of the sample"),
        ("off by one", "λ is the share of pixels", "box off by one"),
        ("off by one, label too", "box law", "box off by one"),
        ("off by one, label too", "Beta law", "box off by one"),
        ("not clipped", "λ is the share of pixels", "λ of the box before it is clipped"),
        ("swapped", "box law", "W and H swapped"),
        ("uniform", "Beta law", "λ uniform, whatever α"),
        ("p twice", "p is the share of mixed images", "p applied twice"),
        ("another label", "its label is the partner's", "label of another image"),
        ("moved", "a box of the partner's pixels", "pixels"),
        ("images changed", "the caller's arrays", "the caller's images are changed"),
        ("labels changed", "the caller's arrays", "the caller's labels are changed"),
    ],
)
def test_each_mistake_is_named(broken, check, mistake):
    found = run(broken)
    assert found[check].mistake == mistake, str(found)
    assert found[check].verdict == "no"


@pytest.mark.parametrize("broken, mistake", [("swapped", "W and H swapped"), ("off by one, label too", "box off by one"), ("p twice", "p applied twice")])
def test_of_one_box_a_batch_too(broken, mistake):
    assert mistake in run(broken, per_batch=True, batches=1000).mistakes


def test_what_is_no_mistake_is_told():
    assert run("in place")["the caller's arrays"].evidence == "the images are mixed in place"
    # One in sixteen.
    share = float(run("shuffle")["images that meet themselves"].evidence.split("%")[0])
    assert abs(share - 100 / 16) < 1.5
    assert run()["images that meet themselves"].evidence == "none"
    assert "ValueError: alpha must" in run()["α = NaN"].evidence


@pytest.mark.parametrize("rule", ["paper", "odd-sides", "at-least-one-pixel", "inside"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_ours(rule, layout):
    found = cutmix.audit(lambda **given: cutmix.CutMix(**given, rule=rule, layout=layout), rule=rule, layout=layout, batches=500, show=False)
    assert found.mistakes == [], str(found)
    assert [finding.check for finding in found.findings if finding.verdict == "no"] == [], str(found)
    assert found["a box per"].evidence == "sample" and found["the caller's arrays"].evidence == "the images are mixed in place"
    assert found["images that meet themselves"].evidence == "none"


def test_both_labels_and_lambda_will_do():
    found = cutmix.audit(lambda alpha, p, seed, num_classes: cutmix.CutMix(alpha, p=p, seed=seed, labels="pair"), batches=200, show=False)
    assert found.mistakes == []


def test_a_rule_that_is_another_is_named():
    found = cutmix.audit(lambda **given: cutmix.CutMix(**given, rule="inside"), batches=400, show=False)
    assert found["box law"].verdict == "-" and found["box law"].evidence.startswith("a box kept inside the image, not the paper's rule")
    assert found.mistakes == []


def test_as_data_and_as_a_table(capsys):
    found = cutmix.audit(lambda **given: cutmix.CutMix(**given), name="ours", batches=50)
    printed = capsys.readouterr().out
    assert printed.startswith("ours\n") and "λ is the share of pixels" in printed
    again = json.loads(json.dumps(found.as_dict()))
    assert again["name"] == "ours" and len(again["findings"]) == len(found.findings)


def test_arguments():
    make = lambda **given: cutmix.CutMix(**given)  # noqa: E731
    for wrong in (dict(rule="none"), dict(batch=7), dict(batch=300), dict(size=(2, 40)), dict(size=(24, 300))):
        with pytest.raises(ValueError, match="take one of|must"):
            cutmix.audit(make, show=False, **wrong)
