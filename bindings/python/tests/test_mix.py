"""A batch in place, against a copy by NumPy's slices."""

import copy
import pickle
import threading
import time

import numpy as np
import pytest
import reference

import cutmix

KINDS = ["bool", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
RULES = ["random-cycle", "shuffle", "roll", "reverse"]


def random_images(shape, kind="u1", seed=0):
    random = np.random.default_rng(seed)
    dtype = np.dtype(kind)
    if dtype == bool:
        return random.integers(0, 2, shape).astype(bool)
    # Any bits, NaNs with their payloads too.
    return np.frombuffer(random.bytes(int(np.prod(shape)) * dtype.itemsize), dtype).reshape(shape).copy()


def bits(array):
    return np.ascontiguousarray(array).view(np.uint8)


def check(mix, images, labels, indices, epoch, classes, axes="NCHW", rule="random-cycle", smoothing=0.0):
    """One call, against the plans and slices."""
    size = images.shape[-2:] if axes == "NCHW" or images.ndim == 3 else images.shape[1:3]
    plan = mix.plan(indices, size, epoch=epoch)
    assert [*plan.partners] == reference.partners_of_batch(indices, mix.seed, epoch, rule)
    expected = reference.paste(images, plan.boxes, plan.partners, axes)
    before = np.array(labels)
    soft = mix(images, labels, epoch=epoch, indices=indices)
    assert (bits(images) == bits(expected)).all()
    assert (before == labels).all()
    assert soft.dtype == np.float32 and soft.shape == (len(labels), classes)
    share = 1 - np.prod(plan.boxes[:, 2:] - plan.boxes[:, :2], axis=1) / np.prod(size)
    np.testing.assert_allclose(soft, reference.soft(labels, share, plan.partners, classes, smoothing), rtol=0, atol=2**-23)
    return plan


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("axes", ["NCHW", "NHWC"])
def test_every_type_and_layout(kind, axes):
    shape = (9, 3, 8, 13) if axes == "NCHW" else (9, 8, 13, 3)
    mix = cutmix.CutMix(num_classes=4, seed=1, layout=axes)
    for epoch in range(3):
        check(mix, random_images(shape, kind, epoch), np.arange(9) % 4, np.arange(9) + 100, epoch, 4, axes)


VIEWS = {
    "every other image": lambda a: a[::2],
    "backwards": lambda a: a[::-1],
    "a crop": lambda a: a[:, :, 2:9, 3:15],
    "every other column": lambda a: a[..., ::2],
    "every other row": lambda a: a[:, :, ::2],
    "mirrored": lambda a: a[..., ::-1],
    "upside down": lambda a: a[:, :, ::-1],
    "channels backwards": lambda a: a[:, ::-1],
    "channels last in memory": lambda a: np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2),
    "turned": lambda a: a.transpose(0, 1, 3, 2),
    "images innermost": lambda a: np.ascontiguousarray(a.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2),
    "one channel": lambda a: a[:, :1],
    "without channels": lambda a: a[:, 0],
    "one column": lambda a: a[..., :1],
    "one row": lambda a: a[:, :, :1],
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", ["u1", "u2", "f4", "f8"])
def test_views_of_any_stride(view, kind):
    whole = random_images((10, 3, 12, 18), kind)
    images = VIEWS[view](whole)
    outside = np.ones(whole.shape, bool)
    if np.shares_memory(images, whole):
        VIEWS[view](outside)[...] = False
    before = whole.copy()
    mix = cutmix.CutMix(num_classes=3, seed=5)
    plan = check(mix, images, np.arange(len(images)) % 3, np.arange(len(images)), 2, 3)
    assert (plan.boxes[:, 2] > plan.boxes[:, 0]).any(), "nothing was mixed"
    assert (bits(whole[outside]) == bits(before[outside])).all() if outside.any() else True


def test_an_array_that_is_not_aligned():
    memory = np.zeros(4 * 3 * 8 * 8 * 4 + 1, np.uint8)
    images = memory[1:].view(np.float32).reshape(4, 3, 8, 8)
    assert not images.flags.aligned
    images[...] = random_images(images.shape, "f4")
    check(cutmix.CutMix(num_classes=3, seed=5), images, [0, 1, 2, 0], range(4), 0, 3)


def test_bfloat16_of_numpy():
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    images = random_images((6, 3, 8, 8), "u2").view(ml_dtypes.bfloat16)
    check(cutmix.CutMix(num_classes=3, seed=5), images, np.arange(6) % 3, range(6), 0, 3)


@pytest.mark.parametrize("rule", RULES)
def test_partners(rule):
    mix = cutmix.CutMix(num_classes=5, seed=3, partners=rule)
    for epoch in range(4):
        check(mix, random_images((6, 1, 8, 8)), np.arange(6) % 5, np.arange(6) + 7, epoch, 5, rule=rule)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_label_smoothing(smoothing):
    mix = cutmix.CutMix(num_classes=5, seed=3, smoothing=smoothing)
    check(mix, random_images((6, 1, 8, 8)), np.arange(6) % 5, np.arange(6), 0, 5, smoothing=smoothing)


def test_soft_labels_are_mixed_by_their_weights():
    random = np.random.default_rng(0)
    labels = random.dirichlet(np.ones(7), 12).astype(np.float32)
    mix = cutmix.CutMix(num_classes=7, seed=3)
    plan = mix.plan(range(12), (8, 8), epoch=0)
    soft = mix(random_images((12, 1, 8, 8)), labels, epoch=0, indices=range(12))
    np.testing.assert_allclose(soft, reference.soft(labels, plan.lam, plan.partners, 7), rtol=0, atol=2**-22)
    # Fortran's order is a view like any other.
    again = mix(random_images((12, 1, 8, 8)), np.asfortranarray(labels), epoch=0, indices=range(12))
    assert (again == soft).all()


def test_both_labels_and_lambda():
    images = random_images((8, 3, 8, 8))
    labels = np.array([10**12, -5, 3, 4, 5, 6, 7, 8])
    mix = cutmix.CutMix(seed=3, labels="pair")
    plan = mix.plan(range(8), (8, 8), epoch=0)
    first, second, lam = mix(images, labels, epoch=0, indices=range(8))
    assert first is labels
    assert (second == labels[plan.partners]).all()
    assert (lam == plan.lam).all() and lam.dtype == np.float32
    exact = plan.kept / plan.total
    assert (lam == exact.astype(np.float32)).all()


def test_boxes_depend_on_the_sample_alone():
    mix = cutmix.CutMix(seed=3)
    whole = mix.plan(range(64), (32, 32), epoch=5)
    for batch in (2, 3, 32):
        for start in range(0, 64 - batch, batch):
            part = mix.plan(range(start, start + batch), (32, 32), epoch=5)
            assert (part.boxes == whole.boxes[start : start + batch]).all()
    shuffled = np.random.default_rng(0).permutation(64)
    assert (mix.plan(shuffled, (32, 32), epoch=5).boxes == whole.boxes[shuffled]).all()
    assert (mix.plan(range(64), (32, 32), epoch=6).boxes != whole.boxes).any()


@pytest.mark.parametrize("axes", ["NCHW", "NHWC"])
@pytest.mark.parametrize("make", ["cutmix", "mixup", "choice"])
def test_any_number_of_threads_gives_the_same_bytes(axes, make):
    shape = (24, 3, 37, 45) if axes == "NCHW" else (24, 37, 45, 3)
    images = random_images(shape, "f4" if make == "cutmix" else "u1")
    results = []
    for threads in (1, 2, 3, 7, 64):
        options = dict(num_classes=5, seed=3, layout=axes)
        mix = {
            "cutmix": lambda: cutmix.CutMix(**options),
            "mixup": lambda: cutmix.MixUp(**options),
            "choice": lambda: cutmix.Choice(cutmix.CutMix(**options), cutmix.MixUp(**options)),
        }[make]()
        for part in (slice(None), slice(None, None, -2)):
            mixed = images.copy()
            view = mixed[part]
            labels = mix(view, np.arange(len(view)) % 5, epoch=0, indices=np.arange(len(view)), threads=threads)
            results.append((part, bits(mixed).tobytes(), labels.tobytes()))
    for result in results[2:]:
        first = results[0] if result[0] == results[0][0] else results[1]
        assert result == first
    assert results[0][1] != bits(images).tobytes()


def test_other_threads_of_python_run_meanwhile():
    # Mirrored, so that it takes a while.
    images = np.zeros((64, 3, 224, 224), np.float32)[..., ::-1]
    mix = cutmix.CutMix(num_classes=2, seed=0)
    started, ended = threading.Event(), threading.Event()

    def call():
        started.set()
        mix(images, np.zeros(64, int), epoch=0, indices=range(64))
        ended.set()

    thread = threading.Thread(target=call)
    thread.start()
    started.wait()
    turns = 0
    while not ended.is_set():
        turns += 1
        time.sleep(0.001)
    thread.join()
    # Were it held, this loop would have had a turn before the call, and none until it ended.
    assert turns > 5


def test_a_single_image_stays_as_it_is():
    for mix in (
        cutmix.CutMix(num_classes=3, seed=0),
        cutmix.MixUp(num_classes=3, seed=0),
        cutmix.CutMix(num_classes=3, seed=0, partners="reverse"),
    ):
        images = random_images((1, 3, 8, 8))
        before = images.copy()
        soft = mix(images, [2], epoch=0, indices=[5])
        assert (images == before).all() and soft.tolist() == [[0, 0, 1]]


def test_an_empty_batch_is_one():
    soft = cutmix.CutMix(num_classes=3, seed=0)(np.zeros((0, 3, 8, 8), np.uint8), [], epoch=0, indices=[])
    assert soft.shape == (0, 3)


def test_p_is_the_share_of_mixed_images():
    count = 100_000
    plan = cutmix.CutMix(seed=1, p=0.3, rule="at-least-one-pixel").plan(range(count), (32, 32), epoch=0)
    mixed = np.mean(plan.lam < 1)
    # Five standard deviations of a binomial share.
    assert abs(mixed - 0.3) < 5 * np.sqrt(0.3 * 0.7 / count)
    assert (cutmix.CutMix(seed=1, p=0).plan(range(100), (32, 32), epoch=0).lam == 1).all()


def test_can_mix():
    assert cutmix.CutMix(seed=0).can_mix((32, 32))
    assert not cutmix.CutMix(seed=0).can_mix((2, 64))
    assert cutmix.CutMix(seed=0, rule="odd-sides").can_mix((2, 64))


def test_copies_for_other_processes_draw_the_same():
    cut = cutmix.CutMix(0.5, num_classes=10, seed=5, p=0.9, rule="min-max:0.1,0.6", partners="roll", smoothing=0.1)
    mixup = cutmix.MixUp(0.5, num_classes=10, seed=5, partners="roll", smoothing=0.1)
    for mix in (cut, mixup, cutmix.Choice(cut, mixup, switch_prob=0.3), cutmix.CutMix(seed=1, grid=(2, 4))):
        plan = mix.plan(range(50), (16, 16), epoch=0)
        for other in (pickle.loads(pickle.dumps(mix)), copy.deepcopy(mix)):
            again = other.plan(range(50), (16, 16), epoch=0)
            assert all((a == b).all() for a, b in zip(plan, again)) and repr(other) == repr(mix)
