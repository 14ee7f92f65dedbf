/**
 * @file Skin that turns away: at the outline of the face it fades and is flattened, at contours inside the face it is
 * not.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { project } from '../../../../../src/portrait-bundle/pose';
import type { FaceFit } from '../../../../../src/portrait/fit/face-fit';
import { type FaceLayer, prepareFaceLayer } from '../../../../../src/portrait/prepare/face/face-layer';
import { faceTopology } from '../../../../../src/portrait/mesh/face-topology';
import { faceOval } from '../../../../../src/portrait/mesh/face-oval';
import { type PosedFace, poseFace } from '../../../../../src/portrait/prepare/face/posed-face';
import { interiorContour } from '../../../../../src/portrait/prepare/face/interior-contour';
import { limitSlopes } from '../../../../../src/portrait/prepare/face/slope-limit';
import { faceModel, neutralFit, syntheticFace } from '../../../../fixtures/synthetic-face';

/** Turned so far that the ridge of the nose is in front of the far eye. */
const YAW = 36;
/** Skin with a smaller cosine to the viewer turns away. */
const AWAY = 0.25;
/** Distance from the lips within which the mesh is not changed. */
const LIPS_IOD = 0.08;

let fit: FaceFit;
let posed: PosedFace;
let face: FaceLayer;
beforeAll(() => {
  const model = faceModel();
  const { pose, landmarks, photo } = syntheticFace({ yaw: YAW });
  fit = neutralFit(pose);
  posed = poseFace(model, fit, photo);
  face = prepareFaceLayer(model, fit, posed, faceOval(landmarks));
});

/** Mean over visible skin that turns away, in a region of the neutral face. */
function meanOf(field: Float32Array, isThere: (x: number, y: number, z: number) => boolean): number {
  const { neutral } = faceModel();
  const values = [...field].filter(
    (_, v) =>
      posed.seen[v] &&
      posed.facing[v]! > 0 &&
      posed.facing[v]! < AWAY &&
      isThere(neutral[3 * v]!, neutral[3 * v + 1]!, neutral[3 * v + 2]!),
  );
  expect(values.length).toBeGreaterThan(10);
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

describe('skin that turns away', () => {
  // In the neutral face, in IOD, the nose is in the middle and the rim of the cheek far out and far back.
  const isNose = (x: number, _: number, z: number): boolean => Math.abs(x) < 0.2 && z < -1.2;
  const isRim = (x: number, _: number, z: number): boolean => Math.abs(x) > 0.55 && z > -1;

  it('is an interior contour on the ridge of the nose but not on the far rim of the face', () => {
    const behind = interiorContour(faceModel(), posed, fit.pose.scale);
    expect(meanOf(behind, isNose)).toBeGreaterThan(0.6);
    expect(meanOf(behind, isRim)).toBeLessThan(0.2);
  });

  it('fades at the rim but not on the nose', () => {
    expect(meanOf(face.alpha, isNose)).toBeGreaterThan(0.9);
    expect(meanOf(face.alpha, isRim)).toBeLessThan(0.3);
  });
});

describe('limitSlopes', () => {
  /**
   * Number of triangles of the outline, without lips, that are visible in the rest pose but show their back once the
   * head has turned.
   */
  function turned(vertices: Float32Array, degrees: number): number {
    const { thinFace } = faceTopology(faceModel());
    const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
    const r = fit.pose.rotation;
    const pixels = project(fit.pose, vertices);
    const at = (v: number): [number, number] => {
      const depth = [0, 1, 2].reduce((sum, c) => sum + vertices[3 * v + c]! * r[3 * c + 2]!, 0);
      return [pixels[2 * v]! * cos + depth * sin * fit.pose.scale, pixels[2 * v + 1]!];
    };
    const area = (p: [number, number][]): number =>
      (p[1]![0] - p[0]![0]) * (p[2]![1] - p[0]![1]) - (p[2]![0] - p[0]![0]) * (p[1]![1] - p[0]![1]);
    let count = 0;
    for (let t = 0; t < thinFace.length; t += 3) {
      const corners = [...thinFace.subarray(t, t + 3)];
      if (corners.some((v) => face.alpha[v]! < 0.5 || face.rim[v]! < 0.5 || posed.lipDistance[v]! < LIPS_IOD)) continue;
      const rest = corners.map((v): [number, number] => [pixels[2 * v]!, pixels[2 * v + 1]!]);
      if (area(rest) < 0 && area(corners.map(at)) > 0) count++;
    }
    return count;
  }

  it('does not change the rest pose in the picture', () => {
    const flat = limitSlopes(faceModel(), fit, posed, face);
    const [before, after] = [fit, flat.fit].map(({ vertices }) => project(fit.pose, vertices)) as [
      Float32Array,
      Float32Array,
    ];
    expect(Math.max(...after.map((p, i) => Math.abs(p - before[i]!)))).toBeLessThan(1e-3);
  });

  it('keeps the front of the outline visible when the head turns further', () => {
    const flat = limitSlopes(faceModel(), fit, posed, face);
    const backs = (vertices: Float32Array): number => turned(vertices, 15) + turned(vertices, -15);
    expect(backs(fit.vertices)).toBeGreaterThan(0);
    expect(backs(flat.fit.vertices)).toBe(0);
    // Triangles that are flat enough already are not changed.
    const moved = flat.posed.depth.reduce((n, z, v) => n + Number(Math.abs(z - posed.depth[v]!) > 1e-6), 0);
    expect(moved).toBeLessThan(0.1 * posed.depth.length);
  });
});
