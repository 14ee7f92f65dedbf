"""Stage 3: trains the audio encoder on several tasks at once.

    python training/train_encoder.py [--minutes 25] [--work training/work] [--data ../shared/data] [--sets grid_s1,...]

The tasks use the embedding alone: phone (40 classes) and articulatory features at four instants of each frame; lip code
and opening and width of the mouth where they are known; class of the first lip codebook; speech or not. The look-ahead is
drawn for each recording (mostly 80 ms). The same command resumes an interrupted training from WORK/encoder.pt, which is
written every two minutes. The learning rate follows the minutes spent, not the steps, so that every machine keeps the
time budget. Figures go to WORK/encoder.log (plot: training/plot_log.py).
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from encoder_data import ARPABET_IDS, FEATURES, PARTS, Batches, all_sources, background, read_segments
from encoder_model import AudioEncoder, EncoderConfig
from face_basis import FaceBasis
from features import log_mel
from motion_data import load_audio, load_set
from precision import fast_products
from residual_vq import LIP_CODES, Quantiser

ROOT = pathlib.Path(__file__).resolve().parent.parent
FRAMES, BATCH = 100, 10
DELAY_SHARES = np.array([0.15, 0.2, 0.65])
PEAK_RATE, WEIGHT_DECAY = 1.5e-3, 0.05
SAVE_EVERY_S = 240
# Steps in which new task heads are trained for an encoder that has none (restore.py). The encoder is fixed meanwhile.
HEADS_ALONE = 1200
# Features that are visible on the face count more than those inside the mouth.
VISIBLE = {'bilabial': 4.0, 'labiodental': 2.0, 'lip_round': 2.0, 'open': 2.0, 'silence': 2.0}


class Heads(nn.Module):
    """Task heads; they are used only in training."""

    def __init__(self, size, mouth):
        super().__init__()
        self.phones = nn.Linear(size, PARTS * len(ARPABET_IDS))
        self.features = nn.Linear(size, PARTS * len(FEATURES))
        self.mouth = nn.Linear(size, mouth)
        self.code = nn.Linear(size, 256)


class Mouth:
    """Targets of the mouth: lip code, aperture and width, each scaled to a standard deviation of 1."""

    def __init__(self, work):
        self.quantiser, self.basis = Quantiser.load(work), FaceBasis(FaceBasis.default_path())
        d = load_set(work, 'grid_s1')
        raw = self.raw(d['latents'][::4].reshape(-1, 70))
        self.mean, self.scale = raw.mean(0), np.maximum(raw.std(0), 0.15 * raw[:, 0].std())
        self.scale[-2:] = raw[:, -2:].std(0)

    def raw(self, latents):
        z = (latents - self.quantiser.mean) @ self.quantiser.encode_map[:LIP_CODES].T
        c = latents[:, :63] @ self.basis.to_expressions.T
        return np.concatenate([z, self.basis.aperture(c)[:, None], self.basis.width(c)[:, None]], 1).astype(np.float32)

    def __call__(self, latents):
        return ((self.raw(latents) - self.mean) / self.scale).astype(np.float32)

    def code(self, mouth):
        """Class of the first codebook of mouth targets [.., m]."""
        z = mouth[..., :LIP_CODES] * torch.tensor(self.scale[:LIP_CODES]) + torch.tensor(self.mean[:LIP_CODES])
        book = torch.tensor(self.quantiser.codebooks[0][:, :LIP_CODES])
        return torch.cdist(z.reshape(-1, LIP_CODES), book).argmin(1).view(z.shape[:-1])


MOUTH_SIZE = LIP_CODES + 2


def losses(model, heads, mouth, batch, delay):
    """Weighted loss and its parts; delay i64 [B]."""
    with fast_products():
        e, speech = model(batch['mel'], F.one_hot(delay, 3).float())
    e, speech = e.float(), speech.float()
    # step t describes frame t - delay
    n = e.shape[1]
    at = torch.arange(n)[None] - delay[:, None]
    seen = at >= 0
    at = at.clamp_min(0)
    rows = torch.arange(len(delay))[:, None]
    e = e[seen]
    ids, features, target, ok = (batch[k][rows, at][seen] for k in ('ids', 'features', 'mouth', 'mouth_ok'))
    known = ids[:, 0] >= 0
    parts = {}
    logits = heads.phones(e).view(-1, PARTS, len(ARPABET_IDS))
    parts['phones'] = F.cross_entropy(logits.flatten(0, 1), ids.flatten(), ignore_index=-1, label_smoothing=0.05)
    weight = torch.tensor([VISIBLE.get(f, 0.7) for f in FEATURES])
    bce = F.binary_cross_entropy_with_logits(heads.features(e).view(-1, PARTS, len(FEATURES)), features, weight, reduction='none')
    parts['features'] = (bce.mean((1, 2)) * known).sum() / known.sum().clamp_min(1)
    m = heads.mouth(e)
    error = F.smooth_l1_loss(m, target, reduction='none', beta=0.5)
    weight = torch.ones(MOUTH_SIZE)
    weight[[0, 1, -2, -1]] = torch.tensor([3.0, 2.0, 5.0, 3.0])
    # viewers read the ends of the range, closed lips and open vowels, but most frames lie between them: weight the ends more
    telling = 1 + 0.5 * target[:, -2].abs().clamp_max(2)
    parts['mouth'] = ((error * weight).sum(1) / weight.sum() * ok * telling).sum() / (ok * telling).sum().clamp_min(1)
    code = F.cross_entropy(heads.code(e), mouth.code(target), reduction='none', label_smoothing=0.05)
    parts['code'] = (code * ok).sum() / ok.sum().clamp_min(1)
    talk = 1 - features[..., FEATURES.index('silence')].mean(1)
    parts['speech'] = (F.binary_cross_entropy_with_logits(speech[seen], talk, reduction='none') * known).sum() / known.sum().clamp_min(1)
    total = 0.5 * parts['phones'] + parts['features'] + 2.5 * parts['mouth'] + 0.25 * parts['code'] + 0.5 * parts['speech']
    return total, {k: float(v.detach()) for k, v in parts.items()}


@torch.no_grad()
def probe(model, heads, work, delay=2):
    """Correlation of the regressed aperture and width with the tracked ones on the held-out sets."""
    out = {}
    for name in ('grid_s1_eval', 'grid_other', 'continuous'):
        d, audio = load_set(work, name), load_audio(work, name)
        ours, real = [], []
        for i, n in enumerate(d['length']):
            mel = torch.tensor(log_mel(np.array(audio[i, :n * 640])))[None]
            e, _ = model(F.pad(mel, (0, 0, 0, 4 * delay), value=-1.70), torch.eye(3)[delay:delay + 1])
            m = heads.mouth(e[0, delay:]).numpy()[:, -2:]
            ok = d['valid'][i, :n]
            norm = lambda x: (x - x.mean(0)) / (x.std(0) + 1e-6)
            ours.append(norm(m[ok]))
            real.append(norm(np.stack([d['aperture'][i, :n], d['width'][i, :n]], 1)[ok]))
        a, b = np.concatenate(ours), np.concatenate(real)
        out[name] = [round(float((a[:, k] * b[:, k]).mean()), 3) for k in (0, 1)]
    return out


class HeldOutVoices:
    """Recordings of the speakers that `voices` keeps out of the training. Settings are chosen by them.

    A call returns, for people, near-natural voices and robots, unchanged and with white noise at 10 dB, the correlation of
    the regressed aperture with that of the teacher while somebody speaks, and the F1 of the bilabials at 10 ms.
    """

    GROUPS = {'speech': 'people', 'digits': 'people', 'kokoro': 'natural', 'flite': 'robots', 'espeak': 'robots', 'espeak_world': 'robots'}
    NOISE_DB = -10

    def __init__(self, work, most_frames=2400):
        folder = pathlib.Path(work) / 'voices'
        index = json.loads((folder / 'index.json').read_text())
        audio, features, aperture = (np.load(folder / f'{k}.npy', mmap_mode='r') for k in ('audio', 'features', 'aperture'))
        self.clips = {name: [] for name in self.GROUPS.values()}
        for clip in index['clips']:
            if clip['split'] != 'dev' or clip['source'] not in self.GROUPS:
                continue
            group = self.clips[self.GROUPS[clip['source']]]
            a, b = clip['start'], clip['start'] + clip['frames']
            if sum(len(c[2]) for c in group) < most_frames:
                group.append((audio[640 * a:640 * b] / np.float32(32768), np.array(features[4 * a:4 * b], np.float32), np.array(aperture[a:b])))

    @torch.no_grad()
    def __call__(self, model, heads, delay=2):
        out, rng = {}, np.random.default_rng(0)
        for name, clips in self.clips.items():
            if not clips:  # a small set of voices may have none of this kind
                continue
            for noise in (False, True):
                ours, real, found, true = [], [], [], []
                for wave, features, aperture in clips:
                    if noise:
                        level = np.sqrt(np.mean(wave ** 2)) * 10 ** (self.NOISE_DB / 20)
                        wave = wave + level * rng.normal(size=wave.shape).astype(np.float32)
                    mel = F.pad(torch.tensor(log_mel(wave))[None], (0, 0, 0, 4 * delay), value=-1.70)
                    e = model(mel, torch.eye(3)[delay:delay + 1])[0][0, delay:]
                    talk = features[::4, FEATURES.index('silence')] < 0.5
                    m = heads.mouth(e)[:, -2].numpy()
                    if talk.sum() > 10:
                        norm = lambda x: (x - x.mean()) / (x.std() + 1e-6)
                        ours.append(norm(m[talk]))
                        real.append(norm(aperture[talk]))
                    lips = FEATURES.index('bilabial')
                    found.append(heads.features(e).view(-1, len(FEATURES))[:, lips].numpy() > 0)
                    true.append(features[:, lips] > 0.5)
                found, true = np.concatenate(found), np.concatenate(true)
                f1 = 2 * (found & true).sum() / max(1, found.sum() + true.sum())
                r = float((np.concatenate(ours) * np.concatenate(real)).mean()) if ours else 0.0
                out[name + ('_noise' if noise else '')] = [round(r, 3), round(float(f1), 3)]
        return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--minutes', type=float, default=25)
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    parser.add_argument('--data', type=pathlib.Path, default=ROOT / '../shared/data')
    parser.add_argument('--sets', default='grid_s1:0.3,voices:0.7', help='set:weight,...')
    parser.add_argument('--out', default='encoder')
    parser.add_argument('--peak', type=float, default=PEAK_RATE)
    parser.add_argument('--start', help='start from the weights of this run in WORK, with a new schedule')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--heads-only', action='store_true', help='train the task heads alone; the encoder stays as it is')
    parser.add_argument('--save-every', type=float, default=SAVE_EVERY_S, help='seconds between checkpoints')
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)  # on a shared machine a second thread mostly waits
    mouth = Mouth(args.work)
    model, heads = AudioEncoder(), Heads(EncoderConfig().embeddingSize, MOUTH_SIZE)
    everything = list(model.parameters()) + list(heads.parameters())
    decayed = [p for p in everything if p.ndim > 1]
    optimiser = torch.optim.AdamW([{'params': decayed}, {'params': [p for p in everything if p.ndim <= 1], 'weight_decay': 0}],
                                  lr=args.peak, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.98))
    spent, step, heads_alone = 0.0, 0, 0
    path = args.work / f'{args.out}.pt'
    if path.exists():
        saved = torch.load(path, weights_only=False)
        model.load_state_dict(saved['live'])
        heads.load_state_dict(saved['heads'])
        optimiser.load_state_dict(saved['optimiser'])
        spent, step, heads_alone = saved['spent'], saved['step'], saved['heads_alone']
    elif args.start:
        saved = torch.load(args.work / f'{args.start}.pt', weights_only=False)
        model.load_state_dict(saved['model'])
        if 'heads' in saved:
            heads.load_state_dict(saved['heads'])
        else:
            heads_alone = HEADS_ALONE
    average = {k: v.clone() for k, v in (saved['model'] if path.exists() else model.state_dict()).items()}
    segments = {}
    for file in ('grid_phones.tsv',):
        if (args.work / file).exists():
            segments.update(read_segments(args.work / file, 'clip'))
    sources = all_sources(args.work, args.data, args.sets, mouth, segments)
    batches = background(Batches(sources, FRAMES, BATCH, MOUTH_SIZE, args.seed + step).next)
    held_out = HeldOutVoices(args.work) if 'voices' in args.sets else None
    rng = np.random.default_rng(args.seed + step)
    log = open(args.work / f'{args.out}.log', 'a')
    begun = saved_at = time.time()
    before, sums, count = spent, {}, 0
    while True:
        spent = before + time.time() - begun
        share = min(1.0, spent / (60 * args.minutes))
        rate = args.peak * min(1, (step + 1) / 60) * (1 - share) ** 0.8 + 1e-6
        for group in optimiser.param_groups:
            group['lr'] = rate
        model.train()
        model.requires_grad_(step >= heads_alone and not args.heads_only)
        delay = torch.as_tensor(rng.choice(3, BATCH, p=DELAY_SHARES))
        loss, parts = losses(model, heads, mouth, next(batches), delay)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(everything, 1.0)
        optimiser.step()
        step += 1
        keep = min(0.995, 1 - 1 / (step + 1)) if share < 1 else 1
        with torch.no_grad():
            for k, v in model.state_dict().items():
                average[k].lerp_(v, 1 - keep)
        for k, v in parts.items():
            sums[k] = sums.get(k, 0) + v
        count += 1
        done = share >= 1
        if done or time.time() - saved_at > args.save_every:
            live = {k: v.clone() for k, v in model.state_dict().items()}
            model.load_state_dict(average)
            model.eval()
            row = dict(step=step, minutes=round(spent / 60, 1), rate=rate, **{k: round(v / count, 4) for k, v in sums.items()},
                       r=probe(model, heads, args.work), held_out=held_out(model, heads) if held_out else None)
            saved = dict(config={k: v for k, v in model.config.__dict__.items()}, model=dict(average), live=live, heads=heads.state_dict(),
                         optimiser=optimiser.state_dict(), spent=spent, step=step, heads_alone=heads_alone, mouth=dict(mean=mouth.mean, scale=mouth.scale))
            torch.save(saved, path.with_suffix('.tmp'))
            path.with_suffix('.tmp').rename(path)
            model.load_state_dict(live)
            print(json.dumps(row), flush=True)
            log.write(json.dumps(row) + '\n')
            log.flush()
            sums, count, saved_at = {}, 0, time.time()
        if done:
            break


if __name__ == '__main__':
    main()
