import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fitFace } from '../../../../src/portrait/fit/face-fit';
import { splitFace } from '../../../../src/renderer/face-triangles';
import { project } from '../../../../src/portrait-bundle/pose';
import type { PortraitBundle } from '../../../../src/portrait-bundle/portrait-bundle';
import { lipShapes } from '../../../../src/portrait-bundle/lip-shapes';
import { savePortraitBundle } from '../../../../src/portrait-bundle/portrait-file';
import { preparePortrait } from '../../../../src/portrait/prepare/prepare-portrait';
import { expressionIndex } from '../../../../src/weights/face-model';
import {
  faceModel,
  type FaceSetup,
  namedExpression,
  randomSource,
  syntheticFace,
} from '../../../fixtures/synthetic-face';
import { articulationOf, gapCorrections, showExpressions } from '../../../../src/renderer/cpu/frame-steps';
import { meshVertices } from '../../../reference/vertices';

const PORTRAITS: Record<string, FaceSetup> = {
  'closed mouth': { identity: [0.6, -0.8, 0.4, 1], yaw: 6 },
  'smile with open mouth': { expression: { mouthSmile: 0.8, jawOpen: 0.25, mouthLowerDown: 0.3 }, pitch: 4 },
  'wide open, turned': { identity: [-1, 0.7, 1.2, -0.6, 0.9], expression: { jawOpen: 0.6 }, yaw: -20, roll: 7 },
};
const prepared = new Map<string, PortraitBundle>();
function portrait(name: string): PortraitBundle {
  let bundle = prepared.get(name);
  if (!bundle) {
    const { photo, landmarks } = syntheticFace(PORTRAITS[name]!);
    bundle = preparePortrait(faceModel(), { photo, landmarks, matte: null }, fitFace(faceModel(), landmarks));
    prepared.set(name, bundle);
  }
  return bundle;
}
const NAMES = Object.keys(PORTRAITS);
/** Overlap of closed lips in speech. */
const OVERLAP_IOD = 0.003;

/** What the reference shows of commanded expressions without articulation; vertices are canonical. */
function showCommanded(bundle: PortraitBundle, commanded: Float32Array, speechBlend: number) {
  const model = faceModel();
  const shapes = lipShapes(model, bundle);
  const c = [...commanded];
  const expressions = showExpressions(bundle, shapes, c, speechBlend, articulationOf(new Float32Array(6)));
  const blinks = ['eyeBlink_R', 'eyeBlink_L'].map((name) => c[expressionIndex(model, name)]!) as [number, number];
  const correction = gapCorrections(bundle.gaps, shapes.arch, c, blinks, speechBlend, expressions);
  const { shown, change } = expressions;
  return { shown, change, correction, vertices: meshVertices(model, bundle.mesh, shown, correction) };
}

/** Opening between the lips in canonical y, measured on the polylines at evenly spaced x between the corners. */
function lipOpening(bundle: PortraitBundle, vertices: Float64Array): number[] {
  const upper = bundle.lipRing.subarray(0, bundle.lipRingUpperCount);
  const lower = [
    upper[0]!,
    ...[...bundle.lipRing.subarray(bundle.lipRingUpperCount)].reverse(),
    upper[upper.length - 1]!,
  ];
  const yAt = (path: ArrayLike<number>, x: number): number => {
    for (let i = 0; i + 1 < path.length; i++) {
      const [a, b] = [path[i]!, path[i + 1]!];
      const [ax, bx] = [vertices[3 * a]!, vertices[3 * b]!];
      if (x >= Math.min(ax, bx) && x <= Math.max(ax, bx))
        return vertices[3 * a + 1]! + ((x - ax) / (bx - ax || 1)) * (vertices[3 * b + 1]! - vertices[3 * a + 1]!);
    }
    throw new Error('x outside the lips');
  };
  const [x0, x1] = [vertices[3 * upper[0]!]!, vertices[3 * upper[upper.length - 1]!]!];
  return Array.from({ length: 41 }, (_, i) => {
    const x = x0 + (x1 - x0) * (0.05 + (0.9 * i) / 40);
    return yAt(lower, x) - yAt(upper, x);
  });
}

/** Largest distance, in the picture plane, of a vertex of either lip ring from the other ring. */
function lipDistance(bundle: PortraitBundle, vertices: Float64Array): number {
  const upper = [...bundle.lipRing.subarray(0, bundle.lipRingUpperCount)];
  const lower = [
    upper[0]!,
    ...[...bundle.lipRing.subarray(bundle.lipRingUpperCount)].reverse(),
    upper[upper.length - 1]!,
  ];
  const point = (v: number): [number, number] => [vertices[3 * v]!, vertices[3 * v + 1]!];
  const toPath = ([x, y]: [number, number], path: number[]): number => {
    let best = Infinity;
    for (let i = 0; i + 1 < path.length; i++) {
      const [[ax, ay], [bx, by]] = [point(path[i]!), point(path[i + 1]!)];
      const [ex, ey] = [bx - ax, by - ay];
      const t = Math.min(1, Math.max(0, ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey || 1)));
      best = Math.min(best, Math.hypot(x - ax - t * ex, y - ay - t * ey));
    }
    return best;
  };
  return Math.max(...upper.map((v) => toPath(point(v), lower)), ...lower.map((v) => toPath(point(v), upper)));
}

describe.each(NAMES)('preparePortrait: %s', (name) => {
  it('shows the photo itself in the rest pose', () => {
    const bundle = portrait(name);
    const { vertices, change, correction } = showCommanded(bundle, new Float32Array(53), 0);
    expect(Math.max(...change.map(Math.abs))).toBe(0);
    expect(Math.max(...correction.map(Math.abs))).toBeLessThan(1e-6);
    const pixels = project(bundle.pose, vertices.subarray(0, 3 * bundle.mesh.faceVertexCount));
    // Vertices without a visible triangle sample the photo at a visible neighbour, all others at their own position.
    const own = bundle.mesh.alpha.reduce(
      (count, _, v) =>
        count +
        Number(
          Math.hypot(pixels[2 * v]! - bundle.mesh.uv[2 * v]!, pixels[2 * v + 1]! - bundle.mesh.uv[2 * v + 1]!) < 0.01,
        ),
      0,
    );
    expect(own / bundle.mesh.faceVertexCount).toBeGreaterThan(0.75);
    let worst = 0;
    let checked = 0;
    for (const t of frontTriangles(bundle, pixels)) {
      for (const v of t) {
        if (bundle.mesh.shade[v]! < 1) continue;
        worst = Math.max(
          worst,
          Math.hypot(pixels[2 * v]! - bundle.mesh.uv[2 * v]!, pixels[2 * v + 1]! - bundle.mesh.uv[2 * v + 1]!),
        );
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(300);
    expect(worst).toBeLessThan(0.01);
    // The photo layer: every vertex projects onto its own position.
    const { grid, photo } = bundle;
    const rest = project(bundle.pose, grid.canonical);
    let off = 0;
    for (let k = 0; k < grid.rigid.length; k++) {
      const [x, y] = [
        ((k % grid.columns) * photo.width) / (grid.columns - 1),
        (Math.floor(k / grid.columns) * photo.height) / (grid.rows - 1),
      ];
      off = Math.max(off, Math.hypot(rest[2 * k]! - x, rest[2 * k + 1]! - y));
    }
    expect(off).toBeLessThan(0.01);
  });

  it('opens the lips exactly as commanded during speech', () => {
    const bundle = portrait(name);
    const random = randomSource(NAMES.indexOf(name) + 1);
    const neutral = portraitFreeOpening(bundle);
    for (let trial = 0; trial < 12; trial++) {
      const commanded = randomMouth(random);
      const measured = lipOpening(bundle, showCommanded(bundle, commanded, 1).vertices);
      const asked = neutral(commanded);
      // Openings are commanded at material points but measured at positions; they differ where the lips slide sideways.
      measured.forEach((gap, i) => expect(Math.abs(gap - asked[i]!)).toBeLessThan(0.02));
    }
  });

  it('seals the lips when a closure is commanded', () => {
    const bundle = portrait(name);
    const random = randomSource(NAMES.indexOf(name) + 100);
    const { gaps } = bundle;
    for (let trial = 0; trial < 12; trial++) {
      const commanded = trial === 0 ? new Float32Array(53) : closing(bundle, randomMouth(random));
      for (let s = 0; s < gaps.offsets[1]; s++) expect(asked(bundle, commanded, s)).toBeLessThanOrEqual(1e-6);
      const { vertices, shown, correction } = showCommanded(bundle, commanded, 1);
      // Exact at equal material points, where it is commanded.
      for (let s = 0; s < gaps.offsets[1]; s++) {
        const opening = shown.reduce((sum, e, k) => sum + e * gaps.basis[s * 53 + k]!, gaps.rest[s]!) + correction[s]!;
        expect(opening).toBeCloseTo(-OVERLAP_IOD, 5);
      }
      // In the picture, lips that slide sideways leave a third of a pixel at 100 px per IOD.
      expect(lipDistance(bundle, vertices)).toBeLessThan(OVERLAP_IOD + 0.0035);
    }
  });

  it('closes the eyes in a blink', () => {
    const bundle = portrait(name);
    const commanded = namedExpression({ eyeBlink: 1 });
    const { correction } = showCommanded(bundle, commanded, 0);
    const { gaps, expression, headroom } = bundle;
    for (let s = gaps.offsets[1]; s < gaps.offsets[3]; s++) {
      let opening = gaps.rest[s]! + correction[s]!;
      for (let e = 0; e < 53; e++) opening += gaps.basis[s * 53 + e]! * (expression[e]! + headroom[e]! * commanded[e]!);
      expect(opening).toBeCloseTo(-gaps.lidOverlap, 5);
    }
  });

  it('keeps every index in range and every number finite', () => {
    const { mesh, grid, gaps } = portrait(name);
    const v = mesh.source.length;
    expect(Math.max(...mesh.source)).toBeLessThan(faceModel().vertexCount);
    expect(mesh.faceTriangles.every((t) => t < mesh.faceVertexCount)).toBe(true);
    expect(mesh.mouthTriangles.every((t) => t >= mesh.faceVertexCount && t < v)).toBe(true);
    for (const field of [
      mesh.rest,
      mesh.uv,
      mesh.lidUv,
      mesh.mouthNormal,
      grid.canonical,
      grid.basis,
      gaps.rest,
      gaps.photo,
    ])
      expect(field.every(Number.isFinite)).toBe(true);
    for (const field of [mesh.alpha, mesh.shade, grid.rigid]) expect(field.every((x) => x >= 0 && x <= 1)).toBe(true);
    for (let i = 0; i < grid.columns; i++) expect(grid.rigid[i]).toBe(0);
  });
});

describe('preparePortrait', () => {
  it('cuts out the teeth of open mouths only', () => {
    expect(portrait('closed mouth').mouth.photoTeeth).toBeNull();
    const { mouth, mesh } = portrait('smile with open mouth');
    expect(mouth.photoTeeth).not.toBeNull();
    expect(mesh.mouthGroups.upperTeeth[0]).toBe(mesh.mouthGroups.upperTeeth[1]);
  });

  it('does not draw the shadow of the lips as a lash line in a blink', () => {
    const { mesh } = portrait('smile with open mouth');
    const lids = new Set(splitFace(mesh).lids);
    expect(lids.size).toBeGreaterThan(100);
    for (const v of portrait('smile with open mouth').lipRing) expect(lids.has(v)).toBe(false);
  });

  it('is deterministic', () => {
    const { photo, landmarks } = syntheticFace(PORTRAITS['closed mouth']!);
    const again = preparePortrait(faceModel(), { photo, landmarks, matte: null }, fitFace(faceModel(), landmarks));
    expect(hashOf(again)).toBe(hashOf(portrait('closed mouth')));
  });

  it('does not move what the matte marks as background', () => {
    const { photo, landmarks } = syntheticFace({});
    const none = { width: 64, height: 64, data: new Float32Array(64 * 64) };
    const bundle = preparePortrait(faceModel(), { photo, landmarks, matte: none }, fitFace(faceModel(), landmarks));
    expect(Math.max(...bundle.grid.rigid)).toBe(0);
    expect(bundle.grid.expressions).toHaveLength(0);
  });
});

/** Hash of everything in a bundle. */
function hashOf(bundle: PortraitBundle): string {
  return createHash('sha256')
    .update(new Uint8Array(savePortraitBundle(bundle)))
    .digest('hex');
}

/** Triangles of the face that are visible from the front with some opacity. */
function* frontTriangles({ mesh }: PortraitBundle, pixels: Float32Array): Generator<[number, number, number]> {
  for (let t = 0; t < mesh.faceTriangles.length; t += 3) {
    const [a, b, c] = [mesh.faceTriangles[t]!, mesh.faceTriangles[t + 1]!, mesh.faceTriangles[t + 2]!];
    // Only on the front of the face, where nothing can be in front.
    if (
      [a, b, c].some(
        (v) =>
          mesh.alpha[v]! < 0.999 ||
          mesh.rest[3 * v + 2]! > -1.05 ||
          Math.abs(mesh.rest[3 * v]!) > 0.45 ||
          mesh.rest[3 * v + 1]! > -0.55,
      )
    )
      continue;
    if (mesh.rest[3 * a + 1]! > -0.85) continue; // brow and forehead
    const area =
      (pixels[2 * b]! - pixels[2 * a]!) * (pixels[2 * c + 1]! - pixels[2 * a + 1]!) -
      (pixels[2 * c]! - pixels[2 * a]!) * (pixels[2 * b + 1]! - pixels[2 * a + 1]!);
    if (area < -0.5) yield [a, b, c];
  }
}

function randomMouth(random: () => number): Float32Array {
  return namedExpression({
    jawOpen: 0.5 * random(),
    mouthPucker: 0.5 * random(),
    mouthFunnel: 0.4 * random(),
    mouthSmile: 0.5 * random(),
    mouthStretch: 0.3 * random(),
    mouthUpperUp: 0.4 * random(),
    mouthLowerDown: 0.4 * random(),
    mouthPress: 0.5 * random(),
    mouthRollLower: 0.3 * random(),
    mouthFrown: 0.2 * random(),
  });
}

function asked({ gaps }: PortraitBundle, commanded: Float32Array, s: number): number {
  return commanded.reduce((sum, c, e) => sum + c * gaps.basis[s * commanded.length + e]!, 0);
}

/** Reduces the opening of the jaw until no sample is commanded to open. */
function closing(bundle: PortraitBundle, commanded: Float32Array): Float32Array {
  const out = commanded.slice();
  const jaw = faceModel().expressionNames.indexOf('jawOpen');
  out[jaw] = 0;
  for (let s = 0; s < bundle.gaps.offsets[1]; s++) {
    const slope = bundle.gaps.basis[s * 53 + jaw]!;
    const opening = asked(bundle, out, s);
    if (slope > 0.02 && opening > 0) out[jaw] = out[jaw]! - opening / slope;
  }
  // The jaw has no effect next to the corners, so openings that remain there are closed by reducing all expressions.
  for (let round = 0; round < 200; round++) {
    let worst = 0;
    for (let s = 0; s < bundle.gaps.offsets[1]; s++) worst = Math.max(worst, asked(bundle, out, s));
    if (worst <= 1e-6) break;
    out.forEach((value, e) => {
      if (value > 0) out[e] = value * 0.9;
    });
  }
  return out.map((value, e) => (e !== jaw && Math.abs(value) < 1e-5 ? 0 : value));
}

/** Commanded opening at the positions that `lipOpening` measures, if the lips do not slide. */
function portraitFreeOpening(bundle: PortraitBundle): (commanded: Float32Array) => number[] {
  const samples = sampleCoordinates(bundle);
  return (commanded) =>
    Array.from({ length: 41 }, (_, i) => {
      const u = 0.05 + (0.9 * i) / 40;
      let k = 0;
      while (k < samples.length - 2 && samples[k + 1]! < u) k++;
      const t = (u - samples[k]!) / (samples[k + 1]! - samples[k]!);
      return Math.max(0, asked(bundle, commanded, k)) * (1 - t) + Math.max(0, asked(bundle, commanded, k + 1)) * t;
    });
}

/** Material coordinate of each lip sample, from the vertices of the rings. */
function sampleCoordinates(bundle: PortraitBundle): number[] {
  const model = faceModel();
  const upper = bundle.lipRing.subarray(0, bundle.lipRingUpperCount);
  const x = (v: number): number => model.neutral[3 * bundle.mesh.source[v]!]!;
  const [x0, x1] = [x(upper[0]!), x(upper[upper.length - 1]!)];
  const count = bundle.gaps.offsets[1];
  const out = new Array<number>(count).fill(Number.NaN);
  for (const v of bundle.lipRing) {
    const s = bundle.mesh.gapCoord[v]!;
    if (Number.isInteger(s)) out[s] = Math.min(1, Math.max(0, (x(v) - x0) / (x1 - x0)));
  }
  out[0] = 0;
  out[count - 1] = 1;
  for (let s = 1; s < count - 1; s++) if (Number.isNaN(out[s])) out[s] = out[s - 1]!;
  return out;
}
