"""Compares two sets of predictions on the same clips: the difference of every measure, with its interval.

    python bench/eval/paired.py lipsync_eval.py BEFORE.json AFTER.json [BOOT] > paired.json

BEFORE and AFTER are lists of predictions for lipsync_eval.py, with paths relative to each. Clips are matched by id. The
bootstrap draws the same clips for both, so what makes a clip easy or hard cancels. The intervals are 95 %. `better` is the
share of the draws in which the second set has the larger value.
"""
import json
import sys

import numpy as np

from series import load_evaluator, read_clips

SEED = 1
FEWEST_DRAWS = 20


def compare(ev, before, after, boot):
    """{group: {clips, measures: {measure: {before, after, difference, low, high, better}}}} of the common clips."""
    common = [id for id in before if id in after]
    result = {}
    for group in sorted({before[id].group for id in common}):
        members = [id for id in common if before[id].group == group]
        sides = [ev.collect([clips[id] for id in members]) for clips in (before, after)]
        every = np.arange(len(members))
        first, second = (ev.combine(side, every) for side in sides)
        rng = np.random.default_rng(SEED)
        draws = [[ev.combine(side, index) for side in sides]
                 for index in (rng.integers(0, len(members), len(members)) for _ in range(boot if len(members) > 1 else 0))]
        measures = {}
        for key in second:
            if key not in first or key.startswith(('real_', 'chance_')):
                continue
            d = np.array([b.get(key, np.nan) - a.get(key, np.nan) for a, b in draws], float)
            d = d[np.isfinite(d)]
            known = len(d) > FEWEST_DRAWS
            low, high = np.percentile(d, [2.5, 97.5]) if known else (np.nan, np.nan)
            measures[key] = dict(before=float(first[key]), after=float(second[key]), difference=float(second[key] - first[key]),
                                 low=float(low), high=float(high), better=float(np.mean(d > 0)) if known else np.nan)
        result[group] = dict(clips=len(members), measures=measures)
    return result


def main():
    ev = load_evaluator(sys.argv[1])
    before, after = ({clip.name: clip for clip in read_clips(ev, path)} for path in sys.argv[2:4])
    json.dump(compare(ev, before, after, int(sys.argv[4]) if len(sys.argv) > 4 else 500), sys.stdout)


if __name__ == '__main__':
    main()
