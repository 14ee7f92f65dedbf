"""Stage 1: converts tracked landmarks to motion codes, 70 numbers for each frame.

    python training/motion_codes.py [--data ../shared/data] [--work training/work] [--limit N]

Every frame is aligned to a frontal face. Its displacement from the neutral face of the speaker, which contains no
identity, is explained by 45 expression shapes of models/face-model.safetensors with weights in [0, 1] (bounded least
squares). The lips have the largest weight, because no later stage can recover a closure that is lost here. The code is
delta = expressions_to_keypoints @ weights in the HEAD frame, then pitch, yaw, roll (degrees), t (IOD) and scale relative
to the median pose of the clip.

Writes WORK/<set>.npz for the sets grid_s1 (the clips not in eval-dev), grid_faces (twelve other readers, DATA/faces), and,
for evaluation only, grid_s1_eval, grid_faces_dev (three readers that are also in grid_other), grid_other and continuous,
each with
  clips, speakers [C] str; latents f32 [C, T, 70]; coefficients f16 [C, T, 53]; aperture, width, lids f32 [C, T]
  (as tracked, IOD); length i32 [C] frames; valid bool [C, T] (face found)
The mouths of grid_faces are scaled to the range of s1 (see `same_range`).
and WORK/<set>_audio.npy f32 [C, T * 640], 16 kHz: frame k is samples 640 k ... 640 k + 639.
"""
import argparse
import json
import lzma
import pathlib
import subprocess
import time

import numpy as np
import torch

from face_basis import (EYE_WIDTHS, INNER_GAPS, LID_PAIRS, MOTION_SIZE, MOUTH_CORNERS, PITCH, RIGID_INDEX, SCALE,
                        TRANSLATION, FaceBasis, align, angles, measure)

SAMPLES_PER_FRAME = 640
FLIP = np.array([1.0, -1.0, -1.0])
LIP_GAPS = INNER_GAPS + ((81, 178), (311, 402), (80, 88), (310, 318))
LIPS = np.array([61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
                 78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191])
# Landmarks of the irises, for which the mesh has no counterpart that moves.
IGNORED = np.arange(468, 478)
WEIGHT_LIPS, WEIGHT_LIDS, WEIGHT_GAP, WEIGHT_WIDTH, WEIGHT_LID_GAP, WEIGHT_Z = 3.0, 2.0, 150.0, 60.0, 15.0, 0.35
# Cost of using a shape, in squared IOD: as much as the tracker noise (0.2 % IOD on the weighted points), so that noise alone activates no shape.
RIDGE, LASSO = 1e-3, 2e-4
SWEEPS = 300
FACES_FRAMES = 75
# The factor of `same_range` is trusted half for a recording of RANGE_FRAMES.
RANGE_FRAMES, RANGE_BOUNDS = 75, (0.6, 1.6)
POSE_SIGMA_FRAMES = 1.2  # head pose is slow, so this removes only the jitter of the tracker; lips are never smoothed


def design(basis):
    """The least-squares problem: matrix [rows, 53] and a function from landmark offsets to the right-hand side [n, rows]."""
    known = np.isfinite(basis.landmarks[:, 0])
    known[IGNORED] = False
    points = np.flatnonzero(known)
    weight = np.ones(478)
    weight[LIPS] = WEIGHT_LIPS
    lids = np.unique(np.array(LID_PAIRS))
    weight[lids] = WEIGHT_LIDS
    weight[np.setdiff1d(RIGID_INDEX, [10])] *= 0.5  # they define the alignment
    w = np.sqrt(weight[points] / weight[points].sum())[:, None] * np.sqrt([1, 1, WEIGHT_Z])
    pairs = [(a, b, 1, WEIGHT_GAP) for a, b in LIP_GAPS] + [(a, b, 1, WEIGHT_LID_GAP) for a, b in LID_PAIRS]
    pairs += [(*MOUTH_CORNERS, 0, WEIGHT_WIDTH)]
    total = weight[points].sum()

    def rows(offsets):
        """[n, 478, 3] -> [n, rows]"""
        flat = (offsets[:, points] * w).reshape(len(offsets), -1)
        gaps = [np.sqrt(g * 3 / total) * (offsets[:, b, c] - offsets[:, a, c]) for a, b, c, g in pairs]
        return np.concatenate([flat, np.stack(gaps, 1)], 1)

    return rows(basis.modes).T, rows


def bounded_least_squares(matrix, rhs, used, ridge=RIDGE, lasso=LASSO, sweeps=SWEEPS):
    """argmin |matrix c - rhs|^2 + ridge |c|^2 + lasso sum c, 0 <= c <= 1, for all frames at once.

    Cyclic coordinate descent on the shared Gram matrix. matrix [rows, m], rhs [n, rows] -> [n, m]
    """
    a = torch.tensor(matrix[:, used], dtype=torch.float64)
    # The ridge is relative to how much a shape moves; otherwise weak shapes would reach 1.
    gram = a.T @ a
    scale = gram.diagonal().mean()
    diagonal = gram.diagonal() + ridge * scale
    b = (torch.tensor(rhs) @ a - 0.5 * lasso * scale).float()
    gram = gram.float()
    m = gram.shape[0]
    c = torch.zeros(len(rhs), m).T.contiguous()
    bt = b.T.contiguous()
    for _ in range(sweeps):
        biggest = 0.0
        for j in range(m):
            row = gram[j].clone()
            row[j] = 0
            new = ((bt[j] - row @ c) / float(diagonal[j])).clamp_(0, 1)
            biggest = max(biggest, float((new - c[j]).abs().max()))
            c[j] = new
        if biggest < 1e-3:
            break
    out = np.zeros((len(rhs), len(used)), np.float32)
    out[:, used] = c.T.numpy()
    return out


def smooth(x, sigma):
    """Gaussian filter along the time axis of [C, T, k]; the edge values are repeated."""
    half = int(4 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(x, ((0, 0), (half, half), (0, 0)), mode='edge')
    return sum(k * padded[:, i:i + x.shape[1]] for i, k in enumerate(kernel))


def rest_face(q, aperture, lids):
    """The neutral face of the speaker [478, 3]: mean of the frames with closed, unsmiling mouth and open eyes."""
    low, high = np.percentile(aperture, [2, 95])
    closed = aperture < low + 0.06 * (high - low)
    open_eyes = lids > np.percentile(lids, 40)
    width = np.linalg.norm(q[:, MOUTH_CORNERS[1], :2] - q[:, MOUTH_CORNERS[0], :2], axis=1)
    middle = np.abs(width - np.median(width[closed])) <= np.percentile(np.abs(width - np.median(width[closed])), 60)
    keep = closed & open_eyes & middle
    if keep.sum() < 5:
        keep = closed
    return q[keep].mean(0)


def encode(landmarks, basis, rest=None):
    """Encodes landmarks [C, T, 478, 3] of one speaker in pixels (x right, y up, z to the camera). Returns a dict of arrays."""
    clips, frames = landmarks.shape[:2]
    p = landmarks.reshape(-1, 478, 3) * FLIP
    scale, rotation, offset = align(p)
    q = scale[:, None, None] * np.einsum('nij,nkj->nki', rotation, p) + offset[:, None]
    aperture, width, lids = measure(q)
    if rest is None:
        rest = rest_face(q, aperture, lids)
    matrix, rows = design(basis)
    matrix = np.nan_to_num(matrix)
    coefficients = bounded_least_squares(matrix, rows(q - rest), basis.used)
    latents = np.zeros((clips * frames, MOTION_SIZE), np.float32)
    latents[:, :63] = coefficients @ basis.to_keypoints.T
    # Pose: p = q rotation / scale as row vectors, so R (x_c -> picture) is `rotation` itself.
    pose = np.zeros((clips * frames, 7))
    pose[:, :3] = angles(rotation)
    pivot = np.einsum('nji,nj->ni', rotation, basis.pivot - offset) / scale[:, None]
    reference = np.median(scale.reshape(clips, frames), 1)  # 1 / px of one IOD
    pose = pose.reshape(clips, frames, 7)
    pose[..., 3:5] = pivot.reshape(clips, frames, 3)[..., :2] * reference[:, None, None]
    pose[..., 6] = np.log(reference[:, None] / scale.reshape(clips, frames))
    pose = smooth(pose, POSE_SIGMA_FRAMES)
    pose -= np.median(pose, 1, keepdims=True)
    pose[..., 5] = 0  # a scaled orthographic projection shows no depth
    pose[..., 6] = np.exp(pose[..., 6])
    latents = latents.reshape(clips, frames, MOTION_SIZE)
    latents[..., PITCH:] = pose
    shape = lambda x: x.reshape(clips, frames).astype(np.float32)
    return dict(latents=latents, coefficients=coefficients.reshape(clips, frames, -1).astype(np.float16),
                aperture=shape(aperture), width=shape(width), lids=shape(lids), rest=rest.astype(np.float32))


def read_audio(path):
    """Decodes any file that ffmpeg reads to 16 kHz mono f32."""
    raw = subprocess.run(['ffmpeg', '-v', 'error', '-i', str(path), '-ac', '1', '-ar', '16000', '-f', 's16le', '-'],
                         capture_output=True, check=True).stdout
    return np.frombuffer(raw, '<i2').astype(np.float32) / 32768


def stack_audio(paths, frames, out):
    """Decodes the files into one array. An existing array of the right shape is kept."""
    if out.exists() and np.load(out, mmap_mode='r').shape == (len(paths), frames * SAMPLES_PER_FRAME):
        return
    audio = np.zeros((len(paths), frames * SAMPLES_PER_FRAME), np.float32)
    for i, path in enumerate(paths):
        x = read_audio(path)[:audio.shape[1]]
        audio[i, :len(x)] = x
    np.save(out, audio)


def report(name, codes, basis, valid):
    """Prints how much of the tracked mouth remains in the code as the renderer receives it (through 21 keypoints)."""
    c = codes['latents'][..., :63] @ basis.to_expressions.T
    ok = valid.reshape(-1)
    lines = []
    for label, ours, tracked in (('aperture', basis.aperture(c), codes['aperture']),
                                 ('width', basis.width(c), codes['width']), ('lids', basis.lids(c), codes['lids'])):
        a, b = ours.reshape(-1)[ok], tracked.reshape(-1)[ok]
        slope = np.polyfit(b, a, 1)[0]
        lines.append(f'{label} r {np.corrcoef(a, b)[0, 1]:.4f} slope {slope:.2f} P2 {np.percentile(a, 2):.4f}/'
                     f'{np.percentile(b, 2):.4f} P95 {np.percentile(a, 95):.4f}/{np.percentile(b, 95):.4f}')
    print(f'{name}: ' + '; '.join(lines), flush=True)


def save(work, name, clips, speakers, codes, valid, length):
    np.savez(work / f'{name}.npz', clips=np.array(clips), speakers=np.array(speakers), valid=valid, length=np.asarray(length, np.int32), **codes)


def in_pixels(track):
    """Landmarks [T, 478, 3] of a track in pixels, y up, z to the camera, and bool [T], where a face was found. Elsewhere the last face is repeated."""
    w, h = track['size']
    landmarks = track['landmarks'].astype(np.float64) * np.array([w, -h, -w])
    found = np.isfinite(landmarks[:, 0, 0])
    return landmarks[np.maximum.accumulate(np.where(found, np.arange(len(found)), np.argmax(found)))], found


def spread(aperture):
    return float(np.subtract(*np.percentile(aperture, [95, 5])))


def same_range(codes, basis, target):
    """Scales the mouth of one speaker so that the opening has the range `target`. People differ in how far they open the mouth, and the voice does
    not tell; what the voice tells is when they open it further. A short recording shows its speaker's range badly, so its factor stays near 1."""
    trust = codes['aperture'].size / (codes['aperture'].size + RANGE_FRAMES)
    factor = float(np.clip(target / spread(codes['aperture']), *RANGE_BOUNDS) ** trust)
    mouth = np.array([not name.startswith(('eye', 'brow')) for name in basis.names])
    coefficients = codes['coefficients'].astype(np.float32)
    scaled = np.where(mouth, np.clip(coefficients * factor, 0, 1), coefficients)
    latents = codes['latents'].copy()
    latents[..., :63] = scaled @ basis.to_keypoints.T
    return {**codes, 'latents': latents, 'coefficients': scaled.astype(np.float16)}


def encode_faces(args, basis, target):
    """Sets grid_faces and grid_faces_dev."""
    manifest = json.loads((args.data / 'faces/manifest.json').read_text())
    for name, dev in (('grid_faces', False), ('grid_faces_dev', True)):
        parts, clips, speakers, found = [], [], [], []
        chosen = sorted((e for e in manifest if bool(e['dev']) == dev), key=lambda e: (e['speaker'], e['id']))[:args.limit]
        for speaker in sorted({e['speaker'] for e in chosen}):
            entries = [e for e in chosen if e['speaker'] == speaker]
            tracks = [np.load(args.data / 'faces' / e['real']) for e in entries]
            loaded = [in_pixels(t) for t in tracks]
            seen = np.stack([ok for _, ok in loaded])
            codes = encode(np.stack([x for x, _ in loaded]), basis)
            codes['rest'] = np.repeat(codes['rest'][None], len(entries), 0)
            parts.append(codes if dev else same_range(codes, basis, target))
            clips += [e['id'] for e in entries]
            speakers += [speaker] * len(entries)
            found.append(seen)
        codes = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
        valid = np.concatenate(found)
        report(name, codes, basis, valid)
        save(args.work, name, clips, speakers, codes, valid, [FACES_FRAMES] * len(clips))
        paths = {e['id']: args.data / 'faces' / e['audio'] for e in chosen}
        stack_audio([paths[c] for c in clips], FACES_FRAMES, args.work / f'{name}_audio.npy')


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=pathlib.Path, default=root / '../shared/data')
    parser.add_argument('--work', type=pathlib.Path, default=root / 'training/work')
    parser.add_argument('--limit', type=int, help='this many GRID s1 clips of training and of evaluation only (smoke test)')
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.work.mkdir(parents=True, exist_ok=True)
    started = time.time()
    basis = FaceBasis(FaceBasis.default_path())
    manifest = json.loads((args.data / 'eval-dev/manifest.json').read_text())
    held_out = {e['id'][3:] for e in manifest if e['group'] == 'grid_s1'}

    tracks = np.load(args.data / 'grid-s1/tracks.npz')
    cache = args.work / 'landmarks_px.npy'
    if not cache.exists():
        delta = np.load(lzma.open(args.data / 'grid-s1/landmarks.npy.xz'))
        np.save(cache, (np.cumsum(delta.astype(np.int32), -1).transpose(2, 3, 0, 1) * tracks['unit_px']).astype(np.float32))
    landmarks = np.load(cache, mmap_mode='r')
    names = [str(c) for c in tracks['clips']]
    train = [i for i, n in enumerate(names) if n not in held_out]
    evaluation = [i for i, n in enumerate(names) if n in held_out]
    if args.limit:
        train, evaluation = train[:args.limit], evaluation[:args.limit]
    up = np.array([1, -1, -1], np.float32)
    rest = None
    for name, index in (('grid_s1', train), ('grid_s1_eval', evaluation)):
        codes = encode(landmarks[index] * up, basis, rest)
        rest = codes['rest']  # the held-out clips use the neutral face of the training clips
        valid = tracks['found'][index]
        report(name, codes, basis, valid)
        save(args.work, name, [names[i] for i in index], ['s1'] * len(index), codes, valid, [75] * len(index))
        if name == 'grid_s1':
            encode_faces(args, basis, spread(codes['aperture']))
    for group in ('grid_other', 'continuous'):
        entries = [e for e in manifest if e['group'] == group]
        loaded = [in_pixels(np.load(args.data / 'eval-dev' / e['real'])) for e in entries]
        longest = max(len(found) for _, found in loaded)
        arrays = [(encode(filled[None], basis), found) for filled, found in loaded]
        pad = lambda x: np.pad(x, ((0, longest - len(x)),) + ((0, 0),) * (x.ndim - 1), mode='edge')
        codes = {k: np.stack([pad(a[k][0]) for a, _ in arrays]) for k in arrays[0][0] if k != 'rest'}
        codes['rest'] = np.stack([a['rest'] for a, _ in arrays])
        valid = np.stack([np.pad(f, (0, longest - len(f))) for _, f in arrays])
        report(group, codes, basis, valid)
        save(args.work, group, [e['id'] for e in entries], [e['speaker'] for e in entries], codes, valid, [len(found) for _, found in loaded])
        stack_audio([args.data / 'eval-dev' / e['audio'] for e in entries], longest, args.work / f'{group}_audio.npy')
    print(f'codes after {time.time() - started:.0f} s; decoding the sound', flush=True)
    for name, index in (('grid_s1', train), ('grid_s1_eval', evaluation)):
        stack_audio([args.data / f'grid-s1/audio/{names[i]}.opus' for i in index], 75, args.work / f'{name}_audio.npy')
    print(f'done in {time.time() - started:.0f} s')


if __name__ == '__main__':
    main()
