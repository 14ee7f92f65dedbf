"""Closures of a checkpoint on held-out voices, which have hundreds of lip sounds where eval-dev has a few.

    python training/evaluate_voices.py [--motion motion] [--delay 2] [--seed 1] [--boot 500] [--most 400]

Nobody was filmed saying these, so the target comes from the phones alone (and from the teacher, for the r of the opening):
lips closed on P, B and M, and wider on open vowels. Groups: people (readers and a digit speaker), natural (Kokoro),
robots (eSpeak NG, Flite). The measures are those of tools/lipsync_eval.py, relative to the range of each clip: recall
(lips within 15 % of the closed end of the range during the sound, one frame on each side allowed), the same by chance
(sounds of another clip of the group), precision (closed frames of speech that lie near such a sound), contrast (open
vowels minus P, B, M, as a share of the range). Intervals are 95 %, bootstrap over clips.
"""
import argparse
import json
import pathlib

import numpy as np
import torch

from evaluate_motion import load, tokens_of
from face_basis import FaceBasis
from motion_data import runs
from phones import FEATURES
from residual_vq import Quantiser
from train_encoder import HeldOutVoices

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLOSED, CLOSED_BOUNDS_IOD = 0.15, (0.008, 0.030)
MEASURES = ('r', 'recall', 'chance', 'precision', 'contrast')


def frames_of(feature):
    """[(first, last + 1)] of the video frames that each run of a bool [4 n] at 100 Hz touches."""
    return [(a // 4, (b - 1) // 4 + 1) for a, b in runs(feature)]


class Heard:
    """Targets of the frames of one clip, from its phones."""

    def __init__(self, features):
        name = {f: features[:, i] > 0.5 for i, f in enumerate(FEATURES)}
        self.lips = frames_of(name['bilabial'] & ~name['silence'])
        self.open = frames_of(name['open'] & name['vowel'])
        self.speech = ~name['silence'][::4]
        self.near = np.zeros(len(self.speech), bool)
        for a, b in self.lips:
            self.near[max(0, a - 1):b + 1] = True


def sums(aperture, teacher, heard, other):
    """(numerators, denominators) of the measures of one clip."""
    lo, hi = np.percentile(aperture, [2, 95])
    limit = np.clip(lo + CLOSED * (hi - lo), *CLOSED_BOUNDS_IOD)
    closed = aperture < limit
    hit = lambda spans: sum(closed[max(0, a - 1):b + 1].any() for a, b in spans if a < len(closed))
    count = lambda spans: sum(a < len(closed) for a, _ in spans)
    talk = heard.speech
    unit = lambda x: (x - x[talk].mean()) / (x[talk].std() + 1e-6)
    opened = [aperture[a:b].mean() for a, b in heard.open]
    pressed = [aperture[a:b].mean() for a, b in heard.lips]
    both = bool(opened and pressed)
    return np.array([
        [(unit(aperture) * unit(teacher))[talk].sum(), talk.sum()],
        [hit(heard.lips), len(heard.lips)],
        [hit(other.lips), count(other.lips)],
        [(closed & talk & heard.near).sum(), (closed & talk).sum()],
        [(np.mean(opened) - np.mean(pressed)) / (hi - lo) * len(pressed) if both else 0, len(pressed) if both else 0],
    ])


def evaluate(encoder, model, quantiser, basis, work, delay=2, seed=1, boot=500, most=400):
    """{group: {measure: [value, low, high]}, 'lip sounds': count}. `most` limits the seconds of each group."""
    model.eval()
    rng, out = np.random.default_rng(0), {}
    for group, clips in HeldOutVoices(work, most * 25).clips.items():
        if not clips:
            continue
        longest = max(len(c[2]) for c in clips)
        audio = np.stack([np.pad(wave, (0, longest * 640 - len(wave))) for wave, _, _ in clips])
        tokens = tokens_of(encoder, model, audio, delay, seed=seed)
        latents = quantiser.decode(tokens.reshape(-1, tokens.shape[2])).reshape(*tokens.shape[:2], 70)
        aperture = basis.aperture(latents[..., :63] @ basis.to_expressions.T)
        heard = [Heard(features) for _, features, _ in clips]
        step = len(clips) // 2 + 1
        parts = np.stack([sums(aperture[i, :len(c[2])], c[2], heard[i], heard[(i + step) % len(clips)]) for i, c in enumerate(clips)])
        share = lambda p: p[..., 0].sum(0) / np.maximum(1, p[..., 1].sum(0))
        draws = np.stack([share(parts[rng.integers(0, len(parts), len(parts))]) for _ in range(boot)])
        low, high = np.percentile(draws, [2.5, 97.5], axis=0)
        out[group] = {m: [round(float(x), 3) for x in v] for m, v in zip(MEASURES, np.stack([share(parts), low, high], 1))}
        out[group]['lip sounds'] = int(parts[:, 1, 1].sum())
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    parser.add_argument('--motion', default='motion')
    parser.add_argument('--delay', type=int, default=2)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--boot', type=int, default=500)
    parser.add_argument('--most', type=float, default=400, help='at most this many seconds of each group')
    args = parser.parse_args()
    torch.set_num_threads(1)
    encoder, model = load(args.work, args.motion)
    result = evaluate(encoder, model, Quantiser.load(args.work), FaceBasis(FaceBasis.default_path()), args.work, args.delay, args.seed,
                      args.boot, args.most)
    for group, measures in result.items():
        print(f'{group}: {json.dumps(measures)}')


if __name__ == '__main__':
    main()
