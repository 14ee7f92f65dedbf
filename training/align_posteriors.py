"""Forced alignment in any language, with the posteriors of our own audio encoder.

    python training/align_posteriors.py [--encoder encoder] [--limit 60]      (compares it with DATA/speech/phones.tsv)

Every 10 ms the task heads of the encoder give the probabilities of 40 English phones and 21 articulatory features. A
phone of another language is scored by its features and its nearest English phone. The alignment is a left-to-right
Viterbi pass with a minimum duration and optional pauses between words. Phones come from eSpeak NG.
"""
import argparse
import pathlib

import numpy as np
import torch
from torch.nn import functional as F

from encoder_data import PARTS, arpabet_id, read_segments
from encoder_model import SILENCE_LEVEL, AudioEncoder, EncoderConfig
from features import log_mel
from phones import ARPABET_IDS, FEATURES, SILENCE, parse_arpabet, split

ROOT = pathlib.Path(__file__).resolve().parent.parent
DELAY = 2
LEAST_STEPS = 2  # of 10 ms, the shortest half of a diphthong
PHONE_WEIGHT, FEATURE_WEIGHT = 1.0, 0.5
PAUSE_COST = 1.5
# Log-probability of a change of phone, for recognition without a transcript.
SWITCH_COST = 3.5
LEVEL_RMS = 0.05


class PosteriorAligner:
    def __init__(self, path):
        from train_encoder import MOUTH_SIZE, Heads
        saved = torch.load(path, weights_only=False)
        self.encoder = AudioEncoder(EncoderConfig(**saved['config'])).eval()
        self.encoder.load_state_dict(saved['model'])
        self.heads = Heads(self.encoder.config.embeddingSize, MOUTH_SIZE)
        self.heads.load_state_dict(saved['heads'])

    @torch.no_grad()
    def posteriors(self, samples):
        """f32 16 kHz -> log-probabilities of phones [n, 41] and logits of features [n, 21], 100 per second."""
        loud = samples[np.abs(samples) > 0.05 * np.abs(samples).max()]
        samples = samples * (LEVEL_RMS / (np.sqrt(np.mean(loud ** 2)) + 1e-6)) * 0.7
        steps = len(samples) // 160
        samples = np.pad(samples, (0, -len(samples) % 640))
        mel = F.pad(torch.tensor(log_mel(samples))[None], (0, 0, 0, 4 * DELAY), value=SILENCE_LEVEL)
        e, _ = self.encoder(mel, F.one_hot(torch.tensor([DELAY]), 3).float())
        e = e[0, DELAY:]
        phones = self.heads.phones(e).view(-1, len(ARPABET_IDS)).log_softmax(-1)
        return phones[:steps].numpy(), self.heads.features(e).view(-1, len(FEATURES))[:steps].numpy()

    def align(self, samples, words):
        """Aligns words, each a list of feature rows. Returns [(row, start_s, end_s)] without gaps, and the mean score per spoken 10 ms.

        ValueError if the recording is too short for the words."""
        phones, logits = self.posteriors(samples)
        states = [SILENCE]
        for word in words:
            states += [*word, SILENCE]
        rows = np.stack(states)
        pause = rows[:, FEATURES.index('silence')] > 0.5
        name = [arpabet_id(r.astype(np.float32).tobytes()) for r in rows]
        # Bernoulli log-likelihood of soft targets
        score = logits @ rows.T - np.logaddexp(0, logits).sum(1, keepdims=True)
        score = PHONE_WEIGHT * phones[:, name] + FEATURE_WEIGHT * score
        steps, count = len(phones), len(states)
        if steps < LEAST_STEPS * (~pause).sum() + 2:
            raise ValueError('the recording is too short for its words')
        # each state is a chain of LEAST_STEPS links; only the last link may repeat
        chain = np.full((LEAST_STEPS, count), -np.inf)
        came = np.zeros((steps, count), np.int32)  # state from which the chain was entered
        entered = np.zeros((steps, count), np.int32)  # step at which the chain of the last link was entered
        start = np.zeros((LEAST_STEPS, count), np.int32)
        before = np.arange(count) - 1
        for t in range(steps):
            end = chain[-1]
            step_in = np.concatenate([[-np.inf], end[:-1]]) - PAUSE_COST * pause
            skip = np.where(pause[np.maximum(before, 0)], np.concatenate([[-np.inf] * 2, end[:-2]]), -np.inf)
            origin = np.where(skip > step_in, before - 1, before)
            enter = np.maximum(step_in, skip)
            if t == 0:
                enter[:2] = 0
            came[t] = origin
            stay = end > chain[-2]
            last, last_start = np.where(stay, end, chain[-2]), np.where(stay, start[-1], start[-2])
            for k in range(LEAST_STEPS - 2, 0, -1):
                chain[k], start[k] = chain[k - 1], start[k - 1]
            chain = np.concatenate([enter[None], chain[1:-1], last[None]]) + score[t]
            start = np.concatenate([np.full((1, count), t), start[1:-1], last_start[None]])
            entered[t] = start[-1]
        state = count - 1 if chain[-1, -1] > chain[-1, -2] else count - 2
        if not np.isfinite(chain[-1, state]):
            raise ValueError('no alignment found')
        t, out, total, spoken = steps, [], 0.0, 0
        while t > 0:
            begin = int(entered[t - 1, state])
            out.append((rows[state], begin / 100, t / 100))
            if not pause[state]:
                total += score[begin:t, state].sum()
                spoken += t - begin
            t, state = begin, int(came[begin, state])
        return out[::-1], total / max(spoken, 1)


    def recognise(self, samples):
        """[(row, start_s, end_s)] of the most probable sequence of English phones, where there is no transcript."""
        phones, logits = self.posteriors(samples)
        rows = np.stack([SILENCE if name == 'SIL' else parse_arpabet(name)[0] for name in ARPABET_IDS])
        score = PHONE_WEIGHT * phones + FEATURE_WEIGHT * (logits @ rows.T - np.logaddexp(0, logits).sum(1, keepdims=True))
        best, came = score[0], np.zeros(score.shape, np.int64)
        for t in range(1, len(score)):
            top = int(np.argmax(best))
            stay = best >= best[top] - SWITCH_COST
            came[t] = np.where(stay, np.arange(len(best)), top)
            best = np.where(stay, best, best[top] - SWITCH_COST) + score[t]
        path = [int(np.argmax(best))]
        for t in range(len(score) - 1, 0, -1):
            path.append(int(came[t, path[-1]]))
        path = np.array(path[::-1])
        edges = np.flatnonzero(np.diff(np.r_[-1, path, -1]))
        named = [(ARPABET_IDS[path[a]], a / 100, b / 100) for a, b in zip(edges[:-1], edges[1:])]
        return split(named, parse_arpabet)


def main():
    import soundfile
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    parser.add_argument('--data', type=pathlib.Path, default=ROOT / '../shared/data')
    parser.add_argument('--encoder', default='encoder')
    parser.add_argument('--limit', type=int, default=60)
    args = parser.parse_args()
    torch.set_num_threads(1)
    aligner = PosteriorAligner(args.work / f'{args.encoder}.pt')
    errors, lips = {}, {}
    for file, segments in sorted(read_segments(args.data / 'speech/phones.tsv', 'file').items())[::-1][:args.limit]:
        samples, _ = soundfile.read(args.data / 'speech' / file, dtype='float32')
        truth = [(row, a, b) for n, a, b in segments for row in parse_arpabet(n)[:1]]
        spoken = [s for s in truth if s[0][0] < 0.5]
        try:
            found, _ = aligner.align(samples, [[row] for row, _, _ in spoken])
        except ValueError as why:
            print(file, why)
            continue
        found = [s for s in found if s[0][0] < 0.5]
        folder = file.split('/')[0]
        for (row, a, _), (_, b, _) in zip(spoken, found):
            errors.setdefault(folder, []).append(b - a)
            if row[FEATURES.index('bilabial')] > 0.5:
                lips.setdefault(folder, []).append(b - a)
    for folder, e in errors.items():
        e, l = 1000 * np.array(e), 1000 * np.array(lips[folder])
        print(f'{folder}: {len(e)} starts, median |error| {np.median(np.abs(e)):.0f} ms, bias {np.median(e):+.0f}, over 50 ms {np.mean(np.abs(e) > 50):.1%}; '
              f'bilabials {np.median(np.abs(l)):.0f} ms, bias {np.median(l):+.0f}')


if __name__ == '__main__':
    main()
