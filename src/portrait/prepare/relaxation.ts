/**
 * @file How the mouth of the photo gives way to speech. A smile that the photo shows is added to every spoken shape; at
 * full strength it would stretch a rounded or closed mouth, so while talking part of it is taken back: little in open
 * vowels, nearly all where the lips round or press.
 */

import type { FaceModel } from '../../weights/face-model.ts';
import type { PortraitBundle } from '../portrait-bundle.ts';

/** Expressions of the photo that relax. */
const MOUTH_PREFIXES = ['mouth', 'jaw', 'cheekPuff'];
/** Share taken back in any talking, and at most. */
const BASE = 0.35;
const LIMIT = 0.9;
/** More of it for these, per unit of the commanded expression. */
const GAIN: Record<string, number> = {
  mouthPucker: 0.8,
  mouthFunnel: 0.7,
  mouthPress_L: 0.4,
  mouthPress_R: 0.4,
  mouthRollLower: 0.6,
  mouthRollUpper: 0.6,
  mouthSmile_L: -0.2,
  mouthSmile_R: -0.2,
};

export function relaxation(model: FaceModel): PortraitBundle['relax'] {
  return {
    mask: Float32Array.from(model.expressionNames, (name) =>
      MOUTH_PREFIXES.some((prefix) => name.startsWith(prefix)) ? 1 : 0,
    ),
    gain: Float32Array.from(model.expressionNames, (name) => GAIN[name] ?? 0),
    base: BASE,
    limit: LIMIT,
  };
}
