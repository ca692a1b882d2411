"""Every kind of view under Valgrind, which sees a read or a write out of bounds. Without pytest, which takes too long there.

    PYTHONMALLOC=malloc valgrind --log-file=log python bindings/python/tests/memory.py
    grep -c _cutmix log    # 0: what it reports is CPython's and the loader's
"""

import io

import numpy as np
import reference

import cutmix

VIEWS = [
    lambda a: a,
    lambda a: a[::2],
    lambda a: a[::-1],
    lambda a: a[:, :, 2:9, 3:15],
    lambda a: a[..., ::2],
    lambda a: a[..., ::-1],
    lambda a: a[:, :, ::-1],
    lambda a: np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2),
    lambda a: np.ascontiguousarray(a.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2),
    lambda a: a[:, 0],
    lambda a: a[..., :1],
]


class Exporter:
    """An array that is known by DLPack alone."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)


def views():
    for kind in ("u1", "u2", "f4", "f8"):
        for view in VIEWS:
            for threads in (1, 3):
                images = view(np.random.default_rng(0).integers(0, 100, (10, 3, 12, 18)).astype(kind))
                labels, indices = np.arange(len(images)) % 3, np.arange(len(images))
                mix = cutmix.CutMix(num_classes=3, seed=5)
                plan = mix.plan(indices, images.shape[-2:], epoch=2)
                expected = reference.paste(images, plan.boxes, plan.partners)
                mix(images, labels, epoch=2, indices=indices, threads=threads)
                assert (images == expected).all()
                if kind != "f8":
                    cutmix.MixUp(num_classes=3, seed=5)(images, labels, epoch=2, indices=indices, threads=threads)
                plan.apply(images, images.copy())


def others():
    mix = cutmix.CutMix(num_classes=3, seed=5)
    memory = np.zeros(4 * 3 * 8 * 8 * 4 + 1, np.uint8)
    mix(memory[1:].view(np.float32).reshape(4, 3, 8, 8), [0, 1, 2, 0], epoch=0, indices=range(4))
    plan = mix.plan(range(4), (8, 8), epoch=0)
    plan.objects(np.array([[0, 0, 4, 4], [1, 1, 8, 8]]), [0, 3])
    plan.unite(np.eye(4, dtype=np.float32))
    plan.soft_labels([0, 1, 2, 0], 3)
    assert plan.at((3, 3)).boxes.shape == (4, 4)
    for _ in range(50):
        mix(Exporter(np.zeros((4, 3, 8, 8), np.uint8)), Exporter(np.zeros(4, int)), epoch=0, indices=Exporter(np.arange(4)))
    for length in (0, 1, 100, 3000):
        cutmix.open_capture(io.BytesIO(np.random.default_rng(length).bytes(length)))


views()
others()
