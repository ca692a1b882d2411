"""`cutmix.audit` on CutMix as torchvision, timm, kornia and Keras release it, and on ours.

    pip install -r benches/peers/requirements.txt    # on Linux, PyPI's torch brings 3 GB of CUDA with it
    pip install ./bindings/python
    python benches/peers/audit.py                    # 4 minutes; --markdown for the table of README.md, --json FILE for all of it

Each is called as its documentation says. What one has no parameter for is not asked of it.
"""

import argparse
import json
import os
import warnings

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

# PyTorch before TensorFlow: both bring an LLVM, and the other way about they do not bear each other.
import torch
import torchvision
import kornia
import timm
from timm.data.mixup import Mixup
from torchvision.transforms import v2

import tensorflow as tf
import keras

import cutmix

VERSIONS = {"torchvision": torchvision.__version__.split("+")[0]}

def in_torchvision(alpha, p, seed, num_classes):
    torch.manual_seed(seed)
    mix = v2.CutMix(alpha=alpha, num_classes=num_classes)
    return lambda images, labels, indices: mix(torch.from_numpy(images), torch.from_numpy(labels))


def in_timm(mode):
    def make(alpha, p, seed, num_classes):
        np.random.seed(seed)
        mix = Mixup(mixup_alpha=0, cutmix_alpha=alpha, prob=p, mode=mode, label_smoothing=0, num_classes=num_classes)
        return lambda images, labels, indices: mix(torch.from_numpy(images), torch.from_numpy(labels))

    return make


def in_kornia(alpha, p, seed, num_classes):
    torch.manual_seed(seed)
    mix = kornia.augmentation.RandomCutMixV2(p=p, beta=alpha, data_keys=["input", "class"], use_correct_lambda=True)

    def call(images, labels, indices):
        mixed, labels = mix(torch.from_numpy(images), torch.from_numpy(labels))
        return mixed, tuple(labels[0].T)  # the class, the partner's, and lambda

    return call


def in_keras(alpha, p, seed, num_classes):
    layer = keras.layers.CutMix(factor=alpha, seed=seed)
    eye = np.eye(num_classes, dtype=np.float32)
    mix = tf.function(lambda images, labels: layer({"images": images, "labels": labels}, training=True))

    def call(images, labels, indices):
        mixed = mix(tf.constant(images), tf.constant(eye[labels]))
        return mixed["images"], mixed["labels"]

    return call


def ours(alpha, p, seed, num_classes):
    return cutmix.CutMix(alpha, p=p, seed=seed, num_classes=num_classes)


FLOATS = {"dtype": "float32"}
SUBJECTS = [
    (f"cutmix {cutmix.__version__}", ours, {}),
    (f"torchvision {VERSIONS['torchvision']} CutMix", in_torchvision, {"p": None}),
    (f"timm {timm.__version__} Mixup, batch", in_timm("batch"), FLOATS),
    (f"timm {timm.__version__} Mixup, elem", in_timm("elem"), FLOATS),
    (f"timm {timm.__version__} Mixup, elem, of bytes", in_timm("elem"), {}),
    (f"kornia {kornia.__version__} RandomCutMixV2", in_kornia, {**FLOATS, "batches": 400}),
    (f"Keras {keras.__version__} CutMix", in_keras, {**FLOATS, "layout": "NHWC", "p": None}),
]


def cell(finding):
    """A finding in a few words."""
    first = finding.evidence.split(":")[0].split(";")[0].split(",")[0]
    if finding.verdict == "no":
        said = finding.mistake or (first if first.startswith(("is ", "λ ")) else "")
        return f"**no**: {said}" if said else "**no**"
    return first if finding.verdict == "-" else "yes"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true", help="one table of all, in short")
    parser.add_argument("--json", help="file for all findings")
    parser.add_argument("--only", default="", help="a part of the name")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    audits = []
    for name, make, options in SUBJECTS:
        if arguments.only in name:
            audits.append(cutmix.audit(make, name=name, show=not arguments.markdown, **options))
            if not arguments.markdown:
                print()
    if arguments.markdown:
        print("| | " + " | ".join(audit.name for audit in audits) + " |")
        print("|---|" + "---|" * len(audits))
        for findings in zip(*(audit.findings for audit in audits)):
            print(f"| {findings[0].check} | " + " | ".join(map(cell, findings)) + " |")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump([audit.as_dict() for audit in audits], file, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main()
