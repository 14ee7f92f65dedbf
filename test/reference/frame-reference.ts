/** @file One frame of a portrait on the CPU: steps 1 to 4 of src/portrait-bundle/portrait-bundle.ts, word for word. */
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import type { FaceModel } from '../../src/weights/face-model';

export type FrameReference = {
  /** f32[E]: what the mesh shows, and its change against the photo. */
  shown: Float32Array;
  change: Float32Array;
  /** f32[S]. */
  correction: Float32Array;
  /** f32[V x 3], canonical. */
  vertices: Float32Array;
};

/** @param commanded f32[E] */
export function referenceFrame(
  model: FaceModel,
  bundle: PortraitBundle,
  commanded: Float32Array,
  talking: number,
): FrameReference {
  const { mesh, gaps, relax, expression, headroom } = bundle;
  const count = expression.length;
  let gain = relax.base;
  for (let e = 0; e < count; e++) gain += relax.gain[e]! * commanded[e]!;
  const r = talking * Math.min(relax.limit, Math.max(0, gain));
  const shown = expression.map((own, e) => own * Math.max(0, 1 - r * relax.mask[e]!) + headroom[e]! * commanded[e]!);
  const blinks = ['eyeBlink_R', 'eyeBlink_L'].map((name) =>
    Math.min(1, Math.max(0, commanded[model.expressionNames.indexOf(name)]!)),
  );
  const correction = gaps.rest.map((rest, s) => {
    let opening = rest;
    let asked = 0;
    for (let e = 0; e < count; e++) {
      opening += gaps.basis[s * count + e]! * shown[e]!;
      asked += gaps.basis[s * count + e]! * commanded[e]!;
    }
    if (s < gaps.offsets[1]) return Math.max(0, asked) + (1 - talking) * gaps.photo[s]! - opening;
    const b = blinks[s < gaps.offsets[2] ? 0 : 1]!;
    return opening * (1 - b * b) - gaps.lidOverlap * b * b - opening;
  });
  const vertices = mesh.rest.slice();
  for (let v = 0; v < mesh.source.length; v++) {
    for (let e = 0; e < count; e++) {
      const from = 3 * (e * model.vertexCount + mesh.source[v]!);
      for (let c = 0; c < 3; c++)
        vertices[3 * v + c]! += shown[e]! * model.expressions.scale[e]! * model.expressions.quantised[from + c]!;
    }
    const coord = mesh.gapCoord[v]!;
    const i = Math.floor(coord);
    const next = Math.min(i + 1, correction.length - 1);
    vertices[3 * v + 1]! += mesh.gapWeight[v]! * (correction[i]! * (1 - coord + i) + correction[next]! * (coord - i));
  }
  return { shown, change: shown.map((e, i) => e - expression[i]!), correction, vertices };
}
