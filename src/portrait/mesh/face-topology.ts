/** @file What fit and preparation derive from the face model's mesh, computed once per model. */

import { type FaceModel, partTriangles } from '../../weights/face-model';
import { buildNeighbours, type Neighbours } from './neighbours';
import { buildRingGapField, type RingGapField } from './ring-gaps';
import { thinSkin } from './skin-thinning';

type FaceTopology = {
  /** Neighbours within face and head (vertices 0 ... skinCount - 1). */
  skin: Neighbours;
  skinCount: number;
  /** Neighbours within face, head and mouth socket, for all vertices of the model. */
  surface: Neighbours;
  gaps: RingGapField;
  /** u8[face vertices]: 1 inside the mouth, behind the inner lip rings. */
  mouthInside: Uint8Array;
  /** u32[3 n]: triangles of the face to draw, simplified on smooth skin. */
  thinFace: Uint32Array;
};

const cache = new WeakMap<FaceModel, FaceTopology>();

/** The topology of a model; the first call takes about a tenth of a second. */
export function faceTopology(model: FaceModel): FaceTopology {
  let topology = cache.get(model);
  if (!topology) {
    const { face, head_and_neck: head, mouth_socket: socket } = model.parts;
    const skinCount = head.vertices[1];
    const skin = partTriangles(model.triangles, [face.triangles[0], head.triangles[1]]);
    const surface = buildNeighbours(
      partTriangles(model.triangles, [face.triangles[0], socket.triangles[1]]),
      model.vertexCount,
    );
    const skinNeighbours = buildNeighbours(skin, skinCount);
    topology = {
      skin: skinNeighbours,
      skinCount,
      surface,
      gaps: buildRingGapField(model, surface),
      mouthInside: mouthInside(model),
      thinFace: thinSkin(model, partTriangles(model.triangles, face.triangles), skinNeighbours),
    };
    cache.set(model, topology);
  }
  return topology;
}

/**
 * Without the inner lip rings the face is two separate pieces: the skin, filled from an outer lip, and the inside of
 * the mouth.
 */
function mouthInside(model: FaceModel): Uint8Array {
  const { face } = model.parts;
  const count = face.vertices[1];
  const neighbours = buildNeighbours(partTriangles(model.triangles, face.triangles), count);
  const skin = new Uint8Array(count);
  const ring = new Set([...model.rings.lipInnerUpper, ...model.rings.lipInnerLower]);
  const pending = [model.rings.lipOuterUpper[model.rings.lipOuterUpper.length >> 1]!];
  skin[pending[0]!] = 1;
  for (let v = pending.pop(); v !== undefined; v = pending.pop()) {
    for (let i = neighbours.start[v]!; i < neighbours.start[v + 1]!; i++) {
      const w = neighbours.index[i]!;
      if (skin[w] || ring.has(w)) continue;
      skin[w] = 1;
      pending.push(w);
    }
  }
  return skin.map((isSkin, v) => (isSkin || ring.has(v) ? 0 : 1));
}
