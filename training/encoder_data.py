"""Training batches of the audio encoder: recordings with their targets, augmented as waveforms.

A `Source` is a list of recordings of one set. Targets are per video frame: phones and articulatory features at four
instants of the 40 ms (a closure can be shorter than a frame), and the lip code, aperture and width where a mouth was
tracked or comes from the teacher. Unknown targets are masked.
"""
import csv
import functools
import json
import multiprocessing
import pathlib

import numpy as np
import torch

from features import LogMelTorch
from motion_codes import read_audio
from motion_data import SAMPLES_PER_FRAME, load_audio, load_set
from phones import ARPABET_IDS, FEATURES, nearest_arpabet, parse_arpabet, split

PARTS = 4  # instants of a frame
ARPABET_INDEX = {name: i for i, name in enumerate(ARPABET_IDS)}
RATE = 16000
# Share of each origin of voices in a batch: people more than near-natural voices, and these more than robots.
VOICE_SHARES = {'speech': 0.2, 'asterisk': 0.2, 'festvox_ru': 0.12, 'digits': 0.04, 'kokoro': 0.28, 'espeak': 0.03, 'espeak_world': 0.04,
                'flite': 0.03, 'sounds': 0.03, 'music': 0.03, 'crowd': 0.3, 'learners': 0.1}
LEVEL_DBFS = -26.0  # of speech, before the random gain


@functools.lru_cache(None)
def arpabet_id(row):
    return ARPABET_INDEX[nearest_arpabet(np.frombuffer(row, np.float32))]


def phone_targets(segments, frames, parse=parse_arpabet):
    """[(phone, start_s, end_s)] -> ids i8 [frames, 4] (-1 unknown), features f16 [frames, 4, F]."""
    ids = np.full(frames * PARTS, -1, np.int8)
    features = np.zeros((frames * PARTS, len(FEATURES)), np.float16)
    centre = (np.arange(frames * PARTS) + 0.5) / (25 * PARTS)
    for row, start, end in split(segments, parse):
        a, b = np.searchsorted(centre, [start, end])
        ids[a:b] = arpabet_id(row.astype(np.float32).tobytes())
        features[a:b] = row
    return ids.reshape(frames, PARTS), features.reshape(frames, PARTS, -1)


def read_segments(path, key):
    """{key column: [(phone, start, end)]} of a tab-separated file with start_s, end_s, phone."""
    out = {}
    with open(path, encoding='utf8') as f:
        for r in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE):
            out.setdefault(r[key], []).append((r['phone'], float(r['start_s']), float(r['end_s'])))
    return out


class Source:
    """Recordings: waves f32 [n * 640]; ids, features or None; mouth f32 [n, m] or None; mouth_ok bool [n]."""

    def __init__(self, name, weight):
        self.name, self.weight, self.items = name, weight, []

    def add(self, wave, ids=None, features=None, mouth=None, mouth_ok=None):
        n = len(wave) // SAMPLES_PER_FRAME
        active = wave[np.abs(wave) > 0.05 * (np.abs(wave).max() + 1e-9)]
        gain = 10 ** (LEVEL_DBFS / 20) / (np.sqrt(np.mean(active ** 2)) + 1e-6) * 0.7
        self.items.append(dict(wave=wave[:n * SAMPLES_PER_FRAME], gain=np.float32(gain), ids=ids, features=features, mouth=mouth,
                               mouth_ok=mouth_ok, frames=n))


def motion_sources(work, name, weight, mouth_of, segments=None):
    """A tracked set: one source for each person, who counts by the root of his clips. mouth_of(latents [n, 70]) returns [n, m]."""
    d, audio = load_set(work, name), load_audio(work, name)
    people, count = np.unique(d['speakers'], return_counts=True)
    share = count ** 0.5 / (count ** 0.5).sum()
    sources = {str(p): Source(name if len(people) == 1 else f'{name}/{p}', weight * s) for p, s in zip(people, share)}
    for i, clip in enumerate(d['clips']):
        source = sources[str(d['speakers'][i])]
        n = int(d['length'][i])
        ids = features = None
        if 'phone_ids' in d:
            ids, features = d['phone_ids'][i, :n], d['phone_features'][i, :n]
        elif segments and str(clip) in segments:
            ids, features = phone_targets(segments[str(clip)], n)
        source.add(np.array(audio[i, :n * SAMPLES_PER_FRAME]), ids, features, mouth_of(d['latents'][i, :n]), d['valid'][i, :n])
    return list(sources.values())


def voices_sources(work, weight, mouth_of):
    """The training split of WORK/voices (training/voices.py): one source for each origin of voices."""
    folder = pathlib.Path(work) / 'voices'
    index = json.loads((folder / 'index.json').read_text())
    audio, phones, features, latents = (np.load(folder / f'{k}.npy', mmap_mode='r') for k in ('audio', 'phones', 'features', 'latents'))
    sources = {}
    for clip in index['clips']:
        name = clip['source']
        if clip['split'] != 'train' or name not in VOICE_SHARES:
            continue
        source = sources.setdefault(name, Source(name, weight * VOICE_SHARES[name]))
        a, b = clip['start'], clip['start'] + clip['frames']
        source.add(audio[a * SAMPLES_PER_FRAME:b * SAMPLES_PER_FRAME] / np.float32(32768),
                   phones[a * PARTS:b * PARTS].astype(np.int8).reshape(-1, PARTS),
                   np.array(features[a * PARTS:b * PARTS]).reshape(-1, PARTS, len(FEATURES)),
                   mouth_of(np.array(latents[a:b])), np.ones(b - a, bool))
    return list(sources.values())


def all_sources(work, data, sets, mouth_of, segments):
    """`sets` is 'name:weight,...' with `voices` for the ones that were never filmed."""
    sources = []
    for entry in sets.split(','):
        name, _, weight = entry.partition(':')
        weight = float(weight or 1)
        if name == 'voices':
            sources += voices_sources(work, weight, mouth_of)
        elif name == 'speech':
            sources.append(speech_source(data, weight))
        else:
            sources += motion_sources(work, name, weight, mouth_of, segments)
    print({s.name: (len(s.items), round(sum(i['frames'] for i in s.items) / 1500, 1), 'min', round(s.weight, 2)) for s in sources},
          flush=True)
    return sources


def speech_source(data, weight):
    """data/speech: phones, no mouth."""
    segments, source = read_segments(data / 'speech/phones.tsv', 'file'), Source('speech', weight)
    for file, phones in segments.items():
        wave = read_audio(data / 'speech' / file)
        n = len(wave) // SAMPLES_PER_FRAME
        source.add(wave, *phone_targets(phones, n))
    return source


class Augment:
    """Simulates microphones, rooms, noises and other voices. Batches f32 [B, S] on the CPU."""

    def __init__(self, generator, music=()):
        self.g = generator
        self.music = [m for m in music if len(m) >= RATE]

    def uniform(self, low, high, *shape):
        return torch.rand(*shape, generator=self.g) * (high - low) + low

    def chance(self, p, n):
        return torch.rand(n, generator=self.g) < p

    def noise(self, b, s, babble):
        """Unit-power noises [b, s]: white, coloured, babble, music, hum and chords, clicks."""
        size = s // 2 + 1
        f = torch.arange(1, size + 1) / size
        tilt = torch.where(self.chance(0.35, b)[:, None], torch.tensor(0.0), self.uniform(-0.3, 1.2, b, 1))
        out = torch.fft.irfft(torch.fft.rfft(torch.randn(b, s, generator=self.g)) * f[None] ** -tilt, s)
        kind = torch.rand(b, generator=self.g)
        t = torch.arange(s) / RATE
        for i in range(b):
            if self.music and kind[i] > 0.88:
                piece = torch.as_tensor(self.music[int(self.uniform(0, len(self.music), 1))])
                out[i] = torch.roll(piece.repeat(-(-s // len(piece)))[:s], int(self.uniform(0, s, 1)))
            elif kind[i] < 0.3:
                order = torch.randperm(len(babble), generator=self.g)[:int(self.uniform(1, 5, 1))]
                shifts = [int(x) for x in self.uniform(0, s, len(order))]
                out[i] = sum(torch.roll(babble[j], k) for j, k in zip(order, shifts)) + 0.01 * out[i] / out[i].std()
            elif kind[i] < 0.38:
                chord = self.uniform(60, 900, 4)
                beat = 0.5 + 0.5 * torch.sin(2 * np.pi * self.uniform(0.3, 4, 1) * t)
                out[i] = sum(torch.sin(2 * np.pi * c * k * t) / k for c in chord for k in (1, 2, 3)) * beat
            elif kind[i] < 0.46:
                clicks = torch.zeros(s)
                for k in self.uniform(0, s - 401, max(1, int(4 * s / RATE))).long():
                    clicks[k:k + 400] += torch.exp(-torch.arange(400) / 60.0) * torch.randn(400, generator=self.g)
                out[i] = clicks
        return out / (out.square().mean(1, keepdim=True).sqrt() + 1e-6)

    def channel(self, x):
        """Random tilt, bumps, band limits and reverberation, in one multiplication of spectra."""
        b, s = x.shape
        n = s + RATE // 2
        f = torch.linspace(0, RATE / 2, n // 2 + 1)
        octave = torch.log2(f.clamp_min(30) / 1000)
        db = self.uniform(-3, 3, b, 1) * octave
        for _ in range(3):
            centre, width = self.uniform(-3, 3, b, 1), self.uniform(0.3, 1.5, b, 1)
            db = db + self.uniform(-6, 6, b, 1) * torch.exp(-((octave - centre) / width) ** 2)
        low, high = self.uniform(60, 350, b, 1), self.uniform(2800, 7800, b, 1)
        low = torch.where(self.chance(0.4, b)[:, None], low, torch.tensor(1.0))
        high = torch.where(self.chance(0.3, b)[:, None], high, torch.tensor(2e4))
        db = db - 10 * torch.log10(1 + (low / f.clamp_min(1)) ** 4) - 10 * torch.log10(1 + (f / high) ** 12)
        response = 10 ** (db / 20)
        tail = RATE // 2
        t = torch.arange(tail) / RATE
        room = torch.randn(b, tail, generator=self.g) * torch.exp(-6.9 * t / self.uniform(0.08, 0.6, b, 1))
        room = room / room.square().sum(1, keepdim=True).sqrt() * 10 ** (self.uniform(-20, 0, b, 1) / 20)
        room = room * self.chance(0.4, b)[:, None]
        room[:, 0] += 1
        # the filter has zero phase, so it starts early, but by less than a mel frame
        y = torch.fft.irfft(torch.fft.rfft(x, n) * response * torch.fft.rfft(room, n), n)
        return torch.where(self.chance(0.75, b)[:, None], y[:, :s], x)

    def __call__(self, x, clean_gain):
        b, s = x.shape
        x = x * clean_gain[:, None]
        babble = x.roll(1, 0)
        x = self.channel(x)
        power = 10 ** (LEVEL_DBFS / 20)
        snr = self.uniform(-3, 25, b, 1)
        snr = torch.where(self.chance(0.75, b)[:, None], snr, torch.tensor(60.0))
        x = x + self.noise(b, s, babble) * power * 10 ** (-snr / 20)
        x = x * 10 ** (self.uniform(-22, 14, b, 1) / 20)
        # converters clip and have a noise floor
        return x.clamp(-1, 1) + torch.randn(b, s, generator=self.g) * 10 ** (self.uniform(-100, -70, b, 1) / 20)


def between_frames(values, t):
    """Interpolates rows [n, m] at the fractional indices t by cubics (Catmull-Rom). A straight line between two frames would half open a closure."""
    i = t.astype(int)
    p = (t - i)[:, None].astype(np.float32)
    a, b, c, d = (values[np.clip(i + k, 0, len(values) - 1)] for k in (-1, 0, 1, 2))
    return b + 0.5 * p * (c - a + p * (2 * a - 5 * b + 4 * c - d + p * (3 * (b - c) + d - a)))


def warp_bands(mel, factor):
    """Changes the vocal-tract length: mel [B, n, 80] read at bands * factor [B]."""
    bands = mel.shape[2]
    at = (torch.arange(bands)[None] * factor[:, None]).clamp(0, bands - 1)
    low = at.floor().long().clamp_max(bands - 2)
    part = (at - low)[:, None]
    gather = lambda i: torch.gather(mel, 2, i[:, None].expand(-1, mel.shape[1], -1))
    return gather(low) * (1 - part) + gather(low + 1) * part


def mask_bands(mel, generator):
    """Masks up to two ranges of 8 bands in half of the rows (SpecAugment, Park et al. 2019), so that the encoder relies on no
    single band. The mask is the mean of the row over time, which carries no information."""
    b, _, bands = mel.shape
    at = torch.rand(b, 2, generator=generator) * bands
    wide = torch.rand(b, 2, generator=generator) * 8 * (torch.rand(b, 1, generator=generator) < 0.5)
    band = torch.arange(bands)[None, None]
    hit = ((band >= at[..., None]) & (band < (at + wide)[..., None])).any(1)
    return torch.where(hit[:, None], mel.mean(1, keepdim=True), mel)


def background(next_batch):
    """Yields next_batch() (a dict of tensors) without end. A process of its own makes the next batch while the caller computes."""
    context = multiprocessing.get_context('fork')
    receive, send = context.Pipe(duplex=False)

    def work():
        receive.close()
        try:
            while True:
                send.send({k: v.numpy() for k, v in next_batch().items()})
        except BrokenPipeError:  # the caller has ended
            pass

    context.Process(target=work, daemon=True).start()
    send.close()
    while True:
        yield {k: torch.from_numpy(v) for k, v in receive.recv().items()}


class Batches:
    """Random crops of the sources, `frames` long; shorter clips are joined."""

    def __init__(self, sources, frames, batch, mouth_size, seed):
        self.sources = [s for s in sources if s.items]
        self.weights = np.array([s.weight for s in self.sources])
        self.weights = self.weights / self.weights.sum()
        self.frames, self.batch, self.mouth_size = frames, batch, mouth_size
        self.rng = np.random.default_rng(seed)
        music = [item['wave'] for s in self.sources if s.name == 'music' for item in s.items]
        self.augment = Augment(torch.Generator().manual_seed(seed), music)
        self.log_mel = LogMelTorch()

    def crop(self, source, need):
        """Up to `need` frames of one recording, played at a random speed: wave and targets."""
        rng = self.rng
        item = source.items[rng.integers(len(source.items))]
        speed = float(np.exp(rng.normal(0, 0.13))) if rng.random() < 0.6 else 1.0
        have = int(item['frames'] / speed)
        n = min(need, have)
        start = rng.uniform(0, item['frames'] - n * speed) if rng.random() < 0.7 else 0.0
        if speed == 1:
            start = int(start)  # at whole frames no interpolation is needed
        at = (start * SAMPLES_PER_FRAME + np.arange(n * SAMPLES_PER_FRAME) * speed).clip(0, len(item['wave']) - 1.001)
        low = at.astype(np.int64)
        part = (at - low).astype(np.float32)
        wave = item['wave'][low] * (1 - part) + item['wave'][np.minimum(low + 1, len(item['wave']) - 1)] * part
        out = self.empty(n)
        out['wave'] = wave * item['gain']
        if item['ids'] is not None:
            fine = ((start + (np.arange(n * PARTS) + 0.5) / PARTS * speed) * PARTS).astype(int).clip(0, item['frames'] * PARTS - 1)
            out['ids'] = item['ids'].reshape(-1)[fine].reshape(n, PARTS).astype(np.int64)
            out['features'] = item['features'].reshape(-1, len(FEATURES))[fine].reshape(n, PARTS, -1).astype(np.float32)
        if item['mouth'] is not None:
            # frame k stands for the time k + 0.5
            t = (start + (np.arange(n) + 0.5) * speed - 0.5).clip(0, item['frames'] - 1)
            out['mouth'] = between_frames(item['mouth'], t)
            i = t.astype(int)
            out['mouth_ok'] = item['mouth_ok'][i] & item['mouth_ok'][np.minimum(i + 1, item['frames'] - 1)]
        return out

    def empty(self, n):
        return dict(wave=np.zeros(n * SAMPLES_PER_FRAME, np.float32), ids=np.full((n, PARTS), -1, np.int64),
                    features=np.zeros((n, PARTS, len(FEATURES)), np.float32), mouth=np.zeros((n, self.mouth_size), np.float32),
                    mouth_ok=np.zeros(n, bool))

    def silence(self, n):
        out = self.empty(n)
        out['ids'][:] = 0
        out['features'][..., FEATURES.index('silence')] = 1
        return out

    def next(self):
        """mel [B, 4 n, 80], targets as tensors."""
        rows = []
        for _ in range(self.batch):
            if self.rng.random() < 0.04:  # noise without speech
                rows.append(self.silence(self.frames))
                continue
            pieces, left = [], self.frames
            source = self.sources[self.rng.choice(len(self.sources), p=self.weights)]
            while left > 0:
                if self.rng.random() < 0.12:
                    pieces.append(self.silence(min(left, int(self.rng.integers(5, 40)))))
                else:
                    pieces.append(self.crop(source, left))
                left -= len(pieces[-1]['ids'])
            rows.append({k: np.concatenate([p[k] for p in pieces]) for k in pieces[0]})
        return self.finish(rows)

    def finish(self, rows):
        """Augmented features of joined recordings."""
        out = {k: torch.as_tensor(np.stack([r[k] for r in rows])) for k in rows[0]}
        with torch.no_grad():
            mel = self.log_mel(self.augment(out.pop('wave'), torch.ones(self.batch)))
            factor = torch.as_tensor(np.exp(self.rng.normal(0, 0.1, self.batch)), dtype=torch.float32).clamp(0.8, 1.25)
            out['mel'] = mask_bands(warp_bands(mel, factor), self.augment.g)
        return out
