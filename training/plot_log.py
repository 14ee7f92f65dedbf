"""Plots the figures of a training run: python training/plot_log.py training/work/encoder.log [out.png]"""
import json
import pathlib
import sys

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt

SKIPPED = {'step', 'minutes', 'rate'}


def flat(value, name=''):
    """Leaves of nested tables and lists as {name: number}."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return {name: value} if isinstance(value, (int, float)) else {}
    out = {}
    for k, v in items:
        out.update(flat(v, f'{name}.{k}' if name else str(k)))
    return out


def main():
    path = pathlib.Path(sys.argv[1])
    rows = [flat(json.loads(line)) for line in path.read_text().splitlines()]
    panels = {}
    for name in {k for r in rows for k in r} - SKIPPED:
        panels.setdefault(name.rsplit('.', 1)[0], []).append(name)
    figure, axes = plt.subplots(len(panels), 1, figsize=(8, 2.4 * len(panels)), squeeze=False)
    for axis, (title, names) in zip(axes[:, 0], sorted(panels.items())):
        for name in sorted(names):
            points = [(r['minutes'], r[name]) for r in rows if name in r]
            axis.plot(*zip(*points), label=name.rsplit('.', 1)[-1], marker='.')
        axis.set_title(title)
        axis.legend(fontsize=6, ncols=4)
    axes[-1, 0].set_xlabel('minutes of training')
    figure.tight_layout()
    out = sys.argv[2] if len(sys.argv) > 2 else path.with_suffix('.png')
    figure.savefig(out, dpi=110)
    print(out)


if __name__ == '__main__':
    main()
