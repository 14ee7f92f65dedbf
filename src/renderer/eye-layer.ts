/** @file What the shader of the eyes (shaders/warp/eye-layer.wgsl) is given: its triangles of the photo layer and its uniform. */
import { expressionIndex, type FaceModel } from '../weights/face-model';
import type { GazeLayer } from '../portrait-bundle/portrait-bundle';

const SIDES = ['R', 'L'] as const;
/** 32-bit words of the struct Eyes. */
const EYES_WORDS = 2 * 12 + 4;

/** Splits triangles of the photo layer: those that touch an eye, and the rest. @param uv f32[n x 2], px, of the vertices */
export function splitAtEyes(
  triangles: Uint32Array,
  uv: Float32Array,
  { image, offset }: GazeLayer,
): { eyes: Uint32Array<ArrayBuffer>; rest: Uint32Array<ArrayBuffer> } {
  const [eyes, rest]: [number[], number[]] = [[], []];
  const size = [image.width, image.height / 2];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [...triangles.subarray(t, t + 3)];
    const touches = ([0, 1] as const).every((axis) => {
      const at = corners.map((v) => uv[2 * v + axis]!);
      return Math.max(...at) > offset[axis] && Math.min(...at) < offset[axis] + size[axis]!;
    });
    (touches ? eyes : rest).push(...corners);
  }
  return { eyes: Uint32Array.from(eyes), rest: Uint32Array.from(rest) };
}

/** The struct Eyes; all zero without a gaze layer. */
export function packEyes(model: FaceModel, gaze: GazeLayer | null): Float32Array<ArrayBuffer> {
  const out = new Float32Array(EYES_WORDS);
  if (!gaze) return out;
  const words = new Uint32Array(out.buffer);
  gaze.irises.forEach(({ centre, radius, softness, across, down }, k) => {
    out.set([...centre, radius, softness, ...across, ...down], 12 * k);
    words.set(
      ['In', 'Out', 'Down', 'Up'].map((way) => expressionIndex(model, `eyeLook${way}_${SIDES[k]!}`)),
      12 * k + 8,
    );
  });
  out.set([...gaze.offset, gaze.image.width, gaze.image.height / 2], 24);
  return out;
}
