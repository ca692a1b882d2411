"""Records of a device, made by the script that the format's documentation has for other languages, not by the code that reads them."""

import importlib.util
import io
import pathlib
import struct
import sys

import numpy as np
import pytest

import cutmix

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "record/vectors"


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """The script, run where it may write."""
    folder = tmp_path_factory.mktemp("vectors")
    script = folder / "make.py"
    script.write_bytes((VECTORS / "make.py").read_bytes())
    spec = importlib.util.spec_from_file_location("make", script)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


def vector(name):
    lines = (VECTORS / f"{name}.hex").read_text().splitlines()
    capture = cutmix.open_capture(io.BytesIO(bytes.fromhex(" ".join(line for line in lines if not line.startswith("#")))))
    assert capture.damages == []
    (record,) = capture.samples + capture.plans
    return record


def test_every_vector_is_read():
    assert sorted(path.stem for path in VECTORS.glob("*.hex")) == sorted(
        "bgr bytes f32 i16 i8 largest-numbers plan planes rgb565 rgb565-high-byte-first u16 u16-high-byte-first unmixed whole-block yuyv".split()
    )
    plan = vector("plan")
    assert (plan.seed, plan.epoch, plan.index, plan.shape, plan.layout) == (42, 0, 7, (2, 3, 1), "HWC")
    assert (plan.partner, plan.box, plan.kept, plan.total, plan.classes) == (5, (1, 0, 3, 1), 4, 6, (3, 4))
    assert plan.image is None and plan.element is None and plan.lam == np.float32(4 / 6)
    largest = vector("largest-numbers")
    assert (largest.seed, largest.epoch, largest.index, largest.classes) == (2**64 - 1, 2**32 - 1, 2**32 - 1, (65535, 65535))
    assert vector("unmixed").image.tolist() == [[[0]] * 3] * 2 and not vector("unmixed").mixed


@pytest.mark.parametrize(
    "name, element, dtype, values",
    [
        ("bytes", "u8", np.uint8, list(b"abcdef")),
        ("rgb565", "rgb565", np.uint16, [0x1234, 0, 0xF800, 0x07E0, 0x001F, 0xFFFF]),
        ("rgb565-high-byte-first", "rgb565", np.uint16, [0x1234, 0, 0xF800, 0x07E0, 0x001F, 0xFFFF]),
        ("bgr", "bgr", np.uint8, range(1, 37)),
        ("planes", "u8", np.uint8, range(1, 37)),
        ("yuyv", "yuyv", np.uint16, struct.unpack("<8H", bytes(range(1, 17)))),
        ("i8", "i8", np.int8, [-128, -1, 0, 1, 100, 127]),
        ("u16", "u16", np.uint16, [0, 1, 255, 256, 0x7FFF, 0xFFFF]),
        ("u16-high-byte-first", "u16", np.uint16, [0, 1, 255, 256, 0x7FFF, 0xFFFF]),
        ("i16", "i16", np.int16, [0, 1, -1, 100, -32768, 32767, 2, 3, 4, -5, -6, -7]),
        ("f32", "f32", np.float32, [0, 1, -1, 100, -32768, 32767, 2, 3, 4, -5, -6, -7]),
    ],
)
def test_pixels_of_every_element(name, element, dtype, values):
    record = vector(name)
    height, width, channels = record.shape
    assert record.element == element and record.image.dtype == dtype
    assert record.image.shape == ((height, width, channels) if record.layout == "HWC" else (channels, height, width))
    assert record.image.ravel().tolist() == list(values)
    assert record.zero_point == (-128 if name == "i8" else None)


def session(make, frames=8, plans=6, content=1, layout=0, seed=9):
    """Frames as the camera saw them, then plans of the core."""
    random = np.random.default_rng(seed)
    height, width, channels = 6, 8, 3
    sides = (width, height, channels)
    images = random.integers(0, 256, (frames, height, width, channels) if layout == 0 else (frames, channels, height, width), dtype=np.uint8)
    sent = b"".join(
        make.record(seed, 0, i, sides, layout, i, (0, 0, 0, 0), (i % 3, i % 3), content, images[i].tobytes()) for i in range(frames)
    )
    drawn = cutmix.CutMix(seed=seed, layout="NHWC" if layout == 0 else "NCHW").plan(range(plans), (height, width), epoch=0)
    planned = b"".join(
        make.record(seed, 0, i, sides, layout, int(drawn.partners[i]), tuple(map(int, drawn.boxes[i])), (i % 3, int(drawn.partners[i]) % 3))
        for i in range(plans)
    )
    return images, drawn, sent, planned


@pytest.mark.parametrize("layout", [0, 1])
def test_plans_are_carried_out(make, layout, tmp_path):
    images, drawn, sent, planned = session(make, layout=layout)
    file = tmp_path / "capture"
    file.write_bytes(sent + planned)
    capture = cutmix.open_capture(file)
    assert (len(capture.samples), len(capture.plans), capture.damages) == (8, 6, [])
    mixed, classes, lam = capture.arrays(capture.replay())
    expected = images[:6].copy()
    drawn.apply(expected)
    assert (mixed == expected).all() and (lam == drawn.lam).all()
    assert classes.tolist() == [[i % 3, int(drawn.partners[i]) % 3] for i in range(6)]
    again, _, _ = capture.arrays()
    assert (again == images).all()

    # A mixed sample of frame 0 is none to carry a plan out on.
    mixed_before = make.record(9, 0, 0, (8, 6, 3), layout, 3, (0, 0, 2, 2), (0, 0), 1, bytes(144))
    capture = cutmix.open_capture(io.BytesIO(mixed_before + sent + planned))
    assert (capture.arrays(capture.replay())[0] == expected).all()

    # Plans and frames in files of their own; a frame that was sent twice.
    plans, frames = cutmix.open_capture(io.BytesIO(planned)), cutmix.open_capture(io.BytesIO(sent + sent[: len(sent) // 8]))
    assert (capture.arrays(plans.replay(frames))[0] == expected).all()


def test_what_cannot_be_carried_out(make):
    images, drawn, sent, planned = session(make)
    plans = cutmix.open_capture(io.BytesIO(planned))
    with pytest.raises(ValueError, match="frame 0 of session 9 is not there"):
        plans.replay()
    other = make.record(9, 0, 0, (8, 6, 3), 0, 0, (0, 0, 0, 0), (0, 0), 1, bytes(144))
    with pytest.raises(ValueError, match="two frames with number 0"):
        plans.replay(cutmix.open_capture(io.BytesIO(sent + other)))
    frames = cutmix.open_capture(io.BytesIO(sent)).samples
    plan = next(plan for plan in plans.plans if plan.mixed)
    with pytest.raises(ValueError, match="the plan is for frame"):
        plan.replay(frames[7], frames[plan.partner])
    with pytest.raises(ValueError, match="a plan has no pixels"):
        plan.replay(plan, frames[plan.partner])
    wrong = {
        "of class 2, and of class": make.record(9, 0, plan.index, (8, 6, 3), 0, plan.index, (0, 0, 0, 0), ((plan.classes[0] + 2) % 3,) * 2, 1, bytes(144)),
        "its shape is": make.record(9, 0, plan.index, (6, 8, 3), 0, plan.index, (0, 0, 0, 0), plan.classes[:1] * 2, 1, bytes(144)),
        "it is mixed already": make.record(9, 0, plan.index, (8, 6, 3), 0, 3, (0, 0, 1, 1), plan.classes, 1, bytes(144)),
        "bytes, which cannot be mixed": make.record(9, 0, plan.index, (8, 6, 3), 0, plan.index, (0, 0, 0, 0), plan.classes[:1] * 2, 4, bytes(144)),
    }
    for said, record in wrong.items():
        (sample,) = cutmix.open_capture(io.BytesIO(record)).samples
        with pytest.raises(ValueError, match=said.replace("class 2", "class .")):
            plan.replay(sample, frames[plan.partner])
    with pytest.raises(ValueError, match="2 shapes and types"):
        plans.arrays([frames[0], vector("bytes")])
    with pytest.raises(ValueError, match="0 records"):
        plans.arrays([])


def test_damage_costs_the_record_that_it_hit(make):
    _, _, sent, planned = session(make)
    for at in range(0, len(sent) // 8, 7):
        broken = bytearray(sent + planned)
        broken[at] ^= 0x55
        capture = cutmix.open_capture(io.BytesIO(bytes(broken)))
        assert 7 <= len(capture.samples) <= 8 and len(capture.plans) == 6
    capture = cutmix.open_capture(io.BytesIO(b"booted\n" + planned))
    assert len(capture.plans) == 6
    assert capture.damages == [cutmix.Damage(0, 7, "they are no whole record")]
    with pytest.raises(TypeError, match="reading bytes"):
        cutmix.open_capture(io.StringIO("text"))


def test_anything_is_a_capture():
    random = np.random.default_rng(0)
    for length in [0, 1, 2, 100, 5000]:
        cutmix.open_capture(io.BytesIO(random.bytes(length)))


def test_parts_of_a_session(make):
    box = lambda mixed: (0, 0, 1, 1) if mixed else (0, 0, 0, 0)  # noqa: E731

    def part(index, partner=None, **options):
        mixed = partner is not None
        data = make.record(1, 0, index, (4, 4, 1), 0, partner if mixed else index, box(mixed), (0, 0))
        return cutmix.open_capture(io.BytesIO(data)).plans[0].part(**options)

    # As the documentation of the format's crate has it.
    assert [part(index) for index in (24, 25, 50, 99, 100, 124, 125)] == ["train", "gap", "test", "test", "gap", "gap", "train"]
    assert part(0, 125) == "train" and part(0, 50) == "gap" and part(50, 51) == "gap"
    assert part(50, stretch=100) == "gap"
    with pytest.raises(ValueError, match="stretch"):
        part(0, stretch=0)


def test_colors(make):
    assert cutmix.rgb(vector("rgb565"))[1].tolist() == [[0, 255, 0], [0, 0, 255], [255, 255, 255]]
    assert cutmix.rgb(vector("bgr"))[0, 0].tolist() == [3, 2, 1]
    assert cutmix.rgb(vector("planes"))[0, 1].tolist() == [2, 14, 26]
    assert cutmix.rgb(vector("bytes"))[0, 0].tolist() == [97] * 3
    # JFIF's matrix the other way about gives what went in, to a step.
    random = np.random.default_rng(0)
    red, green, blue = random.integers(60, 196, 3)
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    u, v = (blue - y) / 1.772 + 128, (red - y) / 1.402 + 128
    pixels = bytes([round(y), round(u), round(y), round(v)])
    data = make.record(1, 0, 0, (2, 1, 1), 0, 0, (0, 0, 0, 0), (0, 0), 5, pixels)
    (sample,) = cutmix.open_capture(io.BytesIO(data)).samples
    assert np.abs(cutmix.rgb(sample).astype(int) - [red, green, blue]).max() <= 2
    with pytest.raises(ValueError, match="no colors"):
        cutmix.rgb(vector("i16"))
    with pytest.raises(ValueError, match="no pixels"):
        cutmix.rgb(vector("plan"))
