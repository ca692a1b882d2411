"""Whatever comes in, a `ValueError` or a `TypeError` comes out, or the right result: no panic, no crash, no write where none belongs."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
import reference
from hypothesis import given, settings
from numpy.lib.stride_tricks import as_strided

import cutmix

DTYPES = ["bool", "u1", "i1", "<u2", ">u2", "<i2", "u4", "i4", "u8", "i8", "<f2", ">f2", "f4", ">f4", "f8", "g", "F", "D", "O"]
DTYPES += ["S3", "U2", "V5", "M8[s]", "m8[s]", "u1,f4"]
MIXES = [
    cutmix.CutMix(num_classes=3, seed=1),
    cutmix.CutMix(num_classes=3, seed=1, layout="NHWC", partners="shuffle", rule="at-least-one-pixel"),
    cutmix.CutMix(seed=1, labels="pair", partners="reverse", grid=(2, 3)),
    cutmix.MixUp(num_classes=3, seed=1),
    cutmix.Choice(cutmix.CutMix(num_classes=3, seed=1), cutmix.MixUp(num_classes=3, seed=1)),
]


@st.composite
def arrays(draw, most=6):
    shape = draw(st.lists(st.integers(0, 5), max_size=most))
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    array = np.zeros(shape, dtype)
    if dtype.kind in "iufb":
        array[...] = np.random.default_rng(draw(st.integers(0, 9))).integers(0, 2, shape)
    for change in draw(st.lists(st.sampled_from(["step", "turn", "flip", "broadcast", "read-only", "unaligned", "newaxis"]), max_size=4)):
        if change == "step" and array.ndim:
            axis = draw(st.integers(0, array.ndim - 1))
            array = array[(slice(None),) * axis + (slice(draw(st.integers(0, 2)), None, draw(st.sampled_from([2, 3, -2]))),)]
        elif change == "turn":
            array = array.transpose(draw(st.permutations(range(array.ndim))))
        elif change == "flip" and array.ndim:
            array = np.flip(array, draw(st.integers(0, array.ndim - 1)))
        elif change == "broadcast":
            array = np.broadcast_to(array, (draw(st.integers(0, 3)), *array.shape))
        elif change == "read-only":
            array = array.view()
            array.flags.writeable = False
        elif change == "unaligned" and dtype.kind in "iuf":
            memory = np.zeros(array.size * dtype.itemsize + 1, np.uint8)[1:].view(dtype).reshape(array.shape)
            memory[...] = array
            array = memory
        elif change == "newaxis":
            array = array[np.newaxis]
    return array


ANYTHING = st.one_of(
    arrays(), st.none(), st.text(max_size=3), st.integers(), st.floats(), st.lists(st.integers(-2, 3), max_size=6), st.binary(max_size=8),
    st.lists(st.one_of(st.integers(), st.floats(), st.text(max_size=1), st.booleans()), max_size=4),
)


def outcome(call):
    """The result, or None where it was refused as it should be."""
    try:
        return call()
    except (ValueError, TypeError) as error:
        text = str(error)
        assert len(text) > 10 and "\n" not in text, repr(text)
        return None


@given(st.sampled_from(MIXES), arrays(), ANYTHING, ANYTHING, st.booleans())
@settings(max_examples=600, deadline=None, derandomize=True)
def test_mix_takes_anything(mix, images, labels, indices, right):
    if right and images.ndim:
        labels, indices = [i % 3 for i in range(images.shape[0])], range(images.shape[0])
    before = images.copy()
    result = outcome(lambda: mix(images, labels, epoch=3, indices=indices))
    if result is None:
        assert images.tobytes() == before.tobytes(), "refused, yet something was written"
    elif isinstance(mix, cutmix.CutMix):
        axes = mix.layout
        size = images.shape[1:3] if images.ndim == 3 or axes == "NHWC" else images.shape[2:]
        plan = mix.plan(indices, size, epoch=3)
        assert images.tobytes() == reference.paste(before, plan.boxes, plan.partners, axes).tobytes()


@given(st.sampled_from(MIXES), ANYTHING, ANYTHING, ANYTHING, ANYTHING)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_plans_take_anything(mix, indices, shape, epoch, anything):
    outcome(lambda: mix.plan(indices, shape, epoch=epoch))
    outcome(lambda: mix.plan(indices, (4, 5), epoch=0, dataset_size=anything))
    plan = mix.plan(range(4), (4, 5), epoch=0)
    outcome(lambda: plan.apply(anything))
    outcome(lambda: plan.apply(np.zeros((4, 3, 4, 5), np.uint8), anything))
    outcome(lambda: plan.soft_labels(anything, 3))
    outcome(lambda: plan.soft_labels([0, 1, 2, 0], 3, partners=anything))
    outcome(lambda: plan.unite(anything))
    outcome(lambda: plan.objects(anything, indices))
    outcome(lambda: plan.at(shape))
    outcome(lambda: cutmix.order(anything if not isinstance(anything, int) or anything < 10**6 else 7, seed=1, epoch=0))


NUMBERS = st.one_of(st.floats(), st.integers(), st.none(), st.text(max_size=2), st.sampled_from([0, 1e-45, 1e39, math.nan, -0.0, 2**64]))


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["paper", "min-max:1,0", "min-max:nan,1", "min-max:", "none", ""]), NUMBERS)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_policies_take_anything(alpha, p, seed, classes, rule, smoothing):
    outcome(lambda: cutmix.CutMix(alpha=alpha, seed=0))
    outcome(lambda: cutmix.CutMix(p=p, seed=0))
    outcome(lambda: cutmix.CutMix(seed=seed))
    outcome(lambda: cutmix.CutMix(seed=0, num_classes=classes))
    outcome(lambda: cutmix.CutMix(seed=0, rule=rule))
    outcome(lambda: cutmix.CutMix(seed=0, smoothing=smoothing))
    outcome(lambda: cutmix.CutMix(seed=0, grid=(p, alpha)))
    outcome(lambda: cutmix.MixUp(alpha=alpha, p=p, seed=0))


MIX = MIXES[0]
IMAGES = np.zeros((4, 3, 8, 8), np.uint8)


@pytest.mark.parametrize(
    "kind, said, call",
    [
        (ValueError, "alpha: .*0", lambda: cutmix.CutMix(0, seed=0)),
        (ValueError, "alpha: .*NaN", lambda: cutmix.CutMix(math.nan, seed=0)),
        (ValueError, "p: 1.5 is no probability", lambda: cutmix.CutMix(p=1.5, seed=0)),
        (ValueError, "rule is \"papre\"; take paper", lambda: cutmix.CutMix(rule="papre", seed=0)),
        (ValueError, "partners is \"x\"", lambda: cutmix.CutMix(partners="x", seed=0)),
        (ValueError, "layout is \"CHW\"", lambda: cutmix.CutMix(layout="CHW", seed=0)),
        (ValueError, "labels is \"hard\"", lambda: cutmix.CutMix(labels="hard", seed=0)),
        (ValueError, "smoothing is 2", lambda: cutmix.CutMix(smoothing=2, seed=0)),
        (ValueError, "smoothing needs soft labels", lambda: cutmix.CutMix(smoothing=0.1, labels="pair", seed=0)),
        (ValueError, "seed is -1; it must lie in", lambda: cutmix.CutMix(seed=-1)),
        (TypeError, "seed is 1.5; it must be a whole number", lambda: cutmix.CutMix(seed=1.5)),
        (TypeError, "seed", lambda: cutmix.CutMix()),
        (ValueError, "epoch is 4294967296", lambda: MIX(IMAGES, [0] * 4, epoch=2**32, indices=range(4))),
        (ValueError, "labels: 3 of them, for a batch of 4", lambda: MIX(IMAGES, [0] * 3, epoch=0, indices=range(4))),
        (ValueError, "indices: 5 of them, for a batch of 4", lambda: MIX(IMAGES, [0] * 4, epoch=0, indices=range(5))),
        (ValueError, "an index is -1", lambda: MIX(IMAGES, [0] * 4, epoch=0, indices=np.arange(-1, 3))),
        (ValueError, "a label is 3, and there are 3 classes", lambda: MIX(IMAGES, [0, 1, 2, 3], epoch=0, indices=range(4))),
        (ValueError, "a label is -1", lambda: MIX(IMAGES, [0, 1, 2, -1], epoch=0, indices=range(4))),
        (TypeError, r"\[\[\[\[1\]\]\]\] is no array", lambda: MIX([[[[1]]]], [0], epoch=0, indices=[0])),
        (ValueError, "read-only", lambda: MIX(np.broadcast_to(IMAGES[:1], IMAGES.shape), [0] * 4, epoch=0, indices=range(4))),
        (ValueError, "in the same memory", lambda: MIX(as_strided(IMAGES, strides=(0, 64, 8, 1)), [0] * 4, epoch=0, indices=range(4))),
        (ValueError, "in the same memory", lambda: MIX(as_strided(IMAGES, (4, 3, 4, 8), (8, 64, 8, 1)), [0] * 4, epoch=0, indices=range(4))),
        (ValueError, r"a batch is \[N, C, H, W\]", lambda: MIX(IMAGES[0, 0], [0] * 8, epoch=0, indices=range(8))),
        (ValueError, "an image of 8×0 pixels", lambda: MIX(IMAGES[:, :, :0], [0] * 4, epoch=0, indices=range(4))),
        (TypeError, "in the other order", lambda: MIX(IMAGES.astype(">u2"), [0] * 4, epoch=0, indices=range(4))),
        (TypeError, "elements are complex64", lambda: MIX(IMAGES.astype("F"), [0] * 4, epoch=0, indices=range(4))),
        (TypeError, "soft labels are float64; pass float32", lambda: MIX(IMAGES, np.zeros((4, 3)), epoch=0, indices=range(4))),
        (ValueError, "soft labels of 2 classes, and num_classes is 3", lambda: MIX(IMAGES, np.zeros((4, 2), "f4"), epoch=0, indices=range(4))),
        (ValueError, "pass num_classes", lambda: cutmix.CutMix(seed=0)(IMAGES, [0] * 4, epoch=0, indices=range(4))),
        (ValueError, "threads is 0", lambda: MIX(IMAGES, [0] * 4, epoch=0, indices=range(4), threads=0)),
        (ValueError, "leaves one image with itself", lambda: MIXES[2].plan(range(5), (8, 8), epoch=0)),
        (TypeError, r"a shape is \(height, width\)", lambda: MIX.plan(range(4), (3, 8, 8), epoch=0)),
        (ValueError, "the height is 70000", lambda: MIX.plan(range(4), (70000, 8), epoch=0)),
        (ValueError, "at most 65535", lambda: MIX(np.zeros((1, 1, 1, 65536), "u1"), [0], epoch=0, indices=[0])),
    ],
)
def test_errors_say_what_and_how_to_mend_it(kind, said, call):
    before = IMAGES.copy()
    with pytest.raises(kind, match=said):
        call()
    assert (IMAGES == before).all()


def test_memory_by_the_buffer_protocol():
    memory = bytearray(range(256)) * 3
    view = memoryview(memory).cast("B", (4, 3, 8, 8))
    expected = np.frombuffer(bytes(memory), np.uint8).reshape(4, 3, 8, 8).copy()
    assert (MIX(view, [0] * 4, epoch=0, indices=range(4)) == MIX(expected, [0] * 4, epoch=0, indices=range(4))).all()
    assert bytes(memory) == expected.tobytes()
    with pytest.raises(ValueError, match="read-only"):
        MIX(view.toreadonly(), [0] * 4, epoch=0, indices=range(4))


class Exporter:
    """An array that is known by DLPack alone."""

    def __init__(self, array, old=False):
        self.array, self.old = array, old

    def __dlpack__(self, **options):
        if self.old and options:
            raise TypeError("unexpected keyword argument")
        return self.array.__dlpack__(**options)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.1.0", reason="an older NumPy exports nothing that may be written")
def test_memory_by_dlpack():
    images = np.random.default_rng(0).integers(0, 256, (4, 3, 8, 8), dtype=np.uint8)
    expected = images.copy()
    MIX(expected, [0] * 4, epoch=0, indices=range(4))
    MIX(Exporter(images), [0] * 4, epoch=0, indices=Exporter(np.arange(4)))
    assert (images == expected).all()
    images.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        MIX(Exporter(images), [0] * 4, epoch=0, indices=range(4))
    # Nobody said whether it may be written, and there are libraries whose arrays never change.
    with pytest.raises(ValueError, match="read-only"):
        MIX(Exporter(expected, old=True), [0] * 4, epoch=0, indices=range(4))
