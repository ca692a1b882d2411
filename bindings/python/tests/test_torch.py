"""Tensors, and PyTorch's data loader. Passed over where PyTorch is not installed."""

import numpy as np
import pytest
import reference

import cutmix

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from torch.utils.data import DataLoader, Dataset  # noqa: E402

KINDS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool]
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def as_bytes(tensor):
    return tensor.contiguous().view(torch.uint8).numpy().tobytes()


def random_images(shape, kind, seed=0):
    torch.manual_seed(seed)
    return torch.randn(shape).to(kind) if kind.is_floating_point else torch.randint(0, 100, shape).to(kind)


@pytest.mark.parametrize("kind", KINDS + FLOATS, ids=str)
@pytest.mark.parametrize("form", ["contiguous", "channels_last", "strided"])
def test_tensors_of_every_type(kind, form):
    images = random_images((8, 3, 10, 12), kind)
    if form == "channels_last":
        images = images.to(memory_format=torch.channels_last)
    elif form == "strided":
        images = random_images((16, 3, 10, 24), kind)[::2, :, :, ::2]
    labels = torch.arange(8) % 5
    mix = cutmix.CutMix(num_classes=5, seed=4)
    plan = mix.plan(torch.arange(8), images.shape[-2:], epoch=1)
    expected = images.clone()
    for image, ((x0, y0, x1, y1), partner) in enumerate(zip(plan.boxes, plan.partners)):
        expected[image, :, y0:y1, x0:x1] = images[partner, :, y0:y1, x0:x1]
    address, stride = images.data_ptr(), images.stride()
    soft = mix(images, labels, epoch=1, indices=torch.arange(8))
    assert as_bytes(images) == as_bytes(expected)
    assert (images.data_ptr(), images.stride()) == (address, stride)
    assert isinstance(soft, torch.Tensor) and soft.dtype == torch.float32
    np.testing.assert_allclose(soft, reference.soft(labels, plan.lam, plan.partners, 5), atol=2**-23)


@pytest.mark.parametrize("kind", [torch.uint8, torch.int8, torch.int16, torch.float16, torch.bfloat16, torch.float32], ids=str)
def test_mixup_of_tensors(kind):
    images = random_images((8, 3, 10, 12), kind)
    before = images.double()
    mix = cutmix.MixUp(num_classes=5, seed=4)
    plan = mix.plan(range(8), (10, 12), epoch=0)
    mix(images, torch.arange(8) % 5, epoch=0, indices=range(8))
    lam = torch.from_numpy(plan.kept / 65536)[:, None, None, None]
    exact = lam * before + (1 - lam) * before[plan.partners]
    # Half a unit of what the type holds, of the sum and of each product in float32.
    step = 0.5 if not kind.is_floating_point else 0.0
    share = torch.finfo(kind).eps if kind.is_floating_point else 0.0
    reach = lam * before.abs() + (1 - lam) * before[plan.partners].abs()
    assert ((images.double() - exact).abs() <= step + share * 2 * reach + 1e-6).all()


def test_pair_of_tensors():
    mix = cutmix.CutMix(labels="pair", seed=0)
    labels = torch.tensor([5, 6, 7, 8], dtype=torch.int32)
    first, second, lam = mix(torch.zeros(4, 3, 8, 8), labels, epoch=0, indices=range(4))
    assert first is labels and second.tolist() == labels[mix.plan(range(4), (8, 8), epoch=0).partners].tolist()
    assert lam.dtype == torch.float32


def test_what_is_refused():
    mix = cutmix.CutMix(num_classes=2, seed=0)
    call = lambda images: mix(images, [0, 1], epoch=0, indices=[0, 1])  # noqa: E731
    with pytest.raises(TypeError, match="requires a gradient"):
        call(torch.zeros(2, 3, 8, 8, requires_grad=True))
    with pytest.raises(TypeError, match="not on the CPU|does not hand over"):
        call(torch.zeros(2, 3, 8, 8, device="meta"))
    with pytest.raises(TypeError, match="does not hand over"):
        call(torch.zeros(2, 3, 8, 8).to_sparse())
    with pytest.raises(TypeError, match="DLPack's type 5"):
        call(torch.zeros(2, 3, 8, 8, dtype=torch.complex64))
    with pytest.raises(ValueError, match="lie in the same memory"):
        call(torch.zeros(1, 3, 8, 8).expand(2, 3, 8, 8))


def test_the_boxes_by_torch_where_the_images_are():
    images, labels = random_images((16, 3, 20, 30), torch.float32), torch.arange(16) % 7
    mix = cutmix.CutMix(num_classes=7, seed=3)
    expected = images.clone()
    soft = mix(expected, labels, epoch=2, indices=range(16))

    # As in README.md, on whatever device the images are.
    boxes, partners, lam = (torch.from_numpy(part).to(images.device) for part in mix.plan(range(16), images.shape[-2:], epoch=2))
    x0, y0, x1, y1 = boxes.T[:, :, None, None]
    y, x = torch.meshgrid(torch.arange(images.shape[2]), torch.arange(images.shape[3]), indexing="ij")
    inside = (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
    mixed = torch.where(inside[:, None], images[partners], images)

    assert torch.equal(mixed, expected)
    eye = torch.eye(7)[labels]
    torch.testing.assert_close(soft, lam[:, None] * eye + (1 - lam[:, None]) * eye[partners])


class Images(Dataset):
    """A hundred images, each its number all over."""

    def __init__(self, count=100):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return torch.full((3, 8, 8), index, dtype=torch.uint8), index % 10


def batches(loader):
    return [(images.numpy().tobytes(), labels.numpy().tobytes()) for images, labels in loader]


def epochs(mix, which, workers=0, method=None, persistent=False, batch=16):
    collate = cutmix.Collate(mix)
    options = dict(multiprocessing_context=method, persistent_workers=persistent) if workers else {}
    loader = DataLoader(cutmix.Indexed(Images()), batch, num_workers=workers, collate_fn=collate, **options)
    seen = []
    for epoch in which:
        collate.set_epoch(epoch)
        seen.append(batches(loader))
    return seen


@pytest.mark.filterwarnings("ignore:This DataLoader will create 3 worker processes")
@pytest.mark.parametrize("make", ["cutmix", "choice"])
def test_a_loader_with_any_workers(make):
    mix = cutmix.CutMix(num_classes=10, seed=5)
    if make == "choice":
        mix = cutmix.Choice(mix, cutmix.MixUp(num_classes=10, seed=5))
    expected = epochs(mix, [0, 1, 2])
    assert expected[0] != expected[1] != expected[2]
    for workers, method, persistent in [(1, "fork", False), (3, "fork", True), (2, "spawn", True)]:
        assert epochs(mix, [0, 1, 2], workers, method, persistent) == expected, (workers, method, persistent)
    # A run that is taken up again.
    assert epochs(mix, [2], 2, "fork", True) == expected[2:]


def test_a_loader_left_in_the_middle_of_an_epoch():
    mix = cutmix.CutMix(num_classes=10, seed=5)
    expected = epochs(mix, [1])
    collate = cutmix.Collate(mix)
    loader = DataLoader(cutmix.Indexed(Images()), 16, num_workers=2, persistent_workers=True, collate_fn=collate)
    collate.set_epoch(0)
    for _ in loader:
        break
    collate.set_epoch(1)
    assert [batches(loader)] == expected


class AtOnce(Images):
    """A data set that loads whole batches, as those of Hugging Face do."""

    def __getitems__(self, indices):
        return [self[index] for index in indices]

    def __getitem__(self, index):
        return super().__getitem__(index)


def test_a_data_set_that_loads_batches():
    mix = cutmix.CutMix(num_classes=10, seed=5)
    expected = epochs(mix, [0])[0]
    assert not hasattr(cutmix.Indexed(Images()), "__getitems__")
    for options in ({}, dict(num_workers=1, multiprocessing_context="spawn")):
        collate = cutmix.Collate(mix)
        collate.set_epoch(0)
        assert batches(DataLoader(cutmix.Indexed(AtOnce()), 16, collate_fn=collate, **options)) == expected


class OneBuffer(Images):
    """A data set that hands out the same memory again and again."""

    buffer = torch.zeros((3, 8, 8), dtype=torch.bfloat16)

    def __getitem__(self, index):
        return self.buffer.fill_(index), index % 10


def test_a_data_set_of_one_buffer():
    mix = cutmix.CutMix(num_classes=10, seed=5)
    datasets = [cutmix.MixedDataset(images(), mix) for images in (Images, OneBuffer)]
    for dataset in datasets:
        dataset.set_epoch(1)
    for index in range(100):
        (image, soft), (other, other_soft) = (dataset[index] for dataset in datasets)
        assert torch.equal(image, other.to(torch.uint8)) and torch.equal(soft, other_soft)


def test_batches_are_those_of_mix():
    mix = cutmix.CutMix(num_classes=10, seed=5)
    images = torch.stack([Images()[index][0] for index in range(16)])
    soft = mix(images, torch.arange(16) % 10, epoch=0, indices=range(16))
    assert epochs(mix, [0])[0][0] == (images.numpy().tobytes(), soft.numpy().tobytes())


def test_boxes_of_two_ranks_are_those_of_one():
    """A rank sees every other sample. The boxes are the same, the partners are of its own batches."""
    mix = cutmix.CutMix(seed=5, labels="pair")

    def lambdas(indices, batch):
        collate = cutmix.Collate(mix)
        collate.set_epoch(3)
        loader = DataLoader(cutmix.Indexed(Images()), batch, sampler=indices, collate_fn=collate)
        return np.concatenate([lam for _, (_, _, lam) in loader])

    whole = lambdas(range(100), 10)
    assert (lambdas(range(0, 100, 2), 5) == whole[::2]).all()
    assert (lambdas(range(1, 100, 2), 25) == whole[1::2]).all()


def mixed_dataset(epoch, **options):
    dataset = cutmix.MixedDataset(Images(), cutmix.CutMix(num_classes=10, seed=5, **options))
    dataset.set_epoch(epoch)
    return dataset


@pytest.mark.parametrize("rule", ["random-cycle", "shuffle", "other-class"])
def test_partners_from_the_whole_data_set(rule):
    labels = [index % 10 for index in range(100)]
    dataset = mixed_dataset(4, partners=rule, dataset_labels=labels if rule == "other-class" else None)
    if rule == "other-class":
        partners = reference.partners_by_class(labels, 5, 4, rule)
    else:
        partners = reference.partners_of_data_set(100, 5, 4, rule)
    boxes = dataset.mix.plan(range(100), (8, 8), epoch=4, dataset_size=100).boxes
    for index in range(100):
        image, soft = dataset[index]
        expected = torch.full((3, 8, 8), index, dtype=torch.uint8)
        x0, y0, x1, y1 = boxes[index]
        expected[:, y0:y1, x0:x1] = partners[index]
        assert torch.equal(image, expected)
        cut = (x1 - x0) * (y1 - y0) / 64
        weights = np.zeros(10)
        weights[index % 10] += 1 - cut
        weights[partners[index] % 10] += cut
        np.testing.assert_allclose(soft, weights, atol=2**-23)


def test_nothing_but_seed_epoch_and_index_matters_to_a_mixed_data_set():
    expected = {index: tuple(map(as_bytes, mixed_dataset(1)[index])) for index in range(100)}
    for batch, workers in [(1, 0), (7, 2), (100, 1)]:
        dataset = mixed_dataset(0)
        order = np.random.default_rng(batch).permutation(100).tolist()
        loader = DataLoader(dataset, batch, sampler=order, num_workers=workers, persistent_workers=workers > 0)
        list(loader)
        dataset.set_epoch(1)
        seen = [(image, soft) for images, labels in loader for image, soft in zip(images, labels)]
        assert {index: tuple(map(as_bytes, sample)) for index, sample in zip(order, seen)} == expected


def test_what_loaders_refuse():
    mix = cutmix.CutMix(num_classes=10, seed=5)
    collate = cutmix.Collate(mix)
    with pytest.raises(ValueError, match=r"call set_epoch\(epoch\)"):
        next(iter(DataLoader(cutmix.Indexed(Images()), 4, collate_fn=collate)))
    with pytest.raises(ValueError, match="epoch is -1"):
        collate.set_epoch(-1)
    collate.set_epoch(0)
    with pytest.raises(TypeError, match="cutmix.Indexed"):
        collate([torch.zeros(3, 8, 8)])
    with pytest.raises(TypeError, match="map-style"):
        cutmix.Indexed(iter([]))
    with pytest.raises(TypeError, match="pass a CutMix"):
        cutmix.Collate(len)
    with pytest.raises(ValueError, match="num_classes"):
        cutmix.MixedDataset(Images(), cutmix.CutMix(seed=0))
    with pytest.raises(ValueError, match=r"call set_epoch\(epoch\)"):
        cutmix.MixedDataset(Images(), mix)[0]
