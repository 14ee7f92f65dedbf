"""Lip-sync of the shipped graphs on degraded sound, in series mode, without rendering. Every clip begins from a fresh start.

    python training/robustness.py [--models models] [--data ../shared/data] [--only 'clean;no look-ahead'] [--json out.json]

Prints r_speech of opening and width, closure recall and contrast for every condition and group of eval-dev, and the share
of the clean correlation that is lost. Needs ffmpeg for the codec.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import soundfile
from scipy.signal import fftconvolve

from check_lips import score
from face_basis import FaceBasis
from features import SAMPLE_RATE_HZ
from shipped_model import MODELS, ShippedModel

ROOT = pathlib.Path(__file__).resolve().parent.parent
MEASURES = {'r_speech': 'opening', 'r_speech_width': 'width', 'closure_recall': 'closed', 'contrast': 'contrast'}
QUIET_DBFS = -30
SNR_DB = 10
BABBLE_VOICES = 6
REVERBERATION_S = 0.5  # time for a decay of 60 dB
DIRECT_TO_ECHO_DB = 3


def level(x):
    """Root mean square of the parts that are not silent."""
    frames = x[:len(x) // 640 * 640].reshape(-1, 640)
    power = (frames ** 2).mean(1)
    return np.sqrt(power[power > 0.01 * power.max()].mean())


def added(x, noise, snr_db):
    return x + noise * level(x) / level(noise) * 10 ** (-snr_db / 20)


def mp3(x, kbit=32):
    """Encodes and decodes. It uses files, because only a finished file records the delay that players remove."""
    with tempfile.TemporaryDirectory() as folder:
        run = lambda *args: subprocess.run(['ffmpeg', '-v', 'error', *args], cwd=folder, check=True)
        soundfile.write(f'{folder}/voice.wav', x, SAMPLE_RATE_HZ)
        run('-i', 'voice.wav', '-b:a', f'{kbit}k', 'voice.mp3')
        run('-i', 'voice.mp3', '-ar', str(SAMPLE_RATE_HZ), 'back.wav')
        out, _ = soundfile.read(f'{folder}/back.wav', dtype='float32')
    return np.pad(out, (0, max(0, len(x) - len(out))))[:len(x)]


def room(x, rng):
    """Adds a reverberation of exponentially decaying white noise to the direct sound."""
    n = int(REVERBERATION_S * SAMPLE_RATE_HZ)
    tail = rng.normal(size=n) * 10 ** (-3 * np.arange(n) / n)
    tail *= 10 ** (-DIRECT_TO_ECHO_DB / 20) / np.sqrt((tail ** 2).sum())
    tail[0] += 1
    return fftconvolve(x, tail)[:len(x)]


def conditions(sounds):
    """{name: (look-ahead in frames, clip index -> sound)}. `sounds` are all clips, from which babble is mixed."""
    rng = lambda i: np.random.default_rng([7, i])

    def babble(i):
        others = rng(i).permutation([j for j in range(len(sounds)) if j != i])[:BABBLE_VOICES]
        return sum(np.resize(sounds[j], len(sounds[i])) / level(sounds[j]) for j in others)
    same = lambda i: sounds[i]
    return {
        'clean': (2, same),
        '40 ms of look-ahead': (1, same),
        'no look-ahead': (0, same),
        f'level {QUIET_DBFS} dBFS': (2, lambda i: sounds[i] * 10 ** (QUIET_DBFS / 20) / level(sounds[i])),
        f'white noise, {SNR_DB} dB': (2, lambda i: added(sounds[i], rng(i).normal(size=len(sounds[i])), SNR_DB)),
        f'babble, {SNR_DB} dB': (2, lambda i: added(sounds[i], babble(i), SNR_DB)),
        'mp3, 32 kbit/s': (2, lambda i: mp3(sounds[i])),
        f'room, {REVERBERATION_S} s': (2, lambda i: room(sounds[i], rng(i))),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--models', type=pathlib.Path, default=MODELS)
    parser.add_argument('--data', type=pathlib.Path, default=ROOT / '../shared/data')
    parser.add_argument('--only', help='names of conditions, separated by ;')
    parser.add_argument('--json', type=pathlib.Path)
    args = parser.parse_args()
    model, basis = ShippedModel(args.models), FaceBasis(FaceBasis.default_path())
    entries = json.loads((args.data / 'eval-dev/manifest.json').read_text())
    sounds = [soundfile.read(args.data / 'eval-dev' / e['audio'], dtype='float32')[0] for e in entries]
    table = {}
    for name, (delay, spoil) in conditions(sounds).items():
        if args.only and name not in args.only.split(';'):
            continue
        series = {e['id']: model.mouth_of(basis, spoil(i).astype(np.float32), delay)[1:] for i, e in enumerate(entries)}
        table[name] = {group: {k: round(r['measures'][k]['value'], 3) for k in MEASURES}
                       for group, r in score(args.data, series).items()}
        for group, row in table[name].items():
            clean = table.get('clean', {}).get(group)
            lost = f'  {100 * (1 - row["r_speech"] / clean["r_speech"]):+.0f} % of r lost' if clean else ''
            print(f'{name:22s}{group:12s}' + '  '.join(f'{label} {row[k]:.2f}' for k, label in MEASURES.items()) + lost, flush=True)
    if args.json:
        args.json.write_text(json.dumps(table, indent=1) + '\n')


if __name__ == '__main__':
    main()
