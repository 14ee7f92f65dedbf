"""Measures the secondary motion of real speakers: what follows jaw and head, how far, with which delay, spring and damper.

    python training/measure_secondary_motion.py [--data ../shared/data] [--work training/work] [--plot FILE]

Stage 1 computes dense optical flow (DIS, Kroeger et al. 2016) of the clips of eval-dev, from one reference frame to all
others, and its mean in regions that the tracked landmarks define. The mean is weighted by image gradients, because flow on
flat skin or a plain wall is meaningless. It uses the first MAX_CLIPS of each speaker. Cached in WORK/secondary_motion.npz.

Stage 2 answers three questions. Its drives come from the motion code alone (jaw opening, head pose), never from the sound:
1 what follows the jaw:       y = g_jaw jaw + g_pose pose; explained variance on clips (or the later part of one clip) that
                              were not fitted, with and without the jaw; g_jaw with an interval over clips (bootstrap, seeded)
2 what lags behind the head:  delay at which the velocity of the region correlates best with that of the brow
3 through which spring:       y = g w, w'' + 2 zeta omega w' + omega^2 (w - u) = 0 with u the path of the brow; omega and zeta
                              from a grid, by the best mean correlation of velocities
Results: docs/notebook/2026-11-25-secondary-motion.md. How they are used: docs/secondary-motion.md.
"""
import argparse
import json
import pathlib

import cv2
import numpy as np

from face_basis import PITCH, FaceBasis, align, angles
from motion_codes import encode

FPS = 25
MAX_CLIPS = 24  # of each speaker
# Regions: |x| and y from the chin in the picture, IOD (y down).
BELOW_CHIN = {'submental': (0, .35, .04, .2), 'throat': (0, .22, .25, .6), 'neck sides': (.25, .5, .2, .6),
              'collar': (.1, .6, .65, 1.1), 'shoulders': (.9, 1.6, .6, 1.2)}
CHIN, FOREHEAD, EARS, EYES = 152, 10, (234, 454), (33, 263)
SPOTS = {'cheek right': 205, 'cheek left': 425, 'brow': 151}
SPOT_RADIUS = .1
FLIP = np.array([1, 1, -1])
# Boxes in frame EARRING_FRAME of the only clip in which earrings hang free, px.
EARRINGS = {'cont_face_3': {'earring right': (147, 284, 170, 320), 'earring left': (345, 266, 367, 300)}}
EARRING_FRAME, SEARCH_PX = 25, 14


def frames_of(path):
    capture, frames = cv2.VideoCapture(str(path)), []
    while True:
        ok, frame = capture.read()
        if not ok:
            return frames
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))


def landmarks_of(data, entry):
    """[n, 478, 3] px, y up; frames without a face repeat the one before."""
    d = np.load(data / entry['real'])
    w, h = d['size']
    lm = d['landmarks'].astype(np.float64)
    found = np.isfinite(lm[:, 0, 0])
    return lm[np.maximum.accumulate(np.where(found, np.arange(len(lm)), np.argmax(found)))] * np.array([w, -h, -w])


def regions(lm, iod, shape):
    """Region -> mask of the picture, from the landmarks of the reference frame (px, y down)."""
    yy, xx = np.mgrid[:shape[0], :shape[1]]
    chin, top = lm[CHIN, :2], lm[FOREHEAD, :2]
    x, y = (xx - chin[0]) / iod, (yy - chin[1]) / iod
    masks = {k: (np.abs(x) >= a) & (np.abs(x) < b) & (y >= c) & (y < d) for k, (a, b, c, d) in BELOW_CHIN.items()}
    masks['hair top'] = (np.abs(xx - top[0]) < .5 * iod) & (yy < top[1] - .3 * iod) & (yy > top[1] - .75 * iod)
    for name, ear, side in (('hair right', EARS[0], -1), ('hair left', EARS[1], 1)):
        out = side * (xx - lm[ear, 0]) / iod
        masks[name] = (out > .05) & (out < .45) & (yy > top[1]) & (yy < chin[1])
        masks[name + ' ends'] = (out > -.1) & (out < .45) & (y > 0) & (y < .6)
    for name, i in SPOTS.items():
        masks[name] = np.hypot(xx - lm[i, 0], yy - lm[i, 1]) < SPOT_RADIUS * iod
    return {k: m for k, m in masks.items() if m.sum() > .02 * iod ** 2}


def flow_series(frames, ref, iod, masks):
    """Region -> displacement [n, 2], IOD, from frame `ref`."""
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(1)  # patches of 8 x 8 at half resolution, smaller than the regions
    image = frames[ref]
    weight = [cv2.GaussianBlur(cv2.Sobel(image, cv2.CV_32F, *d) ** 2, (0, 0), .04 * iod) for d in ((1, 0), (0, 1))]
    names = list(masks)
    # For each axis, the mean flow of all regions is weights @ flow.
    means = [np.stack([(masks[k] * w).ravel() / ((masks[k] * w).sum() + 1e-9) / iod for k in names]) for w in weight]
    series = np.array([[m @ flow[..., axis].ravel() for axis, m in enumerate(means)]
                       for flow in (dis.calc(image, frame, None) for frame in frames)], np.float32)
    return {k: series[:, :, i] for i, k in enumerate(names)}


def track_patch(frames, box, start, centre):
    """Finds a patch of frame `start` in all frames, near the place to which the head carries it. Returns [n, 2] px.

    centre [n, 2]: path of a point of the head, px.
    """
    x0, y0, x1, y1 = box
    patch = frames[start][y0:y1, x0:x1]
    out = np.zeros((len(frames), 2))
    for t, frame in enumerate(frames):
        sx, sy = np.round(centre[t] - centre[start]).astype(int) + (x0, y0)
        top, left = max(0, sy - SEARCH_PX), max(0, sx - SEARCH_PX)
        area = frame[top:sy + y1 - y0 + SEARCH_PX, left:sx + x1 - x0 + SEARCH_PX]
        score = cv2.matchTemplate(area, patch, cv2.TM_CCOEFF_NORMED)
        j, i = np.unravel_index(score.argmax(), score.shape)
        at = np.array([i, j], float)
        for axis, line, k in ((0, score[j], i), (1, score[:, i], j)):
            if 0 < k < len(line) - 1:
                a, b, c = line[k - 1:k + 2]
                at[axis] += .5 * (a - c) / (a - 2 * b + c - 1e-9)
        out[t] = at + (left, top)
    return out


def raw_pose(lm, basis):
    """Pose [n, 6] of landmarks [n, 478, 3] px, y down, z away: radians, IOD, log. Unlike that of the motion code, it is not smoothed."""
    scale, rotation, offset = align(lm)
    pivot = np.einsum('nji,nj->ni', rotation, basis.pivot - offset) / scale[:, None] * np.median(scale)
    pose = np.concatenate([np.radians(angles(rotation)), pivot[:, :2], -np.log(scale)[:, None]], 1)
    return pose - np.median(pose, 0)


def measure(data):
    """clip -> {'jaw' [n], 'pose' [n, 6] (pitch, yaw, roll, x, y, log scale), region: [n, 2] IOD}."""
    basis = FaceBasis(FaceBasis.default_path())
    manifest = json.loads((data / 'manifest.json').read_text())
    speakers = {}
    for entry in manifest:
        speakers.setdefault('s1' if entry['group'] == 'grid_s1' else entry['id'], []).append(entry)
    result = {}
    for entries in speakers.values():
        tracks = [landmarks_of(data, e) for e in entries]
        codes = encode(np.stack(tracks), basis)
        for n, entry in enumerate(entries[:MAX_CLIPS]):
            lm = tracks[n] * np.array([1, -1, 1])
            frames = frames_of(data / entry['video'])
            length = min(len(frames), len(lm))
            frames, lm = frames[:length], lm[:length]
            latent, shape = codes['latents'][n][:length], codes['coefficients'][n][:length].astype(np.float32)
            iod = np.median(np.linalg.norm(lm[:, EYES[0], :2] - lm[:, EYES[1], :2], axis=1))
            aperture = codes['aperture'][n][:length]
            ref = int(np.argmin(np.abs(latent[:, PITCH:PITCH + 3]).sum(1) + 20 * aperture))
            series = flow_series(frames, ref, iod, regions(lm[ref], iod, frames[0].shape))
            for name, box in EARRINGS.get(entry['id'], {}).items():
                series[name] = track_patch(frames, box, EARRING_FRAME, lm[:, EARS['left' in name], :2]) / iod
            series['jaw'], series['pose'] = shape[:, basis.names.index('jawOpen')], raw_pose(lm * FLIP, basis)
            result[entry['id']] = series
            print(entry['id'], length, 'frames, IOD', round(float(iod)), 'px', flush=True)
    return result


def respond(u, omega, zeta, dt=1 / FPS):
    """w [n] of w'' + 2 zeta omega w' + omega^2 (w - u) = 0 for u [n], linear between frames; starts in equilibrium."""
    phi = transition(omega, zeta, dt)
    lag = 2 * zeta / omega
    out = np.empty(len(u))
    w, v = out[0], _ = u[0], 0.
    for t in range(1, len(u)):
        r = (u[t] - u[t - 1]) / dt
        e, f = w - u[t - 1] + lag * r, v - r
        w, v = u[t] - lag * r + phi[0, 0] * e + phi[0, 1] * f, r + phi[1, 0] * e + phi[1, 1] * f
        out[t] = w
    return out


def transition(omega, zeta, dt):
    """exp(A dt) of w'' + 2 zeta omega w' + omega^2 w = 0, from its eigenvalues; zeta = 1 is not in the grid."""
    root = omega * np.sqrt(complex(zeta ** 2 - 1))
    a, b = -zeta * omega + root, -zeta * omega - root
    p, q = np.exp(a * dt), np.exp(b * dt)
    s = (p - q) / (a - b)
    return np.real([[(a * q - b * p) / (a - b), s], [-a * b * s, (a * p - b * q) / (a - b)]])


RIDGE = 1e-2
BOOTSTRAPS = 200
GRID = [(f, z) for f in (.5, .7, 1, 1.4, 2, 2.8, 4, 5.6) for z in (.2, .35, .5, .7, 1.01, 1.5, 2.5)]
DELAYS = range(-3, 9)
WARM_UP = 5  # frames until the start in equilibrium has no effect


def centred(parts):
    return np.concatenate([p - p.mean(0) for p in parts])


def ridge(x, y):
    sd = x.std(0) + 1e-9
    return np.linalg.solve((x / sd).T @ (x / sd) / len(x) + RIDGE * np.eye(x.shape[1]), (x / sd).T @ y / len(x)) / sd


def follow_jaw(clips, region, rng):
    """Vertical motion, without lag: explained variance of held-out clips without and with the jaw, gain, its 5 and 95 % points."""
    if len(clips) > 3:
        train, test = clips[::2], clips[1::2]
    else:
        cut = [int(.6 * len(c['jaw'])) for c in clips]
        train = [{k: v[:n] for k, v in c.items()} for c, n in zip(clips, cut)]
        test = [{k: v[n:] for k, v in c.items()} for c, n in zip(clips, cut)]

    def design(cs, with_jaw):
        pose = [c['pose'] for c in cs]
        return centred([np.column_stack([c['jaw'], p]) for c, p in zip(cs, pose)] if with_jaw else pose)
    target = lambda cs: centred([c[region][:, 1].astype(float) for c in cs])
    explained = []
    for with_jaw in (False, True):
        w = ridge(design(train, with_jaw), target(train))
        y = target(test)
        explained.append(1 - ((y - design(test, with_jaw) @ w) ** 2).sum() / (y ** 2).sum())
    gain = lambda cs: ridge(design(cs, True), target(cs))[0]
    draws = [gain([clips[i] for i in rng.integers(0, len(clips), len(clips))]) for _ in range(BOOTSTRAPS)]
    return explained[0], explained[1], gain(clips), *np.percentile(draws, [5, 95])


def velocity(path):
    return np.diff(path.astype(float))[WARM_UP:]


def correlation(a, b):
    return np.corrcoef(a, b)[0, 1]


def lag_of_head(clips, region, axis):
    """Delay (frames) of the best correlation of velocities with the brow's, that correlation, the one without delay."""
    first, last = -min(DELAYS), max(DELAYS)

    def at(delay):
        pairs = [(velocity(c[region][:, axis]), velocity(c['brow'][:, axis])) for c in clips]
        return np.mean([correlation(y[last:len(y) - first], x[last - delay:len(x) - first - delay]) for y, x in pairs])
    best = max(DELAYS, key=at)
    return best, at(best), at(0)


def spring_of_head(clips, region, axis):
    """(f, zeta, mean correlation, slopes of the clips) of the best spring between the brow's path and the region's."""
    def fit(f, z):
        pairs = [(velocity(respond(c['brow'][:, axis].astype(float), 2 * np.pi * f, z)), velocity(c[region][:, axis]))
                 for c in clips]
        return np.mean([correlation(w, y) for w, y in pairs]), [w @ y / (w @ w) for w, y in pairs]
    best = max(GRID, key=lambda g: fit(*g)[0])
    return *best, *fit(*best)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=pathlib.Path, default=root / '../shared/data')
    parser.add_argument('--work', type=pathlib.Path, default=root / 'training/work')
    parser.add_argument('--plot', type=pathlib.Path, help='write the figure of docs/secondary-motion.md')
    args = parser.parse_args()
    cv2.setNumThreads(1)
    cache = args.work / 'secondary_motion.npz'
    if not cache.exists():
        measured = measure(args.data / 'eval-dev')
        np.savez(cache, **{f'{clip}|{name}': v for clip, s in measured.items() for name, v in s.items()})
    clips = {}
    with np.load(cache) as f:
        for key in f.files:
            clip, name = key.split('|')
            clips.setdefault(clip, {})[name] = f[key]
    groups = {'GRID s1': [c for k, c in clips.items() if k.startswith('s1_')],
              'other speakers': [c for k, c in clips.items() if not k.startswith('s1_')]}
    rng = np.random.default_rng(1)
    print('1 who follows the jaw (vertical): R2 held out without, with the jaw; gain, 90 % interval, IOD per unit')
    for region in BELOW_CHIN:
        for name, group in groups.items():
            having = [c for c in group if region in c]
            without, with_jaw, gain, low, high = follow_jaw(having, region, rng)
            print(f'  {region:11s} {name:15s} {len(having):2d} clips  {without:5.2f} {with_jaw:5.2f}  {gain:+.3f} [{low:+.3f}, {high:+.3f}]')
    moving = {k: c for k, c in clips.items() if k.startswith('cont_')}  # the others hold their heads still
    print('2 and 3 who lags the head: delay in frames, r there, r without delay | spring: Hz, zeta, r, slopes')
    for region in ('hair top', 'hair right', 'hair left', 'hair right ends', 'hair left ends', 'collar', 'shoulders',
                   'earring right', 'earring left'):
        having = [c for k, c in moving.items() if region in c and k != 'cont_face_3' or 'earring' in region and region in c]
        for axis in (0, 1):
            delay, r, still = lag_of_head(having, region, axis)
            f, z, fitted, slopes = spring_of_head(having, region, axis)
            print(f'  {region:15s} {"xy"[axis]} {len(having)} clips  {delay:+d} {r:+.2f} {still:+.2f} | {f:.1f} Hz {z:.2f} {fitted:+.2f} '
                  + ' '.join(f'{s:+.2f}' for s in slopes))
    if args.plot:
        plot(clips, args.plot)


def plot(clips, path):
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), constrained_layout=True)
    s1 = [c for k, c in clips.items() if k.startswith('s1_')]
    for region in ('submental', 'throat', 'collar'):
        x, y = centred([c['jaw'] for c in s1 if region in c]), centred([c[region][:, 1] for c in s1 if region in c])
        edges = np.quantile(x, np.linspace(0, 1, 13))
        bins = np.digitize(x, edges[1:-1])
        left.plot([x[bins == b].mean() for b in range(12)], [y[bins == b].mean() for b in range(12)], 'o-', label=region)
    left.set(xlabel='jaw opening, 1 = full', ylabel='down, IOD', title='Following the jaw, GRID s1')
    left.legend()
    for region in ('hair top', 'collar', 'shoulders', 'hair right ends'):
        having = [c for k, c in clips.items() if k.startswith('cont_') and k != 'cont_face_3' and region in c]
        last, first = max(DELAYS), -min(DELAYS)
        curve = [np.mean([correlation(velocity(c[region][:, 0])[last:-first], velocity(c['brow'][:, 0])[last - d:len(velocity(c['brow'][:, 0])) - first - d])
                          for c in having]) for d in DELAYS]
        right.plot([1000 * d / FPS for d in DELAYS], curve, label=region)
    right.set(xlabel='delay behind the brow, ms', ylabel='correlation of velocities', title='Following the head sideways, continuous speech')
    right.legend()
    figure.savefig(path, dpi=90)


if __name__ == '__main__':
    main()
