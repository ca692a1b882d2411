"""What follows from a plan besides the image: masks, other resolutions, objects, several labels. Against counts of pixels."""

import numpy as np
import pytest
import reference

import cutmix

SIZE = (12, 20)
COUNT = 30


@pytest.fixture
def plan():
    plan = cutmix.CutMix(seed=8, partners="shuffle").plan(range(COUNT), SIZE, epoch=3)
    meets_itself = plan.partners == np.arange(COUNT)
    assert (meets_itself & (plan.kept < 200)).any(), "so that this is looked at too"
    return plan


def inside(box, size):
    """The pixels of a box, as a mask."""
    x0, y0, x1, y1 = box
    mask = np.zeros(size, bool)
    mask[y0:y1, x0:x1] = True
    return mask


def test_unpacks_into_arrays(plan):
    boxes, partners, lam = plan
    assert boxes.shape == (COUNT, 4) and boxes.dtype == partners.dtype == np.int64 and lam.dtype == np.float32
    assert len(plan) == COUNT and plan.shape == SIZE and not plan.blended.any()
    assert sorted(partners) == list(range(COUNT))
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    assert (plan.kept == 240 - area).all() and (plan.total == 240).all()


@pytest.mark.parametrize("kind", ["u1", "i8", "f4", "bool"])
def test_masks_follow_the_box(plan, kind):
    masks = np.random.default_rng(0).integers(0, 256, (COUNT, *SIZE)).astype(kind)
    expected = reference.paste(masks, plan.boxes, plan.partners)
    plan.apply(masks)
    assert (masks == expected).all()


def test_partners_of_their_own(plan):
    random = np.random.default_rng(0)
    images, partners = random.integers(0, 256, (2, COUNT, 3, *SIZE), dtype=np.uint8)
    for view in (lambda a: a, lambda a: a[:, ::-1, :, ::-1]):
        mixed = images.copy()
        expected = view(images).copy()
        for image, (x0, y0, x1, y1) in enumerate(plan.boxes):
            expected[image, :, y0:y1, x0:x1] = view(partners)[image, :, y0:y1, x0:x1]
        plan.apply(view(mixed), view(partners))
        assert (view(mixed) == expected).all()
    with pytest.raises(ValueError, match="share memory"):
        plan.apply(images, images)
    both = np.concatenate([images, partners])
    with pytest.raises(ValueError, match="share memory"):
        plan.apply(both[COUNT // 2 : COUNT // 2 + COUNT][::-1], both[:COUNT])
    plan.apply(both[COUNT:][::-1], both[:COUNT])
    with pytest.raises(ValueError, match="differ in shape or type"):
        plan.apply(images, partners[:, :1])
    with pytest.raises(ValueError, match="differ in shape or type"):
        plan.apply(images, partners.view(np.int8))


def test_another_resolution_is_what_sampling_the_centers_gives(plan):
    for height, width in [(6, 5), (24, 40), (3, 7), (1, 1)]:
        smaller = plan.at((height, width))
        assert smaller.shape == (height, width)
        # The pixel of the image in which each center lies.
        rows = np.floor((np.arange(height) + 0.5) * SIZE[0] / height).astype(int)
        columns = np.floor((np.arange(width) + 0.5) * SIZE[1] / width).astype(int)
        for box, own in zip(plan.boxes, smaller.boxes):
            assert (inside(own, (height, width)) == inside(box, SIZE)[np.ix_(rows, columns)]).all(), (box, own)
    with pytest.raises(ValueError, match=r"take the plans to theirs with at\(\)"):
        plan.apply(np.zeros((COUNT, 6, 5), np.uint8))


@pytest.mark.parametrize("least", [0.0, 0.5, 1.0])
def test_objects_against_counted_pixels(plan, least):
    random = np.random.default_rng(1)
    count = 200
    corners = np.sort(random.integers(0, [[21, 13]], (count, 2, 2)), axis=1)
    boxes = np.concatenate([corners[:, 0], corners[:, 1]], axis=1)
    owners = random.integers(0, COUNT, count)
    expected = []
    for image, (box, partner) in enumerate(zip(plan.boxes, plan.partners)):
        pasted = inside(box, SIZE)
        sources = [(image, np.ones(SIZE, bool))] if partner == image else [(image, ~pasted), (partner, pasted)]
        for source, shows in sources:
            for row in np.flatnonzero(owners == source):
                whole = inside(boxes[row], SIZE)
                seen = whole & shows
                if seen.any() and np.float32(seen.sum()) / np.float32(whole.sum()) >= np.float32(least):
                    y, x = np.nonzero(seen)
                    around = [x.min(), y.min(), x.max() + 1, y.max() + 1]
                    expected.append((*around, image, row, seen.sum() / whole.sum()))
    found, images, rows, shares = plan.objects(boxes, owners, least=least)
    assert len(found) > 20
    np.testing.assert_allclose(np.column_stack([found, images, rows, shares]), expected, atol=2**-23)


def test_objects_that_are_none(plan):
    with pytest.raises(TypeError, match="round them first"):
        plan.objects(np.zeros((1, 4)), [0])
    with pytest.raises(ValueError, match="inverted"):
        plan.objects(np.array([[3, 0, 2, 1]]), [0])
    with pytest.raises(ValueError, match="edge is -1"):
        plan.objects(np.array([[-1, 0, 2, 1]]), [0])
    with pytest.raises(ValueError, match="of image 30, and the batch has 30"):
        plan.objects(np.array([[0, 0, 2, 1]]), [30])
    with pytest.raises(ValueError, match="pass one an image"):
        plan.objects(np.array([[0, 0, 2, 1]]), [1, 2])
    found, *_ = plan.objects(np.zeros((0, 4), int), [])
    assert found.shape == (0, 4)


@pytest.mark.parametrize("least", [0.0, 0.3])
def test_united_labels(plan, least):
    labels = (np.random.default_rng(2).random((COUNT, 6)) < 0.3).astype(np.float32)
    expected = np.zeros_like(labels)
    for image, partner in enumerate(plan.partners):
        for source, pixels in [(image, plan.kept[image]), (partner, 240 - plan.kept[image])]:
            if pixels > 0 and np.float32(pixels) / np.float32(240) >= np.float32(least):
                expected[image] = np.maximum(expected[image], labels[source])
    assert (plan.unite(labels, least=least) == expected).all()


def test_labels_of_partners(plan):
    labels, others = np.arange(COUNT) % 4, (np.arange(COUNT) + 1) % 4
    rows = np.concatenate([labels, others])
    expected = reference.soft(rows, np.concatenate([plan.lam, plan.lam]), np.arange(2 * COUNT)[::1], 4)
    expected = plan.lam[:, None] * np.eye(4)[labels] + (1 - plan.lam[:, None]) * np.eye(4)[others]
    np.testing.assert_allclose(plan.soft_labels(labels, 4, partners=others), expected, atol=2**-23)
    np.testing.assert_allclose(plan.soft_labels(labels, 4), reference.soft(labels, plan.lam, plan.partners, 4), atol=2**-23)


def test_partners_of_a_data_set_are_none_of_the_batch():
    plan = cutmix.CutMix(seed=8).plan(range(4), SIZE, epoch=1, dataset_size=100)
    for call in (
        lambda: plan.apply(np.zeros((4, *SIZE), np.uint8)),
        lambda: plan.soft_labels([0, 1, 2, 3], 4),
        lambda: plan.unite(np.zeros((4, 3), np.float32)),
        lambda: plan.objects(np.zeros((0, 4), int), []),
    ):
        with pytest.raises(ValueError, match="numbers of the data set"):
            call()
    with pytest.raises(ValueError, match="an index is 100, and the data set has 100"):
        cutmix.CutMix(seed=8).plan([100], SIZE, epoch=1, dataset_size=100)


def test_blends_have_no_boxes():
    plan = cutmix.MixUp(seed=8).plan(range(4), SIZE, epoch=1)
    for call in (lambda: plan.unite(np.zeros((4, 3), np.float32)), lambda: plan.objects(np.zeros((0, 4), int), [])):
        with pytest.raises(ValueError, match="have no box"):
            call()
    assert (plan.at((3, 3)).lam == plan.lam).all()
