"""Scores a mouth given as series of aperture and width with the lip-sync evaluator of the data folder.

The functions are score() and print_scores(). Series have no pixels, so amplitude and lmd are not computed.
"""
import importlib.util
import json
import pathlib
import tempfile

import numpy as np

from encoder_data import read_segments


def load_evaluator(path):
    spec = importlib.util.spec_from_file_location('lipsync_eval', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entries(data, work, folder):
    """Entries of the evaluator with absolute paths: eval-dev, and the readers of DATA/faces as the group `readers`, with the phones of WORK/grid_phones.tsv."""
    data, out = pathlib.Path(data), []
    phones = read_segments(pathlib.Path(work) / 'grid_phones.tsv', 'clip')
    for name in ('eval-dev', 'faces'):
        for e in json.loads((data / name / 'manifest.json').read_text()):
            e = {**e, **{k: str((data / name / e[k]).resolve()) for k in ('audio', 'real', 'phones') if e.get(k)}}
            if name == 'faces':
                e['group'] = 'readers'
                if e['id'] in phones:
                    e['phones'] = f"{folder}/{e['id']}.json"
                    pathlib.Path(e['phones']).write_text(json.dumps({'phones': phones[e['id']]}))
            out.append(e)
    return out


def write_predictions(data, work, series, folder):
    """Writes series {clip id: (aperture [n], width [n])} as predictions for the evaluator into `folder`. Returns the list's path, entries with absolute paths."""
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    for e in entries(data, work, folder):
        if e['id'] not in series:
            continue
        path = folder / f"{e['id']}.npz"
        aperture, width = series[e['id']]
        np.savez(path, aperture=aperture, width=width)
        listed.append({**e, 'pred': str(path)})
    path = folder / 'predictions.json'
    path.write_text(json.dumps(listed, indent=1))
    return path, listed


def score(data, work, series, boot=0, folder=None):
    """{group: {measure: figures}} of series as in write_predictions; they stay in `folder`, if there is one."""
    evaluator = load_evaluator(pathlib.Path(data).parent / 'tools/lipsync_eval.py')
    with tempfile.TemporaryDirectory() as scratch:
        _, listed = write_predictions(data, work, series, folder or scratch)
        return evaluator.run(listed, str(scratch), boot)


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
