"""Plots the figures of a training run: python training/plot_log.py training/work/encoder.log [out.png]"""
import json
import pathlib
import sys

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt

SKIPPED = {'step', 'minutes', 'rate'}
COLUMNS = 3


def flat(value, name=''):
    """Leaves of nested dicts and lists as {name: number}."""
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
    rows_of_panels = -(-len(panels) // COLUMNS)
    figure, axes = plt.subplots(rows_of_panels, COLUMNS, figsize=(4 * COLUMNS, 2.2 * rows_of_panels), squeeze=False)
    for axis in axes.flat[len(panels):]:
        axis.axis('off')
    for axis, (title, names) in zip(axes.flat, sorted(panels.items())):
        for name in sorted(names):
            points = [(r['minutes'], r[name]) for r in rows if name in r]
            axis.plot(*zip(*points), label=name.rsplit('.', 1)[-1], marker='.')
        axis.set_title(title)
        axis.legend(fontsize=6, ncols=4)
    figure.supxlabel('minutes of training')
    figure.tight_layout()
    out = sys.argv[2] if len(sys.argv) > 2 else path.with_suffix('.png')
    figure.savefig(out, dpi=110)
    print(out)


if __name__ == '__main__':
    main()
