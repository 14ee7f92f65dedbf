/**
 * @file How the mouth of the photo gives way to speech. A smile that the photo shows is added to every spoken shape; at
 * full strength it would stretch a rounded or closed mouth, so while talking part of it is taken back: little in open
 * vowels, half where lips press, all where they round. How much a shape rounds is what it takes from the mouth's width: tracked
 * speech rounds with jaw and corners as much as with the pucker.
 */

import type { FaceModel } from '../../../weights/face-model';
import { mouthWidening } from '../../../portrait-bundle/lip-shapes';
import type { PortraitBundle } from '../../../portrait-bundle/portrait-bundle';

/** Expressions of the photo that relax. */
const MOUTH_PREFIXES = ['mouth', 'jaw', 'cheekPuff'];
/** What opens the lips in the photo goes sooner than what makes them wide: a mouth that closes can go on smiling. */
const OPENING = ['jawOpen', 'mouthUpperUp', 'mouthLowerDown', 'mouthShrugUpper', 'mouthFunnel'];
const OPENING_SHARE = 2;
/** Share taken back in any talking, and at most. */
const BASE = 0.35;
const LIMIT = 1;
/** More of it for each IOD that a shape makes the mouth narrower; shapes that widen take at most so much off, per unit. */
const NARROWING_GAIN = 7;
const WIDENING_LOSS = 0.2;
/** And for these, per unit of the commanded expression. */
const GAIN: Record<string, number> = {
  mouthPress_L: 0.1,
  mouthPress_R: 0.1,
  mouthRollLower: 0.25,
  mouthRollUpper: 0.25,
};

const starts = (name: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => name.startsWith(prefix));

export function relaxation(model: FaceModel): PortraitBundle['relax'] {
  const { lipInnerUpper } = model.rings;
  const widening = mouthWidening(model, lipInnerUpper[0]!, lipInnerUpper[lipInnerUpper.length - 1]!);
  return {
    mask: Float32Array.from(model.expressionNames, (name) =>
      starts(name, OPENING) ? OPENING_SHARE : starts(name, MOUTH_PREFIXES) ? 1 : 0,
    ),
    gain: Float32Array.from(model.expressionNames, (name, e) =>
      name === 'jawOpen' ? 0 : (GAIN[name] ?? 0) + Math.max(-WIDENING_LOSS, -NARROWING_GAIN * widening[e]!),
    ),
    base: BASE,
    limit: LIMIT,
  };
}
