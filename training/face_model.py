"""Reduces the ICT-FaceKit head model to the shipped model, models/face-model.safetensors.

    python training/face_model.py [--data ../shared/data] [--out models/face-model.safetensors]

It keeps the rendered parts (face, mouth socket, gums and tongue, teeth, scalp for depth), the expressions and the
strongest identities as int8 with one scale for each mode, the correspondence with MediaPipe, and the two linear maps
between the 21 implicit keypoints and the expressions (see ARCHITECTURE.md, "Motion").

Canonical space of everything in the file: x to the right of the picture (the person's left), y down,
z away from the viewer; unit 1 IOD = distance between the outer eye corners of the neutral mesh; origin in
the neck joint about which the head turns (ICT 0, -5, -1 cm).
Source: ICT-FaceKit Light (USC ICT, MIT), Li et al., CVPR 2020.
"""
import argparse
import json
import pathlib

import numpy as np
from safetensors.numpy import save_file

PIVOT_CM = np.array([0.0, -5.0, -1.0], np.float32)
N_IDENTITIES = 40
RIDGE = 1e-4  # relative to the mean diagonal; noise gain about 1 (portrait-recipe, section 8)
PARTS = ['face', 'head_and_neck', 'mouth_socket', 'gums_and_tongue', 'teeth']
# MediaPipe landmarks of the outer eye corners. Their distance on the mesh is the unit of length.
EYE_CORNERS = (33, 263)
# The 21 implicit keypoints: MediaPipe landmarks, each of which stands for a mesh vertex.
# lips inner: top, bottom; mouth corners; outer lip ring; chin; jaw; lids; brows; cheeks; nose wings.
KEYPOINT_LANDMARKS = [13, 14, 61, 291, 0, 17, 37, 267, 84, 314, 152, 159, 386, 145, 374, 105, 334, 107, 336, 205, 425]
# Gaze turns the eyeballs, not the skin, so keypoints on the skin do not show it. The latent carries it in directions that
# no other shape uses (see gaze_directions). Tracks and training do not contain it.
GAZE = ('eyeLook',)
GAZE_KEYPOINTS_IOD = 0.05  # length of the keypoint offsets of a gaze shape at weight 1


def canonical(offsets, iod_cm):
    """Converts offsets from ICT axes (y up, z to the viewer, cm) to the canonical space."""
    return offsets * np.array([1, -1, -1], np.float32) / iod_cm


def quantise(modes):
    """int8 with one scale for each mode: modes [m, n, 3] ~ q * scale[:, None, None]."""
    scale = np.abs(modes).reshape(len(modes), -1).max(1) / 127
    scale = np.maximum(scale, 1e-12).astype(np.float32)
    return np.round(modes / scale[:, None, None]).astype(np.int8), scale


def gaze_directions(basis, wanted):
    """Keypoint offsets [63, g] of the gaze shapes. They have length GAZE_KEYPOINTS_IOD, are orthogonal to one another and
    to every column of basis [63, m], and are as close to wanted [63, g] as that allows.

    Because they are orthogonal, gaze moves no other shape and no other shape moves the gaze (polar decomposition inside
    the null space of basis.T; Higham 1986)."""
    unused = np.linalg.svd(basis.astype(np.float64))[0][:, basis.shape[1]:]
    u, _, vt = np.linalg.svd(unused.T @ wanted, full_matrices=False)
    return GAZE_KEYPOINTS_IOD * unused @ u @ vt


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=pathlib.Path, default=root / '../shared/data')
    parser.add_argument('--out', type=pathlib.Path, default=root / 'models/face-model.safetensors')
    args = parser.parse_args()

    ict = np.load(args.data / 'face-model/ict_facekit.npz')
    parts = json.loads((args.data / 'face-model/ict_parts.json').read_text())['parts']
    mediapipe = json.loads((args.data / 'face-model/mediapipe_to_ict.json').read_text())
    names = [str(n) for n in ict['expression_names']]
    vertices_cm = ict['vertices'].astype(np.float32)

    # The kept parts become contiguous; `remap` gives the new index of a source vertex.
    remap = np.full(len(vertices_cm), -1, np.int64)
    triangles, ranges, n = [], {}, 0
    for part in PARTS:
        a, b = parts[part]['vertices']
        remap[a:b] = np.arange(n, n + b - a)
        ranges[part] = {'vertices': [n, n + b - a]}
        n += b - a
    keep = np.flatnonzero(remap >= 0)
    keep = keep[np.argsort(remap[keep])]
    count = 0
    for part in PARTS:
        a, b = parts[part]['triangles']
        t = remap[ict['triangles'][a:b]]
        t = t[(t >= 0).all(1)]
        ranges[part]['triangles'] = [count, count + len(t)]
        triangles.append(t)
        count += len(t)

    def landmark_cm(i, field):
        p = mediapipe['points'][str(i)]
        return np.einsum('k,k...->...', np.array(p['b'], np.float32), field[p['v']])

    iod_cm = float(np.linalg.norm(landmark_cm(EYE_CORNERS[0], vertices_cm) - landmark_cm(EYE_CORNERS[1], vertices_cm)))
    neutral = canonical(vertices_cm[keep] - PIVOT_CM, iod_cm)
    expressions = canonical(ict['expressions'].astype(np.float32)[:, keep], iod_cm)
    identities = canonical(ict['identities'].astype(np.float32)[:N_IDENTITIES][:, keep], iod_cm)
    expressions_q, expressions_scale = quantise(expressions)
    identities_q, identities_scale = quantise(identities)
    expressions = expressions_q * expressions_scale[:, None, None]  # the maps are fitted to the quantised modes that ship

    # Keypoints: the nearest mesh vertex of each named landmark.
    face_end = ranges['face']['vertices'][1]
    keypoints = []
    for i in KEYPOINT_LANDMARKS:
        p = mediapipe['points'][str(i)]
        vertex = remap[p['v'][int(np.argmax(p['b']))]]
        assert 0 <= vertex < face_end and vertex not in keypoints, i
        keypoints.append(int(vertex))

    # coefficients = keypoints_to_expressions @ delta, ridge over the shapes that motion may use.
    used = np.array([not n_.startswith(GAZE) for n_ in names])
    to_keypoints = expressions[:, keypoints].reshape(len(names), 63).T.copy()  # [63, 53]
    basis = expressions[used][:, keypoints].reshape(used.sum(), -1).T  # [63, m]
    gram = basis.T @ basis
    gram[np.diag_indices_from(gram)] += RIDGE * np.trace(gram) / len(gram)
    inverse = np.linalg.solve(gram, basis.T)  # [m, 63]
    to_expressions = np.zeros((len(names), 63), np.float32)
    to_expressions[used] = inverse
    gaze = gaze_directions(basis, to_keypoints[:, ~used])
    to_expressions[~used], to_keypoints[:, ~used] = gaze.T / GAZE_KEYPOINTS_IOD ** 2, gaze

    landmark_index, landmark_vertex, landmark_weight, landmark_trust, landmark_kind = [], [], [], [], []
    kinds = sorted({p['kind'] for p in mediapipe['points'].values()})
    for i, p in sorted(mediapipe['points'].items(), key=lambda kv: int(kv[0])):
        v = remap[p['v']]
        if (v < 0).any():
            continue
        landmark_index.append(int(i))
        landmark_vertex.append(v)
        landmark_weight.append(p['b'])
        landmark_trust.append(p['w'])
        landmark_kind.append(kinds.index(p['kind']))
    tensors = {
        'neutral': neutral.astype(np.float32),
        'triangles': np.concatenate(triangles).astype(np.uint32),
        'expressions': expressions_q, 'expressions_scale': expressions_scale,
        'identities': identities_q, 'identities_scale': identities_scale,
        'keypoints': np.array(keypoints, np.uint32),
        'keypoints_to_expressions': to_expressions,
        'expressions_to_keypoints': to_keypoints.astype(np.float32),
        'landmark_index': np.array(landmark_index, np.uint32),
        'landmark_vertex': np.array(landmark_vertex, np.uint32),
        'landmark_weight': np.array(landmark_weight, np.float32),
        'landmark_trust': np.array(landmark_trust, np.float32),
        'landmark_kind': np.array(landmark_kind, np.uint32),
    }
    for name, ring in mediapipe['rings'].items():
        tensors[f'ring_{name}'] = remap[np.array(ring)].astype(np.uint32)
        assert (remap[np.array(ring)] >= 0).all(), name
    tensors = {k: np.ascontiguousarray(v) for k, v in tensors.items()}
    metadata = {
        'expression_names': json.dumps(names), 'parts': json.dumps(ranges), 'landmark_kinds': json.dumps(kinds),
        'iod_cm': f'{iod_cm:.6f}', 'keypoint_landmarks': json.dumps(KEYPOINT_LANDMARKS),
        'licence': 'MIT, derived from ICT-FaceKit Light (USC Institute for Creative Technologies)',
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, args.out, metadata)

    # Report: dense error of the round trip expressions -> 21 keypoints -> expressions, in % IOD.
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(200):
        c = np.zeros(len(names), np.float32)
        active = rng.choice(np.flatnonzero(used), 6, replace=False)
        c[active] = rng.uniform(0, 0.8, 6)
        back = to_expressions @ (to_keypoints @ c)
        dense = np.tensordot(back - c, expressions[:, :face_end], 1)
        errors.append(np.linalg.norm(dense, axis=1))
    errors = 100 * np.array(errors)
    print(f'{args.out}: {args.out.stat().st_size / 1e6:.2f} MB, {n} vertices, {count} triangles, IOD {iod_cm:.3f} cm')
    print(f'keypoint round trip, % IOD: mean {errors.mean():.3f}  p99 {np.quantile(errors, .99):.2f}  max {errors.max():.2f}')


if __name__ == '__main__':
    main()
