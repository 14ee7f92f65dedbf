"""What a linear read-out of different inputs knows about the mouths of people it has not seen.

    python training/people_left_out.py [--work training/work] [--data ../shared/data] [--inputs mel,embedding,...]

Ridge regression from one input to opening and width, fitted on the filmed speaker alone (s1) or on the twelve other readers
of grid_faces as well, each person brought to mean 0 and spread 1 and counted by the root of his clips. Scored by
tools/lipsync_eval.py on people who are in neither: the readers of grid_faces_dev, the other GRID speakers and the continuous
clips of eval-dev. It takes two minutes and needs no training, so it tells early what more people or another input are worth.

Inputs, all with 80 ms of look-ahead and the past 120 ms or more: `mel`, log-mel without the mean of the clip; `embedding`
of the audio encoder WORK/<--encoder>.pt; `phones`, the known phones (aligned, in continuous speech recognised) with their
times; `effort` (voice_effort.py). Join inputs with +.
"""
import argparse
import json
import pathlib
import tempfile

import numpy as np
import torch

from check_lips import entries, score
from features import MEL_BANDS, log_mel
from motion_batches import embeddings
from motion_data import load_audio, load_set
from phone_motion import raster, read_tsv_phones
from phones import parse_arpabet, split
from train_motion import load_encoder
from voice_effort import effort

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRAINED = {'s1': ('grid_s1',), 's1 and 12 people': ('grid_s1', 'grid_faces')}
LEFT_OUT = ('grid_s1_eval', 'grid_other', 'grid_faces_dev', 'continuous')
CLIPS = 240  # of s1, for speed
SHOWN = {'r_speech': 'r', 'r_speech_width': 'width', 'lag_ms': 'lag'}


def windows(rows, frames, per_frame, before, after):
    """Rows [frames * per_frame + n, k] of the past `before` and the next `after` rows of every frame, joined."""
    padded = np.concatenate([np.repeat(rows[:1], before, 0), rows, np.repeat(rows[-1:], after + per_frame, 0)])
    at = np.arange(frames) * per_frame
    return np.concatenate([padded[at + k] for k in range(before + per_frame + after)], 1)


class Inputs:
    def __init__(self, args):
        self.encoder = load_encoder(args.work, args.encoder)
        with tempfile.TemporaryDirectory() as folder:
            listed = entries(args.data, args.work, folder)
            self.phones = {e['id'].removeprefix('s1_'): json.loads(pathlib.Path(e['phones']).read_text())['phones'] for e in listed if e.get('phones')}
        self.phones = {**read_tsv_phones(args.work / 'grid_phones.tsv'), **self.phones}

    def mel(self, clip, samples, frames):
        mel = log_mel(np.concatenate([samples, np.zeros(1280, np.float32)]))
        mel = (mel - mel[:4 * frames].mean(0)).reshape(-1, 2, MEL_BANDS).mean(1)
        return windows(mel, frames, 2, 6, 4)

    def embedding(self, clip, samples, frames):
        with torch.no_grad():
            e = embeddings(self.encoder, torch.tensor(log_mel(samples))[None], torch.tensor([2]))[0].numpy()
        return windows(e, frames, 1, 2, 0)

    def phones_of(self, clip, samples, frames):
        if clip not in self.phones:
            return None
        rows = raster(split(self.phones[clip], parse_arpabet), frames).reshape(frames * 2, 2, -1).mean(1)
        return windows(rows, frames, 2, 6, 4)

    def effort(self, clip, samples, frames):
        return windows(effort(samples, frames).reshape(frames * 2, 2, -1).mean(1), frames, 2, 6, 4)

    def read(self, kind, clip, samples, frames):
        parts = [getattr(self, {'phones': 'phones_of'}.get(k, k))(clip, samples, frames) for k in kind.split('+')]
        return None if any(p is None for p in parts) else np.concatenate(parts, 1)


def examples(inputs, kind, work, name):
    """[(clip, speaker, input [n, k], opening and width [n, 2], valid [n])] of a set."""
    d, audio, out = load_set(work, name), load_audio(work, name), []
    step = max(1, len(d['clips']) // CLIPS)
    for i in range(0, len(d['clips']), step):
        n, clip = int(d['length'][i]), str(d['clips'][i])
        x = inputs.read(kind, clip, np.array(audio[i, :n * 640], np.float32), n)
        if x is not None:
            out.append((clip, str(d['speakers'][i]), x, np.stack([d['aperture'][i, :n], d['width'][i, :n]], 1), d['valid'][i, :n]))
    return out


def fit(rows, ridge):
    """A function from input to normalised opening and width."""
    people = {}
    for row in rows:
        people.setdefault(row[1], []).append(row)
    xs, ys, ws = [], [], []
    for own in people.values():
        y = np.concatenate([r[3][r[4]] for r in own])
        mean, scale = y.mean(0), y.std(0)
        for _, _, x, y, ok in own:
            xs.append(x[ok])
            ys.append((y[ok] - mean) / scale)
            ws.append(np.full(ok.sum(), len(own) ** -0.5))
    x, y, w = np.concatenate(xs), np.concatenate(ys), np.concatenate(ws)[:, None]
    w = w / w.mean()
    mean, scale = (x * w).mean(0), x.std(0) + 1e-6
    z = (x - mean) / scale
    weights = np.linalg.solve((z * w).T @ z / len(z) + ridge * np.eye(z.shape[1]), (z * w).T @ y / len(z))
    return lambda x: (x - mean) / scale @ weights


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    parser.add_argument('--data', type=pathlib.Path, default=ROOT / '../shared/data')
    parser.add_argument('--encoder', default='shipped_encoder')
    parser.add_argument('--inputs', default='mel,embedding,phones,phones+effort,embedding+effort')
    parser.add_argument('--ridge', type=float, default=0.3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    inputs = Inputs(args)
    for kind in args.inputs.split(','):
        sets = {name: examples(inputs, kind, args.work, name) for name in {*sum(TRAINED.values(), ()), *LEFT_OUT}}
        for title, trained in TRAINED.items():
            read_out = fit([row for name in trained for row in sets[name]], args.ridge)
            series = {}
            for clip, _, x, _, _ in (row for name in LEFT_OUT for row in sets[name]):
                y = read_out(x)
                series[clip if '_' in clip else f's1_{clip}'] = (y[:, 0], y[:, 1])
            result = score(args.data, args.work, series)
            told = {g: {s: round(r['measures'][k]['value'], 2) for k, s in SHOWN.items()} for g, r in result.items()}
            print(f'{kind}, {title}: {json.dumps(told)}', flush=True)


if __name__ == '__main__':
    main()
