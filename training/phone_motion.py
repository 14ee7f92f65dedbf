"""Stage 2b: the teacher, which turns phones with times into mouth motion, trained on the real GRID tracks.

    python training/phone_motion.py [--data ../shared/data] [--work training/work] [--steps 900] [--limit N]
    python training/phone_motion.py --leave-out     (figures on people who are left out; writes nothing)

It gives a mouth to voices that were never filmed, so that the motion transformer can be trained on their sound. The
input is the articulatory features of the phones (training/phones.py) on a 100 Hz grid. They describe lips and tongue, and
so cover phones and languages that GRID lacks. With --sound it hears beside them how the phones are said (voice_effort.py).
People are drawn by the root of their number of clips. The output for each frame (25 Hz) is the weights of the expression shapes of
the mouth. A plain regression would return the mean of many mouths, which never closes. So the network has two heads, one
for closed and one for open lips, and a gate that chooses between them.

Head pose, eyelids and brows of a synthetic voice are drawn from real GRID stretches (`idle`).

Writes WORK/phone_motion.pt and prints the scores on the eval-dev clips (phones of the manifest).
"""
import argparse
import csv
import json
import pathlib
import tempfile
import time

import numpy as np
import torch
from torch import nn

from check_lips import entries, print_scores, score
from face_basis import MOTION_SIZE, PITCH, SCALE, FaceBasis
from motion_codes import LIP_GAPS, LIPS, read_audio
from motion_data import load_audio, load_set
from phones import FEATURES, parse_arpabet, split
from voice_effort import NAMES, SPECTRUM_BANDS, effort, spectrum

GRID_HZ = 100
JITTER_STEPS = 80
STEPS_PER_FRAME = 4
EYE_SHAPES = ('eye', 'brow')
EXTRA = 3  # time since the start of the phone, time to its end, its duration
FIRST_BILABIAL_S = 0.12  # of a stop after silence, only this last part counts
CLOSED_IOD = 0.0075      # lips count as closed below this aperture above the neutral mouth
PRESSED_IOD = 0.001      # largest gap in a frame that the teacher closes
# Minimum opening of lips that no bilabial closes (IOD), and the share of differences that remains below it. The GRID speaker
# hardly parts his lips in hasty N, R or W; to viewers such a mouth is closed at the wrong sound.
PARTED_IOD = {None: 0.05, 'lip_round': 0.04, 'labiodental': 0.03}
PARTED_SLOPE = 0.2
BILABIAL = FEATURES.index('bilabial')
NASAL = FEATURES.index('nasal')
SILENCE = FEATURES.index('silence')


def raster(segments, frames):
    """[(features, start_s, end_s)] -> f32 [frames * 4, len(FEATURES) + 3] at 100 Hz; steps that several phones share are weighted by overlap."""
    steps = frames * STEPS_PER_FRAME
    x = np.zeros((steps, len(FEATURES) + EXTRA), np.float32)
    filled = np.zeros(steps, np.float32)
    for row, a, b in segments:
        first, last = max(0, int(np.floor(a * GRID_HZ))), min(steps, int(np.ceil(b * GRID_HZ)))
        if last <= first:
            continue
        edge = np.arange(first, last) / GRID_HZ
        part = np.clip(np.minimum(edge + 1 / GRID_HZ, b) - np.maximum(edge, a), 0, None) * GRID_HZ
        middle = edge + 0.5 / GRID_HZ
        timing = np.stack([np.clip(middle - a, 0, 0.4), np.clip(b - middle, 0, 0.4), np.full(len(edge), min(b - a, 0.4))], 1) * 4
        x[first:last] += part[:, None] * np.concatenate([np.tile(row, (len(edge), 1)), timing], 1)
        filled[first:last] += part
    x[:, SILENCE] += np.clip(1 - filled, 0, 1)
    x[filled < 0.5, len(FEATURES):] = 1.6
    return x


def hear(samples, frames, sound):
    """The sound of a recording as the teacher hears it, f32 [4 frames, k]. sound: '', 'effort' or 'effort+spectrum'."""
    parts = {'effort': effort, 'spectrum': spectrum}
    if not sound:
        return np.zeros((frames * STEPS_PER_FRAME, 0), np.float32)
    return np.concatenate([parts[name](samples, frames) for name in sound.split('+')], 1)


def channels(sound):
    widths = {'': 0, 'effort': len(NAMES), 'spectrum': SPECTRUM_BANDS}
    return sum(widths[name] for name in sound.split('+'))


class PhoneMotion(nn.Module):
    """Features [B, 4 T, F] -> weights of closed lips [B, T, m], of open lips [B, T, m], and gate logit of closed [B, T]."""

    def __init__(self, outputs, heard=0, width=128, dilations=(1, 2, 3, 1, 1), dropout=0.1):
        super().__init__()
        self.front = nn.Conv1d(len(FEATURES) + EXTRA + heard, width, 16, stride=STEPS_PER_FRAME, padding=6)
        self.blocks = nn.ModuleList(nn.Conv1d(width, width, 3, padding=d, dilation=d) for d in dilations)
        self.norms = nn.ModuleList(nn.GroupNorm(1, width) for _ in dilations)
        self.drop = nn.Dropout(dropout)
        self.heads = nn.Conv1d(width, 2 * outputs + 1, 1)
        self.outputs = outputs

    def forward(self, x):
        h = nn.functional.gelu(self.front(x.transpose(1, 2)))
        for block, norm in zip(self.blocks, self.norms):
            h = h + self.drop(nn.functional.gelu(block(norm(h))))
        y = self.heads(h).transpose(1, 2)
        return y[..., :self.outputs], y[..., self.outputs:-1], y[..., -1]


class Teacher:
    """The trained ensemble: phones in, motion latents out."""

    def __init__(self, path, basis):
        saved = torch.load(path, weights_only=False)
        self.basis, self.mouth = basis, saved['mouth']
        self.models, self.sound = [], saved['sound']
        for state in saved['models']:
            model = PhoneMotion(len(self.mouth), channels(self.sound))
            model.load_state_dict(state)
            self.models.append(model.eval())
        self.gain, self.mean = saved['gain'], saved['mean']
        self.modes = np.flatnonzero(basis.used)

    @torch.no_grad()
    def coefficients(self, segments, frames, samples, rng=None, style=0.0):
        """Mouth shapes f32 [frames, 53] of phones and their sound f32 (16 kHz). With rng, the models are mixed at random and the gain varies with sd `style`."""
        x = torch.tensor(np.concatenate([raster(segments, frames), hear(samples, frames, self.sound)], 1))[None]
        parts = [m(x) for m in self.models]
        weight = np.full(len(parts), 1 / len(parts)) if rng is None else rng.dirichlet(np.full(len(parts), 1.5))
        closed, opened, logit = (sum(float(w) * p[k][0] for w, p in zip(weight, parts)).numpy() for k in range(3))
        gain = self.gain * (1 if rng is None else float(np.exp(style * rng.standard_normal())))
        opened = self.mean + (opened - self.mean) * gain
        shut = logit > 0
        shut |= forced_closures(segments, frames, logit)
        c = np.zeros((frames, 53), np.float32)
        c[:, self.mouth] = np.clip(np.where(shut[:, None], closed, opened), 0, 1)
        return self.part(self.press(c, shut), segments)

    def part(self, c, segments):
        """Parts the lips with the jaw wherever speech is more than a frame away from a bilabial."""
        floor = np.full(len(c), PARTED_IOD[None], np.float32)
        for feature, grow, least in (('lip_round', 0, PARTED_IOD['lip_round']), ('labiodental', 0, PARTED_IOD['labiodental']),
                                     ('silence', 0, 0), ('bilabial', 1, 0)):
            floor[frames_with(segments, len(c), feature, grow)] = least
        gap, jaw = self.basis.gap_modes * np.isin(np.arange(53), self.mouth), self.basis.names.index('jawOpen')
        now = c @ gap
        c[:, jaw] += (1 - PARTED_SLOPE) * np.clip(floor - now, 0, None) / gap[jaw] * (floor > 0)
        return c

    def press(self, c, shut):
        """Makes the lips meet in closed frames, with the smallest change of the shapes that open the gap."""
        gap = self.basis.gap_modes * np.isin(np.arange(53), self.mouth)
        for _ in range(4):
            over = c[shut] @ gap - PRESSED_IOD
            step = np.clip(over, 0, None)[:, None] * gap * (c[shut] > 0)
            power = ((c[shut] > 0) * gap ** 2).sum(1, keepdims=True)
            c[shut] = np.clip(c[shut] - step / np.maximum(power, 1e-9), 0, 1)
        return c

    def latents(self, segments, frames, samples, idle, rng, style=0.15):
        """Motion f32 [frames, 70] in the head frame; head, lids and brows come from idle [frames, 70] (see Idle)."""
        out = idle.copy()
        out[:, :63] += self.coefficients(segments, frames, samples, rng, style) @ self.basis.to_keypoints.T
        return out


def frames_with(segments, frames, feature, grow=0):
    """Bool [frames]: frames that a phone with the feature touches, and `grow` more on each side. There is silence before and after the phones."""
    out, index = np.zeros(frames, bool), FEATURES.index(feature)
    spans = [(a, b) for row, a, b in segments if row[index] > 0.5]
    if index == SILENCE and segments:
        spans += [(0, segments[0][1]), (segments[-1][2], frames / 25)]
    for a, b in spans:
        if b > a:
            out[max(0, int(np.floor(a * 25)) - grow):int(np.ceil(b * 25)) + grow] = True
    return out


def forced_closures(segments, frames, logit):
    """Bool [frames]: frames that are closed whatever the gate says. These are the most probable frame of every bilabial, and
    every frame whose middle lies inside an M, where the lips stay together (GRID has too few M to learn that from)."""
    shut = np.zeros(frames, bool)
    for row, a, b in segments:
        if row[BILABIAL] < 0.9:
            continue
        a = max(a, b - FIRST_BILABIAL_S)
        first, last = int(np.floor(a * 25 + 0.25)), int(np.ceil(b * 25 - 0.25))
        first, last = max(0, first), min(frames, max(last, first + 1))
        if row[NASAL]:
            middle = np.arange(first, last) / 25 + 0.02
            shut[first:last] |= (middle > a + 0.01) & (middle < b - 0.01)
        if first < last and not shut[first:last].any():
            shut[first + int(np.argmax(logit[first:last]))] = True
    return shut


class Idle:
    """Head pose, lids and brows of any length: real stretches, joined with cross-fades."""

    FADE = 12

    def __init__(self, codes, basis):
        eyes = np.array([n.startswith(EYE_SHAPES) for n in basis.names])
        c = codes['coefficients'].astype(np.float32) * eyes
        self.bank = codes['latents'].copy()
        self.bank[..., :63] = c @ basis.to_keypoints.T

    def draw(self, frames, rng):
        out = np.zeros((frames, MOTION_SIZE), np.float32)
        out[:, SCALE] = 1
        at = 0
        while at < frames:
            piece = self.bank[rng.integers(len(self.bank))]
            start = int(rng.integers(0, 15))
            piece = piece[start:].copy()
            n = min(len(piece), frames - at)
            fade = np.ones(n, np.float32)
            if at:
                k = min(self.FADE, n)
                fade[:k] = np.linspace(0, 1, k + 2)[1:-1]
            out[at:at + n] = out[at:at + n] * (1 - fade[:, None]) + piece[:n] * fade[:, None]
            # the next piece fades in over the end of this one
            at += n - (self.FADE if at + n < frames else 0)
        return out


def read_tsv_phones(path):
    table = {}
    with open(path, encoding='utf8') as f:
        for r in csv.DictReader(f, delimiter='\t'):
            table.setdefault(r['clip'], []).append((r['phone'], float(r['start_s']), float(r['end_s'])))
    return table


def lip_matrix(basis, mouth):
    """Matrix [rows, m] that maps shape weights to the errors that count: lip points, gaps (with the largest weight), width."""
    modes = np.nan_to_num(basis.modes[mouth])
    points = modes[:, LIPS] * np.array([1, 1, 0.3]) * 0.6
    gaps = [3.0 * (modes[:, b, 1] - modes[:, a, 1]) for a, b in LIP_GAPS]
    width = [4.0 * (modes[:, 291, 0] - modes[:, 61, 0])]
    chin = [1.5 * modes[:, 152, 1]]
    return np.concatenate([points.reshape(len(mouth), -1), np.stack(gaps + width + chin, 1)], 1).T * 20


def jitter(segments, rng, sd=0.008):
    """Moves the phone boundaries a little, by the uncertainty of the aligner."""
    edges = {}
    move = lambda t: edges.setdefault(round(t, 4), t + sd * rng.standard_normal())
    return [(row, move(a), move(b)) for row, a, b in segments]


class Recordings:
    """Tracked recordings of several people with phones: rasters of phones, what is heard, mouth shapes and closures."""

    def __init__(self, work, sets, sound, mouth, basis, speakers=None, most=None):
        phones = read_tsv_phones(work / 'grid_phones.tsv')
        rest = float(basis.aperture(np.zeros(53, np.float32)))
        self.segments, self.heard, self.target, self.speaker, self.clips = [], [], [], [], []
        for name in sets:
            codes, audio = load_set(work, name), load_audio(work, name)
            taken = {}
            for i, clip in enumerate(map(str, codes['clips'])):
                speaker = str(codes['speakers'][i])
                if clip not in phones or (speakers and speaker not in speakers) or taken.get(speaker, 0) >= (most or 10 ** 9):
                    continue
                taken[speaker] = taken.get(speaker, 0) + 1
                self.segments.append(split(phones[clip], parse_arpabet))
                frames = codes['coefficients'].shape[1]
                self.heard.append(hear(np.array(audio[i]), frames, sound))
                self.target.append(codes['coefficients'][i].astype(np.float32))
                self.speaker.append(speaker)
                self.clips.append(clip)
        full = np.stack(self.target)
        self.shut = basis.aperture(full) < rest + CLOSED_IOD
        self.target, self.heard, self.speaker = full[..., mouth], np.stack(self.heard), np.array(self.speaker)
        names, index, count = np.unique(self.speaker, return_inverse=True, return_counts=True)
        self.share = (count[index] ** -0.5) / (count[index] ** -0.5).sum()  # a person counts by the root of his clips

    def rasters(self, rng):
        frames = self.target.shape[1]
        return np.concatenate([np.stack([raster(jitter(s, rng), frames) for s in self.segments]), self.heard], 2)


def train(model, recordings, matrix, steps, rng):
    """Trains one model; the phones are jittered anew every JITTER_STEPS."""
    m = torch.tensor(matrix, dtype=torch.float32)
    c, s = torch.tensor(recordings.target), torch.tensor(recordings.shut)
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.02)
    batch = min(32, len(c))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    total = 0.0
    for step in range(steps):
        if step % JITTER_STEPS == 0:
            x = torch.tensor(recordings.rasters(rng))
        i = torch.tensor(rng.choice(len(c), batch, p=recordings.share))
        features = x[i]
        features = features * (torch.rand(batch, 1, features.shape[2]) > 0.04)
        closed, opened, logit = model(features)
        error_c, error_o = closed - c[i], opened - c[i]
        shut_i = s[i].float()
        w = shut_i[..., None]
        lips = ((error_c * w + error_o * (1 - w)) @ m.T).abs().mean()
        shapes = (error_c.abs() * w + error_o.abs() * (1 - w)).mean()
        # a small weight on the frames of the other head, so that neither head is undetermined where it is not used
        both = ((error_c @ m.T).abs() * (1 - w)).mean() * 0.02 + ((error_o @ m.T).abs() * w).mean() * 0.05
        speed = ((error_o[:, 1:] - error_o[:, :-1]) @ m.T).abs()
        speed = (speed * (1 - w[:, 1:]) * (1 - w[:, :-1])).mean()
        gate = nn.functional.binary_cross_entropy_with_logits(logit, shut_i)
        loss = lips + 0.5 * shapes + both + 0.3 * speed + 0.5 * gate
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        total += loss.item()
        if step % 300 == 299:
            print(f'  step {step + 1}: loss {total / 300:.4f}', flush=True)
            total = 0.0
    model.eval()


def teach(recordings, basis, mouth, sound, steps, models, path, seed=100):
    """Trains the models of a teacher one after another into the file `path`."""
    matrix, saved = lip_matrix(basis, mouth), []
    for k in range(models):
        torch.manual_seed(seed + k)
        model = PhoneMotion(len(mouth), channels(sound))
        train(model, recordings, matrix, steps, np.random.default_rng(seed + k))
        saved.append({n: v.detach().clone() for n, v in model.state_dict().items()})
    mean = recordings.target[~recordings.shut].mean(0)
    torch.save(dict(models=saved, mouth=mouth, gain=1.0, mean=mean, sound=sound), path)
    return Teacher(path, basis)


def mouth_series(teacher, segments, samples, frames):
    c = teacher.coefficients(segments, frames, samples)
    c = (c @ teacher.basis.to_keypoints.T) @ teacher.basis.to_expressions.T
    return teacher.basis.aperture(c), teacher.basis.width(c)


def evaluate(teacher, data, work, title, groups=None, speakers=None):
    """Scores on clips of eval-dev and DATA/faces whose phones are known."""
    series = {}
    with tempfile.TemporaryDirectory() as folder:
        for e in entries(data, work, folder):
            if not e.get('phones') or e['group'] not in (groups or EVALUATED) or (speakers and e['speaker'] not in speakers):
                continue
            segments = split(json.loads(pathlib.Path(e['phones']).read_text())['phones'], parse_arpabet)
            series[e['id']] = mouth_series(teacher, segments, read_audio(e['audio']), len(np.load(e['real'])['landmarks']))
    print_scores(title, score(data, work, series))


# People that are left out together, and the sets of the others.
FOLDS = (('readers', {'grid_s2', 'grid_s3', 'grid_s4'}), ('readers', {'grid_s30', 'grid_s31', 'grid_s33', 'grid_s34'}), ('grid_s1', {'s1'}))
SETS = ('grid_s1', 'grid_faces', 'grid_faces_dev')
EVALUATED = ('grid_s1', 'grid_other', 'continuous', 'readers')
LEAVE_OUT_CLIPS = 240  # at most this many of one person, for speed


def leave_out(args, basis, mouth):
    """Today's and other teachers on people they have not seen."""
    for sound, only in (('', {'s1'}), ('', None), ('effort', None), ('effort+spectrum', None)):
        for group, out in FOLDS:
            everybody = {str(s) for name in SETS for s in np.load(args.work / f'{name}.npz')['speakers']}
            keep = (only or everybody) - out
            if not keep:
                continue
            recordings = Recordings(args.work, SETS, sound, mouth, basis, keep, LEAVE_OUT_CLIPS)
            teacher = teach(recordings, basis, mouth, sound, args.steps, 1, args.work / 'left_out.pt')
            title = f"[{sound or 'phones'}, {len(set(recordings.speaker))} people]"
            if out & {'grid_s2'}:
                evaluate(teacher, args.data, args.work, title, {'grid_other', 'continuous'})
            evaluate(teacher, args.data, args.work, title, {group}, None if group == 'grid_s1' else out)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=pathlib.Path, default=root / '../shared/data')
    parser.add_argument('--work', type=pathlib.Path, default=root / 'training/work')
    parser.add_argument('--steps', type=int, default=900)
    parser.add_argument('--models', type=int, default=2)
    parser.add_argument('--sound', default='', help="what it hears beside the phones: '' (nothing), effort, effort+spectrum")
    parser.add_argument('--sets', default='grid_s1,grid_faces')
    parser.add_argument('--leave-out', action='store_true')
    parser.add_argument('--limit', type=int, help='use only this many clips of a person (smoke test)')
    args = parser.parse_args()
    torch.set_num_threads(1)  # the network is small: more threads would only wait for each other
    started = time.time()
    basis = FaceBasis(FaceBasis.default_path())
    mouth = np.array([i for i, n in enumerate(basis.names) if basis.used[i] and not n.startswith(EYE_SHAPES)])
    if args.leave_out:
        return leave_out(args, basis, mouth)
    recordings = Recordings(args.work, args.sets.split(','), args.sound, mouth, basis, most=args.limit)
    print(f'{len(recordings.clips)} clips of {len(set(recordings.speaker))} people, {recordings.shut.mean():.1%} of the frames closed, {len(mouth)} shapes', flush=True)
    teacher = teach(recordings, basis, mouth, args.sound, args.steps, args.models, args.work / 'phone_motion.pt')
    evaluate(teacher, args.data, args.work, f'{time.time() - started:.0f} s')


if __name__ == '__main__':
    main()
