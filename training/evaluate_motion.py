"""Lip-sync figures of the weights without rendering: voice -> embeddings -> tokens -> mouth of the face model.

    python training/evaluate_motion.py [--temperature T --top-k K] [--delay 0|1|2] [--boot 300] [--motion motion]

Runs the frame-by-frame path (cache and sinks) on the clips of eval-dev and scores aperture and width as series with
tools/lipsync_eval.py. It selects models in seconds; the figures that count are those of rendered video (npm run eval).
"""
import argparse
import json
import pathlib

import numpy as np
import torch

from check_lips import print_scores, score
from encoder_model import AudioEncoder, EncoderConfig
from face_basis import FaceBasis
from features import log_mel
from motion_batches import embeddings
from motion_data import load_audio, load_set
from motion_model import LEVEL_TEMPERATURE, MotionConfig, MotionTransformer, gumbel_noise
from residual_vq import Quantiser

ROOT = pathlib.Path(__file__).resolve().parent.parent
GROUPS = {'grid_s1_eval': 'grid_s1', 'grid_other': 'grid_other', 'grid_faces_dev': 'readers', 'continuous': 'continuous'}


@torch.no_grad()
def tokens_of(encoder, model, audio, delay, temperature=LEVEL_TEMPERATURE, top_k=MotionConfig.topK, seed=1):
    """Tokens [C, T, L] of audio f32 [C, 640 T], frame by frame through the cache."""
    c = model.config
    mel = torch.tensor(log_mel(audio))
    e = embeddings(encoder, mel, torch.full((len(mel),), delay))
    cache, out = model.initial_cache(len(e)), []
    previous = torch.zeros(len(e), c.levels, dtype=torch.long)
    for n in range(e.shape[1]):
        noise = np.stack([gumbel_noise(seed + i, n, c.levels, c.codebookSize) for i in range(len(e))])
        noise = noise * np.broadcast_to(np.asarray(temperature, np.float32), c.levels)[:, None]
        previous, _, cache = model.step(e[:, n], previous, n == 0, cache, torch.tensor(noise, dtype=torch.float32), top_k)
        out.append(previous)
    return torch.stack(out, 1).numpy()


def evaluate(encoder, model, quantiser, basis, work, data, delay=2, temperature=None, top_k=None, seed=1, boot=0,
             groups=GROUPS, folder=None):
    """{group: {measure: {value, ...}}} of lipsync_eval plus amplitude (P95 - P5, predicted over tracked)."""
    model.eval()
    temperature = LEVEL_TEMPERATURE if temperature is None else temperature
    series, extra = {}, {}
    for name, group in groups.items():
        d = load_set(work, name)
        audio = np.array(load_audio(work, name), np.float32)
        tokens = tokens_of(encoder, model, audio, delay, temperature, top_k or MotionConfig.topK, seed)
        latents = quantiser.decode(tokens.reshape(-1, tokens.shape[2])).reshape(*tokens.shape[:2], 70)
        coefficients = latents[..., :63] @ basis.to_expressions.T
        aperture, width, lids = basis.aperture(coefficients), basis.width(coefficients), basis.lids(coefficients)
        ours, theirs, blinks, frames = [], [], 0, 0
        for i, clip in enumerate(d['clips']):
            n = int(d['length'][i])
            clip = str(clip)
            series[clip if '_' in clip else f's1_{clip}'] = (aperture[i, :n], width[i, :n])
            ours.append(aperture[i, :n])
            theirs.append(d['aperture'][i, :n])
            shut = lids[i, :n] < 0.6 * np.percentile(lids[i, :n], 75)
            blinks += int((np.diff(shut.astype(int)) == 1).sum())
            frames += n
        spread = lambda x: float(np.subtract(*np.percentile(np.concatenate(x), [95, 5])))
        extra[group] = {'amplitude': {'value': spread(ours) / spread(theirs)},
                        'blinks_per_minute': {'value': blinks / frames * 1500},
                        'yaw_sd': {'value': float(np.std(latents[..., 64]))}}
    result = score(data, work, series, boot, folder)
    for group, r in result.items():
        r['measures'].update(extra[group])
    return result


def summary(result):
    """Short figures of each group: aperture and width r in speech, closures, contrast, stillness."""
    short = {'r_speech': 'r', 'r_speech_width': 'rw', 'lag_ms': 'lag', 'closure_recall': 'cr', 'closure_precision': 'cp',
             'contrast': 'con', 'round_recall': 'rnd', 'sil_speed': 'sil', 'speed_ratio': 'spd', 'amplitude': 'amp',
             'blinks_per_minute': 'blink', 'yaw_sd': 'yaw'}
    out = {}
    for group, r in result.items():
        m = r['measures']
        out[group] = {s: round(m[k]['value'], 2) for k, s in short.items() if k in m}
        if 'chance' in m.get('closure_recall', {}):
            out[group]['cr_chance'] = round(m['closure_recall']['chance'], 2)
    return out


def load(work, name):
    saved = torch.load(work / f'{name}.pt', weights_only=False)
    model = MotionTransformer(MotionConfig(**saved['config']))
    model.load_state_dict(saved['model'])
    enc = torch.load(work / f"{saved['encoder']}.pt", weights_only=False)
    encoder = AudioEncoder(EncoderConfig(**enc['config'])).eval()
    encoder.load_state_dict(enc['model'])
    return encoder, model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    parser.add_argument('--data', type=pathlib.Path, default=ROOT / '../shared/data')
    parser.add_argument('--motion', default='motion')
    parser.add_argument('--delay', type=int, default=2)
    parser.add_argument('--temperature', type=float, nargs='*')
    parser.add_argument('--top-k', type=int)
    parser.add_argument('--boot', type=int, default=0)
    parser.add_argument('--predictions', type=pathlib.Path, help='folder for the series, which bench/eval/paired.py compares with those of other weights')
    parser.add_argument('--full', action='store_true')
    args = parser.parse_args()
    torch.set_num_threads(1)
    encoder, model = load(args.work, args.motion)
    quantiser, basis = Quantiser.load(args.work), FaceBasis(FaceBasis.default_path())

    for t in args.temperature or [None]:
        r = evaluate(encoder, model, quantiser, basis, args.work, args.data, args.delay, t, args.top_k, boot=args.boot,
                     folder=args.predictions)
        print(f'temperature {t}')
        if args.full:
            print_scores('motion', r)
        for group, s in summary(r).items():
            print(f'  {group}: {json.dumps(s)}', flush=True)


if __name__ == '__main__':
    main()
