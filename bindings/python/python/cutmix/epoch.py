"""Which epoch it is, known to all workers of a data loader."""

from __future__ import annotations


class Epoch:
    """A number that the training process sets and its workers read.

    It lies in shared memory, since a worker that lives for several epochs never sees the training process's objects again.
    """

    def __init__(self) -> None:
        import torch

        self._number = torch.full((1,), -1, dtype=torch.int64).share_memory_()

    def set(self, epoch: int) -> None:
        if isinstance(epoch, bool) or not 0 <= epoch < 2**32:
            raise ValueError(f"epoch is {epoch!r}; it must lie in 0 to 2³² − 1")
        self._number[0] = epoch

    def get(self) -> int:
        epoch = int(self._number[0])
        if epoch < 0:
            raise ValueError("which epoch it is has not been said; call set_epoch(epoch) before each one")
        return epoch
