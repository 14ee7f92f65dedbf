"""Training sequences of the motion transformer: augmented voice, and the motion that belongs to it."""
import numpy as np
import torch
from torch.nn import functional as F

from encoder_data import Batches
from motion_data import runs
from motion_model import LATENT_SIZE

# Frames over which a seam between two recordings is bridged: fast for the lips, slow for the head.
LIP_BRIDGE, POSE_BRIDGE = 4, 20
REST_SHARE = 0.12
PAUSE_FRAMES = 6


def ramp(n, length):
    """f32 [n], falling from 1 to 0 over `length` frames."""
    return (0.5 + 0.5 * np.cos(np.pi * np.minimum(1, (np.arange(n) + 1) / length))).astype(np.float32)


def close_pauses(latents, silent, rest, columns):
    """Closes the lips of teacher-driven clips in pauses of 0.24 s and more.

    The teacher leaves the lips where the last phone put them, half open. A mouth that wavers between half open and closed
    while nobody speaks disturbs viewers most. latents [n, 70], silent bool [n], rest [70]; columns are those of the lips.
    """
    share = np.zeros(len(latents), np.float32)
    for a, b in runs(silent):
        if b - a < PAUSE_FRAMES:
            continue
        at = np.arange(a, b)
        closing = np.ones(b - a) if a == 0 else np.clip((at - a) / LIP_BRIDGE, 0, 1)
        opening = np.ones(b - a) if b == len(latents) else np.clip((b - at) / LIP_BRIDGE, 0, 1)
        share[a:b] = np.minimum(closing, opening)
    out = latents.copy()
    out[:, columns] += share[:, None] * (rest[columns] - latents[:, columns])
    return out


class MotionBatches(Batches):
    """Batches whose `mouth` is the motion latent [n, 70]. Silences get the neutral face.

    Adds `lips_ok`, `face_ok` bool [B, n]: where the lips (levels 0-3) and eyes and pose (4, 5) are known.
    """

    def __init__(self, sources, frames, batch, rest, seed):
        super().__init__(sources, frames, batch, LATENT_SIZE, seed)
        self.rest = rest  # f32 [70], closed mouth, open eyes

    def join(self):
        pieces, left, last = [], self.frames, None
        source = self.sources[self.rng.choice(len(self.sources), p=self.weights)]
        only_noise = self.rng.random() < 0.03
        while left > 0:
            if only_noise or self.rng.random() < REST_SHARE:
                piece = self.silence(left if only_noise else min(left, int(self.rng.integers(8, 60))))
                n = len(piece['ids'])
                piece['mouth'][:] = self.rest
                piece['lips_ok'], piece['face_ok'] = np.ones(n, bool), np.zeros(n, bool)
            else:
                piece = self.crop(source, left)
                n = len(piece['ids'])
                piece['lips_ok'] = piece['mouth_ok'].copy()
                piece['face_ok'] = piece['mouth_ok'].copy()
            if last is not None:
                jump = last - piece['mouth'][0]
                piece['mouth'][:, :63] += jump[:63] * ramp(n, LIP_BRIDGE)[:, None]
                piece['mouth'][:, 63:] += jump[63:] * ramp(n, POSE_BRIDGE)[:, None]
                piece['lips_ok'][:LIP_BRIDGE - 1] = False
            last = piece['mouth'][-1]
            pieces.append(piece)
            left -= n
        return {k: np.concatenate([p[k] for p in pieces]) for k in pieces[0]}

    def next(self):
        return self.finish([self.join() for _ in range(self.batch)])


def embeddings(encoder, mel, delay):
    """Embeddings of frames 0 ... n - 1 with the look-ahead `delay` of each row: mel [B, 4 n, 80] -> [B, n, D].

    The last frames of a row have silence as look-ahead, as at the end of a stream.
    """
    longest = int(delay.max())
    e, _ = encoder(F.pad(mel, (0, 0, 0, 4 * longest), value=-1.7026), F.one_hot(delay, encoder.config.lookaheadFrames + 1).float())
    n = mel.shape[1] // 4
    at = torch.arange(n)[None] + delay[:, None]
    return e[torch.arange(len(delay))[:, None], at]
