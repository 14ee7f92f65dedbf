"""Stage 5: trains the autoregressive motion transformer on residual-VQ tokens.

    python training/train_motion.py [--minutes 35] [--work training/work] [--sets grid_s1:1,...]

The loss is the cross-entropy over the levels with soft labels and stochastic codes (Lee et al., RQ-Transformer, CVPR 2022),
weighted towards lips, speech and closures. There are three kinds of history: the true one with random corruption (history
corruption of Live Avatar), the model's own predictions (parallel scheduled sampling), and its own rollout through the ring
cache and the sinks of inference. With a rolled-out history only the lips are scored, because the voice determines them,
while the head may move differently from the recording.
The same command resumes an interrupted training (WORK/motion.pt is written every two minutes). The learning rate follows
the minutes spent.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from encoder_data import all_sources, background, read_segments
from encoder_model import AudioEncoder, EncoderConfig
from evaluate_motion import evaluate, summary
from face_basis import FaceBasis
from motion_batches import MotionBatches, close_pauses, embeddings
from motion_data import load_set, scaled_pose
from motion_model import LEVEL_TEMPERATURE, MotionConfig, MotionTransformer
from precision import fast_products
from residual_vq import LIP_KEYPOINTS, LIP_LEVELS, Quantiser, columns

ROOT = pathlib.Path(__file__).resolve().parent.parent
FRAMES, BATCH = 150, 8
PEAK_RATE, WEIGHT_DECAY = 2e-3, 0.05
DELAY_SHARES = np.array([0.12, 0.18, 0.7])
LEVEL_WEIGHT = torch.tensor([2.0, 1.0, 0.6, 0.4, 0.5, 0.5])
# Softness of the labels, relative to the squared error that remains at a level.
SOFTNESS = 0.35
SPEECH_WEIGHT, CLOSED_WEIGHT = 1.0, 1.5
SILENCE_WEIGHT = 0.4
ROLLOUT_SHARE, GUESS_SHARE, ROLLOUT_FROM = 0.4, 0.2, 0.15
ROLLED_TOGETHER = 3  # batches for each rollout: its steps are small, so three times the rows cost little more; a rollout is at most two steps old
SAVE_EVERY_S, EVALUATE_EVERY_S = 120, 1500


class SoftQuantiser:
    """Draws codes by distance, with their soft labels, on torch."""

    def __init__(self, quantiser, sample):
        self.mean = torch.tensor(quantiser.mean, dtype=torch.float32)
        self.encode = torch.tensor(quantiser.encode_map, dtype=torch.float32)
        self.books = [torch.tensor(b) for b in quantiser.codebooks]
        self.used = [b.abs().sum(0) > 0 for b in self.books]
        self.softness = []
        rest = self.code(sample)
        for book, used in zip(self.books, self.used):
            d = torch.cdist(rest[:, used], book[:, used]) ** 2
            self.softness.append(float(SOFTNESS * d.min(1).values.mean()))
            rest = rest - book[d.argmin(1)]

    def code(self, latents):
        return (latents - self.mean) @ self.encode.T

    def __call__(self, latents):
        """Tokens [n, L] and labels [n, L, K] of latents [n, 70]."""
        rest, tokens, labels = self.code(latents), [], []
        for book, used, soft in zip(self.books, self.used, self.softness):
            d = torch.cdist(rest[:, used], book[:, used]) ** 2
            label = (-d / soft).softmax(-1)
            token = (label / torch.empty_like(label).exponential_()).argmax(1)  # one draw
            tokens.append(token)
            labels.append(label)
            rest = rest - book[token]
        return torch.stack(tokens, 1), torch.stack(labels, 1)


def shifted(tokens):
    """Tokens of the previous frame, for every frame; frame 0 uses `start` instead."""
    return F.pad(tokens[:, :-1], (0, 0, 1, 0))


def corrupt(history, rng, codes):
    """Replaces, displaces and drops parts of the history at random; some rows lose all of it."""
    b, n, levels = history.shape
    rate = torch.as_tensor(np.where(rng.random(b) < 0.25, 0, rng.uniform(0, 0.6, b)))[:, None]
    hit = torch.rand(b, n) < rate
    kind = torch.rand(b, n)
    random = torch.where(torch.rand(b, n, levels) < 0.5, torch.randint(codes, history.shape), history)
    moved = torch.gather(history, 1, (torch.arange(n)[None] + torch.randint(-6, 7, (b, n))).clamp(0, n - 1)[..., None].expand(-1, -1, levels))
    out = torch.where((hit & (kind < 0.3))[..., None], random, history)
    out = torch.where((hit & (kind >= 0.3) & (kind < 0.7))[..., None], moved, out)
    out = torch.where((hit & (kind >= 0.7))[..., None], -1, out)
    out[torch.as_tensor(rng.random(b) < 0.06)] = -1
    return out


@torch.no_grad()
def guesses(model, e, history, tokens):
    """The model's own tokens for every frame, given the history (one parallel pass)."""
    with fast_products():
        logits = model(e, history, tokens)
    return torch.distributions.Categorical(logits=logits.float() / 0.7).sample()


@torch.no_grad()
def rollout(model, e, temperature=torch.tensor(LEVEL_TEMPERATURE), top_k=16):
    """Tokens [B, N, L] of the model with its own history, through the cache of inference."""
    c = model.config
    cache, out = model.initial_cache(e.shape[0]), []
    previous = torch.zeros(e.shape[0], c.levels, dtype=torch.long)
    for n in range(e.shape[1]):
        noise = -torch.log(-torch.log(torch.rand(e.shape[0], c.levels, c.codebookSize).clamp(1e-7, 1 - 1e-7))) * temperature[:, None]
        previous, _, cache = model.step(e[:, n], previous, n == 0, cache, noise, top_k)
        out.append(previous)
    return torch.stack(out, 1)


@torch.no_grad()
def refit_input(model, old, new, batches, rounds=8, ridge=1e-3):
    """Refits the input layer to a new encoder by least squares, so that its output stays that of the old encoder.

    A model that was trained on one encoder can then continue with the next one at once. Returns the explained variance."""
    xs, ys = [], []
    for k in range(rounds):
        mel = batches.next()['mel']
        delay = torch.full((len(mel),), k % 3)
        e = embeddings(new, mel, delay).flatten(0, 1)
        xs.append(torch.cat([e, torch.ones(len(e), 1)], 1))
        ys.append(model.audio_in(embeddings(old, mel, delay)).flatten(0, 1))
    x, y = torch.cat(xs).double(), torch.cat(ys).double()
    gram = x.T @ x
    w = torch.linalg.solve(gram + ridge * gram.diagonal().mean() * torch.eye(len(gram)), x.T @ y)
    model.audio_in.weight.copy_(w[:-1].T)
    model.audio_in.bias.copy_(w[-1])
    return float(1 - (x @ w - y).square().mean() / (y - y.mean(0)).square().mean())


def load_encoder(work, name):
    saved = torch.load(work / f'{name}.pt', weights_only=False)
    encoder = AudioEncoder(EncoderConfig(**saved['config'])).eval()
    encoder.load_state_dict(saved['model'])
    return encoder


def rest_latent(latents, basis):
    """Mean code of frames with closed lips and open eyes: the neutral face."""
    x = latents.reshape(-1, 70)
    c = x[:, :63] @ basis.to_expressions.T
    aperture, lids = basis.aperture(c), basis.lids(c)
    keep = (aperture < np.percentile(aperture, 20)) & (lids > np.percentile(lids, 50))
    rest = x[keep].mean(0)
    rest[63:69], rest[69] = 0, 1
    return rest.astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--minutes', type=float, default=35)
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    parser.add_argument('--data', type=pathlib.Path, default=ROOT / '../shared/data')
    parser.add_argument('--sets', default='grid_s1:0.5,voices:0.5', help='set:weight,...')
    parser.add_argument('--encoder', default='encoder')
    parser.add_argument('--out', default='motion')
    parser.add_argument('--start', help='start from the weights of this run in WORK, with a new schedule')
    parser.add_argument('--peak', type=float, default=PEAK_RATE)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--save-every', type=float, default=SAVE_EVERY_S, help='seconds between checkpoints')
    ablation = parser.add_argument_group('ablations', 'what the model card compares; the defaults are the model that ships')
    ablation.add_argument('--layers', type=int, default=MotionConfig.layers)
    ablation.add_argument('--window', type=int, default=MotionConfig.window)
    ablation.add_argument('--rollouts', type=float, default=ROLLOUT_SHARE, help='share of steps with a rolled-out history')
    ablation.add_argument('--steps', type=int, help='a budget of steps instead of --minutes')
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)  # on a shared machine a second thread mostly waits
    encoder = load_encoder(args.work, args.encoder)
    quantiser, basis = Quantiser.load(args.work), FaceBasis(FaceBasis.default_path())
    c = MotionConfig(codeSize=quantiser.codebooks.shape[2], embeddingSize=encoder.config.embeddingSize, layers=args.layers, window=args.window)
    model = MotionTransformer(c)
    parameters = list(model.parameters())
    optimiser = torch.optim.AdamW([{'params': [p for p in parameters if p.ndim > 1]},
                                   {'params': [p for p in parameters if p.ndim <= 1], 'weight_decay': 0}],
                                  lr=args.peak, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.98))
    spent, step = 0.0, 0
    path = args.work / f'{args.out}.pt'
    saved = None
    if path.exists():
        saved = torch.load(path, weights_only=False)
        model.load_state_dict(saved['live'])
        optimiser.load_state_dict(saved['optimiser'])
        spent, step = saved['spent'], saved['step']
    elif args.start:
        begun_from = torch.load(args.work / f'{args.start}.pt', weights_only=False)
        model.load_state_dict(begun_from['model'])
    segments = read_segments(args.work / 'grid_phones.tsv', 'clip') if (args.work / 'grid_phones.tsv').exists() else {}
    sources = all_sources(args.work, args.data, args.sets, scaled_pose, segments)
    real = scaled_pose(load_set(args.work, 'grid_s1')['latents'])
    rest, lip_columns = rest_latent(real, basis), columns(LIP_KEYPOINTS)
    for source in sources:
        if not source.name.startswith('grid'):
            for item in source.items:
                item['mouth'] = close_pauses(item['mouth'], (item['ids'] == 0).all(1), rest, lip_columns)
    soft = SoftQuantiser(quantiser, torch.tensor(real[::5].reshape(-1, 70)))
    batches = MotionBatches(sources, FRAMES, BATCH, rest, args.seed + 1000 + step)
    if args.start and not saved and begun_from['encoder'] != args.encoder:
        share = refit_input(model, load_encoder(args.work, begun_from['encoder']), encoder, batches)
        print(f"input layer fitted to {args.encoder}: {share:.1%} of what it said with {begun_from['encoder']}", flush=True)
    average = {k: v.clone() for k, v in (saved['model'] if saved else model.state_dict()).items()}
    aperture_row = torch.tensor(basis._gap(basis.modes) @ basis.to_expressions).float()
    closed = float(np.percentile(real[:, :, :63] @ aperture_row.numpy(), 2)) + 0.015
    print(f'{sum(p.numel() for p in parameters) / 1e6:.2f} M parameters', flush=True)
    rng = np.random.default_rng(args.seed + step)
    delays = np.random.default_rng([args.seed, step])

    @torch.no_grad()
    def example():
        batch = batches.next()
        latents = batch['mouth']
        e = embeddings(encoder, batch['mel'], torch.as_tensor(delays.choice(3, BATCH, p=DELAY_SHARES)))
        tokens, labels = (t.unflatten(0, latents.shape[:2]) for t in soft(latents.flatten(0, 1)))
        talk = (batch['ids'] != 0).float().mean(-1)
        shut = ((latents[..., :63] @ aperture_row) < closed).float() * (talk > 0.5)
        weight = SILENCE_WEIGHT + (SPEECH_WEIGHT - SILENCE_WEIGHT) * talk + CLOSED_WEIGHT * shut
        return dict(embedding=e, tokens=tokens, labels=labels, weight=weight, lips_ok=batch['lips_ok'], face_ok=batch['face_ok'])

    examples = background(example)
    log = open(args.work / f'{args.out}.log', 'a')
    before, begun, saved_at, evaluated_at = spent, time.time(), time.time(), time.time()
    sums, counts, rolled = {}, {}, []
    while True:
        spent = before + time.time() - begun
        share = min(1.0, step / args.steps if args.steps else spent / (60 * args.minutes))
        rate = args.peak * min(1, (step + 1) / 80) * (1 - share) ** 0.8 + 1e-6
        for group in optimiser.param_groups:
            group['lr'] = rate
        draw = rng.random()
        own_way = share > ROLLOUT_FROM and draw < args.rollouts
        if own_way and not rolled:
            together = [next(examples) for _ in range(ROLLED_TOGETHER)]
            tokens = rollout(model, torch.cat([b['embedding'] for b in together])).split(BATCH)
            rolled = list(zip(together, tokens))
        batch, told = rolled.pop() if own_way else (next(examples), None)
        e, tokens, labels = batch['embedding'], batch['tokens'], batch['labels']
        history, kind = shifted(tokens), 'true'
        if own_way:
            history, kind = shifted(told), 'rollout'
        elif share > 0.1 and draw < args.rollouts + GUESS_SHARE:
            own = shifted(guesses(model, e, history, tokens))
            take = torch.rand(history.shape[:2])[..., None] < torch.rand(history.shape[0], 1, 1)
            history, kind = corrupt(torch.where(take, own, history), rng, c.codebookSize), 'guess'
        else:
            history = corrupt(history, rng, c.codebookSize)
        with fast_products():
            logits = model(e, history, tokens)
        logits = logits.float().log_softmax(-1)
        loss = -(labels * logits).sum(-1)  # [B, N, L]
        floor = -(labels * labels.clamp_min(1e-9).log()).sum(-1)
        lips = torch.arange(c.levels) < len(LIP_LEVELS)
        ok = torch.where(lips, batch['lips_ok'][..., None], batch['face_ok'][..., None] & (kind != 'rollout')).float()
        w = ok * torch.where(lips, batch['weight'][..., None], torch.ones(())) * LEVEL_WEIGHT
        total = (loss * w).sum() / w.sum()
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        step += 1
        keep = min(0.995, 1 - 1 / (step + 1))
        with torch.no_grad():
            for k, v in model.state_dict().items():
                average[k].lerp_(v, 1 - keep)
            per_level = ((loss - floor) * ok).sum((0, 1)) / ok.sum((0, 1)).clamp_min(1)
            sums[kind] = sums.get(kind, 0) + per_level.numpy()
            counts[kind] = counts.get(kind, 0) + 1
        done = share >= 1
        if done or time.time() - saved_at > args.save_every:
            row = dict(step=step, minutes=round(spent / 60, 1), rate=rate,
                       kl={k: [round(float(x), 3) for x in v / counts[k]] for k, v in sums.items()})
            torch.save(dict(config=c.to_json(), model=dict(average), live={k: v.clone() for k, v in model.state_dict().items()},
                            optimiser=optimiser.state_dict(), spent=spent, step=step, encoder=args.encoder), path.with_suffix('.tmp'))
            path.with_suffix('.tmp').rename(path)
            if done or time.time() - evaluated_at > EVALUATE_EVERY_S:
                judged = MotionTransformer(c)
                judged.load_state_dict(average)
                row['eval'] = summary(evaluate(encoder, judged, quantiser, basis, args.work, args.data))
                evaluated_at = time.time()
            print(json.dumps(row), flush=True)
            log.write(json.dumps(row) + '\n')
            log.flush()
            sums, counts, saved_at = {}, {}, time.time()
        if done:
            break


if __name__ == '__main__':
    main()
