"""CutMix within the batches of a PyTorch `DataLoader`."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from ._cutmix import Mixer
from .epoch import Epoch


class Indexed:
    """A map-style data set whose samples say which they are: sample `i` becomes `(i, dataset[i])`.

    `Collate` needs that, since a `DataLoader` does not tell its collate function which samples a batch has.
    """

    def __init__(self, dataset: Any) -> None:
        if not (hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")):
            raise TypeError("samples are known by their index; pass a map-style data set, with __getitem__ and __len__")
        self.dataset = dataset
        if hasattr(dataset, "__getitems__"):
            # PyTorch looks for it, and asks for a whole batch at once where it is.
            self.__getitems__ = self._samples

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[int, Any]:
        return int(index), self.dataset[index]

    def _samples(self, indices: Sequence[int]) -> list[tuple[int, Any]]:
        return list(zip(map(int, indices), self.dataset.__getitems__(indices)))


class Collate:
    """A collate function that mixes the batch: `DataLoader(Indexed(dataset), collate_fn=Collate(mix))`.

    A sample's box is drawn from (seed, epoch, index), whoever draws it. So batches are the same with any number of workers, living on from epoch to
    epoch or not, in any process, and after a resumed epoch. The partner comes from the same batch, so which one it is depends on which samples share
    a batch; `MixedDataset` takes partners from the whole data set, where that does not matter either.

    Args:
        mix: a `CutMix`, `MixUp` or `Choice`.
        collate: makes the batch that is mixed of the samples; PyTorch's `default_collate` by default. It must return images and labels, and memory
            that nothing else uses, since the images are mixed in place.

    A batch is `(images, labels)`, where labels are what the mix makes of them: soft labels, or a tuple (a, b, λ).
    """

    def __init__(self, mix: Mixer, *, collate: Callable[[list[Any]], Any] | None = None) -> None:
        if not isinstance(mix, Mixer):
            raise TypeError(f"mix is a {type(mix).__name__}; pass a CutMix, a MixUp or a Choice")
        self.mix = mix
        self.collate = collate
        self._epoch = Epoch()

    def set_epoch(self, epoch: int) -> None:
        """Says which epoch comes; to be called before each one, as of a `DistributedSampler`. Counted from 0."""
        self._epoch.set(epoch)

    def __call__(self, samples: list[tuple[int, Any]]) -> tuple[Any, Any]:
        import torch.utils.data

        epoch = self._epoch.get()
        try:
            indices = [int(index) for index, _ in samples]
        except (TypeError, ValueError):
            raise TypeError("samples do not say which they are; wrap the data set in cutmix.Indexed") from None
        batch = (self.collate or torch.utils.data.default_collate)([sample for _, sample in samples])
        try:
            images, labels = batch
        except (TypeError, ValueError):
            raise TypeError("a sample is (image, label), and these are not; pass collate= to make images and labels of them") from None
        # Where there are workers, these are what the cores are for.
        threads = 1 if torch.utils.data.get_worker_info() is not None else None
        return images, self.mix.mix(images, labels, epoch=epoch, indices=indices, threads=threads)
