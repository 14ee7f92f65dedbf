/**
 * @file The mouth: lip edges in the photo, colours, tongue, and how the photo's mouth expression is taken back in
 * speech.
 */
import { describe, expect, it } from 'vitest';
import { project } from '../../../../../src/portrait-bundle/pose';
import { lipShapes } from '../../../../../src/portrait-bundle/lip-shapes';
import type { FaceFit } from '../../../../../src/portrait/fit/face-fit';
import type { RgbaImage } from '../../../../../src/core/rgba-image';
import { mouthColours } from '../../../../../src/portrait/prepare/mouth/mouth-colours';
import { relaxation } from '../../../../../src/portrait/prepare/mouth/relaxation';
import { alignSeam } from '../../../../../src/portrait/prepare/mouth/seam-alignment';
import { TONGUE_STEP_IOD, tongueModes } from '../../../../../src/renderer/tongue-motion';
import { expressionIndex, withExpression } from '../../../../../src/weights/face-model';
import { faceModel } from '../../../../fixtures/synthetic-face';
import { syntheticPortrait } from '../../../../fixtures/synthetic-portrait';

const SIZE_PX = 512;
const SCALE = 180;
/** Expression weights of an open mouth. */
const OPEN = { jawOpen: 0.25, mouthUpperUp_L: 0.3, mouthUpperUp_R: 0.3 };

function fitOf(expression: Record<string, number>, mouthClosed: boolean): FaceFit {
  const model = faceModel();
  const weights = new Float32Array(model.expressions.count);
  for (const [name, value] of Object.entries(expression)) weights[expressionIndex(model, name)] = value;
  return {
    pose: { rotation: new Float32Array([1, 0, 0, 0, 1, 0, 0, 0, 1]), scale: SCALE, translation: [256, 330] },
    expression: weights,
    identity: new Float32Array(40),
    vertices: model.neutral.slice(),
    mouthClosed,
    error: { model: 0, final: 0 },
  };
}

const ringPixels = (fit: FaceFit): { upper: [number, number][]; lower: [number, number][] } => {
  const model = faceModel();
  const pixels = project(fit.pose, withExpression(model, fit.vertices, fit.expression));
  const at = (ring: Uint32Array): [number, number][] => [...ring].map((v) => [pixels[2 * v]!, pixels[2 * v + 1]!]);
  return { upper: at(model.rings.lipInnerUpper), lower: at(model.rings.lipInnerLower.slice().reverse()) };
};

function heightAt(path: [number, number][], x: number): number {
  for (let k = 1; k < path.length; k++) {
    const [[ax, ay], [bx, by]] = [path[k - 1]!, path[k]!];
    if (x >= ax && x <= bx) return ay + ((by - ay) * (x - ax)) / (bx - ax || 1);
  }
  return Number.NaN;
}

function painted(colour: (x: number, y: number) => readonly number[]): RgbaImage {
  const data = new Uint8ClampedArray(4 * SIZE_PX * SIZE_PX);
  for (let y = 0; y < SIZE_PX; y++)
    for (let x = 0; x < SIZE_PX; x++) data.set([...colour(x + 0.5, y + 0.5), 255], 4 * (y * SIZE_PX + x));
  return { width: SIZE_PX, height: SIZE_PX, data };
}

describe('alignSeam', () => {
  it('moves the seam of a closed mouth onto the dark line', () => {
    const fit = fitOf({}, true);
    const { upper } = ringPixels(fit);
    const off = 0.018 * SCALE;
    const photo = painted((x, y) => (Math.abs(y - heightAt(upper, x) - off) < 1.5 ? [60, 30, 30] : [190, 110, 105]));
    const aligned = ringPixels(alignSeam(faceModel(), fit, photo));
    const middle = upper.length >> 1;
    for (const k of [middle - 4, middle, middle + 4])
      expect(Math.abs(aligned.upper[k]![1] - upper[k]![1] - off)).toBeLessThan(0.006 * SCALE);
    expect(aligned.upper[0]![1]).toBeCloseTo(upper[0]![1], 3);
  });

  it('moves the edges of an open mouth to where the lips begin, never onto the teeth', () => {
    const fit = fitOf(OPEN, false);
    const { upper, lower } = ringPixels(fit);
    const off = 0.016 * SCALE;
    // Teeth with dark lines between them, whose edges are stronger than that of the lip.
    const photo = painted((x, y) => {
      const [top, bottom] = [heightAt(upper, x) - off, heightAt(lower, x) + off];
      if (!(y > top && y < bottom)) return [180, 95, 95];
      return y > bottom - 8 ? [20, 10, 10] : [235, 225, 210];
    });
    const aligned = ringPixels(alignSeam(faceModel(), fit, photo));
    const middle = upper.length >> 1;
    for (const k of [middle - 5, middle, middle + 5]) {
      const moved = (upper[k]![1] - aligned.upper[k]![1]) / SCALE;
      expect(moved).toBeGreaterThan(0.012);
      expect(moved).toBeLessThan(0.028);
    }
    const low = lower.length >> 1;
    expect((aligned.lower[low]![1] - lower[low]![1]) / SCALE).toBeGreaterThan(0.012);
  });

  it('does not change the fit if the photo shows no edges', () => {
    const fit = fitOf({}, true);
    const flat = painted(() => [128, 128, 128]);
    expect(alignSeam(faceModel(), fit, flat).vertices).toEqual(fit.vertices);
  });
});

describe('mouthColours', () => {
  const landmarks = new Float32Array(478 * 3).fill(100);
  const of = (...rgb: number[]) =>
    mouthColours(
      painted(() => rgb),
      landmarks,
    );

  it('are grey in a grey photo', () => {
    const { light, colours } = of(150, 150, 150);
    expect(light[0]).toBeCloseTo(light[2]!, 5);
    for (let k = 0; k < 12; k += 3) expect(colours[k]).toBeCloseTo(colours[k + 2]!, 5);
  });

  it('are warm in warm light, but not blue on pale skin', () => {
    const warm = of(200, 130, 70).light;
    expect(warm[0]! / warm[2]!).toBeGreaterThan(1.3);
    const pale = of(255, 240, 228).light;
    expect(pale[2]! / pale[1]!).toBeLessThanOrEqual(1.0401);
    expect(pale[0]! / pale[1]!).toBeGreaterThanOrEqual(0.9999);
  });

  it('are darker on a darker photo', () => {
    expect(of(70, 50, 40).light[1]!).toBeLessThan(0.6 * of(210, 165, 140).light[1]!);
  });
});

describe('speech shapes', () => {
  const model = faceModel();
  const gain = relaxation(model).gain;
  const asked = (shape: Record<string, number>): number =>
    Object.entries(shape).reduce((sum, [name, c]) => sum + c * gain[expressionIndex(model, name)]!, 0);

  it('take back a smile when they narrow the mouth, by whatever expression', () => {
    const { base, limit } = relaxation(model);
    expect(base + asked({ mouthPucker: 0.7, mouthFunnel: 0.3 })).toBeGreaterThan(limit);
    expect(asked({ mouthLeft: 0.2, mouthRight: 0.2, mouthPucker: 0.1 })).toBeGreaterThan(0.2);
    expect(Math.abs(asked({ jawOpen: 0.5 }))).toBe(0);
    const smile = asked({ mouthSmile_L: 1 });
    expect(smile).toBeLessThan(0);
    expect(smile).toBeGreaterThanOrEqual(-0.21);
  });

  it('measure the width, aperture and profile of the mouth', () => {
    const { bundle } = syntheticPortrait(64);
    const { width, aperture, arch, press, tuck } = lipShapes(model, bundle);
    const at = (values: Float32Array, name: string): number => values[expressionIndex(model, name)]!;
    expect(at(width, 'mouthPucker')).toBeLessThan(-0.15);
    expect(at(width, 'mouthSmile_L')).toBeGreaterThan(0.1);
    expect(at(aperture, 'jawOpen')).toBeGreaterThan(0.2);
    expect(Math.max(...arch)).toBe(1);
    expect(arch[0]).toBeLessThan(0.1);
    expect(at(press, 'mouthRollUpper')).toBeGreaterThan(0);
    expect(at(tuck, 'mouthRollUpper')).toBe(0);
  });

  it('move only the tongue by the modes of the tongue', () => {
    const modes = tongueModes(model);
    const V = model.vertexCount;
    const [first, end] = model.parts.gums_and_tongue.vertices;
    let [highest, moved] = [0, 0];
    for (let mode = 0; mode < 4; mode++) {
      for (let v = 0; v < V; v++) {
        const [x, y, z] = modes.subarray(3 * (mode * V + v), 3 * (mode * V + v) + 3) as unknown as number[];
        if (!x && !y && !z) continue;
        moved++;
        expect(v >= first && v < end).toBe(true);
        if (mode === 0) highest = Math.max(highest, -y! * TONGUE_STEP_IOD * model.iodCm);
      }
    }
    expect(moved).toBeGreaterThan(500);
    expect(highest).toBeGreaterThan(0.8); // cm: behind the incisors but visible below them
    expect(highest).toBeLessThan(1.1);
  });
});
