"""CutMix (Yun et al., 2019, arXiv 1905.04899), exact and reproducible.

    import numpy as np, cutmix

    mix = cutmix.CutMix(alpha=1.0, num_classes=10, seed=42)
    images = np.zeros((32, 3, 32, 32), np.uint8)
    labels = np.arange(32) % 10
    soft = mix(images, labels, epoch=0, indices=range(32))

Every sample has a random stream of its own, of (seed, epoch, index): its box does not depend on the batch, the number of workers or the machine.
"""

from ._cutmix import Choice, CutMix, Mixer, MixUp, Plans, Record, order
from .audits import Audit, Finding, audit
from .capture import Capture, Damage, open_capture, rgb
from .collate import Collate, Indexed
from .mixed import MixedDataset

__version__ = "0.1.0"

__all__ = [
    "Audit",
    "Capture",
    "Choice",
    "Collate",
    "CutMix",
    "Damage",
    "Finding",
    "Indexed",
    "MixUp",
    "MixedDataset",
    "Mixer",
    "Plans",
    "Record",
    "audit",
    "open_capture",
    "order",
    "rgb",
]
