import { beforeAll, describe, expect, it } from 'vitest';
import { project } from '../../../../../src/portrait-bundle/pose';
import type { GazeLayer } from '../../../../../src/portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../../../../../src/core/rgba-image';
import { eyeOpenings } from '../../../../../src/portrait/prepare/eyes/eye-openings';
import { prepareGaze } from '../../../../../src/portrait/prepare/eyes/gaze';
import { signedDistance, boundingBox } from '../../../../../src/core/polygon';
import { type PosedFace, poseFace } from '../../../../../src/portrait/prepare/face/posed-face';
import { packEyes, splitAtEyes } from '../../../../../src/renderer/eye-layer';
import { expressionIndex } from '../../../../../src/weights/face-model';
import { faceModel, neutralFit, syntheticFace } from '../../../../fixtures/synthetic-face';

const SKIN = [200, 150, 120];
const WHITE = [230, 225, 220];
const IRIS = [60, 80, 110];
const RADIUS_IOD = 0.068;

/**
 * Eyes painted into the openings of the neutral face, with irises `shift` px off the middle and landmarks that are a
 * sixth of a radius off.
 */
function paintedEyes(scale: number, shift: [number, number] = [0, 0]) {
  const model = faceModel();
  const { pose, photo: noise, landmarks } = syntheticFace({ scale });
  const fit = neutralFit(pose);
  const photo: RgbaImage = { ...noise, data: new Uint8ClampedArray(noise.data) };
  const posed: PosedFace = poseFace(model, fit, photo);
  const openings = eyeOpenings(model, posed);
  const radius = RADIUS_IOD * scale;
  const centres = openings.map((opening) => {
    const mean = [0, 1].map((axis) => {
      const values = opening.filter((_, i) => i % 2 === axis);
      return values.reduce((a, b) => a + b, 0) / values.length;
    });
    return [mean[0]! + shift[0], mean[1]! + shift[1]] as [number, number];
  });
  openings.forEach((opening, eye) => {
    const [left, top, right, bottom] = boundingBox([opening], 0.1 * scale, photo);
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) {
        const [px, py] = [x + 0.5, y + 0.5];
        const onIris = Math.hypot(px - centres[eye]![0], py - centres[eye]![1]) < radius;
        const colour = signedDistance(opening, px, py) > 0 ? SKIN : onIris ? IRIS : WHITE;
        photo.data.set([...colour, 255], 4 * (y * photo.width + x));
      }
  });
  centres.forEach(([x, y], eye) => {
    const off = radius / 6;
    [
      [0, 0],
      [1, 0],
      [0, -1],
      [-1, 0],
      [0, 1],
    ].forEach(([dx, dy], n) => {
      landmarks.set([x + off + dx! * radius * 1.1, y + dy! * radius * 1.1], 3 * (468 + 5 * eye + n));
    });
  });
  return { model, fit, photo, posed, landmarks, centres, radius };
}

describe('gaze', () => {
  let eyes: ReturnType<typeof paintedEyes>;
  let gaze: GazeLayer;
  beforeAll(() => {
    eyes = paintedEyes(200, [3, 1]);
    gaze = prepareGaze(eyes.model, eyes.fit, eyes.posed, eyes.photo, eyes.landmarks)!;
  });

  it('finds the irises more exactly than the landmarks do', () => {
    gaze.irises.forEach((iris, k) => {
      expect(Math.hypot(iris.centre[0] - eyes.centres[k]![0], iris.centre[1] - eyes.centres[k]![1])).toBeLessThan(
        eyes.radius / 9,
      );
      expect(Math.abs(iris.radius / eyes.radius - 1)).toBeLessThan(0.08);
    });
  });

  it('completes the white behind the iris, and the iris under the lids', () => {
    const { width, height, data } = gaze.image;
    eyes.centres.forEach(([x, y]) => {
      const at = (px: number, py: number, half: 0 | 1): number[] => {
        const k =
          4 * ((Math.floor(py - gaze.offset[1]) + (half * height) / 2) * width + Math.floor(px - gaze.offset[0]));
        return [...data.subarray(k, k + 4)];
      };
      at(x, y, 0).forEach((value, c) => expect(Math.abs(value - [...WHITE, 255][c]!)).toBeLessThan(6));
      for (const angle of [0, 1.57, 3.14, 4.71])
        at(x + 0.7 * eyes.radius * Math.cos(angle), y + 0.7 * eyes.radius * Math.sin(angle), 1).forEach((value, c) =>
          expect(Math.abs(value - [...IRIS, 255][c]!)).toBeLessThan(8),
        );
    });
  });

  it('shifts the irises like turning eyeballs, each away from the nose', () => {
    const eyeball = 2.05 * eyes.radius;
    const [right, left] = gaze.irises;
    for (const iris of [right, left]) {
      expect(Math.abs(iris.across[0])).toBeLessThan(1.1 * eyeball);
      expect(Math.abs(iris.across[0])).toBeGreaterThan(0.9 * eyeball);
      expect(iris.down[1]).toBeGreaterThan(0);
    }
    expect(right.across[0]).toBeLessThan(0);
    expect(left.across[0]).toBeGreaterThan(0);
  });

  it('does not move eyes without iris landmarks or with irises of a pixel', () => {
    const { model, fit, posed, photo, landmarks } = eyes;
    expect(prepareGaze(model, fit, posed, photo, landmarks.subarray(0, 3 * 468))).toBeNull();
    const tiny = paintedEyes(10);
    expect(prepareGaze(tiny.model, tiny.fit, tiny.posed, tiny.photo, tiny.landmarks)).toBeNull();
  });

  it('gives the shader the triangles that touch an eye and the expressions that turn it', () => {
    const { model, fit } = eyes;
    const uv = project(fit.pose, model.neutral);
    const corner = [0, 1, 2].map((k) => model.rings.eyeLeft[k]!);
    const far = [model.keypoints[10]!, model.keypoints[10]!, model.keypoints[10]!]; // chin
    const { eyes: at, others } = splitAtEyes(Uint32Array.from([...far, ...corner]), uv, gaze);
    expect([...at]).toEqual(corner);
    expect([...others]).toEqual(far);
    const words = new Uint32Array(packEyes(model, gaze).buffer);
    expect(words[8 + 1]).toBe(expressionIndex(model, 'eyeLookOut_R'));
    expect(words[12 + 8]).toBe(expressionIndex(model, 'eyeLookIn_L'));
  });
});
