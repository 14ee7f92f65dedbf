"""Scores a mouth given as series of aperture and width with the lip-sync evaluator of the data folder.

The functions are score() and print_scores(). Series have no pixels, so amplitude and lmd are not computed.
"""
import importlib.util
import json
import pathlib
import tempfile

import numpy as np


def load_evaluator(path):
    spec = importlib.util.spec_from_file_location('lipsync_eval', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def score(data, series, boot=0):
    """series: {clip id of the eval-dev manifest: (aperture [n], width [n])} -> {group: {measure: figures}}."""
    data = pathlib.Path(data)
    evaluator = load_evaluator(data.parent / 'tools/lipsync_eval.py')
    manifest = json.loads((data / 'eval-dev/manifest.json').read_text())
    with tempfile.TemporaryDirectory() as folder:
        entries = []
        for e in manifest:
            if e['id'] not in series:
                continue
            path = pathlib.Path(folder) / f"{e['id']}.npz"
            aperture, width = series[e['id']]
            np.savez(path, aperture=aperture, width=width)
            entries.append({**e, 'pred': str(path)})
        return evaluator.run(entries, str(data / 'eval-dev'), boot)


def print_scores(title, result):
    shown = ('r_speech', 'lag_ms', 'r_speech_width', 'closure_recall', 'closure_precision', 'contrast', 'fv_recall',
             'open_recall', 'round_recall', 'sil_speed', 'speed_ratio')
    for group, r in result.items():
        cells = []
        for k in shown:
            if k in r['measures']:
                m = r['measures'][k]
                extra = f" ({m['real']:.2f}/{m['chance']:.2f})" if 'real' in m and 'chance' in m else ''
                cells.append(f"{k} {m['value']:.2f}{extra}")
        print(f'{title} {group}: ' + ', '.join(cells), flush=True)
