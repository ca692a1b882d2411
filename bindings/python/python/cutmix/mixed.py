"""A data set whose images are mixed, each with another one of the whole set."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._cutmix import Mixer
from .epoch import Epoch


class MixedDataset:
    """Sample `i` is image `i` of `dataset`, mixed with its partner of this epoch, and the soft label.

    Partner and box depend on (seed, epoch, index) and the size of the data set alone: not on the batch size, the order, the number of workers or of
    processes. They are those that the Rust trainer `host` draws. An image is loaded twice an epoch, once as itself and once as a partner.

    Args:
        dataset: a map-style data set of `(image, label)`: an array or tensor [C, H, W] ([H, W, C] if `mix` has the layout NHWC), and a class number.
        mix: a `CutMix`, `MixUp` or `Choice` with `num_classes`.
    """

    def __init__(self, dataset: Any, mix: Mixer) -> None:
        if not isinstance(mix, Mixer):
            raise TypeError(f"mix is a {type(mix).__name__}; pass a CutMix, a MixUp or a Choice")
        if mix.labels != "soft" or mix.num_classes is None:
            raise ValueError("samples get soft labels; give the mix num_classes, and labels=\"soft\"")
        self.dataset = dataset
        self.mix = mix
        self._epoch = Epoch()

    def set_epoch(self, epoch: int) -> None:
        """Says which epoch comes; to be called before each one, as of a `DistributedSampler`. Counted from 0."""
        self._epoch.set(epoch)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image, label = self.dataset[index]
        # A copy, since the data set may hand out what it keeps, or the same memory for the next one.
        mixed, tensor = _copy(image)
        size = mixed.shape[2:] if self.mix.layout == "NCHW" else mixed.shape[1:3]
        plan = self.mix.plan([index], size, epoch=self._epoch.get(), dataset_size=len(self))
        other, other_label = self.dataset[int(plan.partners[0])]
        plan.apply(mixed, _copy(other)[0])
        soft = plan.soft_labels(
            [int(label)], self.mix.num_classes, partners=[int(other_label)], smoothing=self.mix.smoothing
        )
        if tensor:
            import torch

            return mixed[0], torch.from_numpy(soft[0])
        return mixed[0], soft[0]


def _copy(image: Any) -> tuple[Any, bool]:
    """A batch of one, and whether it is a tensor."""
    tensor = hasattr(image, "clone")
    copy = image.clone()[None] if tensor else np.array(image)[None]
    if copy.ndim != 4:
        raise ValueError(f"an image of shape {list(copy.shape[1:])}; pass [C, H, W], or [H, W, C] with the layout NHWC")
    return copy, tensor
