"""Stage 3c: reads the articulation that landmarks do not show out of the trained audio encoder.

    python training/articulation.py [--work training/work] [--encoder encoder_c]

Landmarks show neither the tongue nor lips that roll in. The tracked frames of M, B and P have a closed mouth but no
pressed lips, those of F and V hardly a lower lip at the teeth, and rounded lips come forward, which a frontal view does
not show. The phones determine all of these, and the encoder was trained on phones. So one logistic layer on its frozen
embedding gives TARGETS for every video frame. It is fitted on the training split of WORK/voices at all look-aheads; the
script prints the figures of the dev split. The layer is kept in the checkpoint of the encoder, from which export.py
takes it (and fits it if it is missing).
"""
import argparse
import json
import pathlib

import numpy as np
import torch
from torch.nn import functional as F

from encoder_data import PARTS, SAMPLES_PER_FRAME
from encoder_model import SILENCE_LEVEL, MEL_PER_FRAME, AudioEncoder, EncoderConfig
from features import log_mel
from phones import FEATURES

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Tongue tip at the ridge, tongue tip between the teeth, tongue back up; lips pressed, lower lip at the upper teeth, lips rounded.
TARGETS = ('tip', 'dental', 'back', 'press', 'labiodental', 'round')
TRAIN_FRAMES, DEV_FRAMES = 24_000, 6_000
STEPS = 400
RATE = 0.02
WEIGHT_DECAY = 1e-4


def targets(features):
    """f32 [..., 6], 0 ... 1, from articulatory features [..., FEATURES]: how far each articulator moves for the sound."""
    f = {name: features[..., i].astype(np.float32) for i, name in enumerate(FEATURES)}
    manner = np.max([f['stop'], f['nasal'], f['lateral'], 0.55 * f['fricative'], 0.35 * f['rhotic']], 0)
    tip = f['alveolar'] * manner + 0.4 * f['postalveolar']
    back = f['velar'] * np.max([f['stop'], f['nasal'], 0.7 * f['approximant'], 0.7 * f['fricative']], 0)
    back += f['vowel'] * (1 - f['front']) * (1 - f['open']) * 0.7
    return np.stack([tip, f['dental'], back, f['bilabial'], f['labiodental'], f['lip_round']], -1).clip(0, 1)


@torch.no_grad()
def embed(encoder, work, split, frames, seed=1):
    """Embeddings [n, D] and targets [n, 6] of about `frames` frames of whole clips; the clips take the look-aheads in turn."""
    folder = pathlib.Path(work) / 'voices'
    clips = [c for c in json.loads((folder / 'index.json').read_text())['clips'] if c['split'] == split]
    audio, features = (np.load(folder / f'{k}.npy', mmap_mode='r') for k in ('audio', 'features'))
    rows, wanted, count = [], [], 0
    for i in np.random.default_rng(seed).permutation(len(clips)):
        start, n = clips[i]['start'], clips[i]['frames']
        wave = audio[start * SAMPLES_PER_FRAME:(start + n) * SAMPLES_PER_FRAME] / np.float32(32768)
        delay = count % (encoder.config.lookaheadFrames + 1)
        mel = F.pad(torch.tensor(log_mel(wave)[:n * MEL_PER_FRAME]), (0, 0, 0, MEL_PER_FRAME * delay), value=SILENCE_LEVEL)
        e, _ = encoder(mel[None], torch.eye(encoder.config.lookaheadFrames + 1)[delay:delay + 1])
        rows.append(e[0, delay:])
        instants = np.array(features[start * PARTS:(start + n) * PARTS]).reshape(n, PARTS, -1)
        wanted.append(torch.tensor(targets(instants).mean(1)))
        count += n
        if count >= frames:
            break
    return torch.cat(rows), torch.cat(wanted)


def fit(encoder, work):
    """weight [6, D] and bias [6] of the logistic read-out."""
    e, wanted = embed(encoder, work, 'train', TRAIN_FRAMES)
    weight = torch.zeros(len(TARGETS), e.shape[1], requires_grad=True)
    bias = torch.logit(wanted.mean(0)).requires_grad_()
    optimiser = torch.optim.Adam([{'params': [weight], 'weight_decay': WEIGHT_DECAY}, {'params': [bias]}], lr=RATE)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group['lr'] = RATE * (1 - step / STEPS)
        optimiser.zero_grad()
        F.binary_cross_entropy_with_logits(e @ weight.T + bias, wanted).backward()
        optimiser.step()
    weight, bias = weight.detach(), bias.detach()
    e, wanted = embed(encoder, work, 'dev', DEV_FRAMES)
    ours = torch.sigmoid(e @ weight.T + bias)
    for k, name in enumerate(TARGETS):
        on, off = wanted[:, k] > 0.5, wanted[:, k] < 0.05
        r = np.corrcoef(ours[:, k], wanted[:, k])[0, 1]
        print(f'  {name}: r {r:.2f}, mean of positives {ours[on, k].mean():.2f}, of negatives {ours[off, k].mean():.2f} (dev)')
    return weight, bias


def apply(weight_bias, embeddings):
    """Articulation f32 [n, 6] from embeddings [n, D]."""
    weight, bias = weight_bias
    return torch.sigmoid(torch.as_tensor(embeddings) @ weight.T + bias).numpy()


def read_out(path, work):
    """Weight and bias for the encoder checkpoint at `path`. The first call fits them and stores them in the checkpoint."""
    saved = torch.load(path, weights_only=False)
    if 'articulation' not in saved:
        encoder = AudioEncoder(EncoderConfig(**saved['config']))
        encoder.load_state_dict(saved['model'])
        print('articulation: fitting the read-out')
        saved['articulation'] = fit(encoder.eval(), work)
        torch.save(saved, path.with_suffix('.tmp'))
        path.with_suffix('.tmp').rename(path)
    return saved['articulation']


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    parser.add_argument('--encoder', default='encoder', help='name of the checkpoint in WORK')
    args = parser.parse_args()
    torch.set_num_threads(1)
    read_out(args.work / f'{args.encoder}.pt', args.work)


if __name__ == '__main__':
    main()
