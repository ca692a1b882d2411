"""MixUp and the choice of both, against sums in float64."""

import numpy as np
import pytest

import cutmix


def images_of(kind, shape, seed=0):
    random = np.random.default_rng(seed)
    if kind.startswith("f"):
        return random.normal(size=shape).astype(kind)
    limits = np.iinfo(kind)
    return random.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)


# Half a step of the type, and what two rounded products and a sum in float32 may add.
TOLERANCE = {"u1": 0.5, "i1": 0.5, "u2": 0.5, "i2": 0.5, "f2": 5e-3, "f4": 1e-6}


@pytest.mark.parametrize("kind", TOLERANCE)
@pytest.mark.parametrize("view", ["packed", "strided"])
def test_blends(kind, view):
    images = images_of(kind, (10, 3, 6, 9))
    if view == "strided":
        images = images[::2, :, ::-1, 1::2]
    count = len(images)
    before = images.astype(np.float64)
    mix = cutmix.MixUp(0.4, num_classes=4, seed=2)
    plan = mix.plan(range(count), images.shape[-2:], epoch=1)
    assert plan.blended.all() and (plan.boxes == 0).all()
    soft = mix(images, np.arange(count) % 4, epoch=1, indices=range(count))
    lam = (plan.kept / 65536)[:, None, None, None]
    expected = lam * before + (1 - lam) * before[plan.partners]
    tolerance = TOLERANCE[kind] + 1e-9
    np.testing.assert_allclose(images.astype(np.float64), expected, rtol=2**-10 if kind == "f2" else 2**-22, atol=tolerance)
    eye = np.eye(4)[np.arange(count) % 4]
    np.testing.assert_allclose(soft, lam[:, 0, 0] * eye + (1 - lam[:, 0, 0]) * eye[plan.partners], atol=2**-23)


def test_soft_labels_are_blended_likewise():
    labels = np.random.default_rng(1).dirichlet(np.ones(5), 6).astype(np.float32)
    mix = cutmix.MixUp(0.4, num_classes=5, seed=2)
    plan = mix.plan(range(6), (4, 4), epoch=0)
    soft = mix(np.zeros((6, 1, 4, 4), np.uint8), labels, epoch=0, indices=range(6))
    lam = (plan.kept / 65536)[:, None]
    np.testing.assert_allclose(soft, lam * labels + (1 - lam) * labels[plan.partners], atol=2**-22)


def test_either_by_its_share():
    count = 40_000
    options = dict(num_classes=4, seed=9)
    choice = cutmix.Choice(cutmix.CutMix(**options), cutmix.MixUp(**options), switch_prob=0.25)
    plan = choice.plan(range(count), (16, 16), epoch=0)
    assert abs(plan.blended.mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / count)
    # Each does what it does alone.
    images = images_of("u1", (40, 3, 16, 16))
    before = images.astype(np.float64)
    plan = choice.plan(range(40), (16, 16), epoch=0)
    choice(images, np.arange(40) % 4, epoch=0, indices=range(40))
    assert 0 < plan.blended.sum() < 40
    for image in range(40):
        other = before[plan.partners[image]]
        if plan.blended[image]:
            expected = plan.lam[image] * before[image] + (1 - plan.lam[image]) * other
            assert np.abs(images[image] - expected).max() <= 0.5 + 1e-3
        else:
            x0, y0, x1, y1 = plan.boxes[image]
            expected = before[image].copy()
            expected[:, y0:y1, x0:x1] = other[:, y0:y1, x0:x1]
            assert (images[image] == expected).all()


def test_what_goes_together():
    cut = cutmix.CutMix(num_classes=4, seed=1)
    with pytest.raises(ValueError, match="differ in more than alpha and p"):
        cutmix.Choice(cut, cutmix.MixUp(num_classes=4, seed=2))
    with pytest.raises(ValueError, match="grid"):
        cutmix.Choice(cutmix.CutMix(num_classes=4, seed=1, grid=(2, 2)), cutmix.MixUp(num_classes=4, seed=1))
    with pytest.raises(ValueError, match="switch_prob: 2 is no probability"):
        cutmix.Choice(cut, cutmix.MixUp(num_classes=4, seed=1), switch_prob=2)
    with pytest.raises(TypeError, match="float64, which MixUp does not blend"):
        cutmix.MixUp(num_classes=4, seed=1)(np.zeros((2, 1, 4, 4)), [0, 1], epoch=0, indices=[0, 1])
