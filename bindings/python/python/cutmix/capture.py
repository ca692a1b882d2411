"""What a device recorded, as arrays."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np

from ._cutmix import Record, read_capture

Array = np.ndarray


class Damage(NamedTuple):
    """A stretch of a capture that is no record: one that was damaged on its way, or log text between records."""

    #: Where it begins, in bytes.
    offset: int
    #: How long it is, zeros not counted.
    length: int
    #: What is wrong with it.
    reason: str


class Capture:
    """The records of a capture.

    Attributes:
        samples: frames with their pixels, mixed or as the camera saw them.
        plans: which box of which frame goes where, without pixels.
        damages: what is no record. The others are whole: each has a checksum.
    """

    def __init__(self, samples: list[Record], plans: list[Record], damages: list[Damage]) -> None:
        self.samples, self.plans, self.damages = samples, plans, damages

    def __repr__(self) -> str:
        return f"<Capture: {len(self.samples)} samples, {len(self.plans)} plans, {len(self.damages)} damaged parts>"

    def replay(self, frames: Capture | None = None) -> list[Record]:
        """Carries out all plans on the unmixed frames of this capture, or of another one: the samples that the device would have sent, byte for byte.

        Raises:
            ValueError: if a frame is not there, there are two of its number that differ, or it is of another shape, type or class than its plan says.
        """
        found: dict[tuple[int, int], Record] = {}
        for sample in (frames or self).samples:
            if sample.mixed:
                continue
            name = (sample.seed, sample.index)
            # A frame may have been sent twice.
            if not _same(found.setdefault(name, sample), sample):
                raise ValueError(f"there are two frames with number {sample.index} of session {sample.seed} that differ")
        made = []
        for plan in self.plans:
            pair = []
            for index in (plan.index, plan.partner if plan.mixed else plan.index):
                if (plan.seed, index) not in found:
                    raise ValueError(f"frame {index} of session {plan.seed} is not there, and a plan needs it")
                pair.append(found[plan.seed, index])
            made.append(plan.replay(*pair))
        return made

    def arrays(self, records: list[Record] | None = None) -> tuple[Array, Array, Array]:
        """The samples as a batch: images [N, …] in the axes of a record, classes [N, 2] of int64, and λ [N] of float32.

        Args:
            records: which; `samples` by default. All must be of one shape and type.

        Raises:
            ValueError: if they are not, or there are none.
        """
        records = self.samples if records is None else records
        kinds = {(record.shape, record.layout, record.element, record.zero_point) for record in records}
        if len(kinds) != 1 or None in next(iter(kinds))[:3]:
            raise ValueError(f"{len(records)} records of {len(kinds)} shapes and types; pass samples that are all alike")
        images = np.stack([_image(record) for record in records])
        return images, np.array([record.classes for record in records], np.int64), np.array([record.lam for record in records], np.float32)


def _same(first: Record, second: Record) -> bool:
    if first is second:
        return True
    alike = (first.shape, first.layout, first.element, first.classes) == (second.shape, second.layout, second.element, second.classes)
    return alike and _image(first).tobytes() == _image(second).tobytes()


def _image(sample: Record) -> Array:
    image = sample.image  # a new array each time
    if image is None:
        raise ValueError("a plan has no pixels; pass a sample")
    return image


def open_capture(file: str | os.PathLike[str] | Any) -> Capture:
    """Reads a capture: everything that came from a device, one byte after the other, in the format of `record/FORMAT.md` in the repository.

    Args:
        file: a path, or an object with `read()` that gives bytes.

    What is no whole record, or is of a newer format, is in `damages`.

    Raises:
        OSError: if it cannot be read.

    Example:
        >>> import io, cutmix
        >>> sent = bytes.fromhex("00 03 01 2a 05 07 03 02 01 03 05 01 13 03 01 04 06 03 04 01 06 61 62 63 64 65 66 a5 ed 20 49 00")
        >>> capture = cutmix.open_capture(io.BytesIO(sent))
        >>> capture
        <Capture: 1 samples, 0 plans, 0 damaged parts>
        >>> sample = capture.samples[0]
        >>> sample.box, sample.partner, sample.classes
        ((1, 0, 3, 1), 5, (3, 4))
        >>> images, classes, lam = capture.arrays()
        >>> images.shape, images.dtype
        ((1, 2, 3, 1), dtype('uint8'))
    """
    if hasattr(file, "read"):
        data = file.read()
        if not isinstance(data, bytes):
            raise TypeError(f"the file gives {type(data).__name__}; open it for reading bytes")
    else:
        with open(file, "rb") as opened:
            data = opened.read()
    samples, plans, damages = read_capture(data)
    return Capture(samples, plans, [Damage(*damage) for damage in damages])


def rgb(record: Record) -> Array:
    """The pixels of a sample as red, green and blue, uint8 [H, W, 3]: of bytes in one or three channels, BGR, RGB565 and YUYV.

    RGB565 is stretched so that black stays black and white white; YUYV is taken for JPEG's colors (BT.601, full range).

    Raises:
        ValueError: if the elements are no colors.
    """
    image = _image(record)
    if record.layout == "CHW":
        image = image.transpose(1, 2, 0)
    if record.element == "u8" and image.shape[2] in (1, 3):
        return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))
    if record.element == "bgr":
        return np.ascontiguousarray(image[:, :, ::-1])
    if record.element == "rgb565":
        red, green, blue = (image >> 11).astype(np.uint8), (image >> 5 & 0x3F).astype(np.uint8), (image & 0x1F).astype(np.uint8)
        return np.concatenate([red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2], axis=2)
    if record.element == "yuyv":
        y = (image[:, :, 0] & 0xFF).astype(np.float64)
        color = (image[:, :, 0] >> 8).astype(np.float64) - 128
        u, v = np.repeat(color[:, ::2], 2, axis=1), np.repeat(color[:, 1::2], 2, axis=1)
        channels = np.stack([y + 1.402 * v, y - 0.344136 * u - 0.714136 * v, y + 1.772 * u], axis=2)
        return np.clip(np.rint(channels), 0, 255).astype(np.uint8)
    raise ValueError(f"elements of {record.element} in {image.shape[2]} channels are no colors")
