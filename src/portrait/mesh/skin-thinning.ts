/**
 * @file Fewer triangles on smooth skin. The photo is projected onto the mesh, so in the rest pose any triangulation
 * shows it exactly, and cheeks and forehead move so smoothly that vertices a few millimetres apart can be merged.
 * Vertices of lips, lids, nose and keypoints are kept.
 */
import type { FaceModel } from '../../weights/face-model';
import { clusterTriangles } from './triangle-clustering';
import type { Neighbours } from './neighbours';
import { surfaceDistances } from './surface-distances';

const SKIN_CELL_CM = 0.6;
/**
 * Vertices within these distances along the skin are kept: from the edges of lips and lids, and from the tip of the
 * nose.
 */
const LIP_MARGIN_CM = 1.3;
const LID_MARGIN_CM = 1.2;
const NOSE_REACH_CM = 3.6;

/** @param triangles u32[3 n] of the face part @param neighbours of the skin @returns u32[3 n] */
export function thinSkin(model: FaceModel, triangles: Uint32Array, neighbours: Neighbours): Uint32Array {
  const { rings, neutral, iodCm } = model;
  const [first, end] = model.parts.face.vertices;
  const lips = [...rings.lipInnerUpper, ...rings.lipInnerLower, ...rings.lipOuterUpper, ...rings.lipOuterLower];
  let tip = first;
  for (let v = first; v < end; v++) if (neutral[3 * v + 2]! < neutral[3 * tip + 2]!) tip = v;
  const kept = new Uint8Array(model.vertexCount);
  const keepNear = (sources: Iterable<number>, cm: number): void => {
    surfaceDistances(neutral, neighbours, sources, cm / iodCm).nearest.forEach((source, v) => {
      if (source >= 0) kept[v] = 1;
    });
  };
  keepNear(lips, LIP_MARGIN_CM);
  keepNear([...rings.eyeLeft, ...rings.eyeRight], LID_MARGIN_CM);
  keepNear([tip], NOSE_REACH_CM);
  for (const v of model.keypoints) kept[v] = 1;
  return clusterTriangles(neutral, triangles, SKIN_CELL_CM / iodCm, (v) => v < end && kept[v] === 0);
}
