/** @file MotionControls: how the portrait moves, adjustable while it runs. Plain data, its defaults and its checks. */

import { checkObject, refuse } from '../core/check-arguments';

/** Where the portrait looks: at the viewer ('camera'), or in a direction relative to that. */
export type GazeTarget =
  | 'camera'
  | {
      /** Degrees to the right of the picture, -30 ... 30. */
      x: number;
      /** Degrees down, -20 ... 20. */
      y: number;
    };

/**
 * How the portrait moves. A change takes effect at the next frame. Changes of `mouthAmplitude`, `expressiveness` and
 * `stillness` are eased in over about 0.2 s.
 */
export type MotionControls = {
  /** Size of the mouth's movements relative to the model's, 0 ... 2. Closed lips stay closed at any value. @defaultValue 1 */
  mouthAmplitude: number;
  /** Size of the movements of brows and head in speech, 0 ... 2. @defaultValue 1 */
  expressiveness: number;
  /** 0 ... 1. 0: lively. 1: the head is still, the eyes stay on their target and blink half as often. @defaultValue 0 */
  stillness: number;
  /**
   * Sampling temperature of the motion tokens relative to the model's own, 0 ... 2. 0: always the most probable.
   * @defaultValue 1
   */
  temperature: number;
  /** Number of most probable motion tokens to sample from, 1 ... 256. @defaultValue 'auto', the model's own number */
  topK: number | 'auto';
  /** Where the portrait looks. @defaultValue 'camera' */
  gaze: GazeTarget;
  /** Strength of the secondary motion: throat, collar, chest and hair ends that follow jaw and head with delay, 0 ... 2. @defaultValue 1 */
  secondaryMotion: number;
};

/** The default of every control. */
export const DEFAULT_CONTROLS: Readonly<MotionControls> = {
  mouthAmplitude: 1,
  expressiveness: 1,
  stillness: 0,
  temperature: 1,
  topK: 'auto',
  gaze: 'camera',
  secondaryMotion: 1,
};

/** Ranges of the controls that are plain numbers. */
const CONTROL_RANGES = {
  mouthAmplitude: [0, 2],
  expressiveness: [0, 2],
  stillness: [0, 1],
  temperature: [0, 2],
  secondaryMotion: [0, 2],
} as const satisfies Partial<Record<keyof MotionControls, readonly [number, number]>>;

const MAX_TOP_K = 256;
/** Limits of the gaze, degrees. Beyond them people turn the head. */
const MAX_GAZE_DEGREES = { x: 30, y: 20 } as const;

function refuseControl(name: string, remedy: string, value: unknown): never {
  return refuse(`The ${name} is out of range.`, remedy, value);
}

function checkGaze(gaze: GazeTarget): GazeTarget {
  if (gaze === 'camera') return gaze;
  const { x: mostX, y: mostY } = MAX_GAZE_DEGREES;
  const inside = (value: unknown, most: number): boolean => typeof value === 'number' && Math.abs(value) <= most;
  if (!inside(gaze?.x, mostX) || !inside(gaze?.y, mostY)) {
    refuseControl('gaze', `Use 'camera' or degrees: x within ${mostX}, y within ${mostY}.`, gaze);
  }
  return { x: gaze.x, y: gaze.y };
}

/**
 * `base` with `changes` applied, checked. A change to `undefined` changes nothing.
 *
 * @throws TalkingPortraitError 'invalid-option'
 */
export function resolveControls(
  changes: Partial<MotionControls>,
  base: Readonly<MotionControls> = DEFAULT_CONTROLS,
): MotionControls {
  checkObject(changes, 'The controls', 'Give an object with controls.');
  for (const name of Object.keys(changes)) {
    if (!(name in DEFAULT_CONTROLS)) {
      const names = Object.keys(DEFAULT_CONTROLS).join(', ');
      refuse('There is no such control.', `Use ${names}.`, name);
    }
  }
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const controls: MotionControls = { ...base, ...given };
  for (const [name, [least, most]] of Object.entries(CONTROL_RANGES)) {
    const value = controls[name as keyof typeof CONTROL_RANGES];
    if (!(typeof value === 'number' && value >= least && value <= most)) {
      refuseControl(name, `Use ${least} to ${most}.`, value);
    }
  }
  const { topK } = controls;
  if (topK !== 'auto' && !(Number.isInteger(topK) && topK >= 1 && topK <= MAX_TOP_K)) {
    refuseControl('topK', `Use 'auto' or a whole number from 1 to ${MAX_TOP_K}.`, topK);
  }
  return { ...controls, gaze: checkGaze(controls.gaze) };
}
