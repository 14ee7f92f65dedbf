"""Linear landmark basis of the shipped face model, and the alignment of tracked landmarks to it.

Shared by the data stages. Axes and units are the product's canonical space (see ARCHITECTURE.md,
"Motion"): x to the right of the picture, y down, z away from the viewer, unit 1 IOD.
"""
import json
import pathlib

import numpy as np
from safetensors import safe_open

# Landmarks that speech does not move, and their positions in a frontal face (canonical axes, outer eye corners 1.0 apart):
# eye corners, nose ridge, forehead, temples. A similarity transform onto them removes pose and size.
RIGID = {
    33: (-0.500, 0.057, 0.091), 133: (-0.195, 0.076, 0.031), 362: (0.195, 0.076, 0.031),
    263: (0.500, 0.057, 0.091), 168: (0.0, 0.011, -0.160), 6: (0.0, 0.105, -0.211),
    197: (0.0, 0.187, -0.269), 195: (0.0, 0.261, -0.333), 5: (0.0, 0.339, -0.398),
    10: (0.0, -0.576, -0.101), 151: (0.0, -0.392, -0.144), 109: (-0.212, -0.570, -0.083),
    338: (0.212, -0.570, -0.083), 127: (-0.796, 0.105, 0.659), 356: (0.796, 0.105, 0.659),
    143: (-0.706, 0.109, 0.256), 372: (0.706, 0.109, 0.256),
}
RIGID_INDEX = np.array(list(RIGID))
RIGID_SHAPE = np.array([RIGID[i] for i in RIGID])

INNER_GAPS = ((13, 14), (82, 87), (312, 317))  # the aperture is their mean height
MOUTH_CORNERS = (61, 291)
LID_PAIRS = ((159, 145), (158, 153), (160, 144), (386, 374), (385, 380), (387, 373))
EYE_WIDTHS = ((33, 133), (362, 263))

MOTION_SIZE = 70
PITCH, YAW, ROLL, TRANSLATION, SCALE = 63, 64, 65, slice(66, 69), 69


class FaceBasis:
    """Landmark displacements of the expression shapes.

    names        [53] expression names
    used         bool [53], the shapes that motion may use
    landmarks    f32 [478, 3] neutral landmark positions (NaN where the mesh has none)
    modes        f32 [53, 478, 3] displacement at weight 1
    to_keypoints f32 [63, 53], to_expressions f32 [53, 63]
    """

    def __init__(self, path):
        with safe_open(path, 'np') as f:
            get = f.get_tensor
            meta = f.metadata()
            vertex, weight, index = get('landmark_vertex'), get('landmark_weight'), get('landmark_index')
            expressions, scale = get('expressions'), get('expressions_scale')
            neutral = get('neutral')
            self.to_keypoints = get('expressions_to_keypoints')
            self.to_expressions = get('keypoints_to_expressions')
        self.names = json.loads(meta['expression_names'])
        self.used = np.array([not n.startswith('eyeLook') for n in self.names])
        self.to_keypoints[:, ~self.used], self.to_expressions[~self.used] = 0, 0  # the tracks have no gaze
        self.landmarks = np.full((478, 3), np.nan, np.float32)
        self.landmarks[index] = np.einsum('lk,lkc->lc', weight, neutral[vertex])
        self.modes = np.full((len(self.names), 478, 3), np.nan, np.float32)
        for e in range(len(self.names)):
            field = expressions[e].astype(np.float32) * scale[e]
            self.modes[e, index] = np.einsum('lk,lkc->lc', weight, field[vertex])
        self.gap_modes = self._gap(self.modes)  # f32 [53], opening of the inner lips at weight 1
        # Position of the neck joint (origin of the canonical space) in the frame of RIGID_SHAPE.
        known = np.isfinite(self.landmarks[RIGID_INDEX, 0]) & (RIGID_INDEX != 127)  # the mesh lacks its mirror image
        s, r, o = align(self.landmarks[None], RIGID_INDEX[known], RIGID_SHAPE[known])
        self.pivot = o[0] * np.array([0, 1, 1])  # the image of the origin, on the plane of symmetry

    @staticmethod
    def default_path():
        return pathlib.Path(__file__).resolve().parent.parent / 'models/face-model.safetensors'

    def aperture(self, coefficients):
        """Inner-lip aperture of expression coefficients [..., 53], IOD (neutral gap included)."""
        return coefficients @ self.gap_modes + self._gap(self.landmarks)

    @staticmethod
    def _gap(points):
        return np.mean([points[..., b, 1] - points[..., a, 1] for a, b in INNER_GAPS], axis=0)

    def width(self, coefficients):
        """Distance of the mouth corners, IOD."""
        a, b = MOUTH_CORNERS
        d = self.landmarks[b, :2] - self.landmarks[a, :2] + coefficients @ (self.modes[:, b, :2] - self.modes[:, a, :2])
        return np.linalg.norm(d, axis=-1)

    def lids(self, coefficients):
        """Mean lid opening over eye width of both eyes."""
        def gap(points):
            return np.mean([points[..., b, 1] - points[..., a, 1] for a, b in LID_PAIRS], axis=0)
        wide = np.mean([self.landmarks[b, 0] - self.landmarks[a, 0] for a, b in EYE_WIDTHS])
        return (gap(self.landmarks) + coefficients @ gap(self.modes)) / wide


def align(points, index=RIGID_INDEX, shape=RIGID_SHAPE):
    """Least-squares similarity transform of points[:, index] onto shape, for each frame (Umeyama 1991).

    points [n, L, 3] -> scale [n], rotation [n, 3, 3], offset [n, 3]: q = scale * rotation p + offset.
    """
    p = points[:, index].astype(np.float64)
    mean_p, mean_s = p.mean(1), shape.mean(0)
    a, b = p - mean_p[:, None], shape - mean_s
    u, d, vt = np.linalg.svd(np.einsum('ki,nkj->nij', b, a))
    sign = np.ones_like(d)
    sign[:, 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotation = np.einsum('nij,nj,njk->nik', u, sign, vt)
    scale = (d * sign).sum(1) / (a ** 2).sum((1, 2))
    offset = mean_s - scale[:, None] * np.einsum('nij,nj->ni', rotation, mean_p)
    return scale, rotation, offset


def measure(q):
    """Aperture, width (IOD) and lid opening of aligned landmarks q [n, 478, 3]."""
    aperture = np.mean([q[:, b, 1] - q[:, a, 1] for a, b in INNER_GAPS], axis=0)
    width = np.linalg.norm(q[:, MOUTH_CORNERS[1], :2] - q[:, MOUTH_CORNERS[0], :2], axis=1)
    lids = []
    for k, (a, b) in enumerate(EYE_WIDTHS):
        gap = np.mean([np.linalg.norm(q[:, j, :2] - q[:, i, :2], axis=1) for i, j in LID_PAIRS[3 * k:3 * k + 3]], axis=0)
        lids.append(gap / np.linalg.norm(q[:, a, :2] - q[:, b, :2], axis=1))
    return aperture, width, np.mean(lids, axis=0)


def angles(rotation):
    """Pitch, yaw and roll in degrees of row-vector rotations [n, 3, 3] = (Rz Ry Rx)^T."""
    yaw = np.degrees(np.arcsin(np.clip(-rotation[:, 0, 2], -1, 1)))
    roll = np.degrees(np.arctan2(rotation[:, 0, 1], rotation[:, 0, 0]))
    pitch = np.degrees(np.arctan2(rotation[:, 1, 2], rotation[:, 2, 2]))
    return np.stack([pitch, yaw, roll], 1)
