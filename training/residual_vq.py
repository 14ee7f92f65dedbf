"""Stage 4: residual vector quantisation of the motion code.

    python training/residual_vq.py [--work training/work] [--sets grid_s1,...]

A weighted PCA turns the 70 numbers into codes whose Euclidean distance is a distance on the face: displacement of the lip
landmarks, with extra weight on the inner-lip gaps (no later stage can recover a closure that is lost here), of lids and
brows, and head pose. Levels 0 to 3 are residual k-means on the lip part. Level 4 holds eyes and brows and level 5 the head
pose, each with k-means on its own part, so that a blink needs no agreement with a nod.
Writes WORK/vq.pt (codebooks [L, K, c], mean [70], decode [70, c], smoothing [70], encode [c, 70]).
"""
import argparse
import pathlib

import numpy as np
import torch

from face_basis import LID_PAIRS, FaceBasis
from motion_data import load_set, scaled_pose
from motion_model import LATENT_SIZE

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEVELS, SIZE = 6, 256
LIP_LEVELS, EYE_LEVEL, POSE_LEVEL = range(4), 4, 5
LIP_CODES, EYE_CODES, POSE_CODES = 13, 6, 5
# Keypoints of the two groups: mouth, chin and cheeks; lids and brows.
LIP_KEYPOINTS = [*range(11), 19, 20]
EYE_KEYPOINTS = [*range(11, 19)]
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
        78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191]
GAPS = ((13, 14), (82, 87), (312, 317))
BROWS = [105, 66, 107, 334, 296, 336]
GAP_WEIGHT, WIDTH_WEIGHT, LID_WEIGHT = 2.0, 1.0, 2.0
# A degree moves the face by about 0.025 IOD.
POSE_WEIGHT = np.array([0.025, 0.025, 0.025, 1, 1, 0, 1])
POSE_SMOOTHING = 0.25
KMEANS_STEPS = 40


def columns(keypoints):
    return np.array([3 * k + a for k in keypoints for a in range(3)])


def metric(basis):
    """Matrices that turn expression weights [53] into weighted displacements, one for the mouth and one for the eyes."""
    modes = np.nan_to_num(basis.modes)
    lips = modes[:, LIPS] * np.array([1, 1, 0.5]) / len(LIPS) ** 0.5
    gaps = np.stack([modes[:, b, 1] - modes[:, a, 1] for a, b in GAPS], 1)
    width = modes[:, 291, :1] - modes[:, 61, :1]
    mouth = np.concatenate([lips.reshape(len(modes), -1), GAP_WEIGHT * gaps / 3 ** 0.5, WIDTH_WEIGHT * width], 1).T
    lids = np.stack([modes[:, b, 1] - modes[:, a, 1] for a, b in LID_PAIRS], 1)
    brows = modes[:, BROWS].reshape(len(modes), -1) / len(BROWS) ** 0.5
    eyes = np.concatenate([LID_WEIGHT * lids / len(LID_PAIRS) ** 0.5, brows], 1).T
    return mouth, eyes


def face_gram(rows):
    """Metric [m, m] of weighted displacements rows [r, m], with a ridge for directions that do not move the face."""
    gram = rows.T @ rows
    return gram + 1e-3 * np.trace(gram) / len(gram) * np.eye(len(gram))


def weighted_pca(x, rows, count):
    """x [n, m] centred, rows [r, m]: encode [count, m], decode [m, count] with |encode x| ~ |rows x|."""
    gram = face_gram(rows)
    value, vector = np.linalg.eigh(gram)
    root, inverse = (vector * value ** 0.5) @ vector.T, (vector * value ** -0.5) @ vector.T
    covariance = np.cov((x @ root).T)
    strength, axes = np.linalg.eigh(covariance)
    axes = axes[:, ::-1][:, :count]
    print(f'  {count} of {x.shape[1]} components keep {strength[::-1][:count].sum() / strength.sum():.4f} of the variance')
    return axes.T @ root, inverse @ axes


def kmeans(x, size, seed):
    """Lloyd's algorithm from distance-weighted seeds as in k-means++; empty clusters are reseeded. x f32 [n, c]."""
    g = torch.Generator().manual_seed(seed)
    x = torch.as_tensor(x, dtype=torch.float32)
    some = x[torch.randperm(len(x), generator=g)[:20000]]
    centres = some[:1]
    nearest = torch.cdist(some, centres)[:, 0] ** 2
    for _ in range(size - 1):
        pick = torch.multinomial(nearest + 1e-12, 1, generator=g)
        centres = torch.cat([centres, some[pick]])
        nearest = torch.minimum(nearest, torch.cdist(some, some[pick])[:, 0] ** 2)
    for _ in range(KMEANS_STEPS):
        label = torch.cdist(x, centres).argmin(1)
        count = torch.bincount(label, minlength=size)
        total = torch.zeros_like(centres).index_add_(0, label, x)
        centres = torch.where(count[:, None] > 0, total / count[:, None].clamp_min(1), centres)
        empty = torch.nonzero(count == 0)[:, 0]
        if len(empty):
            centres[empty] = x[torch.randint(len(x), (len(empty),), generator=g)]
    return centres.numpy()


def nearest_codes(x, centres):
    out = [torch.cdist(torch.as_tensor(x[i:i + 65536], dtype=torch.float32), torch.as_tensor(centres)).argmin(1)
           for i in range(0, len(x), 65536)]
    return torch.cat(out).numpy()


class Quantiser:
    """Encoder side of the residual VQ, for training."""

    def __init__(self, saved):
        self.codebooks = np.asarray(saved['codebooks'], np.float32)
        self.mean, self.encode_map = np.asarray(saved['mean']), np.asarray(saved['encode'])
        self.decode_map = np.asarray(saved['decode'])

    @staticmethod
    def load(work):
        return Quantiser(torch.load(pathlib.Path(work) / 'vq.pt', weights_only=False))

    def encode(self, latents):
        """Tokens i64 [n, L] of latents [n, 70] (delta in the head frame)."""
        rest = ((latents - self.mean) @ self.encode_map.T).astype(np.float32)
        tokens = []
        for book in self.codebooks:
            used = np.abs(book).sum(0) > 0
            tokens.append(nearest_codes(rest[:, used], book[:, used]))
            rest = rest - book[tokens[-1]]
        return np.stack(tokens, 1)

    def decode(self, tokens):
        """Latents [n, 70] of tokens [n, L], before pose smoothing."""
        z = sum(book[tokens[:, l]] for l, book in enumerate(self.codebooks))
        return self.mean + z @ self.decode_map.T


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--work', type=pathlib.Path, default=ROOT / 'training/work')
    parser.add_argument('--sets', default='grid_s1')
    args = parser.parse_args()
    basis = FaceBasis(FaceBasis.default_path())
    parts = []
    for name in args.sets.split(','):
        d = load_set(args.work, name)
        keep = np.arange(d['latents'].shape[1])[None] < d['length'][:, None]
        parts.append(scaled_pose(d['latents'])[keep & d['valid']])
    x = np.concatenate(parts).astype(np.float64)
    mean = x.mean(0)
    mean[63:69], mean[69] = 0, 1
    mouth, eyes = metric(basis)
    lip, eye, pose = columns(LIP_KEYPOINTS), columns(EYE_KEYPOINTS), np.arange(63, LATENT_SIZE)
    c = LIP_CODES + EYE_CODES + POSE_CODES
    encode, decode = np.zeros((c, LATENT_SIZE)), np.zeros((LATENT_SIZE, c))
    at = 0
    spans = []
    for cols, rows, count in ((lip, mouth @ basis.to_expressions[:, lip], LIP_CODES),
                              (eye, eyes @ basis.to_expressions[:, eye], EYE_CODES),
                              (pose, np.diag(POSE_WEIGHT), POSE_CODES)):
        e, d = weighted_pca(x[:, cols] - mean[cols], rows, count)
        encode[at:at + count, cols], decode[cols, at:at + count] = e, d
        spans.append(slice(at, at + count))
        at += count
    decode[68] = 0  # the tracks have no depth
    z = ((x - mean) @ encode.T).astype(np.float32)
    books = np.zeros((LEVELS, SIZE, c), np.float32)
    rest = z.copy()
    for level in range(LEVELS):
        span = spans[0] if level in LIP_LEVELS else spans[1] if level == EYE_LEVEL else spans[2]
        centres = kmeans(rest[:, span], SIZE, seed=level)
        books[level][:, span] = centres
        label = nearest_codes(rest[:, span], centres)
        rest[:, span] -= centres[label]
        print(f'  level {level}: codes used {len(np.unique(label)) / SIZE:.3f}, rest of the part '
              f'{100 * (rest[:, span] ** 2).sum(1).mean() ** 0.5:.3f} % IOD', flush=True)
    smoothing = np.ones(LATENT_SIZE)
    smoothing[63:] = POSE_SMOOTHING
    half = lambda a: torch.tensor(np.asarray(a, np.float32)).half().float()
    saved = dict(codebooks=half(books), mean=half(mean), decode=half(decode), smoothing=half(smoothing),
                 encode=torch.tensor(encode), sets=args.sets)
    torch.save(saved, args.work / 'vq.pt')
    report(args.work, Quantiser(saved), basis)


def report(work, quantiser, basis):
    """Prints lip error, closures and blinks after a round trip of clips that were not in the training."""
    for name in ('grid_s1_eval', 'grid_other'):
        d = load_set(work, name)
        x = scaled_pose(d['latents']).reshape(-1, LATENT_SIZE)
        back = quantiser.decode(quantiser.encode(x))
        a, b = x[:, :63] @ basis.to_expressions.T, back[:, :63] @ basis.to_expressions.T
        lips = np.linalg.norm(np.tensordot(b - a, basis.modes[:, LIPS], 1), axis=2).mean()
        pa, pb = basis.aperture(a), basis.aperture(b)
        limit = np.percentile(pa, 2) + 0.15 * np.subtract(*np.percentile(pa, [95, 2]))
        shut, kept = pa < limit, pb < limit
        la, lb = basis.lids(a), basis.lids(b)
        blink = la < 0.55 * np.percentile(la, 75)
        print(f'{name}: lip error {100 * lips:.3f} % IOD, aperture {100 * np.abs(pa - pb).mean():.3f} % IOD '
              f'r {np.corrcoef(pa, pb)[0, 1]:.4f}, closed frames kept {(shut & kept).sum() / shut.sum():.3f} '
              f'(false {(kept & ~shut).sum() / kept.sum():.3f}), blink frames kept '
              f'{(blink & (lb < 0.6 * np.percentile(la, 75))).sum() / max(1, blink.sum()):.3f}, pose '
              f'{np.abs(x[:, 63:66] - back[:, 63:66]).mean():.2f} deg of {x[:, 63:66].std():.2f}')


if __name__ == '__main__':
    main()
