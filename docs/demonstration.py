#!/usr/bin/env python3
"""What the run without arguments comes to with 20 seeds instead of 5, and on which pictures; a few minutes on two cores.

    docs/demonstration.py > docs/demonstration.txt
"""

import csv
import json
import pathlib
import statistics
import subprocess
import tempfile

ARMS = ["baseline", "cutmix"]
# Test picture n is of class n % 8, and shows this, in turn (host/src/data/synthetic/mod.rs).
CLASSES = 8
VIEWS = ["the whole animal", "its face hidden", "another's face in a corner", "both"]


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as scratch:
        run = pathlib.Path(scratch) / "run"
        command = ["cargo", "run", "--quiet", "-p", "host", "--", "compare", "--repeat", "20", "--device", "cpu", "--json"]
        output = subprocess.run([*command, "--out", run], cwd=root, stdout=subprocess.PIPE, check=True)
        summary = json.loads(output.stdout)
        right = {(arm, view): [] for arm in ARMS for view in VIEWS}
        for seed in summary["seeds"]:
            for arm in ARMS:
                of_seed = {view: [] for view in VIEWS}
                with open(run / f"seed-{seed}" / arm / "predictions.csv", newline="") as file:
                    for line in csv.DictReader(file):
                        view = VIEWS[int(line["image"]) // CLASSES % len(VIEWS)]
                        of_seed[view].append(line["class"] == line["predicted"])
                for view, answers in of_seed.items():
                    right[arm, view].append(100 * statistics.mean(answers))

    seeds = summary["seeds"]
    print(f"ResNet-8, {summary['train_images']} training and {summary['test_images']} test pictures of each seed, "
          f"{summary['epochs']} epochs, seeds {seeds[0]} to {seeds[-1]}\n")
    print(f"{'test accuracy, %':28} {'without CutMix':>16} {'with CutMix':>16}")
    for view in VIEWS:
        print(f"{view:28}", *(f"{statistics.mean(right[arm, view]):16.1f}" for arm in ARMS))
    reached = [summary["arms"][arm] for arm in ARMS]
    print(f"{'all':28}", *(f"{100 * arm['test_accuracy']:16.1f}" for arm in reached))
    print(f"{'standard deviation of seeds':28}", *(f"{100 * arm['test_accuracy_deviation']:16.1f}" for arm in reached))
    difference = summary["difference"]
    print(f"\ndifference {100 * difference['mean']:+.1f} ± {100 * difference['margin']:.1f} points, 95 % confidence interval\n")
    print("seed", *(f"{seed:6}" for seed in seeds))
    pairs = zip(*(arm["test_accuracies"] for arm in reached))
    print("gain", *(f"{100 * (after - before):+6.1f}" for before, after in pairs))


if __name__ == "__main__":
    main()
