/** @file Geometry of the soft edges along lips and lids (shaders/warp/edge-ribbon.wgsl). */
import type { FaceModel } from '../weights/face-model';
import type { PortraitBundle } from '../portrait-bundle/portrait-bundle';
import { FACE_ATTRIBUTE_STRIDE } from './layer-attributes';

/** Numbers (f32) per vertex: mesh vertex, face attributes, ribbon (side, direction, kind). */
export const RIBBON_STRIDE = 1 + FACE_ATTRIBUTE_STRIDE + 3;

/** Vertices (see RIBBON_STRIDE) and the triangles of lips and lids, which share them. */
export type EdgeRibbons = {
  vertices: Float32Array<ArrayBuffer>;
  lips: Uint32Array<ArrayBuffer>;
  lids: Uint32Array<ArrayBuffer>;
};

/** `side` of the rows of vertices of the lash line, from top to bottom. */
const LASH_ROWS = [-1, -0.6, -0.3, 0, 0.3, 0.6, 1];

type Kind = 'lips' | 'rightEye' | 'leftEye';
const KINDS: Kind[] = ['lips', 'rightEye', 'leftEye'];

/** @param faceAttributes of packFace */
export function buildEdgeRibbons(
  model: FaceModel,
  { mesh }: PortraitBundle,
  faceAttributes: Float32Array,
): EdgeRibbons {
  const place = new Map<number, number>();
  for (let v = mesh.faceVertexCount - 1; v >= 0; v--) place.set(mesh.source[v]!, v);
  const words: number[] = [];
  const triangles: Record<Kind, number[]> = { lips: [], rightEye: [], leftEye: [] };
  const ribbon = (kind: Kind, path: readonly number[], direction: 1 | 0 | -1): void => {
    const first = words.length / RIBBON_STRIDE;
    const rows = direction === 0 ? LASH_ROWS : [0, 1];
    for (const vertex of path) {
      const v = place.get(vertex)!;
      const own = faceAttributes.subarray(v * FACE_ATTRIBUTE_STRIDE, (v + 1) * FACE_ATTRIBUTE_STRIDE);
      for (const side of rows) words.push(v, ...own, side, direction, KINDS.indexOf(kind));
    }
    for (let k = 0; k + 1 < path.length; k++)
      for (let row = 0; row + 1 < rows.length; row++) {
        const a = first + rows.length * k + row;
        const b = a + rows.length;
        triangles[kind].push(a, a + 1, b, b, a + 1, b + 1);
      }
  };
  const { lipInnerUpper, lipInnerLower, eyeRight, eyeLeft } = model.rings;
  ribbon('lips', [...lipInnerUpper], 1);
  ribbon('lips', [...lipInnerLower], -1);
  for (const [kind, loop] of [
    ['rightEye', eyeRight],
    ['leftEye', eyeLeft],
  ] as const) {
    const { upper, lower } = splitLoop(model, loop);
    ribbon(kind, upper, 1);
    ribbon(kind, lower, -1);
    ribbon(kind, upper, 0);
  }
  return {
    vertices: Float32Array.from(words),
    lips: Uint32Array.from(triangles.lips),
    lids: Uint32Array.from([...triangles.rightEye, ...triangles.leftEye]),
  };
}

/** Cuts a closed loop at its leftmost and rightmost vertices. */
function splitLoop({ neutral }: FaceModel, loop: Uint32Array): { upper: number[]; lower: number[] } {
  const ring = [...loop.subarray(0, loop.length - 1)];
  const x = (v: number): number => neutral[3 * v]!;
  const left = ring.indexOf(ring.reduce((a, b) => (x(b) < x(a) ? b : a)));
  const turned = [...ring.slice(left), ...ring.slice(0, left + 1)];
  const right = turned.indexOf(ring.reduce((a, b) => (x(b) > x(a) ? b : a)));
  const halves = [turned.slice(0, right + 1), turned.slice(right)] as const;
  const height = (path: number[]): number => path.reduce((sum, v) => sum + neutral[3 * v + 1]!, 0) / path.length;
  return height(halves[0]) < height(halves[1])
    ? { upper: halves[0], lower: halves[1] }
    : { upper: halves[1], lower: halves[0] };
}
