"""The curves behind the scores: openings of the real and the rendered mouth, what counts as closed, head and lids.

    python bench/eval/series.py lipsync_eval.py MANIFEST > series.json

It serves the curves and pictures. The figures of the table come from lipsync_eval.py itself, whose functions are used
here.
"""
import importlib.util
import json
import os
import sys

import numpy as np

FEWEST_FRAMES = 25
HEAD = ('yaw_sd', 'pitch_sd', 'yaw_speed', 'blinks_per_minute')


def load_evaluator(path):
    spec = importlib.util.spec_from_file_location('lipsync_eval', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_clips(ev, path):
    """The clips of a list of predictions, with paths relative to it. A clip in which no face was found is left out."""
    root = os.path.dirname(os.path.abspath(path))
    with open(path) as f:
        entries = json.load(f)
    for e in entries:
        real = ev.delay(ev.load(os.path.join(root, e['real']), e.get('real_size')), e.get('real_delay_ms', 0))
        pred = ev.load(os.path.join(root, e['pred']), e.get('pred_size'))
        if min(np.isfinite(s['aperture']).sum() for s in (real, pred)) < FEWEST_FRAMES:
            continue
        phones = ev.read_phones(os.path.join(root, e['phones'])) if e.get('phones') else None
        yield ev.Clip(real, pred, phones, os.path.join(root, e['audio']), e['id'], e['group'], e['speaker'])


def numbers(x):
    return [round(float(v), 5) if np.isfinite(v) else None for v in x]


def main():
    ev = load_evaluator(sys.argv[1])
    clips, described = [], {}
    for clip in read_clips(ev, sys.argv[2]):
        clips.append(clip)
        group = described.setdefault(clip.group, {'real': [], 'rendered': []})
        group['real'].append(ev.describe(clips[-1].real))
        group['rendered'].append(ev.describe(clips[-1].pred))
    closed = {}
    for speaker in {(c.group, c.speaker) for c in clips}:
        own = [c for c in clips if (c.group, c.speaker) == speaker]
        speech = np.concatenate([c.speech for c in own])
        closed[speaker] = [float(ev.levels(np.concatenate([getattr(c, side)['aperture'] for c in own]), speech, True)['closed'])
                           for side in ('real', 'pred')]
    out = [dict(id=c.name, group=c.group, speaker=c.speaker, real=numbers(c.real['aperture']), rendered=numbers(c.pred['aperture']),
                r_speech=float(ev.pearson(ev.sums(c.real['aperture'], c.pred['aperture'], c.speech))),
                real_closed=closed[c.group, c.speaker][0], rendered_closed=closed[c.group, c.speaker][1],
                speech=[bool(v) for v in c.speech], phones=c.phones or []) for c in clips]
    mean = lambda rows, key: float(np.mean([r[key] for r in rows if key in r])) if any(key in r for r in rows) else None
    head = {g: {k: {side: mean(d[side], k) for side in ('real', 'rendered')} for k in HEAD} for g, d in described.items()}
    json.dump({'clips': out, 'head': head}, sys.stdout)


if __name__ == '__main__':
    main()
