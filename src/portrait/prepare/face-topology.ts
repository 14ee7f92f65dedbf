/** @file What fit and preparation need to know about the face model's mesh, computed once a model. */

import type { FaceModel } from '../../weights/face-model.ts';
import { buildNeighbours, type Neighbours, partTriangles } from './mesh-geometry.ts';
import { buildRingGapField, type RingGapField } from './ring-gaps.ts';

export type FaceTopology = {
  /** Edges of face and head (vertices 0 ... skinCount - 1). */
  skin: Neighbours;
  skinCount: number;
  /** Edges of face, head and mouth socket, over all vertices of the model. */
  surface: Neighbours;
  gaps: RingGapField;
};

const cache = new WeakMap<FaceModel, FaceTopology>();

/** Topology of a model; the first call takes about a tenth of a second. */
export function faceTopology(model: FaceModel): FaceTopology {
  let topology = cache.get(model);
  if (!topology) {
    const { face, head_and_neck: head, mouth_socket: socket } = model.parts;
    const skinCount = head.vertices[1];
    const skin = partTriangles(model.triangles, [face.triangles[0], head.triangles[1]]);
    const surface = buildNeighbours(partTriangles(model.triangles, [face.triangles[0], socket.triangles[1]]), model.vertexCount);
    topology = { skin: buildNeighbours(skin, skinCount), skinCount, surface, gaps: buildRingGapField(model, surface) };
    cache.set(model, topology);
  }
  return topology;
}
