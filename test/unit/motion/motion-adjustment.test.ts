/** @file MotionAdjuster with the shipped face model: amplitude, closures, gaze, blinks. */

import { beforeAll, describe, expect, it } from 'vitest';
import { MOTION, MOTION_LATENT_SIZE } from '../../../src/core/motion-latent';
import { headFrameDelta } from '../../../src/core/motion-record';
import {
  type MotionAdjustment,
  MotionAdjuster,
  neutralAdjustment,
  ADJUSTMENT,
} from '../../../src/motion/motion-adjustment';
import {
  EXPRESSION_ROLE,
  EXPRESSION_ROLE_STRIDE,
  type AdjustmentMaps,
  adjustmentMaps,
} from '../../../src/motion/adjustment-maps';
import { type FaceModel, loadFaceModel } from '../../../src/weights/face-model';
import { nodeModelLoader } from '../../fixtures/node-models';
import { largestDifference } from '../../reference/compare';
import { finishLatent, matVec } from '../../reference/motion-reference';
import { normals } from '../../reference/random-motion';

let model: FaceModel;
let maps: AdjustmentMaps;
let adjuster: MotionAdjuster;

beforeAll(async () => {
  model = await loadFaceModel(nodeModelLoader());
  maps = adjustmentMaps(model);
  adjuster = new MotionAdjuster(maps);
});

type Weights = Record<string, number>;
type Pose = { pitch?: number; yaw?: number; roll?: number };

/** Latent that asks for these expressions, by name, in this head pose. */
function latentOf(weights: Weights, { pitch = 0, yaw = 0, roll = 0 }: Pose = {}): Float32Array {
  const expressions = model.expressionNames.map((name) => weights[name] ?? 0);
  const s = [...matVec(maps.write, expressions), pitch, yaw, roll, 0, 0, 0, 1];
  return Float32Array.from(finishLatent(s));
}

/** Expressions that a latent asks for. */
function expressionsOf(latent: Float32Array): Weights {
  const values = matVec(maps.read, headFrameDelta(latent));
  return Object.fromEntries(model.expressionNames.map((name, e) => [name, values[e]!]));
}

/** Gap of the lips, IOD. */
function gapOf(latent: Float32Array): number {
  const values = matVec(maps.read, headFrameDelta(latent));
  return values.reduce(
    (sum, value, e) => sum + value * maps.roles[e * EXPRESSION_ROLE_STRIDE + EXPRESSION_ROLE.gap]!,
    0,
  );
}

function adjustment(changes: Partial<Record<keyof typeof ADJUSTMENT, number | readonly number[]>>): MotionAdjustment {
  const all = neutralAdjustment();
  for (const [name, value] of Object.entries(changes)) {
    all.set(typeof value === 'number' ? [value] : value, ADJUSTMENT[name as keyof typeof ADJUSTMENT]);
  }
  return all;
}

function adjusted(latent: Float32Array, changes: Parameters<typeof adjustment>[0]): Float32Array {
  const copy = latent.slice();
  adjuster.adjust(copy, adjustment(changes));
  return copy;
}

const OPEN: Weights = { jawOpen: 0.5, mouthFunnel: 0.2, mouthSmile_L: 0.3, browInnerUp_L: 0.4, eyeBlink_R: 0.2 };
const PRESSED: Weights = { mouthPress_L: 0.6, mouthPress_R: 0.6, mouthRollLower: 0.5, jawOpen: 0.05, mouthPucker: 0.3 };
const HEAD: Pose = { pitch: 5, yaw: -8, roll: 3 };

describe('MotionAdjuster', () => {
  it('changes nothing with the neutral adjustment, and follows the formula with others', () => {
    const s = [...normals(63, 40).map((value) => value / 60), 4, -6, 2, 0.01, 0.02, 0, 1];
    const latent = Float32Array.from(finishLatent(s));
    expect(largestDifference(adjusted(latent, {}), latent)).toBeLessThan(1e-6);
    for (const mouth of [0, 0.5, 1.3, 2]) {
      const all = adjustment({
        mouth,
        blinkLeft: 0.6,
        angles: [1, 2, -3],
        translation: [0, 0.01, 0],
        gaze: [5, -3],
        raise: 0.3,
        brows: 1.5,
        head: 0.5,
        hold: 1,
      });
      const copy = latent.slice();
      adjuster.adjust(copy, all);
      expect(largestDifference(copy, finishLatent(s, all, maps))).toBeLessThan(2e-5);
    }
  });

  it('keeps no state between latents', () => {
    const [open, pressed] = [latentOf(OPEN, HEAD), latentOf(PRESSED)];
    const changes = { mouth: 1.5, blinkLeft: 0.7, gaze: [5, 3], raise: 0.2 };
    const alone = pressed.slice();
    new MotionAdjuster(maps).adjust(alone, adjustment(changes));
    adjusted(open, changes);
    expect(adjusted(pressed, changes)).toEqual(alone);
  });

  it.each([0, 0.5, 1.5, 2])('scales the mouth by %f about the rest pose and nothing else', (mouth) => {
    const before = expressionsOf(latentOf(OPEN, HEAD));
    const after = expressionsOf(adjusted(latentOf(OPEN, HEAD), { mouth }));
    for (const name of model.expressionNames) {
      const factor = /^(jaw|mouth|cheek|nose)/.test(name) ? mouth : 1;
      expect(Math.abs(after[name]! - factor * before[name]!), name).toBeLessThan(0.02);
    }
  });

  it.each([0, 0.3, 1, 1.5, 2])('keeps closed lips closed at a mouth factor of %f', (mouth) => {
    const closed = latentOf(PRESSED, HEAD);
    expect(gapOf(closed)).toBeLessThan(0.006);
    expect(gapOf(adjusted(closed, { mouth }))).toBeLessThan(0.006);
    if (mouth > 1) expect(largestDifference(adjusted(closed, { mouth }), closed)).toBeLessThan(1e-6);
    expect(Math.abs(gapOf(adjusted(latentOf({}), { mouth })))).toBeLessThan(1e-6);
  });

  it('opens the mouth further the further it was open, without a jump', () => {
    const gaps = Array.from({ length: 200 }, (_, i) => gapOf(adjusted(latentOf({ jawOpen: i / 400 }), { mouth: 2 })));
    const steps = gaps.slice(1).map((gap, i) => gap - gaps[i]!);
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(Math.max(...steps)).toBeLessThan(0.004);
  });

  it('turns the eyes to the target and keeps them there while the head turns', () => {
    const degrees = (latent: Float32Array): [number, number] => {
      const e = expressionsOf(latent);
      return [30 * (e['eyeLookOut_L']! - e['eyeLookIn_L']!), 30 * (e['eyeLookDown_L']! - e['eyeLookUp_L']!)];
    };
    const straight = degrees(adjusted(latentOf({}), { gaze: [6, -4], hold: 1 }));
    expect(straight[0]).toBeCloseTo(6, 3);
    expect(straight[1]).toBeCloseTo(-4, 3);
    const right = expressionsOf(adjusted(latentOf({}), { gaze: [6, -4], hold: 1 }));
    expect(30 * (right['eyeLookIn_R']! - right['eyeLookOut_R']!)).toBeCloseTo(6, 3);
    // The eyes must not follow a head that turns to the picture's left (yaw) and down (pitch).
    const turned = degrees(adjusted(latentOf({}, { yaw: 7, pitch: 5 }), { hold: 1 }));
    expect(turned[0]).toBeCloseTo(7, 2);
    expect(turned[1]).toBeCloseTo(-5, 2);
    expect(degrees(adjusted(latentOf({}, { yaw: 30 }), { hold: 1 }))[0]).toBeCloseTo(25, 2);
  });

  it('does not move the lips when lids, brows, gaze and head change', () => {
    const before = latentOf(OPEN, HEAD);
    const after = adjusted(before, {
      blinkLeft: 1,
      blinkRight: 1,
      gaze: [20, 15],
      raise: 0.4,
      brows: 2,
      angles: [3, 3, 3],
      head: 2,
      hold: 1,
    });
    expect(Math.abs(gapOf(after) - gapOf(before))).toBeLessThan(5e-4);
  });

  it('closes lids that are already half closed only as far as fully closed', () => {
    for (const closed of [-0.2, 0, 0.5, 1, 1.3]) {
      const lid = expressionsOf(adjusted(latentOf({ eyeBlink_L: closed }), { blinkLeft: 1 }))['eyeBlink_L']!;
      expect(lid).toBeCloseTo(Math.max(1, closed), 1);
    }
  });

  it('scales head and brows about the rest pose', () => {
    const after = adjusted(latentOf(OPEN, HEAD), { head: 0, brows: 0, angles: [1, 0, 0] });
    expect(Array.from(after.subarray(MOTION.pitch, MOTION.translation))).toEqual([1, 0, 0]);
    expect(Math.abs(expressionsOf(after)['browInnerUp_L']!)).toBeLessThan(0.02);
    expect(after).toHaveLength(MOTION_LATENT_SIZE);
  });
});

describe('the face model', () => {
  it('carries gaze through the keypoints and back, independently of all other expressions', () => {
    const looks = model.expressionNames.filter((name) => name.startsWith('eyeLook'));
    expect(looks).toHaveLength(8);
    for (const look of looks) {
      for (const [name, value] of Object.entries(expressionsOf(latentOf({ [look]: 0.01 })))) {
        expect(Math.abs(value - (name === look ? 0.01 : 0)), `${look} in ${name}`).toBeLessThan(1e-5);
      }
    }
    const face = expressionsOf(latentOf({ ...OPEN, ...PRESSED, eyeSquint_L: 0.5 }));
    for (const look of looks) expect(Math.abs(face[look]!)).toBeLessThan(1e-5);
  });
});
