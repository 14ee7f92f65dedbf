/** @file What fit and preparation need to know about the face model's mesh, computed once a model. */

import type { FaceModel } from '../../weights/face-model';
import { buildNeighbours, type Neighbours, partTriangles } from './mesh-geometry';
import { buildRingGapField, type RingGapField } from './ring-gaps';
import { thinSkin } from './skin-thinning';

export type FaceTopology = {
  /** Edges of face and head (vertices 0 ... skinCount - 1). */
  skin: Neighbours;
  skinCount: number;
  /** Edges of face, head and mouth socket, over all vertices of the model. */
  surface: Neighbours;
  gaps: RingGapField;
  /** Per face vertex, 1 on the inside of the mouth: behind the inner lip rings. */
  mouthInside: Uint8Array;
  /** u32[3 n]: triangles of the face to draw, fewer on plain skin. */
  thinFace: Uint32Array;
};

const cache = new WeakMap<FaceModel, FaceTopology>();

/** Topology of a model; the first call takes about a tenth of a second. */
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

/** The face without the inner lip rings falls apart into the skin and the inside of the mouth. */
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
