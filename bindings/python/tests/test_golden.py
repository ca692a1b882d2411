"""The golden file of the Rust core: what a microcontroller draws, Python draws too."""

import pathlib
import pickle

import numpy as np
import pytest
import reference

import cutmix

FILE = pathlib.Path(__file__).resolve().parents[3] / "tests/golden/plans.txt"
RULES = {
    "Paper": "paper",
    "AtLeastOnePixel": "at-least-one-pixel",
    "OddSides": "odd-sides",
    "Inside": "inside",
    "MinMax { min: 0.2, max: 0.8 }": "min-max:0.2,0.8",
}


def lines(name):
    found = [line.split(" ", 1)[1].split(" -> ") for line in FILE.read_text().splitlines() if line.startswith(f"{name} ")]
    assert found, f"no lines {name}"
    return found


def fnv(data):
    digest = 0xCBF29CE484222325
    for byte in data:
        digest = (digest ^ byte) * 0x100000001B3 & reference.MASK
    return digest


def test_plans_and_pasted_bytes():
    seen = set()
    for given, expected in lines("plan"):
        seed, epoch, index, width, height, channels, layout, alpha, rule = given.split(" ", 8)
        seed, epoch, index, width, height, channels = map(int, (seed, epoch, index, width, height, channels))
        seen.add(rule)
        mix = cutmix.CutMix(float(alpha), seed=seed, rule=RULES[rule], layout="NCHW" if layout == "Chw" else "NHWC")
        # A second sample, since one alone has no partner; nothing depends on it.
        plan = mix.plan([index, 0], (height, width), epoch=epoch)
        *numbers, digest = expected.split()
        assert [*plan.boxes[0], plan.kept[0], plan.total[0]] == [*map(int, numbers)], given

        shape = (2, channels, height, width) if layout == "Chw" else (2, height, width, channels)
        size = channels * height * width
        images = np.tile((np.arange(size) * 6).astype(np.uint8), 2).reshape(shape)
        partners = np.tile((np.arange(size) * 10 + 1).astype(np.uint8), 2).reshape(shape)
        plan.apply(images, partners)
        assert fnv(images[0].tobytes()) == int(digest, 16), given
    assert seen == set(RULES)


def test_boxes_on_a_grid():
    for given, expected in lines("grid"):
        seed, epoch, index, width, height, cell_width, cell_height = map(int, given.split())
        mix = cutmix.CutMix(seed=seed, grid=(cell_height, cell_width))
        plan = mix.plan([index, 0], (height, width), epoch=epoch)
        assert [*plan.boxes[0], plan.kept[0], plan.total[0]] == [*map(int, expected.split())], given


def test_partners():
    for given, expected in lines("partners"):
        *key, rule = given.split()
        seed, epoch, index = map(int, key)
        name = {"RandomCycle": "random-cycle", "Shuffle": "shuffle"}[rule]
        # The stream of a batch has the number of its first sample and an offset, which is taken off here.
        first = (index - reference.BATCH) % 2**64
        plan = cutmix.CutMix(seed=seed, partners=name).plan([first, *range(1, 8)], (8, 8), epoch=epoch)
        assert [*plan.partners] == [*map(int, expected.split())], given


def test_choice():
    kinds = set()
    for given, expected in lines("choice"):
        seed, epoch, index = map(int, given.split())
        choice = cutmix.Choice(cutmix.CutMix(seed=seed), cutmix.MixUp(0.4, seed=seed))
        plan = choice.plan([index, 0], (24, 32), epoch=epoch)
        numbers = [*map(int, expected.split())]
        kinds.add(len(numbers))
        assert plan.blended[0] == (len(numbers) == 1), given
        drawn = [plan.kept[0]] if plan.blended[0] else [*plan.boxes[0], plan.kept[0]]
        assert drawn == numbers, given
    assert kinds == {1, 5}


def test_mixup():
    for alpha, expected in lines("mixup"):
        plan = cutmix.MixUp(float(alpha), seed=42).plan([0, 1], (8, 8), epoch=0)
        assert plan.kept[0] == int(expected.split()[0]), alpha
        assert plan.total[0] == 65536


def test_the_reference_draws_what_the_golden_file_says():
    for given, expected in lines("stream"):
        stream = reference.Stream(*map(int, given.split()))
        assert [stream.word() for _ in range(4)] == [int(word, 16) for word in expected.split()]


@pytest.mark.parametrize("rule", ["random-cycle", "shuffle"])
@pytest.mark.parametrize("images", [2, 3, 100])
def test_partners_of_a_data_set_and_order(rule, images):
    for seed in (0, 42, 2**64 - 1):
        # The same object, so that it must see that the epoch is another.
        mix = cutmix.CutMix(seed=seed, partners=rule)
        for epoch in (0, 7, 2**32 - 1, 7):
            assert [*cutmix.order(images, seed=seed, epoch=epoch)] == reference.permutation(
                images, reference.Stream(seed, epoch, reference.ORDER)
            )
            expected = reference.partners_of_data_set(images, seed, epoch, rule)
            plan = mix.plan(range(images), (8, 8), epoch=epoch, dataset_size=images)
            assert dict(enumerate(plan.partners)) == expected


@pytest.mark.parametrize("rule", ["same-class", "other-class", "any-class"])
@pytest.mark.parametrize("labels", [[0, 1, 0, 2, 0, 1, 7], [3], [5, 5, 5], [*range(20)], [i * i % 11 for i in range(100)]], ids=len)
def test_partners_by_class(rule, labels):
    for seed, epoch in [(0, 0), (42, 7), (2**64 - 1, 2**32 - 1)]:
        mix = cutmix.CutMix(seed=seed, partners=rule, dataset_labels=np.array(labels))
        plan = mix.plan(range(len(labels)), (8, 8), epoch=epoch, dataset_size=len(labels))
        assert [*plan.partners] == reference.partners_by_class(labels, seed, epoch, rule)
        again = pickle.loads(pickle.dumps(mix)).plan(range(len(labels)), (8, 8), epoch=epoch, dataset_size=len(labels))
        assert (again.partners == plan.partners).all()


def test_partners_by_class_are_of_a_data_set():
    mix = cutmix.CutMix(seed=0, partners="same-class", dataset_labels=[0, 0, 1], num_classes=2)
    with pytest.raises(ValueError, match="whole data set"):
        mix.plan(range(3), (8, 8), epoch=0)
    with pytest.raises(ValueError, match="whole data set"):
        mix(np.zeros((3, 1, 8, 8), np.uint8), [0, 0, 1], epoch=0, indices=range(3))
    with pytest.raises(ValueError, match="3 of them, for a data set of 4 images"):
        mix.plan(range(3), (8, 8), epoch=0, dataset_size=4)
    with pytest.raises(ValueError, match="pass dataset_labels"):
        cutmix.CutMix(seed=0, partners="same-class")
    with pytest.raises(ValueError, match="leave them out"):
        cutmix.CutMix(seed=0, dataset_labels=[0])
    with pytest.raises(ValueError, match="a label is 65536"):
        cutmix.CutMix(seed=0, partners="any-class", dataset_labels=[65536])
