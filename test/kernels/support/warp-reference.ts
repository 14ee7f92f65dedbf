/**
 * @file The arithmetic of a frame (src/portrait-bundle/portrait-bundle.ts, steps 1 to 4) in plain f64, written from the contract, not
 * from the shaders: what the warp kernels must agree with.
 * @see secondary-motion-reference.ts for the amounts of secondary motion
 */
import { rotationFromAngles } from '../../../src/core/rotation';
import { lipShapes } from '../../../src/portrait-bundle/lip-shapes';
import type { PortraitBundle } from '../../../src/portrait-bundle/portrait-bundle';
import { TONGUE_STEP_IOD, tongueModes } from '../../../src/renderer/tongue-motion';
import type { FaceModel } from '../../../src/weights/face-model';

/** Limits of the renderer, see shaders/warp/keypoint-transform.wgsl and src/renderer/webgpu/keypoint-transform.ts. */
const COMMANDED_RANGE = [-0.5, 1.5] as const;
const LIP_SLACK_IOD = 0.006;
const LIP_OVERLAP_IOD = 0.003;

/** Nothing heard of the tongue, of pressed lips, of a lip at the teeth, of rounded lips. */
export const SILENT = [0, 0, 0, 0, 0, 0] as const;

const smoothstep = (a: number, b: number, x: number): number => {
  const t = clamp((x - a) / (b - a), 0, 1);
  return t * t * (3 - 2 * t);
};
const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

export type ReferenceFrame = {
  keypoints: number[];
  commanded: number[];
  shown: number[];
  change: number[];
  correction: number[];
  /** In widths without expression. */
  mouthWidth: number;
  /** px and depth-less canonical z a mesh vertex. */
  mesh: (v: number) => [number, number, number];
  grid: (v: number) => [number, number];
};

export function referenceFrame(
  model: FaceModel,
  bundle: PortraitBundle,
  latent: ArrayLike<number>,
  talking: number,
  secondary: readonly number[] = [],
  articulation: readonly number[] = SILENT,
): ReferenceFrame {
  const E = model.expressions.count;
  const { pose, relax, gaps, mesh, grid, photo } = bundle;
  const m = Array.from(latent);
  const r = [...rotationFromAngles(m[63]!, m[64]!, m[65]!)];
  const times = (p: number[], q: ArrayLike<number>): number[] =>
    [0, 1, 2].map((k) => p[0]! * q[k]! + p[1]! * q[3 + k]! + p[2]! * q[6 + k]!);
  const transposed = [0, 3, 6, 1, 4, 7, 2, 5, 8].map((k) => r[k]!);
  const scale = m[69]!;
  const shift = m.slice(66, 69);
  const place = (p: number[]): number[] => times(times(p, r), pose.rotation).map((x, k) => scale * x + shift[k]!);

  const headDelta = Array.from({ length: 21 }, (_, j) => times(m.slice(3 * j, 3 * j + 3), transposed)).flat();
  const commanded = Array.from({ length: E }, (_, e) =>
    clamp(
      headDelta.reduce((sum, d, k) => sum + d * model.keypointsToExpressions[63 * e + k]!, 0),
      ...COMMANDED_RANGE,
    ),
  );
  const relaxation =
    talking * clamp(relax.base + commanded.reduce((sum, c, e) => sum + c * relax.gain[e]!, 0), 0, relax.limit);
  const [tip, between, back, heardPressed, heardAtTeeth, heardRounded] = articulation.map((p) =>
    clamp((p - 0.08) / 0.37, 0, 1),
  ) as [number, number, number, number, number, number];
  const shapes = lipShapes(model, bundle);
  const aperture = commanded.reduce((sum, c, e) => sum + c * shapes.aperture[e]!, 0);
  const pressed = talking * heardPressed * (1 - smoothstep(0.03, 0.07, aperture));
  const atTeeth = talking * heardAtTeeth * (1 - smoothstep(0.06, 0.11, aperture));
  const rounded = talking * heardRounded;
  const missing = (shape: number, c: number): number => clamp(shape - c, 0, shape);
  const shown = commanded.map((c, e) => {
    const [press, tuck, round] = [
      missing(shapes.press[e]!, c),
      missing(shapes.tuck[e]!, c),
      missing(shapes.round[e]!, c),
    ];
    const heard = pressed * press + atTeeth * tuck + rounded * round;
    return bundle.expression[e]! * Math.max(0, 1 - relaxation * relax.mask[e]!) + bundle.headroom[e]! * (c + heard);
  });
  const jaw = Math.max(0, shown[model.expressionNames.indexOf('jawOpen')]!);
  const tongue = [tip, between, back, Math.min(1, 0.9 * tip + 0.55 * between) * jaw];
  const change = shown.map((e, k) => e - bundle.expression[k]!);

  const blink = ['eyeBlink_R', 'eyeBlink_L'].map((name) =>
    clamp(commanded[model.expressionNames.indexOf(name)]!, 0, 1),
  );
  const correction = Array.from(gaps.rest, (rest, s) => {
    const dot = (c: number[]): number => c.reduce((sum, x, e) => sum + x * gaps.basis[s * E + e]!, 0);
    const open = rest + dot(shown);
    if (s < gaps.offsets[1]) {
      const asked = dot(commanded);
      const bitten = atTeeth * smoothstep(0, 0.015, aperture);
      const between = bitten * 0.06 * shapes.arch[s]! + (1 - bitten) * asked;
      const opening = between * (1 - pressed);
      const slack = LIP_SLACK_IOD * (1 - smoothstep(0.01, 0.03, opening));
      const parted = smoothstep(0.012, 0.03, aperture) * (1 - smoothstep(0.03, 0.07, aperture));
      const lift = 0.012 * shapes.arch[s]! * parted * (1 - bitten) * (1 - pressed);
      const shown = Math.max(-LIP_OVERLAP_IOD * talking, opening + talking * (lift - slack));
      return shown + (1 - talking) * gaps.photo[s]! - open;
    }
    const b = blink[s < gaps.offsets[2] ? 0 : 1]!;
    return open * (1 - b * b) - gaps.lidOverlap * b * b - open;
  });

  const mode = (e: number, v: number, k: number): number =>
    model.expressions.scale[e]! * model.expressions.quantised[3 * (e * model.vertexCount + v) + k]!;
  const expressed = (v: number, rest: ArrayLike<number>, at: number, weights: number[]): number[] =>
    [0, 1, 2].map((k) => rest[at + k]! + weights.reduce((sum, w, e) => sum + w * mode(e, v, k), 0));
  const keypoints = Array.from(model.keypoints, (vertex, j) => {
    const v = mesh.source.indexOf(vertex);
    const p = times(times(expressed(vertex, mesh.rest, 3 * v, [...bundle.expression]), r), pose.rotation);
    const [x, y, z] = p.map((c, k) => pose.scale * (scale * (c + m[3 * j + k]!) + shift[k]!)) as [
      number,
      number,
      number,
    ];
    return [x + pose.translation[0], y + pose.translation[1], z];
  }).flat();

  // Secondary motion at a place of the grid, in cells: bilinear.
  const lagging = (x: number, y: number): [number, number] => {
    const [i, j] = [Math.min(grid.columns - 2, Math.floor(x)), Math.min(grid.rows - 2, Math.floor(y))];
    const out: [number, number] = [0, 0];
    for (const [di, dj] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const share = (di ? x - i : 1 - x + i) * (dj ? y - j : 1 - y + j);
      secondary.forEach((amount, k) => {
        const at = 2 * (k * grid.columns * grid.rows + (j + dj) * grid.columns + i + di);
        for (const axis of [0, 1] as const) out[axis] += share * amount * bundle.secondary[at + axis]!;
      });
    }
    return out;
  };

  return {
    keypoints,
    commanded,
    shown,
    change,
    correction,
    mouthWidth:
      1 + commanded.reduce((sum, c, k) => sum + (c + rounded * missing(shapes.round[k]!, c)) * shapes.width[k]!, 0),
    mesh: (v) => {
      const p = expressed(mesh.source[v]!, mesh.rest, 3 * v, shown);
      const c = mesh.gapCoord[v]!;
      const i = Math.min(Math.floor(c), gaps.offsets[3] - 1);
      const next = Math.min(i + 1, gaps.offsets[3] - 1);
      p[1]! += mesh.gapWeight[v]! * (correction[i]! + (c - i) * (correction[next]! - correction[i]!));
      if (v < mesh.faceVertexCount) {
        const [x, y] = lagging(
          (mesh.uv[2 * v]! / photo.width) * (grid.columns - 1),
          (mesh.uv[2 * v + 1]! / photo.height) * (grid.rows - 1),
        );
        p[0]! += x;
        p[1]! += y;
      } else {
        const modes = tongueModes(model);
        tongue.forEach((amount, t) => {
          for (let k = 0; k < 3; k++)
            p[k]! += amount * TONGUE_STEP_IOD * modes[3 * (t * model.vertexCount + mesh.source[v]!) + k]!;
        });
      }
      const placed = place(p);
      return [pose.scale * placed[0]! + pose.translation[0], pose.scale * placed[1]! + pose.translation[1], p[2]!];
    },
    grid: (v) => {
      const count = grid.columns * grid.rows;
      const rest = [
        ((v % grid.columns) * photo.width) / (grid.columns - 1),
        (Math.floor(v / grid.columns) * photo.height) / (grid.rows - 1),
      ];
      const moved = [0, 0, 0];
      grid.expressions.forEach((e, k) => {
        for (let axis = 0; axis < 2; axis++) moved[axis]! += change[e]! * grid.basis[2 * (k * count + v) + axis]!;
      });
      lagging(v % grid.columns, Math.floor(v / grid.columns)).forEach((d, axis) => (moved[axis]! += d));
      const follow = times(times(moved, r), pose.rotation);
      const head = place([...grid.canonical.subarray(3 * v, 3 * v + 3)]);
      return [0, 1].map(
        (k) =>
          rest[k]! +
          grid.rigid[v]! * (pose.scale * head[k]! + pose.translation[k]! - rest[k]!) +
          pose.scale * scale * follow[k]!,
      ) as [number, number];
    },
  };
}
