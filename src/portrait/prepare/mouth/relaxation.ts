/**
 * @file How far the photo's own mouth expression is reduced during speech. A smile in the photo is added to every
 * spoken shape; at full strength it would stretch a rounded or closed mouth. So it is reduced: little in open vowels,
 * half when the lips press, all when they round. A shape counts as rounded as far as it makes the mouth narrower,
 * because in tracked speech jaw and corners contribute as much to rounding as the pucker.
 */

import type { FaceModel } from '../../../weights/face-model';
import { mouthWidening } from '../../../portrait-bundle/lip-shapes';
import type { PortraitBundle } from '../../../portrait-bundle/portrait-bundle';

/** Expressions of the photo that are taken back. */
const MOUTH_PREFIXES = ['mouth', 'jaw', 'cheekPuff'];
/**
 * Expressions that open the lips are taken back more than those that widen them, because a closing mouth may keep
 * smiling.
 */
const OPENING = ['jawOpen', 'mouthUpperUp', 'mouthLowerDown', 'mouthShrugUpper', 'mouthFunnel'];
const OPENING_SHARE = 2;
/** Share that is taken back in all speech, and the largest share. */
const BASE = 0.35;
const LIMIT = 1;
/**
 * Additional share per IOD by which the commanded shape narrows the mouth; shapes that widen it reduce the share by at
 * most WIDENING_LOSS per unit.
 */
const NARROWING_GAIN = 7;
const WIDENING_LOSS = 0.2;
/** Additional share per unit of these commanded expressions. */
const GAIN: Record<string, number> = {
  mouthPress_L: 0.1,
  mouthPress_R: 0.1,
  mouthRollLower: 0.25,
  mouthRollUpper: 0.25,
};

const starts = (name: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => name.startsWith(prefix));

/** The coefficients of step 1 in portrait-bundle.ts. */
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
