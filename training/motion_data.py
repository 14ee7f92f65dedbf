"""Reads the sets that the data stages have written into training/work."""
import pathlib

import numpy as np

SAMPLES_PER_FRAME = 640
# GRID speakers sit still for the camera: their yaw has a standard deviation of 0.6 degrees, that of people in conversation
# 4. So their head motion is enlarged by this factor; its timing and its relation to the voice stay the same.
POSE_GAIN = 2.5


def runs(mask):
    """Runs of true in a bool [n]: [(first, last + 1)]."""
    edge = np.flatnonzero(np.diff(np.r_[0, mask.astype(int), 0])).tolist()
    return list(zip(edge[::2], edge[1::2]))


def load_set(work, name):
    """Arrays of one set: latents [C, T, 70], length [C], valid [C, T], clips and others (see motion_codes.py)."""
    with np.load(pathlib.Path(work) / f'{name}.npz') as f:
        d = {k: f[k] for k in f.files}
    d.setdefault('length', np.full(len(d['clips']), d['latents'].shape[1]))
    d.setdefault('valid', np.ones(d['latents'].shape[:2], bool))
    return d


def load_audio(work, name):
    """f32 [C, T * 640] of the same set, memory-mapped."""
    return np.load(pathlib.Path(work) / f'{name}_audio.npy', mmap_mode='r')


def scaled_pose(latents):
    """The latents with head rotation, translation and scale enlarged by POSE_GAIN."""
    out = np.array(latents, np.float32)
    out[..., 63:69] *= POSE_GAIN
    out[..., 69] = np.exp(np.log(out[..., 69]) * POSE_GAIN)
    return out
