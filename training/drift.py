"""One hour of speech through the shipped graphs: do level, liveliness and lip-sync of the motion stay constant?

    python training/drift.py [--minutes 60] [--seed 1] [--models models] [--json docs/drift.json] [--svg docs/drift.svg]

The voice consists of real recordings (data/speech, and the GRID s1 sentences of the training, whose mouth was tracked)
in a seeded order, the two kinds mixed evenly over the hour, with pauses. Encoder and transformer run frame by frame on
onnxruntime with one set of state tensors from the first frame to the last, as in the browser (shipped_model.py). For
every five minutes the script reports mean and spread of opening, width and head pose, closures, blinks, and the
correlation of the opening with the tracked mouth in the GRID sentences. A straight line through the blocks gives the
change over the hour with its 95 % interval. The last block is computed once more from a fresh start of the model, with
the same voice. Nothing is rendered: the mouth is that of the face model.
"""
import argparse
import csv
import hashlib
import json
import pathlib

import numpy as np
import soundfile
from scipy import stats

from face_basis import PITCH, ROLL, YAW, FaceBasis
from motion_data import load_audio, load_set
from shipped_model import FRAME_SAMPLES, MODELS, ShippedModel, Stream

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK_MINUTES = 5
PAUSE_S = (0.3, 2.0)
ROOM_NOISE = 10 ** (-70 / 20)
CLOSED = 0.15  # share of the range from the 2nd to the 95th percentile of the opening, as in the evaluator
LIMIT = 0.05  # changes over the run up to this share count as none
# Their change is reported as a share of the start; the others are angles, whose change is in degrees.
RELATIVE = ('opening mean', 'opening sd', 'opening speed', 'width mean', 'width sd', 'yaw sd', 'pitch sd', 'roll sd',
            'closures a minute', 'blinks a minute', 'r to the tracked mouth')


def recordings(data, work):
    """One pool for each kind of recording; items are (pcm [640 n], tracked opening [n] or None)."""
    grid, sound = load_set(work, 'grid_s1'), load_audio(work, 'grid_s1')
    tracked = [(np.array(sound[i][:n * FRAME_SAMPLES], np.float32), grid['aperture'][i, :n])
               for i, n in enumerate(grid['length'].astype(int))]
    read = []
    with open(data / 'speech/manifest.tsv', encoding='utf8') as f:
        for row in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE):
            pcm, rate = soundfile.read(data / 'speech' / row['file'], dtype='float32')
            assert rate == 25 * FRAME_SAMPLES
            read.append((pcm[:len(pcm) // FRAME_SAMPLES * FRAME_SAMPLES], None))
    return [tracked, read]


def programme(pools, frames, seed):
    """Returns the voice f32 [frames * 640], a mask of the frames of speech, and the tracked opening (NaN where it is unknown)."""
    rng = np.random.default_rng(seed)
    total = [sum(len(pcm) for pcm, _ in pool) for pool in pools]
    orders, used = [list(rng.permutation(len(pool))) for pool in pools], [0, 0]
    audio = (ROOM_NOISE * rng.normal(size=frames * FRAME_SAMPLES)).astype(np.float32)
    speech, tracked, at = np.zeros(frames, bool), np.full(frames, np.nan), 0
    while at < frames:
        kind = int(np.argmin([u / t for u, t in zip(used, total)]))  # the kind that has been used least, relative to its length
        if not orders[kind]:
            orders[kind] = list(rng.permutation(len(pools[kind])))
        pcm, opening = pools[kind][orders[kind].pop()]
        used[kind] += len(pcm)
        n = min(len(pcm) // FRAME_SAMPLES, frames - at)
        audio[at * FRAME_SAMPLES:(at + n) * FRAME_SAMPLES] += pcm[:n * FRAME_SAMPLES]
        speech[at:at + n] = True
        if opening is not None:
            tracked[at:at + n] = opening[:n]
        at += n + int(25 * rng.uniform(*PAUSE_S))
    return audio, speech, tracked


def falls(mask):
    return int((np.diff(mask.astype(int)) == 1).sum())


def figures(basis, latents, speech, tracked, closed, shut):
    """Figures of a block. A mouth below `closed` counts as closed, an eye below `shut` as shut."""
    coefficients = latents[:, :63] @ basis.to_expressions.T
    opening, width, lids = basis.aperture(coefficients), basis.width(coefficients), basis.lids(coefficients)
    minutes, known = len(latents) / 1500, np.isfinite(tracked)
    out = {'opening mean': opening[speech].mean(), 'opening sd': opening[speech].std(),
           'opening speed': np.abs(np.diff(opening))[speech[1:]].mean() * 25,
           'width mean': width[speech].mean(), 'width sd': width[speech].std(),
           'closures a minute': falls((opening < closed) & speech) / (speech.sum() / 1500),
           'blinks a minute': falls(lids < shut) / minutes,
           'opening in pauses, sd': opening[~speech].std()}
    if known.sum() > 100:
        out['r to the tracked mouth'] = np.corrcoef(opening[known], tracked[known])[0, 1]
    for name, index in (('yaw', YAW), ('pitch', PITCH), ('roll', ROLL)):
        out[f'{name} sd'], out[f'{name} mean'] = latents[:, index].std(), latents[:, index].mean()
    return {k: float(v) for k, v in out.items()}


def change(values):
    """Change of a straight line through the blocks from first to last, with its 95 % interval, in the unit of the values."""
    x = (np.arange(len(values)) + 0.5) / len(values)
    line = stats.linregress(x, values)
    reach = stats.t.ppf(0.975, len(values) - 2) * line.stderr if len(values) > 2 else float('nan')
    return line.slope, line.slope - reach, line.slope + reach


def plot(path, blocks):
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    plt.rcParams.update({'svg.fonttype': 'none', 'font.size': 8, 'text.color': '#808080', 'axes.edgecolor': '#808080',
                         'axes.labelcolor': '#808080', 'xtick.color': '#808080', 'ytick.color': '#808080',
                         'svg.hashsalt': 'drift'})
    names = ['opening mean', 'opening sd', 'width sd', 'closures a minute', 'blinks a minute', 'r to the tracked mouth', 'yaw sd',
             'pitch sd']
    figure, axes = plt.subplots(2, 4, figsize=(10, 3.6))
    minutes = BLOCK_MINUTES * (np.arange(len(blocks)) + 0.5)
    for axis, name in zip(axes.flat, names):
        values = [b.get(name, np.nan) for b in blocks]
        axis.plot(minutes, values, marker='.', color='#3b82f6')
        axis.axhline(np.nanmean(values), color='#808080', linewidth=0.6)
        axis.set_ylim(0, 1.35 * np.nanmax(values))
        axis.set_title(name, fontsize=8)
        axis.patch.set_alpha(0)
    axes[-1, 0].set_xlabel('minutes')
    figure.tight_layout()
    figure.savefig(path, transparent=True, metadata={'Date': None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--minutes', type=float, default=60)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--models', type=pathlib.Path, default=MODELS)
    parser.add_argument('--data', type=pathlib.Path, default=ROOT / '../shared/data')
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    parser.add_argument('--json', type=pathlib.Path, default=ROOT / 'docs/drift.json')
    parser.add_argument('--svg', type=pathlib.Path, default=ROOT / 'docs/drift.svg')
    args = parser.parse_args()
    basis, model = FaceBasis(FaceBasis.default_path()), ShippedModel(args.models)
    block = BLOCK_MINUTES * 1500
    count = int(args.minutes // BLOCK_MINUTES)
    if count < 3:
        raise SystemExit(f'--minutes must be at least {3 * BLOCK_MINUTES}: a straight line needs three blocks')
    audio, speech, tracked = programme(recordings(args.data, args.work), count * block, args.seed)
    latents = np.empty((count * block, 70), np.float32)
    for n, latent in enumerate(Stream(model, seed=args.seed).frames(audio)):
        latents[n] = latent
        if (n + 1) % block == 0:
            print(f'{(n + 1) // 1500} minutes', flush=True)
    last = slice((count - 1) * block, count * block)
    fresh = np.array(list(Stream(model, seed=args.seed).frames(audio[last.start * FRAME_SAMPLES:])))

    coefficients = latents[:, :63] @ basis.to_expressions.T
    opening, lids = basis.aperture(coefficients), basis.lids(coefficients)
    low, high = np.percentile(opening[speech], [2, 95])
    limits = dict(closed=low + CLOSED * (high - low), shut=0.6 * np.percentile(lids, 75))
    blocks = [figures(basis, latents[s], speech[s], tracked[s], **limits)
              for s in (slice(i * block, (i + 1) * block) for i in range(count))]
    again = figures(basis, fresh, speech[last], tracked[last], **limits)
    result = {'minutes': count * BLOCK_MINUTES, 'seed': args.seed, 'speech_share': float(speech.mean()),
              'weights': hashlib.sha256((args.models / 'motion.safetensors').read_bytes()).hexdigest()[:16], 'measures': {}}
    print(f'{"":24s}{"first":>8s}{"last":>8s}{"fresh":>8s}   change over the run [95 %]')
    for name in blocks[0]:
        values = np.array([b[name] for b in blocks])
        slope = change(values)
        row = {'blocks': values.round(5).tolist(), 'last_block_from_a_fresh_start': round(again[name], 5)}
        if name in RELATIVE:
            row['change'], *row['interval'] = [round(float(v / abs(values.mean())), 4) for v in slope]
            row['within_limit'] = abs(row['change']) <= LIMIT
            verdict = f'{"within" if row["within_limit"] else "beyond"} {LIMIT:.0%}'
            if row['interval'][0] * row['interval'][1] < 0:
                verdict += ', not told from none'
            text = f'{100 * row["change"]:+.1f} % [{100 * row["interval"][0]:+.1f}, {100 * row["interval"][1]:+.1f}]  {verdict}'
        else:
            row['change'], *row['interval'] = [round(float(v), 5) for v in slope]
            text = f'{row["change"]:+.3f} [{row["interval"][0]:+.3f}, {row["interval"][1]:+.3f}]'
        result['measures'][name] = row
        print(f'{name:24s}{values[0]:8.3f}{values[-1]:8.3f}{again[name]:8.3f}   {text}')
    args.json.write_text(json.dumps(result, indent=1) + '\n')
    plot(args.svg, blocks)


if __name__ == '__main__':
    main()
