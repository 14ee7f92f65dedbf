/**
 * @file The shots of the gallery: mouth shapes of speech, blinks, gaze, head poses. Expressions are given by name and
 * apply to both sides.
 */
import type { Pose } from '../../test/fixtures/draw-frame';

export type Shot = {
  expressions: Record<string, number>;
  pose?: Pose;
  speechBlend?: number;
  /** Articulation: tongue tip, tongue between the teeth, tongue back, pressed lips, lip at the teeth, rounded lips. */
  articulation?: readonly number[];
};

/** The probability of a sound that is certainly spoken. */
const HEARD = 0.5;

/** All shots, for the sheets of one portrait. */
export const SHOTS: Record<string, Shot> = {
  rest: { expressions: {} },
  silence: { expressions: {}, speechBlend: 1 },
  'jaw .15': { expressions: { jawOpen: 0.15 }, speechBlend: 1 },
  aa: { expressions: { jawOpen: 0.5, mouthLowerDown: 0.2 }, speechBlend: 1 },
  shout: { expressions: { jawOpen: 0.75 }, speechBlend: 1 },
  ee: {
    expressions: { mouthSmile: 0.4, mouthStretch: 0.35, mouthLowerDown: 0.35, mouthUpperUp: 0.3, jawOpen: 0.12 },
    speechBlend: 1,
  },
  oo: { expressions: { mouthPucker: 0.75, mouthFunnel: 0.35, jawOpen: 0.12 }, speechBlend: 1 },
  oh: { expressions: { mouthFunnel: 0.6, jawOpen: 0.35, mouthPucker: 0.2 }, speechBlend: 1 },
  mbp: {
    expressions: { mouthPress: 0.5, mouthRollLower: 0.25, mouthRollUpper: 0.2 },
    speechBlend: 1,
    articulation: [0, 0, 0, HEARD, 0, 0],
  },
  fv: {
    expressions: { jawOpen: 0.08, mouthRollLower: 0.5, mouthUpperUp: 0.25 },
    speechBlend: 1,
    articulation: [0, 0, 0, 0, HEARD, 0],
  },
  l: {
    expressions: { jawOpen: 0.22, mouthUpperUp: 0.15, mouthLowerDown: 0.15 },
    speechBlend: 1,
    articulation: [HEARD, 0, 0, 0, 0, 0],
  },
  th: {
    expressions: { jawOpen: 0.18, mouthUpperUp: 0.15, mouthLowerDown: 0.15 },
    speechBlend: 1,
    articulation: [0, HEARD, 0, 0, 0, 0],
  },
  smile: { expressions: { mouthSmile: 0.5 } },
  brows: { expressions: { browInnerUp: 0.6, browOuterUp: 0.6 } },
  'blink .5': { expressions: { eyeBlink: 0.5 } },
  blink: { expressions: { eyeBlink: 1 } },
  // The person's own left.
  'gaze left': { expressions: { eyeLookOut_L: 0.5, eyeLookIn_R: 0.5 } },
  'gaze up': { expressions: { eyeLookUp: 0.4 } },
  'yaw +15': { expressions: {}, pose: { yaw: 15 } },
  'yaw -15': { expressions: {}, pose: { yaw: -15 } },
  'pitch +10': { expressions: {}, pose: { pitch: 10 } },
  'pitch -10': { expressions: {}, pose: { pitch: -10 } },
  roll: { expressions: {}, pose: { roll: 10 } },
  talk: {
    expressions: { jawOpen: 0.3, mouthSmile: 0.2, mouthUpperUp: 0.2, browInnerUp: 0.3 },
    pose: { yaw: -10, pitch: -4, roll: 3 },
    speechBlend: 1,
  },
  'oo yaw': {
    expressions: { mouthPucker: 0.7, mouthFunnel: 0.3, jawOpen: 0.12, eyeBlink: 0.4 },
    pose: { yaw: 10, pitch: 4 },
    speechBlend: 1,
  },
};

/** Columns of the contact sheet, which are also measured. The rest pose comes first. */
export const CONTACT_SHOTS = [
  'rest',
  'aa',
  'oo',
  'ee',
  'mbp',
  'fv',
  'l',
  'smile',
  'blink .5',
  'blink',
  'gaze left',
  'gaze up',
  'yaw +15',
  'yaw -15',
  'pitch +10',
  'pitch -10',
  'roll',
  'talk',
] as const;

/** Shots in which landmarks are detected: those that move the lower face. */
export const TRACKED_SHOTS: readonly string[] = CONTACT_SHOTS.filter((name) => !/blink|gaze/.test(name));

/** Shots of the bundled portraits that are kept as goldens: one of each kind. */
export const GOLDEN_SHOTS = CONTACT_SHOTS.filter((name) => !['gaze up', 'yaw -15', 'pitch +10', 'roll'].includes(name));
