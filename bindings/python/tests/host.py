"""The plans of a whole epoch, by `host plan` and by this package.

    cargo build -p host
    python bindings/python/tests/host.py target/debug/host
"""

import json
import subprocess
import sys

import cutmix


def main(host):
    compared = 0
    for seed, epoch, count, width, height, alpha, rule in [
        (42, 0, 10, 32, 32, 0.25, "paper"),
        (7, 3, 1000, 48, 20, 1.0, "at-least-one-pixel"),
        (2**64 - 1, 2**32 - 1, 257, 97, 61, 0.2, "inside"),
    ]:
        options = dict(seed=seed, epoch=epoch, count=count, width=width, height=height, alpha=alpha)
        arguments = [f"--{name}={value}" for name, value in options.items()]
        said = subprocess.check_output([host, "plan", *arguments, f"--box-rule={rule}", "--json"], text=True)
        lines = [json.loads(line) for line in said.splitlines()]

        order = cutmix.order(count, seed=seed, epoch=epoch)
        mix = cutmix.CutMix(alpha, seed=seed, rule=rule, partners="shuffle")
        plans = mix.plan(order, (height, width), epoch=epoch, dataset_size=count)
        ours = [
            dict(index=index, partner=partner, x0=x0, y0=y0, x1=x1, y1=y1, kept=kept, total=total)
            for index, partner, (x0, y0, x1, y1), kept, total in zip(
                order.tolist(), plans.partners.tolist(), plans.boxes.tolist(), plans.kept.tolist(), plans.total.tolist()
            )
        ]
        assert ours == lines, (options, next(pair for pair in zip(ours, lines) if pair[0] != pair[1]))
        compared += count
    print(f"{compared} plans by Python and by host: all the same.")


main(sys.argv[1])
