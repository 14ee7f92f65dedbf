/** @file Input of the shader of the eyes (shaders/warp/eye-layer.wgsl): its triangles of the photo layer and its uniform. */
import { StructArray } from '../gpu/struct-layout';
import { EYES } from '../kernels/struct-layouts';
import type { GazeLayer } from '../portrait-bundle/portrait-bundle';
import { expressionIndex, type FaceModel } from '../weights/face-model';

const SIDES = ['R', 'L'] as const;
const DIRECTIONS = ['In', 'Out', 'Down', 'Up'] as const;

/** Splits triangles of the photo layer into those that touch an eye and all others. @param uv f32[n x 2], px, of the vertices */
export function splitAtEyes(
  triangles: Uint32Array,
  uv: Float32Array,
  { image, offset }: GazeLayer,
): { eyes: Uint32Array<ArrayBuffer>; others: Uint32Array<ArrayBuffer> } {
  const [eyes, others]: [number[], number[]] = [[], []];
  const size = [image.width, image.height / 2];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [...triangles.subarray(t, t + 3)];
    const touches = ([0, 1] as const).every((axis) => {
      const at = corners.map((v) => uv[2 * v + axis]!);
      return Math.max(...at) > offset[axis] && Math.min(...at) < offset[axis] + size[axis]!;
    });
    (touches ? eyes : others).push(...corners);
  }
  return { eyes: Uint32Array.from(eyes), others: Uint32Array.from(others) };
}

/** The struct Eyes; all zero without a gaze layer. */
export function packEyes(model: FaceModel, gaze: GazeLayer | null): Float32Array<ArrayBuffer> {
  const out = new StructArray(EYES);
  if (!gaze) return out.data;
  const irises = gaze.irises.map((iris, k) => ({
    ...iris,
    look: DIRECTIONS.map((direction) => expressionIndex(model, `eyeLook${direction}_${SIDES[k]!}`)),
  }));
  out.set(0, { irises, offset: gaze.offset, size: [gaze.image.width, gaze.image.height / 2] });
  return out.data;
}
